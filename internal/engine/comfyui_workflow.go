package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// Bounds of a workflow.
const (
	maxWorkflowBytes = 1 << 20
	maxWorkflowNodes = 2_000
)

// ValidateWorkflow checks that a text is a ComfyUI graph in API form that a job could be
// run with, and tells in sentences what of a job it has no place for. Errors are
// *lora.Error and belong to the field graph.
func ValidateWorkflow(graph []byte) (notes []string, err error) {
	g, err := parseWorkflow(graph)
	if err != nil {
		return nil, err
	}
	return newTemplate(g).missing(), nil
}

// parseWorkflow reads a graph. Numbers keep the text they are written with.
func parseWorkflow(text []byte) (comfyGraph, error) {
	bad := func(format string, args ...any) (comfyGraph, error) {
		return nil, lora.FieldErrorf(lora.Invalid, "graph", format, args...)
	}
	if len(text) > maxWorkflowBytes {
		return bad("The workflow is larger than 1 MiB.")
	}
	var nodes map[string]json.RawMessage
	if err := json.Unmarshal(text, &nodes); err != nil {
		return bad("The workflow is not a JSON object.")
	}
	if nodes["nodes"] != nil && nodes["links"] != nil {
		return bad(`This is a workflow as ComfyUI's editor saves it. Export it with "Export (API)" and use that file.`)
	}
	if wrapped := nodes["prompt"]; wrapped != nil && len(nodes) <= 3 { // as it is posted to ComfyUI
		nodes = nil
		if err := json.Unmarshal(wrapped, &nodes); err != nil {
			return bad("The workflow's prompt is not a JSON object.")
		}
	}
	if len(nodes) == 0 || len(nodes) > maxWorkflowNodes {
		return bad("The workflow has %d nodes; it needs 1 to %d.", len(nodes), maxWorkflowNodes)
	}
	graph := make(comfyGraph, len(nodes))
	for id, raw := range nodes {
		node, err := parseNode(raw)
		if err != nil || strings.Contains(id, copyMark) {
			return bad("The node %s of the workflow has no class_type and inputs as in ComfyUI's API form.", shown(id))
		}
		graph[id] = node
	}
	return graph, graph.check()
}

func parseNode(raw json.RawMessage) (*comfyNode, error) {
	var node comfyNode
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	if err := decoder.Decode(&node); err != nil {
		return nil, err
	}
	if node.Class == "" || node.Inputs == nil {
		return nil, errors.New("class_type or inputs are missing")
	}
	for name, value := range node.Inputs {
		if link, ok := asLink(value); ok {
			node.Inputs[name] = link
		}
	}
	return &node, nil
}

// asLink reads ["node", slot].
func asLink(value any) (comfyLink, bool) {
	pair, ok := value.([]any)
	if !ok || len(pair) != 2 {
		return comfyLink{}, false
	}
	id, isText := pair[0].(string)
	number, isNumber := pair[1].(json.Number)
	slot, err := number.Int64()
	if !isText || !isNumber || err != nil || slot < 0 || slot > math.MaxInt16 {
		return comfyLink{}, false
	}
	return comfyLink{id, int(slot)}, true
}

// check refuses links to nowhere, circles, and a graph that saves nothing.
func (g comfyGraph) check() error {
	bad := func(format string, args ...any) error {
		return lora.FieldErrorf(lora.Invalid, "graph", format, args...)
	}
	waits, readers := map[string]int{}, map[string][]string{}
	var ready []string
	saves := false
	for _, id := range g.ids() {
		for _, link := range g[id].links() {
			if g[link.Node] == nil {
				return bad("The node %s of the workflow reads from the node %s, which does not exist.", shown(id), shown(link.Node))
			}
			waits[id]++
			readers[link.Node] = append(readers[link.Node], id)
		}
		if waits[id] == 0 {
			ready = append(ready, id)
		}
		saves = saves || g[id].savesPicture()
	}
	done := 0
	for ; len(ready) > 0; done++ {
		id := ready[len(ready)-1]
		ready = ready[:len(ready)-1]
		for _, reader := range readers[id] {
			if waits[reader]--; waits[reader] == 0 {
				ready = append(ready, reader)
			}
		}
	}
	switch {
	case done < len(g):
		return bad("The nodes of the workflow read from each other in a circle.")
	case !saves:
		return bad("The workflow saves no picture. Add a SaveImage node.")
	}
	return nil
}

// savesPicture reports whether the node hands a picture out: as all such nodes, core or
// added, it has Save or Preview in its name and takes images.
func (n *comfyNode) savesPicture() bool {
	_, takesImages := n.Inputs["images"].(comfyLink)
	_, takesImage := n.Inputs["image"].(comfyLink)
	return (takesImages || takesImage) && (strings.Contains(n.Class, "Save") || strings.Contains(n.Class, "Preview"))
}

// fromWorkflow puts the values of a job into a workflow of the user's.
func (c *comfyUI) fromWorkflow(ctx context.Context, prompt *comfyPrompt, uploads comfyUploads) error {
	name := prompt.order.Params.Workflow
	if c.workflows == nil {
		return notListed("workflow", name)
	}
	kept, err := c.workflows.Workflows(ctx)
	if err != nil {
		return failure(lora.EngineFailed, err, "The workflows kept here cannot be read. Look at the server's log.")
	}
	at := slices.IndexFunc(kept, func(w lora.Workflow) bool { return w.Name == name })
	if at < 0 {
		return notListed("workflow", name)
	}
	graph, err := parseWorkflow([]byte(kept[at].Graph))
	if err != nil {
		return failure(lora.EngineRefused, err, "The workflow %s cannot be run. %s", shown(name), sentence(err))
	}
	lists, err := c.knownLists(ctx)
	if err != nil {
		return err
	}
	fill := newTemplate(graph).fill(prompt.order, lists, uploads, savePrefix(prompt.id))
	prompt.graph, prompt.warnings = graph, fill.warnings
	return fill.err
}
