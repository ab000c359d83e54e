package httpapi

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

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
	MaskBlur     field[laxInt]      `json:"mask_blur,omitempty" doc:"0 to 512 pixels"`
	MaskInvert   field[laxBool]     `json:"mask_invert,omitempty"`
	InpaintWhole field[laxBool]     `json:"inpaint_whole,omitempty" doc:"Repaint at the size of the whole picture instead of the masked part"`
	Hires        *lora.Hires        `json:"hires,omitempty" nullable:"false"`
	Controls     []lora.ControlUnit `json:"controls,omitempty" maxItems:"10"`
	Upscale      *lora.Upscale      `json:"upscale,omitempty" nullable:"false"`
	Workflow     field[string]      `json:"workflow,omitempty" doc:"Name of a workflow template for ComfyUI"`
	Adapters     []lora.Use         `json:"adapters,omitempty" maxItems:"200" doc:"Adapters besides those tagged in the prompt"`
}

const (
	maxPromptBytes = 64 << 10
	maxPixels      = 64 << 20
	maxSeed        = 1<<53 - 1
	maxNameBytes   = 512 // of a sampler, model, workflow
	maxUses        = 200 // adapters of one prompt
	maxControls    = 10
	maxUseWeight   = 100
)

// params translates the body, with the contract's defaults. All fields that are out of
// bounds are reported at once; below is the body's place in the request.
func (b *GenerationBody) params(below string) (lora.GenerationParams, error) {
	p := lora.GenerationParams{
		Prompt: b.Prompt.Value, NegativePrompt: b.NegativePrompt.pointer(), Steps: int(b.Steps.or(20)), SamplerName: b.SamplerName.or("DPM++ 2M"),
		CFGScale: float64(b.CFGScale.or(7)), Width: int(b.Width.or(512)), Height: int(b.Height.or(512)), Seed: int64(b.Seed.or(-1)),
		BatchSize: int(b.BatchSize.or(1)), NIter: int(b.NIter.or(1)), DenoisingStrength: (*float64)(b.DenoisingStrength.pointer()),
		Scheduler: b.Scheduler.or(""), Model: b.Model.or(""), VAE: b.VAE.or(""), ClipSkip: int(b.ClipSkip.or(0)),
		InitImage: strings.ToLower(b.InitImage.or("")), MaskImage: strings.ToLower(b.MaskImage.or("")), MaskBlur: (*int)(b.MaskBlur.pointer()),
		MaskInvert: bool(b.MaskInvert.or(false)), InpaintWhole: bool(b.InpaintWhole.or(false)),
		Hires: b.Hires, Controls: b.Controls, Upscale: b.Upscale, Workflow: b.Workflow.or(""), Adapters: b.Adapters,
	}
	check := &bounds{below: below}
	check.params(&p)
	return p, check.err()
}

// bounds collects the fields that are out of theirs.
type bounds struct {
	below string
	wrong []error
}

func (c *bounds) params(p *lora.GenerationParams) {
	c.text("prompt", p.Prompt, maxPromptBytes)
	if p.NegativePrompt != nil {
		c.text("negative_prompt", *p.NegativePrompt, maxPromptBytes)
	}
	for name, value := range map[string]string{"sampler_name": p.SamplerName, "scheduler": p.Scheduler, "model": p.Model, "vae": p.VAE, "workflow": p.Workflow} {
		c.text(name, value, maxNameBytes)
	}
	within(c, "steps", p.Steps, 1, 1000)
	within(c, "cfg_scale", p.CFGScale, 0, 100)
	within(c, "width", p.Width, 16, 16384)
	within(c, "height", p.Height, 16, 16384)
	if p.Width > 0 && p.Height > 0 && p.Width <= 16384 && p.Height <= 16384 && p.Width*p.Height > maxPixels {
		c.fail("width", "width times height must be at most 64 megapixels", p.Width)
	}
	within(c, "seed", p.Seed, -1, maxSeed)
	within(c, "batch_size", p.BatchSize, 1, 64)
	within(c, "n_iter", p.NIter, 1, 100)
	within(c, "clip_skip", p.ClipSkip, 0, 24)
	if p.DenoisingStrength != nil {
		within(c, "denoising_strength", *p.DenoisingStrength, 0, 1)
	}
	if p.MaskBlur != nil {
		within(c, "mask_blur", *p.MaskBlur, 0, 512)
	}
	c.pictures(p)
	c.secondPasses(p)
	c.uses("adapters", p.Adapters)
}

func (c *bounds) pictures(p *lora.GenerationParams) {
	c.digest("init_image", p.InitImage)
	c.digest("mask_image", p.MaskImage)
	if p.MaskImage != "" && p.InitImage == "" {
		c.fail("mask_image", "a mask needs init_image, the picture it covers", nil)
	}
	if len(p.Controls) > maxControls {
		c.fail("controls", "expected at most 10 control units", len(p.Controls))
		return
	}
	for i := range p.Controls {
		unit, at := &p.Controls[i], fmt.Sprintf("controls[%d].", i)
		unit.Image = strings.ToLower(unit.Image)
		if unit.Image == "" {
			c.fail(at+"image", "expected the SHA-256 of a picture", nil)
		}
		c.digest(at+"image", unit.Image)
		c.text(at+"model", unit.Model, maxNameBytes)
		c.text(at+"preprocessor", unit.Preprocessor, maxNameBytes)
		within(c, at+"weight", unit.Weight, -2, 4)
		within(c, at+"start", unit.Start, 0, 1)
		within(c, at+"end", unit.End, unit.Start, 1)
	}
}

func (c *bounds) secondPasses(p *lora.GenerationParams) {
	if h := p.Hires; h != nil {
		within(c, "hires.scale", h.Scale, 1, 8)
		within(c, "hires.steps", h.Steps, 0, 1000)
		within(c, "hires.denoising", h.Denoising, 0, 1)
		c.text("hires.upscaler", h.Upscaler, maxNameBytes)
	}
	if u := p.Upscale; u != nil {
		within(c, "upscale.scale", u.Scale, 1, 8)
		c.text("upscale.upscaler", u.Upscaler, maxNameBytes)
	}
}

// uses checks adapters as a prompt uses them.
func (c *bounds) uses(name string, uses []lora.Use) {
	if len(uses) > maxUses {
		c.fail(name, fmt.Sprintf("expected at most %d adapters", maxUses), len(uses))
		return
	}
	for i := range uses {
		c.use(fmt.Sprintf("%s[%d].", name, i), &uses[i])
	}
}

func (c *bounds) use(at string, u *lora.Use) {
	if strings.TrimSpace(u.Name) == "" && u.AdapterID == "" {
		c.fail(at+"name", "expected a name or an adapter_id", nil)
	}
	c.text(at+"name", u.Name, maxNameBytes)
	within(c, at+"weight", u.Weight, -maxUseWeight, maxUseWeight)
	for _, w := range u.TextEncoder {
		within(c, at+"text_encoder", w, -maxUseWeight, maxUseWeight)
	}
	for _, factor := range u.Blocks {
		within(c, at+"blocks", factor, -maxUseWeight, maxUseWeight)
	}
	for _, moment := range u.Schedule {
		within(c, at+"schedule.weight", moment.Weight, -maxUseWeight, maxUseWeight)
		within(c, at+"schedule.at", moment.At, 0, 1000)
	}
	within(c, at+"start", u.Start, 0, 1000)
	within(c, at+"stop", u.Stop, 0, 1000)
	within(c, at+"rank_cap", u.RankCap, 0, 1<<16)
	for name, size := range map[string]int{"text_encoder": len(u.TextEncoder), "blocks": len(u.Blocks), "schedule": len(u.Schedule), "sections": len(u.Sections), "triggers": len(u.Triggers)} {
		within(c, at+name, size, 0, maxUses)
	}
	for _, trigger := range u.Triggers {
		c.text(at+"triggers", trigger, maxNameBytes)
	}
}

func (c *bounds) text(name, value string, most int) {
	if len(value) > most {
		c.fail(name, fmt.Sprintf("expected at most %d bytes", most), nil)
	}
}

func (c *bounds) digest(name, value string) {
	if value == "" {
		return
	}
	if !isSHA256(value) {
		c.fail(name, "expected the SHA-256 of a picture in 64 hexadecimal digits", value)
	}
}

func isSHA256(text string) bool {
	_, err := hex.DecodeString(text)
	return err == nil && len(text) == 64
}

func within[T int | int64 | float64](c *bounds, name string, value, least, most T) {
	if value < least || value > most {
		c.fail(name, fmt.Sprintf("expected a number from %v to %v", least, most), value)
	}
}

func (c *bounds) fail(name, message string, value any) {
	c.wrong = append(c.wrong, &huma.ErrorDetail{Location: c.below + name, Message: message, Value: value})
}

func (c *bounds) err() error {
	if len(c.wrong) == 0 {
		return nil
	}
	return huma.NewError(http.StatusUnprocessableEntity, "The request is not valid.", c.wrong...)
}
