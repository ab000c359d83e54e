package jobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"loramanager/internal/lora"
)

// leavesRow reports whether the run ends without a word about the job: another worker has
// it, or shall have it.
func (r *run) leavesRow(err error) bool {
	return r.lost.Load() || errors.Is(context.Cause(r.ctx), errLeaving) && err != nil
}

// ending turns what came out of an attempt into what is written about it.
func (r *run) ending(err error) lora.Ending {
	cause := context.Cause(r.ctx)
	switch {
	case errors.Is(cause, errCancelled):
		return r.cancelled()
	case err == nil && r.job.Kind == lora.Generation && r.pictures() == 0:
		err = &lora.EngineError{Class: lora.EngineEmpty, Message: fmt.Sprintf("%s finished without a picture. Its own log may say why.", r.job.Engine)}
	case err == nil:
		return r.succeeded()
	case errors.Is(cause, errStopping):
		return r.stopped()
	}
	return r.judged(err)
}

// stopped gives back a job that this server had no time for. A delivery that may have
// arrived is not made twice.
func (r *run) stopped() lora.Ending {
	if r.job.Kind == lora.Delivery && r.asked.Load() && !r.jobs.Engines.RerunsAfterCrash(r.job.Engine) {
		return r.judged(lostError(r.job))
	}
	return lora.Ending{Status: lora.JobPending}
}

// judged decides between another attempt and failure.
func (r *run) judged(err error) lora.Ending {
	if errors.Is(err, errAgain) {
		if r.job.Attempt < r.job.MaxAttempts {
			return lora.Ending{Status: lora.JobRetrying, RetryAt: new(time.Now()), ErrorClass: lora.JobLost, Error: "The server stopped meanwhile; the job begins again."}
		}
		return r.failed(&lora.EngineError{Class: lora.JobLost, Message: fmt.Sprintf(
			"The server stopped during each of %d attempts, perhaps because of this job. Retry it to allow more.", r.job.Attempt)})
	}
	failure := r.failureOf(err)
	if delay, again := retryDelay(failure, r.job.Attempt, r.job.MaxAttempts); again {
		ending := lora.Ending{Status: lora.JobRetrying, RetryAt: new(time.Now().Add(delay)), ErrorClass: failure.Class, Error: failure.Message}
		if other := r.otherEngine(failure.Class); other != "" {
			ending.Engine, ending.RetryAt = other, new(time.Now())
		}
		return ending
	}
	return r.failed(failure)
}

// failureOf finds the class and the sentence of an error and logs what users do not see.
func (r *run) failureOf(err error) *lora.EngineError {
	var failure *lora.EngineError
	if !errors.As(err, &failure) {
		failure = &lora.EngineError{Class: lora.EngineFailed, Message: "The job failed in an unexpected way; the log says more.", Err: err}
		var own *lora.Error
		if errors.As(err, &own) {
			failure.Message = own.Message
		}
	}
	r.jobs.Logger.Warn("an attempt failed", "job", r.job.ID, "engine", r.job.Engine, "attempt", r.job.Attempt, "class", failure.Class, "error", err)
	return &lora.EngineError{Class: failure.Class, Message: clip(failure.Message, maxMessage), RetryAfter: failure.RetryAfter}
}

// otherEngine is where a job that we routed goes when its engine cannot be reached.
func (r *run) otherEngine(class lora.EngineErrorClass) string {
	if !r.job.Routed || class != lora.EngineUnreachable {
		return ""
	}
	p := ParamsOf(r.job)
	kind := p.Backend
	if kind == r.job.Engine {
		kind = "" // the choice was ours and was noted by name
	}
	load := r.jobs.loads.read(r.base, r.jobs)
	if load == nil {
		load = map[string]int{}
	}
	load[r.job.Engine] += 1 << 20 // the last to be chosen
	ctx, stop := context.WithTimeout(r.base, r.jobs.Grace)
	defer stop()
	other, err := r.jobs.Engines.Route(ctx, wishOf(kind, r.uses, p.GenerationParams), load)
	if err != nil || other == r.job.Engine {
		return ""
	}
	if err := r.jobs.Engines.Check(ctx, other, p.GenerationParams); err != nil {
		return ""
	}
	return other
}

func (r *run) succeeded() lora.Ending {
	r.mu.Lock()
	defer r.mu.Unlock()
	ending := lora.Ending{Status: lora.JobSucceeded, Images: r.images, Then: r.followUp()}
	if r.job.Kind == lora.Delivery {
		ending.Result = encode(r.result)
		return ending
	}
	ending.Result = encode(Result{
		JobID: r.job.ID, Status: lora.JobSucceeded.Wire(), Progress: new(1.0),
		GenerationInfo: generationInfo(r.job.Engine, r.images), Warnings: r.warnings,
	})
	return ending
}

// cancelled keeps the pictures that were finished: they are the user's all the same.
func (r *run) cancelled() lora.Ending {
	r.mu.Lock()
	defer r.mu.Unlock()
	return lora.Ending{Status: lora.JobCancelled, Images: r.images}
}

// failed keeps the pictures that were finished, like cancelled.
func (r *run) failed(failure *lora.EngineError) lora.Ending {
	r.mu.Lock()
	defer r.mu.Unlock()
	ending := lora.Ending{Status: lora.JobFailed, ErrorClass: failure.Class, Error: failure.Message, Images: r.images}
	switch {
	case r.job.Kind == lora.Generation:
		ending.Result = encode(Result{
			JobID: r.job.ID, Status: lora.JobFailed.Wire(), Progress: &r.beat.Progress,
			ErrorMessage: &failure.Message, Warnings: r.warnings,
		})
	case r.result != nil:
		ending.Result = encode(r.result)
	default:
		ending.Result = encode(map[string]any{"status": "error", "detail": failure.Message})
	}
	return ending
}

// end writes the ending and announces it. A database that is away is waited for while the
// lease lasts. One that is there and refuses the pictures gets the ending without them.
func (r *run) end(ending lora.Ending) {
	r.jobs.Failpoint("ended.before")
	began := time.Now()
	job, err := r.jobs.Leases.EndJob(r.base, r.job.ID, r.job.Token, ending)
	for pause := firstEndPause; err != nil && lora.CodeOf(err) != lora.Conflict && !r.lost.Load(); pause = min(2*pause, r.jobs.Beat) {
		r.jobs.Logger.Error("the end of a job could not be written; it is tried again", "job", r.job.ID, "error", err)
		if time.Since(began) > 2*r.jobs.Lease {
			return // its lease ends, and the row tells the next worker what to do
		}
		if time.Since(began) > r.jobs.Lease && ending.Status == lora.JobSucceeded {
			ending = r.judged(&lora.EngineError{Class: lora.JobStorage, Message: "The pictures could not be kept: " + sentenceOf(err), Err: err})
			ending.Images = nil
		}
		again := time.NewTimer(pause)
		<-again.C
		job, err = r.jobs.Leases.EndJob(r.base, r.job.ID, r.job.Token, ending)
	}
	if err != nil {
		var mine bool
		if job, mine = r.written(); !mine {
			r.jobs.Logger.Warn("a job was taken over by another worker; this run of it is dropped", "job", r.job.ID)
			return
		}
	}
	r.jobs.Failpoint("ended.after")
	r.announce(job, ending)
}

const firstEndPause = 100 * time.Millisecond

// written reports whether the ending was written after all: a database can lose the
// answer to a write that it made.
func (r *run) written() (lora.Job, bool) {
	job, err := r.jobs.Ledger.Job(r.base, r.job.ID)
	return job, err == nil && job.Token == r.job.Token && job.Status != lora.JobRunning
}

func (r *run) announce(job lora.Job, ending lora.Ending) {
	switch {
	case job.Status.Final():
		r.jobs.announceEnd(job)
	default:
		r.jobs.announceRetry(job)
		r.jobs.bulletin.post(job.ID, ReasonRetrying)
	}
	if then := ending.Then; then != nil && job.Status == lora.JobSucceeded {
		r.jobs.bulletin.post(then.ID, ReasonAdded)
		r.jobs.wake(r.base, then.ID, then.Priority)
	}
}

// encode writes JSON of our own structs and of what drivers return, which is made of
// JSON types.
func encode(v any) json.RawMessage {
	data, err := json.Marshal(v)
	if err != nil {
		return json.RawMessage(`{}`)
	}
	return data
}
