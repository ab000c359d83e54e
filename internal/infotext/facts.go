package infotext

import (
	"slices"

	"loramanager/internal/lora"
)

// Text is one text found inside a picture, under the key its producer gave it.
type Text struct {
	Key  string
	Text string
}

// Producer is what has written an infotext.
type Producer string

// The producers that are told apart. Unknown are texts nobody has signed.
const (
	Unknown         Producer = ""
	LoRAManager     Producer = "loramanager"
	A1111           Producer = "a1111"
	Forge           Producer = "forge"
	SDNext          Producer = "sdnext"
	SDCpp           Producer = "sdcpp"
	ComfyUI         Producer = "comfyui"
	InvokeAI        Producer = "invokeai"
	SwarmUI         Producer = "swarmui"
	StabilityMatrix Producer = "stabilitymatrix"
	NovelAI         Producer = "novelai"
	Fooocus         Producer = "fooocus"
	Civitai         Producer = "civitai"
)

// Facts are what the texts of one picture say about how it was made.
type Facts struct {
	Producer Producer
	Prompt   string // as written, with any tags in it
	Negative string
	// Params holds what is stated and zero values for the rest; Known lists the JSON names
	// of its fields that are stated. Values outside what a generation accepts count as not
	// stated.
	Params lora.GenerationParams
	Known  []string
	// Uses are the adapters stated outside the prompt, those of the most reliable source
	// first. Tags in the prompt are not among them. One adapter may appear under two names
	// when two sources call it differently.
	Uses []FoundUse
	// Keywords are subjects that XMP lists.
	Keywords []string
	// Truncated says that the writer ran out of room, so there may have been more.
	Truncated bool
	// Raw is the text the facts were mainly read from.
	Raw string
}

// FoundUse is one adapter as a source names it.
type FoundUse struct {
	Name string
	// Weight is nil where the source states none: then a tag of that name may.
	Weight *float64
	// TextEncoder is the weight for the text encoders, nil where it is Weight's.
	TextEncoder *float64
	// Digests are digests, or their first digits, that the source claims: lower case,
	// without 0x.
	Digests []string
	// ModelVersion is Civitai's number of the version, 0 where it is not stated.
	ModelVersion int64
	Sections     []string // parts of a run it is confined to
	Source       Source
	// Use is all that this program's note says of it; nil from other sources.
	Use *lora.Use
}

// Source says which part of an infotext names an adapter.
type Source string

// The sources, the most reliable first.
const (
	FromNote    Source = "note"    // this program's own
	FromCivitai Source = "civitai" // Civitai resources
	FromModels  Source = "models"  // a list of models with digests: SwarmUI, InvokeAI, Fooocus
	FromHashes  Source = "hashes"  // Lora hashes, Hashes, LoRA networks, AddNet
	FromGraph   Source = "graph"   // nodes of a graph
)

var sources = []Source{FromNote, FromCivitai, FromModels, FromHashes, FromGraph}

func known(f *Facts, field string) { f.Known = append(f.Known, field) }

// Knows reports whether the texts state the field of Params with this JSON name.
func (f *Facts) Knows(field string) bool { return slices.Contains(f.Known, field) }

// fill takes over from other what f does not know. f is the more reliable one.
func (f *Facts) fill(other Facts) {
	if f.Producer == Unknown {
		f.Producer = other.Producer
	}
	if f.Prompt == "" {
		f.Prompt = other.Prompt
	}
	if f.Negative == "" {
		f.Negative = other.Negative
	}
	if f.Raw == "" {
		f.Raw = other.Raw
	}
	f.Keywords = append(f.Keywords, other.Keywords...)
	f.Truncated = f.Truncated || other.Truncated
	for _, field := range other.Known {
		if !f.Knows(field) {
			copyField(&f.Params, &other.Params, field)
			known(f, field)
		}
	}
	f.Uses = append(f.Uses, other.Uses...)
}

// copyField copies the field with this JSON name.
func copyField(to, from *lora.GenerationParams, field string) {
	switch field {
	case "steps":
		to.Steps = from.Steps
	case "sampler_name":
		to.SamplerName = from.SamplerName
	case "cfg_scale":
		to.CFGScale = from.CFGScale
	case "width":
		to.Width = from.Width
	case "height":
		to.Height = from.Height
	case "seed":
		to.Seed = from.Seed
	case "denoising_strength":
		to.DenoisingStrength = from.DenoisingStrength
	case "scheduler":
		to.Scheduler = from.Scheduler
	case "model":
		to.Model = from.Model
	case "vae":
		to.VAE = from.VAE
	case "clip_skip":
		to.ClipSkip = from.ClipSkip
	case "mask_blur":
		to.MaskBlur = from.MaskBlur
	case "hires":
		to.Hires = from.Hires
	}
}

// finish joins the uses that mean the same name and completes Params.
func (f *Facts) finish() {
	slices.SortStableFunc(f.Uses, func(a, b FoundUse) int {
		return slices.Index(sources, a.Source) - slices.Index(sources, b.Source)
	})
	byName := map[string]int{}
	var joined []FoundUse
	for _, use := range f.Uses {
		key := stem(use.Name)
		at, seen := byName[key]
		if !seen || joined[at].Source == use.Source && use.Weight != nil && joined[at].Weight != nil {
			// Applied twice by the same source: both count.
			byName[key] = len(joined)
			joined = append(joined, use)
			continue
		}
		joined[at].complete(use)
	}
	f.Uses = joined
	f.Params.Prompt = f.Prompt
	if f.Negative != "" {
		negative := f.Negative
		f.Params.NegativePrompt = &negative
	}
	f.Known = slices.Compact(slices.Sorted(slices.Values(f.Known)))
}

// complete takes over from a less reliable source what u does not state.
func (u *FoundUse) complete(other FoundUse) {
	if u.Weight == nil {
		u.Weight, u.TextEncoder = other.Weight, other.TextEncoder
	}
	if u.ModelVersion == 0 {
		u.ModelVersion = other.ModelVersion
	}
	for _, d := range other.Digests {
		if !slices.Contains(u.Digests, d) {
			u.Digests = append(u.Digests, d)
		}
	}
}
