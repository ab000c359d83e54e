package engine

import (
	"encoding/json"

	"loramanager/internal/lora"
)

// comfyTally adds the steps of all samplers of a graph up to one progress.
type comfyTally struct {
	steps map[string]float64 // by sampler node, as asked for
	done  map[string]float64
	total float64
	best  float64
}

// newComfyTally takes every node with a number of steps of its own for a sampler.
func newComfyTally(graph comfyGraph) *comfyTally {
	t := &comfyTally{steps: map[string]float64{}, done: map[string]float64{}}
	for id, node := range graph {
		if n := asNumber(node.Inputs["steps"]); n > 0 {
			t.steps[id], t.total = n, t.total+n
		}
	}
	return t
}

func asNumber(value any) float64 {
	switch n := value.(type) {
	case int:
		return float64(n)
	case float64:
		return n
	case json.Number:
		f, err := n.Float64()
		if err == nil {
			return f
		}
	}
	return 0
}

// finished counts samplers as done, such as those served from the engine's cache.
func (t *comfyTally) finished(nodes []string) {
	for _, id := range nodes {
		t.done[id] = t.steps[id]
	}
}

// advance takes the news of one node and returns an event, or false where the node is no
// sampler. What an engine counts differently is brought to the steps that were asked for:
// image to image runs only a part of them.
func (t *comfyTally) advance(node string, value, most float64) (lora.EngineEvent, bool) {
	steps, ok := t.steps[node]
	if !ok || !(most > 0) || !(value >= 0) || t.total <= 0 {
		return lora.EngineEvent{}, false
	}
	t.done[node] = steps * min(value/most, 1)
	sum := 0.0
	for _, n := range t.done {
		sum += n
	}
	t.best = max(t.best, min(sum/t.total, 1))
	fraction := t.best
	return lora.EngineEvent{Type: lora.EventProgress, Fraction: &fraction, Step: int(fraction*t.total + 0.5), Steps: int(t.total)}, true
}
