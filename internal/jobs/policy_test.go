package jobs_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

func TestPromise4_WhatCanHelpIsTriedAgainLaterEachTime(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		class        lora.EngineErrorClass
		runs         int
		first, total time.Duration // the least wait before the second run, and before the last
	}{
		{lora.EngineUnreachable, 3, 5 * time.Second, 25 * time.Second},
		{lora.EngineBusy, 3, 5 * time.Second, 15 * time.Second},
		{lora.EngineRateLimited, 3, 15 * time.Second, 45 * time.Second},
		{lora.EngineFailed, 3, 5 * time.Second, 20 * time.Second},
		{lora.EngineTimeout, 3, 5 * time.Second, 20 * time.Second},
		{lora.JobStorage, 3, 2 * time.Second, 10 * time.Second},
		{class: lora.EngineUnauthorised, runs: 1},
		{class: lora.EngineRefused, runs: 1},
		{class: lora.EngineNotFound, runs: 1},
		{class: lora.EngineLoRANotFound, runs: 1},
		{class: lora.EngineInterrupted, runs: 1},
		{class: lora.EngineEmpty, runs: 1},
		{class: lora.EngineProtocol, runs: 1},
		{class: lora.JobLost, runs: 1},
	} {
		t.Run(string(c.class), func(t *testing.T) {
			in(t, func(w *world) {
				if c.class.Retryable() != (c.runs > 1) {
					t.Errorf("the table of waits and the class disagree")
				}
				var at []time.Time
				w.engines.behave["one"] = func(context.Context, lora.Task, lora.EngineSink) error {
					at = append(at, time.Now())
					return &lora.EngineError{Class: c.class, Message: "It failed."}
				}
				p := w.start(nil)
				defer p.end()
				got := p.wait(p.accept(request("a cat")).ID)
				if got.Status != lora.JobFailed || got.ErrorClass != c.class || got.Error != "It failed." || len(at) != c.runs {
					t.Fatalf("ended %s (%s) after %d runs: %s", got.Status, got.ErrorClass, len(at), got.Error)
				}
				if c.runs == 1 {
					return
				}
				// A quarter more at random, and up to a sweep until it is noticed.
				between := func(d, least time.Duration) bool { return d >= least && d <= least*5/4+4*time.Second }
				if first, total := at[1].Sub(at[0]), at[2].Sub(at[0]); !between(first, c.first) || !between(total, c.total) {
					t.Errorf("waited %s before the second run and %s before the third", first, total)
				}
			})
		})
	}
}

func TestPromise4_AnEngineThatNamesATimeIsAskedNoSooner(t *testing.T) {
	in(t, func(w *world) {
		var at []time.Time
		w.engines.behave["one"] = func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
			if at = append(at, time.Now()); len(at) == 1 {
				return &lora.EngineError{Class: lora.EngineRateLimited, Message: "Later.", RetryAfter: 2 * time.Minute}
			}
			return draws(ctx, task, sink)
		}
		p := w.start(nil)
		defer p.end()
		if got := p.wait(p.accept(request("a cat")).ID); got.Status != lora.JobSucceeded || at[1].Sub(at[0]) < 2*time.Minute {
			t.Errorf("ended %s, asked again after %s", got.Status, at[1].Sub(at[0]))
		}
	})
}

func TestPromise4_AJobWeRoutedGoesToAnotherEngineWhenItsOwnIsAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why, engine string
		want        lora.JobStatus
	}{
		{"the choice was ours", "", lora.JobSucceeded},
		{"any engine of a kind will do", "played", lora.JobSucceeded},
		{"the user chose this engine", "one", lora.JobFailed},
	} {
		t.Run(c.why, func(t *testing.T) {
			in(t, func(w *world) {
				w.engines.slots["two"] = 1
				w.engines.behave["one"] = fails(lora.EngineUnreachable, 100)
				p := w.start(nil)
				defer p.end()
				r := request("a cat")
				r.Engine = c.engine
				got := p.wait(p.accept(r).ID)
				if got.Status != c.want || (c.want == lora.JobSucceeded) != (got.Engine == "two") {
					t.Errorf("ended %s on %s: %s", got.Status, got.Engine, got.Error)
				}
			})
		})
	}
}

func TestPromise6_ARunEndsInTimeWhateverTheEngineDoes(t *testing.T) {
	t.Parallel()
	const timeout = 20 * time.Second
	for why, behave := range map[string]behaviour{
		"it hangs and can be stopped": hangs,
		"it hangs and hears nothing": func(context.Context, lora.Task, lora.EngineSink) error {
			time.Sleep(time.Hour)
			return nil
		},
		"it reports progress for ever": func(ctx context.Context, _ lora.Task, sink lora.EngineSink) error {
			for {
				if err := sink(lora.EngineEvent{Type: lora.EventProgress, Fraction: new(0.5)}); err != nil {
					return err
				}
				time.Sleep(time.Second)
				if ctx.Err() != nil && time.Now().Year() > 2100 {
					return nil
				}
			}
		},
	} {
		t.Run(why, func(t *testing.T) {
			in(t, func(w *world) {
				w.engines.behave["one"] = behave
				p := w.start(func(o *jobs.Options) {
					o.EngineTimeout = func(string) time.Duration { return timeout }
					o.MaxAttempts = 1
				})
				job := p.accept(request("a cat"))
				asked := time.Now()
				got := p.wait(job.ID)
				if took := time.Since(asked); took > timeout+5*time.Second || got.Status != lora.JobFailed || got.ErrorClass != lora.EngineTimeout {
					t.Errorf("ended %s (%s) after %s", got.Status, got.ErrorClass, took)
				}
				if !strings.Contains(got.Error, "20s") {
					t.Errorf("the reason is %q", got.Error)
				}
				p.end()
				time.Sleep(2 * time.Hour) // until the engine itself has ended
			})
		})
	}
}

func TestBadEnginesEndWithAReason(t *testing.T) {
	t.Parallel()
	submit := func(sink lora.EngineSink) error { return sink(lora.EngineEvent{Type: lora.EventSubmitted}) }
	for why, c := range map[string]struct {
		behave behaviour
		class  lora.EngineErrorClass
	}{
		"it makes nothing": {func(_ context.Context, _ lora.Task, sink lora.EngineSink) error { return submit(sink) }, lora.EngineEmpty},
		"it sends junk": {func(_ context.Context, _ lora.Task, sink lora.EngineSink) error {
			return sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: []byte("junk")}})
		}, lora.EngineProtocol},
		"it hides what the sink said": {func(_ context.Context, _ lora.Task, sink lora.EngineSink) error {
			_ = sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: []byte("junk")}})
			return nil
		}, lora.EngineProtocol},
		"it sends no end of pictures": {func(_ context.Context, task lora.Task, sink lora.EngineSink) error {
			for i := 0; ; i++ {
				if err := sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: pictureOf(task, i)}}); err != nil {
					return err
				}
			}
		}, lora.EngineProtocol},
		"its driver panics": {func(context.Context, lora.Task, lora.EngineSink) error { panic("index out of range") }, lora.EngineProtocol},
	} {
		t.Run(why, func(t *testing.T) {
			in(t, func(w *world) {
				w.engines.behave["one"] = c.behave
				p := w.start(func(o *jobs.Options) { o.MaxAttempts = 1 })
				defer p.end()
				got := p.wait(p.accept(request("a cat")).ID)
				if got.Status != lora.JobFailed || got.ErrorClass != c.class || got.Error == "" {
					t.Errorf("ended %s (%s): %s", got.Status, got.ErrorClass, got.Error)
				}
			})
		})
	}
}
