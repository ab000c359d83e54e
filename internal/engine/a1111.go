package engine

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"loramanager/internal/lora"
)

// a1111 speaks the API under /sdapi/v1 that SD.Next, A1111 and Forge share, each with
// its own habits.
type a1111 struct {
	*transport
	kind lora.EngineKind
	// lists are those of the last Describe; nil before.
	lists atomic.Pointer[a1111Lists]
	// poll is the time between two looks at the progress.
	poll time.Duration
}

// latentPixels is how many pixels, each way, one value of a latent stands for.
const latentPixels = 8

const (
	// pollEvery stays far below the 300 requests a minute that SD.Next allows.
	pollEvery = 500 * time.Millisecond
	// interruptWithin and settleWithin bound how long a cancelled run still takes: to
	// ask the engine to stop, and to wait until it has.
	interruptWithin = 2 * time.Second
	settleWithin    = 2 * time.Second
)

// newA1111 returns the driver for one of the three kinds. Errors are *lora.Error.
func newA1111(cfg lora.EngineConfig, t tools) (*a1111, error) {
	wire, err := newTransport(cfg, t.limits)
	if err != nil {
		return nil, err
	}
	return &a1111{transport: wire, kind: cfg.Kind, poll: pollEvery}, nil
}

// Close lets go of connections.
func (a *a1111) Close() error {
	a.close()
	return nil
}

// sdnext reports whether the engine is SD.Next rather than A1111 or its fork Forge.
func (a *a1111) sdnext() bool { return a.kind == lora.SDNext }

// Refresh lets the engine read its folder of LoRAs again. SD.Next rescans by itself when
// a name is unknown, but lists only what it saw before.
func (a *a1111) Refresh(ctx context.Context) error {
	err := a.json(ctx, call{Method: http.MethodPost, Path: "/sdapi/v1/refresh-loras"}, nil)
	if hasStatus(err, http.StatusNotFound) {
		return nil
	}
	return err
}

// Check refuses what the engine would leave out without a word.
func (a *a1111) Check(p lora.GenerationParams) error {
	switch {
	case p.Workflow != "":
		return lora.FieldErrorf(lora.Invalid, "workflow", "Workflows run on ComfyUI only.")
	case p.Hires != nil && p.InitImage != "" && !a.sdnext():
		return lora.FieldErrorf(lora.Invalid, "hires", "This engine does a second pass only for pictures made from text alone.")
	case p.Scheduler != "" && a.sdnext():
		return lora.FieldErrorf(lora.Invalid, "scheduler", "SD.Next has no schedulers beside its samplers. Choose a sampler only.")
	}
	return nil
}

// Describe implements Driver.
func (a *a1111) Describe(ctx context.Context) (Description, error) {
	lists, err := a.readLists(ctx)
	if err != nil {
		return Description{}, err
	}
	a.lists.Store(lists)
	return a.describe(lists), nil
}

func (a *a1111) describe(l *a1111Lists) Description {
	modes := []string{modeText, modeImage, modeInpaint, modeHires}
	if len(l.controlModels.Value) > 0 {
		modes = append(modes, modeControl)
	}
	if len(l.upscalers.Value) > 0 {
		modes = append(modes, modeUpscale)
	}
	features := []string{"text_encoder", "range"}
	dialect, scope, progress, cancel := "a1111", "job", "percent", "global"
	notes := []string{"Interrupting stops whatever the engine is doing, also work that was started in its own web page."}
	if a.sdnext() {
		features = append(features, "schedule", "thirds")
		dialect, scope = "sdnext", "global"
		notes = append(notes, "Progress is that of whatever the engine is doing.")
	}
	if !l.progress {
		progress, cancel = "none", "no"
		notes = []string{"This server only imitates the API: it tells no progress and cannot be interrupted."}
	}
	return Description{
		Capabilities: lora.Capabilities{
			Product: l.product, Modes: fixed(modes), Samplers: l.samplers, Schedulers: l.schedulers,
			Models: l.models, CurrentModel: l.current, VAEs: l.vaes, Upscalers: l.upscalers,
			ControlModels: l.controlModels, Preprocessors: l.preprocessors, Workflows: fixed([]string{}),
			MaxImages: known(0, lora.Unknown), SizeGranularity: fixed(latentPixels),
			LoRAs: reported(len(l.loras)), LoRAFeatures: fixed(features), Dialect: fixed(dialect),
			Progress: reported(progress), ProgressScope: fixed(scope), Previews: known(l.progress, lora.Unknown),
			CancelRunning: reported(cancel), CancelQueued: fixed(false), Resumable: fixed(false), SwitchesModel: fixed(true),
			ResultFormat: l.format, Slots: fixed(1),
		},
		LoRAs: l.loras,
		Notes: notes,
	}
}
