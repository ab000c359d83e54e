package jobs_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
	"loramanager/internal/store"
)

// benchJobs are jobs on a real database file, with what a process plays around them.
func benchJobs(b *testing.B, engines *engines, change func(*jobs.Options)) *jobs.Jobs {
	b.Helper()
	s, err := store.Open(b.Context(), store.Options{URL: "sqlite:///" + filepath.Join(b.TempDir(), "jobs.db")})
	if err != nil {
		b.Fatal(err)
	}
	wakes := queue.NewLocal()
	p := &process{world: &world{pictures: map[string][]byte{}, ends: map[string]int{}}, store: s}
	o := jobs.Options{
		Ledger: s, Leases: s, Gallery: &gallery{p}, Engines: engines, Adapters: catalog{}, Wakes: wakes,
		Announcer: quiet{}, Worker: "host", Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	j := jobs.New(o)
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	working.Go(func() { j.Work(ctx) })
	b.Cleanup(func() {
		stop()
		working.Wait()
		j.Close()
		_ = wakes.Close(context.Background())
		if err := s.Close(); err != nil {
			b.Error(err)
		}
	})
	return j
}

type quiet struct{}

func (quiet) AnnounceJob(string, string, any) {}

// BenchmarkAccept accepts jobs from 16 clients at once while nothing works on them. Each
// is on the disk when Accept returns.
func BenchmarkAccept(b *testing.B) {
	j := benchJobs(b, &engines{slots: map[string]int{"one": 1}}, nil)
	if _, err := j.Pause(b.Context(), true); err != nil {
		b.Fatal(err)
	}
	took := make([]time.Duration, b.N)
	next := make(chan int, b.N)
	for i := range b.N {
		next <- i
	}
	close(next)
	b.ResetTimer()
	var clients sync.WaitGroup
	for range 16 {
		clients.Go(func() {
			for i := range next {
				began := time.Now()
				if _, err := j.Accept(context.Background(), request("a cat <lora:known:1>")); err != nil {
					b.Error(err)
				}
				took[i] = time.Since(began)
			}
		})
	}
	clients.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	b.ReportMetric(float64(percentile(took, 99))/1e6, "p99-ms")
}

// BenchmarkHandOff measures from the call of Accept to the call of the engine, in a server
// that has nothing else to do.
func BenchmarkHandOff(b *testing.B) {
	called := make(chan time.Time, 1)
	done := func(context.Context, lora.Task, lora.EngineSink) error {
		called <- time.Now()
		return &lora.EngineError{Class: lora.EngineRefused, Message: "Enough."}
	}
	e := &engines{slots: map[string]int{"one": 1}, behave: map[string]behaviour{"one": done}}
	j := benchJobs(b, e, nil)
	took := make([]time.Duration, 0, b.N)
	for b.Loop() {
		began := time.Now()
		job, err := j.Accept(context.Background(), request("a cat"))
		if err != nil {
			b.Fatal(err)
		}
		took = append(took, (<-called).Sub(began))
		if _, err := j.Wait(context.Background(), job.ID); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(percentile(took, 99))/1e6, "p99-ms")
}

func percentile(took []time.Duration, p int) time.Duration {
	slices.Sort(took)
	return took[(len(took)-1)*p/100]
}
