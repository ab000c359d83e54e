package lora

// Severity ranks a Finding.
type Severity string

// A defect makes the file unusable or wrong; a warning deserves a look; info is only worth knowing.
const (
	Defect  Severity = "defect"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Finding is one thing that is wrong or odd with a file, in words a user understands.
type Finding struct {
	Code     string   `json:"code" doc:"Stable name of the check, for example truncated or missing_up"`
	Severity Severity `json:"severity" enum:"defect,warning,info"`
	Message  string   `json:"message" doc:"What is wrong, in one sentence"`
	Advice   string   `json:"advice" doc:"What to do about it"`
	Subject  string   `json:"subject,omitempty" doc:"The tensor, module or metadata key it is about"`
}

// Evidence is one reason that speaks for a base model.
type Evidence struct {
	Source string  `json:"source" enum:"shape,keys,ss_base_model_version,modelspec,metadata,sidecar,name,user" doc:"Where the vote comes from, in order of trust"`
	Text   string  `json:"text" doc:"For example: attn2.to_k in=2048 => SDXL"`
	Base   string  `json:"base" doc:"The base model id voted for"`
	Weight float64 `json:"weight" doc:"How much the vote counts, 0..1"`
}

// BaseModel is the judgement on what a file was trained for.
type BaseModel struct {
	ID         string     `json:"id" doc:"Stable id such as sdxl, or unknown"`
	Name       string     `json:"name" doc:"Display name such as SDXL"`
	Family     string     `json:"family" doc:"Ids that can stand in for each other share a family, for example sdxl for Pony and Illustrious"`
	Variant    string     `json:"variant" doc:"Finer variant where it can be told, for example illustrious; empty when it cannot"`
	Confidence float64    `json:"confidence" doc:"0..1"`
	Evidence   []Evidence `json:"evidence"`
}

// UnknownBase is the base model id of a file whose base cannot be told.
const UnknownBase = "unknown"

// RankShare says how many modules have one rank and alpha.
type RankShare struct {
	Rank    int64    `json:"rank"`
	Alpha   *float64 `json:"alpha" doc:"null when the module stores none, which means scale 1, or when it was not read"`
	Modules int      `json:"modules"`
	// AlphaStored tells a missing alpha from one that was not read.
	AlphaStored bool `json:"alpha_stored" doc:"True when the file stores an alpha for these modules"`
}

// KindShare says how many modules are of one adapter kind.
type KindShare struct {
	Kind    string `json:"kind" doc:"lora, locon, loha, lokr, dora, full, norm, ia3, glora, oft, boft, sparse, unsupported"`
	Modules int    `json:"modules"`
}

// Coverage says which parts of a model an adapter changes.
type Coverage struct {
	Backbone     int            `json:"backbone" doc:"Modules in the UNet or transformer"`
	TextEncoders map[string]int `json:"text_encoders" doc:"Modules for each text encoder: te1, te2, te3"`
	Other        int            `json:"other"`
	Blocks       []string       `json:"blocks" doc:"Distinct block groups that are trained, in order"`
}

// TriggerWord is a word that calls the adapter, with where it came from.
type TriggerWord struct {
	Word   string  `json:"word"`
	Source string  `json:"source" doc:"modelspec.trigger_phrase, ss_tag_frequency, folder, ..."`
	Score  float64 `json:"score" doc:"0..1, higher is more likely a trigger"`
}

// TagCount is one training tag and how often it stood in the captions.
type TagCount struct {
	Tag   string `json:"tag"`
	Count int64  `json:"count"`
}

// Fact is one training fact under a readable name.
type Fact struct {
	Key   string `json:"key" doc:"The metadata key it was read from"`
	Label string `json:"label"`
	Value string `json:"value"`
}

// Report is everything inspect can say about one file from its header alone.
type Report struct {
	Format       string        `json:"format" doc:"safetensors, pickle, gguf, lfs_pointer, html, empty, unknown"`
	Base         BaseModel     `json:"base_model"`
	Kind         string        `json:"kind" doc:"The one kind of all modules, mixed, or unknown"`
	Kinds        []KindShare   `json:"kinds"`
	Rank         *int64        `json:"rank" doc:"The rank of most modules"`
	Alpha        *float64      `json:"alpha" doc:"The alpha of most modules"`
	Ranks        []RankShare   `json:"ranks"`
	Modules      int           `json:"modules"`
	Parameters   int64         `json:"parameters" doc:"Number of stored values"`
	DTypes       []string      `json:"dtypes"`
	Coverage     Coverage      `json:"coverage"`
	KeyDialect   string        `json:"key_dialect" doc:"kohya, diffusers, peft, comfy, onetrainer, xlabs, lycoris, mixed, unknown"`
	Trainer      string        `json:"trainer" doc:"kohya-ss, OneTrainer, ai-toolkit, SimpleTuner, diffusers, ... or empty"`
	Title        string        `json:"title"`
	Author       string        `json:"author"`
	Description  string        `json:"description"`
	Facts        []Fact        `json:"facts"`
	Tags         []TagCount    `json:"tags" doc:"Most frequent first, at most 500"`
	TriggerWords []TriggerWord `json:"trigger_words" doc:"Best first"`
	Findings     []Finding     `json:"findings"`
	// EmbeddedDigests are digests the trainer wrote into the header, by kind: sshs, sshs_legacy, modelspec.
	EmbeddedDigests map[string]string `json:"embedded_digests"`
	HeaderBytes     int64             `json:"header_bytes"`
	FileBytes       int64             `json:"file_bytes"`
	HasThumbnail    bool              `json:"has_thumbnail" doc:"modelspec.thumbnail holds a picture"`
}

// Worst returns the most serious severity among the findings, or "".
func (r *Report) Worst() Severity {
	worst := Severity("")
	for _, f := range r.Findings {
		switch {
		case f.Severity == Defect:
			return Defect
		case f.Severity == Warning:
			worst = Warning
		case worst == "":
			worst = Info
		}
	}
	return worst
}
