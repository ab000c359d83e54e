package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

func arrives(into *[]lora.DeliveryTask) func(context.Context, lora.DeliveryTask) (map[string]any, error) {
	return func(_ context.Context, d lora.DeliveryTask) (map[string]any, error) {
		*into = append(*into, d)
		return map[string]any{"status": "ok", "detail": "written"}, nil
	}
}

func (p *process) deliver(r jobs.DeliveryRequest) lora.Job {
	p.world.t.Helper()
	job, err := p.jobs.AcceptDelivery(context.Background(), r)
	if err != nil {
		p.world.t.Fatal(err)
	}
	return job
}

func TestADeliveryIsMade(t *testing.T) {
	in(t, func(w *world) {
		var made []lora.DeliveryTask
		w.engines.deliver = arrives(&made)
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.deliver(jobs.DeliveryRequest{Prompt: "hello", Mode: "cli", Params: json.RawMessage(`{"template":"{prompt}"}`)}).ID)
		if job.Status != lora.JobSucceeded || string(job.Result) != `{"detail":"written","status":"ok"}` || job.Kind != lora.Delivery {
			t.Errorf("ended %s: %s", job.Status, job.Result)
		}
		if len(made) != 1 || made[0].Mode != "cli" || made[0].Prompt != "hello" || made[0].Params["template"] != "{prompt}" {
			t.Errorf("made %+v", made)
		}
	})
}

func TestADeliveryOfAnUnknownModeIsAcceptedAndFails(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.deliver(jobs.DeliveryRequest{Prompt: "hello", Mode: "pigeon"}).ID)
		if job.Status != lora.JobFailed || string(job.Result) != `{"detail":"unknown mode: pigeon","status":"error"}` || job.Error != "unknown mode: pigeon" {
			t.Errorf("ended %s: %s", job.Status, job.Result)
		}
	})
}

func TestADeliveryWhoseModeIsAnEngineIsAGeneration(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.deliver(jobs.DeliveryRequest{Prompt: "hello", Mode: "one", Params: json.RawMessage(`{"generation_params":{"width":640,"prompt":"other"}}`)}).ID)
		p2 := jobs.ParamsOf(job).GenerationParams
		if job.Kind != lora.Generation || job.Status != lora.JobSucceeded || p2.Width != 640 || p2.Height != 512 || p2.Prompt != "hello" {
			t.Errorf("it is a %s, %s: %s", job.Kind, job.Status, job.Params)
		}
	})
}

func TestPromise5_AnOrderedDeliveryIsMadeOnceAfterTheGeneration(t *testing.T) {
	t.Parallel()
	for _, at := range []string{"", "ended.before", "ended.after"} {
		t.Run("killed at "+at, func(t *testing.T) {
			in(t, func(w *world) {
				var made []lora.DeliveryTask
				w.engines.deliver = arrives(&made)
				w.engines.reruns["one"] = true
				var p *process
				ready := make(chan struct{})
				failpoint := killAt(&p, at)
				p = w.start(func(o *jobs.Options) {
					o.Failpoint = func(at string) { <-ready; failpoint(at) }
				})
				close(ready)
				r := request("a cat")
				r.Params.BatchSize, r.Params.NegativePrompt = 2, new("a dog")
				r.Deliver = &jobs.Deliver{Mode: "http", Params: json.RawMessage(`{"host":"example.org"}`)}
				job := p.accept(r)
				time.Sleep(30 * time.Second)
				if at != "" {
					p.kill()
					p = w.start(nil)
				}
				defer func() { p.end() }()
				p.wait(job.ID)
				time.Sleep(30 * time.Second)
				if len(made) != 1 {
					t.Fatalf("made %d deliveries", len(made))
				}
				d := made[0]
				if len(d.Pictures) != 2 || len(d.Pictures[0].Data) == 0 || d.Negative != "a dog" || d.Seed == nil || d.Params["host"] != "example.org" {
					t.Errorf("delivered %+v", d)
				}
				if delivery := p.job(d.JobID); delivery.ParentID != job.ID || delivery.Status != lora.JobSucceeded {
					t.Errorf("kept as %+v", delivery)
				}
			})
		})
	}
}

func TestPromise5_WithoutTheGenerationThereIsNoDelivery(t *testing.T) {
	in(t, func(w *world) {
		var made []lora.DeliveryTask
		w.engines.deliver = arrives(&made)
		w.engines.behave["one"] = fails(lora.EngineRefused, 1)
		p := w.start(nil)
		defer p.end()
		r := request("a cat")
		r.Deliver = &jobs.Deliver{Mode: "file"}
		job := p.wait(p.accept(r).ID)
		time.Sleep(time.Minute)
		if job.Status != lora.JobFailed || len(made) != 0 {
			t.Errorf("the generation %s, deliveries %d", job.Status, len(made))
		}
	})
}

func TestADeliveryThatMayHaveArrivedIsNotMadeTwice(t *testing.T) {
	t.Parallel()
	for _, killed := range []bool{true, false} {
		t.Run(map[bool]string{true: "killed", false: "stopped"}[killed], func(t *testing.T) {
			in(t, func(w *world) {
				made := 0
				w.engines.deliver = func(ctx context.Context, _ lora.DeliveryTask) (map[string]any, error) {
					made++
					return nil, pause(ctx, time.Hour)
				}
				p := w.start(nil)
				job := p.deliver(jobs.DeliveryRequest{Prompt: "hello", Mode: "http"})
				synctest.Wait()
				if killed {
					p.kill()
				} else {
					p.end()
				}
				p = w.start(nil)
				defer p.end()
				if got := p.wait(job.ID); got.ErrorClass != lora.JobLost || made != 1 {
					t.Errorf("ended %s (%s) after %d deliveries", got.Status, got.ErrorClass, made)
				}
			})
		})
	}
}

func TestAFailedDeliveryKeepsWhatTheTargetSaid(t *testing.T) {
	in(t, func(w *world) {
		w.engines.deliver = func(context.Context, lora.DeliveryTask) (map[string]any, error) {
			return map[string]any{"status": 404, "detail": "no such page"}, &lora.EngineError{Class: lora.EngineRefused, Message: "The target answered 404.", Err: errors.New("404")}
		}
		p := w.start(nil)
		defer p.end()
		job := p.wait(p.deliver(jobs.DeliveryRequest{Prompt: "hello", Mode: "http"}).ID)
		if job.Status != lora.JobFailed || job.Error != "The target answered 404." || string(job.Result) != `{"detail":"no such page","status":404}` {
			t.Errorf("ended %s: %s", job.Status, job.Result)
		}
	})
}
