package inspect_test

import (
	"fmt"
	"strings"
	"testing"

	"loramanager/internal/inspect"
)

func benchmarkHeader(b *testing.B, e inspect.Example, tags int) {
	b.Helper()
	ts, err := e.Tensors()
	if err != nil {
		b.Fatal(err)
	}
	h := header(ts)
	h.Metadata["ss_base_model_version"] = "sdxl_base_v1-0"
	h.Metadata["modelspec.architecture"] = "stable-diffusion-xl-v1-base/lora"
	if tags > 0 {
		var s strings.Builder
		s.WriteString(`{"10_ohwx woman": {`)
		for i := range tags {
			if i > 0 {
				s.WriteString(", ")
			}
			fmt.Fprintf(&s, `"some tag %d": %d`, i, i%97)
		}
		s.WriteString(`}}`)
		h.Metadata["ss_tag_frequency"] = s.String()
	}
	b.ReportAllocs()
	b.ReportMetric(float64(len(ts)), "tensors")
	for b.Loop() {
		inspect.Inspect(h, inspect.Options{FileName: "my_lora_v1.safetensors"})
	}
}

func BenchmarkInspectSDXLKohya(b *testing.B) {
	benchmarkHeader(b, inspect.Example{Base: "sdxl", Dialect: "kohya", Kind: "lora", Rank: 8}, 0)
}

func BenchmarkInspectSDXLKohyaWithTags(b *testing.B) {
	benchmarkHeader(b, inspect.Example{Base: "sdxl", Dialect: "kohya", Kind: "lora", Rank: 8}, 1000)
}

func BenchmarkInspectFluxDiffusers(b *testing.B) {
	benchmarkHeader(b, inspect.Example{Base: "flux1", Dialect: "diffusers", Kind: "lora", Rank: 8}, 0)
}

func BenchmarkInspectWanComfy(b *testing.B) {
	benchmarkHeader(b, inspect.Example{Base: "wan-14b", Dialect: "comfy", Kind: "lora", Rank: 8}, 0)
}

// TestPromise6_MemoryDoesNotGrowWithTheTensors counts allocations instead of time, which a busy machine would blur.
func TestPromise6_MemoryDoesNotGrowWithTheTensors(t *testing.T) {
	ts, err := inspect.Example{Base: "sdxl", Dialect: "kohya", Kind: "lora", Rank: 8}.Tensors()
	if err != nil {
		t.Fatal(err)
	}
	h := header(ts)
	// The race detector makes pools forget, so the bound is generous.
	if n := testing.AllocsPerRun(20, func() { inspect.Inspect(h, inspect.Options{}) }); n > 500 || n > float64(len(ts))/2 {
		t.Errorf("%.0f allocations for %d tensors", n, len(ts))
	}
}

func BenchmarkInspectOneModule(b *testing.B) {
	benchmarkHeader(b, inspect.Example{
		Base: "flux1", Dialect: "diffusers", Kind: "lora", Rank: 8,
		Keep: func(path string, index []int) bool { return index[0] == 0 && strings.HasSuffix(path, "proj_mlp") },
	}, 0)
}
