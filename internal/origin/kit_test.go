package origin_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/guard"
	"loramanager/internal/hub"
	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/origin"
	"loramanager/internal/store"
	"loramanager/tests/fakehub"
)

// emptyDatabase is a database file with all tables and no rows: copying it is much faster
// than making another for every test.
var emptyDatabase []byte

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "origin")
	if err != nil {
		panic(err)
	}
	if emptyDatabase, err = makeDatabase(filepath.Join(dir, "empty.db")); err != nil {
		panic(err)
	}
	_ = os.RemoveAll(dir)
	goleak.VerifyTestMain(m)
}

func makeDatabase(path string) ([]byte, error) {
	s, err := store.Open(context.Background(), store.Options{URL: "sqlite:///" + path})
	if err != nil {
		return nil, err
	}
	if err := s.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
}

const rootID = "root"

// kit is an Origin on a real database, a real library folder and a fake hub.
type kit struct {
	*origin.Origin
	t     *testing.T
	fake  *fakehub.Hub
	store *store.Store
	lib   *library.Library
	dir   string // the library folder
	heard *ears
	names []string // hubs that are configured
	hubs  []origin.Hub
}

// ears hear what is announced and let tests wait for it.
type ears struct {
	mu       sync.Mutex
	news     chan struct{}
	patience time.Duration // after which something is wrong
}

func newEars() *ears { return &ears{news: make(chan struct{}), patience: time.Minute} }

func (e *ears) Announce(string, any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	close(e.news)
	e.news = make(chan struct{})
}

// until waits until a condition holds, looking whenever something is announced.
func (e *ears) until(t *testing.T, what string, holds func() bool) {
	t.Helper()
	timeout := time.After(e.patience)
	for {
		e.mu.Lock()
		news := e.news
		e.mu.Unlock()
		if holds() {
			return
		}
		select {
		case <-news:
		case <-timeout:
			t.Fatalf("it did not come to this within %s: %s", e.patience, what)
		}
	}
}

// newKit starts with the adapters of the given seeds of the sample in the library.
func newKit(t *testing.T, hubs []string, seeds ...byte) *kit {
	t.Helper()
	k := &kit{t: t, fake: fakehub.New(fakehub.Sample()), dir: t.TempDir(), heard: newEars(), names: hubs}
	t.Cleanup(k.fake.Close)
	k.openLibrary()
	k.openHubs("")
	for _, seed := range seeds {
		k.put(seed)
	}
	k.begin()
	return k
}

func (k *kit) openLibrary() {
	k.t.Helper()
	path := filepath.Join(k.t.TempDir(), "library.db")
	k.ok(os.WriteFile(path, emptyDatabase, 0o600))
	s, err := store.Open(k.t.Context(), store.Options{URL: "sqlite:///" + path})
	k.ok(err)
	k.t.Cleanup(func() { _ = s.Close() })
	k.store = s
	k.lib = library.New(library.Options{Files: s, Placement: s, Registry: s, ScanLog: s, DigestLog: s, Announcer: k.heard})
	k.t.Cleanup(func() { _ = k.lib.Close() })
	k.ok(s.AddRoot(k.t.Context(), lora.Root{ID: rootID, Path: k.dir, Name: "loras", Writable: true}))
}

func (k *kit) openHubs(token guard.Secret) {
	k.t.Helper()
	o := hub.Options{FileHosts: []string{k.fake.FileHost()}, CivitaiToken: token}
	for name, address := range map[string]*string{hub.Civitai: &o.CivitaiURL, hub.CivArchive: &o.CivArchiveURL, hub.HuggingFace: &o.HuggingFaceURL} {
		if slices.Contains(k.names, name) {
			*address = k.fake.URL()
		}
	}
	hubs, err := hub.Open(o)
	k.ok(err)
	k.hubs = nil
	for _, h := range hubs {
		k.hubs = append(k.hubs, h)
		k.t.Cleanup(h.Close)
	}
}

// begin starts an Origin, as a server does.
func (k *kit) begin() {
	k.t.Helper()
	k.Origin = origin.New(origin.Options{
		Hubs: k.hubs, Catalog: k.store, Updates: k.store, Adapters: k.store, Downloads: k.store, Library: k.lib, Announcer: k.heard,
		Draw: func(_ context.Context, picture []byte) ([]byte, error) {
			return append([]byte("drawn anew: "), picture...), nil
		},
	})
	k.ok(k.Start(k.t.Context()))
	k.t.Cleanup(func() { _ = k.Close() })
}

// restart ends the Origin and starts another.
func (k *kit) restart() {
	k.t.Helper()
	k.ok(k.Close())
	k.begin()
}

func (k *kit) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Fatal(err)
	}
}

// fails checks the code of an error and a part of its sentence.
func (k *kit) fails(err error, code lora.Code, says string) {
	k.t.Helper()
	if lora.CodeOf(err) != code || !strings.Contains(err.Error(), says) {
		k.t.Errorf("error %v has the code %q; want %q and %q", err, lora.CodeOf(err), code, says)
	}
}

func nameOf(seed byte) string { return "file" + string(rune('a'+seed%26)) + ".safetensors" }

// put puts an adapter into the library, with its digests, and returns its id.
func (k *kit) put(seed byte) string {
	k.t.Helper()
	data := fakehub.Adapter(seed, 0)
	k.ok(os.WriteFile(filepath.Join(k.dir, nameOf(seed)), data, 0o600))
	k.ok(k.lib.Arrived(k.t.Context(), []lora.Folder{{RootID: rootID, RelPath: nameOf(seed)}}))
	id := k.id(seed)
	place, err := k.store.Place(k.t.Context(), id)
	k.ok(err)
	f := fakehub.File{Data: data}
	k.ok(k.store.SaveDigests(k.t.Context(), id, place.Stamp, map[string]string{"sha256": f.Sum(), "autov3": f.Tensors()}))
	return id
}

func (k *kit) id(seed byte) string {
	k.t.Helper()
	id, err := k.store.AdapterAt(k.t.Context(), rootID, nameOf(seed))
	k.ok(err)
	if id == "" {
		k.t.Fatalf("%s is not in the library", nameOf(seed))
	}
	return id
}

func (k *kit) adapter(id string) lora.Adapter {
	k.t.Helper()
	a, err := k.store.Adapter(k.t.Context(), id)
	k.ok(err)
	return a
}

func (k *kit) about(seed byte) lora.AdapterHub {
	k.t.Helper()
	about, err := k.About(k.t.Context(), k.id(seed))
	k.ok(err)
	return about
}

// lookUp looks everything up and returns how that ended.
func (k *kit) lookUp(force bool) lora.LookUpState {
	k.t.Helper()
	_, err := k.LookUp(k.t.Context(), origin.LookUpRequest{All: true, Force: force})
	k.ok(err)
	return k.lookedUp()
}

func (k *kit) lookedUp() (state lora.LookUpState) {
	k.t.Helper()
	k.heard.until(k.t, "the look-up ends", func() bool {
		var err error
		state, err = k.LookUps(k.t.Context())
		k.ok(err)
		return !state.Running
	})
	return state
}

// patch edits an adapter as the user.
func (k *kit) patch(id, body string) {
	k.t.Helper()
	var fields map[string]json.RawMessage
	k.ok(json.Unmarshal([]byte(body), &fields))
	_, _, err := k.store.Patch(k.t.Context(), id, fields)
	k.ok(err)
}

// download asks for the file of a version.
func (k *kit) download(version string, edit ...func(*origin.DownloadRequest)) lora.Download {
	k.t.Helper()
	r := origin.DownloadRequest{FileRequest: origin.FileRequest{Hub: hub.Civitai, VersionID: version}, RootID: rootID}
	for _, f := range edit {
		f(&r)
	}
	d, err := k.Download(k.t.Context(), r)
	k.ok(err)
	return d
}

func (k *kit) state(id string) lora.Download {
	k.t.Helper()
	list, err := k.Downloads(k.t.Context())
	k.ok(err)
	i := slices.IndexFunc(list, func(d lora.Download) bool { return d.ID == id })
	if i < 0 {
		k.t.Fatal("the download is not in the list")
	}
	return list[i]
}

// comesTo waits until a download has a state.
func (k *kit) comesTo(id string, want lora.DownloadState) lora.Download {
	k.t.Helper()
	var d lora.Download
	k.heard.until(k.t, "the download is "+string(want), func() bool {
		d = k.state(id)
		return d.State == want || d.State == lora.DownloadFailed
	})
	if d.State != want {
		k.t.Fatalf("the download is %s, not %s: %s", d.State, want, d.Error)
	}
	return d
}

// files lists what lies in the library folder.
func (k *kit) files() []string {
	k.t.Helper()
	list := []string{}
	k.ok(filepath.WalkDir(k.dir, func(p string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			rel, _ := filepath.Rel(k.dir, p)
			list = append(list, filepath.ToSlash(rel))
		}
		return err
	}))
	return list
}
