package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

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
