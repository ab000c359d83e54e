package store_test

import (
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

func open(tb testing.TB, dir string) *store.Store {
	tb.Helper()
	s, err := store.Open(tb.Context(), store.Options{DataDir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func fill(tb testing.TB, s *store.Store, n int) {
	tb.Helper()
	for from := 0; from < n; from += 500 {
		if _, err := s.SaveScanned(tb.Context(), storetest.Batch(from, min(500, n-from))); err != nil {
			tb.Fatal(err)
		}
	}
}

func BenchmarkSaveScanned(b *testing.B) {
	s := open(b, b.TempDir())
	batches := make([][]lora.ScannedFile, b.N)
	for i := range batches {
		batches[i] = storetest.Batch(i*500, 500)
	}
	b.ResetTimer()
	for _, batch := range batches {
		if _, err := s.SaveScanned(b.Context(), batch); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(500*b.N)/b.Elapsed().Seconds(), "files/s")
}

func BenchmarkStore100k(b *testing.B) {
	dir := b.TempDir()
	s := open(b, dir)
	start := time.Now()
	fill(b, s, 100_000)
	b.Logf("filled in %v", time.Since(start))
	start = time.Now()
	page, result, err := s.List(b.Context(), catalog.Query{Limit: 100})
	if err != nil {
		b.Fatal(err)
	}
	b.Logf("first page of %d of %d in %v", len(page), result.Total, time.Since(start))
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			if _, _, err := s.List(b.Context(), catalog.Query{Limit: 100, Offset: 50_000}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
