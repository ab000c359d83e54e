package engine_test

import (
	"bytes"
	"context"
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// comfy is a fake ComfyUI with a driver for it.
type comfy struct {
	*enginetest.ComfyUI
	engine.Driver
	url string
}

func startComfy(t *testing.T, options enginetest.ComfyUIOptions, workflows engine.Workflows) *comfy {
	t.Helper()
	fake := enginetest.NewComfyUI(options)
	server := httptest.NewServer(fake)
	t.Cleanup(server.Close)
	t.Cleanup(fake.Close)
	driver, err := engine.NewTestDriver(lora.EngineConfig{Name: "c", Kind: lora.ComfyUI, URL: server.URL, Username: options.Username, Password: options.Password}, workflows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = driver.(interface{ Close() error }).Close() })
	return &comfy{fake, driver, server.URL}
}

// told is the news of one run.
type told struct {
	events   []lora.EngineEvent
	pictures []lora.MadePicture
}

func (n *told) sink(e lora.EngineEvent) error {
	n.events = append(n.events, e)
	if e.Picture != nil {
		n.pictures = append(n.pictures, *e.Picture)
	}
	return nil
}

func (n *told) of(kind lora.EngineEventType) []lora.EngineEvent {
	var found []lora.EngineEvent
	for _, e := range n.events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// run does one order that must succeed.
func run(t *testing.T, d engine.Driver, order engine.Order) *told {
	t.Helper()
	news := &told{}
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	if err := d.Run(ctx, order, news.sink); err != nil {
		t.Fatalf("the run failed: %v", err)
	}
	return news
}

// refused does one order that must fail, in a way of the class.
func refused(t *testing.T, d engine.Driver, order engine.Order, class lora.EngineErrorClass) *lora.EngineError {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), time.Minute)
	defer stop()
	err := d.Run(ctx, order, (&told{}).sink)
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != class {
		t.Fatalf("got %v, want an error of the class %s", err, class)
	}
	return failed
}

func orderOf(change func(*lora.GenerationParams), loras ...engine.Applied) engine.Order {
	negative := "blurry"
	order := engine.Order{Task: lora.Task{JobID: "j", Params: lora.GenerationParams{
		Prompt: "a cat", NegativePrompt: &negative, Steps: 4, SamplerName: "Euler a", CFGScale: 7,
		Width: 128, Height: 64, Seed: 11, BatchSize: 1, NIter: 1, Model: "tiny",
	}}, LoRAs: loras}
	if change != nil {
		change(&order.Params)
	}
	return order
}

func applied(name string, weight float64, text ...float64) engine.Applied {
	return engine.Applied{
		ResolvedUse: lora.ResolvedUse{Use: lora.Use{Name: name, Weight: weight, TextEncoder: text}},
		Handle:      engine.Handle{Name: name},
	}
}

func size(t *testing.T, picture []byte) [2]int {
	t.Helper()
	_, width, height, err := guard.MeasurePicture(bytes.NewReader(picture))
	if err != nil {
		t.Fatal(err)
	}
	return [2]int{width, height}
}

func TestComfyUIMakesTheBatchThatWasAskedFor(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{Previews: true}, nil)
	news := run(t, c.Driver, orderOf(func(p *lora.GenerationParams) { p.BatchSize, p.NIter = 2, 2 }, applied("style_a.safetensors", 0.8)))
	if len(news.pictures) != 4 {
		t.Fatalf("got %d pictures, want 4", len(news.pictures))
	}
	for i, picture := range news.pictures {
		if size(t, picture.Data) != [2]int{128, 64} || *picture.Seed != 11+int64(i) {
			t.Errorf("picture %d has size %v and seed %d", i, size(t, picture.Data), *picture.Seed)
		}
		alone := run(t, c.Driver, orderOf(func(p *lora.GenerationParams) { p.Seed = *picture.Seed }, applied("style_a.safetensors", 0.8)))
		if !bytes.Equal(alone.pictures[0].Data, picture.Data) {
			t.Errorf("picture %d is another one when it is made alone from its seed", i)
		}
	}
	if news.events[0].Type != lora.EventSubmitted || news.events[0].Handle == "" {
		t.Errorf("the first event is %+v, not the handle", news.events[0])
	}
	last := 0.0
	for _, e := range news.of(lora.EventProgress) {
		if e.Fraction != nil {
			if *e.Fraction < last {
				t.Errorf("progress went from %v back to %v", last, *e.Fraction)
			}
			last = *e.Fraction
		}
	}
	// The end is read from the history, which may be quicker than messages under way.
	if last <= 0 || last > 1 || len(news.of(lora.EventPreview)) == 0 {
		t.Errorf("progress ended at %v with %d previews", last, len(news.of(lora.EventPreview)))
	}
}
