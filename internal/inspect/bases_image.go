package inspect

import (
	"fmt"
)

const (
	// origDialects keep the model author's own module names, ditDialects those of diffusers.
	origDialects = "kohya comfy peft"
	ditDialects  = "diffusers onetrainer lycoris peft"
)

// bfl spells a FLUX-style model in its authors' names: double and single blocks
// of width h, with an MLP that is up times wider on the way in and down times on the way out.
func bfl(h, double, single, up, down int64) string {
	d, s := fmt.Sprintf("double_blocks.[%d]", double), fmt.Sprintf("single_blocks.[%d]", single)
	return fmt.Sprintf(`
		%[1]s.{img,txt}_attn.qkv %[3]d>%[4]d
		%[1]s.{img,txt}_attn.proj %[3]d>%[3]d
		%[1]s.{img,txt}_mlp.0 %[3]d>%[5]d
		%[1]s.{img,txt}_mlp.2 %[6]d>%[3]d
		%[2]s.linear1 %[3]d>%[7]d
		%[2]s.linear2 %[8]d>%[3]d
		`, d, s, h, 3*h, up*h, down*h, (3+up)*h, (1+down)*h)
}

// joint spells the two-stream attention that diffusers uses for many models.
func joint(blocks, h int64) string {
	b := fmt.Sprintf("transformer_blocks.[%d]", blocks)
	return fmt.Sprintf("\n%s.attn.{to_q,to_k,to_v,to_out.0,add_q_proj,add_k_proj,add_v_proj,to_add_out} %d>%d\n", b, h, h)
}

// fluxDiffusers spells FLUX.1 and its look-alikes in diffusers' names.
func fluxDiffusers(double, single int64) string {
	return joint(double, 3072) + fmt.Sprintf(`
		transformer_blocks.[%[1]d].{ff,ff_context}.net.0.proj 3072>12288
		transformer_blocks.[%[1]d].{ff,ff_context}.net.2 12288>3072
		single_transformer_blocks.[%[2]d].attn.{to_q,to_k,to_v} 3072>3072
		single_transformer_blocks.[%[2]d].proj_mlp 3072>12288
		single_transformer_blocks.[%[2]d].proj_out 15360>3072
		x_embedder 64>3072
		proj_out 3072>64
		`, double, single)
}

const fluxModOriginal = `
	double_blocks.[19].{img,txt}_mod.lin 3072>18432
	single_blocks.[38].modulation.lin 3072>9216
	img_in 64>3072
	txt_in 4096>3072
	vector_in.in_layer 768>3072
	{time_in,guidance_in}.in_layer 256>3072
	{time_in,guidance_in,vector_in}.out_layer 3072>3072
	final_layer.linear 3072>64
	final_layer.adaLN_modulation.1 3072>6144
	`

const fluxModDiffusers = `
	transformer_blocks.[19].{norm1,norm1_context}.linear 3072>18432
	single_transformer_blocks.[38].norm.linear 3072>9216
	context_embedder 4096>3072
	norm_out.linear 3072>6144
	time_text_embed.{timestep_embedder,guidance_embedder}.linear_1 256>3072
	time_text_embed.{timestep_embedder,guidance_embedder,text_embedder}.linear_2 3072>3072
	time_text_embed.text_embedder.linear_1 768>3072
	`

// flux2 spells a FLUX.2 model; its single blocks have a gated MLP of ratio 3.
func flux2(h, double, single, context int64) (original, diffusers string) {
	original = bfl(h, double, single, 6, 3) + fmt.Sprintf(`
		double_stream_modulation_{img,txt}.lin %[1]d>%[2]d
		single_stream_modulation.lin %[1]d>%[3]d
		txt_in %[4]d>%[1]d
		img_in 128>%[1]d
		vector_in.in_layer %[5]d>%[1]d
		{time_in,guidance_in}.in_layer 256>%[1]d
		{time_in,guidance_in}.out_layer %[1]d>%[1]d
		final_layer.linear %[1]d>128
		final_layer.adaLN_modulation.1 %[1]d>%[6]d
		`, h, 6*h, 3*h, context, context/3, 2*h)
	diffusers = joint(double, h) + fmt.Sprintf(`
		transformer_blocks.[%[1]d].{ff,ff_context}.linear_in %[3]d>%[4]d
		transformer_blocks.[%[1]d].{ff,ff_context}.linear_out %[5]d>%[3]d
		single_transformer_blocks.[%[2]d].attn.to_qkv_mlp_proj %[3]d>%[6]d
		single_transformer_blocks.[%[2]d].attn.to_out %[7]d>%[3]d
		double_stream_modulation_{img,txt}.linear %[3]d>%[4]d
		single_stream_modulation.linear %[3]d>%[5]d
		context_embedder %[8]d>%[3]d
		x_embedder 128>%[3]d
		time_guidance_embed.{timestep_embedder,guidance_embedder}.linear_1 256>%[3]d
		norm_out.linear %[3]d>%[9]d
		proj_out %[3]d>128
		`, double, single, h, 6*h, 3*h, 9*h, 4*h, context, 2*h)
	return original, diffusers
}

func flux2Base(id, name string, h, double, single, context int64, synonyms, words []string) base {
	original, diffusers := flux2(h, double, single, context)
	return base{
		id: id, name: name, line: "flux2", synonyms: synonyms, words: words,
		namings: []naming{{origDialects, original}, {ditDialects, diffusers}},
	}
}

// sd3Namings spells an SD 3 model of a given depth; its width is 64 times the
// depth. The first dual blocks have a second attention.
func sd3Namings(depth, dual int64) []naming {
	h := 64 * depth
	b, t := fmt.Sprintf("joint_blocks.[%d]", depth), fmt.Sprintf("transformer_blocks.[%d]", depth)
	original := fmt.Sprintf(`
		%[1]s.{x,context}_block.attn.qkv %[2]d>%[3]d
		%[1]s.{x,context}_block.attn.proj %[2]d>%[2]d
		%[1]s.{x,context}_block.mlp.fc1 %[2]d>%[4]d
		%[1]s.{x,context}_block.mlp.fc2 %[4]d>%[2]d
		%[1]s.{x,context}_block.adaLN_modulation.1 %[2]d>%[5]d
		context_embedder 4096>%[2]d
		y_embedder.mlp.0 2048>%[2]d
		`, b, h, 3*h, 4*h, 6*h)
	diffusers := joint(depth, h) + fmt.Sprintf(`
		%[1]s.{ff,ff_context}.net.0.proj %[2]d>%[3]d
		%[1]s.{ff,ff_context}.net.2 %[3]d>%[2]d
		%[1]s.{norm1,norm1_context}.linear %[2]d>%[4]d
		context_embedder 4096>%[2]d
		`, t, h, 4*h, 6*h)
	if dual > 0 {
		original += fmt.Sprintf("joint_blocks.[%d].x_block.attn2.qkv %d>%d\njoint_blocks.[%d].x_block.attn2.proj %d>%d\n", dual, h, 3*h, dual, h, h)
		diffusers += fmt.Sprintf("transformer_blocks.[%d].attn2.{to_q,to_k,to_v,to_out.0} %d>%d\n", dual, h, h)
	}
	te := clipL + clipG + t5("te3")
	return []naming{{origDialects, te + original}, {ditDialects, te + diffusers}}
}

// fluxTE are the text encoders of FLUX.1: T5 is te3 for kohya and te2 for OneTrainer.
var fluxTE = clipL + t5("te3") + t5("te2")

// imageBases are the transformer models of the FLUX and SD 3 school.
var imageBases = []base{
	{
		id: "flux1", name: "FLUX.1", line: "flux1",
		namings: []naming{
			{origDialects, fluxTE + bfl(3072, 19, 38, 4, 4) + fluxModOriginal + "img_in 128>3072\nimg_in 384>3072\n"},
			{ditDialects, fluxTE + fluxDiffusers(19, 38) + fluxModDiffusers},
			{"xlabs", `
					double_blocks.[19].processor.{qkv_lora1,qkv_lora2} 3072>9216
					double_blocks.[19].processor.{proj_lora1,proj_lora2} 3072>3072
					single_blocks.[38].processor.qkv_lora 3072>9216
					single_blocks.[38].processor.proj_lora 15360>3072`},
		},
		variants: []variant{
			{1, "krea-dev", "", []string{"krea dev", "flux krea", "flux 1 krea"}},
			{1, "kontext", "", []string{"kontext"}},
			{1, "fill", "", []string{"flux fill", "fill dev"}},
			{1, "schnell", "", []string{"schnell"}},
			{1, "dev", "", []string{"flux 1 dev", "flux dev", "flux 1 d", "flux1 dev", "flux1dev"}},
		},
		synonyms: []string{
			"flux1", "flux", "Flux.1 D=dev", "Flux.1 S=schnell", "Flux.1 Krea=krea-dev", "Flux.1 Kontext=kontext", "flux_kontext=kontext", "flux-1",
			"flux-1-dev=dev", "flux-1-schnell=schnell", "Flux.1-dev=dev", "Flux.1-schnell=schnell", "flux-dev=dev", "flux_dev=dev",
			"flux schnell=schnell", "Flux.1-depth-dev-lora=dev", "Flux.1-canny-dev-lora=dev", "Flux.1-depth-dev=dev", "Flux.1-canny-dev=dev",
			"Flux.1-fill-dev=fill", "black-forest-labs/FLUX.1-dev=dev", "black-forest-labs/FLUX.1-schnell=schnell",
			"black-forest-labs/FLUX.1-Krea-dev=krea-dev", "black-forest-labs/FLUX.1-Kontext-dev=kontext", "flux1-dev=dev", "flux.1-krea-dev=krea-dev",
		},
		words: []string{"flux1", "flux 1", "flux dev=dev", "flux schnell=schnell", "flux lora", "flux", "fluxdev=dev"},
	},
	{
		id: "chroma", name: "Chroma", line: "chroma",
		namings: []naming{
			{origDialects, t5("te1") + t5("te3") + bfl(3072, 19, 38, 4, 4) + `
					img_in 64>3072
					txt_in 4096>3072
					final_layer.linear 3072>64
					distilled_guidance_layer.in_proj 64>5120
					distilled_guidance_layer.out_proj 5120>3072
					distilled_guidance_layer.layers.[5].{in_layer,out_layer} 5120>5120
					nerf_blocks.[4].param_generator *>*
					nerf_image_embedder.embedder.0 *>64
					img_in_patch *>3072
					`},
			{ditDialects, t5("te1") + fluxDiffusers(19, 38) + `
					context_embedder 4096>3072
					distilled_guidance_layer.in_proj 64>5120
					distilled_guidance_layer.out_proj 5120>3072
					distilled_guidance_layer.layers.[5].{linear_1,linear_2} 5120>5120
					`},
		},
		soleTE:   true,
		variants: []variant{{1, "radiance", "nerf_", []string{"radiance"}}},
		synonyms: []string{"chroma", "Chroma1-HD", "chroma1", "chroma-radiance=radiance", "lodestones/Chroma", "lodestones/Chroma1-HD", "lodestones/Chroma1-Base"},
		words:    []string{"chroma", "chroma1"},
	},
	flux2Base("flux2-klein-4b", "FLUX.2 Klein 4B", 3072, 5, 20, 7680,
		[]string{"Flux.2 Klein 4B", "Flux.2 Klein 4B-base", "flux-2-klein-4b", "flux2_klein_4b", "flux2-klein-base-4b", "black-forest-labs/FLUX.2-klein-4B", "klein-4b"},
		[]string{"klein 4b", "flux2 klein 4b"}),
	flux2Base("flux2-klein-9b", "FLUX.2 Klein 9B", 4096, 8, 24, 12288,
		[]string{"Flux.2 Klein 9B", "Flux.2 Klein 9B-base", "flux-2-klein-9b", "flux2_klein_9b", "flux2-klein-base-9b", "black-forest-labs/FLUX.2-klein-9B", "klein-9b"},
		[]string{"klein 9b", "flux2 klein 9b"}),
	flux2Base("flux2-dev", "FLUX.2 dev", 6144, 8, 48, 15360,
		[]string{"Flux.2 D", "flux-2-dev", "flux2_dev", "flux2", "flux-2", "black-forest-labs/FLUX.2-dev"},
		[]string{"flux2 dev", "flux 2 dev"}),
	{
		id: "sd3.5-medium", name: "SD 3.5 Medium", line: "sd3", namings: sd3Namings(24, 13),
		synonyms: []string{
			"SD 3.5 Medium", "stable-diffusion-3-3-5-medium", "stable-diffusion-v3.5-medium", "sd3.5m", "stabilityai/stable-diffusion-3.5-medium",
		},
		words: []string{"sd3 5 medium", "sd35 medium"},
	},
	{
		id: "sd3-medium", name: "SD 3 Medium", line: "sd3", namings: sd3Namings(24, 0),
		synonyms: []string{
			"SD 3", "sd3", "sd3-medium", "stable-diffusion-3-medium", "stable-diffusion-v3-medium", "sd3_m", "stabilityai/stable-diffusion-3-medium",
		},
		words: []string{"sd3 medium"},
	},
	{
		id: "sd3-large", name: "SD 3.5 Large", line: "sd3", namings: sd3Namings(38, 0),
		synonyms: []string{
			"SD 3.5", "SD 3.5 Large", "SD 3.5 Large Turbo", "stable-diffusion-3-3-5-large", "stable-diffusion-v3.5-large", "stable-diffusion-v3.5-large-turbo",
			"sd3.5-large", "stabilityai/stable-diffusion-3.5-large",
		},
		words: []string{"sd3 5 large", "sd35 large"},
	},
	{
		id: "longcat-image", name: "LongCat-Image", line: "longcat-image",
		namings: []naming{
			{origDialects, bfl(3072, 10, 20, 4, 4) + "txt_in 3584>3072\nimg_in 64>3072\ndouble_blocks.[10].{img,txt}_mod.lin 3072>18432\nsingle_blocks.[20].modulation.lin 3072>9216\n"},
			{ditDialects, fluxDiffusers(10, 20) + "context_embedder 3584>3072\n"},
		},
		rare:     true,
		synonyms: []string{"longcat", "longcat-image-edit", "meituan-longcat/LongCat-Image"}, words: []string{"longcat"},
	},
	{
		id: "ovis-image", name: "Ovis-Image", line: "ovis-image",
		namings: []naming{{origDialects, `
				double_blocks.[6].{img,txt}_attn.qkv 3072>9216
				double_blocks.[6].{img,txt}_attn.proj 3072>3072
				double_blocks.[6].{img,txt}_mlp.{gate_proj,up_proj} 3072>*
				double_blocks.[6].{img,txt}_mlp.down_proj *>3072
				double_blocks.[6].{img,txt}_mod.lin 3072>18432
				txt_in 2048>3072
				`}},
		rare:     true,
		synonyms: []string{"ovis", "AIDC-AI/Ovis-Image-7B"}, words: []string{"ovis image"},
	},
	{
		id: "auraflow", name: "AuraFlow", line: "auraflow",
		namings: []naming{
			{origDialects, `
					double_layers.[4].attn.{w1q,w1k,w1v,w1o,w2q,w2k,w2v,w2o} 3072>3072
					double_layers.[4].{mlpX,mlpC}.{c_fc1,c_fc2} 3072>8192
					double_layers.[4].{mlpX,mlpC}.c_proj 8192>3072
					double_layers.[4].{modX,modC}.1 3072>18432
					single_layers.[32].attn.{w1q,w1k,w1v,w1o} 3072>3072
					single_layers.[32].mlp.{c_fc1,c_fc2} 3072>8192
					single_layers.[32].mlp.c_proj 8192>3072
					single_layers.[32].modCX.1 3072>18432`},
			{"diffusers peft lycoris", `
					joint_transformer_blocks.[4].attn.{to_q,to_k,to_v,to_out.0,add_q_proj,add_k_proj,add_v_proj,to_add_out} 3072>3072
					joint_transformer_blocks.[4].{ff,ff_context}.{linear_1,linear_2} 3072>8192
					joint_transformer_blocks.[4].{ff,ff_context}.out_projection 8192>3072
					single_transformer_blocks.[32].attn.{to_q,to_k,to_v,to_out.0} 3072>3072
					single_transformer_blocks.[32].ff.{linear_1,linear_2} 3072>8192
					single_transformer_blocks.[32].ff.out_projection 8192>3072`},
		},
		synonyms: []string{"auraflow-v1", "Aura Flow", "fal/AuraFlow", "Pony V7=pony-v7"}, words: []string{"auraflow", "aura flow", "pony v7=pony-v7"},
	},
}
