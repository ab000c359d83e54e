package infotext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"

	"loramanager/internal/lora"
)

const (
	noteFormat  = "loramanager"
	noteVersion = 1
)

// Made is what is written into one picture beside what its engine has written.
type Made struct {
	JobID  string
	Index  int                   // place of the picture among those of its job, from 0
	Params lora.GenerationParams // prompt with tags, seed as drawn
	Uses   []lora.ResolvedUse
	Seed   *int64 // of this picture, where the engine states one
}

// seed is the one this picture was made from, as far as it is known.
func (m Made) seed() int64 {
	if m.Seed != nil {
		return *m.Seed
	}
	return m.Params.Seed
}

// note is the JSON form of Made. The names of its fields are part of pictures that
// people keep: they never change.
type note struct {
	Format   string                `json:"format"`
	Version  int                   `json:"format_version"`
	JobID    string                `json:"job,omitempty"`
	Index    int                   `json:"index"`
	Params   lora.GenerationParams `json:"params"`
	Adapters []noted               `json:"adapters"`
}

type noted struct {
	lora.Use
	File    string            `json:"file,omitempty"`
	Digests map[string]string `json:"digests,omitempty"`
}

// Note writes this program's own note as JSON in ASCII, which every carrier can hold.
// Read takes it back without any loss.
func Note(m Made) string {
	n := note{Format: noteFormat, Version: noteVersion, JobID: m.JobID, Index: m.Index, Params: m.Params, Adapters: []noted{}}
	n.Params.Seed = m.seed()
	for _, use := range m.Uses {
		n.Adapters = append(n.Adapters, noted{Use: use.Use, File: use.FileName, Digests: use.Digests})
	}
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	if err := e.Encode(n); err != nil {
		return "" // a weight that is no number: such a job cannot have been accepted
	}
	return ascii(strings.TrimSpace(out.String()))
}

// ascii escapes what is not ASCII in a JSON text.
func ascii(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r < 0x80:
			out.WriteRune(r)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

// readNote reads our own note. It lies in files that anybody can have written, so what a
// generation would not accept is left out like everywhere else.
func readNote(text string) (Facts, bool) {
	var n note
	if len(text) > maxText || json.Unmarshal([]byte(text), &n) != nil || n.Format != noteFormat {
		return Facts{}, false
	}
	f := Facts{Producer: LoRAManager, Prompt: n.Params.Prompt}
	if n.Params.NegativePrompt != nil {
		f.Negative = *n.Params.NegativePrompt
	}
	f.setNoted(n.Params)
	for _, a := range n.Adapters {
		weight := a.Weight
		whole := a.Use
		use := FoundUse{Name: a.Name, Weight: &weight, Sections: a.Sections, Source: FromNote, Use: &whole}
		if len(a.TextEncoder) > 0 {
			use.TextEncoder = &a.TextEncoder[0]
		}
		for _, kind := range []string{"sha256", "autov3", "blake3", "autov2", "autov1"} {
			use.claim(a.Digests[kind])
		}
		f.addUse(use)
	}
	return f, true
}

// setNoted takes over parameters: those with bounds through the setters, the rest as it is.
func (f *Facts) setNoted(p lora.GenerationParams) {
	f.Params = p
	f.Params.Steps, f.Params.CFGScale, f.Params.Seed, f.Params.Width, f.Params.Height = 0, 0, 0, 0, 0
	f.Params.BatchSize, f.Params.NIter, f.Params.ClipSkip = 0, 0, 0
	f.Params.DenoisingStrength, f.Params.Hires, f.Params.MaskBlur = nil, nil, nil
	f.setSteps(whole(p.Steps))
	f.setCFG(json.Number(number(p.CFGScale)))
	f.setSeed(json.Number(strconv.FormatInt(p.Seed, 10)))
	f.setSize(whole(p.Width), whole(p.Height))
	f.setSampler(p.SamplerName)
	f.setScheduler(p.Scheduler)
	f.setModel(p.Model)
	f.setVAE(p.VAE)
	f.setClipSkip(whole(p.ClipSkip))
	if p.BatchSize >= 1 && p.BatchSize <= maxBatch {
		f.Params.BatchSize = p.BatchSize
		known(f, "batch_size")
	}
	if p.NIter >= 1 && p.NIter <= maxRounds {
		f.Params.NIter = p.NIter
		known(f, "n_iter")
	}
	if d := p.DenoisingStrength; d != nil {
		f.setDenoising(json.Number(number(*d)))
	}
	if b := p.MaskBlur; b != nil {
		f.setMaskBlur(whole(*b))
	}
	if h := p.Hires; h != nil && h.Scale >= 1 && h.Scale <= maxScale && h.Denoising >= 0 && h.Denoising <= 1 && h.Steps >= 0 && h.Steps <= maxSteps {
		f.Params.Hires = h
		known(f, "hires")
	}
	if p.Workflow != "" {
		known(f, "workflow")
	}
}

func whole(n int) json.Number { return json.Number(strconv.Itoa(n)) }
