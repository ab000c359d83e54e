package infotext

import (
	"strconv"
	"strings"
)

// readNovelAI reads the Comment of NovelAI. It has no adapters.
func readNovelAI(o object) (Facts, bool) {
	if _, named := o["uc"]; !named && objectOf(o["v4_prompt"]) == nil {
		return Facts{}, false
	}
	f := Facts{Producer: NovelAI, Prompt: textOf(o["prompt"]), Negative: textOf(o["uc"])}
	f.setSteps(o["steps"])
	f.setCFG(o["scale"])
	f.setSeed(o["seed"])
	f.setSize(o["width"], o["height"])
	f.setSampler(o["sampler"])
	f.setScheduler(o["noise_schedule"])
	caption := objectOf(objectOf(o["v4_prompt"])["caption"])
	if f.Prompt == "" {
		f.Prompt = textOf(caption["base_caption"])
	}
	for _, c := range listOf(caption["char_captions"]) {
		if text := textOf(objectOf(c)["char_caption"]); text != "" {
			f.Prompt += "\n" + text
		}
	}
	return f, true
}

// readMatrix reads StabilityMatrix' parameters-json.
func readMatrix(o object) (Facts, bool) {
	if o["PositivePrompt"] == nil && o["CfgScale"] == nil {
		return Facts{}, false
	}
	f := Facts{Producer: StabilityMatrix, Prompt: textOf(o["PositivePrompt"]), Negative: textOf(o["NegativePrompt"])}
	f.setSteps(o["Steps"])
	f.setCFG(o["CfgScale"])
	f.setSeed(o["Seed"])
	f.setSize(o["Width"], o["Height"])
	f.setSampler(o["Sampler"])
	f.setModel(o["ModelName"])
	return f, true
}

// maxFooocus is how many adapters Fooocus numbers at most.
const maxFooocus = 64

// readFooocus reads Fooocus' JSON: loras as lists [name, weight, digest], or numbered as
// "name : weight".
func readFooocus(o object) (Facts, bool) {
	if o["base_model"] == nil && o["guidance_scale"] == nil && o["lora_combined_1"] == nil {
		return Facts{}, false
	}
	f := Facts{Producer: Fooocus, Prompt: textOf(o["prompt"]), Negative: textOf(o["negative_prompt"])}
	f.setSteps(o["steps"])
	f.setCFG(o["guidance_scale"])
	f.setSeed(o["seed"])
	f.setSampler(o["sampler"])
	f.setScheduler(o["scheduler"])
	f.setModel(withoutEnding(short(o["base_model"])))
	f.setVAE(o["vae"])
	f.setClipSkip(o["clip_skip"])
	if size := split(strings.Trim(textOf(o["resolution"]), "()[]")); len(size) == 2 {
		f.setSize(size[0], size[1])
	}
	for _, entry := range listOf(o["loras"]) {
		if l := listOf(entry); len(l) >= 2 {
			use := FoundUse{Name: withoutEnding(short(l[0])), Weight: weightOf(l[1]), Source: FromModels}
			if len(l) > 2 {
				use.claim(textOf(l[2]))
			}
			f.addUse(use)
		}
	}
	if len(f.Uses) == 0 {
		for i := 1; i <= maxFooocus; i++ {
			name, weight, found := strings.Cut(textOf(o["lora_combined_"+strconv.Itoa(i)]), " : ")
			if found {
				f.addUse(FoundUse{Name: withoutEnding(name), Weight: weightOf(weight), Source: FromModels})
			}
		}
	}
	return f, true
}
