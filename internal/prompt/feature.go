package prompt

import (
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// The features that a dialect may lack.
const (
	featureTextEncoder  = "text_encoder"  // a weight of its own for the text encoder
	featureTextEncoders = "text_encoders" // a weight for each of several
	featureBlocks       = "blocks"
	featureThirds       = "thirds" // blocks by in, mid and out only
	featurePreset       = "preset"
	featureElements     = "elements"
	featureSchedule     = "schedule"
	featureSteps        = "steps"
	featureSections     = "sections"
	featureRankCap      = "rank_cap"
	featureExpert       = "expert"
	featureModule       = "module"
	featureName         = "name"
	featureWeight       = "weight"
	featureSwitch       = "switch"
	featureBlockList    = "block_list"
)

// losses are the sentences for features left out: %[1]s is the dialect, %[2]s the adapter.
var losses = map[string]string{
	featureTextEncoder:  "%[1]s takes one weight for an adapter; the text encoder weight of %[2]s is left out.",
	featureTextEncoders: "%[1]s takes one text encoder weight; of those of %[2]s only the first is written.",
	featureBlocks:       "%[1]s cannot weigh these blocks one by one; the block weights of %[2]s are left out.",
	featurePreset:       "%[1]s knows no block presets; that of %[2]s is left out.",
	featureElements:     "%[1]s cannot weigh kinds of layers; that setting of %[2]s is left out.",
	featureSchedule:     "%[1]s keeps a weight for all steps; %[2]s is written with its first weight.",
	featureSteps:        "%[1]s uses an adapter in all steps; the first and last step of %[2]s are left out.",
	featureSections:     "%[1]s cannot confine an adapter to a part of the run; %[2]s works in all of it.",
	featureRankCap:      "%[1]s uses the whole rank of an adapter; the rank limit of %[2]s is left out.",
	featureExpert:       "%[1]s cannot choose between the experts of a model; that choice for %[2]s is left out.",
	featureModule:       "%[1]s cannot choose the module an adapter goes into; that choice for %[2]s is left out.",
	featureName:         "A tag of %[1]s cannot hold the name %[2]s; rename the adapter or its file.",
	featureWeight:       "The weight of %[2]s is so small that it is written as 0 for %[1]s.",
	featureBlockList:    "How many blocks %[2]s has depends on its base model; the shortest list that fits was written for %[1]s.",
}

// lose notes a loss of an adapter.
func lose(d Dialect, feature, adapter string) Dropped {
	return Dropped{Feature: feature, Adapter: adapter, Message: fmt.Sprintf(losses[feature], d.Label(), adapter)}
}

// losses lists what the use says and the dialect cannot.
func (w *writer) losses(use lora.Use) {
	for _, feature := range featuresOf(use) {
		if !w.able(feature, use) {
			w.lose(feature, use)
		}
	}
	if w.decimals != exact && use.Weight != 0 && strings.Trim(w.number(use.Weight), "-0.") == "" {
		w.lose(featureWeight, use)
	}
}

// able reports whether the dialect can say a feature of a use.
func (w *writer) able(feature string, use lora.Use) bool {
	can := func(f string) bool { return slices.Contains(w.grammar.can, f) }
	switch feature {
	case featureTextEncoders:
		return !can(featureTextEncoder) // then the loss of all of them is listed
	case featureBlocks:
		if !can(featureThirds) {
			return can(feature)
		}
		for name := range use.Blocks {
			if !isThird(name) {
				return false
			}
		}
		return true
	case featureSections:
		return can(feature) && !slices.ContainsFunc(use.Sections, func(s string) bool { return !isSection(s) })
	case featureExpert:
		return can(feature) && (use.Expert == "high" || use.Expert == "low")
	}
	return can(feature)
}

// featuresOf lists what is needed to say all of a use.
func featuresOf(use lora.Use) []string {
	te, own := textEncoder(use)
	several := slices.ContainsFunc(use.TextEncoder, func(v float64) bool { return v != te })
	var list []string
	for _, f := range []struct {
		name   string
		needed bool
	}{
		{featureTextEncoder, own || several || len(use.TextEncoder) > 0 && len(use.Schedule) > 0},
		{featureTextEncoders, several},
		{featureBlocks, use.Preset == "" && len(use.Blocks) > 0},
		{featurePreset, use.Preset != ""},
		{featureElements, use.Elements != ""},
		{featureSchedule, len(use.Schedule) > 0},
		{featureSteps, use.Start > 0 || use.Stop > 0},
		{featureSections, len(use.Sections) > 0},
		{featureRankCap, use.RankCap > 0},
		{featureExpert, use.Expert != ""},
		{featureModule, use.Module != ""},
	} {
		if f.needed {
			list = append(list, f.name)
		}
	}
	return list
}
