package engine

import (
	"encoding/json"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// comfyLists are the names a ComfyUI server offers, as it spells them.
type comfyLists struct {
	Models, LoRAs, VAEs, Controls      []string
	Samplers, Schedulers               []string
	UpscaleModels, LatentMethods       []string
	HasLoRALoader, HasCanny, HasUpload bool
}

// comfyChoices are the lists that are read, by node class and input.
var comfyChoices = []struct {
	class, input string
	list         func(*comfyLists) *[]string
}{
	{"CheckpointLoaderSimple", "ckpt_name", func(l *comfyLists) *[]string { return &l.Models }},
	{"LoraLoader", "lora_name", func(l *comfyLists) *[]string { return &l.LoRAs }},
	{"VAELoader", "vae_name", func(l *comfyLists) *[]string { return &l.VAEs }},
	{"ControlNetLoader", "control_net_name", func(l *comfyLists) *[]string { return &l.Controls }},
	{"KSampler", "sampler_name", func(l *comfyLists) *[]string { return &l.Samplers }},
	{"KSampler", "scheduler", func(l *comfyLists) *[]string { return &l.Schedulers }},
	{"UpscaleModelLoader", "model_name", func(l *comfyLists) *[]string { return &l.UpscaleModels }},
	{"LatentUpscaleBy", "upscale_method", func(l *comfyLists) *[]string { return &l.LatentMethods }},
}

// comfyClass is what /object_info says of one node class.
type comfyClass struct {
	Input struct {
		Required map[string]comfyInput `json:"required"`
		Optional map[string]comfyInput `json:"optional"`
	} `json:"input"`
}

// comfyInput is how an input is declared: its type or choices, and its default.
type comfyInput struct {
	Type    string
	Choices []string
	Default any
}

// UnmarshalJSON reads [type, options] in both forms in which ComfyUI lists choices: the
// choices in place of the type, or the type COMBO with the choices among the options. A
// declaration of any other form is an input we know nothing about.
func (c *comfyInput) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if json.Unmarshal(data, &parts) != nil || len(parts) == 0 {
		return nil //nolint:nilerr // as said
	}
	var options struct {
		Default any               `json:"default"`
		Options []json.RawMessage `json:"options"`
	}
	if len(parts) > 1 {
		_ = json.Unmarshal(parts[1], &options) // other forms say nothing
	}
	c.Default = options.Default
	if json.Unmarshal(parts[0], &c.Type) == nil {
		c.Choices = textsOf(options.Options)
		return nil
	}
	var choices []json.RawMessage
	if json.Unmarshal(parts[0], &choices) == nil {
		c.Choices = textsOf(choices)
	}
	return nil
}

func textsOf(raw []json.RawMessage) []string {
	texts := make([]string, 0, len(raw))
	for _, one := range raw {
		var text string
		if json.Unmarshal(one, &text) == nil && text != "" {
			texts = append(texts, text)
		}
	}
	return texts
}

// latentPrefix marks the ways of enlarging that need no model, as other engines do.
const latentPrefix = "Latent ("

// upscalers lists the ways of enlarging by one name each.
func (l *comfyLists) upscalers() []string {
	names := make([]string, 0, len(l.LatentMethods)+len(l.UpscaleModels))
	for _, method := range l.LatentMethods {
		names = append(names, latentPrefix+method+")")
	}
	return append(names, l.UpscaleModels...)
}

// latentMethod returns the method a name of upscalers stands for; the plain Latent of
// other engines is bilinear.
func (l *comfyLists) latentMethod(name string) (string, bool) {
	if name == "" || strings.EqualFold(name, "latent") {
		return "bilinear", true
	}
	method, ok := strings.CutPrefix(strings.TrimSuffix(name, ")"), latentPrefix)
	return method, ok && slices.Contains(l.LatentMethods, method)
}

// pick finds a name in one of the lists: as it is spelt there, then whatever the case and
// the separators, then without its extension, then by the last part alone where that is
// unique. what says what is looked for.
func pick(list []string, name, what string) (string, error) {
	for _, same := range []func(string) string{
		func(s string) string { return s },
		plainPath,
		func(s string) string { return withoutExtension(plainPath(s)) },
		func(s string) string { return withoutExtension(lastPart(plainPath(s))) },
	} {
		var found []string
		for _, one := range list {
			if same(one) == same(name) {
				found = append(found, one)
			}
		}
		if len(found) == 1 || len(found) > 1 && found[0] == name {
			return found[0], nil
		}
	}
	return "", notListed(what, name)
}

// notListed says that a list of the engine does not hold a name.
func notListed(what, name string) error {
	return failure(lora.EngineNotFound, nil, "The engine has no %s called %s. Choose one of its own list.", what, shown(name))
}

// shown quotes a name from outside.
func shown(name string) string { return `"` + clip(name) + `"` }

func plainPath(s string) string { return strings.ToLower(strings.ReplaceAll(s, `\`, "/")) }

func lastPart(s string) string { return s[strings.LastIndexByte(s, '/')+1:] }

func withoutExtension(s string) string {
	for _, ending := range []string{".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".sft", ".gguf"} {
		if stem, ok := strings.CutSuffix(s, ending); ok {
			return stem
		}
	}
	return s
}
