package origin

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// taken is a field of an adapter that a hub can say something about.
type taken struct {
	name  string
	value func(v *lora.HubVersion) any // nil when the hub says nothing
	here  func(a *lora.Adapter) any    // what the adapter has
	fills bool                         // also without being asked, where it is empty
}

// takes lists the fields in the order they are shown. Name and version are taken only when
// the user says so: they are how the user knows an adapter.
var takes = []taken{
	{"name", func(v *lora.HubVersion) any { return orNil(v.ModelName) }, func(a *lora.Adapter) any { return a.Name }, false},
	{"version", func(v *lora.HubVersion) any { return orNil(v.Name) }, func(a *lora.Adapter) any { return a.Version }, false},
	{"base_model", func(v *lora.HubVersion) any { return baseOf(v) }, func(a *lora.Adapter) any { return a.BaseModel }, true},
	{"trained_words", func(v *lora.HubVersion) any { return listOrNil(v.TrainedWords) }, func(a *lora.Adapter) any { return a.TrainedWords }, true},
	{"tags", func(v *lora.HubVersion) any { return listOrNil(v.Tags) }, func(a *lora.Adapter) any { return a.Tags }, true},
	{"author_username", func(v *lora.HubVersion) any { return orNil(v.Creator) }, func(a *lora.Adapter) any { return a.AuthorUsername }, true},
	{"description", func(v *lora.HubVersion) any { return orNil(v.Description) }, func(a *lora.Adapter) any { return a.Description }, true},
	{"nsfw_level", func(v *lora.HubVersion) any { return numberOrNil(v.NSFWLevel) }, func(a *lora.Adapter) any { return a.NSFWLevel }, true},
	{"source_url", func(v *lora.HubVersion) any { return orNil(v.PageURL) }, func(a *lora.Adapter) any { return a.SourceURL }, true},
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func listOrNil(list []string) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

func numberOrNil(n int) any {
	if n <= 0 || n > 255 {
		return nil
	}
	return n
}

// baseOf is the id of the base model a hub names, nil when it is none we know.
func baseOf(v *lora.HubVersion) any {
	if id, _, ok := inspect.FindBase(v.BaseModel); ok && id != lora.UnknownBase {
		return id
	}
	return nil
}

// fills is what a version may fill in an adapter by itself.
func fills(v *lora.HubVersion) map[string]json.RawMessage {
	patch := map[string]json.RawMessage{}
	for _, t := range takes {
		if value := t.value(v); t.fills && value != nil {
			patch[t.name] = asJSON(value)
		}
	}
	return patch
}

// asJSON encodes texts, numbers and lists of texts, which always succeeds.
func asJSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("origin: %T cannot be JSON: %v", v, err))
	}
	return b
}

// differing lists the fields in which an adapter and a version differ.
func differing(a *lora.Adapter, v *lora.HubVersion) []lora.HubField {
	fields := []lora.HubField{}
	for _, t := range takes {
		there, here := t.value(v), t.here(a)
		if there == nil || bytes.Equal(asJSON(there), asJSON(here)) {
			continue
		}
		fields = append(fields, lora.HubField{FieldChange: lora.FieldChange{Field: t.name, Here: here, There: there}, Source: a.Sources[t.name]})
	}
	return fields
}

// Apply takes fields over from what a hub said, as if the user had typed them, and returns
// an id to undo that with. Invalid names a field of which the hub says nothing; Conflict
// when another adapter has the name and version.
func (g *Origin) Apply(ctx context.Context, adapterID string, fields []string) (lora.Adapter, string, error) {
	snapshot, err := g.o.Catalog.HubSnapshot(ctx, adapterID)
	if err != nil {
		return lora.Adapter{}, "", err
	}
	if snapshot == nil || snapshot.Version == nil {
		return lora.Adapter{}, "", lora.Errorf(lora.Conflict, "No hub has said anything about this adapter. Look it up first.")
	}
	if len(fields) == 0 {
		return lora.Adapter{}, "", lora.FieldErrorf(lora.Invalid, "fields", "Choose the fields to take over.")
	}
	patch := map[string]json.RawMessage{}
	for _, name := range fields {
		value := any(nil)
		for _, t := range takes {
			if t.name == name {
				value = t.value(snapshot.Version)
			}
		}
		if value == nil {
			return lora.Adapter{}, "", lora.FieldErrorf(lora.Invalid, "fields", "The hub says nothing about the field %q.", name)
		}
		patch[name] = asJSON(value)
	}
	return g.o.Adapters.Patch(ctx, adapterID, patch)
}
