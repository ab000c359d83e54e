package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/events"
	"loramanager/internal/httpapi"
	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
	"loramanager/internal/store"
)

// joinPatience is how long the start waits for Redis; it is joined later when it is away.
const joinPatience = 500 * time.Millisecond

// openWires opens what carries events and wake-ups, between processes where there are
// several.
func (a *app) openWires(ctx context.Context) (err error) {
	a.hub = events.New(events.Options{})
	options := queue.Options{SendOnly: !a.config.Workers, Log: a.log}
	redis := a.config.RedisURL.Reveal()
	switch {
	case redis != "":
		joining, cancel := context.WithTimeout(ctx, joinPatience)
		defer cancel()
		if a.carrier, err = events.Carry(joining, a.hub, redis, a.log); err != nil {
			return err
		}
		a.queue, err = queue.NewRedis(redis, options)
	case a.store.Database() == "postgres":
		a.queue, err = queue.NewPostgres(a.store.Address(), options)
	default:
		a.queue = queue.NewLocal()
	}
	return err
}

func (a *app) openEngines(ctx context.Context) (err error) {
	c := &a.config
	a.roster = &roster{store: a.store, fixed: c.fixedEngines()}
	a.roster.Registry, err = engine.Open(ctx, engine.Options{
		Source: a.roster, Decoder: a.decoder, Log: a.log, Changed: a.enginesChanged,
		Deliveries: engine.Deliveries{Allowed: c.DeliveryHosts, Secret: c.DeliveryKey, Folder: c.DeliveryFiles},
		Programs:   c.Programs, Workflows: a.store,
	})
	a.registry.Store(a.roster.Registry)
	return err
}

// enginesChanged tells everyone that the engines are not what they were.
func (a *app) enginesChanged() {
	if registry := a.registry.Load(); registry != nil && a.news.differs(registry.Status()) {
		a.hub.Announce(httpapi.EventEnginesChanged, struct{}{})
	}
}

// ledger is the store as jobs see it.
type ledger struct{ *store.Store }

// ResolveUses implements jobs.Adapters.
func (l ledger) ResolveUses(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error) {
	return l.FindAdapters(ctx, uses)
}

func (a *app) openJobs(context.Context) error {
	a.jobs = jobs.New(jobs.Options{
		Ledger: a.store, Leases: a.store, Gallery: a.gallery, Cleaner: a.gallery, Engines: a.roster, Adapters: ledger{a.store},
		Wakes: a.queue, Announcer: a.hub, Worker: a.workerName(), Logger: a.log, EngineTimeout: a.engineTimeout, Failpoint: failpoint,
		Ended: a.metrics.JobEnded, Tracer: a.tracer,
		ImageAddress: func(image lora.Image) string { return httpapi.PictureURL(image.SHA256) },
	})
	return nil
}

// workerName is the same after a restart and another one for every process: by it a
// worker finds the jobs it was killed in.
func (a *app) workerName() string {
	if a.config.WorkerName != "" {
		return a.config.WorkerName
	}
	computer, err := os.Hostname()
	if err != nil {
		computer = "computer"
	}
	place := sha256.Sum256([]byte(fmt.Sprint(a.config.Data, a.doorless)))
	return computer + "-" + hex.EncodeToString(place[:4])
}

// engineTimeout is how long one generation on an engine may take.
func (a *app) engineTimeout(name string) time.Duration {
	for _, e := range a.roster.Status() {
		if e.Name == name && e.TimeoutSeconds > 0 {
			return time.Duration(e.TimeoutSeconds) * time.Second
		}
	}
	return usualTimeout
}

// usualTimeout is that of engines whose configuration names none.
const usualTimeout = 10 * time.Minute

// works reports whether this process runs jobs.
func (a *app) works() bool { return a.config.Workers || a.doorless }

// work runs jobs, where this process is to, listens to what other processes say, and
// begins what goes on in the background.
func (a *app) work(ctx context.Context) {
	if a.works() {
		a.working.Go(func() { a.jobs.Work(ctx) })
	}
	if a.recommend != nil {
		a.working.Go(func() { a.recommend.Run(ctx) })
	}
	if a.accounts != nil {
		a.working.Go(func() { a.accounts.Run(ctx) })
	}
	a.pulse.Start()
	if a.health != nil {
		a.health.Start()
	}
	a.working.Go(func() { a.listen(ctx) })
}

// listen passes on what other processes announce about jobs and engines.
func (a *app) listen(ctx context.Context) {
	for ctx.Err() == nil {
		heard := a.hub.Subscribe(func(e events.Event) bool { return e.Topic != "" || e.Type == httpapi.EventEnginesChanged })
		if !a.hear(ctx, heard) {
			return
		}
		// Too slow once: what was missed is in the rows, which are looked at anyway.
		a.reloadEngines(ctx)
	}
}

// hear handles events until ctx ends or the subscription does; then it returns true when
// another one is wanted.
func (a *app) hear(ctx context.Context, heard *events.Subscription) bool {
	defer heard.Leave()
	for {
		select {
		case <-ctx.Done():
			return false
		case e, open := <-heard.C:
			switch {
			case !open:
				return heard.Cut() == events.Slow
			case e.Type == httpapi.EventEnginesChanged:
				a.reloadEngines(ctx)
			case !ownNews(e.Data):
				a.jobs.Heard(e.Topic)
			}
		}
	}
}

// ownNews reports whether this process announced it: news of others come as JSON.
func ownNews(data any) bool {
	switch data.(type) {
	case jobs.GenerationStarted, jobs.ProgressUpdate, jobs.GenerationComplete, jobs.QueueUpdate, jobs.ResultsChanged:
		return true
	}
	return false
}

func (a *app) reloadEngines(ctx context.Context) {
	if err := a.roster.Reload(ctx); err != nil && ctx.Err() == nil {
		a.log.Warn("the list of engines could not be read again", "error", err)
	}
}
