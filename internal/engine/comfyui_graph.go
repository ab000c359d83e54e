package engine

import (
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
)

// comfyGraph is a ComfyUI prompt in API form: nodes by id.
type comfyGraph map[string]*comfyNode

// comfyNode is one node. An input is a literal or a comfyLink.
type comfyNode struct {
	Class  string         `json:"class_type"`
	Inputs map[string]any `json:"inputs"`
	Meta   map[string]any `json:"_meta,omitempty"`
}

// comfyLink names an output of another node. On the wire it is ["id", slot].
type comfyLink struct {
	Node string
	Slot int
}

// MarshalJSON writes the link as ComfyUI reads it.
func (l comfyLink) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, "[%s,%d]", strconv.Quote(l.Node), l.Slot), nil
}

// add puts a node under the next free number and returns that id.
func (g comfyGraph) add(title, class string, inputs map[string]any) string {
	id := strconv.Itoa(len(g) + 1)
	for n := len(g) + 1; g[id] != nil; n++ {
		id = strconv.Itoa(n)
	}
	g[id] = &comfyNode{Class: class, Inputs: inputs, Meta: map[string]any{"title": title}}
	return id
}

// ids returns the ids of all nodes, numbers in rising order before other names.
func (g comfyGraph) ids() []string {
	ids := make([]string, 0, len(g))
	for id := range g {
		ids = append(ids, id)
	}
	slices.SortFunc(ids, compareNodeIDs)
	return ids
}

// compareNodeIDs sorts the nodes of a copy together, and numbers by value.
func compareNodeIDs(a, b string) int {
	a, copyA := copyOf(a)
	b, copyB := copyOf(b)
	if copyA != copyB {
		return copyA - copyB
	}
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	switch {
	case errX == nil && errY == nil && x != y:
		return x - y
	case errX == nil && errY != nil:
		return -1
	case errX != nil && errY == nil:
		return 1
	}
	return strings.Compare(a, b)
}

// relink makes every input that reads from one output read from another, except in the
// nodes named.
func (g comfyGraph) relink(from, to comfyLink, except ...string) {
	for id, node := range g {
		if slices.Contains(except, id) {
			continue
		}
		for name, value := range node.Inputs {
			if value == from {
				node.Inputs[name] = to
			}
		}
	}
}

// comfySeed is a seed that counts up from picture to picture.
type comfySeed int64

// repeat makes a graph that ends in one picture end in count pictures. Everything that
// depends on a seed is copied once for each further picture, with the seed counted up by
// one; models, texts and uploads are shared. So each picture is what the graph alone
// makes from its seed, whatever the size of the batch. copyOf tells which picture a node
// belongs to.
func (g comfyGraph) repeat(count int) {
	seeded := g.dependents((*comfyNode).seeded)
	for k := 1; k < count; k++ {
		names := make(map[string]string, len(seeded))
		for id := range seeded {
			names[id] = id + copyMark + strconv.Itoa(k+1)
		}
		for id := range seeded {
			g[names[id]] = g[id].copied(names, int64(k))
		}
	}
}

// copyMark stands between the id of a node and the number of its copy, from 2 on.
const copyMark = "#"

// copyOf returns the id of the node that was copied, and which copy it is, from 0 on.
func copyOf(id string) (original string, copied int) {
	original, number, _ := strings.Cut(id, copyMark)
	if n, err := strconv.Atoi(number); err == nil && n > 1 {
		return original, n - 1
	}
	return id, 0
}

// copied returns the node with its links renamed and its seeds counted up.
func (n *comfyNode) copied(names map[string]string, up int64) *comfyNode {
	inputs := make(map[string]any, len(n.Inputs))
	for name, value := range n.Inputs {
		switch v := value.(type) {
		case comfyLink:
			if name, copied := names[v.Node]; copied {
				value = comfyLink{name, v.Slot}
			}
		case comfySeed:
			value = v + comfySeed(up)
		}
		inputs[name] = value
	}
	return &comfyNode{Class: n.Class, Inputs: inputs, Meta: n.Meta}
}

// seeded reports whether the node holds a seed of its own.
func (n *comfyNode) seeded() bool {
	for _, value := range n.Inputs {
		if _, ok := value.(comfySeed); ok {
			return true
		}
	}
	return false
}

// dependents returns the nodes that fulfil the condition and all that read from them.
func (g comfyGraph) dependents(starts func(*comfyNode) bool) map[string]bool {
	readers := make(map[string][]string, len(g))
	var open []string
	found := make(map[string]bool)
	for id, node := range g {
		for _, link := range node.links() {
			readers[link.Node] = append(readers[link.Node], id)
		}
		if starts(node) {
			open, found[id] = append(open, id), true
		}
	}
	for len(open) > 0 {
		id := open[len(open)-1]
		open = open[:len(open)-1]
		for _, reader := range readers[id] {
			if !found[reader] {
				open, found[reader] = append(open, reader), true
			}
		}
	}
	return found
}

// links returns the links among the inputs, by the names of the inputs.
func (n *comfyNode) links() []comfyLink {
	names := make([]string, 0, len(n.Inputs))
	for name := range n.Inputs {
		names = append(names, name)
	}
	sort.Strings(names)
	var links []comfyLink
	for _, name := range names {
		if link, ok := n.Inputs[name].(comfyLink); ok {
			links = append(links, link)
		}
	}
	return links
}
