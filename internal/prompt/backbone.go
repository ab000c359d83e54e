package prompt

import "loramanager/internal/lora"

// readBackboneFirst reads name:backbone:TE of SwarmUI and of ComfyUI's text nodes. The
// text encoder takes the backbone's weight unless it has its own.
func readBackboneFirst(r *reader, fields []string, use *lora.Use) {
	te := use.Weight
	for i, field := range fields {
		switch i {
		case 0:
			use.Weight = r.weight(field)
			te = use.Weight
		case 1:
			te = r.weight(field)
		default:
			r.surplus(field)
		}
	}
	setTextEncoder(use, te)
}

// writeBackboneFirst writes the backbone's weight before the text encoder's.
func writeBackboneFirst(w *writer, use lora.Use) string {
	tag := "<lora:" + use.Name + ":" + w.number(use.Weight)
	if te, own := textEncoder(use); own {
		tag += ":" + w.number(te)
	}
	return tag + ">"
}

// readOneWeight reads name:weight.
func readOneWeight(r *reader, fields []string, use *lora.Use) {
	for i, field := range fields {
		if i == 0 {
			use.Weight = r.weight(field)
		} else {
			r.surplus(field)
		}
	}
}

// writeOneWeight writes name:weight.
func writeOneWeight(w *writer, use lora.Use) string {
	return "<lora:" + use.Name + ":" + w.number(use.Weight) + ">"
}
