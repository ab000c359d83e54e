package engine_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

func TestComfyUISaysWhyItCannotDoAJob(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why     string
		options enginetest.ComfyUIOptions
		order   engine.Order
		class   lora.EngineErrorClass
		says    string
	}{
		{"a LoRA it does not list", enginetest.ComfyUIOptions{}, orderOf(nil, applied("gone.safetensors", 1)), lora.EngineLoRANotFound, `no LoRA called "gone.safetensors"`},
		{"a model it does not list", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.Model = "gone" }), lora.EngineNotFound, "gone"},
		{"a sampler it does not have", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.SamplerName = "Restart" }), lora.EngineNotFound, "Restart"},
		{"a scheduler it does not have", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.Scheduler = "ays" }), lora.EngineNotFound, "ays"},
		{"an upscaler it does not have", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.Upscale = &lora.Upscale{Upscaler: "gone", Scale: 2} }), lora.EngineNotFound, "gone"},
		{"a preprocessor that is no node", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) {
			p.Controls = []lora.ControlUnit{{Model: "canny", Preprocessor: "KSampler"}}
		}), lora.EngineNotFound, "KSampler"},
		{"no checkpoint at all", enginetest.ComfyUIOptions{Models: []string{}}, orderOf(func(p *lora.GenerationParams) { p.Model = "" }), lora.EngineNotFound, "models/checkpoints"},
		{"a workflow nobody kept", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.Workflow = "mine" }), lora.EngineNotFound, "mine"},
		{"a node that fails", enginetest.ComfyUIOptions{Fail: "mat1 and mat2 shapes cannot be multiplied"}, orderOf(nil), lora.EngineFailed, "KSampler: mat1"},
		{"no memory left", enginetest.ComfyUIOptions{Fail: "CUDA out of memory"}, orderOf(nil), lora.EngineFailed, "smaller"},
		{"more pictures than a graph can hold", enginetest.ComfyUIOptions{}, orderOf(func(p *lora.GenerationParams) { p.NIter = 1000 }), lora.EngineRefused, "256"},
	} {
		if failed := refused(t, startComfy(t, c.options, nil).Driver, c.order, c.class); !strings.Contains(failed.Message, c.says) {
			t.Errorf("%s: the message %q does not say %q", c.why, failed.Message, c.says)
		}
	}
}

func TestComfyUIWithAPassword(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{Username: "u", Password: "p", Previews: true}, nil)
	if news := run(t, c.Driver, orderOf(nil)); len(news.of(lora.EventPreview)) == 0 {
		t.Error("no previews: the socket was not opened with the password")
	}
	refused(t, driverFor(t, lora.EngineConfig{Name: "c", Kind: lora.ComfyUI, URL: c.url}, nil), orderOf(nil), lora.EngineUnauthorised)
}

func TestComfyUIWithoutASocketIsAskedInstead(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{NoSocket: true, StepTime: 20 * time.Millisecond}, nil)
	if news := run(t, c.Driver, orderOf(nil)); len(news.pictures) != 1 {
		t.Errorf("got %d pictures", len(news.pictures))
	}
}

func TestComfyUIOfBeforeCallersChoseIDs(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{Old: true}, nil)
	news := run(t, c.Driver, orderOf(nil))
	handles := news.of(lora.EventSubmitted)
	if len(handles) != 2 || handles[0].Handle == handles[1].Handle {
		t.Errorf("the handles are %+v, want ours and then the engine's", handles)
	}
}

func TestComfyUIMakesTheSameJobAgainFromItsCache(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{}, nil)
	first := run(t, c.Driver, orderOf(nil))
	second := run(t, c.Driver, orderOf(nil))
	if string(first.pictures[0].Data) != string(second.pictures[0].Data) || c.Saved() != 2 {
		t.Errorf("%d files were written for two runs of one job; a file of an earlier run may be deleted", c.Saved())
	}
}

// stopAt runs an order and cancels it at the first event of a type.
func stopAt(t *testing.T, d engine.Driver, order engine.Order, kind lora.EngineEventType) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	err := d.Run(ctx, order, func(e lora.EngineEvent) error {
		if e.Type == kind {
			stop()
		}
		return nil
	})
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineInterrupted {
		t.Errorf("a cancelled run ended with %v", err)
	}
}

func TestCancellingStopsComfyUIWhereverTheJobIs(t *testing.T) {
	t.Parallel()
	for name, old := range map[string]bool{"a new server": false, "an old server": true} {
		c := startComfy(t, enginetest.ComfyUIOptions{Old: old, StepTime: 20 * time.Millisecond}, nil)
		stopAt(t, c.Driver, orderOf(func(p *lora.GenerationParams) { p.Steps = 100_000 }), lora.EventProgress)
		done := make(chan error, 1)
		begun := make(chan struct{})
		ctx, stop := context.WithCancel(context.Background())
		go func() {
			first := true
			done <- c.Driver.Run(ctx, orderOf(func(p *lora.GenerationParams) { p.Steps = 100_000 }), func(e lora.EngineEvent) error {
				if e.Type == lora.EventProgress && first {
					first = false
					close(begun)
				}
				return nil
			})
		}()
		<-begun
		stopAt(t, c.Driver, orderOf(nil), lora.EventQueued)
		if old && len(slices.DeleteFunc(c.Calls(), func(call string) bool { return call != "POST /interrupt" })) > 10 {
			t.Errorf("%s was interrupted too often: %v", name, c.Calls())
		}
		select {
		case err := <-done:
			t.Errorf("%s: cancelling the job that waited ended the one that ran: %v", name, err)
		default:
		}
		stop()
		<-done
		if news := run(t, c.Driver, orderOf(nil)); len(news.pictures) != 1 {
			t.Errorf("%s is not free again", name)
		}
	}
}

func TestComfyUIJobGoesOnOverARestartOfOurs(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{StepTime: 5 * time.Millisecond}, nil)
	handle, order := "", orderOf(func(p *lora.GenerationParams) { p.BatchSize = 2 })
	ctx, die := context.WithCancel(context.Background())
	buried, forgotten := make(chan struct{}), make(chan struct{})
	defer func() {
		close(buried)
		<-forgotten
	}()
	go func() { // this life ends without a chance to cancel: the engine never hears of it
		defer close(forgotten)
		_ = c.Driver.Run(context.WithoutCancel(ctx), order, func(e lora.EngineEvent) error {
			if e.Type == lora.EventSubmitted {
				handle = e.Handle
			}
			if e.Type == lora.EventProgress {
				die()
				<-buried
				return errors.New("dead")
			}
			return nil
		})
	}()
	<-ctx.Done()
	news := &told{}
	resumer := driverFor(t, lora.EngineConfig{Name: "c", Kind: lora.ComfyUI, URL: c.url}, nil).(engine.Resumer)
	if err := resumer.Attach(context.Background(), handle, order, news.sink); err != nil {
		t.Fatal(err)
	}
	if len(news.pictures) != 2 || *news.pictures[1].Seed != 12 {
		t.Errorf("got %d pictures", len(news.pictures))
	}
	if len(c.Prompts()) != 1 {
		t.Errorf("the engine was asked %d times for one job", len(c.Prompts()))
	}
	again := &told{}
	if err := resumer.Attach(context.Background(), handle, order, again.sink); err != nil || len(again.pictures) != 2 {
		t.Errorf("a job that had ended meanwhile gave %v and %d pictures", err, len(again.pictures))
	}
}

func TestComfyUIRestartedInTheMiddleOfAJob(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{StepTime: time.Millisecond}, nil)
	err := c.Driver.Run(context.Background(), orderOf(func(p *lora.GenerationParams) { p.Steps = 100_000 }), func(e lora.EngineEvent) error {
		if e.Type == lora.EventProgress {
			c.Restart()
		}
		return nil
	})
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineFailed || !strings.Contains(failed.Message, "restarted") {
		t.Errorf("got %v", err)
	}
}

func TestComfyUIGoesOnAfterTheSocketBroke(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{StepTime: time.Millisecond}, nil)
	broken := false
	news := &told{}
	err := c.Driver.Run(context.Background(), orderOf(func(p *lora.GenerationParams) { p.Steps = 100 }), func(e lora.EngineEvent) error {
		if e.Type == lora.EventProgress && !broken {
			broken = true
			c.Cut()
		}
		return news.sink(e)
	})
	if err != nil || len(news.pictures) != 1 {
		t.Errorf("got %v and %d pictures", err, len(news.pictures))
	}
}

func TestComfyUISaysWhatItCanDoAndHowThatIsKnown(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{LoRAs: []string{`sub\win.safetensors`}}, nil)
	d, err := c.Driver.Describe(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if d.Capabilities.Product != "ComfyUI 0.3.64" || d.Capabilities.Previews != (lora.Known[bool]{Value: false, Learned: lora.Reported}) || len(d.Notes) != 1 {
		t.Errorf("got %+v and the notes %q", d.Capabilities.Product, d.Notes)
	}
	if d.LoRAs[0].Name != `sub\win.safetensors` || d.LoRAs[0].Path != "sub/win.safetensors" {
		t.Errorf("a LoRA of a server on Windows is %+v", d.LoRAs[0])
	}
	if v := d.Capabilities.VAEs; len(v.Value) != 1 || v.Learned != lora.Reported {
		t.Errorf("a list in the newer form was read as %+v", v)
	}
}

func TestComfyUIThatDiesInTheMiddleOfAJob(t *testing.T) {
	t.Parallel()
	fake := enginetest.NewComfyUI(enginetest.ComfyUIOptions{StepTime: time.Millisecond})
	server := httptest.NewServer(fake)
	driver := driverFor(t, lora.EngineConfig{Name: "c", Kind: lora.ComfyUI, URL: server.URL}, nil)
	handle := ""
	err := driver.Run(context.Background(), orderOf(func(p *lora.GenerationParams) { p.Steps = 100_000 }), func(e lora.EngineEvent) error {
		switch e.Type {
		case lora.EventSubmitted:
			handle = e.Handle
		case lora.EventProgress:
			fake.Close()
			server.Close()
		case lora.EventQueued, lora.EventPreview, lora.EventPicture, lora.EventWarning:
		}
		return nil
	})
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != lora.EngineFailed || !strings.Contains(failed.Message, "crashed") {
		t.Errorf("the job ended with %v", err)
	}
	err = driver.(engine.Resumer).Attach(context.Background(), handle, orderOf(nil), func(lora.EngineEvent) error { return nil })
	if !errors.As(err, &failed) || failed.Class != lora.EngineUnreachable {
		t.Errorf("attaching while the engine is away gave %v, want to be told to come again", err)
	}
}
