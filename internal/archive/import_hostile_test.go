package archive

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/guard"
	"loramanager/internal/guard/ziptest"
	"loramanager/internal/lora"
)

func TestPromise2_HostileArchivesAreRefusedWithReasonAndName(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	before := p.adapters()
	for _, hostile := range ziptest.Hostile() {
		id := p.upload(hostile.File, hostile.Data)
		got := p.plan(ImportRequest{UploadIDs: []string{id}, Passphrase: hostile.Passphrase})
		if got.State == lora.TransferPlanned {
			got = p.tryApply(got.ID)
		}
		if got.State != lora.TransferFailed || !strings.Contains(got.Error, hostile.File) || !strings.Contains(strings.ToLower(got.Error), strings.ToLower(hostile.Says)) {
			t.Errorf("%s: %s: %q, want a reason with %q and %q", hostile.Name, got.State, got.Error, hostile.Says, hostile.File)
		}
	}
	if got := p.tree(); len(got) > 0 || len(p.adapters()) != len(before) {
		t.Errorf("something was written: %q", got)
	}
	p.clean()
}

func TestManifestsAreRefusedInTheWordsOfTheContract(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	const metadata = `{"name":"q"}`
	with := func(entry string) []byte {
		return zipped(t, "manifest.json", `{"adapters":[`+entry+`]}`, "m.json", metadata, "bad.json", "{", "list.json", "[]")
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{zipped(t, "x", "y"), "Archive missing manifest.json"},
		{zipped(t, "manifest.json", "{"), "Invalid manifest JSON"},
		{zipped(t, "manifest.json", "[]"), "Manifest must be a JSON object"},
		{zipped(t, "manifest.json", "{}"), "Manifest missing adapters section"},
		{zipped(t, "manifest.json", `{"adapters":1}`), "Manifest adapters section must be a list"},
		{with("1"), "Manifest adapter entries must be objects"},
		{with(`{"id":"q"}`), "Adapter entry 'q' missing metadata_path"},
		{with(`{"id":"q","metadata_path":"none.json"}`), "Metadata file missing: none.json"},
		{with(`{"id":"q","metadata_path":"bad.json"}`), "Invalid metadata JSON for adapter q"},
		{with(`{"id":"q","metadata_path":"list.json"}`), "not a JSON object"},
		{with(`{"id":"q","metadata_path":"m.json","files":1}`), "Manifest files section must be a list"},
		{with(`{"id":"q","metadata_path":"m.json","files":[{"exists":true}]}`), "Manifest file entry missing archive_path"},
		{with(`{"id":"q","metadata_path":"m.json","files":[{"exists":true,"archive_path":"zz"}]}`), "Archive missing declared file: zz"},
		{with(`{"id":"q","metadata_path":"m.json","files":[{"exists":true,"archive_path":"../f.bin"}]}`), "Unsafe archive path detected: ../f.bin"},
	} {
		got := p.plan(ImportRequest{UploadIDs: []string{p.upload("a.zip", c.data)}})
		if got.State != lora.TransferFailed || !strings.HasPrefix(got.Error, "a.zip: ") || !strings.Contains(got.Error, c.want) {
			t.Errorf("%s: %q, want %q", got.State, got.Error, c.want)
		}
	}
	p.clean()
}

// flaky is a catalog or a shelf that stops an import at one moment.
type flaky struct {
	ImportCatalog
	apply  func(ctx context.Context) error // before the transaction
	settle func() error                    // before the books are closed
}

func (f *flaky) ApplyImport(ctx context.Context, run lora.ImportRun, next func() (lora.ImportStep, error)) (lora.ImportCounts, error) {
	if f.apply != nil {
		if err := f.apply(ctx); err != nil {
			return lora.ImportCounts{}, err
		}
	}
	return f.ImportCatalog.ApplyImport(ctx, run, next)
}

func (f *flaky) SettleJournal(ctx context.Context, id string) error {
	if f.settle != nil {
		if err := f.settle(); err != nil {
			return err
		}
	}
	return f.ImportCatalog.SettleJournal(ctx, id)
}

// held is a source that calls a function when it comes to a phase.
type held struct {
	Source
	records, verify func()
}

func (h *held) Records(ctx context.Context, each func(Incoming) error) error {
	h.records()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	return h.Source.Records(ctx, each)
}

func (h *held) Verify(ctx context.Context, read func(string) bool, progress func(int64)) error {
	h.verify()
	return h.Source.Verify(ctx, read, progress)
}

func TestPromise9_ACancelledImportLeavesNothing(t *testing.T) {
	t.Parallel()
	for _, phase := range []string{"reading", "planned", "staging", "verifying", "restore point"} {
		t.Run(phase, func(t *testing.T) {
			t.Parallel()
			var p *place
			cancel := func(when string) func() {
				return func() {
					if when == phase {
						list, err := p.Transfers(context.Background(), 1)
						if err == nil {
							_, err = p.CancelTransfer(context.Background(), list[0].ID)
						}
						if err != nil {
							p.t.Error(err)
						}
					}
				}
			}
			p = newPlace(t, func(_ *place, o *Options) {
				o.Import.RestorePoint = func(context.Context, string) (string, error) {
					cancel("restore point")()
					return "backup", nil
				}
			})
			from := filepath.Join(t.TempDir(), "a.zip")
			if err := os.WriteFile(from, prototypeArchive(t), 0o600); err != nil {
				t.Fatal(err)
			}
			found, err := givenPath(t.Context(), from)
			if err != nil {
				t.Fatal(err)
			}
			source, err := p.openArchive(found[0], guard.AgeKeys{})
			if err != nil {
				t.Fatal(err)
			}
			got := p.plan(ImportRequest{Sources: []Source{&stagingStop{held: held{source, cancel("reading"), cancel("verifying")}, cancel: cancel("staging")}}})
			if phase != "reading" {
				if phase == "planned" {
					cancel("planned")()
					got = p.await(got.ID)
				} else {
					got = p.tryApply(got.ID)
				}
			}
			if got.State != lora.TransferCancelled {
				t.Fatalf("it is %s in %s: %s", got.State, got.Phase, got.Error)
			}
			if files := p.tree(); len(files) > 0 || len(p.adapters()) > 0 {
				t.Errorf("it left %q and %d adapters", files, len(p.adapters()))
			}
			p.clean()
		})
	}
}

// stagingStop cancels when the third file is opened: the plan opens two, to know them.
type stagingStop struct {
	held
	cancel func()
	opened int
}

func TestPromise7_AnImportThatWasKilledIsOldOrNew(t *testing.T) {
	t.Parallel()
	killed := errors.New("killed")
	for _, c := range []struct {
		sentence string
		catalog  flaky
		undo     []string // files that go back to staging, as if they had not been placed yet
		news     bool     // the import happened
	}{
		{"before its transaction", flaky{apply: func(context.Context) error { return killed }}, nil, false},
		{"with all files in their place and the books open", flaky{settle: func() error { return killed }}, nil, true},
		{"with the first file in its place", flaky{settle: func() error { return killed }}, []string{"wash.safetensors"}, true},
		{"with no file in its place", flaky{settle: func() error { return killed }}, []string{"ink.safetensors", "ink.json", "wash.safetensors"}, true},
	} {
		t.Run(c.sentence, func(t *testing.T) {
			t.Parallel()
			catalog := c.catalog
			p := newPlace(t, func(_ *place, o *Options) { catalog.ImportCatalog, o.Import.Catalog = o.Import.Catalog, &catalog })
			id, _ := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", prototypeArchive(t))}})
			if got := p.tryApply(id); got.State != lora.TransferFailed {
				t.Fatalf("it is %s", got.State)
			}
			p.unplace(id, c.undo)
			catalog.settle = nil
			if err := p.RecoverImports(t.Context(), true); err != nil {
				t.Fatal(err)
			}
			want := []string{}
			if c.news {
				want = []string{"ink.json", "ink.safetensors", "wash.safetensors"}
			}
			if got := p.tree(); !slices.Equal(got, want) {
				t.Errorf("files: %q, want %q", got, want)
			}
			if got := len(p.adapters()); got != len(want) {
				t.Errorf("%d adapters, want %d", got, len(want))
			}
			for rel, a := range p.adapters() {
				if a.FileState != lora.FileOK && rel != "gone.safetensors" {
					t.Errorf("%s is %s", rel, a.FileState)
				}
			}
			journals, err := p.store.Journals(t.Context())
			if err != nil || len(journals) > 0 {
				t.Errorf("something is owed still: %+v, %v", journals, err)
			}
			if after, err := p.Transfer(t.Context(), id); err != nil || (after.State == lora.TransferDone) != c.news {
				t.Errorf("the history says %s, %v", after.State, err)
			}
			p.clean()
		})
	}
}

// unplace moves files back to where an import had staged them.
func (p *place) unplace(id string, files []string) {
	p.t.Helper()
	journals, err := p.store.Journals(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	for _, journal := range journals {
		for _, entry := range journal.Entries {
			if journal.TransferID != id || !slices.Contains(files, string(entry.RelPath)) {
				continue
			}
			staged := filepath.Join(p.home, string(entry.Staged))
			if err := os.MkdirAll(filepath.Dir(staged), 0o755); err != nil {
				p.t.Fatal(err)
			}
			if err := os.Rename(filepath.Join(p.home, string(entry.RelPath)), staged); err != nil {
				p.t.Fatal(err)
			}
		}
	}
}

func TestPromise9_WhatADeadImportStagedIsSwept(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	for _, name := range []string{
		filepath.Join(p.home, stagingOf("dead"), "1"), filepath.Join(p.home, stagingFolder, restorePrefix+"dead", "0"),
		filepath.Join(p.data, importsFolder, "dead", "adapters.jsonl"),
		filepath.Join(p.home, stagingFolder, "download-1", "part"),
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.RecoverImports(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if got := p.tree(); !slices.Equal(got, []string{stagingFolder, stagingFolder + "/download-1/part"}) {
		t.Errorf("what belongs to others stays: %q", got)
	}
	if got := treeOf(t, p.data); len(got) > 0 {
		t.Errorf("left in the program's folder: %q", got)
	}
}

func TestANameThatIsTakenInTheLastMomentIsLeft(t *testing.T) {
	t.Parallel()
	var p *place
	catalog := &flaky{}
	catalog.apply = func(context.Context) error {
		return os.WriteFile(filepath.Join(p.home, "ink.safetensors"), weights("somebody else's"), 0o600)
	}
	p = newPlace(t, func(_ *place, o *Options) { catalog.ImportCatalog, o.Import.Catalog = o.Import.Catalog, catalog })
	id, _ := p.planned(ImportRequest{UploadIDs: []string{p.upload("a.zip", archiveOf(t, `{"name":"Ink","rating":4}`, weights("ink")))}})
	done := p.apply(id)
	if got := p.tree(); !slices.Equal(got, []string{"ink (2).safetensors", "ink.safetensors"}) || len(done.Notes) < 2 {
		t.Fatalf("files: %q, notes %q", got, done.Notes)
	}
	if now := p.at("ink (2).safetensors"); now.Rating != 4 || now.FileState != lora.FileOK {
		t.Errorf("the adapter has its own file: %+v", now)
	}
	other, err := os.ReadFile(filepath.Join(p.home, "ink.safetensors"))
	if err != nil || string(other) != string(weights("somebody else's")) {
		t.Error("the file that appeared was touched")
	}
	p.clean()
}

func (s *stagingStop) Open(ctx context.Context, file IncomingFile) (io.ReadCloser, error) {
	if s.opened++; s.opened > 2 {
		s.cancel()
	}
	return s.Source.Open(ctx, file)
}
