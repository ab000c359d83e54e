package engine

import (
	"context"
	"net/http"
	"strings"

	"loramanager/internal/lora"
)

// sdcppCompatible is the body of the A1111-like routes.
type sdcppCompatible struct {
	Prompt      string     `json:"prompt"`
	Negative    string     `json:"negative_prompt"`
	Width       int        `json:"width"`
	Height      int        `json:"height"`
	Steps       int        `json:"steps"`
	CFG         float64    `json:"cfg_scale"`
	Seed        int64      `json:"seed"`
	BatchSize   int        `json:"batch_size"`
	ClipSkip    int        `json:"clip_skip,omitempty"`
	Sampler     string     `json:"sampler_name,omitempty"`
	Scheduler   string     `json:"scheduler,omitempty"`
	LoRAs       []sdcppUse `json:"lora,omitempty"`
	Hires       bool       `json:"enable_hr,omitempty"`
	HiresScaler string     `json:"hr_upscaler,omitempty"`
	HiresScale  float64    `json:"hr_scale,omitempty"`
	HiresSteps  int        `json:"hr_steps,omitempty"`
	Denoising   *float64   `json:"denoising_strength,omitempty"`
	InitImages  []string   `json:"init_images,omitempty"`
	Mask        string     `json:"mask,omitempty"`
}

// runCompatible makes pictures over the A1111-like routes: one call that lasts as long as
// the work does, without progress, and without a way to stop it.
func (s *sdcpp) runCompatible(ctx context.Context, order Order, r *sdcppRequest, sink lora.EngineSink) error {
	body := sdcppCompatible{
		Prompt: r.Prompt, Negative: r.Negative, Width: r.Width, Height: r.Height, Steps: r.Sampling.Steps, CFG: r.Sampling.Guidance.Text,
		Seed: r.Seed, BatchSize: r.BatchCount, ClipSkip: r.ClipSkip, Sampler: r.Sampling.Sampler, Scheduler: r.Sampling.Scheduler, LoRAs: r.LoRAs,
		Denoising: r.Strength, Mask: r.MaskImage,
	}
	path := "/sdapi/v1/txt2img"
	if r.InitImage != "" {
		path, body.InitImages = "/sdapi/v1/img2img", []string{r.InitImage}
	} else if r.Hires != nil {
		body.Hires, body.HiresScaler, body.HiresScale, body.HiresSteps = true, r.Hires.Upscaler, r.Hires.Scale, r.Hires.Steps
		body.Denoising = &r.Hires.Denoising
	}
	if err := sink(lora.EngineEvent{Type: lora.EventProgress, Message: "generating"}); err != nil {
		return err
	}
	made := 0
	err := s.pictures(ctx, call{Method: http.MethodPost, Path: path, Body: body}, s.reply("images", order, sink, &made), &struct{}{})
	switch {
	case hasStatus(err, http.StatusBadRequest) && strings.Contains(sentence(err), "lora"):
		return failure(lora.EngineLoRANotFound, err, "%s", sentence(err))
	case err != nil && ctx.Err() != nil:
		failed := asFailure(ctx, err)
		failed.Message += " The engine cannot stop a picture it has begun: it finishes it, and the result is dropped."
		return failed
	case err != nil:
		return err
	}
	return nil
}
