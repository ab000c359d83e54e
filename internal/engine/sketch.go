package engine

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"slices"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sketchName is what the sketch engine calls itself, on its pictures too.
const sketchName = "sketch - no AI"

// sketch draws a picture from the words, the seed and the settings of a job, the same
// each time. It shows the whole way from adapters to images where there is no engine.
type sketch struct{ tools }

func newSketch(t tools) *sketch { return &sketch{t} }

// Describe implements Driver.
func (s *sketch) Describe(context.Context) (Description, error) {
	none := fixed([]string{})
	return Description{
		Capabilities: lora.Capabilities{
			Product:    sketchName,
			Modes:      fixed([]string{modeText, modeImage, modeInpaint, modeHires, modeUpscale}),
			Samplers:   known([]string{}, lora.Unknown), // takes any: it only mixes the name into the drawing
			Schedulers: known([]string{}, lora.Unknown),
			Models:     fixed([]string{sketchName}), CurrentModel: fixed(sketchName),
			VAEs: none, Upscalers: known([]string{}, lora.Unknown), ControlModels: none, Preprocessors: none, Workflows: none,
			MaxImages: fixed(0), SizeGranularity: fixed(1),
			LoRAs: known(0, lora.Unknown), LoRAFeatures: fixed([]string{"range", "repeat"}), Dialect: fixed("a1111"),
			Progress: fixed("percent"), ProgressScope: fixed("job"), Previews: fixed(true),
			CancelRunning: fixed("job"), CancelQueued: fixed(false), Resumable: fixed(false), SwitchesModel: fixed(false),
			ResultFormat: fixed("png"), Slots: fixed(2),
		},
		LoRAs: []Handle{{Name: anyHandle}},
		Notes: []string{"Draws without AI, to show the way from adapters to images. LoRAs only change its colours and shapes."},
	}, nil
}

// Run implements Driver.
func (s *sketch) Run(ctx context.Context, order Order, sink lora.EngineSink) error {
	if err := sink(lora.EngineEvent{Type: lora.EventSubmitted}); err != nil {
		return err
	}
	start := time.Now()
	for i := range picturesAsked(order.Params) {
		if err := s.one(ctx, order, i, start, sink); err != nil {
			return err
		}
	}
	return nil
}

// previewsPerPicture is how many previews a picture has at most.
const previewsPerPicture = 8

// one makes the i-th picture.
func (s *sketch) one(ctx context.Context, order Order, i int, start time.Time, sink lora.EngineSink) error {
	p := order.Params
	seed := p.Seed + int64(i)
	scene := newScene(order, seed)
	steps := max(p.Steps, 1)
	every := max(1, steps/previewsPerPicture)
	for step := 1; step <= steps; step++ {
		if err := s.wait(ctx); err != nil {
			return err
		}
		scene.step(step, steps)
		done := float64(i*steps+step) / float64(steps*picturesAsked(p))
		eta := time.Since(start).Seconds() * (1 - done) / done
		if err := sink(lora.EngineEvent{Type: lora.EventProgress, Fraction: &done, Step: step, Steps: steps, ETA: &eta}); err != nil {
			return err
		}
		if step%every != 0 || step == steps {
			continue
		}
		preview, err := guard.EncodePNG(scene.preview())
		if err != nil {
			return failure(lora.EngineFailed, err, "The preview could not be drawn.")
		}
		if err := sink(lora.EngineEvent{Type: lora.EventPreview, Preview: preview}); err != nil {
			return err
		}
	}
	data, err := s.finish(ctx, order, scene, seed)
	if err != nil {
		return err
	}
	return sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: data, Seed: &seed, Infotext: sketchText(order, seed)}})
}

func (s *sketch) wait(ctx context.Context) error {
	if ctx.Err() != nil {
		return ended(ctx, ctx.Err())
	}
	if s.stepTime <= 0 {
		return nil
	}
	timer := time.NewTimer(s.stepTime)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ended(ctx, ctx.Err())
	}
}

// finish lays the drawing over the init image, if there is one, and writes the label.
func (s *sketch) finish(ctx context.Context, order Order, scene *scene, seed int64) ([]byte, error) {
	p := order.Params
	if p.InitImage != "" {
		if err := s.over(ctx, order, scene); err != nil {
			return nil, err
		}
	}
	scene.label(p.Prompt, fmt.Sprintf("seed %d  -  %d steps  -  %d x %d", seed, p.Steps, p.Width, p.Height))
	width, height := sizeAsked(p)
	data, err := guard.EncodePNG(enlarge(scene.canvas, width, height))
	if err != nil {
		return nil, failure(lora.EngineFailed, err, "The picture could not be drawn.")
	}
	return data, nil
}

// usualDenoising is how much of an init image is drawn over when nothing is said.
const usualDenoising = 0.75

func (s *sketch) over(ctx context.Context, order Order, scene *scene) error {
	p := order.Params
	strength := usualDenoising
	if p.DenoisingStrength != nil {
		strength = *p.DenoisingStrength
	}
	below, err := s.picture(ctx, order, p.InitImage, scene.canvas.Bounds())
	if err != nil {
		return err
	}
	var mask *image.RGBA
	if p.MaskImage != "" {
		if mask, err = s.picture(ctx, order, p.MaskImage, scene.canvas.Bounds()); err != nil {
			return err
		}
	}
	layOver(scene.canvas, below, mask, strength, p.MaskInvert)
	return nil
}

// picture decodes a picture of the job at the size of the canvas.
func (s *sketch) picture(ctx context.Context, order Order, sha256 string, size image.Rectangle) (*image.RGBA, error) {
	data, ok := order.Pictures[sha256]
	if !ok {
		return nil, failure(lora.EngineRefused, nil, "A picture the job starts from is not there any more. Upload it again.")
	}
	var scaled *image.RGBA
	err := s.decoder.Decode(ctx, bytes.NewReader(data), func(picture guard.Picture) error {
		scaled = fit(picture.Image, size)
		return nil
	})
	if err != nil {
		return nil, failure(lora.EngineRefused, err, "A picture the job starts from cannot be used. %s", sentence(err))
	}
	return scaled, nil
}

// sketchText is what is noted about a sketch, in the layout of A1111.
func sketchText(order Order, seed int64) string {
	p := order.Params
	var text strings.Builder
	text.WriteString(p.Prompt)
	if p.NegativePrompt != nil && *p.NegativePrompt != "" {
		text.WriteString("\nNegative prompt: " + *p.NegativePrompt)
	}
	width, height := sizeAsked(p)
	fmt.Fprintf(&text, "\nSteps: %d, Sampler: %s, CFG scale: %g, Seed: %d, Size: %dx%d, Model: %s", p.Steps, p.SamplerName, p.CFGScale, seed, width, height, sketchName)
	return text.String()
}

// material is all that decides how a sketch looks, besides its size.
func material(order Order, seed int64) []string {
	p := order.Params
	list := []string{p.Prompt, fmt.Sprint(seed), p.SamplerName, p.Scheduler}
	if p.NegativePrompt != nil {
		list = append(list, *p.NegativePrompt)
	}
	names := make([]string, 0, len(order.LoRAs))
	for _, use := range order.LoRAs {
		names = append(names, fmt.Sprintf("%s %g", use.Name, use.Weight))
	}
	slices.Sort(names)
	return append(list, names...)
}
