package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"

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

func contains(list []string, s string) bool {
	for _, t := range list {
		if s == t {
			return true
		}
	}
	return false
}

// diary keeps transfers in memory.
type diary struct {
	mu   sync.Mutex
	kept map[string]lora.Transfer
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
