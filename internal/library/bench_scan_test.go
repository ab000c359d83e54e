package library_test

import (
	"os"
	"strconv"
	"testing"
	"time"

	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/sample"
	"loramanager/internal/store"
)

type chanAnnouncer struct{ c chan lora.Scan }

func (a chanAnnouncer) Announce(e string, d any) {
	if e == library.EventScanFinished {
		a.c <- d.(lora.Scan)
	}
}

func TestProfileScan(t *testing.T) {
	n, _ := strconv.Atoi(os.Getenv("SCAN_N"))
	if n == 0 {
		t.Skip("set SCAN_N")
	}
	dir := os.Getenv("SCAN_DIR")
	if _, err := os.Stat(dir); err != nil {
		b := time.Now()
		if err := sample.Write(t.Context(), dir, n, sample.Options{Sparse: true, MinHeader: 5 << 10, MaxHeader: 100 << 10, Shape: sample.Shape(os.Getenv("SCAN_SHAPE"))}); err != nil {
			t.Fatal(err)
		}
		t.Log("sample", time.Since(b))
	}
	m, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	a := chanAnnouncer{make(chan lora.Scan, 10)}
	l := library.New(library.Options{Files: m, Placement: m, Registry: m, ScanLog: m, DigestLog: m, Announcer: a})
	b := time.Now()
	if _, _, err := l.AddRoot(t.Context(), dir, ""); err != nil {
		t.Fatal(err)
	}
	s := <-a.c
	t.Log("cold", time.Since(b), s.State, s.Error, s.Counts, len(s.Findings))
	b = time.Now()
	l.StartScan(t.Context(), nil, "user")
	s = <-a.c
	t.Log("again", time.Since(b), s.Counts, s.Findings)
	l.Close()
}
