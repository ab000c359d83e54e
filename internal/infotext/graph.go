package infotext

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

const (
	maxNodes = 10_000
	// maxHops bounds how far a value is looked for from node to node.
	maxHops = 64
)

// node is one node of a ComfyUI graph. An input is a value or a link [node, slot].
type node struct {
	id     string
	class  string
	inputs object
	muted  bool // it does not run, and neither does what depends on it
	passed bool // it is bypassed: its input goes through unchanged
}

type graph struct {
	nodes map[string]*node
	ids   []string // in the order of their numbers
}

// graphOf reads a graph in API form: {"3": {"class_type": ..., "inputs": {...}}, ...}.
func graphOf(o object) (*graph, bool) {
	if len(o) == 0 || len(o) > maxNodes {
		return nil, false
	}
	g := &graph{nodes: map[string]*node{}}
	for id, value := range o {
		n := objectOf(value)
		if class := short(n["class_type"]); class != "" {
			g.add(&node{id: id, class: class, inputs: objectOf(n["inputs"])})
		}
	}
	g.sort()
	return g, len(g.nodes) > 0
}

func (g *graph) add(n *node) {
	if n.inputs == nil {
		n.inputs = object{}
	}
	g.nodes[n.id] = n
	g.ids = append(g.ids, n.id)
}

// sort puts numbers before names, as ComfyUI counts its nodes.
func (g *graph) sort() {
	slices.SortFunc(g.ids, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil && x != y {
			return cmp.Compare(x, y)
		}
		return strings.Compare(a, b)
	})
}

// linked returns the node an input comes from, nil when the input is a value.
func (g *graph) linked(n *node, input string) *node {
	link := listOf(n.inputs[input])
	if len(link) != 2 {
		return nil
	}
	return g.nodes[textOf(link[0])]
}

// sources returns the nodes that feed n, in the order of the inputs' names.
func (g *graph) sources(n *node) []*node {
	var from []*node
	for _, input := range sortedKeys(n.inputs) {
		if source := g.linked(n, input); source != nil {
			from = append(from, source)
		}
	}
	return from
}

// upstream visits what n depends on and then n itself, each node once and none that is
// muted. It uses no stack of the machine, which a long graph would exhaust.
func (g *graph) upstream(start *node, seen map[*node]bool, visit func(*node)) {
	type step struct {
		n    *node
		done bool
	}
	pending := []step{{n: start}}
	for len(pending) > 0 {
		s := pending[len(pending)-1]
		pending = pending[:len(pending)-1]
		if s.done {
			visit(s.n)
			continue
		}
		if seen[s.n] || s.n.muted {
			continue
		}
		seen[s.n] = true
		pending = append(pending, step{s.n, true})
		from := g.sources(s.n)
		slices.Reverse(from)
		for _, source := range from {
			pending = append(pending, step{n: source})
		}
	}
}

// samplers returns the nodes that make pictures: those that what is saved or shown
// depends on or, when that cannot be told, all.
func (g *graph) samplers() []*node {
	used := map[*node]bool{}
	for _, id := range g.ids {
		if n := g.nodes[id]; isOutput(n) {
			g.upstream(n, used, func(*node) {})
		}
	}
	var all, reached []*node
	for _, id := range g.ids {
		n := g.nodes[id]
		if n.muted || n.passed || !g.isSampler(n) {
			continue
		}
		all = append(all, n)
		if used[n] {
			reached = append(reached, n)
		}
	}
	if len(reached) > 0 {
		return reached
	}
	return all
}

func isOutput(n *node) bool {
	class := strings.ToLower(n.class)
	return strings.Contains(class, "save") || strings.Contains(class, "preview") || strings.Contains(class, "videocombine")
}

func (g *graph) isSampler(n *node) bool {
	if g.linked(n, "guider") != nil {
		return true
	}
	return g.linked(n, "positive") != nil && first(n.inputs, "seed", "noise_seed", "steps", "sampler_name", "sigmas") != nil
}

// firstPass returns the sampler that starts from an empty picture: the one that no other
// sampler feeds.
func (g *graph) firstPass(samplers []*node) *node {
	// behind are the nodes that are, or depend on, a sampler. What a node depends on is
	// visited before it, so one walk is enough.
	behind := map[*node]bool{}
	for _, n := range samplers {
		behind[n] = true
	}
	seen := map[*node]bool{}
	for _, n := range samplers {
		g.upstream(n, seen, func(n *node) {
			behind[n] = behind[n] || slices.ContainsFunc(g.sources(n), func(source *node) bool { return behind[source] })
		})
	}
	for _, n := range samplers {
		if !slices.ContainsFunc(latents, func(input string) bool { return behind[g.linked(n, input)] }) {
			return n
		}
	}
	return samplers[0]
}

// latents are the inputs through which one sampler goes on with the picture of another.
var latents = []string{"latent_image", "latent", "samples"}

// value returns what an input is set to, through nodes that only hold a value.
func (g *graph) value(n *node, input string) any {
	for range maxHops {
		source := g.linked(n, input)
		if source == nil {
			if listOf(n.inputs[input]) != nil {
				return nil
			}
			return n.inputs[input]
		}
		n, input = source, ""
		for _, holder := range []string{"value", "int", "float", "number", "string", "text", "seed", "noise_seed"} {
			if _, has := n.inputs[holder]; has {
				input = holder
				break
			}
		}
		if input == "" {
			return nil
		}
	}
	return nil
}

// find looks for the first of keys that n has, and then in the nodes that feed its
// inputs via, and so on.
func (g *graph) find(n *node, keys, via []string) any {
	seen := map[*node]bool{}
	pending := []*node{n}
	for len(pending) > 0 && len(seen) < maxHops {
		n, pending = pending[0], pending[1:]
		if n == nil || seen[n] || n.muted {
			continue
		}
		seen[n] = true
		for _, key := range keys {
			if v := g.value(n, key); v != nil && !n.passed {
				return v
			}
		}
		for _, input := range via {
			pending = append(pending, g.linked(n, input))
		}
	}
	return nil
}
