package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// These keys are written down from files that trainers make, not derived from
// the base table, so they catch mistakes the generated cases would share with it.
// A module line is "path in>out"; the style says how its tensors are spelled.
var realFiles = []struct {
	say     string
	base    string // the right answer, or unknown
	atLeast float64
	atMost  float64 // 0 for no ceiling
	dialect string
	kind    string
	style   string
	modules string
}{
	{"SD 1.5 from kohya with text encoder", "sd1", 0.9, 0, "kohya", "lora", "kohya", `
		lora_te_text_model_encoder_layers_0_mlp_fc1 768>3072
		lora_te_text_model_encoder_layers_11_self_attn_q_proj 768>768
		lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k 768>320
		lora_unet_mid_block_attentions_0_transformer_blocks_0_ff_net_0_proj 1280>10240
		lora_unet_up_blocks_3_attentions_2_transformer_blocks_0_ff_net_2 1280>320
		lora_unet_up_blocks_3_attentions_2_proj_out 320>320`},
	{"SD 2.1 from kohya", "sd2", 0.9, 0, "kohya", "lora", "kohya", `
		lora_te_text_model_encoder_layers_22_self_attn_v_proj 1024>1024
		lora_unet_down_blocks_1_attentions_1_transformer_blocks_0_attn2_to_v 1024>640
		lora_unet_up_blocks_2_attentions_0_transformer_blocks_0_attn1_to_q 640>640`},
	{"SD 2 attention without text encoder is that of SVD too", "sd2", 0.8, 0.89, "diffusers", "lora", "peft", `
		unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k 1024>320
		unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q 640>640
		unet.up_blocks.3.attentions.0.transformer_blocks.0.attn2.to_v 1024>320`},
	{"SVD by its temporal blocks", "svd", 0.9, 0, "diffusers", "lora", "peft", `
		unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k 1024>320
		unet.down_blocks.1.attentions.0.temporal_transformer_blocks.0.attn1.to_q 640>640
		unet.up_blocks.3.attentions.0.temporal_transformer_blocks.0.attn2.to_v 1024>320`},
	{"SDXL from kohya in LDM names", "sdxl", 0.9, 0, "kohya", "lora", "kohya", `
		lora_te1_text_model_encoder_layers_0_self_attn_k_proj 768>768
		lora_te2_text_model_encoder_layers_31_self_attn_out_proj 1280>1280
		lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k 2048>640
		lora_unet_middle_block_1_transformer_blocks_9_ff_net_0_proj 1280>10240
		lora_unet_output_blocks_5_1_transformer_blocks_1_ff_net_2 2560>640`},
	{"SDXL from diffusers with one attention", "sdxl", 0.85, 0.9, "diffusers", "lora", "lora.down", `
		unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k 2048>640`},
	{"an SDXL slider with self-attention only", "sdxl", 0.85, 0, "diffusers", "lora", "processor", `
		unet.down_blocks.2.attentions.0.transformer_blocks.3.attn1 1280>1280
		unet.up_blocks.0.attentions.1.transformer_blocks.7.attn1 1280>1280
		unet.mid_block.attentions.0.transformer_blocks.9.attn1 1280>1280`},
	{"self-attention of width 640 fits several models", "sdxl", 0, 0.89, "kohya", "lora", "kohya", `
		lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn1_to_q 640>640`},
	{"SDXL LoCon with time embedding", "sdxl", 0.85, 0, "kohya", "locon", "kohya", `
		lora_unet_input_blocks_4_0_emb_layers_1 1280>640
		lora_unet_input_blocks_1_0_in_layers_2 320>320 k3
		lora_unet_input_blocks_7_1_transformer_blocks_5_attn2_to_v 2048>1280`},
	{"FLUX.1 from kohya", "flux1", 0.9, 0, "kohya", "lora", "kohya", `
		lora_te1_text_model_encoder_layers_3_mlp_fc2 3072>768
		lora_unet_double_blocks_0_img_attn_qkv 3072>9216
		lora_unet_double_blocks_18_txt_mod_lin 3072>18432
		lora_unet_double_blocks_7_img_mlp_0 3072>12288
		lora_unet_single_blocks_37_linear1 3072>21504
		lora_unet_single_blocks_9_modulation_lin 3072>9216`},
	{"FLUX.1 from ai-toolkit", "flux1", 0.85, 0, "diffusers", "lora", "peft", `
		transformer.single_transformer_blocks.37.proj_out 15360>3072
		transformer.single_transformer_blocks.3.attn.to_q 3072>3072
		transformer.transformer_blocks.18.ff_context.net.0.proj 3072>12288
		transformer.transformer_blocks.0.norm1.linear 3072>18432`},
	{"FLUX.1 from OneTrainer with T5 as te2", "flux1", 0.9, 0, "onetrainer", "lora", "kohya", `
		lora_te2_encoder_block_23_layer_0_SelfAttention_q 4096>4096
		lora_te1_text_model_encoder_layers_3_mlp_fc2 3072>768
		lora_transformer_single_transformer_blocks_0_attn_to_k 3072>3072
		lora_transformer_single_transformer_blocks_30_norm_linear 3072>9216`},
	{"FLUX.1 from XLabs", "flux1", 0.9, 0, "xlabs", "lora", "xlabs", `
		double_blocks.0.processor.qkv_lora1 3072>9216
		double_blocks.0.processor.proj_lora2 3072>3072
		double_blocks.18.processor.qkv_lora2 3072>9216`},
	{"FLUX attention that Chroma has too", "flux1", 0.5, 0.89, "comfy", "lora", "peft", `
		diffusion_model.double_blocks.3.img_attn.qkv 3072>9216
		diffusion_model.double_blocks.15.img_attn.proj 3072>3072`},
	{"Chroma by its guidance layer", "chroma", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.double_blocks.3.img_attn.qkv 3072>9216
		diffusion_model.single_blocks.15.linear2 15360>3072
		diffusion_model.distilled_guidance_layer.in_proj 64>5120`},
	{"FLUX.2 Klein 4B has the width of FLUX.1", "flux2-klein-4b", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.double_blocks.0.img_attn.qkv 3072>9216
		diffusion_model.double_blocks.4.img_mlp.0 3072>18432
		diffusion_model.single_blocks.19.linear1 3072>27648`},
	{"FLUX.2 Klein 9B", "flux2-klein-9b", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.double_blocks.0.img_attn.qkv 4096>12288
		diffusion_model.single_blocks.23.linear2 16384>4096`},
	{"FLUX.2 dev from diffusers", "flux2-dev", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.single_transformer_blocks.47.attn.to_qkv_mlp_proj 6144>55296
		transformer.transformer_blocks.2.ff.linear_in 6144>36864
		transformer.transformer_blocks.2.attn.add_k_proj 6144>6144`},
	{"SD 3.5 Large from diffusers", "sd3-large", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.transformer_blocks.0.attn.to_k 2432>2432
		transformer.transformer_blocks.37.attn.add_q_proj 2432>2432`},
	{"SD 3.5 Medium from kohya", "sd3.5-medium", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_joint_blocks_0_context_block_attn_qkv 1536>4608
		lora_unet_joint_blocks_5_x_block_attn2_qkv 1536>4608`},
	{"Qwen-Image from a PEFT trainer without prefix", "qwen-image", 0.9, 0, "peft", "lora", "peft default", `
		transformer_blocks.0.attn.add_k_proj 3072>3072
		transformer_blocks.59.attn.to_q 3072>3072
		transformer_blocks.3.img_mlp.net.2 12288>3072
		transformer_blocks.3.img_mod.1 3072>18432`},
	{"Qwen-Image attention in few blocks fits FLUX too", "flux1", 0, 0.89, "kohya", "lora", "kohya", `
		lora_unet_transformer_blocks_3_attn_add_k_proj 3072>3072
		lora_unet_transformer_blocks_4_attn_to_q 3072>3072`},
	{"Wan 14B with differences of norms", "wan-14b", 0.9, 0, "comfy", "mixed", "kohya", `
		diffusion_model.blocks.0.cross_attn.k 5120>5120
		diffusion_model.blocks.39.ffn.0 5120>13824
		diffusion_model.blocks.0.norm3 0>5120 diff
		diffusion_model.blocks.0.self_attn.norm_q 0>5120 diff`},
	{"Wan 1.3B with cross_attn, which Anima has too", "wan-1.3b", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_blocks_0_cross_attn_k 1536>1536
		lora_unet_blocks_29_ffn_2 8960>1536`},
	{"Wan 5B", "wan-5b", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.blocks.0.attn1.to_q 3072>3072
		transformer.blocks.29.ffn.net.0.proj 3072>14336`},
	{"HunyuanVideo from diffusion-pipe", "hunyuan-video", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.single_blocks.9.modulation.linear 3072>9216
		transformer.double_blocks.9.txt_mod.linear 3072>18432
		transformer.double_blocks.19.img_attn_qkv 3072>9216`},
	{"HunyuanVideo from musubi-tuner", "hunyuan-video", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_double_blocks_0_img_mlp_fc1 3072>12288
		lora_unet_double_blocks_0_img_attn_qkv 3072>9216`},
	{"HunyuanImage 2.1", "hunyuan-image-2.1", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_double_blocks_0_img_attn_qkv 3584>10752
		lora_unet_single_blocks_39_linear2 17920>3584`},
	{"Z-Image from ai-toolkit", "z-image", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.layers.0.attention.to_q 3840>3840
		diffusion_model.layers.29.feed_forward.w2 10240>3840
		diffusion_model.context_refiner.1.attention.to_out.0 3840>3840`},
	{"Z-Image from musubi-tuner with two underscores", "z-image", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet__layers_0_attention_qkv 3840>11520
		lora_unet__noise_refiner_1_attention_out 3840>3840
		lora_unet__layers_12_adaLN_modulation_0 256>15360`},
	{"Lumina 2 shares its tree with Z-Image", "lumina2", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_layers_0_attention_qkv 2304>3840
		lora_te_layers_3_self_attn_q_proj 2304>2048
		lora_unet_layers_25_feed_forward_w2 9216>2304`},
	{"Anima by its language adapter", "anima", 0.9, 0, "kohya", "lora", "kohya", `
		lora_unet_blocks_0_self_attn_q_proj 2048>2048
		lora_unet_blocks_27_mlp_layer1 2048>8192
		lora_unet_llm_adapter_blocks_5_cross_attn_k_proj 1024>1024`},
	{"PixArt from the old script", "pixart", 0.9, 0, "peft", "lora", "peft", `
		unet.base_model.model.transformer_blocks.0.attn1.to_q 1152>1152
		unet.base_model.model.transformer_blocks.27.ff.net.2 4608>1152
		unet.base_model.model.transformer_blocks.27.attn2.to_v 1152>1152`},
	{"LTX-Video looks like PixArt but is wider", "ltx-video", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.transformer_blocks.0.attn1.to_q 2048>2048
		diffusion_model.transformer_blocks.27.attn2.to_k 2048>2048
		diffusion_model.transformer_blocks.27.ff.net.0.proj 2048>8192`},
	{"LTX-2 by its audio attention", "ltx-2", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.transformer_blocks.0.attn1.to_q 4096>4096
		diffusion_model.transformer_blocks.47.audio_to_video_attn.to_k 2048>2048
		diffusion_model.transformer_blocks.47.audio_attn1.to_q 2048>2048`},
	{"HiDream I1", "hidream-i1", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.double_stream_blocks.0.block.ff_i.shared_experts.w1 2560>3584
		diffusion_model.single_stream_blocks.31.block.attn1.to_q 2560>2560
		diffusion_model.double_stream_blocks.15.block.attn1.to_q_t 2560>2560`},
	{"Kandinsky 5 Pro", "kandinsky5-video-pro", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.visual_transformer_blocks.59.self_attention.to_query 4096>4096
		transformer.text_transformer_blocks.0.feed_forward.in_layer 4096>16384
		transformer.visual_transformer_blocks.1.cross_attention.out_layer 4096>4096`},
	{"HunyuanDiT", "hunyuan-dit", 0.9, 0, "peft", "lora", "peft", `
		base_model.model.blocks.0.attn1.Wqkv 1408>4224
		base_model.model.blocks.39.attn2.kv_proj 1024>2816
		base_model.model.blocks.20.attn2.q_proj 1408>1408`},
	{"Stable Cascade", "stable-cascade", 0.9, 0, "kohya", "lora", "kohya", `
		lora_prior_unet_down_blocks_0_2_attention_attn_to_q 2048>2048
		lora_prior_unet_up_blocks_1_35_kv_mapper_1 2048>2048
		lora_prior_te_text_model_encoder_layers_31_mlp_fc1 1280>5120`},
	{"Mochi", "mochi", 0.9, 0, "diffusers", "lora", "peft", `
		transformer.transformer_blocks.0.attn1.to_q 3072>3072
		transformer.transformer_blocks.46.attn1.add_k_proj 1536>3072
		transformer.transformer_blocks.46.attn1.to_v 3072>3072`},
	{"Cosmos 1", "cosmos1-7b", 0.9, 0, "comfy", "lora", "peft", `
		net.blocks.block0.blocks.0.block.attn.to_q.0 4096>4096
		net.blocks.block27.blocks.2.block.layer1 4096>16384
		net.blocks.block3.blocks.1.block.attn.to_k.0 1024>4096`},
	{"AuraFlow", "auraflow", 0.9, 0, "comfy", "lora", "peft", `
		diffusion_model.double_layers.3.attn.w2q 3072>3072
		diffusion_model.single_layers.31.attn.w1o 3072>3072
		diffusion_model.single_layers.31.modCX.1 3072>18432`},
	{"CLIP-L alone stands in several families", "unknown", 0, 0.29, "kohya", "lora", "kohya", `
		lora_te1_text_model_encoder_layers_3_self_attn_q_proj 768>768
		lora_te1_text_model_encoder_layers_4_self_attn_q_proj 768>768`},
	{"a language model is no base of ours", "unknown", 0, 0.29, "peft", "lora", "peft", `
		base_model.model.model.layers.0.self_attn.q_proj 4096>4096
		base_model.model.model.layers.1.self_attn.v_proj 4096>1024`},
	{"the known names in an unknown width", "unknown", 0, 0.29, "comfy", "lora", "peft", `
		diffusion_model.transformer_blocks.0.attn1.to_q 1664>1664
		diffusion_model.transformer_blocks.1.attn2.to_q 1664>1664`},
	{"AnimateDiff motion modules", "unknown", 0, 0.29, "unknown", "lora", "processor", `
		down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0 320>320`},
}

// spell turns module lines into tensors.
func spell(t *testing.T, style, modules string) []lora.Tensor {
	t.Helper()
	var out []lora.Tensor
	end := int64(0)
	add := func(name string, shape ...int64) {
		n := int64(2)
		for _, d := range shape {
			n *= d
		}
		out = append(out, lora.Tensor{Name: name, DType: "BF16", Shape: shape, Begin: end, End: end + n})
		end += n
	}
	for line := range strings.Lines(modules) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		var in, outw int64
		if _, err := fmt.Sscanf(f[1], "%d>%d", &in, &outw); err != nil {
			t.Fatal(line)
		}
		conv := len(f) > 2 && f[2] == "k3"
		switch {
		case len(f) > 2 && f[2] == "diff":
			add(f[0]+".diff", outw)
		case conv:
			add(f[0]+".lora_down.weight", 16, in, 3, 3)
			add(f[0]+".lora_up.weight", outw, 16, 1, 1)
			add(f[0] + ".alpha")
		case style == "kohya":
			add(f[0]+".lora_down.weight", 16, in)
			add(f[0]+".lora_up.weight", outw, 16)
			add(f[0] + ".alpha")
		case style == "peft":
			add(f[0]+".lora_A.weight", 16, in)
			add(f[0]+".lora_B.weight", outw, 16)
		case style == "peft default":
			add(f[0]+".lora_A.default.weight", 16, in)
			add(f[0]+".lora_B.default.weight", outw, 16)
		case style == "lora.down":
			add(f[0]+".lora.down.weight", 16, in)
			add(f[0]+".lora.up.weight", outw, 16)
		case style == "processor":
			for _, proj := range []string{"to_q", "to_k", "to_out"} {
				add(f[0]+".processor."+proj+"_lora.down.weight", 16, in)
				add(f[0]+".processor."+proj+"_lora.up.weight", outw, 16)
			}
		case style == "xlabs":
			add(f[0]+".down.weight", 16, in)
			add(f[0]+".up.weight", outw, 16)
		}
	}
	return out
}

func TestPromise1_KeysOfRealFiles(t *testing.T) {
	t.Parallel()
	for _, c := range realFiles {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			r := inspect.Inspect(header(spell(t, c.style, c.modules)), inspect.Options{})
			if r.Base.ID != c.base || r.Base.Confidence < c.atLeast || c.atMost > 0 && r.Base.Confidence > c.atMost {
				t.Errorf("base = %s at %.2f, want %s at %.2f..%.2f; evidence %v", r.Base.ID, r.Base.Confidence, c.base, c.atLeast, c.atMost, r.Base.Evidence)
			}
			if r.KeyDialect != c.dialect || r.Kind != c.kind {
				t.Errorf("dialect %s kind %s, want %s %s", r.KeyDialect, r.Kind, c.dialect, c.kind)
			}
			if c.base != lora.UnknownBase && len(r.Base.Evidence) == 0 {
				t.Error("an answer without evidence")
			}
		})
	}
}
