package jobs

import (
	"context"

	"loramanager/internal/lora"
)

// Cancel ends a job that waits at once and stops one that runs; once it has returned the
// job can only end as cancelled. It fails with NotFound, or with Conflict when the job is
// final already.
func (j *Jobs) Cancel(ctx context.Context, id string) (lora.Job, error) {
	job, err := j.Ledger.CancelJob(ctx, id)
	switch lora.CodeOf(err) {
	case lora.NotFound:
		return job, &lora.Error{Code: lora.NotFound, Message: "Job not found", Err: err}
	case lora.Conflict:
		return job, &lora.Error{Code: lora.Conflict, Message: "Job cannot be cancelled in its current state", Err: err}
	}
	if err != nil {
		return job, err
	}
	if job.Status.Final() {
		j.announceEnd(job)
		return job, nil
	}
	if r := j.local(id); r != nil {
		r.cancel(errCancelled)
	}
	j.announceProgress(job, lora.Beat{
		Progress: job.Progress, Step: job.Step, Steps: job.Steps, Message: "Cancelling.",
	}, nil)
	j.bulletin.post(id, ReasonCancelled)
	return job, nil
}

// Retry puts a failed or cancelled job back into the queue with fresh attempts.
func (j *Jobs) Retry(ctx context.Context, id string) (lora.Job, error) {
	job, err := j.Ledger.RetryJob(ctx, id)
	if err != nil {
		return job, err
	}
	j.announceRetry(job)
	j.bulletin.post(id, ReasonRetried)
	j.wake(context.WithoutCancel(ctx), id, job.Priority)
	return job, nil
}

// Move gives a waiting job another priority (nil keeps it) and a place before another
// waiting job, whose priority it takes; without before it is the last of its priority.
func (j *Jobs) Move(ctx context.Context, id string, priority *int, before *string) (lora.Job, error) {
	if err := checkTerms(Terms{Priority: priority}); err != nil {
		return lora.Job{}, err
	}
	if priority == nil {
		job, err := j.Ledger.Job(ctx, id)
		if err != nil {
			return job, err
		}
		priority = &job.Priority
	}
	var other string
	if before != nil {
		other = *before
	}
	job, err := j.Ledger.MoveJob(ctx, id, *priority, other)
	if err != nil {
		return job, err
	}
	j.bulletin.post(id, ReasonMoved)
	j.kick()
	return job, nil
}

// Pause keeps waiting jobs waiting, or ends that; running jobs go on.
func (j *Jobs) Pause(ctx context.Context, paused bool) (lora.QueueState, error) {
	if err := j.Ledger.PauseQueue(ctx, paused); err != nil {
		return lora.QueueState{}, err
	}
	reason := ReasonResumed
	if paused {
		reason = ReasonPaused
	}
	j.bulletin.post("", reason)
	j.kick()
	return j.Ledger.QueueState(ctx)
}
