package library

import (
	"context"
	"runtime/debug"
	"slices"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// StartScan begins a scan of the given roots, of all when there are none, and
// returns at once. One scan runs at a time: a second one is a Conflict. Where another
// server scans it is left to that one.
func (l *Library) StartScan(ctx context.Context, rootIDs []string, trigger string) (lora.Scan, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return lora.Scan{}, err
	}
	chosen, err := chooseRoots(roots, rootIDs)
	if err != nil {
		return lora.Scan{}, err
	}
	if l.leads() {
		return l.startRun(ctx, l.newRun(roots, trigger), chosen)
	}
	if l.Running(ctx) != nil {
		return lora.Scan{}, errScanning
	}
	return l.ask(ctx, chosen, trigger)
}

var errScanning = lora.Errorf(lora.Conflict, "A scan is running already; wait for it or cancel it first.")

// startRun begins a scan that users see, here.
func (l *Library) startRun(ctx context.Context, r *run, chosen []string) (lora.Scan, error) {
	r.visible, r.over = true, make(chan struct{})
	for _, root := range r.roots {
		if slices.Contains(chosen, root.ID) {
			r.scopes = append(r.scopes, &scope{run: r, root: root, starts: []string{"."}, deep: true})
		} else {
			r.scopes = append(r.scopes, &scope{run: r, root: root})
		}
	}
	r.scan.RootIDs = chosen
	l.mu.Lock()
	if l.running != nil {
		l.mu.Unlock()
		return lora.Scan{}, errScanning
	}
	base := l.ctx
	if l.duty != nil {
		base = l.duty.ctx
	}
	runCtx, cancel := context.WithCancel(base)
	r.cancel = cancel
	l.running = r
	l.mu.Unlock()

	first := r.snapshot()
	err := l.keepFirst(ctx, r, first)
	if err == nil && !l.spawn(func() { l.runVisible(runCtx, r) }) {
		err = errClosing
	}
	if err != nil {
		cancel()
		l.ended(r)
		return lora.Scan{}, err
	}
	return first, nil
}

// keepFirst keeps a scan that begins. One that another server was asked for may have been
// cancelled before.
func (l *Library) keepFirst(ctx context.Context, r *run, first lora.Scan) error {
	if !r.asking {
		return l.o.ScanLog.SaveScan(ctx, first)
	}
	wanted, err := l.o.ScanLog.BeatScan(ctx, first)
	if err == nil && !wanted {
		err = lora.Errorf(lora.NotFound, "This scan was cancelled before it began.")
	}
	return err
}

// ended lets the next scan begin.
func (l *Library) ended(r *run) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.running = nil
	close(r.over)
}

func chooseRoots(roots []lora.Root, ids []string) ([]string, error) {
	if len(roots) == 0 {
		return nil, lora.Errorf(lora.Conflict, "There are no library folders yet. Add one first.")
	}
	if len(ids) == 0 {
		for _, r := range roots {
			ids = append(ids, r.ID)
		}
		return ids, nil
	}
	for _, id := range ids {
		if !slices.ContainsFunc(roots, func(r lora.Root) bool { return r.ID == id }) {
			return nil, lora.FieldErrorf(lora.NotFound, "root_ids", "There is no such library folder.")
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(ids))), nil
}

func (l *Library) newRun(roots []lora.Root, trigger string) *run {
	return &run{
		lib: l, roots: roots, known: newKnownFiles(l.o.Files, roots), opened: make(chan struct{}),
		unsettled: map[touched]struct{}{},
		scan: lora.Scan{
			ID: uuid.NewString(), State: lora.ScanRunning, Phase: lora.PhaseWalk, Trigger: trigger,
			RootIDs: []string{}, StartedAt: l.now(), Findings: []lora.ScanFinding{},
		},
	}
}

// runVisible runs a scan that users see, with progress.
func (l *Library) runVisible(ctx context.Context, r *run) {
	defer r.cancel()
	progressDone := make(chan struct{})
	stopProgress := make(chan struct{})
	go func() {
		defer close(progressDone)
		r.tellProgress(stopProgress)
	}()
	err := l.exclusively(ctx, r.do)
	close(stopProgress)
	<-progressDone
	// Whoever reads that it is over may start the next one: the running scan says so
	// only by being no longer there.
	done := r.closed(ctx, err)
	if err := l.o.ScanLog.SaveScan(context.WithoutCancel(ctx), done); err != nil {
		l.o.Logger.Error("the scan's report was not saved", "scan", done.ID, "error", err)
	}
	l.ended(r)
	r = nil // it is garbage from here on
	l.mu.Lock()
	waiting := l.waiting
	l.waiting = nil
	l.mu.Unlock()
	l.announce(EventScanFinished, done)
	l.announce(EventRootsChanged, struct{}{})
	l.lane.retry()
	// What the scan knew of every file is garbage now, about as much as the catalog
	// itself. The system gets it back at once; the next scan may be hours away.
	debug.FreeOSMemory()
	if len(waiting) > 0 {
		if _, err := l.StartScan(l.ctx, waiting, TriggerRootAdded); err != nil && l.ctx.Err() == nil {
			l.o.Logger.Error("a new library folder was not scanned; start a scan by hand", "error", err)
		}
	}
}

// exclusively runs work while no other scan runs, here or on another server.
func (l *Library) exclusively(ctx context.Context, work func(context.Context) error) error {
	select {
	case l.slot <- struct{}{}:
		defer func() { <-l.slot }()
	case <-ctx.Done():
		return nil // cancelled before it began
	}
	t, err := l.hold(ctx, scanLease)
	if err != nil {
		return nil //nolint:nilerr // the same
	}
	defer t.end()
	l.mu.Lock()
	clear(l.placed)
	l.mu.Unlock()
	err = work(t.ctx)
	if err == nil && t.ctx.Err() != nil && ctx.Err() == nil {
		err = lora.Errorf(lora.Unavailable, "The database was away too long, so another server may scan by now. Scan again.")
	}
	return err
}

// tellProgress announces the scan's figures five times a second while they change.
func (r *run) tellProgress(stop <-chan struct{}) {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	var last lora.ScanCounts
	var phase lora.ScanPhase
	for {
		s := r.snapshot()
		if s.Counts != last || s.Phase != phase {
			last, phase = s.Counts, s.Phase
			s.Findings = []lora.ScanFinding{}
			r.lib.announce(EventScanProgress, s)
		}
		select {
		case <-ticker.C:
		case <-stop:
			return
		}
	}
}

// closed is the scan as it will be remembered.
func (r *run) closed(ctx context.Context, err error) lora.Scan {
	s := r.snapshot()
	now := r.lib.now()
	s.FinishedAt, s.Phase = &now, lora.PhaseDone
	switch {
	case err != nil:
		s.State, s.Error = lora.ScanFailed, sentence(err)
		r.lib.o.Logger.Error("a scan failed", "scan", s.ID, "error", err)
	case ctx.Err() != nil:
		s.State = lora.ScanCancelled
	default:
		s.State = lora.ScanFinished
	}
	return s
}

// current is the scan that runs here, nil when none does.
func (l *Library) current() *lora.Scan {
	l.mu.Lock()
	r := l.running
	l.mu.Unlock()
	if r == nil {
		return nil
	}
	s := r.snapshot()
	return &s
}

// Scan returns one scan with its findings, running or over.
func (l *Library) Scan(ctx context.Context, id string) (lora.Scan, error) {
	if s := l.current(); s != nil && s.ID == id {
		return *s, nil
	}
	return l.o.ScanLog.Scan(ctx, id)
}

// Scans lists the latest scans, newest first.
func (l *Library) Scans(ctx context.Context, limit int) ([]lora.Scan, error) {
	scans, err := l.o.ScanLog.Scans(ctx, limit)
	if now := l.current(); err == nil && now != nil {
		for i := range scans {
			if scans[i].ID == now.ID {
				scans[i] = *now
			}
		}
	}
	return scans, err
}

// PurgeMissing deletes the records of missing files for good, if their number is
// the expected one; otherwise it is a Conflict.
func (l *Library) PurgeMissing(ctx context.Context, expected int) (int, error) {
	purged, err := l.o.Files.PurgeMissing(ctx, expected)
	if len(purged) > 0 {
		l.changed("purge", purged)
	}
	return len(purged), err
}
