package jobs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loramanager/internal/lora"
)

const (
	// maxReclaims bounds the jobs taken over in one look, so that claiming goes on.
	maxReclaims = 256
	// maxTakes bounds how often one job may be taken over by attaching. That begins no
	// attempt, yet a job that kills the server each time must come to an end.
	maxTakes = 50

	firstAttach = time.Second
	lastAttach  = 15 * time.Second
)

// recover takes over jobs whose worker is gone. The first time it succeeds these are also
// the ones that an earlier life of this worker was killed in, however long their leases
// last.
func (w *worker) recover(ctx context.Context) {
	for range maxReclaims {
		job, found, err := w.reclaim(ctx, !w.heir)
		if err != nil {
			w.Logger.Error("jobs that were cut off could not be looked for; the next try is at the next sweep", "error", err)
		}
		if err == nil && !found {
			w.heir = true
		}
		if err != nil || !found {
			return
		}
		w.Failpoint("reclaimed")
		w.Logger.Info("a job was cut off", "job", job.ID, "engine", job.Engine, "attempt", job.Attempt, "submitted", job.Submitted)
		w.start(job, (*run).resume)
	}
}

func (w *worker) reclaim(ctx context.Context, startup bool) (job lora.Job, found bool, err error) {
	if ctx.Err() != nil {
		return lora.Job{}, false, nil
	}
	ctx, stop := context.WithTimeout(w.base, w.Lease/6)
	defer stop()
	return w.Leases.ReclaimJob(ctx, w.Worker, w.Lease, startup)
}

// errAgain is how resume says that nothing was lost and the job begins anew.
var errAgain = errors.New("the job was cut off and begins again")

// resume decides what becomes of a job that was cut off: followed where the engine can be
// asked, run again where that does no harm, lost otherwise.
func (r *run) resume() error {
	job := r.job
	if job.Cancelling {
		r.cancel(errCancelled)
	}
	if job.Submitted && job.Handle != "" && job.Token <= maxTakes {
		if attached, err := r.attach(); attached {
			return err
		}
	}
	if job.Cancelling || !job.Submitted || r.jobs.Engines.RerunsAfterCrash(job.Engine) {
		return errAgain
	}
	return lostError(job)
}

func lostError(job lora.Job) error {
	if job.Kind == lora.Delivery {
		return &lora.EngineError{Class: lora.JobLost, Message: "The server stopped during this delivery. It may have arrived or not: look at the target, then retry it if it did not."}
	}
	return &lora.EngineError{Class: lora.JobLost, Message: fmt.Sprintf(
		"The server stopped while %s worked on this, and %s cannot be asked what came of it. Retry the job, or look in the engine's own output folder.", job.Engine, job.Engine)}
}

// attach follows a submitted job to its end. While the engine cannot be reached it keeps
// trying, up to the engine's timeout: the work goes on over there.
func (r *run) attach() (attached bool, err error) {
	task, err := r.task()
	if err != nil {
		return true, err
	}
	ctx, stop := context.WithTimeoutCause(r.ctx, r.jobs.EngineTimeout(r.job.Engine), errTimeout)
	defer stop()
	for pause := firstAttach; ; pause = min(2*pause, lastAttach) {
		r.forget()
		err = r.guarded(ctx, func(ctx context.Context) error {
			ok, err := r.jobs.Engines.Attach(ctx, r.job.Engine, r.job.Handle, task, r.sink)
			if !ok {
				return errNoAnswer
			}
			return err
		})
		if errors.Is(err, errNoAnswer) {
			return false, nil
		}
		var failure *lora.EngineError
		if !errors.As(err, &failure) || failure.Class != lora.EngineUnreachable {
			return true, r.timely(ctx, err)
		}
		r.note(lora.EngineEvent{Type: lora.EventProgress, Message: fmt.Sprintf("Waiting for %s to answer again.", r.job.Engine)})
		again := time.NewTimer(pause)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return r.ctx.Err() != nil, err
		}
	}
}

var errNoAnswer = errors.New("the engine cannot be asked for the job")
