package inspect

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
