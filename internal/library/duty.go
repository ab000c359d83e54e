package library

import (
	"context"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// duty is what one of several servers does at a time: it watches the folders, scans them
// when that is due or somebody asks any of the servers, and computes digests.
type duty struct {
	ctx context.Context // ends when the duty is over
}

// stand waits for the duty and does it, again and again until ctx ends. When a server dies,
// another has its duty after Options.LeaseFor; when it is stopped, within a fifth of that.
func (l *Library) stand(ctx context.Context) {
	for {
		t, err := l.hold(ctx, ScannerLease)
		if err != nil {
			return
		}
		if l.o.Leases != nil {
			l.o.Logger.Info("this server scans now", "holder", l.o.Holder)
		}
		l.serve(t.ctx)
		if l.o.Leases != nil {
			l.o.Logger.Info("this server scans no more", "holder", l.o.Holder)
		}
		t.end()
	}
}

// serve does the duty until ctx ends, and waits for all of it.
func (l *Library) serve(ctx context.Context) {
	var works sync.WaitGroup
	defer works.Wait()
	if l.o.Watch {
		if w, err := newWatcher(ctx, l); err != nil {
			// Too many inotify instances on the machine, for example: scans still find everything.
			l.o.Logger.Warn("folders are not watched, only scanned periodically", "error", err)
		} else {
			l.watcher.Store(w)
			defer l.watcher.Store(nil)
			works.Go(w.run)
		}
	}
	l.mu.Lock()
	l.duty = &duty{ctx: ctx}
	l.mu.Unlock()
	defer l.resign()
	if err := l.begin(ctx); err != nil && ctx.Err() == nil {
		l.o.Logger.Error("the first scan did not begin; start one by hand", "error", err)
	}
	if l.o.Digests {
		works.Go(func() { l.lane.run(ctx) })
	}
	if l.o.Leases != nil {
		works.Go(func() { l.attend(ctx) })
	}
	l.runSchedule(ctx, l.o.Now())
}

// resign ends the duty and waits for the scan that runs.
func (l *Library) resign() {
	l.mu.Lock()
	l.duty = nil
	r := l.running
	l.mu.Unlock()
	if r != nil {
		r.cancel()
		<-r.over
	}
}

// begin cleans up after a crash and starts the first scan.
func (l *Library) begin(ctx context.Context) error {
	if err := l.endInterrupted(ctx); err != nil || !l.o.ScanOnStart {
		return err
	}
	_, err := l.StartScan(ctx, nil, TriggerStart)
	if lora.CodeOf(err) == lora.Conflict { // no folders yet, or somebody was faster
		return nil
	}
	return err
}

// endInterrupted closes the books of scans that a crash cut short. Those that nobody has
// begun yet still wait.
func (l *Library) endInterrupted(ctx context.Context) error {
	scans, err := l.o.ScanLog.Scans(ctx, 20)
	if err != nil {
		return err
	}
	for _, s := range scans {
		if s.State != lora.ScanRunning || s.Phase == lora.PhaseWait {
			continue
		}
		now := l.now()
		s.State, s.Phase, s.FinishedAt = lora.ScanFailed, lora.PhaseDone, &now
		s.Error = "The server stopped while the scan was running. Start it again; what was saved is kept."
		if err := l.o.ScanLog.SaveScan(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// attend does, until ctx ends, what other servers were asked for and left in the database.
func (l *Library) attend(ctx context.Context) {
	seen := map[string]bool{}
	ticker := time.NewTicker(l.beat())
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		l.keepCurrent(ctx)
		if err := l.takeAsked(ctx, seen); err != nil && ctx.Err() == nil {
			l.o.Logger.Warn("scans asked of other servers were not looked for", "error", err)
		}
		l.lane.wake()
	}
}
