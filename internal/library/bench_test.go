package library_test

import (
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/sample"
	"loramanager/internal/store"
)

const benchFiles = 2000

// stopwatch notes when the first cards could be shown and when a scan ended.
type stopwatch struct {
	first atomic.Int64
	ended chan lora.Scan
}

func (s *stopwatch) Announce(event string, data any) {
	switch event {
	case library.EventAdaptersChanged:
		s.first.CompareAndSwap(0, time.Now().UnixNano())
	case library.EventScanFinished:
		s.ended <- data.(lora.Scan) //nolint:forcetypeassert // the event's own type
	}
}

func benchLibrary(b *testing.B) (*library.Library, *stopwatch) {
	b.Helper()
	s, err := store.Open(b.Context(), store.Options{DataDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	watch := &stopwatch{ended: make(chan lora.Scan, 1)}
	l := library.New(library.Options{Files: s, Placement: s, Registry: s, ScanLog: s, DigestLog: s, Announcer: watch})
	b.Cleanup(func() {
		if err := l.Close(); err != nil {
			b.Error(err)
		}
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return l, watch
}

func benchFolder(b *testing.B) string {
	b.Helper()
	dir := b.TempDir()
	o := sample.Options{Sparse: true, MinHeader: 5 << 10, MaxHeader: 100 << 10}
	if err := sample.Write(b.Context(), dir, benchFiles, o); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkScan reads a library for the first time: headers of 5 to 100 KiB, sidecars
// and previews for half of it.
func BenchmarkScan(b *testing.B) {
	dir := benchFolder(b)
	var first, total time.Duration
	for range b.N {
		l, watch := benchLibrary(b)
		begun := time.Now()
		if _, _, err := l.AddRoot(b.Context(), dir, ""); err != nil {
			b.Fatal(err)
		}
		if s := <-watch.ended; s.Counts.Added != benchFiles {
			b.Fatalf("%+v", s)
		}
		total += time.Since(begun)
		first += time.Unix(0, watch.first.Load()).Sub(begun)
	}
	b.ReportMetric(benchFiles*float64(b.N)/total.Seconds(), "files/s")
	b.ReportMetric(float64(first.Milliseconds())/float64(b.N), "ms-to-first-cards")
}

// BenchmarkRescan looks at a library in which nothing changed.
func BenchmarkRescan(b *testing.B) {
	l, watch := benchLibrary(b)
	if _, _, err := l.AddRoot(b.Context(), benchFolder(b), ""); err != nil {
		b.Fatal(err)
	}
	<-watch.ended
	b.ResetTimer()
	for range b.N {
		if _, err := l.StartScan(b.Context(), nil, library.TriggerUser); err != nil {
			b.Fatal(err)
		}
		if s := <-watch.ended; s.Counts.Unchanged != benchFiles {
			b.Fatalf("%+v", s)
		}
	}
	b.ReportMetric(benchFiles*float64(b.N)/b.Elapsed().Seconds(), "files/s")
}
