package inspect

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/lora"
)

const (
	maxFact        = 500  // bytes of one value
	maxDescription = 8192 // bytes
)

// describe fills everything that comes from the metadata alone.
func describe(r *lora.Report, h *lora.Header, cfg *adapterConfig, tags int) {
	md := h.Metadata
	tr := readTraining(md, cmp.Or(tags, maxTags))
	r.Trainer = trainer(md, r.KeyDialect)
	r.Title = clip80(firstOf(md["modelspec.title"], md["ss_output_name"]))
	r.Author = clip80(md["modelspec.author"])
	r.Description = clean(md["modelspec.description"], maxDescription)
	r.Facts = facts(md, cfg)
	r.Tags = tr.tags
	r.TriggerWords = triggers(md, &tr)
	r.HasThumbnail = strings.HasPrefix(md[thumbnailKey], "data:image/")
	r.Findings = append(r.Findings, unreadable(tr.bad)...)
	r.Findings = append(r.Findings, embeddedDigests(md, r.EmbeddedDigests)...)
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v != "" && v != "None" {
			return v
		}
	}
	return ""
}

// trainer names the program that wrote the file: by its own keys, else by a spelling only it uses.
func trainer(md map[string]string, dialect string) string {
	if s := md["software"]; s != "" {
		if name := clip80(jsonPath(s, "name")); name != "" {
			return name
		}
	}
	for _, k := range [...]struct{ key, name string }{
		{"ot_branch", "OneTrainer"}, {"ot_revision", "OneTrainer"}, {"ot_config", "OneTrainer"},
		{"simpletuner_version", "SimpleTuner"}, {"ss_sd_scripts_commit_hash", "kohya-ss"}, {"ss_network_module", "kohya-ss"}, {"ss_session_id", "kohya-ss"},
		{"lora_adapter_metadata", "diffusers"}, {"transformer.lora_adapter_metadata", "diffusers"},
	} {
		if _, ok := md[k.key]; ok {
			return k.name
		}
	}
	switch dialect {
	case dialectOneTrainer:
		return "OneTrainer"
	case dialectXLabs:
		return "XLabs"
	case dialectLycoris:
		return "SimpleTuner"
	}
	return ""
}

func facts(md map[string]string, cfg *adapterConfig) []lora.Fact {
	out := []lora.Fact{}
	for _, f := range factLabels {
		if v := factValue(f.key, md[f.key]); v != "" {
			out = append(out, lora.Fact{Key: f.key, Label: f.label, Value: v})
		}
	}
	if d := duration(md); d != "" {
		out = append(out, lora.Fact{Key: "ss_training_finished_at", Label: "Training took", Value: d})
	}
	for _, key := range [...]string{"software", "training_info", "ot_config"} {
		if s := md[key]; s != "" && len(s) <= maxConfig {
			for _, n := range nested[key] {
				if v := clean(jsonPath(s, n.path), maxFact); v != "" {
					out = append(out, lora.Fact{Key: key + "." + n.path, Label: n.label, Value: v})
				}
			}
		}
	}
	return append(out, configFacts(cfg)...)
}

func configFacts(cfg *adapterConfig) []lora.Fact {
	if cfg == nil {
		return nil
	}
	var out []lora.Fact
	add := func(key, label, value string) {
		if value = clean(value, maxFact); value != "" {
			out = append(out, lora.Fact{Key: "adapter_config." + key, Label: label, Value: value})
		}
	}
	add("peft_type", "PEFT type", cfg.Type)
	add("base_model_name_or_path", "Trained on", cfg.Base)
	if cfg.Rank > 0 {
		add("r", "Rank", strconv.FormatInt(cfg.Rank, 10))
	}
	if cfg.Alpha > 0 {
		add("lora_alpha", "Alpha", strconv.FormatFloat(cfg.Alpha, 'g', -1, 64))
	}
	if cfg.RSLoRA {
		add("use_rslora", "Rank-stabilised", "yes")
	}
	if cfg.DoRA {
		add("use_dora", "DoRA", "yes")
	}
	return out
}

// factValue makes one value readable; "" when it says nothing.
func factValue(key, v string) string {
	switch v {
	case "", "None", "null", "{}", "[]":
		return ""
	case "True":
		return "yes"
	case "False":
		return "no"
	}
	if key == "ss_training_started_at" || key == "ss_training_finished_at" {
		if t, ok := unixTime(v); ok {
			return t.Format(time.RFC3339)
		}
	}
	return clean(v, maxFact)
}

func unixTime(v string) (time.Time, bool) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || math.IsNaN(f) || f < 1e9 || f > 1e11 {
		return time.Time{}, false
	}
	return time.Unix(int64(f), 0).UTC(), true
}

func duration(md map[string]string) string {
	a, okA := unixTime(md["ss_training_started_at"])
	b, okB := unixTime(md["ss_training_finished_at"])
	if !okA || !okB || !b.After(a) {
		return ""
	}
	return b.Sub(a).String()
}

// jsonPath returns the text at a dotted path of a JSON object, "" when there is none.
func jsonPath(s, path string) string {
	key, rest, deeper := strings.Cut(path, ".")
	d := jsonScan{s: s}
	found := ""
	_ = d.object(func(k string) error { // what was found before an error still counts
		if k != key || found != "" {
			return d.skip(0)
		}
		start := d.i
		if !deeper {
			v, err := d.text()
			found = v
			return err
		}
		err := d.skip(0)
		found = jsonPath(d.s[start:d.i], rest)
		return err
	})
	return found
}

func unreadable(keys []string) []lora.Finding {
	slices.Sort(keys)
	out := make([]lora.Finding, 0, len(keys))
	for _, k := range keys {
		out = append(out, lora.Finding{
			Code: "bad_metadata", Severity: lora.Info, Subject: k,
			Message: "The training table " + k + " is not readable, so tags or trigger words may be missing.",
			Advice:  "The adapter still works; enter its trigger words by hand.",
		})
	}
	return out
}
