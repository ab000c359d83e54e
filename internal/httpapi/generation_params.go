package httpapi

import (
	"cmp"
	"strings"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// GenerationBody is what a picture is asked for with. The first eleven keys are the
// contract's, with its lax types and defaults.
type GenerationBody struct {
	Prompt            required[string] `json:"prompt" nullable:"false" doc:"May hold LoRA tags; at most 64 KiB"`
	NegativePrompt    field[string]    `json:"negative_prompt,omitempty"`
	Steps             field[laxInt]    `json:"steps,omitempty" doc:"1 to 1000; 20 when absent"`
	SamplerName       field[string]    `json:"sampler_name,omitempty" doc:"DPM++ 2M when absent"`
	CFGScale          field[laxFloat]  `json:"cfg_scale,omitempty" doc:"0 to 100; 7 when absent"`
	Width             field[laxInt]    `json:"width,omitempty" doc:"16 to 16384 pixels; 512 when absent"`
	Height            field[laxInt]    `json:"height,omitempty" doc:"16 to 16384 pixels; 512 when absent"`
	Seed              field[laxInt]    `json:"seed,omitempty" doc:"-1 draws one; at most 2^53-1"`
	BatchSize         field[laxInt]    `json:"batch_size,omitempty" doc:"1 to 64"`
	NIter             field[laxInt]    `json:"n_iter,omitempty" doc:"1 to 100"`
	DenoisingStrength field[laxFloat]  `json:"denoising_strength,omitempty" doc:"0 to 1"`

	Scheduler    field[string]      `json:"scheduler,omitempty"`
	Model        field[string]      `json:"model,omitempty" doc:"As the engine names it; absent keeps the loaded one"`
	VAE          field[string]      `json:"vae,omitempty"`
	ClipSkip     field[laxInt]      `json:"clip_skip,omitempty" doc:"0 to 24; 0 leaves it to the engine"`
	InitImage    field[string]      `json:"init_image,omitempty" doc:"SHA-256 of a picture uploaded or made here: makes this image to image"`
	MaskImage    field[string]      `json:"mask_image,omitempty" doc:"SHA-256 of a mask, white is repainted: makes this inpainting"`
	MaskBlur     field[laxInt]      `json:"mask_blur,omitempty" doc:"0 to 256 pixels"`
	MaskInvert   field[laxBool]     `json:"mask_invert,omitempty"`
	InpaintWhole field[laxBool]     `json:"inpaint_whole,omitempty" doc:"Repaint at the size of the whole picture instead of the masked part"`
	Hires        *lora.Hires        `json:"hires,omitempty" nullable:"false"`
	Controls     []lora.ControlUnit `json:"controls,omitempty" maxItems:"8"`
	Upscale      *lora.Upscale      `json:"upscale,omitempty" nullable:"false"`
	Workflow     field[string]      `json:"workflow,omitempty" doc:"Name of a workflow template for ComfyUI"`
	Adapters     []lora.Use         `json:"adapters,omitempty" maxItems:"200" doc:"Adapters besides those tagged in the prompt"`
}

// params translates the body, with the contract's defaults. What is out of bounds is
// said by whoever keeps or runs them.
func (b *GenerationBody) params() lora.GenerationParams {
	usual := jobs.DefaultParams()
	p := lora.GenerationParams{
		Prompt: b.Prompt.Value, NegativePrompt: b.NegativePrompt.pointer(), Steps: int(b.Steps.or(laxInt(usual.Steps))),
		SamplerName: cmp.Or(b.SamplerName.or(""), usual.SamplerName), CFGScale: float64(b.CFGScale.or(laxFloat(usual.CFGScale))),
		Width: int(b.Width.or(laxInt(usual.Width))), Height: int(b.Height.or(laxInt(usual.Height))), Seed: int64(b.Seed.or(laxInt(usual.Seed))),
		BatchSize: int(b.BatchSize.or(laxInt(usual.BatchSize))), NIter: int(b.NIter.or(laxInt(usual.NIter))),
		DenoisingStrength: (*float64)(b.DenoisingStrength.pointer()),
		Scheduler:         b.Scheduler.or(""), Model: b.Model.or(""), VAE: b.VAE.or(""), ClipSkip: int(b.ClipSkip.or(0)),
		InitImage: strings.ToLower(b.InitImage.or("")), MaskImage: strings.ToLower(b.MaskImage.or("")), MaskBlur: (*int)(b.MaskBlur.pointer()),
		MaskInvert: bool(b.MaskInvert.or(false)), InpaintWhole: bool(b.InpaintWhole.or(false)),
		Hires: b.Hires, Controls: b.Controls, Upscale: b.Upscale, Workflow: b.Workflow.or(""), Adapters: b.Adapters,
	}
	for i := range p.Controls {
		p.Controls[i].Image = strings.ToLower(p.Controls[i].Image)
	}
	return p
}
