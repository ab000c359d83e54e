package sidecar

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"loramanager/internal/lora"
)

func ptr[T any](v T) *T { return &v }

func parse(t *testing.T, name, data string) *Sidecar {
	t.Helper()
	s, err := Parse(name, []byte(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// wholeFile is a sidecar as a program writes it, and all that is to be read from it.
type wholeFile struct {
	name, data string
	want       Sidecar
}

func wholeFiles() []wholeFile {
	const sha = "0d9bd1b873a7863e128b4672e3e245838858f71469a3cec58123c16c06f83bd7"
	const page = "https://civitai.com/models/122359?modelVersionId=135867"
	august := time.Date(2023, 8, 17, 22, 20, 11, 512e6, time.UTC)
	return []wholeFile{
		{"add-detail-xl.civitai.info", civitaiInfo, Sidecar{
			Format: Civitai, Name: "Detail Tweaker XL", Version: "v1.0", Description: "<p>Adds detail.</p>\n\n<p>Second release.</p>", Author: "tester",
			Tags: []string{"detail", "tool"}, TrainedWords: []string{"detail slider", "ink, brush"}, BaseModel: "SDXL 1.0", NSFWLevel: ptr(1),
			SourceURL: page, PublishedAt: &august, ModelID: 122359, VersionID: 135867,
			Digests: map[string]string{"sha256": sha, "autov1": "9c71a23e", "autov2": "0d9bd1b873", "autov3": "9d5e1a2b3c4d", "crc32": "fa123b0b",
				"blake3": "2d9f0b5e0d2a2c0e4e2f1a6b7c8d9e0f11223344556677889900aabbccddeeff"},
			PrimaryFile: &File{Name: "add-detail-xl.safetensors", SizeKB: ptr(223110), DownloadURL: "https://civitai.com/api/download/models/135867", SHA256: strings.ToUpper(sha)},
			PreviewURLs: []string{"https://image.civitai.com/x/1.jpeg", "https://image.civitai.com/x/2.mp4"},
			Stats:       map[string]any{"downloadCount": json.Number("52311"), "ratingCount": json.Number("211"), "rating": json.Number("4.97"), "thumbsUpCount": json.Number("3000")},
		}},
		{"ink.json", a1111JSON, Sidecar{
			Format: A1111, Description: "Soft ink lines", BaseModel: "SD1", ActivationText: "inkstyle, thin lines", Weight: ptr(0.65),
			NegativeText: "photo", Notes: "works best at 512\nline two",
		}},
		{"add-detail-xl.metadata.json", loraManagerJSON, Sidecar{
			Format: LoraManager, Name: "My own name", Version: "v1.0", Description: "<p>Edited</p>", Author: "tester", Tags: []string{"detail", "Tool"},
			TrainedWords: []string{"detail slider"}, BaseModel: "SDXL 1.0", Notes: "keep low", Favorite: ptr(true), NSFWLevel: ptr(4), SourceURL: page,
			Weight: ptr(0.0), WeightMin: ptr(0.3), WeightMax: ptr(0.8), ModelID: 122359, VersionID: 135867,
			Digests:     map[string]string{"sha256": sha, "autov3": "9d5e1a2b3c4d"},
			PrimaryFile: &File{Name: "other.safetensors", SizeKB: ptr(1), SHA256: strings.Repeat("2", 64)},
			PreviewURLs: []string{"https://image.civitai.com/x/1.jpeg"},
		}},
		{"add-detail-xl.cm-info.json", stabilityMatrixJSON, Sidecar{
			Format: StabilityMatrix, Name: "Shown title", Version: "v1.0", Description: "<p>Adds detail.</p>", Author: "tester", Tags: []string{"detail", "tool"},
			TrainedWords: []string{"detail slider"}, BaseModel: "SDXL 1.0", NSFWLevel: ptr(4), SourceURL: page, ModelID: 122359, VersionID: 135867,
			Digests: map[string]string{"sha256": sha, "crc32": "fa123b0b"}, PreviewURLs: []string{"https://image.civitai.com/x/t.jpeg"},
			PrimaryFile: &File{Name: "add-detail-xl.safetensors", SHA256: strings.ToUpper(sha)}, Stats: map[string]any{"downloadCount": json.Number("5")},
		}},
		{"detail.swarm.json", swarmJSON, Sidecar{
			Format: SwarmUI, Name: "Detail XL", Author: "tester", Description: "Adds detail", TrainedWords: []string{"detail slider"}, Notes: "below 1",
			BaseModel: "stable-diffusion-xl-v1-base/lora", Tags: []string{"detail", "tool"}, PublishedAt: ptr(time.Date(2024, 5, 6, 0, 0, 0, 0, time.UTC)),
			Digests: map[string]string{"modelspec": sha},
		}},
		{"detail-one.json", sdnextJSON, Sidecar{
			Format: SDNext, Name: "Detail Tweaker XL", Version: "v1.0", Description: "<p>Adds detail.</p>", Author: "tester", Tags: []string{"detail", "tool"},
			TrainedWords: []string{"one"}, BaseModel: "SDXL 1.0", NSFWLevel: ptr(3), SourceURL: "https://civitai.com/models/122359?modelVersionId=100",
			PublishedAt: &august, Digests: map[string]string{"sha256": sha}, ModelID: 122359, VersionID: 100,
			PrimaryFile: &File{Name: "Detail-One.safetensors", SizeKB: ptr(12), SHA256: strings.ToUpper(sha)}, Stats: map[string]any{"downloadCount": json.Number("5")},
			Extra: map[string]any{"id": json.Number("122359"), "type": "LORA", "nsfw": false, "poi": false, "allowNoCredit": true},
		}},
		{"test.json", prototypeJSON, Sidecar{
			Format: Prototype, Name: "Celestial Anime Portraits", Version: "v1.1", Description: "Portraits", Author: "tester", Tags: []string{"anime"},
			TrainedWords: []string{"celestial", "anime", "portrait"}, ActivationText: "celestial", Weight: ptr(0.0), BaseModel: "SD1.5", NSFWLevel: ptr(0),
			PublishedAt: ptr(time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)), SupportsGeneration: ptr(true),
			PrimaryFile: &File{Name: "celestial.safetensors", SizeKB: ptr(155000), DownloadURL: "https://example.com/celestial", SHA256: "abc123"},
			Extra:       map[string]any{"model": map[string]any{"type": "LORA"}},
		}},
	}
}

func TestEachFormatIsReadWhole(t *testing.T) {
	t.Parallel()
	for _, c := range wholeFiles() {
		t.Run(c.name, func(t *testing.T) {
			got := parse(t, c.name, c.data)
			g, w := reflect.ValueOf(*got), reflect.ValueOf(c.want)
			for i := range g.NumField() {
				if !reflect.DeepEqual(g.Field(i).Interface(), w.Field(i).Interface()) {
					gotJSON, _ := json.Marshal(g.Field(i).Interface())
					wantJSON, _ := json.Marshal(w.Field(i).Interface())
					t.Errorf("%s:\n got %s\nwant %s", g.Type().Field(i).Name, gotJSON, wantJSON)
				}
			}
		})
	}
}

func TestPromise1_OddTypesLoseOnlyThemselves(t *testing.T) {
	t.Parallel()
	cases := map[string]struct {
		name, data string
		check      func(*Sidecar) bool
	}{
		"null hashes":                {"a.json", `{"name":"n","weight":1,"modelVersions":[{"name":"v","files":[{"name":"f","sizeKB":"12.5","hashes":null}]}]}`, func(s *Sidecar) bool { return *s.PrimaryFile.SizeKB == 12 && s.Digests == nil }},
		"a numeric version":          {"a.json", `{"name":"n","weight":1,"version":2}`, func(s *Sidecar) bool { return s.Version == "2" }},
		"tags as one text":           {"a.json", `{"name":"n","tags":"a, b,,a"}`, func(s *Sidecar) bool { return len(s.Tags) == 2 }},
		"tags as objects":            {"a.json", `{"name":"n","tags":[{"name":"a"},null,3,["x"]]}`, func(s *Sidecar) bool { return strings.Join(s.Tags, "|") == "a|3" }},
		"tags as a number":           {"a.json", `{"name":"n","tags":7}`, func(s *Sidecar) bool { return s.Tags[0] == "7" }},
		"a weight as text":           {"a.json", `{"name":"n","weight":" 0.5 "}`, func(s *Sidecar) bool { return *s.Weight == 0.5 }},
		"a null weight":              {"a.json", `{"name":"n","weight":null,"default_weight":0.25}`, func(s *Sidecar) bool { return *s.Weight == 0.25 }},
		"an infinite weight":         {"a.json", `{"name":"n","weight":1e999}`, func(s *Sidecar) bool { return s.Weight == nil }},
		"a creator that is a text":   {"a.json", `{"name":"n","creator":"me","weight":1}`, func(s *Sidecar) bool { return s.Author == "" && s.Name == "n" }},
		"versions without objects":   {"a.json", `{"name":"n","modelVersions":[null,1,"x"]}`, func(s *Sidecar) bool { return s.Name == "n" }},
		"no name":                    {"my.adapter.json", `{"weight":1,"supportsGeneration":"true"}`, func(s *Sidecar) bool { return s.Name == "my.adapter" && *s.SupportsGeneration }},
		"a null name":                {"a.json", `{"name":null,"modelVersions":[{}]}`, func(s *Sidecar) bool { return s.Name == "a" }},
		"a byte order mark":          {"a.json", "\ufeff" + a1111JSON, func(s *Sidecar) bool { return s.NegativeText == "photo" }},
		"control characters":         {"a.json", `{"activation text":"a\u0000b\u001b[31mc","notes":"x\ny"}`, func(s *Sidecar) bool { return s.ActivationText == "ab[31mc" && s.Notes == "x\ny" }},
		"a lone surrogate":           {"a.json", `{"activation text":"a\ud800b"}`, func(s *Sidecar) bool { return utf8.ValidString(s.ActivationText) }},
		"A1111's unset weight":       {"a.json", `{"activation text":"x","preferred weight":0}`, func(s *Sidecar) bool { return s.Weight == nil }},
		"A1111's unknown version":    {"a.json", `{"activation text":"x","sd version":"Unknown"}`, func(s *Sidecar) bool { return s.BaseModel == "" }},
		"A1111 with notes only":      {"a.json", `{"notes":"x","description":""}`, func(s *Sidecar) bool { return s.Notes == "x" }},
		"an empty Civitai skeleton":  {"a.civitai.info", `{"id":"","modelId":"","name":"","trainedWords":[],"skeleton_file":true}`, func(s *Sidecar) bool { return s.Version == "" && s.ModelID == 0 }},
		"Civitai with null parts":    {"a.civitai.info", `{"id":5,"modelId":null,"model":null,"files":null,"images":[null],"stats":null,"creator":null}`, func(s *Sidecar) bool { return s.VersionID == 5 }},
		"a version saved as .json":   {"a.json", civitaiInfo, func(s *Sidecar) bool { return s.Format == Civitai }},
		"usage tips as an object":    {"a.metadata.json", `{"file_name":"a","usage_tips":{"strength_range":"0.3-0.8"}}`, func(s *Sidecar) bool { return *s.WeightMin == 0.3 && *s.WeightMax == 0.8 }},
		"negative usage tips":        {"a.metadata.json", `{"file_name":"a","usage_tips":"{\"strength_range\":\"-1 - 0.5\"}"}`, func(s *Sidecar) bool { return *s.WeightMin == -1 && *s.WeightMax == 0.5 }},
		"broken usage tips":          {"a.metadata.json", `{"file_name":"a","usage_tips":"{"}`, func(s *Sidecar) bool { return s.Name == "a" && s.Weight == nil }},
		"a pending digest":           {"a.metadata.json", `{"file_name":"a","sha256":"","autov3":null}`, func(s *Sidecar) bool { return s.Digests == nil }},
		"an added AutoV3":            {"a.metadata.json", `{"file_name":"a","autov3":"9d5e1a2b3c4d","civitai":{"files":[{"name":"a.safetensors","hashes":{"AutoV2":"0d9bd1b873"}}]}}`, func(s *Sidecar) bool { return len(s.Digests) == 2 }},
		"a user's A1111 .metadata":   {"a.metadata.json", a1111JSON, func(s *Sidecar) bool { return s.Format == A1111 }},
		"swarm keys without prefix":  {"a.swarm.json", `{"title":"T","trigger_phrase":null}`, func(s *Sidecar) bool { return s.Name == "T" && s.TrainedWords == nil }},
		"a huge number kept aside":   {"a.json", `{"name":"n","weight":1,"x":1e999999,"id":12345678901234567890}`, func(s *Sidecar) bool { return s.Extra["x"] == "1e999999" && s.ModelID == 0 }},
		"a rating":                   {"a.json", `{"activation text":"x","rating":4}`, func(s *Sidecar) bool { return *s.Rating == 4 }},
		"a rating out of range":      {"a.json", `{"activation text":"x","rating":9}`, func(s *Sidecar) bool { return s.Rating == nil }},
		"a date in seconds":          {"a.json", `{"name":"n","modelVersions":[{"publishedAt":1700000000}]}`, func(s *Sidecar) bool { return s.PublishedAt.Year() == 2023 }},
		"an adapter's full name":     {"a.safetensors.json", `{"id":1,"type":"LORA","modelVersions":[{},{"name":"v2","files":[{"name":"a.safetensors"}]}]}`, func(s *Sidecar) bool { return s.Version == "v2" }},
		"only training data as file": {"a.civitai.info", `{"files":[{"name":"t.zip","type":"Training Data","hashes":{"SHA256":"` + strings.Repeat("3", 64) + `"}}]}`, func(s *Sidecar) bool { return s.PrimaryFile == nil && s.Digests == nil }},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if s := parse(t, c.name, c.data); !c.check(s) {
				t.Errorf("%+v", *s)
			}
		})
	}
}

func TestPromise4_AWeightOfZeroIsAWeight(t *testing.T) {
	t.Parallel()
	for data, want := range map[string]*float64{
		`{"name":"n","weight":0}`:                              ptr(0.0),
		`{"name":"n","weight":0,"default_weight":1}`:           ptr(0.0),
		`{"name":"n","default_weight":0}`:                      ptr(0.0),
		`{"name":"n","weight":-0.5}`:                           ptr(-0.5),
		`{"name":"n","tags":"x"}`:                              nil,
		`{"activation text":"x","preferred weight":0}`:         nil, // its editor's word for "not set"
		`{"name":"n","activation text":"x","weight":0.0}`:      ptr(0.0),
		`{"name":"n","supportsGeneration":true,"weight":null}`: nil,
	} {
		if got := parse(t, "a.json", data).Weight; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: weight %v", data, got)
		}
	}
}

func TestPromise2_JSONAboutOtherThingsIsUnrelated(t *testing.T) {
	t.Parallel()
	for name, data := range map[string]string{
		"a list":                  `[{"name":"x","weight":1}]`,
		"a text":                  `"x"`,
		"a number":                `3`,
		"null":                    `null`,
		"an empty object":         `{}`,
		"a workflow":              `{"last_node_id":9,"nodes":[],"links":[],"version":0.4,"name":"w","tags":["x"]}`,
		"an API graph":            `{"3":{"class_type":"KSampler","inputs":{"seed":1}}}`,
		"package.json":            `{"name":"x","version":"1.0.0","description":"d","scripts":{},"dependencies":{},"tags":[]}`,
		"a model configuration":   `{"_class_name":"UNet2DConditionModel","name":"x","weight":1}`,
		"a PEFT configuration":    `{"peft_type":"LORA","r":16,"base_model_name_or_path":"x"}`,
		"a tokenizer":             `{"version":"1.0","added_tokens":[],"name":"x","stats":{}}`,
		"picture parameters":      `{"sui_image_params":{"prompt":"x"},"name":"x","tags":[]}`,
		"a web manifest":          `{"name":"App","short_name":"A","icons":[],"start_url":"/"}`,
		"a description and more":  `{"description":"x","license":"MIT"}`,
		"a history of backups":    `[]`,
		"a trainer configuration": `{"network_dim":32,"learning_rate":1e-4,"output_name":"x"}`,
	} {
		if s, err := Parse("x.json", []byte(data)); !errors.Is(err, ErrUnrelated) {
			t.Errorf("%s: %+v, %v", name, s, err)
		}
	}
	for _, name := range []string{"a.cm-info.json", "a.swarm.json", "a.metadata.json"} {
		if _, err := Parse(name, []byte(`{"hello":1}`)); !errors.Is(err, ErrUnrelated) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPromise3_BudgetsHold(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		data string
		code lora.Code
	}{
		"too many bytes":       {`{"name":"` + strings.Repeat("x", MaxBytes) + `"}`, lora.TooLarge},
		"too deep":             {`{"name":"n","weight":1,"x":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`, lora.TooLarge},
		"too many values":      {`{"name":"n","weight":1,"x":[` + strings.Repeat("0,", MaxValues) + `0]}`, lora.TooLarge},
		"empty":                {" \n", lora.Invalid},
		"cut short":            {`{"name":"n"`, lora.Invalid},
		"two values":           {`{"name":"n"}{}`, lora.Invalid},
		"not JSON":             {`<html>`, lora.Invalid},
		"a comment":            {`{} // x`, lora.Invalid},
		"brackets within text": {`{"name":"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\"[[","weight":1}`, ""},
	} {
		if _, err := Parse("x.json", []byte(c.data)); lora.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := parse(t, "x.json", `{"name":"n","weight":1,"description":"`+strings.Repeat("é", maxText)+`","tags":[`+strings.Repeat(`"a",`, 10)+`"b"]}`)
	if len(s.Description) > maxText || !utf8.ValidString(s.Description) {
		t.Errorf("%d bytes of description", len(s.Description))
	}
}

func FuzzParse(f *testing.F) {
	for name, data := range map[string]string{
		"a.civitai.info": civitaiInfo, "a.json": a1111JSON, "a.metadata.json": loraManagerJSON, "a.cm-info.json": stabilityMatrixJSON,
		"a.swarm.json": swarmJSON, "b.json": sdnextJSON, "c.json": prototypeJSON,
	} {
		f.Add(name, []byte(data))
	}
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		s, err := Parse(name, data)
		if err != nil {
			if code := lora.CodeOf(err); code == lora.Internal && !errors.Is(err, ErrUnrelated) {
				t.Fatal(err)
			}
			return
		}
		encoded, err := json.Marshal(s)
		if err != nil {
			t.Fatal("what came out cannot be stored:", err)
		}
		if strings.Contains(string(encoded), `\u0000`) || !utf8.Valid(encoded) {
			t.Fatalf("hostile text came through: %s", encoded)
		}
	})
}

// withPictures is civitaiInfo with as many sample pictures as Civitai usually lists.
func withPictures() []byte {
	const picture = `{"url": "https://image.civitai.com/x/1.jpeg", "nsfwLevel": 1, "width": 1024, "height": 1024, "meta": {"prompt": "` +
		`masterpiece, best quality, an old lighthouse on a cliff, waves, storm, dramatic light, <lora:add-detail-xl:1>", "negativePrompt": "worst quality, blurry",` +
		`"seed": 1234567890, "steps": 30, "sampler": "DPM++ 2M Karras", "cfgScale": 7, "Model hash": "31e35c80fc", "resources": [{"hash": "31e35c80fc", "name": "base", "type": "model"}]}},`
	return []byte(strings.Replace(civitaiInfo, `"images": [`, `"images": [`+strings.Repeat(picture, 10), 1))
}

func BenchmarkParse(b *testing.B) {
	data := withPictures()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("add-detail-xl.civitai.info", data); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJSON compares the parser with the standard library's.
func BenchmarkJSON(b *testing.B) {
	data := withPictures()
	for name, parse := range map[string]func([]byte) (any, error){"own": parseJSON, "standard": oracle} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := parse(data); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
