package inspect

import "strings"

// oddities are names that prove a file is something other than an adapter.
var oddities = []struct{ prefix, kind string }{
	{"lllite_", "a ControlNet-LLLite"},
	{"lora_controlnet", "a Control-LoRA"},
	{"control_model.", "a ControlNet"},
	{"controlnet_", "a ControlNet"},
	{"input_hint_block.", "a ControlNet"},
	{"emb_params", "a textual inversion embedding"},
	{"string_to_param", "a textual inversion embedding"},
	{"ip_adapter.", "an IP-Adapter"},
	{"first_stage_model.", "a full checkpoint"},
	{"cond_stage_model.", "a full checkpoint"},
	{"conditioner.embedders.", "a full checkpoint"},
}

// special notes tensors that are no part of any module. It reports whether name is one.
func (f *file) special(name string) bool {
	if name == "" {
		return true
	}
	switch name[0] {
	case 'l':
		// nearly every key begins with lora_, so look closer first
		if strings.HasPrefix(name, "ll") || strings.HasPrefix(name, "lora_c") {
			return f.oddity(name)
		}
	case 'c', 'i', 'e', 's', 'f', '<':
		return f.oddity(name)
	case 'b':
		if strings.HasPrefix(name, "bundle_emb.") {
			f.bundled++
			return true
		}
	}
	return false
}

func (f *file) oddity(name string) bool {
	kind := ""
	for i := range oddities {
		if strings.HasPrefix(name, oddities[i].prefix) {
			kind = oddities[i].kind
			break
		}
	}
	if name == "clip_l" || name == "clip_g" || name[0] == '<' && name[len(name)-1] == '>' {
		kind = "a textual inversion embedding"
	}
	if kind == "" {
		return false
	}
	if f.odd == "" {
		f.odd, f.oddKind = name, kind
	}
	return true
}
