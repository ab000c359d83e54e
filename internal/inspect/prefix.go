package inspect

import "strings"

// part says which network of a pipeline a module belongs to.
type part uint8

const (
	partBackbone part = iota
	partTE            // a text encoder without a number (lora_te_)
	partTE1
	partTE2
	partTE3
	partOther
)

func partOf(name string) part {
	switch name {
	case "te1":
		return partTE1
	case "te2":
		return partTE2
	case "te3":
		return partTE3
	}
	panic("inspect: base table: unknown part " + name)
}

// prefix is the first part of a key; it names the network and often the trainer.
type prefix struct {
	text    string
	part    part
	dialect string
}

// shared reports whether kohya and OneTrainer both write the prefix.
func (p *prefix) shared() bool { return strings.HasPrefix(p.text, "lora_te") }

// prefixes in an order where a longer one stands before any it begins with.
var prefixes = []prefix{
	{"lora_unet__", partBackbone, dialectKohya},
	{"lora_unet_", partBackbone, dialectKohya},
	{"lora_prior_unet_", partBackbone, dialectKohya},
	{"lora_prior_te_", partTE, dialectKohya},
	{"lora_transformer_", partBackbone, dialectOneTrainer},
	{"lora_te1_", partTE1, dialectKohya},
	{"lora_te2_", partTE2, dialectKohya},
	{"lora_te3_", partTE3, dialectKohya},
	{"lora_te_", partTE, dialectKohya},
	{"lycoris_", partBackbone, dialectLycoris},
	{"oft_unet_", partBackbone, dialectKohya},
	{"model.diffusion_model.", partBackbone, dialectComfy},
	{"diffusion_model.", partBackbone, dialectComfy},
	{"unet.base_model.model.", partBackbone, dialectPEFT},
	{"base_model.model.text_encoder_2.", partTE2, dialectPEFT},
	{"base_model.model.text_encoder.", partTE1, dialectPEFT},
	{"base_model.model.transformer.", partBackbone, dialectPEFT},
	{"base_model.model.diffusion_model.", partBackbone, dialectPEFT},
	{"base_model.model.unet.", partBackbone, dialectPEFT},
	{"base_model.model.text_model.", partTE1, dialectPEFT},
	{"base_model.model.", partBackbone, dialectPEFT},
	{"transformer.", partBackbone, dialectDiffusers},
	{"unet.", partBackbone, dialectDiffusers},
	{"prior.", partBackbone, dialectDiffusers},
	{"text_encoder_3.", partTE3, dialectDiffusers},
	{"text_encoder_2.", partTE2, dialectDiffusers},
	{"text_encoder.", partTE1, dialectDiffusers},
	{"text_encoders.clip_l.transformer.", partTE1, dialectComfy},
	{"text_encoders.clip_g.transformer.", partTE2, dialectComfy},
	{"text_encoders.t5xxl.transformer.", partTE3, dialectComfy},
	{"text_encoders.", partOther, dialectComfy},
	{"net.", partBackbone, dialectComfy},
}

var noPrefix = prefix{"", partBackbone, ""}

// prefixesBy finds the few prefixes that start with a given byte.
var prefixesBy = func() (by [256][]*prefix) {
	for i := range prefixes {
		c := prefixes[i].text[0]
		by[c] = append(by[c], &prefixes[i])
	}
	return by
}()

// splitPrefix takes the prefix off a module name.
func splitPrefix(module string) (p *prefix, path string) {
	if module == "" {
		return &noPrefix, ""
	}
	for _, p := range prefixesBy[module[0]] {
		if strings.HasPrefix(module, p.text) {
			if p.text == "base_model.model.text_model." { // text_model is part of the path
				return p, module[len("base_model.model."):]
			}
			return p, module[len(p.text):]
		}
	}
	return &noPrefix, module
}
