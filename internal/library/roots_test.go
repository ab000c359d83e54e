package library_test

import (
	"io"
	"os"
	"strings"
	"testing"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

func TestAddRootRefusesFoldersThatDoHarm(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) {
		o.Home = t.TempDir()
		o.Private = []string{o.Home + "/data"}
		if err := os.MkdirAll(o.Home+"/data/sample", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Mkdir(o.Home+"/loras", 0o755); err != nil {
			t.Fatal(err)
		}
	})
	k.put("loras/sub/a.safetensors", adapter("a"))
	k.put("file.txt", nil)
	k.addRoot("loras")
	if err := os.Symlink(k.path("loras/sub"), k.path("link")); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		path string
		code lora.Code
	}{
		"relative":          {"loras", lora.Invalid},
		"empty":             {"", lora.Invalid},
		"a file":            {k.path("file.txt"), lora.Invalid},
		"not there":         {k.path("nothing"), lora.Invalid},
		"a whole disk":      {"/", lora.Invalid},
		"the same":          {k.path("loras") + "/", lora.Invalid},
		"inside another":    {k.path("loras/sub"), lora.Invalid},
		"inside by a link":  {k.path("link"), lora.Invalid},
		"over another":      {k.home, lora.Invalid},
		"the server's data": {"~/data", lora.Invalid},
		"over the server's": {"~", lora.Invalid},
		"a NUL byte":        {"/tmp/\x00", lora.Invalid},
	} {
		_, _, err := k.AddRoot(t.Context(), c.path, "")
		if lora.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, good := range []string{"~/loras", "~/data/sample"} {
		_, scan, err := k.AddRoot(t.Context(), good, "")
		if err != nil {
			t.Errorf("%s: %v", good, err)
			continue
		}
		k.finished(scan.ID)
	}
}

func TestAFolderAddedDuringAScanIsScannedAfterIt(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.put("one/a.safetensors", adapter("a"))
	k.put("two/b.safetensors", adapter("b"))
	k.addRoot("one")
	k.put("one/a.safetensors", adapter("changed"))
	hold, held := make(chan struct{}), make(chan struct{})
	k.SetBefore(func(op, rel string) {
		if op == "open" && rel == "a.safetensors" {
			close(held)
			<-hold
		}
	})
	first, err := k.StartScan(t.Context(), nil, library.TriggerUser)
	if err != nil {
		t.Fatal(err)
	}
	<-held
	root, scan, err := k.AddRoot(t.Context(), k.path("two"), "Second")
	check(t, "added", []any{root.Name, scan.ID, err}, []any{"Second", first.ID, nil})
	if _, err := k.RemoveRoot(t.Context(), root.ID, false); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("removing during a scan: %v", err)
	}
	close(hold)
	k.events.await(t, "second scan", func(e event) bool {
		s, ok := e.data.(lora.Scan)
		return ok && e.kind == library.EventScanFinished && s.Trigger == library.TriggerRootAdded && s.ID != first.ID
	})
	k.at(root, "b.safetensors")
}

func TestARemovedRootKeepsItsRecordsForItsReturn(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	k.edit(id, `{"notes":"mine"}`)
	if _, err := k.RemoveRoot(t.Context(), root.ID, false); err != nil {
		t.Fatal(err)
	}
	check(t, "files", len(k.files("loras")), 5)
	again := k.addRoot("loras")
	a := k.at(again, "s/a.safetensors")
	check(t, "record", []any{a.ID, a.Notes, a.FileState}, []any{id, "mine", "ok"})
}

func TestPromise3_ALibraryThatMovedToAnotherFolderKeepsItsRecords(t *testing.T) {
	t.Parallel()
	k, root, id := placed(t)
	k.edit(id, `{"notes":"mine"}`)
	if _, err := k.RemoveRoot(t.Context(), root.ID, false); err != nil {
		t.Fatal(err)
	}
	k.rename("loras", "moved/loras")
	moved := k.addRoot("moved")
	a := k.at(moved, "loras/s/a.safetensors")
	check(t, "record", []any{a.ID, a.Notes, a.FileState}, []any{id, "mine", "ok"})
}

func TestSuggestRootsFindsToolsBelowHome(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	for _, dir := range []string{
		"ComfyUI/comfy", "ComfyUI/models/loras/sub", "AI/webui-forge/modules_forge", "AI/webui-forge/models/Lora", "StabilityMatrix/Data/Models/Lora", "photos/models/Lora",
	} {
		if err := os.MkdirAll(home+"/"+dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []string{"a.safetensors", "sub/b.safetensors", "c.txt"} {
		if err := os.WriteFile(home+"/ComfyUI/models/loras/"+f, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	k := newKit(t, func(o *library.Options) { o.Home = home })
	found, err := k.SuggestRoots(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tools := map[string]int{}
	for _, s := range found {
		tools[s.Tool+" "+strings.TrimPrefix(s.Path, home)] = s.Adapters
	}
	check(t, "found", tools, map[string]int{"ComfyUI /ComfyUI/models/loras": 2, "Forge /AI/webui-forge/models/Lora": 0, "StabilityMatrix /StabilityMatrix/Data/Models/Lora": 0})
}

func TestPreviewsAreListedLive(t *testing.T) {
	t.Parallel()
	k, _, id := placed(t)
	k.put("loras/s/a.jpg", []byte("second"))
	k.put("loras/s/a.mp4", []byte("video"))
	found, err := k.Previews(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range found {
		names = append(names, p.Name+" "+p.Type)
	}
	check(t, "names", names, []string{"a.preview.png image", "a.jpg image", "a.mp4 video"})
	p, err := k.OpenPreview(t.Context(), id, 1)
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(p)
	check(t, "content", []any{string(data), err, p.Close()}, []any{"second", nil, nil})
	if _, err := k.OpenPreview(t.Context(), id, 3); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("no such preview: %v", err)
	}
}

func TestInspectReadsTheFileNow(t *testing.T) {
	t.Parallel()
	k, _, id := placed(t)
	for _, tensors := range []bool{false, true} {
		r, err := k.Inspect(t.Context(), id, tensors)
		if err != nil {
			t.Fatal(err)
		}
		check(t, "report", []any{r.Base.ID, r.Kind, r.Modules}, []any{"sdxl", "lora", 1})
	}
	r, err := k.InspectFile(t.Context(), k.path("loras/s/a.safetensors"), false)
	check(t, "by path", []any{r.Base.ID, err}, []any{"sdxl", nil})
	k.put("loras/x.safetensors", []byte("<html>"))
	r, err = k.InspectFile(t.Context(), k.path("loras/x.safetensors"), true)
	check(t, "a page", []any{r.Format, r.Worst(), err}, []any{"html", "defect", nil})
	if _, err := k.InspectFile(t.Context(), k.path("nothing"), false); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("no file: %v", err)
	}
	if err := os.RemoveAll(k.path("loras/s/a.safetensors")); err != nil {
		t.Fatal(err)
	}
	if _, err := k.Inspect(t.Context(), id, false); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("missing: %v", err)
	}
}

func TestScanPathsNeedsNoCatalog(t *testing.T) {
	t.Parallel()
	k, _, _ := placed(t)
	k.put("loras/broken.safetensors", nil)
	bare := library.New(library.Options{})
	defer func() { check(t, "close", bare.Close(), nil) }()
	got := map[string]string{}
	err := bare.ScanPaths(t.Context(), []string{k.path("loras"), k.path("loras/s/a.safetensors"), k.path("nothing")}, func(r library.PathResult) {
		state := string(r.Adapter.FileState)
		if r.Err != nil {
			state = "error"
		}
		got[strings.TrimPrefix(r.Path, k.home)] += state + " " + r.Adapter.BaseModel + ";"
	})
	check(t, "results", []any{got, err}, []any{map[string]string{
		"/loras/s/a.safetensors": "ok sdxl;ok sdxl;", "/loras/broken.safetensors": "unreadable unknown;", "/nothing": "error ;",
	}, nil})
}
