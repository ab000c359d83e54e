package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// edited is what the user of these tests says of every adapter.
var edited = map[string]any{
	"description": "Thin lines", "notes": "mine", "activation_text": "inkstyle, lines", "negative_text": "photo", "weight": 0.65,
	"tags": []any{"ink", "style"}, "trained_words": []any{"inkstyle", "thin lines"},
}

// sameWords compares a field. Trained words of the file itself may follow the user's, and
// SwarmUI keeps all of them in one text.
func sameWords(field string, got, want any) bool {
	if field != "trained_words" {
		return reflect.DeepEqual(got, want)
	}
	words := func(list any) (all []string) {
		items, _ := list.([]any)
		for _, w := range items {
			text, _ := w.(string)
			all = append(all, text)
		}
		return all
	}
	return strings.HasPrefix(strings.Join(words(got), ", "), strings.Join(words(want), ", "))
}

func (r *running) patch(id string, fields map[string]any) {
	r.t.Helper()
	body, err := json.Marshal(fields)
	if err != nil {
		r.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodPatch, r.address+"/api/v1/adapters/"+id, strings.NewReader(string(body)))
	if err != nil {
		r.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		r.t.Fatal(err)
	}
	_ = answer.Body.Close() // only its status counts
	if answer.StatusCode != http.StatusOK {
		r.t.Fatalf("PATCH %s: %d", id, answer.StatusCode)
	}
}

func TestSidecarsOfEveryFormatAreReadBackByAScan(t *testing.T) {
	loras, names := bare(t, 3)
	r := start(t, filepath.Join(t.TempDir(), "data"), "--root="+loras, "--no-watch")
	defer r.halt()
	r.adapters(3)
	for _, a := range r.listed() {
		r.patch(a.ID, edited)
	}
	var formats struct {
		Formats []struct{ ID, Suffix, Carries string }
	}
	r.get("/api/v1/sidecars/formats", &formats)
	if len(formats.Formats) < 7 {
		t.Fatalf("%+v", formats)
	}
	for _, f := range formats.Formats {
		done := r.beside(f.ID, false)
		if len(done.Notes) == 0 || done.Notes[0] != "3 sidecars written." {
			t.Errorf("%s: %q", f.ID, done.Notes)
		}
		if again := r.beside(f.ID, false); !slices.Contains(again.Notes, "3 sidecars there already and left alone.") {
			t.Errorf("%s again: %q", f.ID, again.Notes)
		}
		copied := filepath.Join(t.TempDir(), "loras")
		if err := os.CopyFS(copied, os.DirFS(loras)); err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if err := os.Remove(filepath.Join(loras, name+f.Suffix)); err != nil {
				t.Errorf("%s: %v", f.ID, err)
			}
		}
		readBack(t, copied, f.ID, strings.Split(f.Carries, ", "))
	}
}

// readBack scans a folder anew and compares what its sidecars carry.
func readBack(t *testing.T, dir, format string, carries []string) {
	t.Helper()
	r := start(t, filepath.Join(t.TempDir(), "data"), "--root="+dir, "--no-watch")
	defer r.halt()
	r.adapters(3)
	compared := 0
	for stem, a := range r.listed() {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(text, &fields); err != nil {
			t.Fatal(err)
		}
		for field, want := range edited {
			if !slices.Contains(carries, field) {
				continue
			}
			if compared++; !sameWords(field, fields[field], want) {
				t.Errorf("%s, %s of %s: %v, want %v", format, field, stem, fields[field], want)
			}
		}
	}
	if compared == 0 {
		t.Errorf("%s carries nothing: %v", format, carries)
	}
}

func TestSidecarsKeepWhatOthersWroteAndNameWhatCannotBe(t *testing.T) {
	loras, names := bare(t, 4)
	r := start(t, filepath.Join(t.TempDir(), "data"), "--root="+loras, "--no-watch")
	defer r.halt()
	r.adapters(4)
	for _, a := range r.listed() {
		r.patch(a.ID, edited)
	}
	theirs := `{"preferred weight": 0.2, "their own": {"kept": [1, 2]}}`
	put(t, theirs, loras, names[0]+".json")
	put(t, "[broken", loras, names[1]+".json")
	if err := os.Mkdir(filepath.Join(loras, names[2]+".json"), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(loras, names[3]+".safetensors")); err != nil {
		t.Fatal(err)
	}
	r.beside("a1111", false)
	if text, err := os.ReadFile(filepath.Join(loras, names[0]+".json")); err != nil || string(text) != theirs {
		t.Errorf("it was not left alone: %s %v", text, err)
	}
	notes := strings.Join(r.beside("a1111", true).Notes, "\n")
	for _, want := range []string{names[1] + ".json", names[2] + ".json", "1 sidecar written.", "1 adapter without a file that is there"} {
		if !strings.Contains(notes, want) {
			t.Errorf("the notes do not say %q:\n%s", want, notes)
		}
	}
	var merged map[string]any
	text, err := os.ReadFile(filepath.Join(loras, names[0]+".json"))
	if err == nil {
		err = json.Unmarshal(text, &merged)
	}
	if err != nil || merged["preferred weight"] != 0.65 || !reflect.DeepEqual(merged["their own"], map[string]any{"kept": []any{1.0, 2.0}}) {
		t.Errorf("%s %v", text, err)
	}
	if text, err := os.ReadFile(filepath.Join(loras, names[1]+".json")); err != nil || string(text) != "[broken" {
		t.Errorf("a file that cannot be understood was changed: %s %v", text, err)
	}
	left, err := os.ReadDir(loras)
	if err != nil || len(left) != 3+3 {
		t.Errorf("%d files: %v", len(left), err)
	}
}
