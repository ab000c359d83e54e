package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func (s *shelf) Export(ctx context.Context, scope lora.ExportScope, each func(lora.ArchiveRecord) error) error {
	for i, r := range s.records {
		if i == 1 && s.during != nil {
			s.during()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Adapter != nil && (!scope.Adapters || scope.AdapterIDs != nil && !contains(scope.AdapterIDs, r.Adapter.ID)) || r.Job != nil && !scope.Jobs {
			continue
		}
		if err := each(r); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) ExportSize(_ context.Context, scope lora.ExportScope) (size lora.ExportSize, err error) {
	for _, r := range s.records {
		switch {
		case r.Adapter != nil && (scope.AdapterIDs == nil || contains(scope.AdapterIDs, r.Adapter.ID)):
			text, err := encodeAdapter(r.Adapter, "")
			if err != nil {
				return size, err
			}
			size.Adapters++
			size.Files++
			size.FileBytes += r.Adapter.Stamp.Size
			size.MetadataBytes += int64(len(text))
		case r.Job != nil && scope.Jobs:
			size.Jobs++
		}
	}
	return size, nil
}

func (s *shelf) AdapterIDs(_ context.Context, q string) ([]string, error) {
	var ids []string
	for _, r := range s.records {
		if r.Adapter != nil && strings.Contains(r.Adapter.Name, q) {
			ids = append(ids, r.Adapter.ID)
		}
	}
	return ids, nil
}

func (s *shelf) Open(_ context.Context, sha string) (io.ReadSeekCloser, string, error) {
	data, ok := s.pictures[sha]
	if !ok {
		return nil, "", lora.Errorf(lora.NotFound, "There is no such picture.")
	}
	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader(data), io.NopCloser(nil)}, "image/png", nil
}

func (s *shelf) Size(_ context.Context, sha string) (int64, error) {
	data, ok := s.pictures[sha]
	if !ok {
		return 0, lora.Errorf(lora.NotFound, "There is no such picture.")
	}
	return int64(len(data)), nil
}

func (d *diary) PutTransfer(_ context.Context, t lora.Transfer, _ string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.kept == nil {
		d.kept = make(map[string]lora.Transfer)
	}
	d.kept[t.ID] = t
	return nil
}

func (d *diary) Transfers(context.Context, int) ([]lora.Transfer, error) { return nil, nil }

func (d *diary) Transfer(_ context.Context, id string) (lora.Transfer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	t, ok := d.kept[id]
	if !ok {
		return t, lora.Errorf(lora.NotFound, "There is no such transfer.")
	}
	return t, nil
}

func (d *diary) FailLostTransfers(context.Context, string, time.Time, string) (int, error) {
	return 0, nil
}

// addAdapter puts an adapter's file on the disk and the adapter on the shelf.
func (s *shelf) addAdapter(t testing.TB, id, name, content string) *lora.ArchivedAdapter {
	t.Helper()
	rel := "styles/" + name + ".safetensors"
	file, sidecar := filepath.Join(s.folder, filepath.FromSlash(rel)), filepath.Join(s.folder, "styles", name+".json")
	for path, text := range map[string]string{file: content, sidecar: `{"name":"` + name + `"}`, filepath.Join(s.folder, "styles", name+".png"): "picture"} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a := exampleAdapter()
	a.ID, a.Name, a.RelPath, a.RootPath, a.FilePath, a.JSONFilePath, a.PreviewRel = id, name, rel, s.folder, file, &sidecar, "styles/"+name+".png"
	a.Digests, a.Stamp = nil, lora.FileStamp{Size: int64(len(content))}
	s.records = append(s.records, lora.ArchiveRecord{Adapter: &a})
	return &a
}

func TestPromise5_ThePrototypesImporterReadsOurArchive(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a, _ := newArchive(t, s)
	parts, e := download(t, a, everything())
	if len(parts) != 1 || len(e.Notes) != 0 {
		t.Fatalf("%+v", e)
	}
	adapters, files := contractArchive(t, parts[0])
	if len(adapters) != 3 || len(files) != 9 || string(files["ink.safetensors"]) != strings.Repeat("ink weights ", 50_000) {
		t.Errorf("%d adapters, %d files", len(adapters), len(files))
	}
	z := verify(t, parts[0])
	var names []string
	z.Names(func(f guard.ZipFile) bool { names = append(names, f.Name); return true })
	if last := len(names) - 1; names[0] != metadataName(adapters[0]["id"].(string)) || names[last] != "manifest.json" || names[last-1] != "checksums.sha256" {
		t.Errorf("in another order: %q", names)
	}
	jobs, err := z.Open("data/jobs.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	lines, err := io.ReadAll(jobs)
	if err != nil || strings.Count(string(lines), "\n") != 2 {
		t.Errorf("%s, %v", lines, err)
	}
}

func TestPromise1_OtherProgramsReadWhatIsSent(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	for _, c := range []string{"none", "fast", "balanced", "max"} {
		o := everything()
		o.Compression = c
		parts, _ := download(t, a, o)
		verify(t, parts[0])
		contractArchive(t, parts[0])
		name := filepath.Join(t.TempDir(), "export.zip")
		if err := os.WriteFile(name, parts[0], 0o600); err != nil {
			t.Fatal(err)
		}
		for _, program := range [][]string{{"unzip", "-tqq", name}, {"python3", "-c", "import sys,zipfile; sys.exit(zipfile.ZipFile(sys.argv[1]).testzip() is not None)", name}} {
			if _, err := exec.LookPath(program[0]); err != nil {
				continue // Go's reader has read it above
			}
			if out, err := exec.CommandContext(t.Context(), program[0], program[1:]...).CombinedOutput(); err != nil {
				t.Errorf("%s: %v %s", program[0], err, out)
			}
		}
	}
}

func TestPromise1_AnyRangesJoinToTheWhole(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	e, err := a.PlanExport(t.Context(), everything())
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.OpenExport(t.Context(), e.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var whole bytes.Buffer
	if err := d.WriteRange(t.Context(), &whole, 0, d.Size); err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		from := rapid.Int64Range(0, d.Size).Draw(r, "from")
		end := rapid.Int64Range(from, d.Size).Draw(r, "end")
		var out bytes.Buffer
		if err := d.WriteRange(context.Background(), &out, from, end); err != nil {
			r.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), whole.Bytes()[from:end]) {
			r.Fatal("another content")
		}
	})
	transfer := waitOver(t, a, e.ID)
	if transfer.State != lora.TransferDone || transfer.Bytes != d.Size {
		t.Errorf("%+v", transfer)
	}
}

func TestPromise1_PartsAreArchivesOfTheirOwn(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a, _ := newArchive(t, s)
	o := everything()
	o.PartBytes = minPartBytes
	for i := range 6 {
		s.addAdapter(t, fmt.Sprintf("22222222-0000-4000-8000-%012d", i), fmt.Sprintf("more-%d", i), strings.Repeat("x", 400<<10))
	}
	s.addAdapter(t, "33333333-0000-4000-8000-000000000000", "large", strings.Repeat("y", 3<<20))
	parts, e := download(t, a, o)
	adapters, files := 0, 0
	for i, part := range parts {
		verify(t, part)
		some, have := contractArchive(t, part)
		adapters, files = adapters+len(some), files+len(have)
		if !strings.Contains(e.Parts[i].Name, fmt.Sprintf(".part%02dof%02d.", i+1, len(parts))) {
			t.Errorf("called %s", e.Parts[i].Name)
		}
		if _, large := have["large.safetensors"]; len(part) > minPartBytes && !large {
			t.Errorf("part %d has %d bytes", i+1, len(part))
		}
	}
	if len(parts) < 4 || adapters != 10 || files != 30 {
		t.Errorf("%d parts, %d adapters, %d files", len(parts), adapters, files)
	}
	if len(e.Notes) != 1 || !strings.Contains(e.Notes[0], "larger") {
		t.Errorf("%q", e.Notes)
	}
}

func TestPromise1_EncryptedPartsOpenWithTheirKeysOnly(t *testing.T) {
	t.Parallel()
	a, data := newArchive(t, newShelf(t))
	o := everything()
	o.Keys = guard.AgeKeys{Passphrase: "correct horse", Work: 10}
	parts, e := download(t, a, o)
	if !strings.HasSuffix(e.Parts[0].Name, ".zip.age") || bytes.Contains(parts[0], []byte("ink weights")) {
		t.Fatalf("%s is not encrypted", e.Parts[0].Name)
	}
	from := bytes.NewReader(parts[0])
	if !guard.IsAge(from) {
		t.Error("not recognised")
	}
	if _, _, err := guard.OpenAge(from, from.Size(), guard.AgeKeys{Passphrase: "wrong"}); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("a wrong passphrase: %v", err)
	}
	plain, size, err := guard.OpenAge(from, from.Size(), guard.AgeKeys{Passphrase: "correct horse"})
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(io.NewSectionReader(plain, 0, size))
	if err != nil {
		t.Fatal(err)
	}
	verify(t, content)
	if err := a.DropExport(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := data.Stat(exportFolder + "/" + e.ID); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("the encrypted part stays: %v", err)
	}
}

func TestPromise3_AFileThatChangesEndsTheExport(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(file string) error{
		"gone":    os.Remove,
		"written": func(file string) error { return os.WriteFile(file, []byte("other"), 0o600) },
		"touched": func(file string) error { return os.Chtimes(file, time.Unix(1, 0), time.Unix(1, 0)) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newShelf(t)
			a, data := newArchive(t, s)
			e, err := a.PlanExport(t.Context(), everything())
			if err != nil {
				t.Fatal(err)
			}
			if err := change(filepath.Join(s.folder, "styles", "ink.safetensors")); err != nil {
				t.Fatal(err)
			}
			d, err := a.OpenExport(t.Context(), e.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			var out bytes.Buffer
			err = d.WriteRange(t.Context(), &out, 0, d.Size)
			if lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), "styles/ink.safetensors") {
				t.Errorf("%v", err)
			}
			_ = d.Close()
			transfer := waitOver(t, a, e.ID)
			if transfer.State != lora.TransferFailed || !strings.Contains(transfer.Error, "styles/ink.safetensors") {
				t.Errorf("%+v", transfer)
			}
			if e, err = a.Export(t.Context(), e.ID); err != nil || e.State != ExportFailed {
				t.Errorf("%+v, %v", e, err)
			}
			if _, err := a.OpenExport(t.Context(), e.ID, 1); lora.CodeOf(err) != lora.Conflict {
				t.Errorf("can be downloaded on: %v", err)
			}
			if _, err := data.Stat(exportFolder + "/" + e.ID); lora.CodeOf(err) != lora.NotFound {
				t.Errorf("what waited stays: %v", err)
			}
		})
	}
}

func TestPromise3_AFileThatIsWrittenWhileItIsSentEndsTheExport(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.addAdapter(t, "22222222-0000-4000-8000-000000000000", "large", strings.Repeat("large weights ", 1<<20))
	a, _ := newArchive(t, s)
	e, err := a.PlanExport(t.Context(), everything())
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.OpenExport(t.Context(), e.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	var once sync.Once
	err = d.WriteRange(t.Context(), writerFunc(func(p []byte) (int, error) {
		if bytes.Contains(p, []byte("large weights")) {
			once.Do(func() {
				if err := os.Chtimes(filepath.Join(s.folder, "styles", "large.safetensors"), time.Unix(1, 0), time.Unix(1, 0)); err != nil {
					t.Error(err)
				}
			})
		}
		return len(p), nil
	}), 0, d.Size)
	if lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), "styles/large.safetensors") {
		t.Errorf("%v", err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestABrokenConnectionIsNoReasonToStartAgain(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	e, err := a.PlanExport(t.Context(), everything())
	if err != nil {
		t.Fatal(err)
	}
	d, err := a.OpenExport(t.Context(), e.ID, 1)
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("connection reset by peer")
	if err := d.WriteRange(t.Context(), writerFunc(func([]byte) (int, error) { return 0, broken }), 0, d.Size); !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
	_ = d.Close()
	if e, err = a.Export(t.Context(), e.ID); err != nil || e.State != ExportReady {
		t.Errorf("%+v, %v", e, err)
	}
}
