package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Modes of a job, as capabilities list them.
const (
	modeText    = "text"
	modeImage   = "image"
	modeInpaint = "inpaint"
	modeHires   = "hires"
	modeControl = "control"
	modeUpscale = "upscale"
)

// Checker is a Driver that knows more than its capabilities say about what it refuses.
type Checker interface {
	// Check returns nil or a *lora.Error with a field. It must not ask the engine.
	Check(params lora.GenerationParams) error
}

// Check refuses what the engine is known not to do, by what was learned about it before:
// the engine itself is not asked. What is not known passes. Errors are *lora.Error with
// the field.
func (r *Registry) Check(_ context.Context, engine string, params lora.GenerationParams) error {
	m, err := r.member(engine)
	if err != nil {
		return lora.FieldErrorf(lora.NotFound, "backend", "Generation backend '%s' not found", engine)
	}
	if params.MaskImage != "" && params.InitImage == "" {
		return lora.FieldErrorf(lora.Invalid, "init_image", "A mask needs a picture to repaint. Choose one, or take the mask away.")
	}
	described, learned := m.seen()
	if !learned.IsZero() {
		c := checking{engine: engine, caps: described.Capabilities, params: params}
		for _, check := range []func() error{c.modes, c.amounts, c.sampling, c.models, c.controls} {
			if err := check(); err != nil {
				return err
			}
		}
	}
	if c, ok := m.driver.(Checker); ok {
		return c.Check(params)
	}
	return nil
}

// checking compares a job with what an engine can do.
type checking struct {
	engine string
	caps   lora.Capabilities
	params lora.GenerationParams
}

// modesOf are the modes a job needs and the field that asks for each.
func modesOf(p lora.GenerationParams) (modes, fields []string) {
	add := func(needed bool, mode, field string) {
		if needed {
			modes, fields = append(modes, mode), append(fields, field)
		}
	}
	add(p.InitImage == "", modeText, "init_image")
	add(p.InitImage != "" && p.MaskImage == "", modeImage, "init_image")
	add(p.MaskImage != "", modeInpaint, "mask_image")
	add(p.Hires != nil, modeHires, "hires")
	add(len(p.Controls) > 0, modeControl, "controls")
	add(p.Upscale != nil, modeUpscale, "upscale")
	return modes, fields
}

// modeWords say what a mode does.
var modeWords = map[string]string{
	modeText: "make pictures from text alone", modeImage: "start from a picture", modeInpaint: "repaint a part of a picture",
	modeHires: "do a second pass at a larger size", modeControl: "be steered by pictures (ControlNet)", modeUpscale: "enlarge finished pictures",
}

func (c checking) modes() error {
	if w := c.caps.Workflows; c.params.Workflow != "" && w.Learned == lora.Fixed && len(w.Value) == 0 {
		return lora.FieldErrorf(lora.Invalid, "workflow", "The engine %q runs no workflows; ComfyUI does.", c.engine)
	}
	if c.caps.Modes.Learned == lora.Unknown || c.params.Workflow != "" {
		return nil // what a workflow does is its author's business
	}
	modes, fields := modesOf(c.params)
	for i, mode := range modes {
		if !slices.Contains(c.caps.Modes.Value, mode) {
			return lora.FieldErrorf(lora.Invalid, fields[i], "The engine %q cannot %s.", c.engine, modeWords[mode])
		}
	}
	return nil
}

func (c checking) amounts() error {
	limit := c.caps.MaxImages
	if n := picturesAsked(c.params); limit.Learned != lora.Unknown && limit.Value > 0 && n > limit.Value {
		return lora.FieldErrorf(lora.Invalid, "batch_size", "The engine %q makes at most %d pictures in one job, not %d.", c.engine, limit.Value, n)
	}
	return nil
}

func (c checking) sampling() error {
	samplers := c.caps.Samplers
	if samplers.Learned == lora.Reported && len(samplers.Value) > 0 && c.params.SamplerName != "" {
		if _, _, ok := findSampler(samplers.Value, c.params.SamplerName); !ok {
			return c.unknown("sampler_name", "sampler", c.params.SamplerName, samplers.Value)
		}
	}
	schedulers := c.caps.Schedulers
	if schedulers.Learned == lora.Reported && len(schedulers.Value) > 0 && c.params.Scheduler != "" {
		if _, ok := findScheduler(schedulers.Value, c.params.Scheduler); !ok {
			return c.unknown("scheduler", "scheduler", c.params.Scheduler, schedulers.Value)
		}
	}
	return nil
}

func (c checking) models() error {
	for _, name := range []struct {
		field, what, wanted string
		list                lora.Known[[]string]
	}{
		{"model", "model", c.params.Model, c.caps.Models},
		{"vae", "VAE", c.params.VAE, c.caps.VAEs},
		{"hires.upscaler", "upscaler", c.hiresUpscaler(), c.caps.Upscalers},
		{"upscale.upscaler", "upscaler", c.upscaler(), c.caps.Upscalers},
	} {
		if name.list.Learned != lora.Reported || len(name.list.Value) == 0 || name.wanted == "" {
			continue
		}
		if _, ok := offered(name.list.Value, name.wanted); !ok {
			return c.unknown(name.field, name.what, name.wanted, name.list.Value)
		}
	}
	if c.params.Model != "" && c.caps.SwitchesModel.Learned == lora.Fixed && !c.caps.SwitchesModel.Value {
		if loaded := c.caps.CurrentModel; loaded.Value != "" && bareModel(loaded.Value) != bareModel(c.params.Model) {
			return lora.FieldErrorf(lora.Invalid, "model", "The engine %q cannot change its model; %q is loaded.", c.engine, guard.DisplayName(loaded.Value))
		}
	}
	return nil
}

// hiresUpscaler is the upscaler of the second pass, unless it is one of the built-in
// ones that work on latents, which lists leave out.
func (c checking) hiresUpscaler() string {
	if c.params.Hires == nil || strings.HasPrefix(strings.ToLower(c.params.Hires.Upscaler), "latent") {
		return ""
	}
	return c.params.Hires.Upscaler
}

func (c checking) upscaler() string {
	if c.params.Upscale == nil {
		return ""
	}
	return c.params.Upscale.Upscaler
}

func (c checking) controls() error {
	for i, unit := range c.params.Controls {
		for _, name := range []struct {
			field, what, wanted string
			list                lora.Known[[]string]
		}{
			{"model", "control model", unit.Model, c.caps.ControlModels},
			{"preprocessor", "preprocessor", unit.Preprocessor, c.caps.Preprocessors},
		} {
			if name.list.Learned != lora.Reported || len(name.list.Value) == 0 || name.wanted == "" {
				continue
			}
			if _, ok := offered(name.list.Value, name.wanted); !ok {
				return c.unknown(fmt.Sprintf("controls[%d].%s", i, name.field), name.what, name.wanted, name.list.Value)
			}
		}
	}
	return nil
}

// namesShown is how many names of a list a message carries.
const namesShown = 8

func (c checking) unknown(field, what, wanted string, list []string) error {
	shown := make([]string, 0, namesShown)
	for _, name := range list[:min(len(list), namesShown)] {
		shown = append(shown, guard.DisplayName(name))
	}
	more := ""
	if n := len(list) - len(shown); n > 0 {
		more = fmt.Sprintf(" and %d more", n)
	}
	return lora.FieldErrorf(lora.Invalid, field, "The engine %q has no %s called %q. It has: %s%s.",
		c.engine, what, guard.DisplayName(wanted), strings.Join(shown, ", "), more)
}
