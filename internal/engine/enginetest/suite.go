package enginetest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Subject is a kind of engine under test.
type Subject struct {
	// Start starts a fresh engine that takes at least stepTime for a step, and returns a
	// driver for it; both end with the test.
	Start func(t *testing.T, stepTime time.Duration) engine.Driver
	// Size is the width and height of the pictures, which the engine does not round.
	Size int
}

// Run is what every driver must do. Engines need no progress, previews or handles for
// it, only pictures.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, Subject){
		"it says what it is and can":                      describes,
		"it makes the pictures asked for":                 makes,
		"the same order makes the same pictures":          repeats,
		"a LoRA changes the picture":                      applies,
		"many may run at once":                            parallel,
		"a cancelled run ends as interrupted":             interrupts,
		"a sink that refuses ends the run with its error": refuses,
		"a run whose time is over ends as timed out":      expires,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, s)
		})
	}
}

// News collects what a run told.
type News struct {
	mu     sync.Mutex
	Events []lora.EngineEvent
}

// Take is a lora.EngineSink.
func (n *News) Take(e lora.EngineEvent) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.Events = append(n.Events, e)
	return nil
}

// Of are the events of a type.
func (n *News) Of(kind lora.EngineEventType) []lora.EngineEvent {
	n.mu.Lock()
	defer n.mu.Unlock()
	var found []lora.EngineEvent
	for _, e := range n.Events {
		if e.Type == kind {
			found = append(found, e)
		}
	}
	return found
}

// Order is an order for one small picture.
func Order(size int, seed int64) engine.Order {
	return engine.Order{Task: lora.Task{JobID: "6f0d6a0e-7d6b-4c53-9d4e-000000000001", Params: lora.GenerationParams{
		Prompt: "a lighthouse at dusk", Steps: 3, SamplerName: "Euler", CFGScale: 7, Width: size, Height: size, Seed: seed, BatchSize: 1, NIter: 1,
	}}}
}

// run makes an order within a minute, which is far more than it takes.
func run(t *testing.T, d engine.Driver, order engine.Order) (*News, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	news := &News{}
	return news, d.Run(ctx, order, news.Take)
}

func pictures(t *testing.T, d engine.Driver, order engine.Order) [][]byte {
	t.Helper()
	news, err := run(t, d, order)
	if err != nil {
		t.Fatal(err)
	}
	var list [][]byte
	for _, e := range news.Of(lora.EventPicture) {
		list = append(list, e.Picture.Data)
	}
	return list
}

func describes(t *testing.T, s Subject) {
	d, err := s.Start(t, 0).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := d.Capabilities
	if c.Product == "" || c.Slots.Value < 1 || c.Dialect.Value == "" || len(c.Modes.Value) == 0 {
		t.Errorf("it does not say what it is: %+v", c)
	}
	for name, list := range map[string]lora.Known[[]string]{
		"modes": c.Modes, "samplers": c.Samplers, "schedulers": c.Schedulers, "models": c.Models, "vaes": c.VAEs, "upscalers": c.Upscalers,
		"control models": c.ControlModels, "preprocessors": c.Preprocessors, "workflows": c.Workflows, "lora features": c.LoRAFeatures,
	} {
		if list.Value == nil || list.Learned == "" {
			t.Errorf("the list of %s is null, or it is not said how it was learned: %+v", name, list)
		}
	}
	if len(d.LoRAs) == 0 {
		t.Error("it lists no LoRAs")
	}
}

func makes(t *testing.T, s Subject) {
	order := Order(s.Size, 7)
	order.Params.BatchSize = 2
	news, err := run(t, s.Start(t, 0), order)
	if err != nil {
		t.Fatal(err)
	}
	if first := news.Events[0].Type; first != lora.EventSubmitted && first != lora.EventWarning {
		t.Errorf("the first news is %q, not that the job was submitted", first)
	}
	if len(news.Of(lora.EventSubmitted)) == 0 {
		t.Error("it was never said that the job was submitted")
	}
	made := news.Of(lora.EventPicture)
	if len(made) != 2 {
		t.Fatalf("asked for 2 pictures, got %d", len(made))
	}
	for i, e := range made {
		_, width, height, err := guard.MeasurePicture(bytes.NewReader(e.Picture.Data))
		if err != nil || width != s.Size || height != s.Size {
			t.Errorf("picture %d is %d x %d pixels: %v", i, width, height, err)
		}
	}
	if bytes.Equal(made[0].Picture.Data, made[1].Picture.Data) {
		t.Error("both pictures are the same")
	}
}

func repeats(t *testing.T, s Subject) {
	d := s.Start(t, 0)
	first, second, other := pictures(t, d, Order(s.Size, 7)), pictures(t, d, Order(s.Size, 7)), pictures(t, d, Order(s.Size, 8))
	if !bytes.Equal(first[0], second[0]) {
		t.Error("the same order made another picture")
	}
	if bytes.Equal(first[0], other[0]) {
		t.Error("another seed made the same picture")
	}
}

func applies(t *testing.T, s Subject) {
	d := s.Start(t, 0)
	described, err := d.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	plain, with := Order(s.Size, 7), Order(s.Size, 7)
	use := lora.ResolvedUse{Use: lora.Use{Name: "style", Weight: 0.8}}
	with.Uses = []lora.ResolvedUse{use}
	with.LoRAs = []engine.Applied{{ResolvedUse: use, Handle: described.LoRAs[0]}}
	if bytes.Equal(pictures(t, d, plain)[0], pictures(t, d, with)[0]) {
		t.Error("the LoRA changed nothing")
	}
}

func parallel(t *testing.T, s Subject) {
	d := s.Start(t, 0)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if _, err := run(t, d, Order(s.Size, int64(i))); err != nil {
				t.Errorf("run %d: %v", i, err)
			}
		})
	}
	all.Wait()
}

// long is an order that takes an hour.
func long(s Subject) engine.Order {
	order := Order(s.Size, 7)
	order.Params.Steps = 1000
	return order
}

const longStep = 4 * time.Second

func interrupts(t *testing.T, s Subject) {
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Start(t, longStep).Run(ctx, long(s), func(e lora.EngineEvent) error {
		if e.Type == lora.EventSubmitted {
			cancel()
		}
		return nil
	})
	cancel()
	wantClass(t, err, lora.EngineInterrupted)
}

func expires(t *testing.T, s Subject) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := s.Start(t, longStep).Run(ctx, long(s), func(lora.EngineEvent) error { return nil })
	wantClass(t, err, lora.EngineTimeout)
}

func wantClass(t *testing.T, err error, class lora.EngineErrorClass) {
	t.Helper()
	var failed *lora.EngineError
	if !errors.As(err, &failed) || failed.Class != class {
		t.Errorf("got %v, want an EngineError of the class %s", err, class)
	}
}

func refuses(t *testing.T, s Subject) {
	refusal := errors.New("the lease is lost")
	err := s.Start(t, 0).Run(t.Context(), Order(s.Size, 7), func(e lora.EngineEvent) error {
		if e.Type == lora.EventSubmitted {
			return refusal
		}
		return nil
	})
	if !errors.Is(err, refusal) {
		t.Errorf("got %v, want the error of the sink", err)
	}
}
