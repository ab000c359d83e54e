package recommend_test

import (
	"context"
	"math/rand/v2"
	"testing"
	"time"

	"loramanager/internal/embedding/embeddingtest"
	"loramanager/internal/lora"
	"loramanager/internal/recommend"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// instant is a model that costs nothing.
type instant struct{ dims int }

func (instant) Model() string { return "instant" }
func (instant) Batch() int    { return 32 }

func (m instant) Embed(_ context.Context, texts []string) ([][]float32, error) {
	vectors := make([][]float32, len(texts))
	for i, text := range texts {
		vectors[i] = embeddingtest.Vector(text, m.dims)
	}
	return vectors, nil
}

// BenchmarkModelStart is how long a start takes with the vectors of a model, and what the
// index takes in memory then: as they are, and projected because they are long.
func BenchmarkModelStart(b *testing.B) {
	for name, dims := range map[string]int{"384 dimensions": 384, "1024 dimensions": 1024} {
		b.Run(name, func(b *testing.B) {
			s := modelledLibrary(b, dims)
			for b.Loop() {
				r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s, Vectors: s, Embedder: instant{dims}, Look: 10 * time.Millisecond})
				ctx, stop := context.WithCancel(b.Context())
				began := time.Now()
				go r.Run(ctx)
				var built time.Duration
				for r.Health().Embedder.State != "ready" || r.Health().Embedder.Computed != benchAdapters {
					if built == 0 && r.Health().State == "ready" {
						built = time.Since(began)
					}
					time.Sleep(20 * time.Millisecond)
				}
				b.ReportMetric(built.Seconds(), "built-s")
				b.ReportMetric(time.Since(began).Seconds(), "ready-s")
				b.ReportMetric(float64(r.Health().Bytes)/(1<<20), "told-MB")
				stop()
			}
		})
	}
}

// modelledLibrary is a database of adapters whose vectors are there already.
func modelledLibrary(b *testing.B, dims int) *store.Store {
	b.Helper()
	s, err := store.Open(b.Context(), store.Options{DataDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	for from := 0; from < benchAdapters; from += 500 {
		if _, err := s.SaveScanned(b.Context(), storetest.Batch(from, 500)); err != nil {
			b.Fatal(err)
		}
	}
	texts := map[string]string{}
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s, Vectors: s, Embedder: instant{dims}})
	if _, err := r.Rebuild(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	r.EachText(func(id, _, digest string) { texts[id] = digest })
	random := rand.New(rand.NewPCG(1, 1)) //nolint:gosec // the same every time
	batch := make([]lora.Embedding, 0, 500)
	_, _, err = s.AdapterFacts(b.Context(), 0, func(f lora.AdapterFacts) error {
		v := make([]float32, dims)
		for i := range v {
			v[i] = float32(random.NormFloat64())
		}
		batch = append(batch, lora.Embedding{AdapterKey: f.Key, AdapterID: f.ID, Model: "instant/text1", TextDigest: texts[f.ID], Vector: v, ComputedAt: time.Now()})
		if len(batch) < cap(batch) {
			return nil
		}
		defer func() { batch = batch[:0] }()
		return s.PutEmbeddings(b.Context(), batch)
	})
	if err != nil {
		b.Fatal(err)
	}
	return s
}
