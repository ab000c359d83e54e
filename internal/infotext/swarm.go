package infotext

import (
	"maps"
	"slices"
	"strings"
)

func sortedKeys(o object) []string { return slices.Sorted(maps.Keys(o)) }

// readSwarm reads SwarmUI's JSON.
func readSwarm(o object) (Facts, bool) {
	params := objectOf(o["sui_image_params"])
	if params == nil {
		return Facts{}, false
	}
	f := Facts{
		Producer: SwarmUI,
		Prompt:   strings.TrimSpace(textOf(params["prompt"])),
		Negative: strings.TrimSpace(textOf(params["negativeprompt"])),
	}
	f.setSteps(params["steps"])
	f.setCFG(params["cfgscale"])
	f.setSeed(params["seed"])
	f.setSize(params["width"], params["height"])
	f.setSampler(params["sampler"])
	f.setScheduler(params["scheduler"])
	f.setModel(withoutEnding(short(params["model"])))
	f.setVAE(params["vae"])
	f.setClipSkip(params["clipstopatlayer"])
	weights, encoders := words(params["loraweights"]), words(params["loratencweights"])
	sections := words(params["lorasectionconfinement"])
	for i, name := range words(params["loras"]) {
		use := FoundUse{Name: withoutEnding(name), Source: FromModels}
		if i < len(weights) {
			use.Weight = weightOf(weights[i])
		}
		if i < len(encoders) {
			use.TextEncoder = weightOf(encoders[i])
		}
		// 0 is the whole run; the others are numbers of parts, which only SwarmUI knows.
		if i < len(sections) && sections[i] != "0" && sections[i] != "-1" {
			use.Sections = []string{sections[i]}
		}
		f.addUse(use)
	}
	for _, entry := range listOf(o["sui_models"]) {
		model := objectOf(entry)
		name := stem(textOf(model["name"]))
		for i := range f.Uses {
			if textOf(model["param"]) == "loras" && stem(f.Uses[i].Name) == name {
				f.Uses[i].claim(textOf(model["hash"]))
			}
		}
	}
	return f, true
}

// words reads a list of texts or numbers, or a text with commas between them.
func words(value any) []string {
	if text := textOf(value); text != "" {
		return split(text)
	}
	var out []string
	for _, v := range listOf(value) {
		out = append(out, textOf(v))
	}
	return out
}
