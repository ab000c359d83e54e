package store

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

func TestPromise2_ScansTakeOnlyWhatTheUserHasNotSet(t *testing.T) {
	t.Parallel()
	was := lora.Adapter{
		Name: "mine", Weight: 0, Active: false, Tags: []string{"mine"},
		Sources: map[string]lora.Source{"name": lora.FromUser, "weight": lora.FromUser, "active": lora.FromUser, "tags": lora.FromSidecar},
	}
	proposed := lora.Adapter{
		Name: "theirs", Weight: 0.7, Active: true, Tags: []string{"theirs", "theirs ", ""}, Rating: 9,
		Sources: map[string]lora.Source{"name": lora.FromGuess, "weight": lora.FromSidecar, "active": lora.FromSidecar, "tags": lora.FromSidecar},
	}
	merge(&was, &proposed)
	if was.Name != "mine" || was.Weight != 0 || was.Active || was.Sources["weight"] != lora.FromUser {
		t.Errorf("the user's fields became %+v", was)
	}
	if !reflect.DeepEqual(was.Tags, []string{"theirs"}) || was.Rating != 5 || was.Visibility != "Public" {
		t.Errorf("tags %q, rating %d, visibility %q", was.Tags, was.Rating, was.Visibility)
	}
}

// TestEveryFieldHasAColumn holds the three tables together: a field a user can edit
// has a column, and is a field of the adapter on the wire.
func TestEveryFieldHasAColumn(t *testing.T) {
	t.Parallel()
	wire := make(map[string]bool)
	for i := range reflect.TypeFor[lora.Adapter]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[lora.Adapter]().Field(i).Tag.Get("json"), ",")
		wire[name] = true
	}
	for _, f := range fields {
		if !wire[f.name] {
			t.Errorf("%s is not a field of the adapter", f.name)
		}
		if len(columnsOf(f.name)) == 0 {
			t.Errorf("%s has no column", f.name)
		}
		if f.take == nil || f.editable != (f.set != nil && f.value != nil && f.restore != nil) {
			t.Errorf("%s is not complete", f.name)
		}
	}
}

func TestEveryEditableFieldComesBack(t *testing.T) {
	t.Parallel()
	for i := range fields {
		f := &fields[i]
		if !f.editable {
			continue
		}
		var a, b lora.Adapter
		for _, value := range []string{`"https://x"`, `"sdxl"`, "0.5", "3", "true", `["x","x"]`} {
			if f.set(&a, json.RawMessage(value)) == nil {
				break
			}
		}
		was, err := json.Marshal(f.value(&a))
		if err != nil {
			t.Fatal(err)
		}
		if err := f.restore(&b, was); err != nil || !reflect.DeepEqual(a, b) || reflect.DeepEqual(a, lora.Adapter{}) {
			t.Errorf("%s: %s came back as %+v: %v", f.name, was, f.value(&b), err)
		}
	}
}

func TestVersionsShareALineage(t *testing.T) {
	t.Parallel()
	page := "https://civitai.com/models/123?modelVersionId=4"
	for _, c := range []struct {
		name string
		url  *string
		want string
	}{
		{"Great Style v1", nil, "name/great style"},
		{"great_style_V2.5b", nil, "name/great style"},
		{"Great Style-000010", nil, "name/great style"},
		{"great style epoch 12", nil, "name/great style"},
		{"great style v2 e10", nil, "name/great style"},
		{"great style v3 fp16", nil, "name/great style"},
		{"sd15", nil, "name/sd15"},
		{"v1", nil, "name/v1"},
		{"1984", nil, "name/1984"},
		{"style7", nil, "name/style7"},
		{"anything", &page, "civitai.com/models/123"},
	} {
		if got := lineage(&lora.Adapter{Name: c.name, SourceURL: c.url}); got != c.want {
			t.Errorf("%q belongs to %q, want %q", c.name, got, c.want)
		}
	}
}

func TestListsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	for _, list := range [][]string{{}, {""}, {"a"}, {"a", "b"}, {`a","b`}, {`"`}, {`\`}, {"a\nb", "é", "\u2028"}, {"[", "]"}, {`","`, "x"}} {
		r := newRecord(1)
		r.values[0] = listText(list)
		if got := r.list(); !reflect.DeepEqual(got, list) || r.err != nil {
			t.Errorf("%q came back as %q: %v", list, got, r.err)
		}
	}
}
