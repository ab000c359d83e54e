package jobs

import (
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// The bounds of a request. They keep a typing error from taking an engine for a day.
const (
	maxSteps      = 1000
	maxCFG        = 100
	minSide       = 16
	maxBatch      = 64
	maxBatches    = 100
	maxSeed       = 1<<53 - 1 // what a JavaScript number holds exactly
	maxNameBytes  = 512
	maxUses       = 200
	maxControls   = 8
	maxScale      = 8
	maxWeight     = 100
	maxMaskBlur   = 256
	maxClipSkip   = 24
	maxKeyBytes   = 255
	maxExtraBytes = 64 << 10 // params of a delivery
)

var sha256Hex = regexp.MustCompile(`^[0-9a-f]{64}$`)

// checker keeps the first thing wrong.
type checker struct{ err error }

func (c *checker) that(ok bool, field, format string, args ...any) {
	if c.err == nil && !ok {
		c.err = lora.FieldErrorf(lora.Invalid, field, format, args...)
	}
}

// between refuses NaN too.
func (c *checker) between(field string, v, low, high float64) {
	c.that(v >= low && v <= high, field, "%s must be from %s to %s.", field, plain(low), plain(high))
}

// plain writes a bound without an exponent.
func plain(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

func (c *checker) name(field, v string) {
	c.that(len(v) <= maxNameBytes, field, "%s must be at most %d bytes long.", field, maxNameBytes)
	c.that(!strings.ContainsRune(v, 0), field, "%s must not hold a NUL character.", field)
}

func (c *checker) prompt(field, v string) {
	limit := guard.Default().PromptBytes
	if c.err == nil && len(v) > limit {
		c.err = lora.FieldErrorf(lora.TooLarge, field, "%s must be at most %d KiB long.", field, limit>>10)
	}
	c.that(!strings.ContainsRune(v, 0), field, "%s must not hold a NUL character.", field)
}

func (c *checker) picture(field, v string) {
	c.that(v == "" || sha256Hex.MatchString(v), field, "%s must be the SHA-256 of a picture that was uploaded or made here: 64 hexadecimal digits in lower case.", field)
}

// CheckParams refuses parameters that Accept would refuse, with an Invalid or TooLarge
// error that names the field.
func CheckParams(p lora.GenerationParams) error {
	limits := guard.Default()
	c := &checker{}
	c.prompt("prompt", p.Prompt)
	if p.NegativePrompt != nil {
		c.prompt("negative_prompt", *p.NegativePrompt)
	}
	c.between("steps", float64(p.Steps), 1, maxSteps)
	c.between("cfg_scale", p.CFGScale, 0, maxCFG)
	c.between("width", float64(p.Width), minSide, float64(limits.PictureSide))
	c.between("height", float64(p.Height), minSide, float64(limits.PictureSide))
	c.that(int64(p.Width)*int64(p.Height) <= limits.PicturePixels, "width", "Width times height must be at most %d megapixels.", limits.PicturePixels/1_000_000)
	c.between("seed", float64(p.Seed), -1, maxSeed)
	c.between("batch_size", float64(p.BatchSize), 1, maxBatch)
	c.between("n_iter", float64(p.NIter), 1, maxBatches)
	if p.DenoisingStrength != nil {
		c.between("denoising_strength", *p.DenoisingStrength, 0, 1)
	}
	for field, v := range map[string]string{"sampler_name": p.SamplerName, "scheduler": p.Scheduler, "model": p.Model, "vae": p.VAE, "workflow": p.Workflow} {
		c.name(field, v)
	}
	c.between("clip_skip", float64(p.ClipSkip), 0, maxClipSkip)
	c.pictures(p)
	c.passes(p)
	c.uses("adapters", p.Adapters)
	return c.err
}

func (c *checker) pictures(p lora.GenerationParams) {
	c.picture("init_image", p.InitImage)
	c.picture("mask_image", p.MaskImage)
	c.that(p.MaskImage == "" || p.InitImage != "", "mask_image", "A mask needs an init_image to paint on.")
	if p.MaskBlur != nil {
		c.between("mask_blur", float64(*p.MaskBlur), 0, maxMaskBlur)
	}
	c.that(len(p.Controls) <= maxControls, "controls", "At most %d control units can be used.", maxControls)
	for i, u := range p.Controls {
		unit := fmt.Sprintf("controls[%d].", i)
		c.that(u.Image != "", unit+"image", "Each control unit needs an image.")
		c.picture(unit+"image", u.Image)
		c.name(unit+"model", u.Model)
		c.name(unit+"preprocessor", u.Preprocessor)
		c.between(unit+"weight", u.Weight, -maxWeight, maxWeight)
		c.between(unit+"start", u.Start, 0, 1)
		c.between(unit+"end", u.End, u.Start, 1)
	}
}

// passes checks what comes after the first pass, and how large the picture is then.
func (c *checker) passes(p lora.GenerationParams) {
	scale := 1.0
	if h := p.Hires; h != nil {
		c.between("hires.scale", h.Scale, 1, maxScale)
		c.between("hires.steps", float64(h.Steps), 0, maxSteps)
		c.between("hires.denoising", h.Denoising, 0, 1)
		c.name("hires.upscaler", h.Upscaler)
		scale *= h.Scale
	}
	if u := p.Upscale; u != nil {
		c.between("upscale.scale", u.Scale, 1, maxScale)
		c.that(u.Upscaler != "", "upscale.upscaler", "Name the upscaler to use.")
		c.name("upscale.upscaler", u.Upscaler)
		scale *= u.Scale
	}
	limits := guard.Default()
	side := scale * float64(max(p.Width, p.Height))
	pixels := scale * scale * float64(p.Width) * float64(p.Height)
	c.that(side <= float64(limits.PictureSide) && pixels <= float64(limits.PicturePixels), "width",
		"The finished picture would be larger than %d megapixels or %d pixels on a side.", limits.PicturePixels/1_000_000, limits.PictureSide)
}

// uses checks adapters wherever they were named.
func (c *checker) uses(field string, uses []lora.Use) {
	c.that(len(uses) <= maxUses, field, "At most %d adapters can be used at once.", maxUses)
	finite := func(v float64) {
		c.that(math.Abs(v) <= maxWeight, field, "A weight must be from -%d to %d.", maxWeight, maxWeight)
	}
	for _, u := range uses {
		c.that(u.Name != "" || u.AdapterID != "", field, "Each adapter needs a name or an adapter_id.")
		c.name(field, u.Name)
		c.name(field, u.AdapterID)
		finite(u.Weight)
		for _, w := range u.TextEncoder {
			finite(w)
		}
		for _, w := range u.Blocks {
			finite(w)
		}
		for _, s := range u.Schedule {
			finite(s.Weight)
			c.that(s.At >= 0 && s.At <= maxSteps, field, "A moment of a schedule must be from 0 to %d.", maxSteps)
		}
	}
}

// CheckUses refuses adapters that Accept would refuse; field is how the error calls them.
func CheckUses(field string, uses []lora.Use) error {
	c := &checker{}
	c.uses(field, uses)
	return c.err
}

// checkTerms refuses terms out of bounds.
func checkTerms(t Terms) error {
	c := &checker{}
	if t.Priority != nil {
		c.between("priority", float64(*t.Priority), 0, topPriority)
	}
	c.that(len(t.IdempotencyKey) <= maxKeyBytes, "Idempotency-Key", "Idempotency-Key must be at most %d bytes long.", maxKeyBytes)
	for _, r := range t.IdempotencyKey {
		c.that(r > ' ' && r < 0x7f, "Idempotency-Key", "Idempotency-Key must consist of printable ASCII characters without blanks.")
	}
	c.that(!strings.HasPrefix(t.IdempotencyKey, deliveryKey), "Idempotency-Key", "Idempotency-Key must not begin with %q.", deliveryKey)
	c.name("composition_id", t.CompositionID)
	c.name("parent_id", t.ParentID)
	return c.err
}

// checkDelivery refuses a delivery that is no object or too large, and returns its params.
func checkDelivery(field, mode string, params json.RawMessage) (json.RawMessage, error) {
	c := &checker{}
	c.that(mode != "", field+"mode", "Say how to deliver: http or file.")
	c.name(field+"mode", mode)
	if len(params) == 0 || string(params) == "null" {
		params = json.RawMessage("{}")
	}
	c.that(len(params) <= maxExtraBytes, field+"params", "params must be at most %d KiB long.", maxExtraBytes>>10)
	var object map[string]any
	c.that(json.Unmarshal(params, &object) == nil, field+"params", "params must be a JSON object.")
	return params, c.err
}
