package jobs_test

import (
	"context"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

func TestPromise7_EveryFieldOutOfBoundsIsNamedAndNothingIsKept(t *testing.T) {
	sum := strings.Repeat("a", 64)
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		for _, c := range []struct {
			why, field string
			change     func(*jobs.Request)
		}{
			{"no steps", "steps", func(r *jobs.Request) { r.Params.Steps = 0 }},
			{"too many steps", "steps", func(r *jobs.Request) { r.Params.Steps = 1001 }},
			{"negative guidance", "cfg_scale", func(r *jobs.Request) { r.Params.CFGScale = -1 }},
			{"guidance that is no number", "cfg_scale", func(r *jobs.Request) { r.Params.CFGScale = math.NaN() }},
			{"a negative width", "width", func(r *jobs.Request) { r.Params.Width = -1 }},
			{"a height beyond any picture", "height", func(r *jobs.Request) { r.Params.Height = 16385 }},
			{"too many pixels", "width", func(r *jobs.Request) { r.Params.Width, r.Params.Height = 16384, 16384 }},
			{"too many pixels after hires", "width", func(r *jobs.Request) {
				r.Params.Width, r.Params.Height, r.Params.Hires = 4096, 4096, &lora.Hires{Scale: 4, Denoising: 0.5}
			}},
			{"a seed below -1", "seed", func(r *jobs.Request) { r.Params.Seed = -2 }},
			{"a seed no browser can write", "seed", func(r *jobs.Request) { r.Params.Seed = 1 << 53 }},
			{"no picture", "batch_size", func(r *jobs.Request) { r.Params.BatchSize = 0 }},
			{"too many pictures", "batch_size", func(r *jobs.Request) { r.Params.BatchSize = 65 }},
			{"too many batches", "n_iter", func(r *jobs.Request) { r.Params.NIter = 101 }},
			{"denoising above 1", "denoising_strength", func(r *jobs.Request) { r.Params.DenoisingStrength = new(1.5) }},
			{"a long prompt", "prompt", func(r *jobs.Request) { r.Params.Prompt = strings.Repeat("x", 64<<10+1) }},
			{"a prompt with NUL", "prompt", func(r *jobs.Request) { r.Params.Prompt = "a\x00b" }},
			{"a long negative prompt", "negative_prompt", func(r *jobs.Request) { r.Params.NegativePrompt = new(strings.Repeat("x", 64<<10+1)) }},
			{"a path as picture", "init_image", func(r *jobs.Request) { r.Params.InitImage = "/etc/passwd" }},
			{"a picture nobody has", "init_image", func(r *jobs.Request) { r.Params.InitImage = sum }},
			{"a mask without a picture", "mask_image", func(r *jobs.Request) { r.Params.MaskImage = sum }},
			{"a control unit without a picture", "controls[0].image", func(r *jobs.Request) { r.Params.Controls = []lora.ControlUnit{{Model: "canny"}} }},
			{"a control unit that ends before it starts", "controls[0].end", func(r *jobs.Request) {
				r.Params.Controls = []lora.ControlUnit{{Image: sum, Start: 0.5, End: 0.2}}
			}},
			{"an upscale without upscaler", "upscale.upscaler", func(r *jobs.Request) { r.Params.Upscale = &lora.Upscale{Scale: 2} }},
			{"an adapter without a name", "adapters", func(r *jobs.Request) { r.Params.Adapters = []lora.Use{{Weight: 1}} }},
			{"a weight without end", "adapters", func(r *jobs.Request) { r.Params.Adapters = []lora.Use{{Name: "x", Weight: math.Inf(1)}} }},
			{"more adapters than sense", "prompt", func(r *jobs.Request) { r.Params.Prompt = strings.Repeat("<lora:x:1>", 201) }},
			{"an unknown dialect", "dialect", func(r *jobs.Request) { r.Dialect = "klingon" }},
			{"a priority above 9", "priority", func(r *jobs.Request) { r.Priority = new(10) }},
			{"an idempotency key with blanks", "Idempotency-Key", func(r *jobs.Request) { r.IdempotencyKey = "a b" }},
			{"an idempotency key of ours", "Idempotency-Key", func(r *jobs.Request) { r.IdempotencyKey = "delivery-of:x" }},
			{"a delivery nobody makes", "deliver.mode", func(r *jobs.Request) { r.Deliver = &jobs.Deliver{Mode: "pigeon"} }},
			{"a delivery with a list", "deliver.params", func(r *jobs.Request) {
				r.Deliver = &jobs.Deliver{Mode: "http", Params: json.RawMessage(`[]`)}
			}},
			{"what the engine is known not to do", "model", func(r *jobs.Request) { r.Params.Model = "unknown" }},
			{"an engine nobody set up", "", func(r *jobs.Request) { r.Engine = "none such" }},
		} {
			r := request("a cat")
			c.change(&r)
			_, err := p.jobs.Accept(context.Background(), r)
			var got *lora.Error
			if !errors.As(err, &got) || got.Field != c.field || got.Message == "" {
				t.Errorf("%s: got %v", c.why, err)
			}
		}
		time.Sleep(time.Minute)
		if state, err := p.store.QueueState(context.Background()); err != nil || state != (lora.QueueState{}) || w.engines.started() > 0 {
			t.Errorf("something was kept: %+v, %v", state, err)
		}
	})
}

func TestPromise7_ADeliveryOutOfBoundsIsRefused(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		for field, r := range map[string]jobs.DeliveryRequest{
			"mode":                           {Prompt: "hello"},
			"params":                         {Prompt: "hello", Mode: "http", Params: json.RawMessage(`"x"`)},
			"prompt":                         {Prompt: strings.Repeat("x", 64<<10+1), Mode: "http"},
			"priority":                       {Prompt: "hello", Mode: "http", Terms: jobs.Terms{Priority: new(-1)}},
			"params.generation_params.steps": {Prompt: "hello", Mode: "one", Params: json.RawMessage(`{"generation_params":{"steps":"many"}}`)},
		} {
			_, err := p.jobs.AcceptDelivery(context.Background(), r)
			var got *lora.Error
			if !errors.As(err, &got) || got.Field != field {
				t.Errorf("%s: got %v", field, err)
			}
		}
	})
}

func TestTheSameIdempotencyKeyIsTheSameJob(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		r := request("a cat")
		r.IdempotencyKey = "once"
		first := p.accept(r)
		p.wait(first.ID)
		if again := p.accept(r); again.ID != first.ID || again.Status != lora.JobSucceeded || w.engines.started() != 1 {
			t.Errorf("the second request made %+v", again)
		}
		r.Params.Steps++
		if job, err := p.jobs.Accept(context.Background(), r); lora.CodeOf(err) != lora.Conflict || w.engines.started() != 1 {
			t.Errorf("another request with the key: %+v, %v", job, err)
		}
		d := jobs.DeliveryRequest{Prompt: "a cat", Mode: "file"}
		d.IdempotencyKey = "once"
		if job, err := p.jobs.AcceptDelivery(context.Background(), d); lora.CodeOf(err) != lora.Conflict {
			t.Errorf("a delivery with the key: %+v, %v", job, err)
		}
	})
}

func TestAnAdapterNamedByItsIDAloneIsFoundOrRefused(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		r := request("a cat")
		r.Params.Adapters = []lora.Use{{AdapterID: "nobody", Weight: 1}}
		_, err := p.jobs.Accept(context.Background(), r)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != "adapters" || !strings.Contains(e.Message, "nobody") {
			t.Errorf("an unknown id: %v", err)
		}
		r.Params.Adapters = []lora.Use{{AdapterID: "adapter-1", Weight: 1}}
		if job := p.accept(r); job.Adapters[0].Name != "style" {
			t.Errorf("a known id became %+v", job.Adapters[0])
		}
	})
}

func TestAdaptersBesidesThePromptAreUsedToo(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		r := request("a cat <lora:a:0.5>")
		r.Params.NegativePrompt = new("bad <lora:c:1>")
		r.Params.Adapters = []lora.Use{{Name: "a", Weight: 0.5, AdapterID: "id"}, {Name: "b", Weight: 1}}
		job := p.wait(p.accept(r).ID)
		task := w.engines.tasks[0]
		if len(job.Adapters) != 2 || job.Adapters[0].AdapterID != "id" || job.Adapters[1].Name != "b" || len(task.Uses) != 2 {
			t.Errorf("uses %+v", job.Adapters)
		}
		if warned := jobs.ResultOf(job).Warnings; len(warned) != 1 || warned[0].Code != "negative_adapter" || *task.Params.NegativePrompt != "bad" {
			t.Errorf("the tag in the negative prompt %q was ignored in silence: %+v", *task.Params.NegativePrompt, warned)
		}
	})
}

func TestPicturesAJobStartsFromReachTheEngine(t *testing.T) {
	in(t, func(w *world) {
		p := w.start(nil)
		defer p.end()
		made := p.wait(p.accept(request("a cat")).ID).Images[0]
		r := request("a cat in oil")
		r.Params.InitImage, r.Params.MaskImage = made.SHA256, made.SHA256
		p.wait(p.accept(r).ID)
		if got := w.engines.tasks[1].Pictures; len(got) != 1 || string(got[made.SHA256]) != string(pictureOf(w.engines.tasks[0], 0)) {
			t.Errorf("the engine got %q", got)
		}
	})
}
