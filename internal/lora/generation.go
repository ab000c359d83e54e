package lora

// GenerationParams say what picture is wanted. The first eleven fields are the wire
// contract that clients of the prototype rely on; the others are this program's own and
// are left out when they are not set.
type GenerationParams struct {
	Prompt            string   `json:"prompt" doc:"May hold LoRA tags; they are taken out and handed to the engine in its own way"`
	NegativePrompt    *string  `json:"negative_prompt"`
	Steps             int      `json:"steps"`
	SamplerName       string   `json:"sampler_name"`
	CFGScale          float64  `json:"cfg_scale"`
	Width             int      `json:"width"`
	Height            int      `json:"height"`
	Seed              int64    `json:"seed" doc:"-1 draws one; the drawn seed is kept, so a job can be repeated"`
	BatchSize         int      `json:"batch_size"`
	NIter             int      `json:"n_iter"`
	DenoisingStrength *float64 `json:"denoising_strength"`

	Scheduler    string        `json:"scheduler,omitempty"`
	Model        string        `json:"model,omitempty" doc:"As the engine names it; empty keeps the loaded one"`
	VAE          string        `json:"vae,omitempty"`
	ClipSkip     int           `json:"clip_skip,omitempty"`
	InitImage    string        `json:"init_image,omitempty" doc:"SHA-256 of a picture uploaded or made here: makes this image to image"`
	MaskImage    string        `json:"mask_image,omitempty" doc:"SHA-256 of a mask, white is repainted: makes this inpainting"`
	MaskBlur     *int          `json:"mask_blur,omitempty"`
	MaskInvert   bool          `json:"mask_invert,omitempty"`
	InpaintWhole bool          `json:"inpaint_whole,omitempty" doc:"Repaint at the size of the whole picture instead of the masked part"`
	Hires        *Hires        `json:"hires,omitempty"`
	Controls     []ControlUnit `json:"controls,omitempty"`
	Upscale      *Upscale      `json:"upscale,omitempty"`
	Workflow     string        `json:"workflow,omitempty" doc:"Name of a workflow template for ComfyUI"`
	Adapters     []Use         `json:"adapters,omitempty" doc:"Adapters besides those tagged in the prompt"`
}

// Hires is a second pass at a larger size.
type Hires struct {
	Scale     float64 `json:"scale"`
	Upscaler  string  `json:"upscaler,omitempty"`
	Steps     int     `json:"steps,omitempty" doc:"0 takes those of the first pass"`
	Denoising float64 `json:"denoising"`
}

// ControlUnit steers the picture by another one (ControlNet).
type ControlUnit struct {
	Image        string  `json:"image" doc:"SHA-256 of a picture uploaded or made here"`
	Preprocessor string  `json:"preprocessor,omitempty"`
	Model        string  `json:"model"`
	Weight       float64 `json:"weight"`
	Start        float64 `json:"start"`
	End          float64 `json:"end"`
}

// Upscale enlarges the finished picture.
type Upscale struct {
	Upscaler string  `json:"upscaler"`
	Scale    float64 `json:"scale"`
}

// Task is one generation ready for an engine: the texts carry no LoRA tags, the seed is
// drawn, the pictures can be opened.
type Task struct {
	JobID    string
	Params   GenerationParams // Prompt and NegativePrompt without tags, Adapters complete
	Uses     []ResolvedUse
	Pictures map[string][]byte // by SHA-256: init image, mask, control images
	// ReturnMetadata asks the engine to note the parameters inside its pictures.
	ReturnMetadata bool
}

// ResolvedUse is a Use with what the catalog knows of the file, by which an engine's own
// list is searched.
type ResolvedUse struct {
	Use
	FileName  string            // with extension; empty when the catalog does not know it
	RelPath   string            // below its root, / between names
	Folder    string            // of the root
	BaseModel string            // base model id, or empty
	Digests   map[string]string // computed digests by kind
	Aliases   []string          // names the file states for itself (ss_output_name)
}

// EngineWish is what routing looks at.
type EngineWish struct {
	Name       string   // an engine's name or kind; empty leaves the choice to us
	BaseModels []string // of the adapters used
	Uses       []ResolvedUse
	Params     GenerationParams
}

// DeliveryTask is one delivery ready to be made.
type DeliveryTask struct {
	JobID    string
	Mode     string // http or file (cli is the prototype's word for file)
	Prompt   string
	Negative string
	Seed     *int64
	Params   map[string]any // as given with the delivery
	Pictures []DeliveredPicture
}

// DeliveredPicture is a picture of the generation a delivery belongs to.
type DeliveredPicture struct {
	Image
	Data []byte
}
