package movein

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// plant writes a tree of files and opens it.
func plant(t *testing.T, files map[string]string) *guard.Root {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		full := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(full), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return rootAt(t, dir)
}

func rootAt(t *testing.T, dir string) *guard.Root {
	t.Helper()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

// read returns all that some managers left.
func read(t *testing.T, root *guard.Root, managers ...Manager) (adapters []Record, compositions []lora.Composition, jobs []lora.Job, notes []string) {
	t.Helper()
	s, err := Open(root, managers)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Records(t.Context(), func(r Record) error {
		switch {
		case r.Record.Adapter != nil:
			adapters = append(adapters, r)
		case len(r.Record.Composition) > 0:
			compositions = append(compositions, r.Record.Composition...)
		case r.Record.Job != nil:
			jobs = append(jobs, *r.Record.Job)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return adapters, compositions, jobs, s.Notes()
}

const weights = "stands for the weights"

// trees are folders as each program leaves them. All say the same of ink.safetensors as
// far as the program can say it.
var trees = map[Manager]map[string]string{
	A1111: {
		"models/Lora/ink.safetensors": weights,
		"models/Lora/ink.preview.png": "picture",
		"models/Lora/ink.json": `{"description": "Soft ink lines", "sd version": "SD1", "activation text": "inkstyle, thin lines",
			"preferred weight": 0.65, "negative text": "photo", "notes": "keep low"}`,
		"styles.csv": "\ufeffname,prompt,negative_prompt\r\nInk,\"masterpiece, <lora:ink:0.7> ink\",\"blurry, photo\"\r\n---,,\r\nShort,just this\r\n",
	},
	LoraManager: {
		"ink.safetensors": weights,
		"ink.webp":        "picture",
		"ink.metadata.json": `{"file_name": "ink", "model_name": "Ink lines", "file_path": "/elsewhere/ink.safetensors", "size": 22, "modified": 1700000000.5,
			"sha256": "0d9bd1b873a7863e128b4672e3e245838858f71469a3cec58123c16c06f83bd7", "base_model": "SD 1.5", "preview_url": "", "preview_nsfw_level": 1,
			"notes": "keep low", "from_civitai": true, "tags": ["ink", "lines"], "modelDescription": "Soft ink lines", "civitai_deleted": false, "favorite": true,
			"exclude": false, "usage_tips": "{\"strength\": 0.65}", "civitai": {"id": 2, "modelId": 1, "name": "v1", "trainedWords": ["thin lines", "inkstyle"]}}`,
		"lora_manager_stats.json": `{"checkpoints": {}, "loras": {"0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7":
			{"total": 7, "history": {"2025-03-01": 3, "2025-04-02": 4}}, "beef": {"total": -1, "history": null}}, "total_executions": 12, "last_save_time": 1.5}`,
		"recipes/3f.recipe.json": `{"id": "3f", "file_path": "/elsewhere/3f.webp", "title": "Evening ink", "modified": 1700000000.5, "created_date": 1700000000.5,
			"base_model": "SD 1.5", "loras": [{"file_name": "second", "hash": "", "strength": 0.4, "modelName": "Second", "exclude": true},
			{"file_name": "ink", "hash": "0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7", "strength": 0.7, "modelName": "Ink lines", "isDeleted": false}],
			"gen_params": {"prompt": "evening, <lora:ink:0.7>", "negative_prompt": "day", "steps": 20}, "fingerprint": "x"}`,
	},
	SDNext: {
		"models/Lora/ink.safetensors": weights,
		"models/Lora/ink.json": `{"id": 1, "name": "Ink lines", "description": "Soft ink lines", "type": "LORA", "creator": {"username": "tester"}, "tags": ["ink"],
			"modelVersions": [{"id": 2, "name": "v1", "baseModel": "SD 1.5", "trainedWords": ["inkstyle"], "files": [{"name": "ink.safetensors", "type": "Model"}]}]}`,
		"models/styles/Ink.json": `{"name": "Ink", "description": "d", "prompt": "ink, {prompt}", "negative": "photo", "extra": "", "preview": ""}`,
	},
	StabilityMatrix: {
		"Models/Lora/ink.safetensors":  weights,
		"Models/Lora/ink.preview.jpeg": "picture",
		"Models/Lora/ink.cm-info.json": `{"ModelId":1,"ModelName":"Ink lines","ModelDescription":"Soft ink lines","Nsfw":false,"Tags":["ink"],"ModelType":"LORA","VersionId":2,
			"VersionName":"v1","BaseModel":"SD 1.5","Hashes":{"SHA256":"0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7"},"TrainedWords":["inkstyle"],"UserTitle":"My ink"}`,
	},
	SwarmUI: {
		"Models/Lora/ink.safetensors": weights,
		"Models/Lora/ink.swarm.json": `{"modelspec.title":"Ink lines","modelspec.author":"tester","modelspec.description":"Soft ink lines","modelspec.trigger_phrase":"inkstyle",
			"modelspec.usage_hint":"keep low","modelspec.tags":"ink, lines","modelspec.lora_default_weight":"0.65"}`,
	},
	CivitaiHelper: {
		"ink.safetensors": weights,
		"ink.preview.png": "picture",
		"ink.civitai.info": `{"id": 2, "modelId": 1, "name": "v1", "trainedWords": ["inkstyle"], "baseModel": "SD 1.5", "description": "Soft ink lines", "model": {"name": "Ink lines", "type": "LORA"},
			"files": [{"name": "ink.safetensors", "type": "Model", "hashes": {"SHA256": "0D9BD1B873A7863E128B4672E3E245838858F71469A3CEC58123C16C06F83BD7"}}],
			"extensions": {"civitai-helper": {"version": "1.9.3"}}}`,
	},
}

func TestWhatEachManagerLeavesComesOver(t *testing.T) {
	t.Parallel()
	want := map[Manager]struct {
		name   string
		fields []string
		files  []string
	}{
		A1111:           {"ink", []string{"activation_text", "description", "negative_text", "notes", "sd_version", "weight"}, []string{primary, preview}},
		LoraManager:     {"Ink lines", []string{"description", "favorite", "last_used_at", "name", "notes", "nsfw_level", "sd_version", "source_url", "tags", "trained_words", "use_count", "version", "weight"}, []string{primary, preview}},
		SDNext:          {"Ink lines", []string{"author_username", "description", "extra", "name", "sd_version", "source_url", "tags", "trained_words", "version"}, []string{primary}},
		StabilityMatrix: {"My ink", []string{"description", "name", "sd_version", "source_url", "tags", "trained_words", "version"}, []string{primary, preview}},
		SwarmUI:         {"Ink lines", []string{"author_username", "description", "name", "notes", "tags", "trained_words", "weight"}, []string{primary}},
		CivitaiHelper:   {"Ink lines", []string{"description", "name", "sd_version", "source_url", "trained_words", "version"}, []string{primary, preview}},
	}
	for manager, tree := range trees {
		t.Run(string(manager), func(t *testing.T) {
			t.Parallel()
			root := plant(t, tree)
			adapters, _, _, notes := read(t, root)
			if len(adapters) != 1 || len(notes) != 0 {
				t.Fatalf("%d adapters, notes %q", len(adapters), notes)
			}
			r, w := adapters[0], want[manager]
			if r.Manager != manager || r.Record.Adapter.Name != w.name || !slices.Equal(r.Fields, w.fields) {
				t.Errorf("%s says of %q: %q", r.Manager, r.Record.Adapter.Name, r.Fields)
			}
			var kinds []string
			for _, f := range r.Files {
				kinds = append(kinds, f.Kind)
			}
			if !slices.Equal(kinds, w.files) {
				t.Errorf("files %v", kinds)
			}
			found, err := Detect(t.Context(), rootAt(t, root.Path()))
			if err != nil || len(found) != 1 || found[0].Manager != manager || found[0].Adapters != 1 {
				t.Errorf("detected %+v, %v", found, err)
			}
		})
	}
}

func TestPromise5_TriggerWordsTagsAndRecipesKeepTheirOrder(t *testing.T) {
	t.Parallel()
	adapters, compositions, _, _ := read(t, plant(t, trees[LoraManager]))
	a := adapters[0].Record.Adapter
	if !slices.Equal(a.TrainedWords, []string{"thin lines", "inkstyle"}) || !slices.Equal(a.Tags, []string{"ink", "lines"}) {
		t.Errorf("words %q, tags %q", a.TrainedWords, a.Tags)
	}
	if a.UseCount != 7 || a.LastUsedAt.Format("2006-01-02") != "2025-04-02" {
		t.Errorf("used %d times, last %v", a.UseCount, a.LastUsedAt)
	}
	if len(compositions) != 1 {
		t.Fatalf("%d compositions", len(compositions))
	}
	c := compositions[0]
	names := []string{}
	for _, e := range c.Entries {
		names = append(names, e.Name)
	}
	if c.Name != "Evening ink" || c.Prefix != "evening" || c.Negative != "day" || !slices.Equal(names, []string{"second", "ink"}) ||
		c.Entries[0].Enabled || !c.Entries[1].Enabled || c.Entries[1].Weight != 0.7 || !strings.HasPrefix(c.Entries[1].Digest, "0d9bd1b873") {
		t.Errorf("composition %+v", c)
	}
}

func TestMovingInTwiceNamesTheSameCompositions(t *testing.T) {
	t.Parallel()
	root := plant(t, trees[A1111])
	_, first, _, _ := read(t, root)
	_, second, _, _ := read(t, root)
	if !reflect.DeepEqual(first, second) || first[0].ID == first[1].ID {
		t.Errorf("%+v and %+v", first, second)
	}
}

func TestStylesBecomeCompositions(t *testing.T) {
	t.Parallel()
	_, compositions, _, _ := read(t, plant(t, trees[A1111]))
	if len(compositions) != 2 || compositions[0].Name != "Ink" || compositions[0].Negative != "blurry, photo" ||
		len(compositions[0].Entries) != 1 || compositions[0].Entries[0].Name != "ink" || compositions[0].Entries[0].Weight != 0.7 || compositions[1].Prefix != "just this" {
		t.Errorf("got %+v", compositions)
	}
	_, compositions, _, _ = read(t, plant(t, trees[SDNext]))
	if len(compositions) != 1 || compositions[0].Prefix != "ink, {prompt}" || compositions[0].Negative != "photo" {
		t.Errorf("got %+v", compositions)
	}
}

func TestOnlyTheManagersAskedForAreRead(t *testing.T) {
	t.Parallel()
	both := map[string]string{}
	for _, m := range []Manager{A1111, CivitaiHelper} {
		for name, content := range trees[m] {
			both[strings.TrimPrefix(name, "models/Lora/")] = content
		}
	}
	adapters, compositions, _, _ := read(t, plant(t, both), CivitaiHelper)
	if len(adapters) != 1 || adapters[0].Manager != CivitaiHelper || len(compositions) != 0 {
		t.Errorf("got %+v, %+v", adapters, compositions)
	}
	adapters, _, _, _ = read(t, plant(t, both))
	if len(adapters) != 1 || adapters[0].Manager != A1111 || !slices.Contains(adapters[0].Fields, "activation_text") || !slices.Contains(adapters[0].Fields, "trained_words") {
		t.Errorf("what two managers say of one adapter is one record, got %+v", adapters)
	}
	found, err := Detect(t.Context(), plant(t, both))
	if err != nil || len(found) != 2 || found[0].Adapters != 1 || found[1].Adapters != 1 {
		t.Errorf("each is counted by itself, got %+v, %v", found, err)
	}
	if _, err := Open(rootAt(t, t.TempDir()), []Manager{"excel"}); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("an unknown manager: %v", err)
	}
}

func TestPromise2_BrokenFilesHideNothing(t *testing.T) {
	t.Parallel()
	tree := map[string]string{
		"good.safetensors": weights, "good.json": trees[A1111]["models/Lora/ink.json"],
		"bad.safetensors": weights, "bad.json": `{"activation text": `,
		"deep/worse.civitai.info": strings.Repeat("[", 1<<16), "a.recipe.json": "no", "styles/broken.json": "no", "lora_manager_stats.json": "[]",
		"workflow.json": `{"nodes": [], "links": []}`, "databases/invokeai.db": "not a database, but long enough to look at",
	}
	adapters, _, _, notes := read(t, plant(t, tree))
	if len(adapters) != 1 || adapters[0].Record.Adapter.Notes != "keep low" {
		t.Errorf("got %+v", adapters)
	}
	for _, name := range []string{"bad.json", "worse.civitai.info", "a.recipe.json", "broken.json", "lora_manager_stats.json", "invokeai.db"} {
		if !slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, name) }) {
			t.Errorf("no note names %s: %q", name, notes)
		}
	}
	if slices.ContainsFunc(notes, func(n string) bool { return strings.Contains(n, "workflow.json") }) {
		t.Errorf("a workflow is nothing to speak of: %q", notes)
	}
}

func TestPromise1_LinksThatLeaveTheFolderAreNotFollowed(t *testing.T) {
	t.Parallel()
	outside := plant(t, map[string]string{"secret.json": trees[A1111]["models/Lora/ink.json"]})
	root := plant(t, map[string]string{"x.safetensors": weights})
	if err := os.Symlink(filepath.Join(outside.Path(), "secret.json"), filepath.Join(root.Path(), "x.json")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside.Path(), filepath.Join(root.Path(), "more")); err != nil {
		t.Fatal(err)
	}
	if adapters, _, _, _ := read(t, root); len(adapters) != 0 {
		t.Errorf("read %+v", adapters)
	}
}

func TestPromise1_ReadingChangesNothing(t *testing.T) {
	t.Parallel()
	root := plant(t, trees[LoraManager])
	invokeTree(t, root.Path())
	before := listing(t, root.Path())
	read(t, root)
	if after := listing(t, root.Path()); !reflect.DeepEqual(before, after) {
		t.Errorf("before %v, after %v", before, after)
	}
}

func listing(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(p)
		out[p] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPromise4_WhatCannotComeOverIsSaid(t *testing.T) {
	t.Parallel()
	for manager, word := range map[Manager]string{SwarmUI: "presets", StabilityMatrix: "favourites"} {
		found, err := Detect(t.Context(), plant(t, trees[manager]))
		if err != nil || len(found) != 1 || !slices.ContainsFunc(found[0].Notes, func(n string) bool { return strings.Contains(n, word) }) {
			t.Errorf("%s: %+v, %v", manager, found, err)
		}
	}
}

func TestWhoTakesTheRecordsCanStop(t *testing.T) {
	t.Parallel()
	stop := errors.New("enough")
	root := plant(t, trees[A1111])
	invokeTree(t, root.Path())
	for after := range 3 {
		s, err := Open(rootAt(t, root.Path()), nil)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = s.Records(t.Context(), func(Record) error {
			if n++; n > after {
				return stop
			}
			return nil
		})
		if !errors.Is(err, stop) {
			t.Errorf("after %d: %v", after, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s, err := Open(rootAt(t, root.Path()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Records(ctx, func(Record) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// TestWhatWasMovedInCanBeWrittenBack goes round once: what a program left is read,
// written in its own format, and read again.
func TestWhatWasMovedInCanBeWrittenBack(t *testing.T) {
	t.Parallel()
	formats := map[Manager]sidecar.Format{}
	for format, manager := range managerOf {
		formats[manager] = format
	}
	for manager, tree := range trees {
		t.Run(string(manager), func(t *testing.T) {
			t.Parallel()
			adapters, _, _, _ := read(t, plant(t, tree))
			a := adapters[0].Record.Adapter
			written, err := sidecar.Encode(formats[manager], sidecar.Of(&a.Adapter, nil, a.Claimed),
				sidecar.Subject{Stem: "ink", FileName: "ink.safetensors", SizeBytes: int64(len(weights))}, nil)
			if err != nil {
				t.Fatal(err)
			}
			again, _, _, notes := read(t, plant(t, map[string]string{"ink.safetensors": weights, written.Name: string(written.Data)}))
			if len(again) != 1 {
				t.Fatalf("%d adapters, notes %q from\n%s", len(again), notes, written.Data)
			}
			b := again[0].Record.Adapter
			for field, pair := range map[string][2]any{
				"name": {a.Name, b.Name}, "version": {a.Version, b.Version}, "description": {a.Description, b.Description}, "tags": {a.Tags, b.Tags},
				"trained_words": {a.TrainedWords, b.TrainedWords}, "weight": {a.Weight, b.Weight}, "notes": {a.Notes, b.Notes}, "favorite": {a.Favorite, b.Favorite},
				"activation_text": {a.ActivationText, b.ActivationText}, "negative_text": {a.NegativeText, b.NegativeText}, "author_username": {a.AuthorUsername, b.AuthorUsername},
				"claimed_digests": {a.Claimed, b.Claimed},
			} {
				if manager == A1111 && field == "name" { // it is the file's
					continue
				}
				if !reflect.DeepEqual(pair[0], pair[1]) {
					t.Errorf("%s was %v and is %v", field, pair[0], pair[1])
				}
			}
		})
	}
}
