package library_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/sample"
)

func TestAScanListsEveryAdapterWithItsSidecarAndPreview(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/styles/ink.safetensors", adapter("ink"))
	k.put("loras/styles/ink.civitai.info", []byte(`{"id":7,"modelId":3,"name":"v2","baseModel":"Illustrious","trainedWords":["inkwash"],"model":{"name":"Ink Wash"}}`))
	k.put("loras/styles/ink.preview.png", []byte("a picture"))
	k.put("loras/styles/readme.txt", []byte("text"))
	k.put("loras/styles/package.json", []byte(`{"dependencies":{}}`))
	k.put("loras/old.pt", []byte("\x80\x02}q\x00."))
	k.put("loras/old.json", []byte(`{"activation text":"old","sd version":"SD1"}`))
	k.put("loras/.hidden/x.safetensors", adapter("hidden"))
	k.put("loras/my-peft/adapter_model.safetensors", adapter("peft"))
	k.put("loras/my-peft/adapter_config.json", []byte(`{"peft_type":"LORA","r":1,"lora_alpha":4}`))
	root := k.addRoot("loras")

	known := k.known(root)
	if len(known) != 3 {
		t.Fatalf("known: %v", known)
	}
	ink := k.at(root, "styles/ink.safetensors")
	check(t, "name", ink.Name, "Ink Wash")
	check(t, "version", ink.Version, "v2")
	check(t, "words", ink.TrainedWords, []string{"inkwash"})
	check(t, "base", []string{ink.BaseModel, ink.Kind, ink.Folder, ink.FileName}, []string{"sdxl", "lora", "styles", "ink.safetensors"})
	check(t, "preview", ink.Preview.Type, "image")
	check(t, "sidecar", *ink.JSONFilePath, k.path("loras/styles/ink.civitai.info"))
	check(t, "sources", []lora.Source{ink.Sources["name"], ink.Sources["base_model"], ink.Sources["weight"]}, []lora.Source{lora.FromSidecar, lora.FromFile, ""})
	old := k.at(root, "old.pt")
	check(t, "pickle", []any{old.FileState, old.BaseModel, old.Sources["base_model"]}, []any{"unsafe", "sd1", "sidecar"})
	peft := k.at(root, "my-peft/adapter_model.safetensors")
	check(t, "PEFT name", peft.Name, "my-peft")
	check(t, "PEFT alpha", peft.Alpha, 4.0)
}

func TestPromise1_AScanOnlyReads(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	if err := sample.Write(t.Context(), k.path("loras"), 40, sample.Options{Broken: 20}); err != nil {
		t.Fatal(err)
	}
	list := func() (all []string) {
		err := filepath.WalkDir(k.home, func(p string, d os.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := d.Info()
			all = append(all, fmt.Sprint(p, info.Size(), info.ModTime(), info.Mode()))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := list()
	k.addRoot("loras")
	k.scan()
	check(t, "files", list(), before)
}

func TestPromise2_AnUnchangedFileCostsOneStat(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 20 {
		k.put(fmt.Sprintf("loras/f%d/x.safetensors", i%3), adapter("x"))
		k.put(fmt.Sprintf("loras/f%d/x.json", i%3), []byte(`{"activation text":"x"}`))
	}
	k.addRoot("loras")
	var mu sync.Mutex
	seen := map[string]int{}
	k.SetBefore(func(op, rel string) {
		mu.Lock()
		defer mu.Unlock()
		seen[op+" "+filepath.Base(rel)]++
	})
	s := k.scan()
	check(t, "unchanged", s.Counts.Unchanged, 3)
	check(t, "read", s.Counts.Read, 0)
	check(t, "stats", []int{seen["stat x.safetensors"], seen["stat x.json"]}, []int{3, 3})
	for op := range seen {
		if strings.HasPrefix(op, "open x") {
			t.Errorf("%s", op)
		}
	}
}

func TestPromise4_AVanishedFolderIsFlaggedAndComesBackWithAllItHad(t *testing.T) {
	t.Parallel()
	for name, vanish := range map[string]func(k *kit){
		"the folder is gone":                func(k *kit) { k.rename("loras", "elsewhere") },
		"only an empty mount point is left": func(k *kit) { k.rename("loras", "elsewhere"); _ = os.Mkdir(k.path("loras"), 0o755) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t)
			k.put("loras/a.safetensors", adapter("a"))
			k.put("loras/sub/b.safetensors", adapter("b"))
			root := k.addRoot("loras")
			id := k.at(root, "a.safetensors").ID
			k.edit(id, `{"notes":"mine","weight":0}`)

			vanish(k)
			s := k.scan()
			check(t, "counts", []any{s.State, s.Counts.Missing}, []any{"finished", 2})
			check(t, "codes", k.codes(s), []string{"loras: root_offline"})
			check(t, "state", k.at(root, "a.safetensors").FileState, lora.FileMissing)
			roots, err := k.Roots(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			check(t, "root", roots[0].State, "offline")
			check(t, "second scan", k.scan().Counts.Missing, 0)

			_ = os.Remove(k.path("loras"))
			k.rename("elsewhere", "loras")
			s = k.scan()
			check(t, "restored", s.Counts.Restored, 2)
			back := k.at(root, "a.safetensors")
			check(t, "back", []any{back.ID, back.FileState, back.Notes, back.Weight}, []any{id, "ok", "mine", 0})
		})
	}
}

func TestPromise4_ACancelledScanKeepsWhatItSavedAndFlagsNothing(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 300 {
		k.put(fmt.Sprintf("loras/%03d.safetensors", i), adapter(fmt.Sprint(i)))
	}
	k.put("loras/sub/gone.safetensors", adapter("gone"))
	root := k.addRoot("loras")
	if err := os.Remove(k.path("loras/sub/gone.safetensors")); err != nil {
		t.Fatal(err)
	}
	for i := range 300 {
		k.put(fmt.Sprintf("loras/%03d.safetensors", i), adapter(fmt.Sprint("changed", i)))
	}
	var scan atomic.Value
	var opened atomic.Int32
	started := make(chan struct{})
	k.SetBefore(func(op, _ string) {
		if op == "open" && opened.Add(1) == 100 {
			<-started
			if err := k.CancelScan(context.Background(), scan.Load().(string)); err != nil {
				t.Error(err)
			}
		}
	})
	s, err := k.StartScan(t.Context(), nil, library.TriggerUser)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.StartScan(t.Context(), nil, library.TriggerUser); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("a second scan: %v", err)
	}
	scan.Store(s.ID)
	close(started)
	done := k.finished(s.ID)
	check(t, "state", []any{done.State, done.Phase, done.Counts.Missing}, []any{"cancelled", "done", 0})
	if done.Counts.Updated == 0 || done.Counts.Updated == 300 {
		t.Errorf("%d updated", done.Counts.Updated)
	}
	check(t, "gone", k.at(root, "sub/gone.safetensors").FileState, lora.FileOK)
	saved, err := k.Scan(t.Context(), s.ID)
	if err != nil || saved.State != lora.ScanCancelled {
		t.Errorf("%+v, %v", saved, err)
	}
}

func TestPromise4_AHangingDriveIsGivenUpAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	for _, op := range []string{"open root", "list", "stat", "open"} {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			k := newKit(t, func(o *library.Options) { o.FileTimeout = 2 * time.Second })
			k.put("dead/a/x.safetensors", adapter("x"))
			k.put("dead/a/y.safetensors", adapter("y"))
			k.put("good/z.safetensors", adapter("z"))
			dead, good := k.addRoot("dead"), k.addRoot("good")
			k.put("dead/a/x.safetensors", adapter("x changed")) // so that it is opened
			k.put("good/new.safetensors", adapter("new"))
			release := make(chan struct{})
			defer close(release)
			k.SetBefore(func(o, rel string) {
				if o == op && (rel == k.path("dead") || rel == "a" || strings.HasPrefix(rel, "a/")) {
					<-release
				}
			})
			s := k.scan(dead.ID, good.ID)
			check(t, "state", []any{s.State, s.Counts.Missing}, []any{"finished", 0})
			check(t, "codes", k.codes(s), []string{"dead: root_hanging"})
			for rel, f := range k.known(dead) {
				if f.State != lora.FileOK {
					t.Errorf("%s is %s", rel, f.State)
				}
			}
			k.at(good, "new.safetensors")
		})
	}
}

func TestPromise8_CloseDoesNotWaitForADeadDrive(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("dead/x.safetensors", adapter("x"))
	k.addRoot("dead")
	k.put("dead/x.safetensors", adapter("changed"))
	release, hanging := make(chan struct{}), make(chan struct{})
	defer close(release)
	k.SetBefore(func(op, _ string) {
		if op == "open" {
			close(hanging)
			<-release
		}
	})
	if _, err := k.StartScan(t.Context(), nil, library.TriggerUser); err != nil {
		t.Fatal(err)
	}
	<-hanging
	// The drive is released only after this: a Close that waited for it would never return.
	if err := k.Close(); err == nil {
		t.Error("Close says nothing of the read that never ended")
	}
}

func TestPromise5_AHostileLibraryIsScannedToTheEndWithEachFlawNamed(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	if err := sample.Write(t.Context(), k.path("loras"), 10, sample.Options{Broken: 200}); err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("n", 255-len(".safetensors")) + ".safetensors"
	k.put("loras/"+long, adapter("long"))
	k.put("loras/not-\xff\xfe-utf8.safetensors", adapter("bytes"))
	k.put("loras/line\nbreak\x1b[31m.safetensors", adapter("control"))
	k.put("loras/broken-sidecar.safetensors", adapter("sidecar"))
	k.put("loras/broken-sidecar.civitai.info", []byte(`{"name": `))
	if err := os.Mkdir(k.path("loras/folder.safetensors"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(k.path("loras/pipe.safetensors"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(k.path("loras"), 0o755); !os.IsExist(err) {
		t.Fatal(err)
	}
	root, scan, err := k.AddRoot(t.Context(), k.path("loras"), "")
	if err != nil {
		t.Fatal(err)
	}
	s := k.finished(scan.ID)
	known := k.known(root)
	check(t, "end", []any{s.State, s.Counts.Added, len(known)}, []any{"finished", 214, 214})
	named := map[string]int{}
	for _, code := range k.codes(s) {
		file, _, _ := strings.Cut(code, ": ")
		named[file]++
	}
	for rel, f := range known {
		if strings.HasPrefix(rel, "broken/") && named["loras/"+rel] == 0 {
			t.Errorf("nothing is said about %s (%s)", rel, f.State)
		}
	}
	codes := strings.Join(k.codes(s), "\n")
	for _, want := range []string{"pipe.safetensors: not_a_file", "broken-sidecar.safetensors: sidecar_broken"} {
		if !strings.Contains(codes, want) {
			t.Errorf("%s is missing in\n%s", want, codes)
		}
	}
	odd := k.at(root, "not-\xff\xfe-utf8.safetensors")
	check(t, "bytes", []any{odd.Name, odd.FileState}, []any{`not-\xff\xfe-utf8`, "ok"})
	check(t, "control", k.at(root, "line\nbreak\x1b[31m.safetensors").FileName, `line\nbreak\x1b[31m.safetensors`)
	check(t, "again", k.scan().Counts.Unchanged, 214)
}

func TestPromise5_AFileThatVanishesWhileItIsReadIsNamedAndNothingStops(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/a.safetensors", adapter("a"))
	k.put("loras/b.safetensors", adapter("b"))
	k.SetBefore(func(op, rel string) {
		if op == "open" && rel == "a.safetensors" {
			_ = os.Remove(k.path("loras/a.safetensors"))
		}
		if op == "open" && rel == "b.safetensors" {
			panic("a bug")
		}
	})
	root, scan, err := k.AddRoot(t.Context(), k.path("loras"), "")
	if err != nil {
		t.Fatal(err)
	}
	s := k.finished(scan.ID)
	check(t, "codes", k.codes(s), []string{"loras/a.safetensors: vanished", "loras/b.safetensors: internal"})
	check(t, "states", []any{len(k.known(root)), k.at(root, "b.safetensors").FileState}, []any{1, "unreadable"})
}

func TestPromise6_LinksAreFollowedOnlyIntoLibraryFolders(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("loras/real/a.safetensors", adapter("a"))
	k.put("loras/.store/blob", adapter("blob"))
	k.put("loras/.store/deep/b.safetensors", adapter("b"))
	k.put("other/c.safetensors", adapter("c"))
	k.put("outside/secret.safetensors", adapter("secret"))
	for link, to := range map[string]string{
		"loras/loop":                 ".",
		"loras/real/up":              "..",
		"loras/again.safetensors":    "real/a.safetensors",
		"loras/blob.safetensors":     ".store/blob",
		"loras/deep":                 ".store/deep",
		"loras/.store/deep/back":     "../deep",
		"loras/into-other":           k.path("other"),
		"loras/outside":              k.path("outside"),
		"loras/secret.safetensors":   k.path("outside/secret.safetensors"),
		"loras/dangling.safetensors": "nowhere.safetensors",
	} {
		if err := os.Symlink(to, k.path(link)); err != nil {
			t.Fatal(err)
		}
	}
	other := k.addRoot("other")
	root := k.addRoot("loras")
	s := k.scan()
	var rels []string
	for rel := range k.known(root) {
		rels = append(rels, rel)
	}
	slices.Sort(rels)
	check(t, "files", rels, []string{"blob.safetensors", "deep/b.safetensors", "real/a.safetensors"})
	check(t, "other", len(k.known(other)), 1)
	check(t, "codes", k.codes(s), []string{
		"loras/dangling.safetensors: link_broken", "loras/outside: link_outside", "loras/secret.safetensors: link_outside",
	})
}

// fullDisk lets the first batch through and has no room for the second.
type fullDisk struct {
	library.FileCatalog
	batches atomic.Int32
}

func (f *fullDisk) SaveScanned(ctx context.Context, files []lora.ScannedFile) ([]lora.SaveResult, error) {
	if f.batches.Add(1) > 1 {
		return nil, lora.Errorf(lora.StorageFull, "The disk of the database is full.")
	}
	return f.FileCatalog.SaveScanned(ctx, files)
}

func TestAFullDiskFailsTheScanWithASentenceAndKeepsWhatWasSaved(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) { o.Files = &fullDisk{FileCatalog: o.Files} })
	for i := range 1500 {
		k.put(fmt.Sprintf("loras/%04d.safetensors", i), adapter(fmt.Sprint(i)))
	}
	root, scan, err := k.AddRoot(t.Context(), k.path("loras"), "")
	if err != nil {
		t.Fatal(err)
	}
	s := k.finished(scan.ID)
	check(t, "scan", []any{s.State, s.Error, s.Counts.Missing}, []any{"failed", "The disk of the database is full.", 0})
	if n := len(k.known(root)); n == 0 || n > 64 || n != s.Counts.Added {
		t.Errorf("%d are known, %d counted", n, s.Counts.Added)
	}
}

func TestManyFilesInOneFolder(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	if err := sample.Write(t.Context(), k.path("loras"), 800, sample.Options{Sparse: true, Shape: sample.Flat, Bare: 95}); err != nil {
		t.Fatal(err)
	}
	_, scan, err := k.AddRoot(t.Context(), k.path("loras"), "")
	if err != nil {
		t.Fatal(err)
	}
	first := k.events.await(t, "first cards", func(e event) bool { return e.kind == library.EventAdaptersChanged })
	if ids := first.data.(library.AdaptersChanged).IDs; len(ids) == 0 || len(ids) > 64 {
		t.Errorf("the first batch has %d adapters", len(ids))
	}
	s := k.finished(scan.ID)
	check(t, "counts", []int{s.Counts.Found, s.Counts.Added}, []int{800, 800})
}

func TestIgnorePatternsLeaveOutNamesAndPaths(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) { o.Ignore = []string{"wip-*", "old/*", "*.[bp]in"} })
	for _, rel := range []string{"a.safetensors", "wip-1.safetensors", "wip-folder/b.safetensors", "old/deep/c.safetensors", "d.bin", "e.pt"} {
		k.put("loras/"+rel, adapter(rel))
	}
	root := k.addRoot("loras")
	known := k.known(root)
	if len(known) != 2 || known["a.safetensors"].AdapterID == "" || known["e.pt"].AdapterID == "" {
		t.Errorf("known: %v", known)
	}
}
