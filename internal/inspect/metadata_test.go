package inspect_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

func withMetadata(t *testing.T, md map[string]string) *lora.Report {
	t.Helper()
	h := header(spell(t, "kohya", sdxlAttention))
	h.Metadata = md
	return inspect.Inspect(h, inspect.Options{})
}

func TestTagsOfAllDataSetsAreSummed(t *testing.T) {
	t.Parallel()
	r := withMetadata(t, map[string]string{
		"ss_tag_frequency": `{"10_ohwx woman":{"ohwx":20,"Hat \u2603":3," hat":1,"bad":"x"},"5_extra":{"ohwx":5,"hat":1,"nested":{"a":1}}}`,
		"ss_dataset_dirs":  `{"10_ohwx woman":{"n_repeats":10,"img_count":20},"5_extra":{"n_repeats":5,"img_count":5}}`,
	})
	want := []lora.TagCount{{Tag: "ohwx", Count: 25}, {Tag: "Hat ☃", Count: 3}, {Tag: "hat", Count: 2}}
	if !slices.Equal(r.Tags, want) {
		t.Errorf("tags %v, want %v", r.Tags, want)
	}
	if len(r.TriggerWords) < 2 || r.TriggerWords[0].Word != "ohwx woman" || r.TriggerWords[0].Source != "folder" || r.TriggerWords[1].Word != "extra" {
		t.Errorf("trigger words %v", r.TriggerWords)
	}
	if !slices.ContainsFunc(r.TriggerWords, func(w lora.TriggerWord) bool { return w.Word == "ohwx" && w.Source == "ss_tag_frequency" }) {
		t.Errorf("the tag of every caption is no trigger: %v", r.TriggerWords)
	}
}

func TestTriggerWordsAreRankedWithTheirSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		say          string
		md           map[string]string
		word, source string
	}{
		{"modelspec", map[string]string{"modelspec.trigger_phrase": "sks dog, cute"}, "sks dog", "modelspec.trigger_phrase"},
		{"ai-toolkit", map[string]string{"training_info": `{"step":2000,"epoch":3,"trigger_word":"p3rson"}`}, "p3rson", "training_info.trigger_word"},
		{"activation text", map[string]string{"activation text": "zxc style"}, "zxc style", "activation text"},
		{"JSON list", map[string]string{"trigger_words": `["abc","def"]`}, "abc", "trigger_words"},
		{"class tokens", map[string]string{"ss_datasets": `[{"subsets":[{"img_count":4,"class_tokens":"shs man","image_dir":"C:\\x\\1_img"}],"tag_frequency":{"1_img":{"a":1}}}]`}, "shs man", "class_tokens"},
		{"modelspec before folder", map[string]string{"modelspec.trigger_phrase": "one", "ss_dataset_dirs": `{"10_two":{"img_count":1}}`}, "one", "modelspec.trigger_phrase"},
	} {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			r := withMetadata(t, c.md)
			if len(r.TriggerWords) == 0 || r.TriggerWords[0].Word != c.word || r.TriggerWords[0].Source != c.source {
				t.Errorf("trigger words %v, want %s from %s first", r.TriggerWords, c.word, c.source)
			}
		})
	}
	t.Run("common tags come last", func(t *testing.T) {
		t.Parallel()
		r := withMetadata(t, map[string]string{"ss_tag_frequency": `{"d":{"1girl":20,"ohwx":20,"rare":2}}`})
		if len(r.TriggerWords) != 2 || r.TriggerWords[0].Word != "ohwx" || r.TriggerWords[1].Word != "1girl" {
			t.Errorf("trigger words %v", r.TriggerWords)
		}
	})
}

func TestFactsAreReadable(t *testing.T) {
	t.Parallel()
	r := withMetadata(t, map[string]string{
		"ss_training_started_at": "1700000000.5", "ss_training_finished_at": "1700003600.5", "ss_network_dim": "16", "ss_network_alpha": "8",
		"ss_clip_skip": "None", "ss_lowram": "False", "ss_gradient_checkpointing": "True", "ss_sd_scripts_commit_hash": "abc",
		"ss_output_name": "my\u202elora", "modelspec.author": "Ann\x00a", "modelspec.description": "<b>hi</b>\nthere",
	})
	got := map[string]string{}
	for _, f := range r.Facts {
		got[f.Label] = f.Value
	}
	for label, want := range map[string]string{
		"Training started": "2023-11-14T22:13:20Z", "Training took": "1h0m0s", "Network rank": "16", "Gradient checkpointing": "yes", "Output name": "mylora",
	} {
		if got[label] != want {
			t.Errorf("%s = %q, want %q", label, got[label], want)
		}
	}
	if _, said := got["Clip skip"]; said {
		t.Error("None is shown as a fact")
	}
	if r.Trainer != "kohya-ss" || r.Title != "mylora" || r.Author != "Anna" || r.Description != "<b>hi</b>\nthere" {
		t.Errorf("trainer %q title %q author %q description %q", r.Trainer, r.Title, r.Author, r.Description)
	}
	if r.Alpha == nil || *r.Alpha != 8 || !r.Ranks[0].AlphaStored {
		t.Errorf("alpha %v, ranks %v", r.Alpha, r.Ranks)
	}
}

func TestTrainersAreTold(t *testing.T) {
	t.Parallel()
	for want, md := range map[string]map[string]string{
		"ai-toolkit": {"software": `{"name": "ai-toolkit", "repo": "x", "version": "0.1.0"}`},
		"OneTrainer": {"ot_branch": "master", "ot_config": `{"optimizer":{"optimizer":"ADAMW"},"lora_rank":16}`},
		"kohya-ss":   {"ss_network_module": "networks.lora"},
		"":           {"format": "pt"},
	} {
		r := withMetadata(t, md)
		if r.Trainer != want {
			t.Errorf("trainer %q, want %q", r.Trainer, want)
		}
		if want == "OneTrainer" && !slices.ContainsFunc(r.Facts, func(f lora.Fact) bool { return f.Label == "Optimizer" && f.Value == "ADAMW" }) {
			t.Errorf("facts %v", r.Facts)
		}
	}
}

func TestEmbeddedDigests(t *testing.T) {
	t.Parallel()
	good := strings.Repeat("0123456789abcdef", 4)
	r := withMetadata(t, map[string]string{"sshs_model_hash": strings.ToUpper(good), "sshs_legacy_hash": "89abcdef", "modelspec.hash_sha256": "0x" + good})
	if r.EmbeddedDigests["sshs"] != good || r.EmbeddedDigests["sshs_legacy"] != "89abcdef" || r.EmbeddedDigests["modelspec"] != good {
		t.Errorf("digests %v", r.EmbeddedDigests)
	}
	r = withMetadata(t, map[string]string{
		"sshs_model_hash":  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"sshs_legacy_hash": "00000000",
	})
	if len(r.EmbeddedDigests) != 0 || !slices.Contains(codes(r.Findings), "empty_digest") || !slices.Contains(codes(r.Findings), "bad_digest") {
		t.Errorf("digests %v, findings %v", r.EmbeddedDigests, codes(r.Findings))
	}
}

func TestThumbnailTrustsBytesNotClaims(t *testing.T) {
	t.Parallel()
	uri := func(claim, data string) *lora.Header {
		return &lora.Header{Metadata: map[string]string{"modelspec.thumbnail": "data:" + claim + ";base64," + base64.StdEncoding.EncodeToString([]byte(data))}}
	}
	mime, data, ok := inspect.Thumbnail(uri("image/png", "\xff\xd8\xff\xe0rest"))
	if !ok || mime != "image/jpeg" || string(data) != "\xff\xd8\xff\xe0rest" {
		t.Errorf("%q %q %v", mime, data, ok)
	}
	for say, h := range map[string]*lora.Header{
		"none": {}, "no picture": uri("image/png", "<svg onload=x>"), "svg": uri("image/svg+xml", "<svg/>"), "text": uri("text/html", "\xff\xd8\xff"),
		"too large": uri("image/jpeg", "\xff\xd8\xff"+strings.Repeat("x", 9<<20)), "not base64": {Metadata: map[string]string{"modelspec.thumbnail": "data:image/png;base64,*"}},
	} {
		if _, _, ok := inspect.Thumbnail(h); ok {
			t.Errorf("%s is taken for a picture", say)
		}
	}
	if !inspect.Inspect(uri("image/png", "x"), inspect.Options{}).HasThumbnail {
		t.Error("the report does not mention the thumbnail")
	}
}

func TestAdapterConfigOfPEFT(t *testing.T) {
	t.Parallel()
	h := header(spell(t, "peft", "transformer.single_transformer_blocks.37.proj_out 15360>3072"))
	r := inspect.Inspect(h, inspect.Options{AdapterConfig: []byte(`{"peft_type":"LORA","r":16,"lora_alpha":32,"use_rslora":true,"use_dora":null,"alpha_pattern":{"x":1},"target_modules":"all"}`)})
	if r.Alpha == nil || *r.Alpha != 32 || !slices.Contains(codes(r.Findings), "rslora") || !slices.Contains(codes(r.Findings), "alpha_pattern") {
		t.Errorf("alpha %v, findings %v", r.Alpha, codes(r.Findings))
	}
	for _, bad := range []string{`[`, `{"r":"sixteen"}`, `null-ish`, strings.Repeat(" ", 2<<20)} {
		if r := inspect.Inspect(h, inspect.Options{AdapterConfig: []byte(bad)}); !slices.Contains(codes(r.Findings), "bad_adapter_config") {
			t.Errorf("%.20q passes", bad)
		}
	}
}

func TestPromise5_HostileMetadataIsBounded(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	many.WriteString(`{"d":{`)
	for i := range 120_000 {
		if i > 0 {
			many.WriteByte(',')
		}
		fmt.Fprintf(&many, `"t%d":1`, i)
	}
	many.WriteString(`}}`)
	for say, table := range map[string]string{
		"deep nesting":   strings.Repeat(`{"a":`, 100_000),
		"deep arrays":    `{"d":{"t":` + strings.Repeat("[", 100_000),
		"open string":    `{"d":{"t`,
		"trailing slash": `{"d":{"t\`,
		"only a number":  `7`,
		"missing colon":  `{"d" {"t":1}}`,
	} {
		r := withMetadata(t, map[string]string{"ss_tag_frequency": table, "ss_dataset_dirs": table, "ss_datasets": table, "software": table, "training_info": table})
		if !slices.Contains(codes(r.Findings), "bad_metadata") {
			t.Errorf("%s: findings %v", say, codes(r.Findings))
		}
	}
	r := withMetadata(t, map[string]string{"ss_tag_frequency": many.String(), "modelspec.description": strings.Repeat("é", 1<<20)})
	if len(r.Tags) != 500 || len(r.Description) > 8192 || len(r.TriggerWords) > 40 {
		t.Errorf("%d tags, %d bytes of description, %d trigger words", len(r.Tags), len(r.Description), len(r.TriggerWords))
	}
}
