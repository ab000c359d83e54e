package jobs

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// keepAlive extends the lease, keeps the progress and hears of a cancel made elsewhere,
// until the run has finished or lost its job. A database that is away is waited for while
// the lease lasts; then the job counts as lost, because another worker may have it.
func (r *run) keepAlive(finished <-chan struct{}) {
	ticker := time.NewTicker(r.jobs.Beat)
	defer ticker.Stop()
	leased := time.Now()
	for {
		select {
		case <-finished:
			return
		case <-ticker.C:
		case <-r.nudged:
		}
		r.tellRest()
		asked := time.Now()
		cancelled, err := r.sendBeat(r.jobs.Lease)
		switch {
		case lora.CodeOf(err) == lora.Conflict:
			r.lose()
			return
		case err != nil:
			r.jobs.Logger.Warn("a sign of life could not be written", "job", r.job.ID, "error", err)
			if time.Since(leased) >= r.jobs.Lease-r.jobs.Beat {
				r.lose()
				return
			}
		default:
			leased = asked
			if cancelled {
				r.cancel(errCancelled)
			}
		}
	}
}

func (r *run) sendBeat(lease time.Duration) (cancelled bool, err error) {
	r.mu.Lock()
	beat := r.beat
	r.mu.Unlock()
	beat.Lease = lease
	ctx, stop := context.WithTimeout(r.base, r.jobs.Lease/3)
	defer stop()
	return r.jobs.Leases.BeatJob(ctx, r.job.ID, r.job.Token, beat)
}

// tellRest announces the progress that came too fast to be announced.
func (r *run) tellRest() {
	r.mu.Lock()
	beat, untold := r.beat, r.untold
	if untold {
		r.untold, r.told = false, time.Now()
	}
	r.mu.Unlock()
	if untold {
		r.jobs.announceProgress(r.job, beat, nil)
	}
}

// letGo gives the lease up at once, so that whoever attaches need not wait for its end.
func (r *run) letGo() {
	if _, err := r.sendBeat(0); err != nil && lora.CodeOf(err) != lora.Conflict {
		r.jobs.Logger.Warn("a lease could not be given up; it ends by itself", "job", r.job.ID, "error", err)
	}
}
