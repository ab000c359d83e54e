package engine

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// sdcppRequest is the body of a job. What is left out keeps the server's default; null
// would make it fail.
type sdcppRequest struct {
	Prompt          string        `json:"prompt"`
	Negative        string        `json:"negative_prompt"`
	ClipSkip        int           `json:"clip_skip,omitempty"`
	Width           int           `json:"width"`
	Height          int           `json:"height"`
	Strength        *float64      `json:"strength,omitempty"`
	Seed            int64         `json:"seed"`
	BatchCount      int           `json:"batch_count"`
	InitImage       string        `json:"init_image,omitempty"`
	MaskImage       string        `json:"mask_image,omitempty"`
	ControlImage    string        `json:"control_image,omitempty"`
	ControlStrength *float64      `json:"control_strength,omitempty"`
	EmbedMetadata   bool          `json:"embed_image_metadata"`
	Sampling        sdcppSampling `json:"sample_params"`
	LoRAs           []sdcppUse    `json:"lora,omitempty"`
	Hires           *sdcppHires   `json:"hires,omitempty"`
	OutputFormat    string        `json:"output_format"`
}

type sdcppSampling struct {
	Sampler   string `json:"sample_method,omitempty"`
	Scheduler string `json:"scheduler,omitempty"`
	Steps     int    `json:"sample_steps"`
	Guidance  struct {
		Text float64 `json:"txt_cfg"`
	} `json:"guidance"`
}

// sdcppUse is a LoRA. It has one weight for everything.
type sdcppUse struct {
	Path      string  `json:"path"`
	Weight    float64 `json:"multiplier"`
	HighNoise bool    `json:"is_high_noise,omitempty"`
}

type sdcppHires struct {
	Enabled   bool    `json:"enabled"`
	Upscaler  string  `json:"upscaler,omitempty"`
	Scale     float64 `json:"scale"`
	Steps     int     `json:"steps,omitempty"`
	Denoising float64 `json:"denoising_strength"`
}

// request writes an order as a job, with warnings of what it leaves out.
func (s *sdcpp) request(ctx context.Context, order Order, server *sdcppServer) (*sdcppRequest, warnings, error) {
	p := order.Params
	sampler, scheduler, err := samplingOf(server.Samplers, server.Schedulers, p.SamplerName, p.Scheduler, "", "")
	if err != nil {
		return nil, nil, err
	}
	r := &sdcppRequest{
		Prompt: p.Prompt, Negative: deref(p.NegativePrompt, ""), ClipSkip: p.ClipSkip,
		Width: roundUp(p.Width), Height: roundUp(p.Height), Seed: p.Seed, BatchCount: picturesAsked(p),
		EmbedMetadata: order.ReturnMetadata, OutputFormat: "png",
		Sampling: sdcppSampling{Sampler: sampler, Scheduler: scheduler, Steps: p.Steps},
	}
	r.Sampling.Guidance.Text = p.CFGScale
	w := warnings(dropped(prompt.SDCpp, order.LoRAs))
	if server.MaxSize > 0 && max(r.Width, r.Height) > server.MaxSize {
		return nil, nil, failure(lora.EngineRefused, nil, "The engine makes pictures of at most %d x %d pixels.", server.MaxSize, server.MaxSize)
	}
	for _, use := range order.LoRAs {
		r.LoRAs = append(r.LoRAs, sdcppUse{Path: use.Handle.Name, Weight: use.Weight, HighNoise: use.Expert == "high"})
	}
	if p.Hires != nil {
		r.Hires = &sdcppHires{Enabled: true, Upscaler: p.Hires.Upscaler, Scale: p.Hires.Scale, Steps: p.Hires.Steps, Denoising: p.Hires.Denoising}
		if name := p.Hires.Upscaler; name != "" && !slices.Contains(server.Upscalers, name) {
			return nil, nil, notListed("upscaler", name)
		}
	}
	if err := s.addPictures(ctx, r, order); err != nil {
		return nil, nil, err
	}
	w.leftOut(p, server)
	return r, w, nil
}

// leftOut warns of what the engine cannot do.
func (w *warnings) leftOut(p lora.GenerationParams, server *sdcppServer) {
	for _, part := range []struct {
		asked bool
		says  string
	}{
		{p.Model != "" && !sameModel(p.Model, server.Model), "The engine keeps the model it was started with, " + shown(server.Model) + ": " + shown(p.Model) + " was not loaded."},
		{p.VAE != "", "The engine keeps the VAE it was started with."},
		{deref(p.MaskBlur, 0) > 0, "The engine does not blur masks."},
		{len(p.Controls) > 1, "The engine takes one control picture: the first one was used."},
		{len(p.Controls) > 0, "The control model is the one the engine was started with, for the whole run and without a preprocessor. Without one the picture has no effect."},
		{p.Upscale != nil, "The engine does not enlarge finished pictures."},
		{p.Workflow != "", "Workflows are for ComfyUI."},
	} {
		if part.asked {
			w.warn(warnNotDone, part.says)
		}
	}
}

func sameModel(a, b string) bool {
	return withoutExtension(lastPart(plainPath(a))) == withoutExtension(lastPart(plainPath(b)))
}

func roundUp(pixels int) int { return max((pixels+sizeStep-1)/sizeStep, 1) * sizeStep }

// addPictures puts the pictures in. One the engine cannot read would silently be left
// out by older builds, so only what all of them read is sent.
func (s *sdcpp) addPictures(ctx context.Context, r *sdcppRequest, order Order) error {
	p := order.Params
	var err error
	if p.InitImage != "" {
		strength := deref(p.DenoisingStrength, defaultDenoising)
		r.Strength = &strength
		if r.InitImage, err = s.picture(order, p.InitImage); err != nil {
			return err
		}
	}
	if p.MaskImage != "" {
		if r.MaskImage, err = s.picture(order, p.MaskImage); err != nil {
			return err
		}
		if p.MaskInvert {
			if r.MaskImage, err = s.inverted(ctx, order.Pictures[p.MaskImage]); err != nil {
				return err
			}
		}
	}
	if len(p.Controls) > 0 {
		weight := p.Controls[0].Weight
		r.ControlStrength = &weight
		r.ControlImage, err = s.picture(order, p.Controls[0].Image)
	}
	return err
}

func (s *sdcpp) picture(order Order, digest string) (string, error) {
	data, ok := order.Pictures[digest]
	if !ok {
		return "", failure(lora.EngineRefused, nil, "A picture the generation needs is not there any more: %s.", clip(digest))
	}
	if kind := pictureType(data); kind != "image/png" && kind != "image/jpeg" {
		return "", failure(lora.EngineRefused, nil, "The engine reads PNG and JPEG pictures, not %s. Convert the picture first.", strings.TrimPrefix(kind, "image/"))
	}
	return encodeBase64(data), nil
}

// inverted is the mask with black and white exchanged, which the engine cannot do itself.
func (s *sdcpp) inverted(ctx context.Context, mask []byte) (string, error) {
	var out []byte
	err := s.decoder.Decode(ctx, bytes.NewReader(mask), func(p guard.Picture) error {
		bounds := p.Image.Bounds()
		grey := image.NewGray(image.Rect(0, 0, bounds.Dx(), bounds.Dy()))
		for y := range bounds.Dy() {
			for x := range bounds.Dx() {
				value := color.GrayModel.Convert(p.Image.At(bounds.Min.X+x, bounds.Min.Y+y)).(color.Gray).Y
				grey.SetGray(x, y, color.Gray{Y: 255 - value})
			}
		}
		var err error
		out, err = guard.EncodePNG(grey)
		return err
	})
	if err != nil {
		return "", failure(lora.EngineRefused, err, "The mask cannot be read. %s", sentence(err))
	}
	return encodeBase64(out), nil
}
