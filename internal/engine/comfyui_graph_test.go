package engine_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

var update = flag.Bool("update", false, "write the expected graphs anew")

// runID is what differs between two runs of the same job.
var runID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// sameGraph compares a graph a fake received with the expected one.
func sameGraph(t *testing.T, name string, graph map[string]any) {
	t.Helper()
	got, err := json.MarshalIndent(graph, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	got = append(runID.ReplaceAll(got, []byte("RUN")), '\n')
	path := filepath.Join("testdata", "comfyui", name+".json")
	if *update {
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("%s: the graph differs from %s:\n%s", name, path, got)
	}
}

func TestComfyUIGraphOfEachKindOfJob(t *testing.T) {
	t.Parallel()
	zero, most, blur := 0.4, 1.0, 4
	for _, c := range []struct {
		name   string
		change func(*lora.GenerationParams)
		size   [2]int
	}{
		{"text", nil, [2]int{128, 64}},
		{"text-with-vae-clip-skip-and-two-pictures", func(p *lora.GenerationParams) { p.VAE, p.ClipSkip, p.BatchSize = "vae", 2, 2 }, [2]int{128, 64}},
		{"image", func(p *lora.GenerationParams) { p.InitImage, p.DenoisingStrength = "i", &zero }, [2]int{128, 64}},
		{"inpaint", func(p *lora.GenerationParams) {
			p.InitImage, p.MaskImage, p.MaskBlur, p.MaskInvert = "i", "m", &blur, true
		}, [2]int{128, 64}},
		{"inpaint-afresh", func(p *lora.GenerationParams) { p.InitImage, p.MaskImage, p.DenoisingStrength = "i", "m", &most }, [2]int{128, 64}},
		{"hires-latent", func(p *lora.GenerationParams) { p.Hires = &lora.Hires{Scale: 1.5, Denoising: 0.5, Steps: 2} }, [2]int{192, 96}},
		{"hires-by-a-model", func(p *lora.GenerationParams) { p.Hires = &lora.Hires{Scale: 2, Upscaler: "4x", Denoising: 0.5} }, [2]int{256, 128}},
		{"control", func(p *lora.GenerationParams) {
			p.Controls = []lora.ControlUnit{{Image: "c", Model: "canny", Preprocessor: "Canny", Weight: 0.7, End: 0.8}}
		}, [2]int{128, 64}},
		{"upscale", func(p *lora.GenerationParams) { p.Upscale = &lora.Upscale{Upscaler: "4x", Scale: 3} }, [2]int{384, 192}},
	} {
		c1 := startComfy(t, enginetest.ComfyUIOptions{}, nil)
		order := orderOf(c.change, applied("style_a.safetensors", 0.8), applied("sub/char_b.safetensors", 1, 0.3))
		order.Pictures = map[string][]byte{"i": enginetest.Picture(64, 64, "i"), "m": enginetest.Picture(64, 64, "m"), "c": enginetest.Picture(64, 64, "c")}
		news := run(t, c1.Driver, order)
		if got := size(t, news.pictures[0].Data); got != c.size {
			t.Errorf("%s: the picture is %v, want %v", c.name, got, c.size)
		}
		sameGraph(t, c.name, c1.Prompts()[0])
	}
}
