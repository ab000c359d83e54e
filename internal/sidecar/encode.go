package sidecar

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// Subject is the file a sidecar is written for. Zero values are left out.
type Subject struct {
	Stem       string // of the adapter's file name
	FileName   string
	FilePath   string // absolute, as the other program shall see it
	SizeBytes  int64
	ModifiedAt time.Time
}

// Encoded is a sidecar as another program writes it.
type Encoded struct {
	Name string // base name of the file
	Data []byte // JSON, indented
	// Lost names the fields, as the catalog calls them, that have a value which the
	// format has no place for.
	Lost []string
}

// Formats are those that Encode writes.
func Formats() []Format {
	return []Format{A1111, Civitai, LoraManager, Prototype, SDNext, StabilityMatrix, SwarmUI}
}

// Layout is how the name of a format's file ends after the adapter's, and the fields, as
// the catalog calls them, that it has a place for.
func (f Format) Layout() (suffix string, carries []string) {
	e := encoders[f]
	return e.suffix, slices.Clone(e.carries)
}

// encoders write what a sidecar says into the JSON of each format. carries names the
// fields the format has a place for.
var encoders = map[Format]struct {
	suffix  string
	carries []string
	write   func(o object, s *Sidecar, about Subject)
}{
	A1111: {".json", []string{"description", "notes", "activation_text", "negative_text", "weight", "base_model"}, writeA1111},
	Civitai: {".civitai.info", []string{
		"name", "version", "description", "author_username", "tags", "trained_words", "base_model", "nsfw_level", "published_at", "digests", "stats", "source_url",
	}, writeCivitai},
	LoraManager: {".metadata.json", []string{
		"name", "version", "description", "author_username", "tags", "trained_words", "base_model", "nsfw_level", "published_at", "digests", "stats", "source_url",
		"notes", "favorite", "weight", "weight_min", "weight_max", "rating",
	}, writeLoraManager},
	StabilityMatrix: {".cm-info.json", []string{
		"name", "version", "description", "author_username", "tags", "trained_words", "base_model", "digests", "stats", "source_url", "rating",
	}, writeStabilityMatrix},
	SwarmUI: {".swarm.json", []string{"name", "author_username", "description", "notes", "tags", "trained_words", "published_at", "weight", "rating"}, writeSwarm},
	SDNext: {".json", []string{
		"name", "version", "description", "author_username", "tags", "trained_words", "base_model", "nsfw_level", "published_at", "digests", "stats", "source_url", "rating",
	}, writeSDNext},
	Prototype: {".json", []string{
		"name", "version", "description", "author_username", "tags", "trained_words", "base_model", "nsfw_level", "published_at", "digests", "stats",
		"activation_text", "negative_text", "weight", "supports_generation", "source_url", "rating",
	}, writePrototype},
}

// Encode writes what s says in the layout of a format. existing is the file that lies
// there already, or nil: its keys that are not written here stay as they are, so that
// nothing another program keeps in it is lost. It fails with Invalid for a format it
// does not know and for an existing file that is no JSON object.
func Encode(format Format, s *Sidecar, about Subject, existing []byte) (Encoded, error) {
	e, ok := encoders[format]
	if !ok {
		return Encoded{}, lora.FieldErrorf(lora.Invalid, "format", "%q is no format of sidecars that can be written.", string(format))
	}
	o := object{}
	if len(bytes.TrimSpace(existing)) > 0 {
		read, err := decode(existing)
		if err != nil {
			return Encoded{}, lora.Errorf(lora.Invalid, "The sidecar that is there already is no JSON object, so it was left alone.")
		}
		o = read
	}
	e.write(o, s, about)
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(map[string]any(o)); err != nil {
		return Encoded{}, &lora.Error{Code: lora.Internal, Message: "The sidecar could not be written.", Err: err}
	}
	carries := e.carries
	if format == A1111 && s.ActivationText == "" {
		carries = append(slices.Clone(carries), "trained_words") // they are its activation text
	}
	return Encoded{Name: about.Stem + e.suffix, Data: out.Bytes(), Lost: lost(s, carries)}, nil
}

// lost returns the fields of s that have a value and no place among carries.
func lost(s *Sidecar, carries []string) []string {
	has := []struct {
		field string
		is    bool
	}{
		{"name", s.Name != ""}, {"version", s.Version != ""}, {"description", s.Description != ""},
		{"author_username", s.Author != ""}, {"tags", len(s.Tags) > 0}, {"trained_words", len(s.TrainedWords) > 0},
		{"activation_text", s.ActivationText != ""}, {"negative_text", s.NegativeText != ""},
		{"weight", s.Weight != nil}, {"weight_min", s.WeightMin != nil}, {"weight_max", s.WeightMax != nil},
		{"base_model", s.BaseModel != ""}, {"nsfw_level", s.NSFWLevel != nil}, {"notes", s.Notes != ""},
		{"source_url", s.SourceURL != ""}, {"favorite", s.Favorite != nil && *s.Favorite}, {"rating", s.Rating != nil},
		{"published_at", s.PublishedAt != nil}, {"digests", len(s.Digests) > 0}, {"stats", len(s.Stats) > 0},
		{"supports_generation", s.SupportsGeneration != nil && *s.SupportsGeneration},
	}
	var out []string
	for _, h := range has {
		if h.is && !slices.Contains(carries, h.field) {
			out = append(out, h.field)
		}
	}
	return out
}

// put writes a value that says something; what says nothing leaves the key alone.
func (o object) put(key string, value any) {
	switch v := value.(type) {
	case string:
		if v == "" {
			return
		}
	case []string:
		if len(v) == 0 {
			return
		}
	case map[string]any:
		if len(v) == 0 {
			return
		}
	case *float64:
		if v == nil {
			return
		}
	case *int:
		if v == nil {
			return
		}
	case *bool:
		if v == nil {
			return
		}
	case *time.Time:
		if v == nil {
			return
		}
		value = v.UTC().Format(time.RFC3339Nano)
	case int64:
		if v == 0 {
			return
		}
	}
	o[key] = value
}

// within returns the object at key, made when it is not there.
func (o object) within(key string) object {
	if sub := o.object(key); sub != nil {
		return sub
	}
	sub := object{}
	o[key] = map[string]any(sub)
	return sub
}

// hashes spells digests as Civitai does.
func hashes(s *Sidecar) map[string]any {
	out := map[string]any{}
	for _, d := range digestKinds {
		if value := s.Digests[d.kind]; value != "" {
			out[d.key] = strings.ToUpper(value)
		}
	}
	return out
}
