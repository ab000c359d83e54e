package inspect

import (
	"maps"
	"slices"
	"strings"
)

// The key dialects: how a tool spells prefix, module path and suffix.
const (
	dialectKohya      = "kohya"
	dialectDiffusers  = "diffusers"
	dialectPEFT       = "peft"
	dialectComfy      = "comfy"
	dialectOneTrainer = "onetrainer"
	dialectXLabs      = "xlabs"
	dialectLycoris    = "lycoris"
	dialectMixed      = "mixed"
	dialectUnknown    = "unknown"
)

// dialectOf one key in a module of that prefix; "" when they alone do not say.
func dialectOf(p *prefix, k *key) string {
	switch {
	case k.xlabs:
		return dialectXLabs
	case p.shared():
		return ""
	case p.dialect != "":
		return p.dialect
	case k.named:
		return dialectPEFT
	case k.peft:
		return dialectDiffusers
	}
	return ""
}

// dialect is the spelling that nearly all modules share.
func (f *file) dialect() string {
	total, best, name := 0, 0, dialectUnknown
	for _, d := range slices.Sorted(maps.Keys(f.dialects)) {
		n := f.dialects[d]
		total += n
		if n > best {
			best, name = n, d
		}
	}
	switch {
	case total == 0 && len(f.modules) > 0 && strings.HasPrefix(f.modules[0].name, "lora_te"):
		return dialectKohya
	case best*20 < total*19:
		return dialectMixed
	}
	return name
}
