package inspect

import (
	"fmt"
	"strings"
)

// unetStage is one resolution of a UNet: where its attention sits and how wide and deep it is.
type unetStage struct {
	at    string // module path of the attention, for example "down_blocks.1.attentions.[2]"
	width int64
	depth int64 // transformer blocks; 0 for none
}

// unetAttention spells the transformers of a UNet whose prompt embedding is ctx wide.
func unetAttention(ctx int64, stages []unetStage) string {
	var b strings.Builder
	for _, s := range stages {
		t := fmt.Sprintf("%s.transformer_blocks.[%d]", s.at, s.depth)
		w := s.width
		fmt.Fprintf(&b, "%s.{attn1.to_q,attn1.to_k,attn1.to_v,attn1.to_out.0,attn2.to_q,attn2.to_out.0} %d>%d\n", t, w, w)
		fmt.Fprintf(&b, "%s.attn2.{to_k,to_v} %d>%d\n", t, ctx, w)
		fmt.Fprintf(&b, "%s.ff.net.0.proj %d>%d\n", t, w, 8*w)
		fmt.Fprintf(&b, "%s.ff.net.2 %d>%d\n", t, 4*w, w)
		fmt.Fprintf(&b, "%s.{proj_in,proj_out} %d>%d\n", s.at, w, w)
	}
	return b.String()
}

// The convolutions of SD-style UNets. Widths of neighbouring levels mix in the
// up blocks, so only the time embedding is pinned to 1280.
const unetConvs = `
	down_blocks.[4].resnets.[2].{conv1,conv2} *>* k3
	down_blocks.[4].resnets.[2].conv_shortcut *>*
	down_blocks.[4].resnets.[2].time_emb_proj 1280>*
	down_blocks.[3].downsamplers.0.conv *>* k3
	mid_block.resnets.[2].{conv1,conv2} 1280>1280 k3
	mid_block.resnets.[2].time_emb_proj 1280>1280
	up_blocks.[4].resnets.[3].{conv1,conv2} *>* k3
	up_blocks.[4].resnets.[3].conv_shortcut *>*
	up_blocks.[4].resnets.[3].time_emb_proj 1280>*
	up_blocks.[3].upsamplers.0.conv *>* k3
	conv_in 4>320 k3
	conv_out 320>4 k3
	time_embedding.linear_1 320>1280
	time_embedding.linear_2 1280>1280`

const ldmConvs = `
	input_blocks.[12].0.{in_layers.2,out_layers.3} *>* k3
	input_blocks.[12].0.emb_layers.1 1280>*
	input_blocks.[12].0.skip_connection *>*
	input_blocks.[10].0.op *>* k3
	middle_block.[3].{in_layers.2,out_layers.3} 1280>1280 k3
	middle_block.[3].emb_layers.1 1280>1280
	output_blocks.[12].0.{in_layers.2,out_layers.3} *>* k3
	output_blocks.[12].0.emb_layers.1 1280>*
	output_blocks.[12].0.skip_connection *>*
	output_blocks.[9].[3].conv *>* k3
	input_blocks.0.0 4>320 k3
	out.2 320>4 k3
	time_embed.0 320>1280
	time_embed.2 1280>1280`

// clip spells a CLIP text encoder.
func clip(te string, layers, width int64) string {
	p := fmt.Sprintf("%s:text_model.encoder.layers.[%d]", te, layers)
	return fmt.Sprintf("\n%s.self_attn.{q_proj,k_proj,v_proj,out_proj} %d>%d\n%s.mlp.fc1 %d>%d\n%s.mlp.fc2 %d>%d\n",
		p, width, width, p, width, 4*width, p, 4*width, width)
}

var clipL, clipG = clip("te1", 12, 768), clip("te2", 32, 1280)

// t5 spells the encoder of T5-XXL.
func t5(te string) string {
	p := te + ":encoder.block.[24].layer"
	return "\n" + p + ".0.SelfAttention.{q,k,v,o} 4096>4096\n" + p + ".1.DenseReluDense.{wi_0,wi_1} 4096>10240\n" +
		p + ".1.DenseReluDense.wo 10240>4096\n"
}

func sdStages() []unetStage {
	return []unetStage{
		{"down_blocks.0.attentions.[2]", 320, 1},
		{"down_blocks.1.attentions.[2]", 640, 1},
		{"down_blocks.2.attentions.[2]", 1280, 1},
		{"mid_block.attentions.0", 1280, 1},
		{"up_blocks.1.attentions.[3]", 1280, 1},
		{"up_blocks.2.attentions.[3]", 640, 1},
		{"up_blocks.3.attentions.[3]", 320, 1},
	}
}

func ldmStages(at map[int64]string, depth int64) []unetStage {
	var out []unetStage
	for _, w := range []int64{320, 640, 1280} {
		for _, p := range expandBraces(at[w]) {
			out = append(out, unetStage{p, w, depth})
		}
	}
	return out
}

func sdLDMStages() []unetStage {
	return ldmStages(map[int64]string{
		320:  "{input_blocks.1.1,input_blocks.2.1,output_blocks.9.1,output_blocks.10.1,output_blocks.11.1}",
		640:  "{input_blocks.4.1,input_blocks.5.1,output_blocks.6.1,output_blocks.7.1,output_blocks.8.1}",
		1280: "{input_blocks.7.1,input_blocks.8.1,middle_block.1,output_blocks.3.1,output_blocks.4.1,output_blocks.5.1}",
	}, 1)
}

// xlStages has the depths of SDXL and its cut-down relatives; a depth of 0 leaves the stage out.
func xlStages(down1, down2, mid, up0, up1 int64) []unetStage {
	all := []unetStage{
		{"down_blocks.1.attentions.[2]", 640, down1},
		{"down_blocks.2.attentions.[2]", 1280, down2},
		{"mid_block.attentions.0", 1280, mid},
		{"up_blocks.0.attentions.[3]", 1280, up0},
		{"up_blocks.1.attentions.[3]", 640, up1},
	}
	return withDepth(all)
}

func xlLDMStages(down1, down2, mid, up0, up1 int64) []unetStage {
	var all []unetStage
	for _, i := range []int{4, 5} {
		all = append(all, unetStage{fmt.Sprintf("input_blocks.%d.1", i), 640, down1})
	}
	for _, i := range []int{7, 8} {
		all = append(all, unetStage{fmt.Sprintf("input_blocks.%d.1", i), 1280, down2})
	}
	all = append(all, unetStage{"middle_block.1", 1280, mid})
	for _, i := range []int{0, 1, 2} {
		all = append(all, unetStage{fmt.Sprintf("output_blocks.%d.1", i), 1280, up0})
	}
	for _, i := range []int{3, 4, 5} {
		all = append(all, unetStage{fmt.Sprintf("output_blocks.%d.1", i), 640, up1})
	}
	return withDepth(all)
}

func withDepth(all []unetStage) []unetStage {
	var out []unetStage
	for _, s := range all {
		if s.depth > 0 {
			out = append(out, s)
		}
	}
	return out
}

const (
	unetDialects = "diffusers peft onetrainer lycoris"
	ldmDialects  = "kohya comfy"
)

func xlNamings(down1, down2, mid, up0, up1 int64) []naming {
	add := "add_embedding.linear_1 2816>1280\nadd_embedding.linear_2 1280>1280\nencoder_hid_proj 4096>2048\n"
	label := "label_emb.0.0 2816>1280\nlabel_emb.0.2 1280>1280\n"
	return []naming{
		{unetDialects, clipL + clipG + add + unetAttention(2048, xlStages(down1, down2, mid, up0, up1)) + unetConvs},
		{ldmDialects, clipL + clipG + label + unetAttention(2048, xlLDMStages(down1, down2, mid, up0, up1)) + ldmConvs},
	}
}

// unetBases are the models with a UNet.
var unetBases = []base{
	{
		id: "sdxl", name: "SDXL", line: "sdxl", namings: xlNamings(2, 10, 10, 10, 2),
		variants: []variant{
			{1, "pony", "", []string{"pony", "pony diffusion", "ponydiffusion", "pony v6", "ponyxl"}},
			{1, "noobai", "", []string{"noobai", "noob ai", "noobaixl", "noob"}},
			{1, "illustrious", "", []string{"illustrious", "illustriousxl", "wai illustrious", "ilxl"}},
			{1, "kolors", "encoder_hid_proj", []string{"kolors"}},
			{1, "animagine", "", []string{"animagine", "animaginexl"}},
			{2, "lightning", "", []string{"sdxl lightning"}},
			{2, "hyper", "", []string{"hyper sdxl", "hypersdxl"}},
			{2, "turbo", "", []string{"sdxl turbo"}},
		},
		synonyms: []string{
			"sdxl_base_v1-0", "sdxl_base_v0-9", "SDXL 1.0", "SDXL 0.9", "SDXL 1.0 LCM", "SDXL Distilled", "xl", "SDXL Lightning=lightning",
			"SDXL Hyper=hyper", "SDXL Turbo=turbo", "stable-diffusion-xl-v1-base", "stable-diffusion-xl-v0_9-base",
			"stable-diffusion-xl-v1", "stable-diffusion-xl", "Stable Diffusion XL", "sd_xl_base_1.0",
			"stabilityai/stable-diffusion-xl-base-1.0", "stable-diffusion-xl-turbo-v1=turbo", "stable-diffusion-xl-v1-edit",
			"Pony=pony", "Pony V6=pony", "Pony Diffusion V6 XL=pony", "Illustrious=illustrious", "Illustrious XL=illustrious",
			"NoobAI=noobai", "NoobAI XL=noobai", "Kolors=kolors", "Animagine=animagine", "Playground v2",
			"OnomaAIResearch/Illustrious-xl-early-release-v0=illustrious",
		},
		words: []string{"sdxl", "sd xl", "stable diffusion xl", "ponyxl=pony", "pony diffusion=pony", "illustrious=illustrious", "illustriousxl=illustrious", "noobai=noobai", "animagine=animagine"},
	},
	{
		id: "sd1", name: "SD 1.x", line: "sd1", soleTE: true,
		namings: []naming{
			{unetDialects + " kohya", clipL + unetAttention(768, sdStages()) + unetConvs},
			{"comfy", clipL + unetAttention(768, sdLDMStages()) + ldmConvs},
		},
		variants: []variant{
			{1, "lcm", "", []string{"sd 1 5 lcm", "lcm lora sdv1"}}, {1, "hyper", "", []string{"sd 1 5 hyper"}},
		},
		synonyms: []string{
			"sd_v1", "sd_1.5", "sd15", "SD 1.4", "SD 1.5", "SD 1.5 LCM=lcm", "SD 1.5 Hyper=hyper", "SD1", "stable-diffusion-v1",
			"stable-diffusion-v1-5", "stable-diffusion-v1-4", "Stable Diffusion 1.5", "Stable Diffusion v1", "sd v1.5",
			"runwayml/stable-diffusion-v1-5", "stable-diffusion-v1-5/stable-diffusion-v1-5", "stable-diffusion-v1-inpainting",
		},
		words: []string{"sd15", "sd1 5", "sd 1 5", "sdv1 5", "stable diffusion v1 5"},
	},
	{
		id: "sd2", name: "SD 2.x", line: "sd2", soleTE: true,
		namings: []naming{
			{unetDialects + " kohya", clip("te1", 23, 1024) + unetAttention(1024, sdStages()) + unetConvs},
			{"comfy", clip("te1", 23, 1024) + unetAttention(1024, sdLDMStages()) + ldmConvs},
		},
		variants: []variant{
			{1, "768-v", "", []string{"sd v2 v", "v2 768", "768 v", "sd 2 1 768"}}, {1, "512", "", []string{"v2 512", "sd v2"}},
		},
		synonyms: []string{
			"sd_v2=512", "sd_v2_v=768-v", "SD 2.0", "SD 2.0 768=768-v", "SD 2.1", "SD 2.1 768=768-v", "SD 2.1 Unclip", "SD2",
			"stable-diffusion-v2", "stable-diffusion-v2-512=512", "stable-diffusion-v2-768-v=768-v", "stable-diffusion-v2-base=512",
			"Stable Diffusion 2.1", "stabilityai/stable-diffusion-2-1",
		},
		words: []string{"sd21", "sd2 1", "sd 2 1"},
	},
	{
		id: "svd", name: "Stable Video Diffusion", line: "svd", rare: true,
		namings: []naming{{"diffusers peft kohya lycoris", unetAttention(1024, sdStages()) + `
			{down_blocks,up_blocks}.[4].attentions.[3].temporal_transformer_blocks.0.{attn1,attn2}.{to_q,to_k,to_v,to_out.0} *>*
			{down_blocks,up_blocks}.[4].attentions.[3].temporal_transformer_blocks.0.{ff,ff_in}.net.0.proj *>*
			{down_blocks,up_blocks}.[4].attentions.[3].temporal_transformer_blocks.0.{ff,ff_in}.net.2 *>*
			mid_block.attentions.[1].temporal_transformer_blocks.0.{attn1,attn2}.{to_q,to_k,to_v,to_out.0} *>*`}},
		synonyms: []string{"SVD XT", "stable-video-diffusion-img2vid-v1", "stabilityai/stable-video-diffusion-img2vid-xt"}, words: []string{"svd xt"},
	},
	{
		id: "ssd-1b", name: "SSD-1B", line: "sdxl", rare: true, namings: xlNamings(2, 4, 0, 10, 2),
		synonyms: []string{"segmind-stable-diffusion-1b", "segmind/SSD-1B", "ssd1b"}, words: []string{"ssd 1b", "ssd1b"},
	},
	{
		id: "vega", name: "Segmind Vega", line: "sdxl", rare: true, namings: xlNamings(1, 2, 0, 2, 1),
		synonyms: []string{"segmind/Segmind-Vega", "segmind-vega"}, words: []string{"segmind vega"},
	},
	{
		id: "koala", name: "KOALA", line: "sdxl", rare: true, namings: xlNamings(2, 6, 6, 6, 2),
		synonyms: []string{"koala-700m", "koala-1b", "etri-vilab/koala-700m", "koala-lightning"}, words: []string{"koala 700m", "koala 1b"},
	},
	{
		id: "stable-cascade", name: "Stable Cascade", line: "stable-cascade",
		namings: []naming{{"kohya diffusers comfy", `
				{down_blocks,up_blocks}.[2].[72].attention.attn.{to_q,to_k,to_v,out_proj} 2048>2048
				{down_blocks,up_blocks}.[2].[72].attention.attn.{to_q,to_k,to_v,out_proj} 1536>1536
				{down_blocks,up_blocks}.[2].[72].kv_mapper.1 2048>2048
				{down_blocks,up_blocks}.[2].[72].kv_mapper.1 1536>1536
				{down_blocks,up_blocks}.[2].[72].channelwise.0 2048>8192
				{down_blocks,up_blocks}.[2].[72].channelwise.4 8192>2048
				{down_blocks,up_blocks}.[2].[72].channelwise.0 1536>6144
				{down_blocks,up_blocks}.[2].[72].channelwise.4 6144>1536
				{down_blocks,up_blocks}.[2].[72].{mapper,mapper_sca,mapper_crp} 64>4096
				clip_txt_mapper 1280>2048
				` + clip("te1", 32, 1280)}},
		soleTE: true, prior: true,
		synonyms: []string{"Stable Cascade", "stable-cascade-v1", "stable-cascade-v1-stage-c", "stable-cascade-v1-stage-b", "stabilityai/stable-cascade"},
		words:    []string{"stable cascade"},
	},
}
