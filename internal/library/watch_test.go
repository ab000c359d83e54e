package library_test

import (
	"os"
	"testing"
	"time"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

func watched(t *testing.T) (*kit, lora.Root) {
	k := newKit(t, func(o *library.Options) {
		o.Watch = true
		o.Settle = 100 * time.Millisecond
	})
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.put("loras/sub/a.safetensors", adapter("a"))
	return k, k.addRoot("loras")
}

// until waits for an announcement after which done is true.
func (k *kit) until(what string, done func() bool) {
	k.t.Helper()
	for !done() {
		k.events.await(k.t, what, func(e event) bool { return e.kind == library.EventAdaptersChanged })
	}
}

func (k *kit) knows(root lora.Root, rel string, state lora.FileState) func() bool {
	return func() bool { return k.known(root)[rel].State == state }
}

func TestWatchSeesNewChangedMovedAndDeletedFiles(t *testing.T) {
	t.Parallel()
	k, root := watched(t)
	id := k.at(root, "sub/a.safetensors").ID
	k.put("loras/sub/b.safetensors", adapter("b"))
	k.until("new file", k.knows(root, "sub/b.safetensors", lora.FileOK))
	k.put("loras/fresh/deep/c.safetensors", adapter("c"))
	k.until("file in a new folder", k.knows(root, "fresh/deep/c.safetensors", lora.FileOK))
	k.put("loras/fresh/deep/d.safetensors", adapter("d"))
	k.until("file in a watched new folder", k.knows(root, "fresh/deep/d.safetensors", lora.FileOK))
	k.put("loras/sub/a.json", []byte(`{"activation text":"hello","sd version":"SDXL"}`))
	k.until("sidecar", func() bool { return k.at(root, "sub/a.safetensors").ActivationText != nil })
	k.rename("loras/sub", "loras/renamed")
	k.until("renamed folder", k.knows(root, "renamed/a.safetensors", lora.FileOK))
	check(t, "same record", k.at(root, "renamed/a.safetensors").ID, id)
	k.put("loras/renamed/e.safetensors", adapter("e"))
	k.until("file in a renamed folder", k.knows(root, "renamed/e.safetensors", lora.FileOK))
	if err := os.RemoveAll(k.path("loras/fresh")); err != nil {
		t.Fatal(err)
	}
	k.until("deleted folder", k.knows(root, "fresh/deep/c.safetensors", lora.FileMissing))
	check(t, "state", k.known(root)["renamed/a.safetensors"].State, lora.FileOK)
}

func TestWatchWaitsUntilADownloadIsComplete(t *testing.T) {
	t.Parallel()
	k, root := watched(t)
	data := adapter("download")
	file, err := os.Create(k.path("loras/sub/d.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	// Written in pieces over more than a second; never long enough without a change to count as done.
	for i := range 20 {
		if _, err := file.Write(data[i*len(data)/20 : (i+1)*len(data)/20]); err != nil {
			t.Fatal(err)
		}
		<-time.After(60 * time.Millisecond)
		if f, ok := k.known(root)["sub/d.safetensors"]; ok && i < 19 {
			t.Fatalf("read after %d of 20 pieces: %s", i+1, f.State)
		}
	}
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	k.until("download", k.knows(root, "sub/d.safetensors", lora.FileOK))
}

func TestStartEndsInterruptedScansAndScansByItself(t *testing.T) {
	t.Parallel()
	k := newKit(t, func(o *library.Options) { o.ScanOnStart = true })
	k.put("loras/a.safetensors", adapter("a"))
	k.addRoot("loras")
	cut := lora.Scan{ID: "5f0c5d4e-0000-4000-8000-000000000001", State: lora.ScanRunning, Phase: lora.PhaseRead, Trigger: "user", RootIDs: []string{}, StartedAt: time.Now(), Findings: []lora.ScanFinding{}}
	if err := k.store.SaveScan(t.Context(), cut); err != nil {
		t.Fatal(err)
	}
	if err := k.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	k.events.await(t, "scan", func(e event) bool {
		s, ok := e.data.(lora.Scan)
		return ok && e.kind == library.EventScanFinished && s.Trigger == library.TriggerStart
	})
	ended, err := k.Scan(t.Context(), cut.ID)
	check(t, "state", []any{ended.State, err}, []any{"failed", nil})
}
