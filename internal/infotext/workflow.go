package infotext

import (
	"fmt"
	"strings"
)

// Modes of a node in a workflow.
const (
	modeMuted    = 2
	modeBypassed = 4
)

// widgets names the values of nodes in a workflow, which lists them without names.
var widgets = map[string][]string{
	"KSampler":               {"seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"},
	"KSamplerAdvanced":       {"", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"},
	"CLIPTextEncode":         {"text"},
	"CheckpointLoaderSimple": {"ckpt_name"},
	"UNETLoader":             {"unet_name"},
	"VAELoader":              {"vae_name"},
	"EmptyLatentImage":       {"width", "height"},
	"EmptySD3LatentImage":    {"width", "height"},
	"LoraLoader":             {"lora_name", "strength_model", "strength_clip"},
	"LoraLoaderModelOnly":    {"lora_name", "strength_model"},
	"RandomNoise":            {"noise_seed"},
	"KSamplerSelect":         {"sampler_name"},
	"BasicScheduler":         {"scheduler", "steps", "denoise"},
	"CFGGuider":              {"cfg"},
	"FluxGuidance":           {"guidance"},
}

// workflowOf reads a graph as ComfyUI's pages keep it: nodes with modes and lists of
// values, and links [id, from, slot, to, slot, type].
func workflowOf(o object) (*graph, bool) {
	nodes, links := listOf(o["nodes"]), listOf(o["links"])
	if len(nodes) == 0 || len(nodes) > maxNodes || len(links) > 10*maxNodes {
		return nil, false
	}
	from := map[string][]any{}
	for _, value := range links {
		if link := listOf(value); len(link) >= 3 {
			from[textOf(link[0])] = []any{textOf(link[1]), link[2]}
		}
	}
	g := &graph{nodes: map[string]*node{}}
	for _, value := range nodes {
		v := objectOf(value)
		n := &node{id: textOf(v["id"]), class: short(v["type"]), inputs: object{}}
		if n.id == "" || n.class == "" {
			continue
		}
		mode, _ := wholeOf(v["mode"])
		n.muted, n.passed = mode == modeMuted, mode == modeBypassed
		nameWidgets(n, v["widgets_values"])
		for _, input := range listOf(v["inputs"]) {
			in := objectOf(input)
			if link, ok := from[textOf(in["link"])]; ok {
				n.inputs[textOf(in["name"])] = link
			}
		}
		g.add(n)
	}
	g.sort()
	return g, len(g.nodes) > 0
}

// nameWidgets gives the values of a node their names. Of nodes nobody has listed here,
// only objects and lists of adapters and the first name of a LoRA file are understood.
func nameWidgets(n *node, values any) {
	if o := objectOf(values); o != nil {
		n.inputs = o
		return
	}
	names := widgets[n.class]
	isLoader := strings.Contains(strings.ToLower(n.class), "lora")
	for i, value := range listOf(values) {
		switch {
		case i < len(names) && names[i] != "":
			n.inputs[names[i]] = value
		case names != nil || !isLoader:
		case objectOf(value)["lora"] != nil:
			n.inputs[fmt.Sprintf("lora_%04d", i)] = value
		case listOf(value) != nil:
			n.inputs["loras"] = value
		case n.inputs["lora_name"] == nil && withoutEnding(textOf(value)) != textOf(value):
			n.inputs["lora_name"] = value
		case n.inputs["lora_name"] != nil && n.inputs["strength_model"] == nil && weightOf(value) != nil:
			n.inputs["strength_model"] = value
		}
	}
}

// mute takes over from a workflow which nodes of a graph do not run.
func (g *graph) mute(workflow *graph) {
	for id, n := range g.nodes {
		if drawn := workflow.nodes[id]; drawn != nil {
			n.muted, n.passed = drawn.muted, drawn.passed
		}
	}
}
