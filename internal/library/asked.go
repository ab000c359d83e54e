package library

import (
	"context"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// leads reports whether this server scans: it has the duty, or there is no other.
func (l *Library) leads() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.o.Leases == nil || l.duty != nil
}

// ask leaves a scan in the database for the server that scans, which begins it within a
// fifth of Options.LeaseFor, or when it has finished the one before.
func (l *Library) ask(ctx context.Context, rootIDs []string, trigger string) (lora.Scan, error) {
	s := lora.Scan{
		ID: uuid.NewString(), State: lora.ScanRunning, Phase: lora.PhaseWait, Trigger: trigger,
		RootIDs: rootIDs, StartedAt: l.now(), Findings: []lora.ScanFinding{},
	}
	if err := l.o.ScanLog.SaveScan(ctx, s); err != nil {
		return lora.Scan{}, err
	}
	l.announce(EventScanProgress, s)
	return s, nil
}

// takeAsked begins a scan that was asked of another server. seen are the ids of those that
// need not be looked at again.
func (l *Library) takeAsked(ctx context.Context, seen map[string]bool) error {
	ids, err := l.o.ScanLog.ScanIDs(ctx)
	if err != nil {
		return err
	}
	now := make(map[string]bool, len(ids))
	for _, id := range ids {
		if seen[id] {
			now[id] = true
			continue
		}
		s, err := l.o.ScanLog.Scan(ctx, id)
		if lora.CodeOf(err) == lora.NotFound {
			continue
		}
		if err != nil {
			return err
		}
		if s.State == lora.ScanRunning && s.Phase == lora.PhaseWait {
			err = l.beginAsked(ctx, s)
		}
		if now[id] = lora.CodeOf(err) != lora.Conflict; now[id] && err != nil {
			return err
		}
	}
	clear(seen)
	for id := range now {
		seen[id] = now[id]
	}
	return nil
}

// beginAsked is a Conflict while another scan runs.
func (l *Library) beginAsked(ctx context.Context, s lora.Scan) error {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return err
	}
	chosen, err := chooseRoots(roots, s.RootIDs)
	if err != nil { // its folder was removed meanwhile
		now := l.now()
		s.State, s.Phase, s.FinishedAt, s.Error = lora.ScanFailed, lora.PhaseDone, &now, sentence(err)
		return l.o.ScanLog.SaveScan(ctx, s)
	}
	r := l.newRun(roots, s.Trigger)
	r.scan.ID, r.scan.StartedAt, r.asking = s.ID, s.StartedAt, true
	_, err = l.startRun(ctx, r, chosen)
	return err
}

// keepCurrent shows other servers how far the running scan is, and cancels it when one of
// them was asked to.
func (l *Library) keepCurrent(ctx context.Context) {
	l.mu.Lock()
	r := l.running
	l.mu.Unlock()
	if r == nil {
		return
	}
	s := r.snapshot()
	s.Findings = []lora.ScanFinding{}
	if wanted, err := l.o.ScanLog.BeatScan(ctx, s); err == nil && !wanted {
		r.cancel()
	}
}

// scansSeen is how many of the last scans are looked at to find the one that runs.
const scansSeen = 3

// Running returns the scan that is going on, on whichever server, nil when none is or
// nobody knows.
func (l *Library) Running(ctx context.Context) *lora.Scan {
	if now := l.current(); now != nil || l.leads() {
		return now
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	scans, err := l.o.ScanLog.Scans(ctx, scansSeen)
	if err != nil {
		return nil
	}
	for i := range scans {
		if scans[i].State == lora.ScanRunning {
			return &scans[i]
		}
	}
	return nil
}

// CancelScan stops a running scan, on whichever server. What it saved stays; nothing is
// marked missing.
func (l *Library) CancelScan(ctx context.Context, id string) error {
	l.mu.Lock()
	r := l.running
	l.mu.Unlock()
	switch {
	case r != nil && r.scan.ID == id:
		r.cancel()
		return nil
	case l.o.Leases == nil:
		return lora.Errorf(lora.NotFound, "This scan is not running.")
	}
	return l.o.ScanLog.CancelScan(ctx, id, l.now())
}
