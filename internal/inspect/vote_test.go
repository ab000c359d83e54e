package inspect_test

import (
	"slices"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

const (
	sdxlAttention = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k 2048>640\nlora_unet_input_blocks_7_1_transformer_blocks_9_attn2_to_k 2048>1280\nlora_unet_output_blocks_5_1_transformer_blocks_1_ff_net_2 2560>640"
	fluxAttention = "lora_unet_double_blocks_3_img_attn_qkv 3072>9216\nlora_unet_double_blocks_15_img_attn_proj 3072>3072\nlora_unet_single_blocks_30_linear1 3072>21504"
	wan14         = "diffusion_model.blocks.0.self_attn.q 5120>5120\ndiffusion_model.blocks.39.ffn.0 5120>13824\ndiffusion_model.blocks.3.self_attn.o 5120>5120"
	strange       = "lora_unet_strange_0_thing 640>640\nlora_unet_strange_1_thing 640>640"
)

func TestPromise3_ShapesOutrankTextsAndTextsDecideWhatShapesCannot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		say, modules  string
		metadata      map[string]string
		o             inspect.Options
		base, variant string
		least, most   float64
		finding       string // a code that must be there, or ""
	}{
		{"shapes beat a bogus architecture", sdxlAttention, map[string]string{"modelspec.architecture": "stable-diffusion-v1/lora"}, inspect.Options{}, "sdxl", "", 0.85, 1, "bogus_architecture"},
		{"shapes beat the trainer's own note", sdxlAttention, map[string]string{"ss_base_model_version": "sd_v1"}, inspect.Options{}, "sdxl", "", 0.85, 1, "base_mismatch"},
		{"ss_base_model_version beats modelspec", fluxAttention, map[string]string{"ss_base_model_version": "chroma", "modelspec.architecture": "flux-1-dev/lora"}, inspect.Options{}, "chroma", "", 0.9, 1, "bogus_architecture"},
		{"modelspec decides between FLUX.1 and Chroma below 0.9", fluxAttention, map[string]string{"modelspec.architecture": "chroma/lora"}, inspect.Options{}, "chroma", "", 0.8, 0.89, ""},
		{"agreement raises the confidence", wan14, map[string]string{"ss_base_model_version": "wan2.1"}, inspect.Options{}, "wan-14b", "2.1", 0.95, 1, ""},
		{"a sidecar names the variant", sdxlAttention, nil, inspect.Options{SidecarBase: "Illustrious"}, "sdxl", "illustrious", 0.88, 1, ""},
		{"a sidecar of another family is noted", sdxlAttention, nil, inspect.Options{SidecarBase: "SD 1.5"}, "sdxl", "", 0.85, 1, "sidecar_base_differs"},
		{"the model name names the variant", sdxlAttention, map[string]string{"ss_sd_model_name": "ponyDiffusionV6XL.safetensors"}, inspect.Options{}, "sdxl", "pony", 0.85, 1, ""},
		{"high noise in the file name", wan14, nil, inspect.Options{FileName: "Wan2.2_T2V_HighNoise_style.safetensors"}, "wan-14b", "2.2 t2v high-noise", 0.9, 1, ""},
		{"high quality is not high noise", wan14, nil, inspect.Options{FileName: "wan_high_quality.safetensors"}, "wan-14b", "", 0.9, 1, ""},
		{"I2V is proven by its keys", wan14 + "\ndiffusion_model.blocks.3.cross_attn.k_img 5120>5120", nil, inspect.Options{}, "wan-14b", "i2v", 0.9, 1, ""},
		{"text alone never reaches 0.9", strange, map[string]string{"ss_base_model_version": "sdxl_base_v1-0", "modelspec.architecture": "stable-diffusion-xl-v1-base/lora"}, inspect.Options{FileName: "sdxl.safetensors"}, "sdxl", "", 0.5, 0.89, ""},
		{"a file name alone says little", strange, nil, inspect.Options{FileName: "flux_style.safetensors"}, "flux1", "", 0.3, 0.4, ""},
		{"bare xl and klein in a name say nothing", strange, nil, inspect.Options{FileName: "xl_klein_style.safetensors"}, "unknown", "", 0, 0, "unknown_base"},
		{"empty strings of OneTrainer are ignored", sdxlAttention, map[string]string{"modelspec.architecture": "", "ss_base_model_version": ""}, inspect.Options{}, "sdxl", "", 0.85, 1, ""},
		{"PEFT's config names the base", strange, nil, inspect.Options{AdapterConfig: []byte(`{"base_model_name_or_path":"black-forest-labs/FLUX.1-dev","r":16,"lora_alpha":32}`)}, "flux1", "dev", 0.3, 0.89, ""},
	} {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			style := "kohya"
			h := header(spell(t, style, c.modules))
			for k, v := range c.metadata {
				h.Metadata[k] = v
			}
			r := inspect.Inspect(h, c.o)
			if r.Base.ID != c.base || r.Base.Variant != c.variant || r.Base.Confidence < c.least || r.Base.Confidence > c.most {
				t.Errorf("%s %q at %.2f, want %s %q at %.2f..%.2f; %v", r.Base.ID, r.Base.Variant, r.Base.Confidence, c.base, c.variant, c.least, c.most, r.Base.Evidence)
			}
			if c.finding != "" && !slices.Contains(codes(r.Findings), c.finding) {
				t.Errorf("findings %v, want %s", codes(r.Findings), c.finding)
			}
		})
	}
}

func TestFindBaseKnowsTheNamesOfOtherTools(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][2]string{
		"SDXL 1.0": {"sdxl", ""}, "Pony": {"sdxl", "pony"}, "Illustrious": {"sdxl", "illustrious"}, "NoobAI": {"sdxl", "noobai"}, "Kolors": {"sdxl", "kolors"},
		"SD 1.5": {"sd1", ""}, "SD 2.1 768": {"sd2", "768-v"}, "Flux.1 D": {"flux1", "dev"}, "Flux.1 S": {"flux1", "schnell"},
		"Wan Video 14B t2v": {"wan-14b", "2.1 t2v"}, "Wan Video 2.2 TI2V-5B": {"wan-5b", "2.2 ti2v"}, "sdxl_base_v1-0": {"sdxl", ""}, "sd_v2_v": {"sd2", "768-v"},
		"flux-1-schnell/lora": {"flux1", "schnell"}, "stable-diffusion-3-3-5-large/lora": {"sd3-large", ""}, "anima-preview/lora": {"anima", ""},
		"networks.lora_minimax_h3": {"minimax-h3", ""}, "lumina-2/lora": {"lumina2", ""}, "hunyuan-image-2.1": {"hunyuan-image-2.1", ""}, "zimage": {"z-image", ""},
		"Qwen": {"qwen-image", ""}, "hyvid": {"hunyuan-video", ""}, "stable-diffusion-v2-512": {"sd2", "512"}, "Chroma": {"chroma", ""}, "HiDream": {"hidream-i1", ""},
	} {
		id, variant, ok := inspect.FindBase(name)
		if !ok || id != want[0] || variant != want[1] {
			t.Errorf("%s: %s %q %v, want %v", name, id, variant, ok, want)
		}
	}
	for _, name := range []string{"", "Other", "xl turbo klein", "upscaler"} {
		if id, _, ok := inspect.FindBase(name); ok || id != lora.UnknownBase {
			t.Errorf("%q is taken for %s", name, id)
		}
	}
	for _, b := range inspect.Bases() {
		if id, _, ok := inspect.FindBase(b.ID); !ok || id != b.ID || b.Name == "" || b.Family == "" {
			t.Errorf("%+v does not find itself", b)
		}
	}
}

// lookAlikes have every module of a more common base, so no shape can tell them apart.
var lookAlikes = map[string]string{
	"ssd-1b": "sdxl", "vega": "sdxl", "koala": "sdxl", "longcat-image": "flux1", "flux1": "hunyuan-video",
	"sd3-medium": "sd3.5-medium", "sd2": "svd", "anima": "cosmos-predict2-2b", "cosmos-predict2-2b": "anima",
}

func TestPromise1_AModelTheTableDoesNotKnowIsNotCalledAnotherWithCertainty(t *testing.T) {
	t.Parallel()
	for _, b := range inspect.Bases() {
		look := inspect.Without(b.ID)
		for _, d := range b.Dialects {
			ts, err := inspect.Example{Base: b.ID, Dialect: d, Kind: "lora", Rank: 4}.Tensors()
			if err != nil {
				t.Fatal(err)
			}
			got := look(header(ts), inspect.Options{}).Base
			if got.Confidence >= 0.9 && lookAlikes[b.ID] != got.ID {
				t.Errorf("without its row, %s in %s is called %s at %.2f", b.ID, d, got.ID, got.Confidence)
			}
		}
	}
}

func TestAFileThatFillsASmallerLookAlikeIsNotAPieceOfTheLargerModel(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"ssd-1b", "vega", "koala", "longcat-image"} {
		e := inspect.Example{Base: id, Dialect: "diffusers", Kind: "lora", Rank: 4}
		ts, err := e.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		if got := inspect.Inspect(header(ts), inspect.Options{}).Base; got.ID != id || got.Confidence >= 0.9 {
			t.Errorf("all of %s: %s at %.2f", id, got.ID, got.Confidence)
		}
		e.Keep = func(_ string, index []int) bool { return index[0] == 1 }
		if ts, err = e.Tensors(); err != nil {
			t.Fatal(err)
		}
		if got := inspect.Inspect(header(ts), inspect.Options{}).Base; got.ID == id || got.Confidence >= 0.9 {
			t.Errorf("a piece of %s: %s at %.2f", id, got.ID, got.Confidence)
		}
	}
}

func TestEvidenceNamesWhatOtherModelsLack(t *testing.T) {
	t.Parallel()
	for modules, want := range map[string]string{
		"lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k 2048>640":                               "attn2.to_k in=2048 => SDXL",
		"lora_unet_down_blocks_2_attentions_0_transformer_blocks_9_attn1_to_q 1280>1280":                    "attn1.to_q in=1280 in transformer_blocks.9 => SDXL",
		"lora_unet_double_blocks_15_img_attn_proj 3072>3072\nlora_unet_single_blocks_30_linear1 3072>21504": "single_blocks.linear1 in=3072 out=21504 in single_blocks.30 => FLUX.1",
	} {
		r := inspect.Inspect(header(spell(t, "kohya", modules)), inspect.Options{})
		var texts []string
		for _, e := range r.Base.Evidence {
			texts = append(texts, e.Text)
		}
		if !slices.Contains(texts, want) {
			t.Errorf("%q: %q, want %q", modules, texts, want)
		}
	}
}
