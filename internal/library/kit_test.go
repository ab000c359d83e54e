package library_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/safetensors"
	"loramanager/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// kit is a Library on temporary folders and a real database.
type kit struct {
	*library.Library
	t      *testing.T
	store  *store.Store
	events *recorder
	home   string // holds the library folders
}

// event is one thing the Library announced.
type event struct {
	kind string
	data any
}

// recorder keeps announcements and lets tests wait for them.
type recorder struct {
	mu     sync.Mutex
	events []event
	news   chan struct{}
}

func (r *recorder) Announce(kind string, data any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event{kind, data})
	close(r.news)
	r.news = make(chan struct{})
}

// await waits until an event that is wanted has been announced, and forgets it and
// all before it.
func (r *recorder) await(t *testing.T, what string, wanted func(event) bool) event {
	t.Helper()
	timeout := time.After(90 * time.Second)
	for {
		r.mu.Lock()
		for i, e := range r.events {
			if wanted(e) {
				r.events = r.events[i+1:]
				r.mu.Unlock()
				return e
			}
		}
		news := r.news
		r.mu.Unlock()
		select {
		case <-news:
		case <-timeout:
			t.Fatalf("no %s within 90 s", what)
		}
	}
}

func newKit(t *testing.T, adjust ...func(*library.Options)) *kit {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	k := &kit{t: t, store: s, events: &recorder{news: make(chan struct{})}, home: t.TempDir()}
	o := library.Options{
		Files: s, Placement: s, Registry: s, ScanLog: s, DigestLog: s, Announcer: k.events,
		Logger: slog.New(slog.DiscardHandler), Settle: time.Millisecond,
	}
	for _, f := range adjust {
		f(&o)
	}
	k.Library = library.New(o)
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return k
}

// path joins names below home.
func (k *kit) path(names ...string) string {
	return filepath.Join(append([]string{k.home}, names...)...)
}

// put writes a file below home.
func (k *kit) put(rel string, data []byte) {
	k.t.Helper()
	if err := os.MkdirAll(filepath.Dir(k.path(rel)), 0o755); err != nil {
		k.t.Fatal(err)
	}
	if err := os.WriteFile(k.path(rel), data, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// adapter is a valid adapter file; another note makes it another file.
func adapter(note string) []byte {
	var b strings.Builder
	tensors := []safetensors.TensorData{
		{Name: "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_down.weight", DType: "F16", Shape: []int64{1, 2048}, Data: strings.NewReader(strings.Repeat("\x01\x2c", 2048))},
		{Name: "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k.lora_up.weight", DType: "F16", Shape: []int64{640, 1}, Data: strings.NewReader(strings.Repeat("\x01\x2c", 640))},
	}
	if err := safetensors.Write(&b, map[string]string{"note": note}, tensors); err != nil {
		panic(err)
	}
	return []byte(b.String())
}

// addRoot makes a folder below home a library folder and waits for its scan.
func (k *kit) addRoot(name string) lora.Root {
	k.t.Helper()
	if err := os.MkdirAll(k.path(name), 0o755); err != nil {
		k.t.Fatal(err)
	}
	root, scan, err := k.AddRoot(k.t.Context(), k.path(name), "")
	if err != nil {
		k.t.Fatal(err)
	}
	k.finished(scan.ID)
	return root
}

// finished waits for the end of a scan.
func (k *kit) finished(id string) lora.Scan {
	k.t.Helper()
	e := k.events.await(k.t, "end of the scan", func(e event) bool {
		s, ok := e.data.(lora.Scan)
		return ok && e.kind == library.EventScanFinished && s.ID == id
	})
	return e.data.(lora.Scan) //nolint:forcetypeassert // just checked
}

// scan scans everything and waits.
func (k *kit) scan(roots ...string) lora.Scan {
	k.t.Helper()
	s, err := k.StartScan(k.t.Context(), roots, library.TriggerUser)
	if err != nil {
		k.t.Fatal(err)
	}
	return k.finished(s.ID)
}

// known lists what the catalog knows of a root, by path.
func (k *kit) known(root lora.Root) map[string]lora.KnownFile {
	k.t.Helper()
	files, err := k.store.KnownFiles(k.t.Context(), root.ID)
	if err != nil {
		k.t.Fatal(err)
	}
	byPath := map[string]lora.KnownFile{}
	for _, f := range files {
		byPath[f.RelPath] = f
	}
	return byPath
}

// at is the adapter whose file lies at rel.
func (k *kit) at(root lora.Root, rel string) lora.Adapter {
	k.t.Helper()
	f, ok := k.known(root)[rel]
	if !ok {
		k.t.Fatalf("the catalog does not know %q", rel)
	}
	a, err := k.store.Adapter(k.t.Context(), f.AdapterID)
	if err != nil {
		k.t.Fatal(err)
	}
	return a
}

// edit sets fields as a user would.
func (k *kit) edit(id, patch string) {
	k.t.Helper()
	var fields map[string]json.RawMessage
	if err := json.Unmarshal([]byte(patch), &fields); err != nil {
		k.t.Fatal(err)
	}
	if _, _, err := k.store.Patch(k.t.Context(), id, fields); err != nil {
		k.t.Fatal(err)
	}
}

// codes lists the findings of a scan as "path: code", paths below home.
func (k *kit) codes(s lora.Scan) []string {
	var all []string
	for _, f := range s.Findings {
		all = append(all, strings.TrimPrefix(f.Path, k.home+"/")+": "+f.Finding.Code)
	}
	slices.Sort(all)
	return all
}

func (k *kit) exists(rel string) bool {
	_, err := os.Lstat(k.path(rel))
	return err == nil
}

func (k *kit) rename(from, to string) {
	k.t.Helper()
	if err := os.MkdirAll(filepath.Dir(k.path(to)), 0o755); err != nil {
		k.t.Fatal(err)
	}
	if err := os.Rename(k.path(from), k.path(to)); err != nil {
		k.t.Fatal(err)
	}
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	g, err1 := json.Marshal(got)
	w, err2 := json.Marshal(want)
	if err1 != nil || err2 != nil || string(g) != string(w) {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}
