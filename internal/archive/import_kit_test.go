package archive

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/store"
)

// place is a server's worth of rooms on temporary folders: a real database, a library
// with one folder, pictures, and an Archive over them.
type place struct {
	*Archive
	t     testing.TB
	store *store.Store
	lib   *library.Library
	pics  *images.Pictures
	root  lora.Root
	home  string
	data  string
	words string // the folder of wildcards
}

type placeOption func(*place, *Options)

func newPlace(t testing.TB, options ...placeOption) *place {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	return placeOn(t, s, options...)
}

func placeOn(t testing.TB, s *store.Store, options ...placeOption) *place {
	t.Helper()
	p := &place{t: t, store: s, home: t.TempDir(), data: t.TempDir(), words: t.TempDir()}
	p.lib = library.New(library.Options{Files: s, Placement: s, Registry: s, ScanLog: s, DigestLog: s, Announcer: quiet{}, Settle: time.Millisecond})
	root, _, err := p.lib.AddRoot(t.Context(), p.home, "loras")
	if err != nil {
		t.Fatal(err)
	}
	p.root = root
	data, pictures, uploads := openRoot(t, p.data), openRoot(t, t.TempDir()), openRoot(t, t.TempDir())
	p.pics = images.NewPictures(images.PicturesOptions{Shelf: images.OpenFolder(images.FolderOptions{Root: pictures}), Decoder: guard.NewDecoder(guard.Default())})
	up, err := OpenUploads(UploadsOptions{Root: uploads, Limit: 1 << 30})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Export: ExportPorts{Catalog: s, Pictures: p.pics, Wildcards: openRoot(t, p.words)}, History: s, Announcer: quiet{}, Data: data, Program: "test", Schema: 1,
		Import: ImportPorts{Catalog: s, Library: p.lib, Pictures: p.pics, Uploads: up},
	}
	for _, change := range options {
		change(p, &o)
	}
	if p.Archive, err = New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, close := range []func() error{func() error { return p.Close(context.Background()) }, p.lib.Close, s.Close} {
			if err := close(); err != nil {
				t.Error(err)
			}
		}
	})
	return p
}

type quiet struct{}

func (quiet) Announce(string, any) {}

func openRoot(t testing.TB, dir string) *guard.Root {
	t.Helper()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

// weights is a valid adapter file; another note makes it another file.
func weights(note string) []byte {
	var b bytes.Buffer
	tensors := []safetensors.TensorData{
		{Name: "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", DType: "F16", Shape: []int64{1, 2048}, Data: strings.NewReader(strings.Repeat("\x01\x2c", 2048))},
		{Name: "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight", DType: "F16", Shape: []int64{640, 1}, Data: strings.NewReader(strings.Repeat("\x01\x2c", 640))},
	}
	if err := safetensors.Write(&b, map[string]string{"note": note}, tensors); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// put writes a file into the library folder and has it read.
func (p *place) put(rel string, data []byte) lora.Adapter {
	p.t.Helper()
	full := filepath.Join(p.home, rel)
	if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(full, data, 0o600); err != nil {
		p.t.Fatal(err)
	}
	if err := p.lib.Arrived(p.t.Context(), []lora.Folder{{RootID: p.root.ID, RelPath: rel}}); err != nil {
		p.t.Fatal(err)
	}
	return p.at(rel)
}

// adapters lists the catalog by path below the library folder.
func (p *place) adapters() map[string]lora.Adapter {
	p.t.Helper()
	known, err := p.store.KnownFiles(p.t.Context(), p.root.ID)
	if err != nil {
		p.t.Fatal(err)
	}
	all := map[string]lora.Adapter{}
	for _, f := range known {
		a, err := p.store.Adapter(p.t.Context(), f.AdapterID)
		if err != nil {
			p.t.Fatal(err)
		}
		all[f.RelPath] = a
	}
	return all
}

func (p *place) at(rel string) lora.Adapter {
	p.t.Helper()
	a, ok := p.adapters()[rel]
	if !ok {
		p.t.Fatalf("there is no adapter at %s, only %v", rel, p.tree())
	}
	return a
}

func (p *place) edit(id, patch string) {
	p.t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(patch), &fields); err != nil {
		p.t.Fatal(err)
	}
	if _, _, err := p.store.Patch(p.t.Context(), id, fields); err != nil {
		p.t.Fatal(err)
	}
}

// tree lists all files below the library folder, staging included.
func (p *place) tree() []string { return treeOf(p.t, p.home) }

func treeOf(t testing.TB, dir string) []string {
	t.Helper()
	files := []string{}
	err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err == nil && name != dir && (!d.IsDir() || strings.HasPrefix(d.Name(), ".")) {
			rel, _ := filepath.Rel(dir, name)
			files = append(files, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(files)
	return files
}

// upload brings a file in as a browser would.
func (p *place) upload(name string, data []byte) string {
	p.t.Helper()
	u, err := p.options.Import.Uploads.Receive(p.t.Context(), path64(name), bytes.NewReader(data))
	if err != nil {
		p.t.Fatal(err)
	}
	one := p.options.Import.Uploads.byID[u.ID]
	one.Path = name
	return u.ID
}

// path64 is a name that Receive takes: it drops folders.
func path64(name string) string { return filepath.Base(name) }

// plan plans an import and waits for it.
func (p *place) plan(request ImportRequest) lora.Transfer {
	p.t.Helper()
	if request.RootID == "" {
		request.RootID = p.root.ID
	}
	if request.Include == (ImportInclude{}) {
		request.Include = IncludeAll()
	}
	t, err := p.PlanImport(p.t.Context(), request)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.await(t.ID)
}

func (p *place) await(id string) lora.Transfer {
	p.t.Helper()
	t, err := p.AwaitTransfer(p.t.Context(), id)
	if err != nil {
		p.t.Fatal(err)
	}
	return t
}

// planned is plan of what must be planned.
func (p *place) planned(request ImportRequest) (string, []lora.ImportItem) {
	p.t.Helper()
	t := p.plan(request)
	if t.State != lora.TransferPlanned {
		p.t.Fatalf("not planned but %s: %s", t.State, t.Error)
	}
	items, _, err := p.ImportItems(p.t.Context(), t.ID, "", "", 10_000)
	if err != nil {
		p.t.Fatal(err)
	}
	return t.ID, items
}

// apply applies a plan and expects it to be done.
func (p *place) apply(id string) lora.Transfer {
	p.t.Helper()
	t := p.tryApply(id)
	if t.State != lora.TransferDone {
		p.t.Fatalf("not done but %s in %s: %s", t.State, t.Phase, t.Error)
	}
	return t
}

func (p *place) tryApply(id string) lora.Transfer {
	p.t.Helper()
	if _, err := p.ApplyImport(p.t.Context(), id); err != nil {
		p.t.Fatal(err)
	}
	return p.await(id)
}

// clean expects that imports have left nothing in their folders.
func (p *place) clean() {
	p.t.Helper()
	if left := treeOf(p.t, filepath.Join(p.data)); len(left) > 0 {
		p.t.Errorf("imports left %v in the program's folder", left)
	}
	for _, name := range p.tree() {
		if strings.HasPrefix(name, stagingFolder) {
			p.t.Errorf("imports left %s in the library folder", name)
		}
	}
}

// zipped is an archive of the given members, as any program would write it.
func zipped(t *testing.T, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(members); i += 2 {
		to, err := w.Create(members[i])
		if err == nil {
			_, err = to.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// digests computes the digests of all files, as the lane does in the background.
func (p *place) digests() {
	p.t.Helper()
	jobs, err := p.store.PendingDigests(p.t.Context(), 10_000)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, job := range jobs {
		data, err := os.ReadFile(filepath.Join(p.home, job.RelPath))
		if err != nil {
			p.t.Fatal(err)
		}
		sum := sha256.Sum256(data)
		if err := p.store.SaveDigests(p.t.Context(), job.AdapterID, job.Stamp, map[string]string{"sha256": hex.EncodeToString(sum[:])}); err != nil {
			p.t.Fatal(err)
		}
	}
}
