package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/trace"
)

// Why a run is stopped. A run that lost its job, or leaves it to another, must not stop
// the engine.
var (
	errCancelled = errors.New("the user cancelled the job")
	errStopping  = errors.New("this server stops")
	errLost      = fmt.Errorf("another worker took the job over: %w", lora.ErrLeave)
	errLeaving   = fmt.Errorf("this server stops, another will attach: %w", lora.ErrLeave)
	errTimeout   = errors.New("the time for the job is over")
)

// timeoutSlack is what the driver, whose timeout comes first, has for ending by itself.
const timeoutSlack = time.Second

// run is one attempt of a job in this process.
type run struct {
	jobs   *Jobs
	job    lora.Job
	base   context.Context // for writes about the run, which go on when it is stopped
	span   *trace.Span     // of this attempt, below that of the request it came with
	ctx    context.Context // done when the run is to stop; the cause says why
	cancel context.CancelCauseFunc
	nudged chan struct{} // has room for one: beat now

	lost   atomic.Bool            // another worker has the job, or may have it
	asked  atomic.Bool            // the engine was asked, now or before a crash
	handle atomic.Pointer[string] // by which the engine can be asked again

	mu        sync.Mutex
	closed    bool // the engine was given up: what it still sends is dropped
	failure   error
	beat      lora.Beat
	told      time.Time // of the last progress announced
	untold    bool
	previewed time.Time
	images    []lora.Image
	warnings  []Warning
	params    lora.GenerationParams // for the pictures: as accepted
	uses      []lora.ResolvedUse
	result    map[string]any // of a delivery
}

func newRun(base context.Context, j *Jobs, job lora.Job) *run {
	base, span := j.Tracer.Begin(j.Tracer.Under(base, job.Trace), "job "+string(job.Kind),
		trace.Text("job.id", job.ID), trace.Text("engine", job.Engine), trace.Number("attempt", int64(job.Attempt)))
	ctx, cancel := context.WithCancelCause(base)
	r := &run{jobs: j, job: job, base: base, span: span, ctx: ctx, cancel: cancel, nudged: make(chan struct{}, 1)}
	r.asked.Store(job.Submitted)
	if job.Handle != "" {
		r.handle.Store(&job.Handle)
	}
	return r
}

// lose makes the run drop everything: what it writes would be refused.
func (r *run) lose() {
	r.lost.Store(true)
	r.cancel(errLost)
}

func (r *run) nudge() {
	select {
	case r.nudged <- struct{}{}:
	default:
	}
}

// leave makes the run end because this server stops: a job that the engine can be asked
// for again is left to it.
func (r *run) leave() {
	if r.handle.Load() != nil {
		r.cancel(errLeaving)
		return
	}
	r.cancel(errStopping)
}

// main runs the attempt and writes down how it ended.
func (r *run) main(do func(*run) error) {
	defer r.cancel(nil)
	finished := make(chan struct{})
	var alive sync.WaitGroup
	alive.Go(func() { r.keepAlive(finished) })
	quiet := sync.OnceFunc(func() {
		close(finished)
		alive.Wait()
	})
	defer quiet()
	err := do(r)
	defer func() { r.span.End(err) }()
	if r.leavesRow(err) {
		quiet() // a beat after it would take the lease again
		r.letGo()
		return
	}
	r.end(r.ending(err))
}

// begin is the first step of a claimed job.
func (r *run) begin() error {
	if r.job.Kind == lora.Delivery {
		return r.deliver()
	}
	task, err := r.task()
	if err != nil {
		return err
	}
	r.note(lora.EngineEvent{Type: lora.EventProgress, Message: fmt.Sprintf("Asking %s.", r.job.Engine)})
	ctx, stop := context.WithTimeoutCause(r.ctx, r.jobs.EngineTimeout(r.job.Engine)+timeoutSlack, errTimeout)
	defer stop()
	return r.timely(ctx, r.guarded(ctx, func(ctx context.Context) error {
		return r.jobs.Engines.Run(ctx, r.job.Engine, task, r.sink)
	}))
}

// timely names the timeout as the reason of what failed because of it.
func (r *run) timely(ctx context.Context, err error) error {
	if err == nil || !errors.Is(context.Cause(ctx), errTimeout) {
		return err
	}
	return &lora.EngineError{Class: lora.EngineTimeout, Err: err, Message: fmt.Sprintf(
		"%s did not finish within %s. Allow it more time in its settings, or ask for less.", r.job.Engine, r.jobs.EngineTimeout(r.job.Engine))}
}

// guarded makes a call that may come back late, never, or by a panic. Once ctx is done it
// has Grace to return; then it is given up, and what it still sends is dropped.
func (r *run) guarded(ctx context.Context, call func(context.Context) error) error {
	done := make(chan error, 1)
	go func() {
		ctx, span := r.jobs.Tracer.Begin(ctx, "engine "+r.job.Engine)
		var failed error
		defer func() { span.End(failed) }()
		defer func() {
			if p := recover(); p != nil {
				r.jobs.Logger.Error("a driver panicked", "job", r.job.ID, "engine", r.job.Engine, "panic", p, "stack", string(debug.Stack()))
				done <- &lora.EngineError{Class: lora.EngineProtocol, Message: fmt.Sprintf("The answer of %s broke our reading of it. The log says more.", r.job.Engine)}
			}
		}()
		failed = call(ctx)
		done <- failed
	}()
	var err error
	select {
	case err = <-done:
	case <-ctx.Done():
		grace := time.NewTimer(r.jobs.Grace)
		defer grace.Stop()
		select {
		case err = <-done:
		case <-grace.C:
			r.jobs.Logger.Error("a driver did not return when it was told to stop", "job", r.job.ID, "engine", r.job.Engine)
			err = &lora.EngineError{Class: lora.EngineInterrupted, Message: fmt.Sprintf("%s was given up: it did not stop when told to.", r.job.Engine)}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	if r.failure != nil {
		return r.failure // ours, from the sink: the engine only passed it on
	}
	return err
}

func (r *run) pictures() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.images)
}

// forget makes the run ready to hear the same job from its beginning.
func (r *run) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed, r.failure, r.images, r.warnings = false, nil, nil, nil
}
