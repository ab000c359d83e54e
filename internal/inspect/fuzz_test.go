package inspect_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// junkWords are parts of real keys, so that random names come close to real ones.
var junkWords = strings.Fields(`lora_unet_ lora_te1_ diffusion_model transformer base_model.model unet double single blocks down_blocks up mid_block attn attn1 attn2
	to_q to_k qkv proj img txt mlp ff net 0 1 2 19 4096 self_attn cross_attn q k v lora_down lora_up lora_A lora_B weight alpha default hada_w1_a hada_w2_b lokr_w1 lokr_w2
	diff dora_scale on_input oft_blocks text_model encoder layers processor . . . . _ _ [9] block3 N`)

func TestPromise5_JunkNeverPanicsAndIsNeverACertainty(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 9)) //nolint:gosec // repeatable
	dims := []int64{0, 1, 8, 640, 768, 1280, 2048, 3072, 5120, 1 << 40, -1}
	for range 3000 {
		var ts []lora.Tensor
		for range r.IntN(30) {
			var name strings.Builder
			for range r.IntN(9) {
				name.WriteString(junkWords[r.IntN(len(junkWords))])
			}
			var shape []int64
			for range r.IntN(6) {
				shape = append(shape, dims[r.IntN(len(dims))])
			}
			ts = append(ts, lora.Tensor{Name: name.String(), DType: "F16", Shape: shape})
		}
		if rep := inspect.Inspect(header(ts), inspect.Options{}); rep.Base.Confidence >= 0.9 {
			t.Errorf("junk is called %s at %.2f: %v", rep.Base.ID, rep.Base.Confidence, ts)
		}
	}
}

func FuzzInspect(f *testing.F) {
	f.Add("lora_unet_down_blocks_1_attentions_0_attn2_to_k.lora_down.weight\nlora_unet_x.alpha", "ss_tag_frequency", `{"10_a b":{"c":1}}`, int64(8), int64(2048))
	f.Add("transformer.single_transformer_blocks.0.proj_out.lora_A.default.weight", "modelspec.thumbnail", "data:image/png;base64,AAAA", int64(4), int64(15360))
	f.Add("x.hada_w1_a\nx.hada_t1\nx.dora_scale\nbundle_emb.a.b", "software", `{"name":"ai-toolkit"}`, int64(-1), int64(1)<<62)
	f.Add("a.lokr_w1\na.lokr_w2_b\n<s1>\nlora_controlnet", "ss_datasets", `[{"subsets":[{"class_tokens":"x"}]}]`, int64(0), int64(16))
	f.Fuzz(func(t *testing.T, names, key, value string, a, b int64) {
		h := &lora.Header{Metadata: map[string]string{key: value}, HeaderBytes: a, FileBytes: b}
		for i, name := range strings.Split(names, "\n") {
			shape := []int64{a, b}
			if i%2 == 1 {
				shape = []int64{b, a, 1, 1}[:1+i%4]
			}
			h.Tensors = append(h.Tensors, lora.Tensor{Name: name, DType: "F16", Shape: shape})
		}
		r := inspect.Inspect(h, inspect.Options{FileName: value, SidecarBase: key, AdapterConfig: []byte(value)})
		if r.Base.Confidence < 0 || r.Base.Confidence > 1 {
			t.Errorf("confidence %v", r.Base.Confidence)
		}
		if r.Base.ID != lora.UnknownBase && len(r.Base.Evidence) == 0 {
			t.Error("an answer without evidence")
		}
		inspect.Thumbnail(h)
	})
}
