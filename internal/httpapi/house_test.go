package httpapi

import (
	"context"
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loramanager/internal/events"
	"loramanager/internal/guard"
	"loramanager/internal/images"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/metrics"
	"loramanager/internal/sample"
	"loramanager/internal/store"
)

// house is a running server on a real database and a real folder.
type house struct {
	*door
	t       *testing.T
	dir     string // the library folder
	library *library.Library
	store   *store.Store
	hub     *events.Hub
	studio  *studio
	views   *views

	*archives
	counted *metrics.Metrics
	files   int      // made by activate
	as      []string // headers of whoever asks
	// wildcards is the folder of wildcard files.
	wildcards string
}

// openHouse starts a server over a folder with n sample adapters, scanned.
func openHouse(t *testing.T, n int, furnish ...func(*house, *Options)) *house {
	t.Helper()
	data, dir := t.TempDir(), filepath.Join(t.TempDir(), "loras")
	if n > 0 {
		if err := sample.Write(t.Context(), dir, n, sample.Options{Seed: 7}); err != nil {
			t.Fatal(err)
		}
	} else if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), store.Options{DataDir: data})
	if err != nil {
		t.Fatal(err)
	}
	thumbs, err := guard.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	hub := events.New(events.Options{})
	pictures := images.Open(images.Options{Dir: thumbs, Decoder: guard.NewDecoder(guard.Default())})
	lib := library.New(library.Options{
		Files: db, Placement: db, Registry: db, ScanLog: db, DigestLog: db, Announcer: hub,
		Private: []string{data}, Settle: time.Nanosecond, Digests: true,
	})
	t.Cleanup(func() {
		ctx := context.Background()
		for _, err := range []error{lib.Close(), pictures.Close(ctx), thumbs.Close(), hub.Close(ctx), db.Close()} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	counted := metrics.New(metrics.Options{})
	h := &house{t: t, dir: dir, library: lib, store: db, hub: hub, counted: counted, studio: openStudio(t, db, hub, pictures, counted)}
	h.views = openViews(t, h, data)
	wildcards, err := guard.OpenRoot(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wildcards.Close() })
	h.wildcards = wildcards.Path()
	h.archives = openArchives(t, h, h.studio.pictures, wildcards)
	o := Options{
		Archive: h.archives.archive, Uploads: h.archives.uploads, Origin: openOrigin(t, h),
		Store: db, Library: lib, Images: pictures, Events: hub, DataDir: data, Version: "test",
		Jobs: h.studio.jobs, Engines: h.studio.engines, Pictures: h.studio.pictures, Wildcards: wildcards, DeliveryFolder: h.studio.files,
		Recommend: h.views.recommend, Stats: h.views.stats, Health: h.views.health, Metrics: counted,
		PicturePath: func(i *lora.Image) string { return "/pictures/" + images.FileName(i) },
		WriteSample: func(ctx context.Context, dir string, n int) error { return sample.Write(ctx, dir, n, sample.Options{}) },
	}
	for _, f := range furnish {
		f(h, &o)
	}
	h.door = openDoor(t, o)
	if err := lib.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.do("POST", "/roots", map[string]any{"path": dir}, 201, nil)
	h.settle()
	return h
}

// settle waits until no scan runs.
func (h *house) settle() {
	h.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for h.library.Running(h.t.Context()) != nil {
		if time.Now().After(deadline) {
			h.t.Fatal("the scan does not end")
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// do sends a request below /api/v1 and reads the reply into out, unless that is nil.
func (h *house) do(method, path string, body any, status int, out any) {
	h.t.Helper()
	sent := ""
	switch b := body.(type) {
	case nil:
	case string:
		sent = b
	default:
		raw, err := json.Marshal(b)
		if err != nil {
			h.t.Fatal(err)
		}
		sent = string(raw)
	}
	r := h.ask(h.t, method, apiPrefix+path, sent, h.as...)
	raw := text(h.t, r)
	if r.StatusCode != status {
		h.t.Fatalf("%s %s: status %d, want %d: %s", method, path, r.StatusCode, status, raw)
	}
	if out == nil {
		return
	}
	if err := json.Unmarshal([]byte(raw), out); err != nil {
		h.t.Fatalf("%s %s: %v: %s", method, path, err, raw)
	}
}

// fails sends a request that must fail and returns the problem.
func (h *house) fails(method, path, body string, status int, code lora.Code) Problem {
	h.t.Helper()
	return problem(h.t, h.ask(h.t, method, apiPrefix+path, body, h.as...), status, code)
}

func (h *house) list(query string) AdapterList {
	h.t.Helper()
	var l AdapterList
	h.do("GET", "/adapters?"+query, nil, 200, &l)
	return l
}

func (h *house) read(id string) lora.Adapter {
	h.t.Helper()
	var r AdapterDetail
	h.do("GET", "/adapters/"+id, nil, 200, &r)
	return r.Adapter
}

// search lists what matches a search, by name.
func (h *house) search(q string) []string {
	h.t.Helper()
	var names []string
	for _, a := range h.list("per_page=200&q=" + url.QueryEscape(q)).Items {
		names = append(names, a.Name)
	}
	return names
}

// put copies a sound adapter file to a new name in the library folder, without a scan.
func (h *house) put(name string) string {
	h.t.Helper()
	source := h.t.TempDir()
	if err := sample.Write(h.t.Context(), source, 1, sample.Options{Seed: uint64(len(name)) + 99, Bare: 100}); err != nil {
		h.t.Fatal(err)
	}
	var from string
	err := filepath.WalkDir(source, func(path string, _ os.DirEntry, err error) error {
		if strings.HasSuffix(path, ".safetensors") {
			from = path
		}
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	body, err := os.ReadFile(from)
	if err != nil {
		h.t.Fatal(err)
	}
	to := filepath.Join(h.dir, name)
	if err := os.WriteFile(to, body, 0o600); err != nil {
		h.t.Fatal(err)
	}
	return to
}
