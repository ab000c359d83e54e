package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// shelf is a catalog in memory with files on a disk.
type shelf struct {
	records  []lora.ArchiveRecord
	pictures map[string][]byte
	folder   string
	during   func() // called in the midst of Export
}

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

func contains(list []string, s string) bool {
	for _, t := range list {
		if s == t {
			return true
		}
	}
	return false
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

// diary keeps transfers in memory.
type diary struct {
	mu   sync.Mutex
	kept map[string]lora.Transfer
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

func sha(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func newShelf(t testing.TB) *shelf {
	t.Helper()
	s := &shelf{folder: t.TempDir(), pictures: map[string][]byte{}}
	s.records = append(s.records, lora.ArchiveRecord{Root: &lora.Root{ID: "root-1", Path: s.folder, Name: "Loras"}})
	s.addAdapter(t, "11111111-0000-4000-8000-000000000001", "ink", strings.Repeat("ink weights ", 50_000))
	s.addAdapter(t, "11111111-0000-4000-8000-000000000002", "墨 wash", strings.Repeat("wash", 70_000))
	s.addAdapter(t, "11111111-0000-4000-8000-000000000003", "empty", "")
	picture := []byte("a picture of a cat")
	s.pictures[sha(picture)] = picture
	image := lora.Image{SHA256: sha(picture), Type: "image/png"}
	s.records = append(s.records,
		lora.ArchiveRecord{Composition: []lora.Composition{{ID: "c", Name: "night"}}},
		lora.ArchiveRecord{Job: &lora.Job{ID: "j1", Prompt: "a cat", Images: []lora.Image{image}}},
		lora.ArchiveRecord{Job: &lora.Job{ID: "j2", Prompt: "the same cat", Images: []lora.Image{image}}},
	)
	return s
}

func newArchive(t testing.TB, s *shelf) (*Archive, *guard.Root) {
	t.Helper()
	data, err := guard.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{
		Data: data, Program: "loramanager test", Schema: 4, History: &diary{},
		Export: ExportPorts{Catalog: s, Pictures: s, Search: s},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(context.Background()); err != nil {
			t.Error(err)
		}
		_ = data.Close()
	})
	return a, data
}

func everything() ExportOptions {
	return ExportOptions{Adapters: true, Files: true, Compositions: true, Jobs: true, Images: true, Settings: true, Taste: true, Analytics: true}
}

// download plans an export and fetches all of its parts.
func download(t testing.TB, a *Archive, o ExportOptions) (parts [][]byte, e Export) {
	t.Helper()
	e, err := a.PlanExport(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if e, err = a.WaitExport(t.Context(), e.ID); err != nil || e.State != ExportReady {
		t.Fatalf("%+v, %v", e, err)
	}
	for _, part := range e.Parts {
		d, err := a.OpenExport(t.Context(), e.ID, part.Number)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := d.WriteRange(t.Context(), &out, 0, d.Size); err != nil {
			t.Fatal(err)
		}
		_ = d.Close()
		if int64(out.Len()) != part.Size || d.Size != part.Size || d.Name != part.Name {
			t.Errorf("%s has %d bytes, said were %d", part.Name, out.Len(), part.Size)
		}
		parts = append(parts, out.Bytes())
	}
	return parts, e
}

func verify(t testing.TB, data []byte) *guard.ZipReader {
	t.Helper()
	z, err := guard.OpenZip(bytes.NewReader(data), int64(len(data)), guard.Default())
	if err != nil {
		t.Fatal(err)
	}
	if !z.Sealed() {
		t.Error("not sealed")
	}
	if err := z.Verify(t.Context(), func(int64) {}); err != nil {
		t.Fatal(err)
	}
	return z
}

// contractArchive reads an archive as the prototype's importer does.
func contractArchive(t *testing.T, data []byte) (adapters []map[string]any, files map[string][]byte) {
	t.Helper()
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	members := make(map[string][]byte)
	for _, f := range r.File {
		from, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if members[f.Name], err = io.ReadAll(from); err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
	}
	var manifest map[string]any
	if err := json.Unmarshal(members["manifest.json"], &manifest); err != nil {
		t.Fatal(err)
	}
	for _, field := range []string{"generated_at", "adapter_count", "file_total_bytes", "metadata_total_bytes", "total_bytes", "adapters"} {
		if manifest[field] == nil {
			t.Errorf("the manifest has no %s", field)
		}
	}
	files = make(map[string][]byte)
	for _, entry := range manifest["adapters"].([]any) {
		listed := entry.(map[string]any)
		metadata := make(map[string]any)
		if err := json.Unmarshal(members[listed["metadata_path"].(string)], &metadata); err != nil {
			t.Fatalf("%v: %v", listed["metadata_path"], err)
		}
		if metadata["name"] != listed["name"] || metadata["file_path"] == nil {
			t.Errorf("%v is listed as %v", metadata["name"], listed["name"])
		}
		for name, value := range metadata {
			if value == nil {
				t.Errorf("%s is null", name)
			}
		}
		adapters = append(adapters, metadata)
		for i, file := range listed["files"].([]any) {
			f := file.(map[string]any)
			name := f["original_name"].(string)
			if want := fmt.Sprintf("adapters/%s/files/%d_%s", listed["id"], i, name); f["exists"] == true && f["archive_path"] != want {
				t.Errorf("%v instead of %s", f["archive_path"], want)
			}
			if f["exists"] != true {
				continue
			}
			content, ok := members[f["archive_path"].(string)]
			if !ok || float64(len(content)) != f["size"] || sha(content) != f["sha256"] {
				t.Errorf("%v: %d bytes, %v", f["archive_path"], len(content), f)
			}
			files[name] = content
		}
	}
	return adapters, files
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

// waitOver waits until all transfers are over, and returns one.
func waitOver(t testing.TB, a *Archive, id string) lora.Transfer {
	t.Helper()
	a.runs.tasks.Wait()
	transfer, err := a.Transfer(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return transfer
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

func TestWhatIsMissingIsSaidNotHidden(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a, _ := newArchive(t, s)
	for _, name := range []string{"ink.safetensors", "ink.png"} {
		if err := os.Remove(filepath.Join(s.folder, "styles", name)); err != nil {
			t.Fatal(err)
		}
	}
	clear(s.pictures)
	parts, e := download(t, a, everything())
	verify(t, parts[0])
	adapters, files := contractArchive(t, parts[0])
	if len(adapters) != 3 || len(files) != 7 || len(e.Notes) != 3 {
		t.Errorf("%d adapters, %d files, %q", len(adapters), len(files), e.Notes)
	}
}

func TestASelectionHoldsWhatWasSelected(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	for _, c := range []struct {
		name string
		o    ExportOptions
		want int
	}{
		{"one id", ExportOptions{Adapters: true, AdapterIDs: []string{"11111111-0000-4000-8000-000000000002"}}, 1},
		{"a search", ExportOptions{Adapters: true, Search: "w"}, 1},
		{"a search that finds nothing", ExportOptions{Adapters: true, Search: "zzz"}, 0},
		{"an id that the search does not find", ExportOptions{Adapters: true, Search: "w", AdapterIDs: []string{"11111111-0000-4000-8000-000000000001"}}, 0},
		{"all", ExportOptions{Adapters: true}, 3},
	} {
		parts, _ := download(t, a, c.o)
		adapters, files := contractArchive(t, parts[0])
		if len(adapters) != c.want || len(files) != 0 {
			t.Errorf("%s: %d adapters, %d files", c.name, len(adapters), len(files))
		}
	}
}

func TestOptionsThatDoNotGoTogetherAreRefusedByName(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	for field, o := range map[string]ExportOptions{
		"loras":       {},
		"lora_files":  {Files: true, Jobs: true},
		"images":      {Adapters: true, Images: true},
		"search":      {Jobs: true, Search: "x"},
		"date_to":     {Jobs: true, From: time.Unix(2, 0), Until: time.Unix(1, 0)},
		"max_size_mb": {Adapters: true, PartBytes: 5},
		"compression": {Adapters: true, Compression: "brotli"},
		"recipients":  {Adapters: true, Keys: guard.AgeKeys{Recipients: []string{"age1nonsense"}}},
	} {
		_, err := a.PlanExport(t.Context(), o)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestPromise9_ACancelledExportLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	a, data := newArchive(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	s.during = cancel
	if _, err := a.PlanExport(ctx, everything()); !errors.Is(err, context.Canceled) {
		t.Fatalf("%v", err)
	}
	s.during = nil
	e, err := a.PlanExport(t.Context(), everything())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.CancelTransfer(t.Context(), e.ID); err != nil {
		t.Fatal(err)
	}
	if transfer := waitOver(t, a, e.ID); transfer.State != lora.TransferCancelled {
		t.Errorf("%+v", transfer)
	}
	if _, err := a.Export(t.Context(), e.ID); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("still there: %v", err)
	}
	if err := a.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if left, err := data.ReadDir(exportFolder); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestPromise9_TheStartSweepsWhatADeadProcessLeft(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	dir := t.TempDir()
	data, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = data.Close() }()
	if err := os.MkdirAll(filepath.Join(dir, exportFolder, "dead"), 0o755); err != nil {
		t.Fatal(err)
	}
	a, err := New(Options{Data: data, History: &diary{}, Export: ExportPorts{Catalog: s, Pictures: s, Search: s}})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(context.Background()) }()
	if _, err := os.Stat(filepath.Join(dir, exportFolder, "dead")); !os.IsNotExist(err) {
		t.Errorf("%v", err)
	}
}

func TestTheOldestExportMakesRoom(t *testing.T) {
	t.Parallel()
	a, _ := newArchive(t, newShelf(t))
	var ids []string
	for range maxExports + 1 {
		e, err := a.PlanExport(t.Context(), ExportOptions{Adapters: true})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.ID)
	}
	if _, err := a.Export(t.Context(), ids[0]); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := a.Export(t.Context(), ids[1]); err != nil {
		t.Error(err)
	}
}

func TestAnEstimateIsNearWhatIsSent(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	for i := range 200 {
		s.addAdapter(t, fmt.Sprintf("22222222-0000-4000-8000-%012d", i), fmt.Sprintf("more-%d", i), strings.Repeat("x", 10<<10))
	}
	a, _ := newArchive(t, s)
	for _, o := range []ExportOptions{{Adapters: true}, {Adapters: true, Files: true}, {Adapters: true, Compression: "none"}} {
		parts, _ := download(t, a, o)
		e, err := a.EstimateExport(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		if ratio := float64(e.Bytes) / float64(len(parts[0])); ratio < 0.8 || ratio > 1.25 {
			t.Errorf("%+v: estimated %d, sent %d", o, e.Bytes, len(parts[0]))
		}
	}
	if sizeText(0) != "0 Bytes" || sizeText(1536) != "1.50 KB" || timeText(0) != "0 seconds" || timeText(0.1) != "1 seconds" || timeText(61) != "2 minutes" {
		t.Error("not as the contract spells")
	}
}

func TestPromise9_AnExportExpiresAfterADay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newShelf(t)
		a, data := newArchive(t, s)
		e, err := a.PlanExport(t.Context(), everything())
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(exportLife - time.Minute)
		synctest.Wait()
		if _, err := a.Export(t.Context(), e.ID); err != nil {
			t.Fatalf("gone too early: %v", err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if _, err := a.Export(t.Context(), e.ID); lora.CodeOf(err) != lora.NotFound {
			t.Errorf("still there: %v", err)
		}
		if transfer, err := a.Transfer(t.Context(), e.ID); err != nil || transfer.State != lora.TransferCancelled {
			t.Errorf("%+v, %v", transfer, err)
		}
		if _, err := data.Stat(exportFolder + "/" + e.ID); lora.CodeOf(err) != lora.NotFound {
			t.Errorf("what waited stays: %v", err)
		}
	})
}

func TestPromise6_NoPasswordIsInAnArchive(t *testing.T) {
	t.Parallel()
	s := newShelf(t)
	s.records = append(s.records, lora.ArchiveRecord{Engine: &lora.EngineConfig{Name: "forge", Username: "me", Password: "hunter2-secret"}})
	a, _ := newArchive(t, s)
	o := everything()
	o.Compression = "none"
	parts, _ := download(t, a, o)
	if bytes.Contains(parts[0], []byte("hunter2-secret")) || !bytes.Contains(parts[0], []byte("forge")) {
		t.Error("the engine is not there, or its password is")
	}
}

func TestProgressCountsEachByteOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		const size = 64
		var c coverage
		var sent [size]bool
		for range rapid.IntRange(0, 20).Draw(t, "ranges") {
			from := rapid.Int64Range(0, size).Draw(t, "from")
			end := rapid.Int64Range(from, size).Draw(t, "end")
			c.add(from, end)
			for i := from; i < end; i++ {
				sent[i] = true
			}
		}
		want := int64(0)
		for _, is := range sent {
			if is {
				want++
			}
		}
		if c.total() != want {
			t.Fatalf("%d bytes counted, %d sent: %v", c.total(), want, c)
		}
	})
}
