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

// role is what a tensor does within its module, whatever its spelling.
type role uint8

const (
	roleNone role = iota // not part of an adapter
	roleDown
	roleUp
	roleMid
	roleAlpha
	roleMagnitude
	roleDiff
	roleDiffB
	roleSet
	roleReshape
	roleNormW
	roleNormB
	roleHadaW1A
	roleHadaW1B
	roleHadaW2A
	roleHadaW2B
	roleHadaT1
	roleHadaT2
	roleLokrW1
	roleLokrW1A
	roleLokrW1B
	roleLokrW2
	roleLokrW2A
	roleLokrW2B
	roleLokrT2
	roleOnInput
	roleWeight
	roleBias
	roleA1
	roleA2
	roleB1
	roleB2
	roleBM
	roleOFT
	roleRescale
	roleSparseIndex
	roleSparseValue
	roleSparseSize
	roleScalar
	roleUnsupported
	roleCount
)

// key is a tensor name taken apart.
type key struct {
	prefix *prefix
	module string // full module name as spelled, prefix included
	path   string // module name without prefix
	role   role
	// peft says the suffix is spelled lora_A/lora_B; named that an adapter name stands in it.
	peft, named bool
	xlabs       bool
	control     bool // a bare .down.weight, as in Control-LoRA files
	method      string
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

// splitKey takes a tensor name apart. hint is the prefix of the previous key, or nil.
func splitKey(name string, hint *prefix) key {
	k := splitSuffix(name)
	if k.role == roleNone {
		return k
	}
	k.prefix = &noPrefix
	if hint != nil && hint.text != "" && hint.text != "lora_unet_" && hint.text != "base_model.model." &&
		hint.text != "text_encoders." && strings.HasPrefix(k.module, hint.text) {
		k.prefix = hint
	} else if len(k.module) > 0 {
		for _, p := range prefixesBy[k.module[0]] {
			if strings.HasPrefix(k.module, p.text) {
				k.prefix = p
				break
			}
		}
	}
	k.path = k.module[len(k.prefix.text):]
	if k.prefix.text == "base_model.model.text_model." {
		k.path = k.module[len("base_model.model."):]
	}
	return k
}

// cutLast splits "a.b.c" into "a.b" and "c".
func cutLast(s string) (head, last string) {
	if i := strings.LastIndexByte(s, '.'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// splitSuffix finds the role of a tensor from the end of its name.
func splitSuffix(name string) key {
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

// roles of last words that are not followed by ".weight".
var roles = map[string]role{
	"alpha": roleAlpha, "lora_A": roleDown, "lora_B": roleUp,
	"dora_scale": roleMagnitude, "lora_magnitude_vector": roleMagnitude, "magnitude": roleMagnitude,
	"diff": roleDiff, "diff_b": roleDiffB, "set_weight": roleSet, "reshape_weight": roleReshape,
	"w_norm": roleNormW, "b_norm": roleNormB,
	"hada_w1_a": roleHadaW1A, "hada_w1_b": roleHadaW1B, "hada_w2_a": roleHadaW2A, "hada_w2_b": roleHadaW2B,
	"hada_t1": roleHadaT1, "hada_t2": roleHadaT2,
	"lokr_w1": roleLokrW1, "lokr_w1_a": roleLokrW1A, "lokr_w1_b": roleLokrW1B,
	"lokr_w2": roleLokrW2, "lokr_w2_a": roleLokrW2A, "lokr_w2_b": roleLokrW2B, "lokr_t2": roleLokrT2,
	"on_input": roleOnInput, "bias": roleBias, "scalar": roleScalar,
	"oft_blocks": roleOFT, "oft_diag": roleOFT, "rescale": roleRescale,
	"bias_indices": roleSparseIndex, "bias_values": roleSparseValue, "bias_size": roleSparseSize,
}

// namedRoles may be followed by the name of a PEFT adapter, most often "default".
var namedRoles = map[string]role{
	"lora_A": roleDown, "lora_B": roleUp, "lora_magnitude_vector": roleMagnitude,
	"hada_w1_a": roleHadaW1A, "hada_w1_b": roleHadaW1B, "hada_w2_a": roleHadaW2A, "hada_w2_b": roleHadaW2B,
	"lokr_w1": roleLokrW1, "lokr_w1_a": roleLokrW1A, "lokr_w1_b": roleLokrW1B,
	"lokr_w2": roleLokrW2, "lokr_w2_a": roleLokrW2A, "lokr_w2_b": roleLokrW2B, "lokr_t2": roleLokrT2,
}

// unsupported names tensors of methods whose arithmetic is not known here. They are reported, never guessed.
var unsupported = map[string]string{
	"vera_A": "VeRA", "vera_B": "VeRA", "vera_lambda_b": "VeRA", "vera_lambda_d": "VeRA",
	"lora_diag": "KaSA", "lora_E": "AdaLoRA", "ranknum": "AdaLoRA", "ia3_l": "PEFT IA3",
	"oft_R": "PEFT OFT", "oft_r": "PEFT OFT", "oft_s": "PEFT OFT", "boft_R": "PEFT BOFT", "boft_s": "PEFT BOFT",
	"fourierft_spectrum": "FourierFT", "hra_u": "HRA", "bone_block": "Bone", "miss_block": "MiSS",
	"randlora_A": "RandLoRA", "randlora_B": "RandLoRA", "randlora_lambda": "RandLoRA", "randlora_gamma": "RandLoRA",
	"vblora_logits_A": "VB-LoRA", "vblora_logits_B": "VB-LoRA", "vblora_vector_bank": "VB-LoRA",
	"shira_weight": "SHiRA", "c3a_kernel": "C3A", "waveft_spectrum": "WaveFT", "road_theta": "RoAd", "road_alpha": "RoAd",
	"lora_embedding_A": "embedding LoRA", "lora_embedding_B": "embedding LoRA", "glokr": "GLoKr",
}
