package sidecar

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

// told is all a person and a hub can say about an adapter.
func told() *Sidecar {
	half, low, high, four, mature, yes := 0.5, 0.2, 0.9, 4, 4, true
	published := time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	return &Sidecar{
		Name: "Detail <Tweaker> & more", Version: "v1.0", Description: "<p>Adds detail.</p>", Author: "tester",
		Tags: []string{"detail", "tool"}, TrainedWords: []string{"detail slider", "ink"}, ActivationText: "detail slider, ink",
		NegativeText: "photo", Weight: &half, WeightMin: &low, WeightMax: &high, BaseModel: "SDXL 1.0", NSFWLevel: &mature,
		Notes: "keep low\nline two", SourceURL: "https://civitai.com/models/122359?modelVersionId=135867", Favorite: &yes, Rating: &four,
		PublishedAt: &published, SupportsGeneration: &yes, ModelID: 122359, VersionID: 135867,
		Digests: map[string]string{"sha256": strings.Repeat("0d", 32), "autov3": "9d5e1a2b3c4d", "crc32": "fa123b0b"},
		Stats:   map[string]any{"downloadCount": json.Number("5")},
	}
}

var aboutFile = Subject{
	Stem: "add-detail-xl", FileName: "add-detail-xl.safetensors", FilePath: "/data/loras/add-detail-xl.safetensors",
	SizeBytes: 228464640, ModifiedAt: time.Unix(1700000000, 0),
}

// fieldsOf is a sidecar by the catalog's names of its fields.
func fieldsOf(s *Sidecar) map[string]any {
	return map[string]any{
		"name": s.Name, "version": s.Version, "description": s.Description, "author_username": s.Author, "tags": s.Tags,
		"trained_words": s.TrainedWords, "activation_text": s.ActivationText, "negative_text": s.NegativeText, "weight": s.Weight,
		"weight_min": s.WeightMin, "weight_max": s.WeightMax, "base_model": s.BaseModel, "nsfw_level": s.NSFWLevel, "notes": s.Notes,
		"source_url": s.SourceURL, "favorite": s.Favorite, "rating": s.Rating, "published_at": s.PublishedAt, "digests": s.Digests,
		"stats": s.Stats, "supports_generation": s.SupportsGeneration,
	}
}

func TestWhatIsWrittenInAFormatIsReadBackUnlessItIsSaidToBeLost(t *testing.T) {
	t.Parallel()
	for _, format := range Formats() {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			written, err := Encode(format, told(), aboutFile, nil)
			if err != nil {
				t.Fatal(err)
			}
			read, err := Parse(written.Name, written.Data)
			if err != nil || read.Format != format {
				t.Fatalf("%s is read as %v, %v:\n%s", written.Name, read, err, written.Data)
			}
			want, got := fieldsOf(told()), fieldsOf(read)
			for field := range want {
				if slices.Contains(written.Lost, field) {
					continue
				}
				switch { // what a format spells in its own way
				case format == A1111 && field == "base_model":
					want[field] = "SDXL"
				case format == SwarmUI && field == "trained_words":
					want[field] = []string{"detail slider, ink"}
				}
				if !reflect.DeepEqual(want[field], got[field]) {
					t.Errorf("%s: wrote %v, read %v", field, want[field], got[field])
				}
			}
		})
	}
}

func TestTriggerWordsBecomeTheActivationTextOfA1111(t *testing.T) {
	t.Parallel()
	s := &Sidecar{TrainedWords: []string{"ink", "lines"}}
	written, err := Encode(A1111, s, aboutFile, nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := Parse(written.Name, written.Data)
	if err != nil || read.ActivationText != "ink, lines" || len(written.Lost) != 0 {
		t.Errorf("got %+v, %v, lost %v", read, err, written.Lost)
	}
}

func TestKeysOfOtherProgramsStayWhereTheyAre(t *testing.T) {
	t.Parallel()
	for format, existing := range map[Format]string{
		A1111: a1111JSON, Civitai: civitaiInfo, LoraManager: loraManagerJSON, StabilityMatrix: stabilityMatrixJSON,
		SwarmUI: swarmJSON, SDNext: sdnextJSON, Prototype: prototypeJSON,
	} {
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			var before, after map[string]any
			withOwn := strings.Replace(existing, "{", `{"own key": {"kept": [1, 1234567890123456789]}, `, 1)
			written, err := Encode(format, told(), aboutFile, []byte(withOwn))
			if err != nil {
				t.Fatal(err)
			}
			for text, into := range map[string]*map[string]any{withOwn: &before, string(written.Data): &after} {
				d := json.NewDecoder(strings.NewReader(text))
				d.UseNumber()
				if err := d.Decode(into); err != nil {
					t.Fatal(err)
				}
			}
			for key, value := range before {
				if _, has := after[key]; !has && key != "description" {
					t.Errorf("%s is gone, it was %v", key, value)
				}
			}
			if !reflect.DeepEqual(before["own key"], after["own key"]) {
				t.Errorf("the other program's value was %v and is %v", before["own key"], after["own key"])
			}
			again, err := Encode(format, told(), aboutFile, written.Data)
			if err != nil || string(again.Data) != string(written.Data) {
				t.Errorf("writing twice differs (%v):\n%s\n%s", err, written.Data, again.Data)
			}
		})
	}
}

func TestAnEmptyValueTakesNothingAway(t *testing.T) {
	t.Parallel()
	written, err := Encode(A1111, &Sidecar{}, aboutFile, []byte(a1111JSON))
	if err != nil {
		t.Fatal(err)
	}
	before, _ := Parse("x.json", []byte(a1111JSON))
	after, err := Parse("x.json", written.Data)
	if err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("was %+v, is %+v, %v", before, after, err)
	}
}

func TestAFileThatIsNoObjectIsLeftAlone(t *testing.T) {
	t.Parallel()
	for _, existing := range []string{"[1]", "nonsense", `{"open": `, strings.Repeat("[", 100)} {
		if _, err := Encode(A1111, told(), aboutFile, []byte(existing)); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%q: %v", existing, err)
		}
	}
	if _, err := Encode("toml", told(), aboutFile, nil); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("an unknown format: %v", err)
	}
}
