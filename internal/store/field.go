package store

import (
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// field is one field of an adapter whose value has a source: a user, a sidecar, the
// file or a guess.
type field struct {
	name string
	// editable says that users may set it.
	editable bool
	// set reads a JSON value; its errors are sentences for the user.
	set func(a *lora.Adapter, raw json.RawMessage) error
	// value returns what restore takes, as JSON, to bring the field back.
	value   func(a *lora.Adapter) any
	restore func(a *lora.Adapter, raw json.RawMessage) error
	// take copies the field from another adapter.
	take func(to, from *lora.Adapter)
}

// readOnly is a field only scans fill.
func readOnly[T any](name string, at func(*lora.Adapter) *T) field {
	return field{name: name, take: func(to, from *lora.Adapter) { *at(to) = *at(from) }}
}

// editable is a field users may set too. what names its type for the user; check may
// be nil, and may also tidy the value.
func editable[T any](name, what string, at func(*lora.Adapter) *T, check func(v *T) string) field {
	f := readOnly(name, at)
	f.editable = true
	f.value = func(a *lora.Adapter) any { return *at(a) }
	f.restore = func(a *lora.Adapter, raw json.RawMessage) error {
		*at(a) = *new(T)
		return json.Unmarshal(raw, at(a))
	}
	var zero T
	nullable := string(must(json.Marshal(zero))) == "null" && what != aList
	f.set = func(a *lora.Adapter, raw json.RawMessage) error {
		var v T
		if string(raw) == "null" && !nullable || json.Unmarshal(raw, &v) != nil {
			return lora.FieldErrorf(lora.Invalid, name, "Field '%s' must be %s", name, what)
		}
		if check != nil {
			if wrong := check(&v); wrong != "" {
				return lora.FieldErrorf(lora.Invalid, name, "Field '%s' %s", name, wrong)
			}
		}
		*at(a) = v
		return nil
	}
	return f
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err) // only for the zero values of the table below
	}
	return v
}

// The types as error messages call them.
const (
	aString  = "a string"
	aNumber  = "a number"
	anInt    = "an integer"
	aBoolean = "a boolean"
	aList    = "a list"
)

// What users may store in one field at most.
const (
	maxTextBytes = 1 << 20
	maxListItems = 1000
	maxItemBytes = 1000
	maxNameBytes = 500
)

// fields lists every field that can have a source. A scan takes all of them that the
// user has not set.
var fields = []field{
	editable("name", aString, func(a *lora.Adapter) *string { return &a.Name }, checkName),
	editable("version", aString, func(a *lora.Adapter) **string { return &a.Version }, checkShort),
	readOnly("canonical_version_name", func(a *lora.Adapter) **string { return &a.CanonicalVersionName }),
	editable("description", aString, func(a *lora.Adapter) **string { return &a.Description }, checkOptionalText),
	editable("author_username", aString, func(a *lora.Adapter) **string { return &a.AuthorUsername }, checkShort),
	editable("visibility", aString, func(a *lora.Adapter) *string { return &a.Visibility }, checkText),
	readOnly("published_at", func(a *lora.Adapter) **time.Time { return &a.PublishedAt }),
	editable("tags", aList, func(a *lora.Adapter) *[]string { return &a.Tags }, checkTags),
	editable("trained_words", aList, func(a *lora.Adapter) *[]string { return &a.TrainedWords }, checkList),
	editable("triggers", aList, func(a *lora.Adapter) *[]string { return &a.Triggers }, checkList),
	editable("weight", aNumber, func(a *lora.Adapter) *float64 { return &a.Weight }, nil),
	editable("active", aBoolean, func(a *lora.Adapter) *bool { return &a.Active }, nil),
	editable("ordinal", anInt, func(a *lora.Adapter) **int { return &a.Ordinal }, checkOrdinal),
	editable("archetype", aString, func(a *lora.Adapter) **string { return &a.Archetype }, checkOptionalText),
	editable("archetype_confidence", aNumber, func(a *lora.Adapter) **float64 { return &a.ArchetypeConfidence }, nil),
	readOnly("primary_file_name", func(a *lora.Adapter) **string { return &a.PrimaryFileName }),
	readOnly("primary_file_size_kb", func(a *lora.Adapter) **int { return &a.PrimaryFileSizeKB }),
	readOnly("primary_file_sha256", func(a *lora.Adapter) **string { return &a.PrimaryFileSHA256 }),
	readOnly("primary_file_download_url", func(a *lora.Adapter) **string { return &a.PrimaryFileDownloadURL }),
	readOnly("primary_file_local_path", func(a *lora.Adapter) **string { return &a.PrimaryFileLocalPath }),
	editable("supports_generation", aBoolean, func(a *lora.Adapter) *bool { return &a.SupportsGeneration }, nil),
	editable("sd_version", aString, func(a *lora.Adapter) **string { return &a.SDVersion }, checkOptionalText),
	editable("nsfw_level", anInt, func(a *lora.Adapter) *int { return &a.NSFWLevel }, checkNSFW),
	editable("activation_text", aString, func(a *lora.Adapter) **string { return &a.ActivationText }, checkOptionalText),
	readOnly("stats", func(a *lora.Adapter) *map[string]any { return &a.Stats }),
	readOnly("extra", func(a *lora.Adapter) *map[string]any { return &a.Extra }),
	baseModelField,
	readOnly("kind", func(a *lora.Adapter) *string { return &a.Kind }),
	readOnly("rank", func(a *lora.Adapter) **int { return &a.Rank }),
	readOnly("alpha", func(a *lora.Adapter) **float64 { return &a.Alpha }),
	readOnly("trainer", func(a *lora.Adapter) *string { return &a.Trainer }),
	editable("weight_min", aNumber, func(a *lora.Adapter) **float64 { return &a.WeightMin }, nil),
	editable("weight_max", aNumber, func(a *lora.Adapter) **float64 { return &a.WeightMax }, nil),
	editable("negative_text", aString, func(a *lora.Adapter) **string { return &a.NegativeText }, checkOptionalText),
	editable("notes", aString, func(a *lora.Adapter) *string { return &a.Notes }, checkText),
	editable("rating", anInt, func(a *lora.Adapter) *int { return &a.Rating }, checkRating),
	editable("favorite", aBoolean, func(a *lora.Adapter) *bool { return &a.Favorite }, nil),
	editable("source_url", aString, func(a *lora.Adapter) **string { return &a.SourceURL }, checkURL),
}

var fieldsByName = make(map[string]*field, len(fields))

func init() {
	for i := range fields {
		fieldsByName[fields[i].name] = &fields[i]
	}
}

// base is what belongs to the field base_model: the variant and the confidence go
// with the judgement they are part of.
type base struct {
	ID         string  `json:"base_model"`
	Variant    string  `json:"base_variant"`
	Confidence float64 `json:"base_confidence"`
}

var baseModelField = field{
	name:     "base_model",
	editable: true,
	take: func(to, from *lora.Adapter) {
		to.BaseModel, to.BaseVariant, to.BaseConfidence = from.BaseModel, from.BaseVariant, from.BaseConfidence
	},
	value: func(a *lora.Adapter) any { return base{a.BaseModel, a.BaseVariant, a.BaseConfidence} },
	restore: func(a *lora.Adapter, raw json.RawMessage) error {
		var b base
		err := json.Unmarshal(raw, &b)
		a.BaseModel, a.BaseVariant, a.BaseConfidence = b.ID, b.Variant, b.Confidence
		return err
	},
	set: func(a *lora.Adapter, raw json.RawMessage) error {
		var id string
		if json.Unmarshal(raw, &id) != nil {
			return lora.FieldErrorf(lora.Invalid, "base_model", "Field 'base_model' must be %s", aString)
		}
		if known, _, _ := inspect.FindBase(id); known != id { // FindBase also knows other names
			return lora.FieldErrorf(lora.Invalid, "base_model", "Field 'base_model' must be the id of a base model, or %s", lora.UnknownBase)
		}
		a.BaseModel, a.BaseVariant, a.BaseConfidence = id, "", 1
		return nil
	},
}

func checkName(v *string) string {
	if *v = strings.TrimSpace(*v); *v == "" {
		return "must not be empty"
	}
	return checkLine(*v)
}

func checkShort(v **string) string {
	if *v == nil {
		return ""
	}
	return checkLine(**v)
}

// checkLine checks a text that is shown on one line everywhere.
func checkLine(v string) string {
	if len(v) > maxNameBytes {
		return "is longer than 500 bytes"
	}
	if strings.ContainsFunc(v, unicode.IsControl) {
		return "has control characters"
	}
	return ""
}

func checkText(v *string) string {
	if len(*v) > maxTextBytes {
		return "is longer than 1 MiB"
	}
	return ""
}

func checkOptionalText(v **string) string {
	if *v == nil {
		return ""
	}
	return checkText(*v)
}

func checkList(v *[]string) string {
	if len(*v) > maxListItems {
		return "has more than 1,000 entries"
	}
	for _, s := range *v {
		if len(s) > maxItemBytes {
			return "has an entry longer than 1,000 bytes"
		}
	}
	return ""
}

// checkTags also trims tags and drops empty and repeated ones.
func checkTags(v *[]string) string {
	*v = tidyTags(*v)
	return checkList(v)
}

func tidyTags(tags []string) []string {
	tidy := make([]string, 0, len(tags))
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		if t = strings.TrimSpace(t); t != "" && !seen[t] {
			seen[t] = true
			tidy = append(tidy, t)
		}
	}
	return slices.Clip(tidy)
}

func checkOrdinal(v **int) string {
	if *v != nil && (**v > math.MaxInt32 || **v < math.MinInt32) {
		return "is out of range"
	}
	return ""
}

// checkRange refuses recommended weights that contradict each other, where the user
// has set one of them.
func checkRange(a *lora.Adapter, patch map[string]json.RawMessage) error {
	field := "weight_max"
	if patch[field] == nil {
		field = "weight_min"
	}
	if patch[field] == nil || a.WeightMin == nil || a.WeightMax == nil || *a.WeightMin <= *a.WeightMax {
		return nil
	}
	return lora.FieldErrorf(lora.Invalid, field, "The lowest recommended weight, %g, must not be above the highest, %g.", *a.WeightMin, *a.WeightMax)
}

func checkNSFW(v *int) string {
	if *v < 0 || *v > 255 {
		return "must be between 0 and 255"
	}
	return ""
}

func checkRating(v *int) string {
	if *v < 0 || *v > 5 {
		return "must be between 0 and 5"
	}
	return ""
}

func checkURL(v **string) string {
	if *v == nil || **v == "" {
		*v = nil
		return ""
	}
	if s := **v; len(s) > 2000 || !strings.HasPrefix(s, "https://") && !strings.HasPrefix(s, "http://") {
		return "must be an address that begins with https:// or http://"
	}
	return ""
}
