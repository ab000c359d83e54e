package jobs_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
	"loramanager/internal/queue"
)

func TestPromise1_AKillAtAnyPointLosesNothing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		at   string
		want lora.JobStatus
		why  lora.EngineErrorClass
		runs int // of the engine, in both lives
	}{
		{"claimed", lora.JobSucceeded, "", 1},
		{"submitted.before", lora.JobSucceeded, "", 2},
		{"submitted.after", lora.JobFailed, lora.JobLost, 1},
		{"picture.before", lora.JobFailed, lora.JobLost, 1},
		{"picture.kept", lora.JobFailed, lora.JobLost, 1},
		{"ended.before", lora.JobFailed, lora.JobLost, 1},
		{"ended.after", lora.JobSucceeded, "", 1},
	} {
		t.Run(c.at, func(t *testing.T) {
			in(t, func(w *world) {
				var first *process
				ready := make(chan struct{})
				failpoint := killAt(&first, c.at)
				first = w.start(func(o *jobs.Options) {
					o.Failpoint = func(at string) { <-ready; failpoint(at) }
				})
				close(ready)
				job := first.accept(request("a cat"))
				time.Sleep(5 * time.Second)
				first.kill()
				second := w.start(nil)
				defer second.end()
				got := second.wait(job.ID)
				if got.Status != c.want || got.ErrorClass != c.why || w.engines.started() != c.runs {
					t.Errorf("ended %s (%s: %s) after %d runs", got.Status, got.ErrorClass, got.Error, w.engines.started())
				}
				if got.Status == lora.JobFailed && !strings.Contains(got.Error, "one") {
					t.Errorf("the reason does not name the engine: %q", got.Error)
				}
				if w.ends[job.ID] != 1 {
					t.Errorf("the job ended %d times", w.ends[job.ID])
				}
			})
		})
	}
}

func TestPromise1_AKillWhileAcceptingKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	for at, kept := range map[string]int{"accept.before": 0, "accept.after": 1} {
		t.Run(at, func(t *testing.T) {
			in(t, func(w *world) {
				var first *process
				first = w.start(func(o *jobs.Options) { o.Failpoint = killAt(&first, at) })
				var caller sync.WaitGroup
				caller.Go(func() { _, _ = first.jobs.Accept(context.Background(), request("a cat")) })
				caller.Wait()
				first.kill()
				second := w.start(nil)
				defer second.end()
				time.Sleep(10 * time.Second)
				if w.engines.started() != kept {
					t.Errorf("%d jobs ran, want %d", w.engines.started(), kept)
				}
			})
		})
	}
}

func TestPromise1_AServerThatStartsBeforeItsDatabaseAnswersFindsItsJobsAllTheSame(t *testing.T) {
	in(t, func(w *world) {
		w.engines.reruns["one"] = true
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(500 * time.Millisecond)
		first.kill()
		w.outage.Store(true)
		second := w.start(nil)
		defer second.end()
		time.Sleep(5 * time.Second)
		w.outage.Store(false)
		back := time.Now()
		if got := second.wait(job.ID); got.Status != lora.JobSucceeded || time.Since(back) > 5*time.Second {
			t.Errorf("ended %s after %s", got.Status, time.Since(back))
		}
	})
}

func TestPromise1_WhereAnEngineAllowsItACutOffJobRunsAgain(t *testing.T) {
	in(t, func(w *world) {
		w.engines.reruns["one"] = true
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(500 * time.Millisecond)
		first.kill()
		second := w.start(nil)
		defer second.end()
		if got := second.wait(job.ID); got.Status != lora.JobSucceeded || got.Attempt != 2 {
			t.Errorf("ended %s in attempt %d: %s", got.Status, got.Attempt, got.Error)
		}
	})
}

func TestPromise1_WhereAnEngineCanBeAskedItIsAskedAgain(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = func(ctx context.Context, _ lora.Task, sink lora.EngineSink) error {
			if err := sink(lora.EngineEvent{Type: lora.EventSubmitted, Handle: "h1"}); err != nil {
				return err
			}
			return pause(ctx, time.Hour)
		}
		asked := 0
		w.engines.attach = func(_ context.Context, handle string, task lora.Task, sink lora.EngineSink) (bool, error) {
			if asked++; asked < 4 { // it is away for a while itself
				return true, &lora.EngineError{Class: lora.EngineUnreachable, Message: "No answer."}
			}
			if handle != "h1" {
				t.Errorf("asked for %q", handle)
			}
			return true, sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: pictureOf(task, 0)}})
		}
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(5 * time.Second)
		first.kill()
		second := w.start(nil)
		defer second.end()
		if got := second.wait(job.ID); got.Status != lora.JobSucceeded || got.Attempt != 1 || asked != 4 || w.engines.started() != 1 {
			t.Errorf("ended %s in attempt %d, asked %d times, %d runs: %s", got.Status, got.Attempt, asked, w.engines.started(), got.Error)
		}
	})
}

func TestPromise4_AJobThatKillsTheServerEndsAfterItsAttempts(t *testing.T) {
	in(t, func(w *world) {
		w.engines.reruns["one"] = true
		w.engines.behave["one"] = hangs
		p := w.start(nil)
		job := p.accept(request("poison"))
		for range 3 {
			time.Sleep(5 * time.Second)
			p.kill()
			p = w.start(nil)
		}
		defer func() { p.end() }()
		if got := p.wait(job.ID); got.Status != lora.JobFailed || got.ErrorClass != lora.JobLost || w.engines.started() != 3 {
			t.Errorf("ended %s (%s) after %d runs: %s", got.Status, got.ErrorClass, w.engines.started(), got.Error)
		}
	})
}

func TestPromise2_AWorkerThatLostItsLeaseWritesNothingMore(t *testing.T) {
	in(t, func(w *world) {
		w.engines.reruns["one"] = true
		causes := make(chan error, 2)
		w.engines.behave["one"] = func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
			err := sink(lora.EngineEvent{Type: lora.EventSubmitted})
			if err == nil && len(causes) == 0 {
				err = pause(ctx, 45*time.Second) // longer than the lease
				causes <- context.Cause(ctx)
			}
			if err != nil {
				return err
			}
			return sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: pictureOf(task, 0)}})
		}
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(5 * time.Second)
		first.away.Store(true)
		second := w.startOn(first.store, queue.NewLocal(), func(o *jobs.Options) { o.Worker = "other host" })
		got := second.wait(job.ID)
		first.away.Store(false)
		time.Sleep(time.Minute)
		if got.Status != lora.JobSucceeded || w.ends[job.ID] != 1 || w.engines.started() != 2 {
			t.Errorf("ended %s, %d times, after %d runs", got.Status, w.ends[job.ID], w.engines.started())
		}
		if cause := <-causes; !isLeave(cause) {
			t.Errorf("the engine was stopped although another worker may use it: %v", cause)
		}
		second.stop()
		<-second.done
		second.jobs.Close()
		_ = second.wakes.Close(context.Background())
		first.end()
	})
}

func TestPromise8_StoppingCostsNoJobAnAttempt(t *testing.T) {
	in(t, func(w *world) {
		w.engines.behave["one"] = hangs
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(5 * time.Second)
		asked := time.Now()
		first.end()
		if took := time.Since(asked); took > 10*time.Second {
			t.Errorf("stopping took %s", took)
		}
		w.engines.behave["one"] = nil
		second := w.start(nil)
		defer second.end()
		if got := second.wait(job.ID); got.Status != lora.JobSucceeded || got.Attempt != 1 {
			t.Errorf("ended %s in attempt %d: %s", got.Status, got.Attempt, got.Error)
		}
	})
}

func TestPromise8_AStoppingServerLetsShortJobsFinish(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		job, waiting := p.accept(request("a cat")), p.accept(request("a dog"))
		synctest.Wait()
		p.stop()
		<-p.done
		if a, b := p.job(job.ID), p.job(waiting.ID); a.Status != lora.JobSucceeded || b.Status != lora.JobPending {
			t.Errorf("the running job is %s, the waiting one %s", a.Status, b.Status)
		}
		p.close()
	})
}

func TestPromise8_AStoppingServerLeavesTheEngineThatCanBeAskedAgain(t *testing.T) {
	in(t, func(w *world) {
		causes := make(chan error, 1)
		w.engines.behave["one"] = func(ctx context.Context, _ lora.Task, sink lora.EngineSink) error {
			if err := sink(lora.EngineEvent{Type: lora.EventSubmitted, Handle: "h1"}); err != nil {
				return err
			}
			err := pause(ctx, time.Hour)
			causes <- context.Cause(ctx)
			return err
		}
		w.engines.attach = func(_ context.Context, _ string, task lora.Task, sink lora.EngineSink) (bool, error) {
			return true, sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: pictureOf(task, 0)}})
		}
		first := w.start(nil)
		job := first.accept(request("a cat"))
		time.Sleep(5 * time.Second)
		first.end()
		if !isLeave(<-causes) {
			t.Error("the engine was stopped")
		}
		second := w.start(nil)
		defer second.end()
		if got := second.wait(job.ID); got.Status != lora.JobSucceeded || got.Attempt != 1 || w.engines.started() != 1 {
			t.Errorf("ended %s in attempt %d: %s", got.Status, got.Attempt, got.Error)
		}
	})
}
