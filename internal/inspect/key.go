package inspect

import "strings"

// key is a tensor name taken apart.
type key struct {
	module string // full module name as spelled, prefix included
	role   role   // roleNone when the tensor belongs to no module
	// peft says the suffix is spelled lora_A/lora_B; named that an adapter name stands in it.
	peft, named bool
	xlabs       bool
	control     bool // a bare .down.weight, as in Control-LoRA files
	method      string
}

// cutLast splits "a.b.c" into "a.b" and "c".
func cutLast(s string) (head, last string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// splitKey takes a tensor name apart, from its end.
func splitKey(name string) key {
	head, last := cutLast(name)
	switch last {
	case "weight":
		return splitWeight(head)
	case "bias": // PEFT trains the bias of a matrix as x.lora_B.bias
		if mod, word := cutLast(head); word == "lora_B" || word == "lora_up" || word == "lora_A" || word == "lora_down" {
			return key{module: mod, role: roleBias}
		}
	}
	if r, ok := roles[last]; ok {
		return key{module: head, role: r, peft: last == "lora_A" || last == "lora_B"}
	}
	if m, ok := unsupported[last]; ok {
		return key{module: head, role: roleUnsupported, method: m}
	}
	// PEFT parameters without ".weight": x.lora_magnitude_vector.default, x.vera_lambda_b.default
	mod, word := cutLast(head)
	if r, ok := namedRoles[word]; ok {
		return key{module: mod, role: r, named: true, peft: true}
	}
	if m, ok := unsupported[word]; ok {
		return key{module: mod, role: roleUnsupported, method: m}
	}
	return key{module: name}
}

// splitWeight handles the names that end in ".weight".
func splitWeight(head string) key {
	mod, last := cutLast(head)
	switch last {
	case "lora_down":
		return key{module: mod, role: roleDown}
	case "lora_up":
		return key{module: mod, role: roleUp}
	case "lora_A":
		return key{module: mod, role: roleDown, peft: true}
	case "lora_B":
		return key{module: mod, role: roleUp, peft: true}
	case "lora_mid":
		return key{module: mod, role: roleMid}
	case "down":
		return splitDown(mod, roleDown)
	case "up":
		return splitDown(mod, roleUp)
	case "lora_magnitude_vector", "magnitude", "dora_scale":
		return key{module: mod, role: roleMagnitude, peft: true}
	case "a1":
		return key{module: mod, role: roleA1}
	case "a2":
		return key{module: mod, role: roleA2}
	case "b1":
		return key{module: mod, role: roleB1}
	case "b2":
		return key{module: mod, role: roleB2}
	case "bm":
		return key{module: mod, role: roleBM}
	}
	if m, ok := unsupported[last]; ok {
		return key{module: mod, role: roleUnsupported, method: m}
	}
	inner, word := cutLast(mod) // x.lora_A.default.weight
	if r, ok := namedRoles[word]; ok {
		return key{module: inner, role: r, peft: true, named: true}
	}
	if m, ok := unsupported[word]; ok {
		return key{module: inner, role: roleUnsupported, method: m}
	}
	return key{module: head, role: roleWeight}
}

// splitDown tells the four spellings that end in ".down.weight" apart.
func splitDown(mod string, r role) key {
	inner, last := cutLast(mod)
	switch {
	case last == "lora" || last == "lora_linear_layer":
		return key{module: inner, role: r}
	case strings.HasSuffix(last, "_lora1"), strings.HasSuffix(last, "_lora2"), isXLabsSingle(mod):
		return key{module: mod, role: r, xlabs: true}
	case strings.HasSuffix(last, "_lora"):
		return key{module: mod[:len(mod)-len("_lora")], role: r}
	}
	return key{module: mod, role: r, control: true}
}

// isXLabsSingle recognises single_blocks.N.processor.qkv_lora, which carries no number at its end.
func isXLabsSingle(mod string) bool {
	return strings.HasSuffix(mod, ".processor.qkv_lora") || strings.HasSuffix(mod, ".processor.proj_lora")
}
