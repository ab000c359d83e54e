package httpapi

import (
	"context"
	"testing"

	"loramanager/internal/health"
	"loramanager/internal/lora"
	"loramanager/internal/machine"
	"loramanager/internal/recommend"
	"loramanager/internal/stats"
)

// views is what a house needs for the third story.
type views struct {
	recommend *recommend.Recommender
	stats     *stats.Stats
	health    *health.Checker
}

// openViews opens the rooms of the third story; the looks go on until the test ends.
func openViews(t *testing.T, h *house, data string) *views {
	t.Helper()
	pulse := health.NewPulse(health.PulseOptions{
		Machine: machine.New(data), Samples: h.store, Workers: h.store, Worker: "test", Host: "here", Version: "test", Running: h.studio.jobs.Running,
	})
	v := &views{recommend: recommend.New(recommend.Options{
		Library: h.store, Memory: h.store, Tastes: h.store, Changed: func() { h.hub.Announce(EventRecommendChanged, struct{}{}) },
	})}
	v.stats = stats.New(stats.Options{
		Counts: h.store, Cases: h.store, House: h.store, Library: h.store,
		Embedded: func() (embedded, all int) {
			known := v.recommend.Health()
			return known.WithVectors, known.Adapters
		},
		Storage: func() lora.StorageFigures { return pulse.Storage() },
	})
	v.health = health.New(health.Options{
		Database: h.store, Queue: h.store, Library: h.store, Engines: h.studio.engines, Workers: h.store, Pictures: h.studio.pictures, Pulse: pulse,
		Recommend: func() health.Recommending { return health.Recommending{Ready: v.recommend.Health().State == "ready"} },
		DataDir:   data, Limits: health.DefaultLimits(), Changed: func(c health.Changed) { h.hub.Announce(EventSystemChanged, c) },
	})
	pulse.Start()
	v.health.Start()
	t.Cleanup(func() {
		ctx := context.Background()
		for _, err := range []error{v.health.Close(ctx), pulse.Close(ctx)} {
			if err != nil {
				t.Error(err)
			}
		}
	})
	return v
}
