package inspect

import "fmt"

// nextDiT spells the gated MLP of the Lumina 2 tree, which Z-Image shares: layers and two refiners.
func nextDiT(h, layers, ff int64) string {
	return fmt.Sprintf(`
		{layers.[%[1]d],noise_refiner.[2],context_refiner.[2]}.feed_forward.{w1,w3} %[2]d>%[3]d
		{layers.[%[1]d],noise_refiner.[2],context_refiner.[2]}.feed_forward.w2 %[3]d>%[2]d
		`, layers, h, ff)
}

// fusedAttention spells its attention with query, key and value in one layer of width qkv.
func fusedAttention(h, layers, qkv int64) string {
	return fmt.Sprintf(`
		{layers.[%[1]d],noise_refiner.[2],context_refiner.[2]}.attention.qkv %[2]d>%[3]d
		{layers.[%[1]d],noise_refiner.[2],context_refiner.[2]}.attention.out %[2]d>%[2]d
		`, layers, h, qkv)
}

// cosmosPredict2 spells a Cosmos-Predict2 model.
func cosmosPredict2(h, blocks int64) string {
	b := fmt.Sprintf("blocks.[%d]", blocks)
	return fmt.Sprintf(`
		%[1]s.self_attn.{q_proj,k_proj,v_proj,output_proj} %[2]d>%[2]d
		%[1]s.cross_attn.{q_proj,output_proj} %[2]d>%[2]d
		%[1]s.cross_attn.{k_proj,v_proj} 1024>%[2]d
		%[1]s.mlp.layer1 %[2]d>%[3]d
		%[1]s.mlp.layer2 %[3]d>%[2]d
		%[1]s.adaln_modulation_{self_attn,cross_attn,mlp}.1 %[2]d>256
		%[1]s.adaln_modulation_{self_attn,cross_attn,mlp}.2 256>%[4]d
		final_layer.linear %[2]d>64
		`, b, h, 4*h, 3*h)
}

func cosmosDiffusers(h, blocks int64) string {
	b := fmt.Sprintf("transformer_blocks.[%d]", blocks)
	return fmt.Sprintf(`
		%[1]s.attn1.{to_q,to_k,to_v,to_out.0} %[2]d>%[2]d
		%[1]s.attn2.{to_q,to_out.0} %[2]d>%[2]d
		%[1]s.attn2.{to_k,to_v} 1024>%[2]d
		%[1]s.ff.net.0.proj %[2]d>%[3]d
		%[1]s.ff.net.2 %[3]d>%[2]d
		%[1]s.{norm1,norm2,norm3}.linear_1 %[2]d>256
		%[1]s.{norm1,norm2,norm3}.linear_2 256>%[4]d
		`, b, h, 4*h, 3*h)
}

// ditCross spells a diffusers transformer with self- and cross-attention of one width.
func ditCross(h, blocks int64) string {
	b := fmt.Sprintf("transformer_blocks.[%d]", blocks)
	return fmt.Sprintf(`
		%[1]s.{attn1,attn2}.{to_q,to_k,to_v,to_out.0} %[2]d>%[2]d
		%[1]s.ff.net.0.proj %[2]d>%[3]d
		%[1]s.ff.net.2 %[3]d>%[2]d
		`, b, h, 4*h)
}

const hidreamExperts = `
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.attn1.{to_q,to_k,to_v,to_out} 2560>2560
	double_stream_blocks.[16].block.attn1.{to_q_t,to_k_t,to_v_t,to_out_t} 2560>2560
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.ff_i.shared_experts.{w1,w3} 2560>3584
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.ff_i.shared_experts.w2 3584>2560
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.ff_i.experts.[4].{w1,w3} 2560>6912
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.ff_i.experts.[4].w2 6912>2560
	{double_stream_blocks.[16],single_stream_blocks.[32]}.block.ff_i.gate 2560>4
	double_stream_blocks.[16].block.ff_t.{w1,w3} 2560>6912
	double_stream_blocks.[16].block.ff_t.w2 6912>2560
	double_stream_blocks.[16].block.adaLN_modulation.1 2560>30720
	single_stream_blocks.[32].block.adaLN_modulation.1 2560>15360
	caption_projection.[49].linear 4096>2560
	final_layer.linear 2560>64`

// languageModel spells the language models that newer pipelines use as text encoder.
func languageModel(te string, layers, h, q, kv, ff int64) string {
	p := fmt.Sprintf("%s:layers.[%d]", te, layers)
	return fmt.Sprintf(`
		%[1]s.self_attn.q_proj %[2]d>%[3]d
		%[1]s.self_attn.{k_proj,v_proj} %[2]d>%[4]d
		%[1]s.self_attn.o_proj %[3]d>%[2]d
		%[1]s.mlp.{gate_proj,up_proj} %[2]d>%[5]d
		%[1]s.mlp.down_proj %[5]d>%[2]d
		`, p, h, q, kv, ff)
}

// newImageBases are image models outside the FLUX and SD 3 school.
var newImageBases = []base{
	{
		id: "qwen-image", name: "Qwen-Image", line: "qwen-image",
		namings: []naming{{"kohya comfy peft diffusers onetrainer lycoris", joint(60, 3072) + `
				transformer_blocks.[60].{img_mlp,txt_mlp}.net.0.proj 3072>12288
				transformer_blocks.[60].{img_mlp,txt_mlp}.net.2 12288>3072
				transformer_blocks.[60].{img_mod,txt_mod}.1 3072>18432
				img_in 64>3072
				txt_in 3584>3072
				norm_out.linear 3072>6144
				proj_out 3072>64`}},
		variants: []variant{
			{1, "edit", "", []string{"qwen image edit", "qwen edit"}}, {1, "layered", "addition_t_embedding", []string{"qwen image layered"}},
			{2, "lightning", "", []string{"qwen image lightning", "lightx2v"}},
		},
		synonyms: []string{"qwen", "qwen_image", "Qwen", "Qwen Image Edit=edit", "qwen-image-edit-plus=edit", "qwen-image-edit-2509=edit", "Qwen/Qwen-Image", "Qwen/Qwen-Image-Edit=edit", "qwen_image_edit=edit"},
		words:    []string{"qwen image", "qwen", "qwenimage", "qwen image edit=edit", "qwen edit=edit"},
	},
	{
		id: "z-image", name: "Z-Image", line: "z-image",
		namings: []naming{{"kohya comfy peft diffusers onetrainer lycoris", nextDiT(3840, 30, 10240) + `
				{layers.[30],noise_refiner.[2],context_refiner.[2]}.attention.{to_q,to_k,to_v,to_out.0} 3840>3840
				{layers.[30],noise_refiner.[2]}.adaLN_modulation.0 256>15360
				cap_embedder.1 2560>3840
				x_embedder 64>3840
				t_embedder.mlp.0 256>1024
				t_embedder.mlp.2 1024>256` + languageModel("te1", 36, 2560, 4096, 1024, 9728)}},
		// the authors' checkpoint fuses query, key and value
		rareNamings: []naming{{"", fusedAttention(3840, 30, 11520)}},
		soleTE:      true,
		variants:    []variant{{1, "turbo", "", []string{"z image turbo", "zimageturbo", "zimage turbo"}}},
		synonyms:    []string{"zimage", "z_image", "ZImageTurbo=turbo", "ZImageBase", "Z-Image-Turbo=turbo", "zimage_turbo=turbo", "Tongyi-MAI/Z-Image-Turbo=turbo", "Tongyi-MAI/Z-Image"},
		words:       []string{"z image", "zimage", "zimage turbo=turbo", "z image turbo=turbo"},
	},
	{
		id: "lumina2", name: "Lumina 2", line: "lumina2",
		namings: []naming{
			{origDialects, nextDiT(2304, 26, 9216) + fusedAttention(2304, 26, 3840) + `
					{layers.[26],noise_refiner.[2]}.adaLN_modulation.1 1024>9216
					cap_embedder.1 2304>2304
					x_embedder 64>2304` + languageModel("te1", 26, 2304, 2048, 1024, 9216)},
			{"diffusers onetrainer lycoris", `
					{layers.[26],noise_refiner.[2],context_refiner.[2]}.attn.{to_q,to_out.0} 2304>2304
					{layers.[26],noise_refiner.[2],context_refiner.[2]}.attn.{to_k,to_v} 2304>768
					{layers.[26],noise_refiner.[2],context_refiner.[2]}.feed_forward.{linear_1,linear_3} 2304>9216
					{layers.[26],noise_refiner.[2],context_refiner.[2]}.feed_forward.linear_2 9216>2304`},
		},
		soleTE:   true,
		synonyms: []string{"lumina", "lumina-2", "Lumina Image 2.0", "Alpha-VLLM/Lumina-Image-2.0", "NetaYume Lumina", "neta-lumina"}, words: []string{"lumina2", "lumina 2", "neta lumina"},
	},
	{
		id: "krea2", name: "Krea 2", line: "krea2",
		namings: []naming{{"kohya comfy peft lycoris", `
				blocks.[28].attn.{wq,wo,gate} 6144>6144
				blocks.[28].attn.{wk,wv} 6144>*
				blocks.[28].mlp.{gate,up} 6144>*
				blocks.[28].mlp.down *>6144
				txtfusion.layerwise_blocks.[2].attn.{wq,wk,wv,wo,gate} 2560>*
				txtfusion.refiner_blocks.[2].attn.{wq,wk,wv,wo,gate} 2560>*
				txtfusion.{layerwise_blocks,refiner_blocks}.[2].mlp.{gate,up} 2560>*
				txtfusion.{layerwise_blocks,refiner_blocks}.[2].mlp.down *>2560
				text_fusion.{layerwise_blocks,refiner_blocks}.[2].attn.{to_q,to_k,to_v,to_out.0} 2560>*
				txtfusion.projector 12>*
				first 64>6144
				last.linear 6144>64`}},
		synonyms: []string{"krea-2", "K2", "krea/Krea-2"}, words: []string{"krea2", "krea 2"},
	},
	{
		id: "ideogram4", name: "Ideogram 4", line: "ideogram4",
		namings: []naming{{"kohya comfy peft diffusers lycoris", `
				layers.[34].attention.qkv 4608>13824
				layers.[34].attention.o 4608>4608
				layers.[34].feed_forward.{w1,w3} 4608>*
				layers.[34].feed_forward.w2 *>4608
				layers.[34].adaln_modulation *>18432
				llm_cond_proj *>4608
				adaln_proj 4608>*`}},
		synonyms: []string{"ideogram", "ideogram-4", "ideogram-ai/ideogram-4"}, words: []string{"ideogram4", "ideogram 4"},
	},
	{
		id: "ernie-image", name: "ERNIE-Image", line: "ernie-image",
		namings: []naming{{"kohya comfy peft diffusers lycoris", `
				layers.[36].self_attention.{to_q,to_k,to_v,to_out.0} 4096>4096
				layers.[36].mlp.{gate_proj,up_proj} 4096>12288
				layers.[36].mlp.linear_fc2 12288>4096
				adaLN_modulation.1 4096>24576
				final_linear 4096>*`}},
		synonyms: []string{"ernie", "ernieimage", "ernie-image-turbo", "Ernie Image", "baidu/ERNIE-Image", "baidu/ERNIE-Image-Turbo"}, words: []string{"ernie image"},
	},
	{
		id: "hidream-i1", name: "HiDream I1", line: "hidream",
		namings:  []naming{{"comfy diffusers kohya peft lycoris onetrainer", hidreamExperts}},
		variants: []variant{{1, "full", "", []string{"hidream i1 full"}}, {1, "dev", "", []string{"hidream i1 dev"}}, {1, "fast", "", []string{"hidream i1 fast"}}},
		synonyms: []string{"hidream", "hidream-i1-full=full", "hidream_i1", "HiDream-ai/HiDream-I1-Full=full"}, words: []string{"hidream"},
	},
	{
		id: "hidream-o1", name: "HiDream O1", line: "hidream-o1",
		namings: []naming{{"comfy diffusers peft kohya", `
				language_model.layers.[64].self_attn.{q_proj,k_proj,v_proj,o_proj} *>*
				language_model.layers.[64].mlp.{gate_proj,up_proj,down_proj} *>*
				final_layer2.linear *>*`}},
		synonyms: []string{"hidream_o1"}, words: []string{"hidream o1"},
	},
	{
		id: "pixart", name: "PixArt α/Σ", line: "pixart",
		namings: []naming{
			{ditDialects, ditCross(1152, 28) + `
					adaln_single.linear 1152>6912
					adaln_single.emb.timestep_embedder.linear_1 256>1152
					caption_projection.linear_1 4096>1152
					caption_projection.linear_2 1152>1152
					proj_out 1152>32` + t5("te1")},
			{"kohya comfy peft", `
					blocks.[28].attn.qkv 1152>3456
					blocks.[28].{attn.proj,cross_attn.proj,cross_attn.q_linear} 1152>1152
					blocks.[28].cross_attn.kv_linear 1152>2304
					blocks.[28].mlp.fc1 1152>4608
					blocks.[28].mlp.fc2 4608>1152
					t_block.1 1152>6912`},
		},
		variants: []variant{{1, "sigma", "", []string{"sigma"}}, {1, "alpha", "", []string{"alpha"}}},
		synonyms: []string{"PixArt", "PixArt a=alpha", "PixArt E=sigma", "PixArt alpha=alpha", "pixart-sigma=sigma", "pixart-ms-sigma-xl-2=sigma", "pixart-ms-sigma-xl-2-2k=sigma"},
		words:    []string{"pixart"},
	},
	{
		id: "sana", name: "Sana", line: "sana",
		namings: []naming{
			{ditDialects, `
					transformer_blocks.[60].{attn1,attn2}.{to_q,to_k,to_v,to_out.0} 2240>2240
					transformer_blocks.[60].ff.conv_inverted 2240>11200
					transformer_blocks.[60].ff.conv_point 5600>2240
					caption_projection.linear_1 2304>2240
					adaln_single.linear 2240>13440`},
			{"kohya comfy peft", `
					blocks.[60].attn.qkv 2240>6720
					blocks.[60].{attn.proj,cross_attn.proj,cross_attn.q_linear} 2240>2240
					blocks.[60].cross_attn.kv_linear 2240>4480
					blocks.[60].mlp.inverted_conv.conv 2240>11200
					blocks.[60].mlp.point_conv.conv 5600>2240`},
		},
		synonyms: []string{"sana-1600m", "Efficient-Large-Model/Sana_1600M_1024px"}, words: []string{"sana 1600m"},
	},
	{
		id: "omnigen2", name: "OmniGen 2", line: "omnigen2",
		namings: []naming{{"diffusers comfy peft kohya lycoris", `
				{layers.[32],noise_refiner.[2],ref_image_refiner.[2],context_refiner.[2]}.attn.{to_q,to_out.0} 2520>2520
				{layers.[32],noise_refiner.[2],ref_image_refiner.[2],context_refiner.[2]}.attn.{to_k,to_v} 2520>840
				{layers.[32],noise_refiner.[2],ref_image_refiner.[2],context_refiner.[2]}.feed_forward.{linear_1,linear_3} 2520>10240
				{layers.[32],noise_refiner.[2],ref_image_refiner.[2],context_refiner.[2]}.feed_forward.linear_2 10240>2520
				{layers.[32],noise_refiner.[2],ref_image_refiner.[2]}.norm1.linear 1024>10080
				time_caption_embed.caption_embedder.1 2048>2520`}},
		synonyms: []string{"omnigen-2", "OmniGen2/OmniGen2"}, words: []string{"omnigen2", "omnigen 2"},
	},
	hunyuanImage(),
	hunyuanDiT(),
	{
		id: "anima", name: "Anima", line: "anima",
		namings: []naming{
			{origDialects + " lycoris", cosmosPredict2(2048, 28) + `
					llm_adapter.blocks.[6].{self_attn,cross_attn}.{q_proj,k_proj,v_proj,o_proj} 1024>1024
					llm_adapter.blocks.[6].mlp.0 1024>4096
					llm_adapter.blocks.[6].mlp.2 4096>1024
					llm_adapter.out_proj 1024>1024` + languageModel("te1", 28, 1024, 2048, 1024, 3072)},
			{"diffusers onetrainer", cosmosDiffusers(2048, 28)},
		},
		soleTE:   true,
		synonyms: []string{"anima-preview", "circlestone-labs/Anima"}, words: []string{"anima preview", "anima base"},
	},
	{
		id: "cosmos-predict2-2b", name: "Cosmos-Predict2 2B", line: "cosmos-predict2", rare: true,
		namings:  []naming{{origDialects + " lycoris", cosmosPredict2(2048, 28)}, {"diffusers onetrainer", cosmosDiffusers(2048, 28)}},
		synonyms: []string{"nvidia-cosmos-predict2-t2i-2b", "cosmos-predict2-t2i-2b", "nvidia/Cosmos-Predict2-2B-Text2Image"}, words: []string{"cosmos predict2 2b"},
	},
	{
		id: "cosmos-predict2-14b", name: "Cosmos-Predict2 14B", line: "cosmos-predict2",
		namings:  []naming{{origDialects + " lycoris", cosmosPredict2(5120, 36)}, {"diffusers onetrainer", cosmosDiffusers(5120, 36)}},
		synonyms: []string{"nvidia-cosmos-predict2-t2i-14b", "cosmos-predict2-t2i-14b", "nvidia/Cosmos-Predict2-14B-Text2Image"}, words: []string{"cosmos predict2 14b"},
	},
	kandinsky("kandinsky5-image", "Kandinsky 5 Image Lite", 2560, 50, 2, 10240,
		[]string{"kandinsky-5-image-lite", "kandinskylab/Kandinsky-5.0-T2I-Lite"}, []string{"kandinsky 5 image"}),
}

func hunyuanImage() base {
	return base{
		id: "hunyuan-image-2.1", name: "HunyuanImage 2.1", line: "hunyuan-image",
		namings: []naming{
			{origDialects + " lycoris", hunyuan(3584, 20, 40) + `
				byt5_in.fc1 1472>2048
				byt5_in.fc2 2048>2048
				byt5_in.fc3 2048>3584
				txt_in.input_embedder 3584>3584
				final_layer.linear 3584>64`},
			{"diffusers onetrainer", hunyuanDiffusers(3584, 20, 40)},
		},
		synonyms: []string{"hunyuan-image", "hunyuan-image-2_1", "Hunyuan Image 2.1", "tencent/HunyuanImage-2.1"}, words: []string{"hunyuan image"},
	}
}

func hunyuanDiT() base {
	bert := `
		te1:encoder.layer.[24].attention.self.{query,key,value} 1024>1024
		te1:encoder.layer.[24].{attention.output.dense} 1024>1024
		te1:encoder.layer.[24].intermediate.dense 1024>4096
		te1:encoder.layer.[24].output.dense 4096>1024
		`
	return base{
		id: "hunyuan-dit", name: "HunyuanDiT", line: "hunyuan-dit",
		namings: []naming{
			{origDialects, bert + `
				blocks.[40].attn1.Wqkv 1408>4224
				blocks.[40].attn1.out_proj 1408>1408
				blocks.[40].attn2.{q_proj,out_proj} 1408>1408
				blocks.[40].attn2.kv_proj 1024>2816
				blocks.[40].mlp.fc1 1408>6144
				blocks.[40].mlp.fc2 6144>1408
				blocks.[40].skip_linear 2816>1408
				blocks.[40].default_modulation.1 1408>1408
				mlp_t5.0 2048>8192
				mlp_t5.2 8192>1024`},
			{"diffusers lycoris onetrainer", bert + `
				blocks.[40].attn1.{to_q,to_k,to_v,to_out.0} 1408>1408
				blocks.[40].attn2.{to_q,to_out.0} 1408>1408
				blocks.[40].attn2.{to_k,to_v} 1024>1408
				blocks.[40].ff.net.0.proj 1408>6144
				blocks.[40].ff.net.2 6144>1408`},
		},
		soleTE:   true,
		synonyms: []string{"hunyuan 1", "hydit", "Hunyuan DiT", "hunyuan-dit-g2", "Tencent-Hunyuan/HunyuanDiT"}, words: []string{"hunyuan dit", "hunyuandit"},
	}
}
