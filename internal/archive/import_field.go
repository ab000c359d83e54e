package archive

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// comparedField is a field of an adapter in which an import and the catalog can differ.
// What only the file itself says, such as its rank, is not among them: a scan reads it.
type comparedField struct {
	name string
	// value is the field as JSON shows it: nil when it is not set.
	value func(a *lora.Adapter) any
	// blank is a value that says nothing unless a user has set it.
	blank any
	// personal fields are the user's whenever they are not blank, unless a sidecar or the
	// file is named as their source.
	personal bool
	// edited fields are those the prototype let users edit without noting that they did.
	edited bool
}

var comparedFields = []comparedField{
	{name: "name", value: func(a *lora.Adapter) any { return text(a.Name) }, edited: true},
	{name: "version", value: func(a *lora.Adapter) any { return optional(a.Version) }, edited: true},
	{name: "canonical_version_name", value: func(a *lora.Adapter) any { return optional(a.CanonicalVersionName) }},
	{name: "description", value: func(a *lora.Adapter) any { return optional(a.Description) }, edited: true},
	{name: "author_username", value: func(a *lora.Adapter) any { return optional(a.AuthorUsername) }},
	{name: "visibility", value: func(a *lora.Adapter) any { return text(a.Visibility) }, blank: "Public"},
	{name: "published_at", value: func(a *lora.Adapter) any { return moment(a.PublishedAt) }},
	{name: "tags", value: func(a *lora.Adapter) any { return texts(a.Tags) }, edited: true},
	{name: "trained_words", value: func(a *lora.Adapter) any { return texts(a.TrainedWords) }},
	{name: "triggers", value: func(a *lora.Adapter) any { return texts(a.Triggers) }, edited: true},
	{name: "weight", value: func(a *lora.Adapter) any { return a.Weight }, blank: 1.0, personal: true, edited: true},
	{name: "active", value: func(a *lora.Adapter) any { return a.Active }, blank: false, personal: true, edited: true},
	{name: "ordinal", value: func(a *lora.Adapter) any { return number(a.Ordinal) }, personal: true, edited: true},
	{name: "archetype", value: func(a *lora.Adapter) any { return optional(a.Archetype) }},
	{name: "archetype_confidence", value: func(a *lora.Adapter) any { return number(a.ArchetypeConfidence) }},
	{name: "primary_file_download_url", value: func(a *lora.Adapter) any { return optional(a.PrimaryFileDownloadURL) }},
	{name: "supports_generation", value: func(a *lora.Adapter) any { return a.SupportsGeneration }, blank: false},
	{name: "sd_version", value: func(a *lora.Adapter) any { return optional(a.SDVersion) }},
	{name: "nsfw_level", value: func(a *lora.Adapter) any { return a.NSFWLevel }, blank: 0},
	{name: "activation_text", value: func(a *lora.Adapter) any { return optional(a.ActivationText) }, edited: true},
	{name: "negative_text", value: func(a *lora.Adapter) any { return optional(a.NegativeText) }},
	{name: "stats", value: func(a *lora.Adapter) any { return object(a.Stats) }},
	{name: "extra", value: func(a *lora.Adapter) any { return object(a.Extra) }},
	{name: "base_model", value: func(a *lora.Adapter) any { return text(a.BaseModel) }, blank: lora.UnknownBase},
	{name: "weight_min", value: func(a *lora.Adapter) any { return number(a.WeightMin) }},
	{name: "weight_max", value: func(a *lora.Adapter) any { return number(a.WeightMax) }},
	{name: "notes", value: func(a *lora.Adapter) any { return text(a.Notes) }, personal: true},
	{name: "rating", value: func(a *lora.Adapter) any { return a.Rating }, blank: 0, personal: true},
	{name: "favorite", value: func(a *lora.Adapter) any { return a.Favorite }, blank: false, personal: true},
	{name: "source_url", value: func(a *lora.Adapter) any { return optional(a.SourceURL) }},
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func optional(s *string) any {
	if s == nil {
		return nil
	}
	return text(*s)
}

func number[T int | float64](n *T) any {
	if n == nil {
		return nil
	}
	return *n
}

func texts(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

func object(m map[string]any) any {
	if len(m) == 0 {
		return nil
	}
	return m
}

// moment is a time as both databases keep it.
func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

func (f *comparedField) isBlank(v any) bool { return v == nil || v == f.blank && f.blank != nil }

// decoded is an object as it is after a trip through JSON, whose numbers are all of one
// type: one side comes from the spool, the other from the catalog.
func decoded(object map[string]any) any {
	text, err := json.Marshal(object)
	var plain any
	if err != nil || json.Unmarshal(text, &plain) != nil {
		return object
	}
	return plain
}

func same(a, b any) bool {
	switch a := a.(type) {
	case []string:
		b, ok := b.([]string)
		return ok && slices.Equal(a, b)
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && reflect.DeepEqual(decoded(a), decoded(b))
	}
	if _, isMap := b.(map[string]any); isMap {
		return false
	}
	if _, isList := b.([]string); isList {
		return false
	}
	return a == b
}

// byUser reports whether the value is the user's own.
func (f *comparedField) byUser(a *lora.Adapter, v any) bool {
	switch source := a.Sources[f.name]; source {
	case lora.FromUser:
		return true
	case "":
		return f.personal && !f.isBlank(v)
	default:
		return false
	}
}

// trust orders sources that are no user: a sidecar beats the file, which beats a guess.
func (f *comparedField) trust(a *lora.Adapter, v any) int {
	if f.isBlank(v) {
		return 0
	}
	switch a.Sources[f.name] {
	case lora.FromGuess:
		return 1
	case lora.FromFile:
		return 2
	case lora.FromSidecar, lora.FromUser:
	}
	return 3
}
