package library_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// files lists all files below a folder of home, hidden ones too.
func (k *kit) files(name string) []string {
	k.t.Helper()
	var all []string
	err := filepath.WalkDir(k.path(name), func(p string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			all = append(all, strings.TrimPrefix(p, k.path(name)+"/"))
		}
		return err
	})
	if err != nil {
		k.t.Fatal(err)
	}
	slices.Sort(all)
	return all
}

func placed(t *testing.T) (*kit, lora.Root, string) {
	k := newKit(t)
	k.put("loras/s/a.safetensors", adapter("a"))
	k.put("loras/s/a.json", []byte(`{"activation text":"hello","sd version":"SDXL"}`))
	k.put("loras/s/a.preview.png", []byte("picture"))
	k.put("loras/s/a.safetensors.civitai.info", []byte(`{"name":"v1","modelId":4}`))
	k.put("loras/s/ab.json", []byte(`{}`))
	root := k.addRoot("loras")
	return k, root, k.at(root, "s/a.safetensors").ID
}

func TestPromise1_MoveTakesSidecarsAndPreviewsAlong(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	two := k.addRoot("two")
	if err := k.Move(t.Context(), id, root.ID, "new/deep"); err != nil {
		t.Fatal(err)
	}
	want := []string{"new/deep/a.json", "new/deep/a.preview.png", "new/deep/a.safetensors", "new/deep/a.safetensors.civitai.info", "s/ab.json"}
	check(t, "files", k.files("loras"), want)
	check(t, "record", k.at(root, "new/deep/a.safetensors").ID, id)
	check(t, "scan", k.scan().Counts.Unchanged, 1)

	if err := k.Move(t.Context(), id, two.ID, ""); err != nil {
		t.Fatal(err)
	}
	check(t, "files there", k.files("two"), []string{"a.json", "a.preview.png", "a.safetensors", "a.safetensors.civitai.info"})
	check(t, "record there", k.at(two, "a.safetensors").ID, id)
	s := k.scan()
	check(t, "nothing is new", []int{s.Counts.Added, s.Counts.Missing}, []int{0, 0})
	if p, err := k.OpenPreview(t.Context(), id, 0); err != nil {
		t.Error(err)
	} else {
		check(t, "preview", []any{p.Name, p.Close()}, []any{"a.preview.png", nil})
	}
}

func TestPromise1_RenameRenamesAllOfThem(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	if err := k.Rename(t.Context(), id, "b v2"); err != nil {
		t.Fatal(err)
	}
	check(t, "files", k.files("loras"), []string{"s/ab.json", "s/b v2.json", "s/b v2.preview.png", "s/b v2.safetensors", "s/b v2.safetensors.civitai.info"})
	check(t, "record", k.at(root, "s/b v2.safetensors").ID, id)
	check(t, "an unchanged group", k.scan().Counts.Unchanged, 1)
	for name, code := range map[string]lora.Code{"../up": lora.Invalid, "x/y": lora.Invalid, ".hidden": lora.Invalid, "con": lora.Invalid, "x.pt": lora.Invalid, "": lora.Invalid} {
		if err := k.Rename(t.Context(), id, name); lora.CodeOf(err) != code {
			t.Errorf("%q: %v", name, err)
		}
	}
}

func TestANameThatCameFromTheFileNameFollowsIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/folder/lora.safetensors", adapter("generic")) // named by its folder
	k.put("loras/said.safetensors", adapter("said"))
	k.put("loras/given.safetensors", adapter("given"))
	root := k.addRoot("loras")
	rename := func(rel, name string) string {
		t.Helper()
		id := k.at(root, rel).ID
		if err := k.Rename(t.Context(), id, name); err != nil {
			t.Fatal(err)
		}
		a, err := k.store.Adapter(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		return a.Name
	}
	k.edit(k.at(root, "given.safetensors").ID, `{"name":"Mine"}`)
	check(t, "before", []string{k.at(root, "folder/lora.safetensors").Name, k.at(root, "said.safetensors").Name}, []string{"folder", "said"})
	check(t, "a guess gives way", rename("folder/lora.safetensors", "Ink wash"), "Ink wash")
	check(t, "the old file name gives way", rename("said.safetensors", "told"), "told")
	check(t, "a name is used once", rename("told.safetensors", "Ink wash"), "Ink wash (2)")
	check(t, "the user's stays", rename("given.safetensors", "taken"), "Mine")
	check(t, "a file name that says nothing changes nothing", rename("Ink wash.safetensors", "model"), "Ink wash (2)")
	k.scan()
	check(t, "after a scan", k.at(root, "taken.safetensors").Name, "Mine")
}

func TestPromise1_APEFTAdapterIsNamedByItsFolder(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/p/adapter_model.safetensors", adapter("p"))
	k.put("loras/p/adapter_config.json", []byte(`{"peft_type":"LORA"}`))
	root := k.addRoot("loras")
	id := k.at(root, "p/adapter_model.safetensors").ID
	if err := k.Rename(t.Context(), id, "q"); err != nil {
		t.Fatal(err)
	}
	if err := k.Move(t.Context(), id, root.ID, "sub"); err != nil {
		t.Fatal(err)
	}
	check(t, "files", k.files("loras"), []string{"sub/q/adapter_config.json", "sub/q/adapter_model.safetensors"})
	if k.exists("loras/p") || k.exists("loras/q") {
		t.Error("an empty folder was left")
	}
}

func TestPromise1_NothingIsOverwrittenAndNothingIsHalfMoved(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	k.put("loras/taken/a.preview.png", []byte("somebody else's"))
	k.put("loras/taken/b.safetensors", []byte("another"))
	before := k.files("loras")
	if err := k.Move(t.Context(), id, root.ID, "taken"); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("a taken preview name: %v", err)
	}
	if err := k.Rename(t.Context(), id, "ab"); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("a taken sidecar name: %v", err)
	}
	if err := k.Move(t.Context(), id, "no-such-root", "x"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("an unknown root: %v", err)
	}
	if err := k.Move(t.Context(), id, root.ID, "../out"); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("a way out: %v", err)
	}
	if err := k.Move(t.Context(), id, root.ID, ".hidden"); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("a hidden folder: %v", err)
	}
	check(t, "files", k.files("loras"), before)
	data, err := os.ReadFile(k.path("loras/taken/a.preview.png"))
	check(t, "content", []any{string(data), err}, []any{"somebody else's", nil})
	check(t, "record", k.at(root, "s/a.safetensors").ID, id)
}

func TestPromise1_TheFilesGoBackWhenTheDatabaseRefuses(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	// A record the folder does not show: its place is taken for the database alone.
	k.put("loras/ghost/a.safetensors", adapter("ghost"))
	k.scan()
	if err := os.Remove(k.path("loras/ghost/a.safetensors")); err != nil {
		t.Fatal(err)
	}
	before := k.files("loras")
	err := k.Move(t.Context(), id, root.ID, "ghost")
	if err == nil {
		t.Fatal("the database gave the place away")
	}
	check(t, "files", k.files("loras"), before)
}

func TestTrashAndRestore(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	before := k.files("loras")
	if err := k.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	check(t, "files", k.files("loras"), []string{
		".loramanager-trash/" + id + "/a.json", ".loramanager-trash/" + id + "/a.preview.png",
		".loramanager-trash/" + id + "/a.safetensors", ".loramanager-trash/" + id + "/a.safetensors.civitai.info", "s/ab.json",
	})
	s := k.scan()
	check(t, "scan", []int{s.Counts.Found, s.Counts.Missing}, []int{0, 0})
	if err := k.Trash(t.Context(), id); err != nil {
		t.Errorf("trashing twice: %v", err)
	}
	if err := k.Move(t.Context(), id, root.ID, "x"); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("moving out of the trash: %v", err)
	}
	if p, err := k.OpenPreview(t.Context(), id, 0); err != nil {
		t.Error(err)
	} else {
		_ = p.Close()
	}
	k.put("loras/s/a.preview.png", []byte("somebody else's"))
	if err := k.Restore(t.Context(), id); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("restoring onto another file: %v", err)
	}
	if err := os.RemoveAll(k.path("loras/s/a.preview.png")); err != nil {
		t.Fatal(err)
	}
	if err := k.Restore(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	check(t, "restored", k.files("loras"), before)
	check(t, "state", k.at(root, "s/a.safetensors").FileState, lora.FileOK)
	check(t, "scan after", k.scan().Counts.Unchanged, 1)
	if err := k.Restore(t.Context(), id); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("restoring twice: %v", err)
	}
}

func TestEmptyTrashDeletesOnlyTheExpectedNumber(t *testing.T) {
	t.Parallel()
	k, _, id := placed(t)
	if err := k.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := k.EmptyTrash(t.Context(), 5); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("another number: %v", err)
	}
	n, err := k.EmptyTrash(t.Context(), 1)
	check(t, "purged", []any{n, err}, []any{1, nil})
	check(t, "files", k.files("loras"), []string{"s/ab.json"})
	if _, err := k.store.Place(t.Context(), id); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("the record: %v", err)
	}
}

func TestAMissingFileIsTrashedAndRestoredAsMissing(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	k.put("loras/other.safetensors", adapter("other"))
	if err := os.RemoveAll(k.path("loras/s")); err != nil {
		t.Fatal(err)
	}
	k.scan()
	if err := k.Move(t.Context(), id, root.ID, "x"); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("moving what is missing: %v", err)
	}
	if err := k.Trash(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if err := k.Restore(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	check(t, "state", k.at(root, "s/a.safetensors").FileState, lora.FileMissing)
}

func TestACrashWhileTrashingIsFinishedByTheNextScan(t *testing.T) {
	t.Parallel()
	k, _, id := placed(t)
	k.rename("loras/s/a.safetensors", "loras/.loramanager-trash/"+id+"/a.safetensors")
	s := k.scan()
	check(t, "missing", s.Counts.Missing, 0)
	p, err := k.store.Place(t.Context(), id)
	check(t, "state", []any{p.State, err}, []any{"trashed", nil})
}

func TestARescanReadsOneAdapterAgain(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	k.put("loras/new.safetensors", adapter("new"))
	before := k.at(root, "s/a.safetensors").LastIngestedAt
	if err := k.Rescan(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if after := k.at(root, "s/a.safetensors").LastIngestedAt; !after.After(*before) {
		t.Error("it was not read")
	}
	check(t, "others", len(k.known(root)), 1)
}

func TestAReadOnlyFolderIsNamedAsSuch(t *testing.T) {
	t.Parallel()
	if harness.AsNobody(t) { // the superuser may write everywhere
		return
	}
	k, root, id := placed(t)
	if err := os.Chmod(k.path("loras/s"), 0o555); err != nil { //nolint:gosec // read-only is what is tested
		t.Fatal(err)
	}
	defer func() { _ = os.Chmod(k.path("loras/s"), 0o755) }() //nolint:gosec // so that it can be removed
	before := k.files("loras")
	for name, err := range map[string]error{
		"move": k.Move(t.Context(), id, root.ID, "x"), "rename": k.Rename(t.Context(), id, "b"), "trash": k.Trash(t.Context(), id),
	} {
		if lora.CodeOf(err) != lora.Forbidden || !strings.Contains(err.Error(), "read-only") {
			t.Errorf("%s: %v", name, err)
		}
	}
	check(t, "files", k.files("loras"), before)
}
