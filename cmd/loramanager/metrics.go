package main

import (
	"context"

	"loramanager/internal/lora"
	"loramanager/internal/metrics"
	"loramanager/internal/store"
)

func (a *app) openMetrics(context.Context) error {
	a.metrics = metrics.New(metrics.Options{Version: version, Commit: commit, Figures: a.figures})
	return nil
}

// figures are what is so now, from what the last looks found.
func (a *app) figures() (f metrics.Figures) {
	if a.health == nil || a.api == nil {
		return f
	}
	found := a.health.Status()
	f = metrics.Figures{
		Pending: found.Queue.Pending, Running: found.Queue.Running, Retrying: found.Queue.Retrying, Paused: found.Queue.Paused,
		OldestWaiting: found.WaitedFor, Checks: map[lora.CheckState]int{}, Adapters: a.recommend.Health().Adapters,
	}
	f.Sockets, f.SocketsCut = a.api.Sockets()
	for i := range found.Checks {
		f.Checks[found.Checks[i].State]++
	}
	return f
}

// digestLog is the store as the digest lane writes to it; what it writes is counted.
type digestLog struct {
	*store.Store
	metrics *metrics.Metrics
}

// SaveDigests implements library.DigestLog.
func (l digestLog) SaveDigests(ctx context.Context, adapterID string, stamp lora.FileStamp, digests map[string]string) error {
	err := l.Store.SaveDigests(ctx, adapterID, stamp, digests)
	if err == nil {
		l.metrics.Digested(stamp.Size)
	}
	return err
}
