package engine_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func sketched(t *testing.T, order engine.Order) []byte {
	t.Helper()
	return run(t, engine.NewTestSketch(0), order).pictures[0].Data
}

func TestPromise5_ASketchFollowsFromItsOrderAlone(t *testing.T) {
	t.Parallel()
	plain := orderOf(nil)
	same := sketched(t, plain)
	if !bytes.Equal(same, sketched(t, orderOf(nil))) {
		t.Error("the same order made another sketch")
	}
	for name, other := range map[string]engine.Order{
		"another prompt":  orderOf(func(p *lora.GenerationParams) { p.Prompt = "a dog" }),
		"another seed":    orderOf(func(p *lora.GenerationParams) { p.Seed++ }),
		"another sampler": orderOf(func(p *lora.GenerationParams) { p.SamplerName = "DDIM" }),
		"a LoRA":          orderOf(nil, applied("a", 1)),
		"another size":    orderOf(func(p *lora.GenerationParams) { p.Height = 72 }),
	} {
		if bytes.Equal(same, sketched(t, other)) {
			t.Errorf("%s made the same sketch", name)
		}
	}
}

func TestASketchHasTheSizeAskedForWhateverItIs(t *testing.T) {
	t.Parallel()
	for _, want := range [][2]int{{1, 1}, {16, 16}, {640, 360}, {8192, 16}, {3000, 2000}} {
		order := orderOf(func(p *lora.GenerationParams) { p.Width, p.Height, p.Steps = want[0], want[1], 1 })
		if got := size(t, sketched(t, order)); got != want {
			t.Errorf("asked for %v, got %v", want, got)
		}
	}
}

func TestASketchMayStartFromAPictureAndKeepWhatTheMaskKeeps(t *testing.T) {
	t.Parallel()
	none, all := 0.0, 1.0
	start := func(strength *float64, mask string) []byte {
		order := orderOf(func(p *lora.GenerationParams) {
			p.InitImage, p.MaskImage, p.DenoisingStrength = "i", mask, strength
			p.Height = 24 // too small for the label
		})
		order.Pictures = map[string][]byte{"i": enginetest.Picture(128, 24, "init"), "m": enginetest.Picture(8, 8, "mask")}
		return sketched(t, order)
	}
	if !bytes.Equal(pixels(t, start(&none, "")), pixels(t, enginetest.Picture(128, 24, "init"))) {
		t.Error("without any strength the picture changed")
	}
	if bytes.Equal(start(&all, ""), start(&none, "")) || bytes.Equal(start(&all, "m"), start(&all, "")) {
		t.Error("strength or mask change nothing")
	}
	refused(t, engine.NewTestSketch(0), orderOf(func(p *lora.GenerationParams) { p.InitImage = "gone" }), lora.EngineRefused)
	broken := orderOf(func(p *lora.GenerationParams) { p.InitImage = "i" })
	broken.Pictures = map[string][]byte{"i": []byte("no picture")}
	refused(t, engine.NewTestSketch(0), broken, lora.EngineRefused)
}

// pixels decodes a picture.
func pixels(t *testing.T, data []byte) []byte {
	t.Helper()
	var all []byte
	err := guard.NewDecoder(guard.Default()).Decode(context.Background(), bytes.NewReader(data), func(p guard.Picture) error {
		b := p.Image.Bounds()
		for y := b.Min.Y; y < b.Max.Y; y++ {
			for x := b.Min.X; x < b.Max.X; x++ {
				r, g, b, _ := p.Image.At(x, y).RGBA()
				all = append(all, byte(r>>8), byte(g>>8), byte(b>>8))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestASketchSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	d, err := engine.NewTestSketch(0).Describe(t.Context())
	if err != nil || !strings.Contains(d.Capabilities.Product, "no AI") {
		t.Errorf("it calls itself %q, %v", d.Capabilities.Product, err)
	}
	news := run(t, engine.NewTestSketch(0), orderOf(nil))
	if text := news.pictures[0].Infotext; !strings.Contains(text, "no AI") || !strings.Contains(text, "Seed: 11") || !strings.Contains(text, "Negative prompt: blurry") {
		t.Errorf("its text is %q", text)
	}
}
