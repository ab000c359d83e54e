package prompt

import (
	"strings"

	"loramanager/internal/lora"
)

// readA1111 reads name:TE:UNET:dyn with named arguments among them. The UNet takes the
// text encoder's weight unless it has its own, and that is 1 unless it is given.
func readA1111(r *reader, fields []string, use *lora.Use) {
	var named [][2]string
	var positional []string
	for i, field := range append([]string{use.Name}, fields...) {
		key, value, ok := strings.Cut(field, "=")
		switch {
		case ok && !strings.Contains(value, "="):
			named = append(named, [2]string{key, value})
			if i == 0 {
				use.Name = "" // read as an argument by the engine, so it names nothing
			}
		case i > 0:
			positional = append(positional, field)
		}
	}
	te, backbone := 1.0, 1.0
	for i, field := range positional {
		switch i {
		case 0:
			te = r.weight(field)
			backbone = te
		case 1:
			backbone = r.weight(field)
		case 2:
			use.RankCap = r.count("dyn", field)
		default:
			r.surplus(field)
		}
	}
	ownBackbone := len(positional) > 1
	for _, argument := range named {
		switch key, value := argument[0], argument[1]; key {
		case "te":
			te = r.weight(value)
			if !ownBackbone {
				backbone = te
			}
		case "unet":
			backbone, ownBackbone = r.weight(value), true
		case "dyn":
			use.RankCap = r.count(key, value)
		default:
			readBlockArgument(r, key, value, use)
		}
	}
	use.Weight = backbone
	setTextEncoder(use, te)
}

// readBlockArgument reads an argument of the lora-block-weight extension.
func readBlockArgument(r *reader, key, value string, use *lora.Use) {
	switch key {
	case "lbw":
		if use.Blocks = readBlocks(value); use.Blocks == nil {
			use.Preset = value
		}
	case "lbwe":
		use.Elements = value
	case "start":
		use.Start = r.count(key, value)
	case "stop":
		use.Stop = r.count(key, value)
	case "step":
		from, to, ok := strings.Cut(value, "-")
		if !ok {
			r.surplus(key + "=" + value)
			return
		}
		use.Start, use.Stop = r.count(key, from), r.count(key, to)
	default:
		r.surplus(key + "=" + value)
	}
}

// writeA1111 writes the text encoder's weight before the UNet's.
func writeA1111(w *writer, use lora.Use) string {
	var b strings.Builder
	b.WriteString("<lora:" + use.Name)
	if te, own := textEncoder(use); own {
		b.WriteString(":" + w.number(te))
	}
	b.WriteString(":" + w.number(use.Weight))
	if use.RankCap > 0 {
		b.WriteString(":dyn=" + spell(float64(use.RankCap), 0))
	}
	if list := w.blockList(use); list != "" {
		b.WriteString(":lbw=" + list)
	}
	if w.argument(use, featureElements, use.Elements) {
		b.WriteString(":lbwe=" + use.Elements)
	}
	if use.Start > 0 {
		b.WriteString(":start=" + spell(float64(use.Start), 0))
	}
	if use.Stop > 0 {
		b.WriteString(":stop=" + spell(float64(use.Stop), 0))
	}
	b.WriteByte('>')
	return b.String()
}

// setTextEncoder keeps a text encoder's weight that differs from the backbone's.
func setTextEncoder(use *lora.Use, weight float64) {
	use.TextEncoder = nil
	if weight != use.Weight {
		use.TextEncoder = []float64{weight}
	}
}

// textEncoder is the weight for the text encoders as one number; own tells whether it
// has to be written beside the backbone's.
func textEncoder(use lora.Use) (weight float64, own bool) {
	if len(use.TextEncoder) == 0 {
		return use.Weight, false
	}
	return use.TextEncoder[0], use.TextEncoder[0] != use.Weight
}
