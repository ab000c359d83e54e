package inspect

import "fmt"

// hunyuan spells a Tencent model in its authors' names; without single blocks when single is 0.
func hunyuan(h, double, single int64) string {
	s := fmt.Sprintf(`
		double_blocks.[%[1]d].{img,txt}_attn_qkv %[2]d>%[3]d
		double_blocks.[%[1]d].{img,txt}_attn_proj %[2]d>%[2]d
		double_blocks.[%[1]d].{img,txt}_mlp.fc1 %[2]d>%[4]d
		double_blocks.[%[1]d].{img,txt}_mlp.fc2 %[4]d>%[2]d
		double_blocks.[%[1]d].{img,txt}_mod.linear %[2]d>%[5]d
		txt_in.individual_token_refiner.blocks.[2].self_attn_qkv %[2]d>%[3]d
		txt_in.individual_token_refiner.blocks.[2].self_attn_proj %[2]d>%[2]d
		txt_in.individual_token_refiner.blocks.[2].mlp.fc1 %[2]d>%[4]d
		txt_in.individual_token_refiner.blocks.[2].mlp.fc2 %[4]d>%[2]d
		`, double, h, 3*h, 4*h, 6*h)
	if single == 0 {
		return s
	}
	return s + fmt.Sprintf(`
		single_blocks.[%[1]d].linear1 %[2]d>%[3]d
		single_blocks.[%[1]d].linear2 %[4]d>%[2]d
		single_blocks.[%[1]d].modulation.linear %[2]d>%[5]d
		`, single, h, 7*h, 5*h, 3*h)
}

func hunyuanDiffusers(h, double, single int64) string {
	return joint(double, h) + fmt.Sprintf(`
		transformer_blocks.[%[1]d].{ff,ff_context}.net.0.proj %[3]d>%[4]d
		transformer_blocks.[%[1]d].{ff,ff_context}.net.2 %[4]d>%[3]d
		transformer_blocks.[%[1]d].{norm1,norm1_context}.linear %[3]d>%[5]d
		single_transformer_blocks.[%[2]d].attn.{to_q,to_k,to_v} %[3]d>%[3]d
		single_transformer_blocks.[%[2]d].proj_mlp %[3]d>%[4]d
		single_transformer_blocks.[%[2]d].proj_out %[6]d>%[3]d
		single_transformer_blocks.[%[2]d].norm.linear %[3]d>%[7]d
		`, double, single, h, 4*h, 6*h, 5*h, 3*h)
}

// wan spells a Wan model of width h with a feed-forward of width ff.
func wan(h, blocks, ff, vace int64) (original, diffusers string) {
	original = fmt.Sprintf(`
		{blocks.[%[1]d],vace_blocks.[%[4]d]}.{self_attn,cross_attn}.{q,k,v,o} %[2]d>%[2]d
		{blocks.[%[1]d],vace_blocks.[%[4]d]}.cross_attn.{k_img,v_img} %[2]d>%[2]d
		{blocks.[%[1]d],vace_blocks.[%[4]d]}.ffn.0 %[2]d>%[3]d
		{blocks.[%[1]d],vace_blocks.[%[4]d]}.ffn.2 %[3]d>%[2]d
		vace_blocks.[%[4]d].{before_proj,after_proj} %[2]d>%[2]d
		face_adapter.fuser_blocks.[8].{linear1_q,linear2} %[2]d>%[2]d
		face_adapter.fuser_blocks.[8].linear1_kv %[2]d>%[6]d
		text_embedding.0 4096>%[2]d
		text_embedding.2 %[2]d>%[2]d
		time_embedding.0 256>%[2]d
		time_embedding.2 %[2]d>%[2]d
		time_projection.1 %[2]d>%[5]d
		img_emb.proj.3 1280>%[2]d
		head.head %[2]d>*
		`, blocks, h, ff, vace, 6*h, 2*h)
	diffusers = fmt.Sprintf(`
		blocks.[%[1]d].{attn1,attn2}.{to_q,to_k,to_v,to_out.0} %[2]d>%[2]d
		blocks.[%[1]d].attn2.{add_k_proj,add_v_proj} %[2]d>%[2]d
		blocks.[%[1]d].ffn.net.0.proj %[2]d>%[3]d
		blocks.[%[1]d].ffn.net.2 %[3]d>%[2]d
		vace_blocks.[%[4]d].{attn1,attn2}.{to_q,to_k,to_v,to_out.0} %[2]d>%[2]d
		condition_embedder.text_embedder.linear_1 4096>%[2]d
		condition_embedder.time_proj %[2]d>%[5]d
		`, blocks, h, ff, vace, 6*h)
	return original, diffusers
}

func wanBase(id, name string, h, blocks, ff, vace int64, synonyms, words []string) base {
	original, diffusers := wan(h, blocks, ff, vace)
	return base{
		id: id, name: name, line: "wan", synonyms: synonyms, words: words,
		namings: []naming{{origDialects + " lycoris", original}, {"diffusers onetrainer", diffusers}},
		variants: []variant{
			{1, "2.2", "", []string{"wan 2 2", "wan2 2", "wan22", "high noise", "low noise", "highnoise", "lownoise"}},
			{1, "2.1", "", []string{"wan 2 1", "wan2 1", "wan21"}},
			{2, "vace", "vace_blocks", []string{"vace"}},
			{2, "animate", "face_adapter", []string{"wan animate", "wan2 2 animate"}},
			{2, "i2v", "cross_attn_k_img", nil}, {2, "i2v", "attn2_add_k_proj", []string{"i2v", "img2vid", "image to video"}},
			{2, "t2v", "", []string{"t2v", "text to video"}},
			{2, "ti2v", "", []string{"ti2v"}},
			{3, "high-noise", "", []string{"high noise", "highnoise"}},
			{3, "low-noise", "", []string{"low noise", "lownoise"}},
		},
	}
}

func cosmos1(id, name string, h, blocks int64, synonyms, words []string) base {
	return base{
		id: id, name: name, line: "cosmos1", synonyms: synonyms, words: words,
		namings: []naming{{origDialects, fmt.Sprintf(`
			blocks.block[%[1]d].blocks.0.block.attn.{to_q.0,to_k.0,to_v.0,to_out.0} %[2]d>%[2]d
			blocks.block[%[1]d].blocks.1.block.attn.{to_q.0,to_out.0} %[2]d>%[2]d
			blocks.block[%[1]d].blocks.1.block.attn.{to_k.0,to_v.0} 1024>%[2]d
			blocks.block[%[1]d].blocks.2.block.layer1 %[2]d>%[3]d
			blocks.block[%[1]d].blocks.2.block.layer2 %[3]d>%[2]d
			blocks.block[%[1]d].blocks.[3].adaLN_modulation.1 %[2]d>256
			blocks.block[%[1]d].blocks.[3].adaLN_modulation.2 256>%[4]d`, blocks, h, 4*h, 3*h)}},
	}
}

func kandinsky(id, name string, h, visual, text, ff int64, synonyms, words []string) base {
	return base{
		id: id, name: name, line: "kandinsky5", synonyms: synonyms, words: words,
		namings: []naming{{"kohya comfy peft diffusers lycoris", fmt.Sprintf(`
			visual_transformer_blocks.[%[1]d].{self_attention,cross_attention}.{to_query,to_key,to_value,out_layer} %[2]d>%[2]d
			visual_transformer_blocks.[%[1]d].feed_forward.in_layer %[2]d>%[3]d
			visual_transformer_blocks.[%[1]d].feed_forward.out_layer %[3]d>%[2]d
			text_transformer_blocks.[%[4]d].self_attention.{to_query,to_key,to_value,out_layer} %[2]d>%[2]d
			text_transformer_blocks.[%[4]d].feed_forward.in_layer %[2]d>%[3]d
			text_transformer_blocks.[%[4]d].feed_forward.out_layer %[3]d>%[2]d`, visual, h, ff, text)}},
	}
}

// videoBases are models for moving pictures and sound.
var videoBases = []base{
	wanBase("wan-14b", "Wan 14B", 5120, 40, 13824, 8, []string{
		"Wan Video", "Wan", "Wan Video 14B t2v=2.1 t2v", "Wan Video 14B i2v 480p=2.1 i2v", "Wan Video 14B i2v 720p=2.1 i2v",
		"Wan Video 2.2 T2V-A14B=2.2 t2v", "Wan Video 2.2 I2V-A14B=2.2 i2v", "wan-2_1-text2video-14b=2.1 t2v", "wan-2_1-image2video-14b=2.1 i2v",
		"wan-2_2-text2video-14b=2.2 t2v", "wan-2_2-image2video-14b=2.2 i2v", "wan2.1", "wan2.2=2.2", "wan-2_1-vace-14b=2.1 vace", "wan21", "wan22_14b=2.2",
		"Wan-AI/Wan2.1-T2V-14B=2.1 t2v", "Wan-AI/Wan2.2-T2V-A14B=2.2 t2v", "Wan-AI/Wan2.2-I2V-A14B=2.2 i2v",
	}, []string{"wan 14b", "wan2 1 14b", "wan2 2 14b=2.2", "wan2 2=2.2", "wan 2 2=2.2", "wan22=2.2", "wan2 1=2.1", "wan 2 1=2.1", "wan21=2.1", "wan"}),
	wanBase("wan-1.3b", "Wan 1.3B", 1536, 30, 8960, 15, []string{
		"Wan Video 1.3B t2v=2.1 t2v", "wan-2_1-text2video-1_3b=2.1 t2v", "wan-2_1-vace-1_3b=2.1 vace", "Wan-AI/Wan2.1-T2V-1.3B=2.1 t2v",
	}, []string{"wan 1 3b", "wan2 1 1 3b"}),
	wanBase("wan-5b", "Wan 2.2 5B", 3072, 30, 14336, 8, []string{
		"Wan Video 2.2 TI2V-5B=2.2 ti2v", "wan-2_2-ti2v-5b=2.2 ti2v", "Wan-AI/Wan2.2-TI2V-5B=2.2 ti2v",
	}, []string{"wan 5b", "wan2 2 5b"}),
	{
		id: "hunyuan-video", name: "HunyuanVideo", line: "hunyuan-video",
		namings: []naming{
			{origDialects + " lycoris", hunyuan(3072, 20, 40) + "txt_in.input_embedder 4096>3072\nfinal_layer.linear 3072>64\nvector_in.in_layer 768>3072\n"},
		},
		rareNamings: []naming{
			{"diffusers onetrainer", hunyuanDiffusers(3072, 20, 40) + "context_embedder.time_text_embed.timestep_embedder.linear_1 256>3072\n"},
		},
		synonyms: []string{"hyvid", "framepack", "hunyuan_video", "Hunyuan Video", "hunyuan-video-skyreels", "hunyuanvideo-community/HunyuanVideo", "tencent/HunyuanVideo"}, words: []string{"hunyuan video", "hunyuanvideo", "hyvid"},
	},
	{
		id: "hunyuan-video-1.5", name: "HunyuanVideo 1.5", line: "hunyuan-video-1.5",
		namings: []naming{
			{origDialects + " lycoris", hunyuan(2048, 54, 0) + `
					vision_in.proj.1 1152>1152
					vision_in.proj.3 1152>2048
					byt5_in.fc1 1472>2048
					byt5_in.fc2 2048>2048`},
			{"diffusers onetrainer", joint(54, 2048) + `
					transformer_blocks.[54].{ff,ff_context}.net.0.proj 2048>8192
					transformer_blocks.[54].{ff,ff_context}.net.2 8192>2048`},
		},
		// the authors' checkpoint keeps query, key and value apart
		rareNamings: []naming{{"", "double_blocks.[54].{img,txt}_attn_{q,k,v} 2048>2048"}},
		synonyms:    []string{"Hunyuan Video 1.5", "hunyuan-video-1_5", "tencent/HunyuanVideo-1.5"}, words: []string{"hunyuan video 1 5", "hunyuanvideo 1 5"},
	},
	{
		id: "ltx-2", name: "LTX-2", line: "ltx-2",
		namings: []naming{{"diffusers comfy peft kohya lycoris", ditCross(4096, 48) + ditCross(3840, 48) + `
				transformer_blocks.[48].{audio_attn1,audio_attn2,audio_to_video_attn,video_to_audio_attn}.{to_q,to_k,to_v,to_out.0} *>*
				transformer_blocks.[48].audio_ff.net.0.proj *>*
				transformer_blocks.[48].audio_ff.net.2 *>*
				audio_adaln_single.linear *>*`}},
		synonyms: []string{"ltxv2", "LTXV 2", "LTX-2.3", "Lightricks/LTX-2", "ltx2"}, words: []string{"ltx2", "ltx 2", "ltxv2"},
	},
	{
		id: "ltx-video", name: "LTX-Video", line: "ltx-video",
		namings: []naming{{"diffusers comfy peft kohya lycoris", ditCross(2048, 28) + ditCross(4096, 48) + `
				caption_projection.linear_1 4096>2048
				adaln_single.linear 2048>12288
				patchify_proj 128>2048
				proj_out 2048>128`}},
		synonyms: []string{"LTXV", "ltxv-13b", "Lightricks/LTX-Video", "lightricks-ltx-video"}, words: []string{"ltxv", "ltx video", "ltx"},
	},
	{
		id: "mochi", name: "Mochi", line: "mochi",
		namings: []naming{
			{origDialects, `
					blocks.[48].attn.qkv_x 3072>9216
					blocks.[48].attn.qkv_y 1536>4608
					blocks.[48].attn.proj_x 3072>3072
					blocks.[48].attn.proj_y 3072>1536
					blocks.[48].mlp_x.w1 3072>16384
					blocks.[48].mlp_x.w2 8192>3072
					blocks.[48].mlp_y.w1 1536>8192
					blocks.[48].mlp_y.w2 4096>1536
					blocks.[48].mod_x 3072>12288
					blocks.[48].mod_y 3072>6144`},
			{ditDialects, `
					transformer_blocks.[48].attn1.{to_q,to_k,to_v,to_out.0} 3072>3072
					transformer_blocks.[48].attn1.{add_q_proj,add_k_proj,add_v_proj} 1536>3072
					transformer_blocks.[48].attn1.to_add_out 3072>1536
					transformer_blocks.[48].ff.net.0.proj 3072>16384
					transformer_blocks.[48].ff.net.2 8192>3072`},
		},
		synonyms: []string{"genmo-mochi-1", "Mochi 1", "genmo/mochi-1-preview"}, words: []string{"mochi 1"},
	},
	kandinsky("kandinsky5-video-lite", "Kandinsky 5 Video Lite", 1792, 32, 2, 7168,
		[]string{"kandinsky-5-video-lite", "kandinskylab/Kandinsky-5.0-T2V-Lite"}, []string{"kandinsky 5 video lite"}),
	kandinsky("kandinsky5-video-pro", "Kandinsky 5 Video Pro", 4096, 60, 4, 16384,
		[]string{"kandinsky-5-video-pro", "kandinskylab/Kandinsky-5.0-T2V-Pro"}, []string{"kandinsky 5 video pro"}),
	cosmos1("cosmos1-7b", "Cosmos 1 7B", 4096, 28, []string{"nvidia-cosmos-1-7b-text2world", "nvidia-cosmos-1-7b-video2world", "nvidia-cosmos-1-7b"}, []string{"cosmos 7b"}),
	cosmos1("cosmos1-14b", "Cosmos 1 14B", 5120, 36, []string{"nvidia-cosmos-1-14b-text2world", "nvidia-cosmos-1-14b-video2world", "nvidia-cosmos-1-14b"}, []string{"cosmos 14b"}),
	{
		id: "minimax-h3", name: "MiniMax-H3", line: "minimax-h3",
		namings: []naming{{"kohya comfy peft diffusers lycoris", `
				blocks.[50].attn.{qkv_proj,out_proj} *>*
				blocks.[50].mlp.{fc1,fc2} *>*
				blocks.[50].adaln_proj.linear *>*
				token_refiner.blocks.[4].attn.{qkv_proj,out_proj} *>*
				token_refiner.blocks.[4].mlp.{fc1,fc2} *>*
				{video_patch_proj,audio_patch_proj,condition_proj} *>*`}},
		synonyms: []string{"networks.lora_minimax_h3", "MiniMax H3"}, words: []string{"minimax h3"},
	},
	{
		id: "ace-step", name: "ACE-Step", line: "ace-step",
		namings: []naming{{"diffusers comfy peft kohya lycoris", `
				transformer_blocks.[24].{attn,cross_attn}.{to_q,to_k,to_v,to_out.0} 2560>2560
				transformer_blocks.[24].cross_attn.{add_q_proj,add_k_proj,add_v_proj,to_add_out} 2560>2560
				transformer_blocks.[24].ff.inverted_conv.conv 2560>12800
				transformer_blocks.[24].ff.point_conv.conv 6400>2560
				lyric_encoder.encoders.[6].self_attn.{linear_q,linear_k,linear_v,linear_out} 1024>1024
				lyric_embs *>1024
				lyric_proj 1024>2560
				speaker_embedder 512>2560
				genre_embedder 768>2560`}},
		synonyms: []string{"ace_step", "ACE Step", "ACE-Step/ACE-Step-v1-3.5B"}, words: []string{"ace step"},
	},
}
