package infotext

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Version is how this program signs the texts it writes.
const Version = "LoRA Manager"

// Parameters writes a text in A1111's form, which most tools read. What that form has no
// words for is in the Note.
func Parameters(m Made) string {
	p := m.Params
	var out strings.Builder
	out.WriteString(strings.TrimSpace(p.Prompt))
	if p.NegativePrompt != nil && strings.TrimSpace(*p.NegativePrompt) != "" {
		out.WriteString("\n" + negativePrefix + " " + strings.TrimSpace(*p.NegativePrompt))
	}
	if out.Len() > 0 {
		out.WriteByte('\n')
	}
	out.WriteString(strings.Join(m.pairs(), ", "))
	return out.String()
}

// pairs are the last line, in A1111's order.
func (m Made) pairs() []string {
	p := m.Params
	var pairs []string
	add := func(key string, value string) {
		if value != "" {
			pairs = append(pairs, key+": "+quote(value))
		}
	}
	pairs = append(pairs, "Steps: "+strconv.Itoa(p.Steps))
	add("Sampler", p.SamplerName)
	add("Schedule type", p.Scheduler)
	add("CFG scale", number(p.CFGScale))
	add("Seed", strconv.FormatInt(m.seed(), 10))
	add("Size", fmt.Sprintf("%dx%d", p.Width, p.Height))
	add("Model", p.Model)
	add("VAE", p.VAE)
	if p.ClipSkip > 0 {
		add("Clip skip", strconv.Itoa(p.ClipSkip))
	}
	if p.MaskBlur != nil {
		add("Mask blur", strconv.Itoa(*p.MaskBlur))
	}
	switch h := p.Hires; {
	case h != nil:
		add("Denoising strength", number(h.Denoising))
		add("Hires upscale", number(h.Scale))
		if h.Steps > 0 {
			add("Hires steps", strconv.Itoa(h.Steps))
		}
		add("Hires upscaler", h.Upscaler)
	case p.DenoisingStrength != nil:
		add("Denoising strength", number(*p.DenoisingStrength))
	}
	add("Lora hashes", m.hashes())
	add("Version", Version)
	return pairs
}

// hashes lists adapters with the first twelve digits of their tensors' SHA-256, as A1111
// and Forge do; without one, of the file's.
func (m Made) hashes() string {
	var parts []string
	for _, use := range m.Uses {
		digest := use.Digests["autov3"]
		if digest == "" {
			digest = use.Digests["sha256"]
		}
		name := strings.NewReplacer(":", "", ",", "", "\n", "").Replace(use.Name)
		if digest != "" && name != "" {
			parts = append(parts, name+": "+digest[:min(12, len(digest))])
		}
	}
	return strings.Join(parts, ", ")
}

// quote writes a value as a JSON string where it would not be read back otherwise.
func quote(value string) string {
	if value == strings.TrimSpace(value) && !strings.ContainsAny(value, ",:\n\"{[") {
		return value
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		return value
	}
	return strings.TrimSpace(out.String())
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
