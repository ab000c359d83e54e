package inspect_test

import (
	"slices"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// tensors reads "name 1,2" lines.
func tensors(t *testing.T, lines string) []lora.Tensor {
	t.Helper()
	var out []lora.Tensor
	end := int64(0)
	for line := range strings.Lines(lines) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		shape := []int64{}
		n := int64(2)
		if len(f) > 1 {
			for s := range strings.SplitSeq(f[1], ",") {
				var d int64
				for _, c := range s {
					d = d*10 + int64(c-'0')
				}
				shape = append(shape, d)
				n *= d
			}
		}
		out = append(out, lora.Tensor{Name: f[0], DType: "F16", Shape: shape, Begin: end, End: end + n})
		end += n
	}
	return out
}

func codes(findings []lora.Finding) []string {
	out := []string{}
	for _, f := range findings {
		out = append(out, f.Code)
	}
	return out
}

const goodFlux = `
		lora_unet_double_blocks_0_img_mlp_0.lora_down.weight 8,3072
		lora_unet_double_blocks_0_img_mlp_0.lora_up.weight 12288,8
		lora_unet_double_blocks_0_img_mlp_0.alpha
		lora_unet_double_blocks_9_img_mlp_0.lora_down.weight 8,3072
		lora_unet_double_blocks_9_img_mlp_0.lora_up.weight 12288,8
		lora_unet_double_blocks_18_txt_mod_lin.lora_down.weight 8,3072
		lora_unet_double_blocks_18_txt_mod_lin.lora_up.weight 18432,8`

// broken files, each good but for one thing.
var broken = []struct {
	say      string
	code     string
	severity lora.Severity
	lines    string
}{
	{"a down without its up", "missing_up", lora.Defect, goodFlux + "\nlora_unet_single_blocks_0_linear1.lora_down.weight 8,3072"},
	{"an up without its down", "missing_down", lora.Defect, goodFlux + "\nlora_unet_single_blocks_0_linear1.lora_up.weight 21504,8"},
	{"down and up of different rank", "rank_mismatch", lora.Defect, goodFlux + "\nlora_unet_single_blocks_0_linear1.lora_down.weight 8,3072\nlora_unet_single_blocks_0_linear1.lora_up.weight 21504,4"},
	{"a LoHa with three matrices", "incomplete_loha", lora.Defect, goodFlux + "\nx.hada_w1_a 8,4\nx.hada_w1_b 4,8\nx.hada_w2_a 8,4"},
	{"a LoKr with one factor", "incomplete_lokr", lora.Defect, goodFlux + "\nx.lokr_w1 8,8\nx.lokr_w2_a 8,4"},
	{"a GLoRA with three matrices", "incomplete_glora", lora.Defect, goodFlux + "\nx.a1.weight 8,4\nx.a2.weight 4,8\nx.b1.weight 8,4"},
	{"an alpha alone", "orphan_tensor", lora.Warning, goodFlux + "\nlora_unet_single_blocks_0_linear1.alpha"},
	{"an alpha with two values", "alpha_not_scalar", lora.Warning, goodFlux + "\nlora_unet_double_blocks_9_img_mlp_0.alpha 2"},
	{"a module the base does not have", "foreign_modules", lora.Warning, goodFlux + "\nlora_unet_strange_0_thing.lora_down.weight 8,3072\nlora_unet_strange_0_thing.lora_up.weight 77,8"},
	{"two ranks", "mixed_ranks", lora.Info, goodFlux + "\nlora_unet_single_blocks_0_linear1.lora_down.weight 4,3072\nlora_unet_single_blocks_0_linear1.lora_up.weight 21504,4"},
	{"two kinds", "mixed_kinds", lora.Info, goodFlux + "\nlora_unet_single_blocks_0_linear1.diff 21504,3072"},
	{"VeRA", "unsupported_kind", lora.Warning, "base_model.model.x.vera_lambda_b 8\nbase_model.model.x.vera_lambda_d 8\nbase_model.vera_A.default 8,8"},
	{"KaSA", "unsupported_kind", lora.Warning, "base_model.model.x.lora_A.weight 8,8\nbase_model.model.x.lora_B.weight 8,8\nbase_model.model.x.lora_diag.default 8"},
	{"a ControlNet-LLLite", "not_a_lora", lora.Defect, "lllite_unet_input_blocks_4_1_transformer_blocks_0_attn1_to_q.conditioning1.0.weight 16,3,4,4"},
	{"a Control-LoRA", "not_a_lora", lora.Defect, "lora_controlnet\ninput_blocks.0.0.weight 320,4\ninput_blocks.1.0.down.weight 8,4\ninput_blocks.1.0.up.weight 4,8"},
	{"a checkpoint", "not_a_lora", lora.Defect, "model.diffusion_model.input_blocks.0.0.weight 320,4,3,3\nmodel.diffusion_model.input_blocks.0.0.bias 320"},
	{"a textual inversion", "not_a_lora", lora.Defect, "emb_params 4,768"},
	{"an SDXL textual inversion", "not_a_lora", lora.Defect, "clip_l 4,768\nclip_g 4,1280"},
	{"a file without tensors", "not_a_lora", lora.Defect, ""},
	{"an embedding along with the adapter", "bundled_embedding", lora.Info, goodFlux + "\nbundle_emb.word.string_to_param.* 4,768"},
	{"tensors of no module", "extra_tensors", lora.Info, goodFlux + "\ndouble_blocks.0.img_attn.norm.key_norm.scale 128"},
}

func TestPromise4_DefectsAreFoundAndExplained(t *testing.T) {
	t.Parallel()
	for _, c := range broken {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			r := inspect.Inspect(header(tensors(t, c.lines)), inspect.Options{})
			i := slices.IndexFunc(r.Findings, func(f lora.Finding) bool { return f.Code == c.code })
			if i < 0 {
				t.Fatalf("findings %v, want %s", codes(r.Findings), c.code)
			}
			f := r.Findings[i]
			if f.Severity != c.severity || !strings.HasSuffix(f.Message, ".") || !strings.HasSuffix(f.Advice, ".") || strings.Contains(f.Message, "%!") {
				t.Errorf("finding %+v", f)
			}
			if c.severity != lora.Defect && slices.ContainsFunc(r.Findings, func(f lora.Finding) bool { return f.Severity == lora.Defect }) {
				t.Errorf("a harmless file has defects: %v", codes(r.Findings))
			}
		})
	}
	t.Run("a good file has none", func(t *testing.T) {
		t.Parallel()
		r := inspect.Inspect(header(tensors(t, goodFlux)), inspect.Options{})
		if len(r.Findings) != 0 {
			t.Errorf("findings %v", codes(r.Findings))
		}
	})
}

func TestKindRankAndDialectOfSpellings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		say, kind string
		rank      int64
		lines     string
	}{
		{"Tucker LoCon", "locon", 8, "lora_unet_x.lora_down.weight 8,320,1,1\nlora_unet_x.lora_mid.weight 8,8,3,3\nlora_unet_x.lora_up.weight 320,8,1,1"},
		{"1x1 convolution is a plain LoRA", "lora", 8, "lora_unet_x.lora_down.weight 8,320,1,1\nlora_unet_x.lora_up.weight 320,8,1,1"},
		{"LoRA with convolutions is a LoCon", "locon", 8, "a.lora_down.weight 8,320\na.lora_up.weight 320,8\nb.lora_down.weight 8,320,3,3\nb.lora_up.weight 320,8,1,1"},
		{"LoHa", "loha", 4, "x.hada_w1_a 320,4\nx.hada_w1_b 4,320\nx.hada_w2_a 320,4\nx.hada_w2_b 4,320"},
		{"Tucker LoHa", "loha", 4, "x.hada_w1_a 4,320\nx.hada_w1_b 4,320\nx.hada_w2_a 4,320\nx.hada_w2_b 4,320\nx.hada_t1 4,4,3,3\nx.hada_t2 4,4,3,3"},
		{"LoKr with a factored right side", "lokr", 6, "x.lokr_w1 16,16\nx.lokr_w2_a 20,6\nx.lokr_w2_b 6,20"},
		{"LoKr with a factored left side", "lokr", 6, "x.lokr_w1_a 16,6\nx.lokr_w1_b 6,16\nx.lokr_w2 20,20"},
		{"Tucker LoKr", "lokr", 6, "x.lokr_w1 4,4\nx.lokr_w2_a 6,80\nx.lokr_w2_b 6,80\nx.lokr_t2 6,6,3,3"},
		{"LoKr with both sides whole has no rank", "lokr", 0, "x.lokr_w1 16,16\nx.lokr_w2 20,20\nx.alpha"},
		{"DoRA takes its rank from within", "dora", 8, "x.lora_A.weight 8,320\nx.lora_B.weight 320,8\nx.lora_magnitude_vector 320"},
		{"DoRA of PEFT with a named adapter", "dora", 8, "x.lora_A.default.weight 8,320\nx.lora_B.default.weight 320,8\nx.lora_magnitude_vector.default 320"},
		{"DoRA over LoKr", "dora", 6, "x.lokr_w1 16,16\nx.lokr_w2_a 20,6\nx.lokr_w2_b 6,20\nx.dora_scale 320,1"},
		{"full difference", "full", 0, "x.diff 320,320\nx.diff_b 320"},
		{"norm", "norm", 0, "x.w_norm 320\nx.b_norm 320"},
		{"IA3", "ia3", 0, "x.weight 1,320\nx.on_input"},
		{"GLoRA", "glora", 4, "x.a1.weight 4,320\nx.a2.weight 320,4\nx.b1.weight 4,320\nx.b2.weight 640,4"},
		{"OFT", "oft", 20, "x.oft_blocks 16,20,20\nx.alpha"},
		{"BOFT", "boft", 20, "x.oft_blocks 2,16,20,20"},
		{"sparse bias", "sparse", 0, "x.bias_indices 2,8\nx.bias_values 8\nx.bias_size 2"},
		{"bare lora_A", "lora", 8, "x.lora_A 8,320\nx.lora_B 320,8"},
		{"lora_linear_layer", "lora", 8, "x.lora_linear_layer.down.weight 8,320\nx.lora_linear_layer.up.weight 320,8"},
	} {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			r := inspect.Inspect(header(tensors(t, c.lines)), inspect.Options{})
			rank := int64(0)
			if r.Rank != nil {
				rank = *r.Rank
			}
			if r.Kind != c.kind || rank != c.rank {
				t.Errorf("kind %s rank %d, want %s %d", r.Kind, rank, c.kind, c.rank)
			}
			if r.Worst() == lora.Defect {
				t.Errorf("a sound file has defects: %v", codes(r.Findings))
			}
		})
	}
}

func TestFormatFindingsTellWhatToDo(t *testing.T) {
	t.Parallel()
	for format, code := range map[string]string{
		inspect.FormatPickle: "unsafe_format", inspect.FormatGGUF: "gguf", inspect.FormatLFSPointer: "lfs_pointer",
		inspect.FormatHTML: "html", inspect.FormatEmpty: "empty", "anything": "unknown_format",
	} {
		if f := inspect.FormatFinding(format); f.Code != code || f.Message == "" || f.Advice == "" || f.Severity == "" {
			t.Errorf("%s: %+v", format, f)
		}
	}
}

func TestPromise2_OneBlockReadsLikeAll(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"sdxl", "flux1", "wan-14b", "z-image", "qwen-image"} {
		e := inspect.Example{Base: id, Dialect: "comfy", Kind: "lora", Rank: 4}
		all, err := e.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		e.Keep = func(_ string, index []int) bool { return len(index) == 0 || index[0] == 4 }
		one, err := e.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		a, b := inspect.Inspect(header(all), inspect.Options{}), inspect.Inspect(header(one), inspect.Options{})
		if a.Base.ID != id || b.Base.ID != id || len(one) >= len(all) {
			t.Errorf("%s: all blocks %s, one block %s", id, a.Base.ID, b.Base.ID)
		}
	}
}

func TestCoverageCountsNetworksAndNamesBlocks(t *testing.T) {
	t.Parallel()
	r := inspect.Inspect(header(tensors(t, `
		lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_down.weight 8,768
		lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight 3072,8
		lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_down.weight 8,1280
		lora_te2_text_model_encoder_layers_0_mlp_fc1.lora_up.weight 5120,8
		lora_unet_down_blocks_10_attentions_0_proj_in.lora_down.weight 8,640
		lora_unet_down_blocks_10_attentions_0_proj_in.lora_up.weight 640,8
		lora_unet_down_blocks_2_attentions_0_proj_in.lora_down.weight 8,640
		lora_unet_down_blocks_2_attentions_0_proj_in.lora_up.weight 640,8
		lora_unet_mid_block_attentions_0_proj_in.lora_down.weight 8,640
		lora_unet_mid_block_attentions_0_proj_in.lora_up.weight 640,8
		text_encoders.qwen.layers.0.x.lora_down.weight 8,640
		text_encoders.qwen.layers.0.x.lora_up.weight 640,8`)), inspect.Options{})
	c := r.Coverage
	if c.Backbone != 3 || c.TextEncoders["te1"] != 1 || c.TextEncoders["te2"] != 1 || c.Other != 1 {
		t.Errorf("coverage %+v", c)
	}
	if want := []string{"down_blocks.2", "down_blocks.10", "mid_block"}; !slices.Equal(c.Blocks, want) {
		t.Errorf("blocks %v, want %v", c.Blocks, want)
	}
}
