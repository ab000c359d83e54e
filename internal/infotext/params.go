package infotext

import "strings"

// Setters of Params: each takes over a value when it is one that a generation accepts.

func (f *Facts) setSteps(value any) {
	if n, ok := wholeOf(value); ok && n >= 1 && n <= maxSteps {
		f.Params.Steps = int(n)
		known(f, "steps")
	}
}

func (f *Facts) setCFG(value any) {
	if n, ok := numberOf(value); ok && n >= 0 && n <= maxCFG {
		f.Params.CFGScale = n
		known(f, "cfg_scale")
	}
}

func (f *Facts) setSeed(value any) {
	if n, ok := wholeOf(value); ok && n >= 0 && n <= maxSeed {
		f.Params.Seed = n
		known(f, "seed")
	}
}

func (f *Facts) setSize(width, height any) {
	w, okW := wholeOf(width)
	h, okH := wholeOf(height)
	if okW && okH && min(w, h) >= minSide && max(w, h) <= maxSide {
		f.Params.Width, f.Params.Height = int(w), int(h)
		known(f, "width")
		known(f, "height")
	}
}

func (f *Facts) setDenoising(value any) {
	if n, ok := numberOf(value); ok && n >= 0 && n <= 1 {
		f.Params.DenoisingStrength = &n
		known(f, "denoising_strength")
	}
}

func (f *Facts) setClipSkip(value any) {
	if n, ok := wholeOf(value); ok {
		n = max(n, -n) // SwarmUI and ComfyUI count from the end
		if n >= 1 && n <= 12 {
			f.Params.ClipSkip = int(n)
			known(f, "clip_skip")
		}
	}
}

func (f *Facts) setSampler(value any) {
	// Civitai writes Undefined for models whose sampler it does not know.
	if s := short(value); s != "" && !strings.EqualFold(s, "undefined") {
		f.Params.SamplerName = s
		known(f, "sampler_name")
	}
}

func (f *Facts) setScheduler(value any) {
	if s := short(value); s != "" {
		f.Params.Scheduler = s
		known(f, "scheduler")
	}
}

func (f *Facts) setModel(value any) {
	if s := short(value); s != "" {
		f.Params.Model = s
		known(f, "model")
	}
}

func (f *Facts) setVAE(value any) {
	if s := short(value); s != "" {
		f.Params.VAE = s
		known(f, "vae")
	}
}

func (f *Facts) setMaskBlur(value any) {
	if n, ok := wholeOf(value); ok && n >= 0 && n <= maxBlur {
		blur := int(n)
		f.Params.MaskBlur = &blur
		known(f, "mask_blur")
	}
}
