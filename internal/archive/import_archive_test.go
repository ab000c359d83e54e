package archive

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// prototypeArchive is what the prototype exports, with what people have found in it: ids
// that lead elsewhere, an adapter twice, nulls, lists that are texts.
func prototypeArchive(t *testing.T) []byte {
	t.Helper()
	type file map[string]any
	entry := func(id, name, version, metadata string, files ...file) map[string]any {
		if files == nil {
			files = []file{}
		}
		return map[string]any{"id": id, "name": name, "version": version, "metadata_path": metadata, "files": files}
	}
	manifest, err := json.Marshal(map[string]any{
		"generated_at": "2024-05-01T10:00:00", "adapter_count": 4, "file_total_bytes": 1, "metadata_total_bytes": 1, "total_bytes": 2,
		"adapters": []any{
			entry("../../escape", "Ink", "v1", "adapters/a/metadata.json",
				file{"kind": "primary", "original_path": "/etc/ink.safetensors", "original_name": "ink.safetensors", "exists": true, "size": 1, "archive_path": "adapters/a/files/0_ink.safetensors"},
				file{"kind": "metadata", "original_path": "/etc/ink.json", "original_name": "ink.json", "exists": true, "size": 1, "archive_path": "adapters/a/files/1_ink.json"}),
			entry("/absolute", "Wash", "", "adapters/b/metadata.json",
				file{"kind": "primary_local", "original_path": "C:\\x\\wash.safetensors", "original_name": "C:\\x\\wash.safetensors", "exists": true, "size": 1, "archive_path": "adapters/b/files/0_wash.safetensors"}),
			entry("0f0e0d0c-0b0a-4908-8706-050403020100", "Ink", "v1", "adapters/c/metadata.json"),
			entry("11111111-2222-4333-8444-555555555555", "Gone", "2", "adapters/d/metadata.json",
				file{"kind": "primary", "original_path": "/x/gone.safetensors", "original_name": "gone.safetensors", "exists": false, "size": 0}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return zipped(t, "manifest.json", string(manifest),
		"adapters/a/metadata.json", `{"name":"Ink","version":"v1","description":"<script>x</script><b>Ink</b>","tags":["ink","lines"],"triggers":["inkstyle"],"weight":0.7,"active":true,"file_path":"/etc/passwd","nsfw_level":0,"stats":null,"extra":{"model":{"a":1}},"author_username":"someone"}`,
		"adapters/b/metadata.json", `{"name":"Wash","version":null,"weight":1.0,"active":false,"tags":[],"file_path":"C:\\x\\wash.safetensors","primary_file_size_kb":"5","hashes":null}`,
		"adapters/c/metadata.json", `{"name":"Ink","version":"v1","weight":0.2}`,
		"adapters/d/metadata.json", `{"name":"Gone","version":"2","trained_words":["gone"]}`,
		"adapters/a/files/0_ink.safetensors", string(weights("ink")),
		"adapters/a/files/1_ink.json", `{"activation text":"inkstyle"}`,
		"adapters/b/files/0_wash.safetensors", string(weights("wash")),
	)
}

func TestPromise5_AnArchiveOfThePrototypeComesInByOurOwnRules(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, items := p.planned(ImportRequest{UploadIDs: []string{p.upload("lora_export.zip", prototypeArchive(t))}})
	if len(items) != 4 || items[2].Action != lora.ImportSkip || items[3].Action != lora.ImportCreate {
		t.Fatalf("the plan: %+v", items)
	}
	done := p.apply(id)
	if done.Counts.Create != 3 || !slices.ContainsFunc(done.Notes, func(n string) bool { return strings.Contains(n, "no checksums") }) {
		t.Errorf("it tells %+v, %q", done.Counts, done.Notes)
	}
	if got := p.tree(); !slices.Equal(got, []string{"ink.json", "ink.safetensors", "wash.safetensors"}) {
		t.Errorf("files go by their own names only: %q", got)
	}
	ink := p.at("ink.safetensors")
	if ink.Name != "Ink" || ink.Weight != 0.7 || !ink.Active || !slices.Equal(ink.Tags, []string{"ink", "lines"}) || ink.Sources["tags"] != lora.FromUser {
		t.Errorf("what the user had entered outlasts the scan: %+v", ink)
	}
	if ink.Description == nil || *ink.Description != "<b>Ink</b>" || strings.Contains(ink.FilePath, "etc") {
		t.Errorf("nothing hostile comes in: %v, %s", ink.Description, ink.FilePath)
	}
	if gone := p.at("gone.safetensors"); gone.FileState != lora.FileMissing || gone.ID != "11111111-2222-4333-8444-555555555555" {
		t.Errorf("an adapter without its file is listed as missing, under its id: %+v", gone)
	}
	_, items = p.planned(ImportRequest{UploadIDs: []string{p.upload("lora_export.zip", prototypeArchive(t))}})
	for _, item := range items {
		if item.Action != lora.ImportSame && item.Action != lora.ImportSkip {
			t.Errorf("a second time nothing changes: %+v", item)
		}
	}
	for _, name := range treeOf(t, filepath.Dir(p.home)) {
		if strings.Contains(name, "escape") || strings.Contains(name, "absolute") {
			t.Errorf("an id of the archive has become a path: %s", name)
		}
	}
}

// archiveOf is an archive with one adapter, as the prototype writes it, or with sources
// as ours have them.
func archiveOf(t *testing.T, metadata string, file []byte) []byte {
	t.Helper()
	files := ""
	members := []string{}
	if file != nil {
		files = `{"kind":"primary","original_name":"ink.safetensors","exists":true,"archive_path":"adapters/x/files/0_ink.safetensors"}`
		members = append(members, "adapters/x/files/0_ink.safetensors", string(file))
	}
	manifest := fmt.Sprintf(`{"format":"loramanager-archive","format_version":1,"kind":"export","part":{"number":1,"of":1},"adapters":[{"id":"x","name":"Ink","metadata_path":"adapters/x/metadata.json","files":[%s]}]}`, files)
	return zipped(t, append(members, "adapters/x/metadata.json", metadata, "manifest.json", manifest)...)
}

func TestWhatTheUserEnteredIsNeverLostSilently(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		sentence string
		here     string // what the user entered here
		there    string // metadata of the archive
		action   lora.ImportAction
		differs  []string
		replace  func(lora.Adapter) bool // what holds after replacing
	}{
		{
			"only the archive knows more", `{}`, `"rating":4,"notes":"mine","sources":{"name":"file","notes":"user","rating":"user"}`,
			lora.ImportUpdate, []string{"notes", "rating"}, func(a lora.Adapter) bool { return a.Rating == 4 && a.Notes == "mine" },
		},
		{
			"both rated it differently", `{"rating":2}`, `"rating":4,"sources":{"name":"file","rating":"user"}`,
			lora.ImportConflict, []string{"rating"}, func(a lora.Adapter) bool { return a.Rating == 4 },
		},
		{
			"a sidecar there does not beat the user here", `{"tags":["mine"]}`, `"tags":["theirs"],"sources":{"name":"file","tags":"sidecar"}`,
			lora.ImportSame, nil, func(a lora.Adapter) bool { return slices.Equal(a.Tags, []string{"mine"}) },
		},
		{
			"tags of the prototype may be the user's", `{"tags":["mine"]}`, `"tags":["theirs"]`,
			lora.ImportConflict, []string{"tags"}, func(a lora.Adapter) bool { return slices.Equal(a.Tags, []string{"theirs"}) },
		},
		{
			"a weight of 1 and inactive are what the prototype writes unasked", `{"weight":0.5,"active":true}`, `"weight":1.0,"active":false`,
			lora.ImportSame, nil, func(a lora.Adapter) bool { return a.Weight == 0.5 && a.Active },
		},
		{
			"a weight of 0 is a weight", `{}`, `"weight":0,"sources":{"name":"file","weight":"user"}`,
			lora.ImportUpdate, []string{"weight"}, func(a lora.Adapter) bool { return a.Weight == 0 },
		},
		{
			"what the user emptied there stays empty", `{"notes":"old"}`, `"notes":"","sources":{"name":"file","notes":"user"}`,
			lora.ImportConflict, []string{"notes"}, func(a lora.Adapter) bool { return a.Notes == "" },
		},
		{
			"what the file says is no difference", `{}`, `"rank":99,"trainer":"else","use_count":7,"sources":{"name":"file"}`,
			lora.ImportSame, nil, func(a lora.Adapter) bool { return *a.Rank == 1 },
		},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			was := p.put("ink.safetensors", weights("ink"))
			p.digests()
			if c.here != "{}" {
				p.edit(was.ID, c.here)
			}
			archive := archiveOf(t, `{"name":"ink",`+c.there+`}`, weights("ink"))
			id, items := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archive)}})
			differs := []string{}
			for _, d := range items[0].Differs {
				differs = append(differs, d.Field)
			}
			if items[0].Action != c.action || items[0].AdapterID != was.ID || !slices.Equal(differs, c.differs) && len(differs)+len(c.differs) > 0 {
				t.Fatalf("found %s %v, want %s %v", items[0].Action, differs, c.action, c.differs)
			}
			if c.action == lora.ImportConflict {
				if _, err := p.ApplyImport(t.Context(), id); lora.CodeOf(err) != lora.Conflict {
					t.Errorf("an undecided conflict cannot be applied: %v", err)
				}
			}
			if _, err := p.SetImportPolicy(t.Context(), id, lora.ConflictReplace, nil); err != nil {
				t.Fatal(err)
			}
			p.apply(id)
			if now := p.at("ink.safetensors"); !c.replace(now) || now.ID != was.ID {
				t.Errorf("after replacing: %+v", now)
			}
			if got := p.tree(); !slices.Equal(got, []string{"ink.safetensors"}) {
				t.Errorf("files: %q", got)
			}
			p.clean()
		})
	}
}

func TestConflictsEndAsThePolicySays(t *testing.T) {
	t.Parallel()
	const older, newer = `"updated_at":"2001-01-01T00:00:00Z",`, `"updated_at":"2101-01-01T00:00:00Z",`
	for _, c := range []struct {
		sentence string
		policy   lora.ConflictPolicy
		stamp    string
		item     bool // chosen for the item, not the import
		rating   int  // here afterwards
		files    []string
		counts   lora.ImportCounts
	}{
		{"keep leaves what is here", lora.ConflictKeep, newer, false, 2, []string{"ink.safetensors"}, lora.ImportCounts{Skip: 1}},
		{"keep can be said of one item", lora.ConflictKeep, newer, true, 2, []string{"ink.safetensors"}, lora.ImportCounts{Skip: 1}},
		{"replace takes what comes", lora.ConflictReplace, older, false, 4, []string{"ink.safetensors"}, lora.ImportCounts{Update: 1}},
		{"newest takes what comes when it is newer", lora.ConflictNewest, newer, false, 4, []string{"ink.safetensors"}, lora.ImportCounts{Update: 1}},
		{"newest leaves what is here when that is newer", lora.ConflictNewest, older, false, 2, []string{"ink.safetensors"}, lora.ImportCounts{Skip: 1}},
		{"rename keeps both", lora.ConflictRename, newer, true, 2, []string{"ink (2).safetensors", "ink.safetensors"}, lora.ImportCounts{Create: 1, Files: 1}},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			p := newPlace(t)
			was := p.put("ink.safetensors", weights("ink"))
			p.digests()
			p.edit(was.ID, `{"rating":2}`)
			archive := archiveOf(t, `{"id":"`+was.ID+`","name":"ink","rel_path":"ink.safetensors",`+c.stamp+`"rating":4,"sources":{"name":"file","rating":"user"}}`, weights("ink"))
			id, _ := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archive)}})
			policy, one := c.policy, map[string]lora.ConflictPolicy(nil)
			if c.item {
				policy, one = "", map[string]lora.ConflictPolicy{"0": c.policy}
			}
			if _, err := p.SetImportPolicy(t.Context(), id, policy, one); err != nil {
				t.Fatal(err)
			}
			done := p.apply(id)
			done.Counts.FileBytes = 0
			if *done.Counts != c.counts {
				t.Errorf("it tells %+v, want %+v", *done.Counts, c.counts)
			}
			if now := p.at("ink.safetensors"); now.Rating != c.rating || now.ID != was.ID {
				t.Errorf("here afterwards: %+v", now)
			}
			if got := p.tree(); !slices.Equal(got, c.files) {
				t.Errorf("files: %q, want %q", got, c.files)
			}
			if c.policy == lora.ConflictRename {
				if other := p.at("ink (2).safetensors"); other.Rating != 4 || other.ID == was.ID || other.Name == was.Name {
					t.Errorf("the one that came: %+v", other)
				}
			}
			p.clean()
		})
	}
}

func TestAnotherFileUnderTheSameNameIsAConflict(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	was := p.put("ink.safetensors", weights("old"))
	p.digests()
	archive := archiveOf(t, `{"id":"`+was.ID+`","name":"ink","rel_path":"ink.safetensors","sources":{"name":"file"}}`, weights("new"))
	id, items := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archive)}, Policy: lora.ConflictReplace})
	if items[0].Action != lora.ImportConflict || items[0].Differs[0].Field != "file" || items[0].FileAction != "rename" {
		t.Fatalf("the plan: %+v", items)
	}
	p.apply(id)
	if got := p.tree(); !slices.Equal(got, []string{"ink (2).safetensors", "ink.safetensors"}) {
		t.Errorf("no file is written over another: %q", got)
	}
	old, err := os.ReadFile(filepath.Join(p.home, "ink.safetensors"))
	if err != nil || string(old) != string(weights("old")) {
		t.Error("the file that was here is as before")
	}
	if now := p.at("ink (2).safetensors"); now.ID != was.ID {
		t.Errorf("the adapter has the file that came: %+v", p.adapters())
	}
}

func TestAnAdapterWhoseFileWasMissingGetsItBackWhereItWas(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	was := p.put("styles/ink.safetensors", weights("ink"))
	p.edit(was.ID, `{"rating":3}`)
	p.digests()
	if err := os.Remove(filepath.Join(p.home, "styles/ink.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.store.MarkMissing(t.Context(), []string{was.ID}); err != nil {
		t.Fatal(err)
	}
	archive := archiveOf(t, `{"id":"`+was.ID+`","name":"ink","rel_path":"else/ink.safetensors","sources":{"name":"file"}}`, weights("ink"))
	id, items := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archive)}})
	if items[0].Action != lora.ImportUpdate || items[0].FileAction != "place" {
		t.Fatalf("the plan: %+v", items)
	}
	p.apply(id)
	if now := p.at("styles/ink.safetensors"); now.ID != was.ID || now.FileState != lora.FileOK || now.Rating != 3 {
		t.Errorf("it is back: %+v", now)
	}
	p.clean()
}

func TestAPlanIsRefusedWhenTheLibraryHasChangedSince(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	was := p.put("ink.safetensors", weights("ink"))
	p.digests()
	archive := archiveOf(t, `{"id":"`+was.ID+`","name":"ink","rating":4,"sources":{"name":"file","rating":"user"}}`, nil)
	id, _ := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archive)}})
	p.edit(was.ID, `{"rating":2}`)
	if got := p.tryApply(id); got.State != lora.TransferFailed || !strings.Contains(got.Error, "Plan it again") {
		t.Errorf("got %s: %s", got.State, got.Error)
	}
	if now := p.at("ink.safetensors"); now.Rating != 2 {
		t.Errorf("the edit in between was lost: %+v", now)
	}
	p.clean()
}
