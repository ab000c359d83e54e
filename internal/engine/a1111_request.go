package engine

import (
	"strings"

	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// a1111Request is the body of /txt2img, /img2img and SD.Next's /control. What is not set
// is left out: null means something else than nothing to these engines.
type a1111Request struct {
	Prompt            string   `json:"prompt"`
	NegativePrompt    string   `json:"negative_prompt"`
	Seed              int64    `json:"seed"`
	Steps             int      `json:"steps"`
	CFGScale          float64  `json:"cfg_scale"`
	Width             int      `json:"width,omitempty"`
	Height            int      `json:"height,omitempty"`
	BatchSize         int      `json:"batch_size"`
	NIter             int      `json:"n_iter,omitempty"`
	SamplerName       string   `json:"sampler_name,omitempty"`
	Scheduler         string   `json:"scheduler,omitempty"`
	DenoisingStrength *float64 `json:"denoising_strength,omitempty"`
	ClipSkip          int      `json:"clip_skip,omitempty"`
	Model             string   `json:"sd_model_checkpoint,omitempty"`
	SendImages        bool     `json:"send_images"`
	SaveImages        bool     `json:"save_images"`
	ForceTaskID       string   `json:"force_task_id,omitempty"`
	LoRAApplyTE       *bool    `json:"lora_apply_te,omitempty"`

	InitImages    []string `json:"init_images,omitempty"`
	Mask          string   `json:"mask,omitempty"`
	MaskBlur      *int     `json:"mask_blur,omitempty"`
	FullRes       *bool    `json:"inpaint_full_res,omitempty"`
	InpaintFill   *int     `json:"inpainting_fill,omitempty"`
	MaskInverted  *int     `json:"inpainting_mask_invert,omitempty"`
	IncludeInits  *bool    `json:"include_init_images,omitempty"`
	DoNotSaveGrid bool     `json:"do_not_save_grid,omitempty"`

	EnableHR    bool     `json:"enable_hr,omitempty"`
	HRScale     float64  `json:"hr_scale,omitempty"`
	HRUpscaler  string   `json:"hr_upscaler,omitempty"`
	HRSteps     int      `json:"hr_second_pass_steps,omitempty"`
	HRDenoising *float64 `json:"hr_denoising_strength,omitempty"`
	HRForce     bool     `json:"hr_force,omitempty"`

	Override        map[string]any `json:"override_settings,omitempty"`
	OverrideRestore *bool          `json:"override_settings_restore_afterwards,omitempty"`
	AlwaysOn        map[string]any `json:"alwayson_scripts,omitempty"`

	controlRequest
}

// request writes an order for the engine. It returns the path it goes to and what could
// not be expressed.
func (a *a1111) request(order Order, task string) (path string, r a1111Request, lost []string, err error) {
	p := order.Params
	r = a1111Request{
		Seed: p.Seed, Steps: p.Steps, CFGScale: p.CFGScale, Width: p.Width, Height: p.Height,
		BatchSize: max(p.BatchSize, 1), NIter: max(p.NIter, 1), DenoisingStrength: p.DenoisingStrength, SendImages: true,
	}
	if p.NegativePrompt != nil {
		r.NegativePrompt = *p.NegativePrompt
	}
	r.Prompt, lost = a.tagged(order)
	a.sampling(&r, p)
	a.settings(&r, p)
	if a.sdnext() {
		if len(order.LoRAs) > 0 {
			apply := wantsTextEncoder(order.LoRAs)
			r.LoRAApplyTE = &apply
		}
	} else {
		r.ForceTaskID, r.DoNotSaveGrid = task, true
	}
	path = "/sdapi/v1/txt2img"
	if p.InitImage != "" {
		path = "/sdapi/v1/img2img"
		if err := a.initImage(&r, order); err != nil {
			return "", r, nil, err
		}
	}
	a.hires(&r, p)
	if len(p.Controls) > 0 {
		if path, err = a.controls(path, &r, order); err != nil {
			return "", r, nil, err
		}
	}
	return path, r, lost, nil
}

// tagged is the prompt with the LoRAs as tags behind it, under the engine's own names.
func (a *a1111) tagged(order Order) (text string, lost []string) {
	parts := []prompt.Part{{Kind: prompt.Words, Text: order.Params.Prompt}}
	for _, applied := range order.LoRAs {
		use := applied.Use
		use.Name = applied.Handle.Name
		parts = append(parts, prompt.Part{Kind: prompt.Words, Text: " "}, prompt.Part{Kind: prompt.Tag, Use: use})
	}
	dialect := prompt.A1111
	if a.sdnext() {
		dialect = prompt.SDNext
	}
	printed := prompt.Print(dialect, prompt.Prompt{Parts: parts})
	for _, dropped := range printed.Dropped {
		lost = append(lost, dropped.Message)
	}
	return strings.TrimLeft(printed.Text, " "), lost
}

// wantsTextEncoder reports whether any LoRA is to change the text encoder, which SD.Next
// leaves out unless told.
func wantsTextEncoder(uses []Applied) bool {
	for _, use := range uses {
		weights := use.TextEncoder
		if len(weights) == 0 {
			weights = []float64{use.Weight}
		}
		for _, w := range weights {
			if w != 0 {
				return true
			}
		}
	}
	return false
}

// sampling writes sampler and scheduler as the engine calls them.
func (a *a1111) sampling(r *a1111Request, p lora.GenerationParams) {
	r.SamplerName, r.Scheduler = p.SamplerName, p.Scheduler
	lists := a.lists.Load()
	if lists == nil {
		return
	}
	if name, scheduler, ok := findSampler(lists.samplers.Value, p.SamplerName); ok {
		r.SamplerName = name
		if r.Scheduler == "" && !a.sdnext() {
			r.Scheduler = scheduler
		}
	}
	if name, ok := findScheduler(lists.schedulers.Value, r.Scheduler); ok {
		r.Scheduler = name
	}
}

// settings writes what the engines keep as options: model, VAE and clip skip. SD.Next
// takes the model in the request itself, where an unknown one is not passed over.
func (a *a1111) settings(r *a1111Request, p lora.GenerationParams) {
	model, vae := p.Model, p.VAE
	if lists := a.lists.Load(); lists != nil {
		if name, ok := offered(lists.models.Value, model); ok {
			model = name
		}
		if name, ok := offered(lists.vaes.Value, vae); ok {
			vae = name
		}
	}
	override := map[string]any{}
	if a.sdnext() {
		r.Model, r.ClipSkip = model, p.ClipSkip
	} else {
		if model != "" {
			override["sd_model_checkpoint"] = model
		}
		if p.ClipSkip > 0 {
			override["CLIP_stop_at_last_layers"] = p.ClipSkip
		}
	}
	switch {
	case vae == "":
	case a.kind == lora.Forge:
		override["forge_additional_modules"] = []string{vae}
	default:
		override["sd_vae"] = vae
	}
	if len(override) > 0 {
		restore := true
		r.Override, r.OverrideRestore = override, &restore
	}
}

// originalContent fills what is repainted with what is there.
const originalContent = 1

func (a *a1111) initImage(r *a1111Request, order Order) error {
	p := order.Params
	picture, err := order.picture(p.InitImage)
	if err != nil {
		return err
	}
	leave := false
	r.InitImages, r.IncludeInits = []string{dataURL(picture)}, &leave
	if p.MaskImage == "" {
		return nil
	}
	mask, err := order.picture(p.MaskImage)
	if err != nil {
		return err
	}
	full, invert, fill := !p.InpaintWhole, 0, originalContent
	if p.MaskInvert {
		invert = 1
	}
	r.Mask, r.MaskBlur, r.FullRes, r.MaskInverted = dataURL(mask), p.MaskBlur, &full, &invert
	if !a.sdnext() {
		r.InpaintFill = &fill
	}
	return nil
}

// hires writes the second pass. A1111 and Forge read its strength where that of image to
// image stands; SD.Next has a place for it, and skips the pass unless forced.
func (a *a1111) hires(r *a1111Request, p lora.GenerationParams) {
	if p.Hires == nil {
		return
	}
	h := *p.Hires
	r.EnableHR, r.HRScale, r.HRUpscaler, r.HRSteps = true, h.Scale, h.Upscaler, h.Steps
	if a.sdnext() {
		r.HRDenoising, r.HRForce = &h.Denoising, h.Denoising > 0
	} else {
		r.DenoisingStrength = &h.Denoising
	}
}

// picture is a picture of the job by its digest.
func (o Order) picture(sha256 string) ([]byte, error) {
	data, ok := o.Pictures[sha256]
	if !ok {
		return nil, failure(lora.EngineRefused, nil, "A picture the job starts from is not there any more. Upload it again.")
	}
	return data, nil
}
