package health_test

import (
	"errors"
	"testing"
	"time"

	"loramanager/internal/health"
	"loramanager/internal/lora"
)

func TestPromise6_ASampleEachMinuteAndASignOfLife(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.gpus = []lora.GPUUsage{{ID: 0, Driver: "nvidia", Name: "RTX"}} })
		begin := time.Now()
		h.pass(5*time.Minute + 30*time.Second)
		h.change(func() { h.busy = 30 })
		h.pass(30 * time.Second) // two measurements of four
		h.pass(4 * time.Minute)
		samples, err := h.store.Samples(h.Context(), begin, time.Now(), 1_000_000)
		h.must(err)
		if len(samples) != 10 {
			t.Errorf("%d samples in ten minutes", len(samples))
		}
		seen := map[float64]bool{}
		for i, s := range samples {
			seen[*s.CPUPercent] = true
			if s.Host != "box" || *s.MemoryTotal != 8<<30 || s.DatabaseBytes == nil || *s.DatabaseBytes <= 0 || i > 0 && len(s.GPUs) != 1 {
				t.Errorf("%+v", s)
			}
		}
		if !seen[10] || !seen[30] || len(seen) != 3 {
			t.Errorf("the use of the processor is the mean of the minute: %v", seen)
		}
		workers, err := h.store.Workers(h.Context())
		if err != nil || len(workers) != 1 {
			t.Fatal(workers, err)
		}
		if w := workers[0]; w.Name != "box-1" || w.Running != 2 || !w.Alive || time.Since(w.BeatAt) > 10*time.Second || time.Since(w.StartedAt) < 10*time.Minute {
			t.Errorf("%+v", w)
		}
	})
}

func TestPromise6_ADatabaseThatWasAwayIsWrittenToAgain(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.broken = errors.New("away") })
		h.pass(5 * time.Minute)
		if s := h.Checker.Status(); s.Resources == nil || time.Since(s.Resources.At) > 30*time.Second || s.State != health.Broken {
			t.Errorf("%+v", s)
		}
		h.change(func() { h.broken = nil })
		back := time.Now()
		h.pass(2 * time.Minute)
		samples, err := h.store.Samples(h.Context(), back, time.Now(), 1000)
		h.must(err)
		if len(samples) == 0 || h.check("worker").State != lora.CheckOK || h.Checker.Status().State != health.Healthy {
			t.Error(len(samples), h.states())
		}
	})
}

func TestWorkersThatFallSilentAreNotAlive(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		now := time.Now()
		h.must(h.store.BeatWorker(h.Context(), lora.WorkerLife{Name: "silent", Host: "far", StartedAt: now, BeatAt: now.Add(-time.Minute), Running: 1}))
		h.must(h.store.BeatWorker(h.Context(), lora.WorkerLife{Name: "ahead", Host: "far", StartedAt: now, BeatAt: now.Add(time.Hour), Running: 1}))
		h.pass(10 * time.Second)
		alive := map[string]bool{}
		for _, w := range h.Checker.Status().Workers {
			alive[w.Name] = w.Alive
		}
		if len(alive) != 3 || alive["silent"] || alive["ahead"] || !alive["box-1"] {
			t.Error(alive)
		}
		if c := h.check("worker"); c.Facts["alive"] != 1 || c.Facts["silent"] != 2 {
			t.Errorf("%+v", c)
		}
	})
}

func TestAWorkerThatEndsIsForgottenAndOneThatCannotSaySoEndsAllTheSame(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]error{"said": nil, "not said": errors.New("away")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inHouse(t, nil, func(h *house) {
				h.change(func() { h.broken = away })
				h.must(h.pulse.Close(h.Context()))
				workers, err := h.store.Workers(h.Context())
				if h.must(err); (len(workers) > 0) != (away != nil) {
					t.Errorf("%+v", workers)
				}
			})
		})
	}
}

func TestADriverThatHangsSaysNothingNew(t *testing.T) {
	t.Parallel()
	inHouse(t, nil, func(h *house) {
		h.change(func() { h.gpus = []lora.GPUUsage{{Name: "RTX"}} })
		h.pass(time.Minute)
		if c := h.check("gpu"); c.State != lora.CheckOK {
			t.Errorf("%+v", c)
		}
		h.change(func() { h.gpuHang = make(chan struct{}) })
		h.pass(5 * time.Minute)
		if c, s := h.check("gpu"), h.Checker.Status(); c.State != lora.CheckOff || len(s.GPUs) != 0 || len(s.Resources.GPUs) != 0 || time.Since(s.Resources.At) > 30*time.Second {
			t.Errorf("%+v %+v", c, s.Resources)
		}
	})
}

func TestAProcessThatRunsNoJobsIsNoWorker(t *testing.T) {
	t.Parallel()
	inHouse(t, func(_ *health.Options, p *health.PulseOptions) { p.Workers = nil }, func(h *house) {
		if workers, err := h.store.Workers(h.Context()); err != nil || len(workers) > 0 {
			t.Error(workers, err)
		}
		if h.pulse.Storage().DatabaseBytes <= 0 {
			t.Error("what is kept is measured all the same")
		}
	})
}
