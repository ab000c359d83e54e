package engine

import (
	"encoding/base64"
	"net/http"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// tools are what drivers share.
type tools struct {
	limits   guard.Limits
	decoder  *guard.Decoder
	stepTime time.Duration // of the sketch engine
	// workflows are the graphs for ComfyUI; nil when there are none.
	workflows Workflows
}

// newDriver makes the driver of an engine. A driver that holds something, such as a
// connection or a process, has Close. Errors are *lora.Error.
func newDriver(cfg lora.EngineConfig, t tools) (Driver, error) {
	switch cfg.Kind {
	case lora.Sketch:
		return newSketch(t), nil
	case lora.SDNext, lora.A1111, lora.Forge:
		return newA1111(cfg, t)
	case lora.ComfyUI:
		return newComfyUI(cfg, t)
	case lora.SDCpp:
		if cfg.Managed != nil {
			return newManaged(cfg, t)
		}
		return newSDCpp(cfg, t)
	}
	return nil, lora.FieldErrorf(lora.Invalid, "kind", "There is no kind of engine called %q.", guard.DisplayName(string(cfg.Kind)))
}

// Codes of the warnings that runs give.
const (
	warnSizeRounded   = "size_rounded"
	warnFewerPictures = "fewer_pictures"
	warnMorePictures  = "more_pictures"
	warnLoRAsMissed   = "loras_not_applied"
	warnNotExpressed  = "not_expressed"
	warnNotDone       = "not_done"
)

func known[T any](value T, learned lora.Learned) lora.Known[T] {
	return lora.Known[T]{Value: value, Learned: learned}
}

func reported[T any](value T) lora.Known[T] { return known(value, lora.Reported) }
func fixed[T any](value T) lora.Known[T]    { return known(value, lora.Fixed) }

// pictureType sniffs the content type of a picture.
func pictureType(picture []byte) string { return http.DetectContentType(picture) }

func encodeBase64(data []byte) string { return base64.StdEncoding.EncodeToString(data) }

// picturesAsked is how many pictures a job asks for.
func picturesAsked(p lora.GenerationParams) int { return max(p.BatchSize, 1) * max(p.NIter, 1) }

// sizeAsked is the size, in pixels, of the pictures a job asks for.
func sizeAsked(p lora.GenerationParams) (width, height int) {
	scale := 1.0
	if p.Hires != nil && p.Hires.Scale > 0 {
		scale *= p.Hires.Scale
	}
	if p.Upscale != nil && p.Upscale.Scale > 0 {
		scale *= p.Upscale.Scale
	}
	return int(float64(p.Width)*scale + 0.5), int(float64(p.Height)*scale + 0.5)
}
