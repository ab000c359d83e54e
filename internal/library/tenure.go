package library

import (
	"context"
	"sync"
	"time"
)

// The leases of a Library.
const (
	// ScannerLease is held by the server that watches, scans and computes digests.
	ScannerLease = "scanner"
	// scanLease is held while folders are being read, whoever reads them: a server that
	// reads a single file again waits for the scan of another.
	scanLease = "scan"
)

// tenure is the time during which a lease is held. Its ctx ends with the one it was
// asked for with, and some time before another server could take the lease.
type tenure struct {
	ctx     context.Context
	cancel  context.CancelFunc
	keeping sync.WaitGroup
	give    func()
}

// end gives the lease back, so that others need not wait until it has run out.
func (t *tenure) end() {
	t.cancel()
	t.keeping.Wait()
	t.give()
}

// beats is how many times a lease is renewed, or tried for, before it would end.
const beats = 5

func (l *Library) beat() time.Duration { return l.o.LeaseFor / beats }

// tryHold takes a lease and keeps it; nil when another server has it. Without other
// servers there is nothing to take.
func (l *Library) tryHold(ctx context.Context, name string) (*tenure, error) {
	if l.o.Leases == nil {
		ctx, cancel := context.WithCancel(ctx)
		return &tenure{ctx: ctx, cancel: cancel, give: func() {}}, nil
	}
	since := time.Now()
	token, held, err := l.o.Leases.TakeLease(ctx, name, l.o.Holder, l.o.LeaseFor)
	if err != nil || !held {
		return nil, err
	}
	t := &tenure{}
	t.ctx, t.cancel = context.WithCancel(ctx)
	t.keeping.Go(func() { l.keep(t, name, token, since) })
	t.give = func() {
		late, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.beat())
		defer cancel()
		if err := l.o.Leases.DropLease(late, name, l.o.Holder, token); err != nil {
			l.o.Logger.Warn("a lease was not given back; it ends by itself", "lease", name, "error", err)
		}
	}
	return t, nil
}

// keep renews a lease until its tenure is over, and ends the tenure when it cannot.
func (l *Library) keep(t *tenure, name string, token int64, since time.Time) {
	defer t.cancel()
	ticker := time.NewTicker(l.beat())
	defer ticker.Stop()
	for {
		select {
		case <-t.ctx.Done():
			return
		case <-ticker.C:
		}
		begun := time.Now()
		ask, cancel := context.WithDeadline(t.ctx, since.Add(l.o.LeaseFor-l.beat()))
		held, err := l.o.Leases.RenewLease(ask, name, l.o.Holder, token, l.o.LeaseFor)
		cancel()
		switch {
		case err == nil && held:
			since = begun
		case err == nil, time.Since(since) >= l.o.LeaseFor-l.beat():
			if t.ctx.Err() == nil {
				l.o.Logger.Warn("another server may scan now: a lease was lost", "lease", name, "error", err)
			}
			return
		}
	}
}

// hold is tryHold that waits until no other server has the lease; the error is that of ctx.
func (l *Library) hold(ctx context.Context, name string) (*tenure, error) {
	ticker := time.NewTicker(l.beat())
	defer ticker.Stop()
	for told := false; ctx.Err() == nil; {
		t, err := l.tryHold(ctx, name)
		if t != nil {
			return t, nil
		}
		if err != nil && ctx.Err() == nil && !told {
			told = true
			l.o.Logger.Warn("nobody knows which server scans; asking on", "lease", name, "error", err)
		}
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	return nil, ctx.Err()
}
