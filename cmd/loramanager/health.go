package main

import (
	"context"
	"os"
	"time"

	"loramanager/internal/health"
	"loramanager/internal/httpapi"
	"loramanager/internal/library"
	"loramanager/internal/machine"
	"loramanager/internal/queue"
)

// openHealth joins the looks at every part. A process that only runs jobs measures its
// computer and says that it is alive; the looks are the server's.
func (a *app) openHealth(context.Context) error {
	host, err := os.Hostname()
	if err != nil {
		host = "computer"
	}
	pulse := health.PulseOptions{
		Machine: machine.New(a.config.Data), Samples: a.store, Worker: a.workerName(), Host: host, Version: version, Running: a.jobs.Running, Log: a.log,
	}
	if a.works() {
		pulse.Workers = a.store
	}
	a.pulse = health.NewPulse(pulse)
	if a.doorless {
		return nil
	}
	o := health.Options{
		Database: a.store, Queue: a.store, Library: a.store, Engines: a.roster, Workers: a.store, Pictures: a.pictures, Backups: a.store, Pulse: a.pulse,
		Wakes: func() health.Link { return health.Link(a.queue.State()) }, Recommend: a.recommending,
		DataDir: a.config.Data, Limits: a.config.limits(), Log: a.log,
		Changed: func(c health.Changed) { a.hub.Announce(httpapi.EventSystemChanged, c) },
	}
	if a.store.Database() == "postgres" {
		o.Scanners, o.ScannerLease = a.store, library.ScannerLease
	}
	if a.carrier != nil {
		o.Events = func() health.Link {
			s := a.carrier.State()
			return health.Link{Backend: queue.Redis, Reachable: s.Reachable, Error: s.Error, Since: s.Since}
		}
	}
	if a.folder != nil {
		o.PicturesDir = a.config.Pictures
	}
	a.health = health.New(o)
	return nil
}

// limits are where warnings begin.
func (c *Config) limits() health.Limits {
	l := health.DefaultLimits()
	l.ActiveJobs, l.FailedJobs, l.ScanAge = c.WarnActive, c.WarnFailed, time.Duration(c.StaleHours)*time.Hour
	return l
}

// recommending is how the index of recommendations is.
func (a *app) recommending() health.Recommending {
	h := a.recommend.Health()
	return health.Recommending{
		Ready: h.State == "ready", Adapters: h.Adapters, Error: h.Error,
		Embedder: h.Embedder.State, Model: h.Embedder.Model, Pending: h.Embedder.Pending, Failure: h.Embedder.Error,
	}
}
