package jobs_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
)

func isLeave(err error) bool { return errors.Is(err, lora.ErrLeave) }

func (p *process) cancel(id string) {
	p.world.t.Helper()
	if _, err := p.jobs.Cancel(context.Background(), id); err != nil {
		p.world.t.Fatal(err)
	}
}

func TestPromise3_AWaitingJobIsCancelledAtOnce(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		p := w.start(nil)
		defer p.end()
		running, waiting := p.accept(request("a cat")), p.accept(request("a dog"))
		synctest.Wait()
		p.cancel(waiting.ID)
		if got := p.job(waiting.ID); got.Status != lora.JobCancelled {
			t.Errorf("it is %s", got.Status)
		}
		p.cancel(running.ID)
		time.Sleep(time.Minute)
		if w.engines.started() != 1 {
			t.Error("the cancelled job ran")
		}
		complete := w.heard.of(jobs.EventGenerationComplete)
		if len(complete) != 2 || complete[0].(jobs.GenerationComplete).RawStatus != "cancelled" {
			t.Errorf("announced %+v", complete)
		}
	})
}

func TestPromise3_ARunningJobIsStoppedWithItsEngine(t *testing.T) {
	in(t, func(w *world) {
		stopped := make(chan error, 1)
		w.engines.behave["one"] = func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
			err := hangs(ctx, task, sink)
			stopped <- context.Cause(ctx)
			return err
		}
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		synctest.Wait()
		p.cancel(job.ID)
		asked := time.Now()
		if cause := <-stopped; cause == nil || isLeave(cause) || time.Since(asked) > 0 {
			t.Errorf("the engine heard %v after %s", cause, time.Since(asked))
		}
		if got := p.wait(job.ID); got.Status != lora.JobCancelled {
			t.Errorf("it is %s", got.Status)
		}
	})
}

func TestPromise3_AnotherHostHearsOfACancelWithinTwoSeconds(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		p := w.start(nil)
		job := p.accept(request("a cat"))
		synctest.Wait()
		other := w.startOn(p.store, queue.NewLocal(), func(o *jobs.Options) { o.Worker = "other host" })
		other.cancel(job.ID)
		asked := time.Now()
		if got := other.wait(job.ID); got.Status != lora.JobCancelled || time.Since(asked) > 3*time.Second {
			t.Errorf("it is %s after %s", got.Status, time.Since(asked))
		}
		other.stop()
		<-other.done
		other.jobs.Close()
		_ = other.wakes.Close(context.Background())
		p.end()
	})
}

func TestPromise3_AnotherHostThatHearsOfItStopsAtOnce(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		time.Sleep(time.Second)
		if _, err := p.store.CancelJob(context.Background(), job.ID); err != nil { // as another process would
			t.Fatal(err)
		}
		asked := time.Now()
		p.jobs.Heard(job.ID)
		if got := p.wait(job.ID); got.Status != lora.JobCancelled || time.Since(asked) > 0 {
			t.Errorf("it is %s after %s", got.Status, time.Since(asked))
		}
	})
}

func TestPromise3_AnEngineThatFinishesAllTheSameChangesNothing(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
			if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
				return err
			}
			<-ctx.Done() // it cannot be stopped
			return draws(context.WithoutCancel(ctx), task, func(e lora.EngineEvent) error {
				if e.Type == lora.EventSubmitted {
					return nil
				}
				return sink(e)
			})
		}
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		synctest.Wait()
		p.cancel(job.ID)
		if got := p.wait(job.ID); got.Status != lora.JobCancelled {
			t.Errorf("it is %s", got.Status)
		}
	})
}

func TestPromise3_ACancelledJobThatWasCutOffStaysCancelled(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		w.engines.reruns["one"] = true
		first := w.start(nil)
		job := first.accept(request("a cat"))
		synctest.Wait()
		if _, err := first.store.CancelJob(context.Background(), job.ID); err != nil {
			t.Fatal(err)
		}
		first.kill()
		second := w.start(nil)
		defer second.end()
		if got := second.wait(job.ID); got.Status != lora.JobCancelled || w.engines.started() != 1 {
			t.Errorf("it is %s after %d runs", got.Status, w.engines.started())
		}
	})
}

func TestWhatCannotBeCancelledSaysSo(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.accept(request("a cat")).ID)
		for id, want := range map[string]struct {
			code    lora.Code
			message string
		}{
			job.ID:    {lora.Conflict, "Job cannot be cancelled in its current state"},
			"unknown": {lora.NotFound, "Job not found"},
		} {
			_, err := p.jobs.Cancel(context.Background(), id)
			var got *lora.Error
			if !errors.As(err, &got) || got.Code != want.code || got.Message != want.message {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestACancelledJobCanBeRetried(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		p := w.start(nil)
		defer p.end()
		job := p.accept(request("a cat"))
		synctest.Wait()
		p.cancel(job.ID)
		p.wait(job.ID)
		w.engines.behave["one"] = nil
		if _, err := p.jobs.Retry(context.Background(), job.ID); err != nil {
			t.Fatal(err)
		}
		if got := p.wait(job.ID); got.Status != lora.JobSucceeded || got.Attempt != 1 {
			t.Errorf("it is %s", got.Status)
		}
	})
}

func TestAPausedQueueWaitsAndGoesOn(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		if state, err := p.jobs.Pause(context.Background(), true); err != nil || !state.Paused {
			t.Fatalf("%+v, %v", state, err)
		}
		first, second := p.accept(request("a cat")), p.accept(request("a dog"))
		time.Sleep(time.Minute)
		if w.engines.started() != 0 {
			t.Error("a job ran in the pause")
		}
		if _, err := p.jobs.Move(context.Background(), second.ID, nil, &first.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := p.jobs.Pause(context.Background(), false); err != nil {
			t.Fatal(err)
		}
		p.wait(first.ID)
		if w.engines.runs[0] != "one/"+second.ID {
			t.Error("the moved job did not run first")
		}
	})
}
