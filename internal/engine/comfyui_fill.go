package engine

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// places are where each value of a job goes, by word; a word without places cannot be set.
func (t *comfyTemplate) places() map[string][]comfySlot {
	width, height := t.size()
	found := map[string][]comfySlot{
		wordPrompt: t.texts("positive"), wordNegative: t.texts("negative"),
		wordSeed: t.seeds(), wordSteps: t.setting("steps"), wordCFG: t.setting("cfg"),
		wordSampler: t.setting("sampler_name"), wordScheduler: t.setting("scheduler"), wordDenoise: t.setting("denoise"),
		wordWidth: width, wordHeight: height,
	}
	if model, _, ok := t.roots(); ok {
		found[wordModel] = t.loads(model, "ckpt_name", "unet_name", "model_name")
	}
	for _, id := range t.graph.ids() {
		node := t.graph[id]
		_, hasVAE := node.Inputs["vae_name"].(string)
		_, hasImage := node.Inputs["image"].(string)
		switch {
		case hasVAE:
			found[wordVAE] = append(found[wordVAE], comfySlot{id, "vae_name"})
		case hasImage && node.Class == "LoadImageMask":
			found[wordMask] = append(found[wordMask], comfySlot{id, "image"})
		case hasImage && strings.HasPrefix(node.Class, "LoadImage"):
			found[wordInit] = append(found[wordInit], comfySlot{id, "image"})
		}
	}
	for word, slots := range t.placeholders {
		found[word] = slots
	}
	return found
}

// missing tells in sentences what of a job the graph has no place for.
func (t *comfyTemplate) missing() []string {
	places := t.places()
	var notes []string
	for _, part := range []struct{ word, says string }{
		{wordPrompt, "the prompt"}, {wordNegative, "the negative prompt"}, {wordSeed, "the seed"}, {wordSteps, "the number of steps"},
		{wordCFG, "the guidance"}, {wordSampler, "the sampler"}, {wordScheduler, "the scheduler"}, {wordWidth, "the size"}, {wordModel, "the model"},
	} {
		if len(places[part.word]) == 0 {
			notes = append(notes, fmt.Sprintf("A job cannot set %s in this workflow. Write {{%s}} where it belongs.", part.says, part.word))
		}
	}
	if _, _, ok := t.roots(); !ok && len(t.placeholders[wordLoRAs]) == 0 {
		notes = append(notes, "Adapters cannot be put into this workflow. Add a LoraLoader node with {{loras}} as its lora_name.")
	}
	for _, word := range slices.Sorted(maps.Keys(t.placeholders)) {
		if !knownWord(word) {
			notes = append(notes, fmt.Sprintf("The placeholder {{%s}} means nothing here and stays as it is.", clip(word)))
		}
	}
	return notes
}

func knownWord(word string) bool {
	switch word {
	case wordPrompt, wordNegative, wordSeed, wordSteps, wordCFG, wordSampler, wordScheduler, wordDenoise, wordWidth, wordHeight,
		wordModel, wordVAE, wordInit, wordMask, wordLoRAs:
		return true
	}
	return false
}

// comfyFill puts the values of one job into a graph.
type comfyFill struct {
	*comfyTemplate
	places map[string][]comfySlot
	warnings
	err error
}

// fill changes the graph. What was asked for but has no place is warned of; adapters
// without a place are an error, since a picture without them is not what was asked for.
func (t *comfyTemplate) fill(order Order, lists *comfyLists, uploads comfyUploads, prefix string) *comfyFill {
	f := &comfyFill{comfyTemplate: t, places: t.places()}
	p := order.Params
	f.addLoRAs(order.LoRAs)
	f.set(wordPrompt, p.Prompt, p.Prompt != "")
	f.set(wordNegative, deref(p.NegativePrompt, ""), deref(p.NegativePrompt, "") != "")
	f.set(wordSeed, comfySeed(p.Seed), true)
	f.set(wordSteps, p.Steps, true)
	f.set(wordCFG, p.CFGScale, true)
	f.set(wordWidth, p.Width, true)
	f.set(wordHeight, p.Height, false)
	if p.SamplerName != "" {
		sampler, scheduler, err := lists.sampling(p.SamplerName, p.Scheduler)
		f.fail(err)
		f.set(wordSampler, sampler, true)
		f.set(wordScheduler, scheduler, p.Scheduler != "")
	}
	if p.Model != "" {
		f.setModel(p.Model, lists)
	}
	if p.VAE != "" {
		name, err := pick(lists.VAEs, p.VAE, "VAE")
		f.fail(err)
		f.set(wordVAE, name, true)
	}
	if p.DenoisingStrength != nil && p.InitImage != "" {
		f.set(wordDenoise, *p.DenoisingStrength, true)
	}
	f.setPicture(wordInit, p.InitImage, uploads)
	f.setPicture(wordMask, p.MaskImage, uploads)
	f.leaveOut(p)
	f.prepare(prefix)
	return f
}

// leaveOut warns of what only the workflow itself can do.
func (f *comfyFill) leaveOut(p lora.GenerationParams) {
	for _, part := range []struct {
		what  string
		asked bool
	}{
		{"a second pass", p.Hires != nil}, {"control pictures", len(p.Controls) > 0}, {"enlarging", p.Upscale != nil},
		{"skipping layers of the text encoder", p.ClipSkip > 1},
	} {
		if part.asked {
			f.warn(warnNotDone, fmt.Sprintf("With a workflow, %s is up to the workflow; that setting of the job was not used.", part.what))
		}
	}
}

func (f *comfyFill) fail(err error) {
	if f.err == nil {
		f.err = err
	}
}

// setModel uses the name as it is where the graph loads models that are no checkpoints.
func (f *comfyFill) setModel(model string, lists *comfyLists) {
	for _, slot := range f.places[wordModel] {
		if slot.input == "ckpt_name" {
			name, err := pick(lists.Models, model, "model")
			f.fail(err)
			model = name
		}
	}
	f.set(wordModel, model, true)
}

func (f *comfyFill) setPicture(word, digest string, uploads comfyUploads) {
	if digest == "" {
		return
	}
	if len(f.places[word]) > 1 && len(f.placeholders[word]) == 0 {
		f.warn(warnNotDone, fmt.Sprintf("The workflow loads several pictures; the first one was replaced. Write {{%s}} where it belongs.", word))
		f.places[word] = f.places[word][:1]
	}
	f.set(word, uploads[digest], true)
}

// set puts a value into all its places. An input that holds nothing but the placeholder
// takes the value as it is, another one takes its text.
func (f *comfyFill) set(word string, value any, asked bool) {
	slots := f.places[word]
	if len(slots) == 0 && asked {
		f.warn(warnNotDone, fmt.Sprintf("The workflow has no place for %s; its own value was used.", word))
	}
	for _, slot := range slots {
		inputs := f.graph[slot.node].Inputs
		text, isText := inputs[slot.input].(string)
		mark := placeholderIn(text, word)
		switch {
		case !isText || mark == "" && len(f.placeholders[word]) == 0 || strings.TrimSpace(text) == mark:
			inputs[slot.input] = value
		case mark != "":
			inputs[slot.input] = strings.ReplaceAll(text, mark, fmt.Sprint(value))
		}
	}
}

// placeholderIn returns the placeholder for a word as it is written in the text.
func placeholderIn(text, word string) string {
	for rest := text; ; {
		_, after, found := strings.Cut(rest, "{{")
		inside, next, closed := strings.Cut(after, "}}")
		if !found || !closed {
			return ""
		}
		if strings.TrimSpace(inside) == word {
			return "{{" + inside + "}}"
		}
		rest = next
	}
}

// addLoRAs puts the chain of LoRAs where the graph marks it, or right behind the loaders.
func (f *comfyFill) addLoRAs(loras []Applied) {
	if slots := f.placeholders[wordLoRAs]; len(slots) > 0 {
		slot := slots[0] // one place is enough: each LoRA once
		node := f.graph[slot.node]
		model, okModel := node.Inputs["model"].(comfyLink)
		clip, okClip := node.Inputs["clip"].(comfyLink)
		if !okModel {
			f.fail(failure(lora.EngineRefused, nil, "The node %s of the workflow marks where adapters go but reads no model.", shown(slot.node)))
			return
		}
		lastModel, lastClip, _ := f.graph.chainLoRAs(loras, model, clip)
		f.graph.relink(comfyLink{slot.node, 0}, lastModel)
		if okClip {
			f.graph.relink(comfyLink{slot.node, 1}, lastClip)
		}
		delete(f.graph, slot.node)
		f.comfyTemplate = newTemplate(f.graph)
		f.places = f.comfyTemplate.places()
		return
	}
	if len(loras) == 0 {
		return
	}
	model, clip, ok := f.roots()
	if !ok {
		f.fail(failure(lora.EngineRefused, nil, "The workflow has no place for adapters. Add a LoraLoader node with {{loras}} as its lora_name, or run the job without a workflow."))
		return
	}
	lastModel, lastClip, chain := f.graph.chainLoRAs(loras, model, clip)
	f.graph.relink(model, lastModel, chain...)
	if clip != (comfyLink{}) {
		f.graph.relink(clip, lastClip, chain...)
	}
}

// prepare makes every run save under a name of its own and make one picture at a time.
func (f *comfyFill) prepare(prefix string) {
	for _, node := range f.graph {
		if _, ok := node.Inputs["filename_prefix"].(string); ok && node.savesPicture() {
			node.Inputs["filename_prefix"] = prefix
		}
		if _, linked := node.Inputs["batch_size"].(comfyLink); !linked && strings.Contains(node.Class, "Latent") && node.Inputs["batch_size"] != nil {
			node.Inputs["batch_size"] = 1
		}
	}
}
