package engine

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// comfyTemplate knows where in a graph of the user's the values of a job go. A
// placeholder such as {{prompt}} says so itself. Where a value has none its place is
// found by following the links upwards from the sampler: the first one, that is, the one
// that reads from no other sampler; seeds are set in all of them.
type comfyTemplate struct {
	graph        comfyGraph
	sampler      string                 // id of the first sampler; empty when there is none
	placeholders map[string][]comfySlot // by word
}

// comfySlot is one input of one node.
type comfySlot struct{ node, input string }

// The words of placeholders.
const (
	wordPrompt, wordNegative = "prompt", "negative"
	wordSeed, wordSteps      = "seed", "steps"
	wordCFG, wordSampler     = "cfg", "sampler"
	wordScheduler            = "scheduler"
	wordDenoise              = "denoise"
	wordWidth, wordHeight    = "width", "height"
	wordModel, wordVAE       = "model", "vae"
	wordInit, wordMask       = "init_image", "mask_image"
	wordLoRAs                = "loras"
)

func newTemplate(graph comfyGraph) *comfyTemplate {
	t := &comfyTemplate{graph: graph, placeholders: map[string][]comfySlot{}}
	for _, id := range graph.ids() {
		for _, name := range slices.Sorted(maps.Keys(graph[id].Inputs)) {
			text, ok := graph[id].Inputs[name].(string)
			for ok {
				var word string
				if _, text, ok = strings.Cut(text, "{{"); !ok {
					break
				}
				if word, text, ok = strings.Cut(text, "}}"); ok {
					word = strings.TrimSpace(word)
					t.placeholders[word] = append(t.placeholders[word], comfySlot{id, name})
				}
			}
		}
	}
	t.sampler = t.firstSampler()
	return t
}

// isSampler reports whether the node denoises: it takes latents and either texts or a
// guide.
func (n *comfyNode) isSampler() bool {
	_, latent := n.Inputs["latent_image"]
	_, positive := n.Inputs["positive"]
	_, guide := n.Inputs["guider"]
	return latent && (positive || guide)
}

func (t *comfyTemplate) firstSampler() string {
	for _, id := range t.graph.ids() {
		if !t.graph[id].isSampler() {
			continue
		}
		later := false
		for above := range t.above(comfyLink{Node: id}) {
			later = later || above != id && t.graph[above].isSampler()
		}
		if !later {
			return id
		}
	}
	return ""
}

// above returns the node a link comes from and all that it depends on.
func (t *comfyTemplate) above(link comfyLink) map[string]bool {
	seen := map[string]bool{link.Node: true}
	for open := []string{link.Node}; len(open) > 0; {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		for _, next := range t.graph[id].links() {
			if !seen[next.Node] {
				seen[next.Node], open = true, append(open, next.Node)
			}
		}
	}
	return seen
}

// literal returns the input that holds a value itself: the one named, or, where that is
// linked to a node which only holds a value, the input of that node.
func (t *comfyTemplate) literal(id, input string) (comfySlot, bool) {
	for range 8 { // values pass through a few nodes at most
		value, ok := t.graph[id].Inputs[input]
		link, linked := value.(comfyLink)
		if !ok || !linked {
			return comfySlot{id, input}, ok
		}
		id = link.Node
		held := slices.DeleteFunc(slices.Sorted(maps.Keys(t.graph[id].Inputs)), func(name string) bool {
			return !slices.Contains(valueInputs, strings.ToLower(name))
		})
		if len(held) != 1 {
			return comfySlot{}, false
		}
		input = held[0]
	}
	return comfySlot{}, false
}

// valueInputs are how nodes that only hold a value call it.
var valueInputs = []string{"value", "string", "text", "int", "float", "number", "seed", "noise_seed", "prompt"}

// textInputs are how nodes that encode a prompt call it.
var textInputs = []string{"text", "text_g", "text_l", "clip_l", "t5xxl", "prompt"}

// sources are the nodes that set how the first sampler works: itself, and what it reads
// its noise, guide, schedule and kind from.
func (t *comfyTemplate) sources() []string {
	if t.sampler == "" {
		return nil
	}
	ids := []string{t.sampler}
	for _, input := range []string{"noise", "guider", "sampler", "sigmas"} {
		if link, ok := t.graph[t.sampler].Inputs[input].(comfyLink); ok {
			ids = append(ids, link.Node)
		}
	}
	return ids
}

// setting finds a value of the first sampler by the names it may have.
func (t *comfyTemplate) setting(names ...string) []comfySlot {
	for _, id := range t.sources() {
		for _, name := range names {
			if slot, ok := t.literal(id, name); ok {
				return []comfySlot{slot}
			}
		}
	}
	return nil
}

// seeds are all places of seeds: those of samplers and of noise.
func (t *comfyTemplate) seeds() []comfySlot {
	var slots []comfySlot
	for _, id := range t.graph.ids() {
		for _, name := range []string{"seed", "noise_seed"} {
			if slot, ok := t.literal(id, name); ok && !slices.Contains(slots, slot) && t.isNumber(slot) {
				slots = append(slots, slot)
			}
		}
	}
	return slots
}

func (t *comfyTemplate) isNumber(s comfySlot) bool {
	_, ok := t.graph[s.node].Inputs[s.input].(json.Number)
	return ok
}

// texts are the places of the positive or negative prompt.
func (t *comfyTemplate) texts(side string) []comfySlot {
	for _, id := range t.sources() {
		if link, ok := t.graph[id].Inputs[side].(comfyLink); ok {
			return t.textAbove(link, side)
		}
		if link, ok := t.graph[id].Inputs["conditioning"].(comfyLink); ok && side == "positive" {
			return t.textAbove(link, side)
		}
	}
	return nil
}

// textAbove climbs from a conditioning to the node that encodes its text.
func (t *comfyTemplate) textAbove(link comfyLink, side string) []comfySlot {
	for range len(t.graph) {
		node := t.graph[link.Node]
		var slots []comfySlot
		for _, name := range textInputs {
			if slot, ok := t.literal(link.Node, name); ok {
				slots = append(slots, slot)
			}
		}
		if len(slots) > 0 {
			return slots
		}
		next, ok := node.Inputs[side].(comfyLink)
		for _, name := range []string{"conditioning", "conditioning_1", "conditioning_to"} {
			if !ok {
				next, ok = node.Inputs[name].(comfyLink)
			}
		}
		if !ok {
			return nil
		}
		link = next
	}
	return nil
}

// size are the places of width and height: where the empty picture is made that the first
// sampler begins with.
func (t *comfyTemplate) size() (width, height []comfySlot) {
	if t.sampler == "" {
		return nil, nil
	}
	link, ok := t.graph[t.sampler].Inputs["latent_image"].(comfyLink)
	if !ok {
		return nil, nil
	}
	for _, id := range slices.SortedFunc(maps.Keys(t.above(link)), compareNodeIDs) {
		if !strings.Contains(t.graph[id].Class, "Latent") {
			continue
		}
		w, okW := t.literal(id, "width")
		h, okH := t.literal(id, "height")
		if okW && okH {
			return []comfySlot{w}, []comfySlot{h}
		}
	}
	return nil, nil
}

// root climbs from an input of a node through the same input of others to the output that
// a model or text encoder is first given out by.
func (t *comfyTemplate) root(id, input string) (comfyLink, bool) {
	link, ok := t.graph[id].Inputs[input].(comfyLink)
	for range len(t.graph) {
		if !ok {
			return comfyLink{}, false
		}
		next, more := t.graph[link.Node].Inputs[input].(comfyLink)
		if !more {
			return link, true
		}
		link = next
	}
	return comfyLink{}, false
}

// roots are where the model and the text encoder of the first sampler come from. The text
// encoder's is empty where the graph has none to change.
func (t *comfyTemplate) roots() (model, clip comfyLink, ok bool) {
	for _, id := range t.sources() {
		if model, ok = t.root(id, "model"); ok {
			break
		}
	}
	for _, slot := range t.texts("positive") {
		if found, has := t.root(slot.node, "clip"); has {
			clip = found
		}
	}
	return model, clip, ok
}

// loads is the place of a file name among the nodes a link depends on.
func (t *comfyTemplate) loads(link comfyLink, inputs ...string) []comfySlot {
	for _, id := range slices.SortedFunc(maps.Keys(t.above(link)), compareNodeIDs) {
		for _, name := range inputs {
			if slot, ok := t.literal(id, name); ok {
				return []comfySlot{slot}
			}
		}
	}
	return nil
}
