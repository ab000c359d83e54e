package jobs

import (
	"context"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// worker is one life of the part that runs jobs.
type worker struct {
	*Jobs
	base   context.Context // outlives the request to stop, so that jobs can be ended
	flight sync.WaitGroup
	freed  chan struct{} // has room for one: a job of this process has ended
	heir   bool          // the jobs of an earlier life were taken over

	mu   sync.Mutex
	runs map[*run]struct{}
}

// Work runs jobs until ctx is done. It begins with the jobs that an earlier life of this
// worker left behind. When ctx is done it takes no more jobs, waits for the running ones
// up to Patience, stops or leaves the others (see docs/jobs.md) and returns when all
// have ended: within Patience and Grace and the time of a write.
func (j *Jobs) Work(ctx context.Context) {
	w := &worker{
		Jobs: j, base: context.WithoutCancel(ctx),
		freed: make(chan struct{}, 1), runs: map[*run]struct{}{},
	}
	var cleaning sync.WaitGroup
	cleaning.Go(func() { j.clean(ctx) })
	w.loop(ctx)
	w.drain()
	cleaning.Wait()
}

func (w *worker) loop(ctx context.Context) {
	sweep, retry := time.NewTicker(w.Sweep), time.NewTimer(w.Sweep)
	defer sweep.Stop()
	defer retry.Stop()
	w.recover(ctx)
	for ctx.Err() == nil {
		room := w.fill(ctx)
		var woken <-chan string
		if room > 0 {
			woken = w.Wakes.Woken()
		}
		select {
		case <-ctx.Done():
		case <-woken:
			w.drink(room - 1)
		case <-w.freed:
		case <-w.kicked:
		case <-retry.C:
		case <-sweep.C:
			w.recover(ctx)
			w.setRetry(ctx, retry)
		}
	}
}

// drink reads more wake-ups that came together, as many as this process has room for:
// one look at the rows serves all of them.
func (w *worker) drink(most int) {
	for range most {
		select {
		case <-w.Wakes.Woken():
		default:
			return
		}
	}
}

// setRetry looks at the rows again when the next retry is due, if that is before the next
// sweep.
func (w *worker) setRetry(ctx context.Context, retry *time.Timer) {
	due, err := w.Leases.NextRetry(ctx)
	if err != nil || due.IsZero() {
		return
	}
	if wait := time.Until(due); wait > 0 && wait < w.Sweep {
		retry.Reset(wait)
	}
}

// fill takes jobs until none can be taken, and returns how many more this process has
// room for.
func (w *worker) fill(ctx context.Context) int {
	slots := w.slots(ctx)
	total := 0
	for _, n := range slots {
		total += n
	}
	for {
		room := min(w.MaxRunning, total) - w.count()
		if room <= 0 || ctx.Err() != nil {
			return room
		}
		job, found, err := w.claim(slots)
		if err != nil {
			w.Logger.Error("no job could be claimed; the next try is at the next sweep", "error", err)
			return 0
		}
		if !found {
			return room
		}
		w.Failpoint("claimed")
		w.bulletin.post(job.ID, ReasonClaimed)
		w.start(job, (*run).begin)
	}
}

// claim takes a job. A request to stop does not cut it off: it might have taken one.
func (w *worker) claim(slots map[string]int) (lora.Job, bool, error) {
	ctx, stop := context.WithTimeout(w.base, w.Lease/6)
	defer stop()
	return w.Leases.ClaimJob(ctx, lora.JobClaim{Worker: w.Worker, Slots: slots, Lease: w.Lease})
}

// slots are those of the engines, and one for jobs that no way leads out.
func (w *worker) slots(ctx context.Context) map[string]int {
	slots := map[string]int{noWay: 1}
	for engine, n := range w.Engines.Slots(ctx) {
		if n > 0 {
			slots[engine] = n
		}
	}
	return slots
}

func (w *worker) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.runs)
}

// start runs a job whose lease this worker holds.
func (w *worker) start(job lora.Job, do func(*run) error) {
	r := newRun(w.base, w.Jobs, job)
	w.mu.Lock()
	w.runs[r] = struct{}{}
	w.mu.Unlock()
	w.Jobs.mu.Lock()
	earlier := w.running[job.ID]
	w.running[job.ID] = r
	w.Jobs.mu.Unlock()
	if earlier != nil {
		earlier.lose()
	}
	w.flight.Go(func() {
		r.main(do)
		w.Jobs.mu.Lock()
		if w.running[job.ID] == r {
			delete(w.running, job.ID)
		}
		w.Jobs.mu.Unlock()
		w.mu.Lock()
		delete(w.runs, r)
		w.mu.Unlock()
		select {
		case w.freed <- struct{}{}:
		default:
		}
	})
}

// drain waits for the running jobs and then makes them end.
func (w *worker) drain() {
	idle := make(chan struct{})
	go func() {
		w.flight.Wait()
		close(idle)
	}()
	patience := time.NewTimer(w.Patience)
	defer patience.Stop()
	select {
	case <-idle:
		return
	case <-patience.C:
	}
	w.mu.Lock()
	for r := range w.runs {
		r.leave()
	}
	w.mu.Unlock()
	<-idle
}
