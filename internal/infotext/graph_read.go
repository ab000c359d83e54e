package infotext

import (
	"slices"
	"strings"
)

// readGraph reads a ComfyUI graph: from the sampler of the first pass upwards for the
// parameters, from all samplers for the adapters.
func readGraph(g *graph) (Facts, bool) {
	f := Facts{Producer: ComfyUI}
	samplers := g.samplers()
	if len(samplers) == 0 {
		return Facts{}, false
	}
	n := g.firstPass(samplers)
	f.setSteps(g.find(n, []string{"steps"}, []string{"sigmas"}))
	f.setCFG(g.find(n, []string{"cfg", "guidance"}, []string{"guider"}))
	f.setSeed(g.find(n, []string{"seed", "noise_seed"}, []string{"noise"}))
	f.setSampler(g.find(n, []string{"sampler_name"}, []string{"sampler"}))
	f.setScheduler(g.find(n, []string{"scheduler"}, []string{"sigmas"}))
	f.setDenoising(g.find(n, []string{"denoise"}, []string{"sigmas"}))
	f.setModel(g.find(n, []string{"ckpt_name", "unet_name", "model_name"}, []string{"guider", "model", "pipe"}))
	f.setSize(g.find(n, []string{"width", "empty_latent_width"}, latents), g.find(n, []string{"height", "empty_latent_height"}, latents))
	for _, id := range g.ids {
		if node := g.nodes[id]; strings.Contains(node.class, "VAELoader") && !node.muted {
			f.setVAE(node.inputs["vae_name"])
		}
	}
	conditioned := n
	if guider := g.linked(n, "guider"); guider != nil {
		conditioned = guider
	}
	f.Prompt = g.prompt(conditioned, "positive")
	if f.Prompt == "" {
		f.Prompt = g.prompt(conditioned, "conditioning")
	}
	f.Negative = g.prompt(conditioned, "negative")
	seen := map[*node]bool{}
	for _, sampler := range samplers {
		g.upstream(sampler, seen, func(n *node) {
			if n.passed {
				return
			}
			for _, use := range g.loras(n) {
				f.addUse(use)
			}
		})
	}
	return f, true
}

// texts are the inputs that hold a prompt, the more telling first.
var texts = []string{
	"text", "text_g", "text_l", "clip_l", "t5xxl", "populated_text", "prompt", "positive_prompt", "string", "value",
}

// prompt follows the conditioning of one side, positive or negative, up to its texts.
func (g *graph) prompt(n *node, side string) string {
	var parts []string
	seen := map[*node]bool{}
	start := g.linked(n, side)
	if start == nil { // a node that takes the text itself
		return strings.TrimSpace(textOf(n.inputs[side]))
	}
	pending := []*node{start}
	for len(pending) > 0 && len(seen) < maxHops {
		n, pending = pending[len(pending)-1], pending[:len(pending)-1]
		if seen[n] || n.muted || n.class == "ConditioningZeroOut" {
			continue
		}
		seen[n] = true
		own, is := n.inputs[side].(string)
		switch {
		case is:
			parts = append(parts, own)
			continue
		case g.linked(n, side) != nil: // it passes both sides on
			pending = append(pending, g.linked(n, side))
			continue
		}
		before := len(parts) + len(pending)
		for _, input := range texts {
			if text, is := n.inputs[input].(string); is && !n.passed && !slices.Contains(parts, text) {
				parts = append(parts, text)
			} else if source := g.linked(n, input); source != nil {
				pending = append(pending, source)
			}
		}
		if before == len(parts)+len(pending) {
			pending = append(pending, g.conditions(n)...)
		}
	}
	return strings.TrimSpace(strings.Join(slices.DeleteFunc(parts, func(s string) bool { return strings.TrimSpace(s) == "" }), "\n"))
}

// conditions are the nodes that feed a node which combines or passes on conditionings or
// texts, the first input last, as on a stack.
func (g *graph) conditions(n *node) []*node {
	var from []*node
	for _, input := range sortedKeys(n.inputs) {
		switch name := strings.ToLower(input); {
		case strings.HasPrefix(name, "cond"), strings.HasPrefix(name, "text"), strings.HasPrefix(name, "string"),
			strings.HasPrefix(name, "prompt"), n.passed, strings.Contains(n.class, "Reroute"):
			if source := g.linked(n, input); source != nil {
				from = append(from, source)
			}
		}
	}
	slices.Reverse(from)
	return from
}
