package infotext

import (
	"strconv"
	"strings"
)

// loras returns the adapters a node loads. Loaders differ in how they name their inputs.
func (g *graph) loras(n *node) []FoundUse {
	var uses []FoundUse
	name := short(g.value(n, "lora_name"))
	if name == "" && strings.Contains(strings.ToLower(n.class), "lora") {
		name = short(n.inputs["lora"])
	}
	if name != "" {
		backbone := g.any(n, "strength_model", "lora_model_strength", "strength", "lora_weight", "weight")
		uses = append(uses, loaded(name, backbone, g.any(n, "strength_clip", "lora_clip_strength")))
	}
	for _, input := range sortedKeys(n.inputs) {
		if number, numbered := numberIn(input, "lora_name_"); numbered && isOn(n.inputs["switch_"+number]) {
			backbone := g.any(n, "model_weight_"+number, "model_str_"+number, "lora_wt_"+number, "strength_"+number)
			uses = append(uses, loaded(short(g.value(n, input)), backbone, g.any(n, "clip_weight_"+number, "clip_str_"+number)))
			continue
		}
		// rgthree's Power Lora Loader: lora_1: {on, lora, strength, strengthTwo}.
		if o := objectOf(n.inputs[input]); o != nil && strings.HasPrefix(strings.ToLower(input), "lora_") && isOn(o["on"]) {
			uses = append(uses, loaded(short(o["lora"]), o["strength"], o["strengthTwo"]))
		}
	}
	// ComfyUI-Lora-Manager: loras: {__value__: [{name, strength, clipStrength, active}]}.
	list := n.inputs["loras"]
	if o := objectOf(list); o != nil {
		list = o["__value__"]
	}
	for _, entry := range listOf(list) {
		if o := objectOf(entry); o != nil && isOn(o["active"]) {
			uses = append(uses, loaded(short(o["name"]), o["strength"], o["clipStrength"]))
		}
	}
	return uses
}

// any returns the first of the inputs that has a value.
func (g *graph) any(n *node, inputs ...string) any {
	for _, input := range inputs {
		if v := g.value(n, input); v != nil {
			return v
		}
	}
	return nil
}

func numberIn(input, prefix string) (string, bool) {
	number, found := strings.CutPrefix(input, prefix)
	_, err := strconv.Atoi(number)
	return number, found && err == nil
}

// isOn reads a switch; one that is not there is on.
func isOn(value any) bool {
	switch v := value.(type) {
	case bool:
		return v
	case string:
		return !strings.EqualFold(v, "off") && !strings.EqualFold(v, "false")
	}
	return true
}

func loaded(name string, backbone, encoder any) FoundUse {
	return FoundUse{Name: withoutEnding(name), Weight: weightOf(backbone), TextEncoder: weightOf(encoder), Source: FromGraph}
}
