package archive

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestAdapterFilesAreBroughtInWithWhatLiesBesideThem(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	id, items := p.planned(ImportRequest{UploadIDs: []string{
		p.upload("styles/ink.safetensors", weights("ink")),
		p.upload("styles/ink.json", []byte(`{"description":"ink","activation text":"inkstyle","preferred weight":0.7,"sd version":"SDXL"}`)),
		p.upload("styles/readme.md", []byte("hello")),
		p.upload("wash.safetensors", weights("wash")),
	}})
	if len(items) != 2 || items[0].Action != lora.ImportCreate || items[0].FileAction != "place" || items[0].FileName != "ink.safetensors" {
		t.Fatalf("the plan: %+v", items)
	}
	if len(p.adapters()) != 0 || len(p.tree()) != 0 {
		t.Error("a plan changes nothing")
	}
	done := p.apply(id)
	if done.Counts.Create != 2 || done.Counts.Files != 2 || len(done.Notes) != 1 {
		t.Errorf("it tells %+v, %q", done.Counts, done.Notes)
	}
	if got := p.tree(); !slices.Equal(got, []string{"styles/ink.json", "styles/ink.safetensors", "wash.safetensors"}) {
		t.Errorf("the library folder has %q", got)
	}
	ink := p.at("styles/ink.safetensors")
	if ink.Rank == nil || *ink.Rank != 1 || ink.FileState != lora.FileOK || ink.Weight != 0.7 || ink.ActivationText == nil {
		t.Errorf("the library has read it: %+v", ink)
	}
	p.clean()
}

func TestAFileThatIsHereIsTheSameWhateverItIsCalled(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	was := p.put("ink.safetensors", weights("ink"))
	p.digests()
	id, items := p.planned(ImportRequest{UploadIDs: []string{
		p.upload("other.safetensors", weights("ink")), p.upload("ink.safetensors", weights("other")), p.upload("twice.safetensors", weights("other")),
	}})
	got := map[string]lora.ImportItem{}
	for _, item := range items {
		got[item.FileName] = item
	}
	if one := got["other.safetensors"]; one.Action != lora.ImportSame || one.FileAction != "present" || one.AdapterID != was.ID {
		t.Errorf("the same content: %+v", one)
	}
	if one := got["ink.safetensors"]; one.Action != lora.ImportCreate || one.FileAction != "rename" {
		t.Errorf("another content under a name that is taken: %+v", one)
	}
	if one := got["twice.safetensors"]; one.Action != lora.ImportSkip || one.Note == "" {
		t.Errorf("a file that comes twice: %+v", one)
	}
	p.apply(id)
	if got := p.tree(); !slices.Equal(got, []string{"ink (2).safetensors", "ink.safetensors"}) {
		t.Errorf("the library folder has %q", got)
	}
	if now := p.at("ink.safetensors"); now.ID != was.ID || now.Name != was.Name {
		t.Error("the adapter that was here is as before")
	}
	p.clean()
}

func TestAFolderOfThisComputerIsBroughtIn(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	from := filepath.Join(t.TempDir(), "downloads")
	if err := os.MkdirAll(filepath.Join(from, "a", ".hidden"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"a/x.safetensors": weights("x"), "a/.hidden/y.safetensors": weights("y"), "z.safetensors": weights("z")} {
		if err := os.WriteFile(filepath.Join(from, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	id, _ := p.planned(ImportRequest{Paths: []string{from}})
	p.apply(id)
	if got := p.tree(); !slices.Equal(got, []string{"downloads/a/x.safetensors", "downloads/z.safetensors"}) {
		t.Errorf("the library folder has %q", got)
	}
	if again, items := p.planned(ImportRequest{Paths: []string{from}}); items[0].Action != lora.ImportSame || items[1].Action != lora.ImportSame {
		t.Errorf("a second time: %+v (%s)", items, again)
	}
}

func TestAFolderOfTooManyFilesIsRefusedAndNotCutShort(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for _, name := range []string{"a/1.txt", "a/2.txt", "b/3.txt"} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for most, want := range map[int]lora.Code{3: "", 2: lora.TooLarge} {
		w := givenWalk{ctx: t.Context(), root: openRoot(t, dir), base: "loras", most: most, at: func(string) func() (*guard.File, error) { return nil }}
		if err := w.folder("."); lora.CodeOf(err) != want || want == "" && len(w.found) != 3 {
			t.Errorf("%d files: %d, %v", most, len(w.found), err)
		}
	}
}

func TestWhatIsNeitherArchiveNorAdapterIsRefusedByItsName(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	got := p.plan(ImportRequest{UploadIDs: []string{p.upload("notes.txt", []byte("hello"))}})
	if got.State != lora.TransferFailed || got.Error != "notes.txt is neither an archive nor an adapter file." {
		t.Errorf("got %s: %s", got.State, got.Error)
	}
	p.clean()
}
