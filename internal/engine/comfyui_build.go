package engine

import (
	"cmp"
	"math"

	"loramanager/internal/lora"
)

// comfyUploads are the names under which ComfyUI keeps the pictures of a task, by their
// digest.
type comfyUploads map[string]string

// comfyBuild makes the graph of one picture from a request, from the loaders down.
type comfyBuild struct {
	graph   comfyGraph
	order   Order
	lists   *comfyLists
	uploads comfyUploads
	prefix  string // of the files ComfyUI saves
	classes map[string]comfyClass
	warnings

	model, clip, vae   comfyLink
	positive, negative comfyLink
	pixels, mask       comfyLink // of the init image; mask only when repainting
	latent, image      comfyLink
	width, height      int
	sampler, scheduler string
}

// warnModelChosen says that the driver chose a model because none was named.
const warnModelChosen = "model_chosen"

// comfySizeStep is the number of pixels one step of a latent stands for.
const comfySizeStep = 8

// warnings are collected while a graph is built.
type warnings []lora.EngineEvent

func (w *warnings) warn(code, message string) {
	*w = append(*w, lora.EngineEvent{Type: lora.EventWarning, Code: code, Message: message})
}

// build makes the whole graph.
func (b *comfyBuild) build() error {
	b.graph = comfyGraph{}
	b.size()
	for _, step := range []func() error{b.loadModel, b.loadVAE, b.addLoRAs, b.encodeTexts, b.addControls, b.makeLatent, b.sample, b.secondPass, b.finish} {
		if err := step(); err != nil {
			return err
		}
	}
	b.graph.add("save", "SaveImage", map[string]any{"images": b.image, "filename_prefix": b.prefix})
	return nil
}

func (b *comfyBuild) size() {
	p := b.order.Params
	b.width, b.height = max(p.Width/comfySizeStep, 1)*comfySizeStep, max(p.Height/comfySizeStep, 1)*comfySizeStep
}

func (b *comfyBuild) add(title, class string, inputs map[string]any) comfyLink {
	return comfyLink{b.graph.add(title, class, inputs), 0}
}

func (b *comfyBuild) loadModel() error {
	name := b.order.Params.Model
	if name == "" {
		if len(b.lists.Models) == 0 {
			return failure(lora.EngineNotFound, nil, "ComfyUI lists no checkpoint. Put one into its models/checkpoints folder, or use a workflow.")
		}
		name = b.lists.Models[0]
		if len(b.lists.Models) > 1 {
			b.warn(warnModelChosen, "No model was named and ComfyUI keeps none loaded, so the first of its list was used: "+shown(name)+".")
		}
	}
	name, err := pick(b.lists.Models, name, "model")
	if err != nil {
		return err
	}
	id := b.graph.add("model", "CheckpointLoaderSimple", map[string]any{"ckpt_name": name})
	b.model, b.clip, b.vae = comfyLink{id, 0}, comfyLink{id, 1}, comfyLink{id, 2}
	if skip := b.order.Params.ClipSkip; skip > 1 {
		b.clip = b.add("clip skip", "CLIPSetLastLayer", map[string]any{"clip": b.clip, "stop_at_clip_layer": -skip})
	}
	return nil
}

func (b *comfyBuild) loadVAE() error {
	if b.order.Params.VAE == "" {
		return nil
	}
	name, err := pick(b.lists.VAEs, b.order.Params.VAE, "VAE")
	if err == nil {
		b.vae = b.add("VAE", "VAELoader", map[string]any{"vae_name": name})
	}
	return err
}

func (b *comfyBuild) addLoRAs() error {
	b.model, b.clip, _ = b.graph.chainLoRAs(b.order.LoRAs, b.model, b.clip)
	return nil
}

// chainLoRAs adds a loader for each LoRA behind a model and a text encoder and returns
// the outputs of the last one and the ids of all. Without a text encoder the model alone
// is changed.
func (g comfyGraph) chainLoRAs(loras []Applied, model, clip comfyLink) (lastModel, lastClip comfyLink, added []string) {
	for _, use := range loras {
		inputs := map[string]any{"lora_name": use.Handle.Name, "strength_model": use.Weight, "model": model}
		if clip == (comfyLink{}) {
			model = comfyLink{g.add("LoRA", "LoraLoaderModelOnly", inputs), 0}
			added = append(added, model.Node)
			continue
		}
		inputs["strength_clip"], inputs["clip"] = textWeight(use), clip
		id := g.add("LoRA", "LoraLoader", inputs)
		model, clip, added = comfyLink{id, 0}, comfyLink{id, 1}, append(added, id)
	}
	return model, clip, added
}

// deref is *p, or otherwise when there is none.
func deref[T any](p *T, otherwise T) T {
	if p == nil {
		return otherwise
	}
	return *p
}

// textWeight is the weight for the text encoders, which follows Weight when not set.
func textWeight(use Applied) float64 {
	if len(use.TextEncoder) > 0 {
		return use.TextEncoder[0]
	}
	return use.Weight
}

func (b *comfyBuild) encodeTexts() error {
	p := b.order.Params
	b.positive = b.add("prompt", "CLIPTextEncode", map[string]any{"text": p.Prompt, "clip": b.clip})
	b.negative = b.add("negative prompt", "CLIPTextEncode", map[string]any{"text": deref(p.NegativePrompt, ""), "clip": b.clip})
	return nil
}

func (b *comfyBuild) makeLatent() error {
	p := b.order.Params
	if p.InitImage == "" {
		b.latent = b.add("size", "EmptyLatentImage", map[string]any{"width": b.width, "height": b.height, "batch_size": 1})
		return nil
	}
	b.pixels = b.scaled(b.load("init image", p.InitImage))
	if p.MaskImage == "" {
		b.latent = b.add("encode", "VAEEncode", map[string]any{"pixels": b.pixels, "vae": b.vae})
		return nil
	}
	b.maskFrom(p)
	if deref(p.DenoisingStrength, defaultDenoising) >= 1 {
		b.latent = b.add("encode", "VAEEncodeForInpaint", map[string]any{"pixels": b.pixels, "vae": b.vae, "mask": b.mask, "grow_mask_by": 6})
		return nil
	}
	encoded := b.add("encode", "VAEEncode", map[string]any{"pixels": b.pixels, "vae": b.vae})
	b.latent = b.add("repaint", "SetLatentNoiseMask", map[string]any{"samples": encoded, "mask": b.mask})
	return nil
}

// maskFrom makes the mask in the size and cut of the picture it belongs to.
func (b *comfyBuild) maskFrom(p lora.GenerationParams) {
	white := b.scaled(b.load("mask", p.MaskImage))
	if blur := deref(p.MaskBlur, 0); blur > 0 {
		// ComfyUI's blur reaches 31 pixels; 2.5 standard deviations hold 99 % of it.
		sigma := min(float64(blur), 10)
		white = b.add("mask blur", "ImageBlur", map[string]any{"image": white, "blur_radius": min(int(math.Ceil(2.5*sigma)), 31), "sigma": sigma})
	}
	b.mask = b.add("mask", "ImageToMask", map[string]any{"image": white, "channel": "red"})
	if p.MaskInvert {
		b.mask = b.add("mask inverted", "InvertMask", map[string]any{"mask": b.mask})
	}
	if !p.InpaintWhole {
		b.warn(warnNotDone, "ComfyUI repaints at the size of the whole picture; repainting the masked part alone needs a workflow.")
	}
}

func (b *comfyBuild) load(title, digest string) comfyLink {
	return b.add(title, "LoadImage", map[string]any{"image": b.uploads[digest]})
}

// scaled brings a picture to the size wanted, cut from the middle.
func (b *comfyBuild) scaled(image comfyLink) comfyLink {
	return b.resized(image, b.width, b.height)
}

func (b *comfyBuild) resized(image comfyLink, width, height int) comfyLink {
	return b.add("resize", "ImageScale", map[string]any{"image": image, "upscale_method": "lanczos", "width": width, "height": height, "crop": "center"})
}

func (b *comfyBuild) sample() error {
	var err error
	p := b.order.Params
	b.sampler, b.scheduler, err = b.lists.sampling(p.SamplerName, p.Scheduler)
	denoise := 1.0
	if p.InitImage != "" {
		denoise = deref(p.DenoisingStrength, defaultDenoising)
	}
	b.sampling("sampler", p.Steps, denoise)
	return err
}

// defaultDenoising is the strength of image to image when none is given.
const defaultDenoising = 0.75

func (b *comfyBuild) sampling(title string, steps int, denoise float64) {
	p := b.order.Params
	b.latent = b.add(title, "KSampler", map[string]any{
		"model": b.model, "positive": b.positive, "negative": b.negative, "latent_image": b.latent,
		"seed": comfySeed(p.Seed), "steps": steps, "cfg": p.CFGScale,
		"sampler_name": b.sampler, "scheduler": b.scheduler, "denoise": denoise,
	})
}

// secondPass enlarges what was sampled and samples again.
func (b *comfyBuild) secondPass() error {
	p := b.order.Params
	if p.Hires == nil {
		return nil
	}
	before := [2]int{b.width, b.height}
	b.width, b.height = times(b.width, p.Hires.Scale), times(b.height, p.Hires.Scale)
	if method, ok := b.lists.latentMethod(p.Hires.Upscaler); ok {
		b.latent = b.add("enlarge", "LatentUpscaleBy", map[string]any{"samples": b.latent, "upscale_method": method, "scale_by": p.Hires.Scale})
		// The latent is enlarged to whole steps, as ComfyUI rounds them.
		b.width, b.height = latentTimes(before[0], p.Hires.Scale), latentTimes(before[1], p.Hires.Scale)
	} else {
		image, err := b.byModel(b.decode(), p.Hires.Upscaler)
		if err != nil {
			return err
		}
		b.latent = b.add("encode", "VAEEncode", map[string]any{"pixels": b.resized(image, b.width, b.height), "vae": b.vae})
	}
	b.sampling("second sampler", cmp.Or(p.Hires.Steps, p.Steps), p.Hires.Denoising)
	return nil
}

func times(pixels int, scale float64) int {
	return max(int(float64(pixels)*scale)/comfySizeStep, 1) * comfySizeStep
}

func latentTimes(pixels int, scale float64) int {
	return int(math.RoundToEven(float64(pixels/comfySizeStep)*scale)) * comfySizeStep
}

func (b *comfyBuild) decode() comfyLink {
	return b.add("decode", "VAEDecode", map[string]any{"samples": b.latent, "vae": b.vae})
}

func (b *comfyBuild) byModel(image comfyLink, upscaler string) (comfyLink, error) {
	name, err := pick(b.lists.UpscaleModels, upscaler, "upscaler")
	if err != nil {
		return comfyLink{}, err
	}
	model := b.add("upscaler", "UpscaleModelLoader", map[string]any{"model_name": name})
	return b.add("enlarge", "ImageUpscaleWithModel", map[string]any{"upscale_model": model, "image": image}), nil
}

// finish decodes, puts what was not to be repainted back, and enlarges at the end.
func (b *comfyBuild) finish() error {
	p := b.order.Params
	b.image = b.decode()
	if b.mask != (comfyLink{}) && p.Hires == nil {
		b.image = b.add("keep the rest", "ImageCompositeMasked", map[string]any{"destination": b.pixels, "source": b.image, "x": 0, "y": 0, "resize_source": false, "mask": b.mask})
	}
	if p.Upscale == nil {
		return nil
	}
	width, height := int(math.Round(float64(b.width)*p.Upscale.Scale)), int(math.Round(float64(b.height)*p.Upscale.Scale))
	image := b.image
	if _, latent := b.lists.latentMethod(p.Upscale.Upscaler); !latent {
		var err error
		if image, err = b.byModel(b.image, p.Upscale.Upscaler); err != nil {
			return err
		}
	}
	b.image = b.resized(image, width, height)
	return nil
}
