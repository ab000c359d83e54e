package inspect

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

// dialect of one key; "" when the key alone does not say.
func (k *key) dialect() string {
	switch {
	case k.xlabs:
		return dialectXLabs
	case k.prefix != nil && k.prefix.dialect != "":
		return k.prefix.dialect
	case k.named:
		return dialectPEFT
	case k.peft:
		return dialectDiffusers
	}
	return ""
}
