package recommend_test

import (
	"context"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"loramanager/internal/recommend"
	"loramanager/internal/recommend/recommendtest"
)

// benchAdapters is the size that docs/benchmarks.md speaks of.
const benchAdapters = 100_000

var benchSource = sync.OnceValue(func() *recommendtest.Source {
	s := recommendtest.NewSource()
	recommendtest.Fill(s, benchAdapters, 200_000, time.Now())
	return s
})

var benchRecommender = sync.OnceValue(func() *recommend.Recommender {
	s := benchSource()
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s})
	if _, err := r.Rebuild(context.Background(), true); err != nil {
		panic(err)
	}
	return r
})

// answers measures each answer and reports the time that 95 of 100 keep.
func answers(b *testing.B, ask func(i int) (recommend.Answer, error)) {
	benchRecommender()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		began := time.Now()
		answer, err := ask(i)
		if err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(began))
		if len(answer.Items) == 0 {
			b.Fatal("an answer is empty")
		}
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}

func BenchmarkSimilar100k(b *testing.B) {
	answers(b, func(i int) (recommend.Answer, error) {
		id := recommendtest.Facts(i*97%benchAdapters, time.Now()).ID
		return benchRecommender().Similar(b.Context(), id, recommend.SimilarOptions{Threshold: 0.1})
	})
}

func BenchmarkForPrompt100k(b *testing.B) {
	prompt := "masterpiece, best quality, 1girl in a neon city at night, cyberpunk jacket, rain, lantern light, detailed background, watercolor sketch of a silver dragon"
	answers(b, func(i int) (recommend.Answer, error) {
		id := recommendtest.Facts(i*97%benchAdapters, time.Now()).ID
		return benchRecommender().ForPrompt(b.Context(), recommend.PromptOptions{Prompt: prompt, ActiveIDs: []string{id}})
	})
}

func BenchmarkByTrigger100k(b *testing.B) {
	answers(b, func(i int) (recommend.Answer, error) {
		word := recommendtest.Facts(i*97%benchAdapters, time.Now()).Triggers[i%2]
		return benchRecommender().ByTrigger(b.Context(), word+" night", recommend.Ask{})
	})
}

func BenchmarkForActive100k(b *testing.B) {
	answers(b, func(i int) (recommend.Answer, error) {
		var ids []string
		for k := range 4 {
			ids = append(ids, recommendtest.Facts((i*97+k)%benchAdapters, time.Now()).ID)
		}
		return benchRecommender().ForActive(b.Context(), ids, recommend.Ask{})
	})
}

func BenchmarkBuild100k(b *testing.B) {
	s := benchSource()
	for b.Loop() {
		before := heap()
		r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s})
		if _, err := r.Rebuild(b.Context(), true); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(heap()-before)/(1<<20), "heap-MB")
		b.ReportMetric(float64(r.Health().Bytes)/(1<<20), "told-MB")
		runtime.KeepAlive(r)
	}
}

// heap is what is in use after everything that can be is freed.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkOneChange100k(b *testing.B) {
	s, r := benchSource(), benchRecommender()
	for i := 0; b.Loop(); i++ {
		f := recommendtest.Facts(i%benchAdapters, time.Now())
		f.Tags = append(f.Tags, "changed")
		s.Put(f)
		if _, err := r.ByTrigger(b.Context(), f.Triggers[0], recommend.Ask{}); err != nil {
			b.Fatal(err)
		}
	}
}
