package infotext

import (
	"encoding/json"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

func made() Made {
	negative := "dog"
	denoise := 0.4
	seed := int64(4243)
	return Made{
		JobID: "j1", Index: 1, Seed: &seed,
		Params: lora.GenerationParams{
			Prompt: "a cat <lora:ink, wash:0.8>\nüber 猫 😀", NegativePrompt: &negative, Steps: 20, SamplerName: "DPM++ 2M", Scheduler: "karras",
			CFGScale: 6.5, Width: 512, Height: 768, Seed: 4242, BatchSize: 2, NIter: 1, DenoisingStrength: &denoise,
			Model: "a, \"b\": c", ClipSkip: 2,
		},
		Uses: []lora.ResolvedUse{{
			Use:      lora.Use{Name: "ink, wash", Weight: 0.8, TextEncoder: []float64{0.5}, Blocks: map[string]float64{"IN01": 0}},
			FileName: "ink_wash.safetensors", Digests: map[string]string{"autov3": h64},
		}},
	}
}

func TestPromise3_TheNoteIsTakenBackWithoutLoss(t *testing.T) {
	t.Parallel()
	m := made()
	text := Note(m)
	if strings.ContainsFunc(text, func(r rune) bool { return r >= 0x80 }) {
		t.Errorf("not ASCII: %s", text)
	}
	f, ok := Read([]Text{{"loramanager", text}})
	want := m.Params
	want.Seed = *m.Seed
	if !ok || !reflect.DeepEqual(f.Params, want) {
		t.Errorf("\ngot  %+v\nwant %+v", f.Params, want)
	}
	if len(f.Uses) != 1 || !reflect.DeepEqual(*f.Uses[0].Use, m.Uses[0].Use) || f.Uses[0].Digests[0] != h64 {
		t.Errorf("%+v", f.Uses)
	}
	for _, field := range []string{"steps", "batch_size", "denoising_strength", "model"} {
		if !f.Knows(field) {
			t.Errorf("%s is not known", field)
		}
	}
}

func TestANoteFromOutsideIsHeldToTheBounds(t *testing.T) {
	t.Parallel()
	f, ok := Read([]Text{{"loramanager", `{"format":"loramanager","params":{"prompt":"x","steps":1000000,"width":1,"height":1,"batch_size":9999,"n_iter":0,"seed":-1,"cfg_scale":1e300,"hires":{"scale":1e9,"denoising":9},"clip_skip":500}}`}})
	if !ok || len(f.Known) != 0 || f.Params.Steps != 0 || f.Params.Hires != nil || f.Params.BatchSize != 0 {
		t.Errorf("%+v", f)
	}
}

// minimalA1111 is a reader of A1111's form written after its own regular expression, so
// that what we write is judged by something else than our reader.
func minimalA1111(text string) (prompt, negative string, values map[string]string) {
	pattern := regexp.MustCompile(`\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)`)
	lines := strings.Split(strings.TrimSpace(text), "\n")
	last := lines[len(lines)-1]
	values = map[string]string{}
	if found := pattern.FindAllStringSubmatch(last, -1); len(found) >= 3 {
		lines = lines[:len(lines)-1]
		for _, m := range found {
			value := m[2]
			if strings.HasPrefix(value, `"`) {
				if err := json.Unmarshal([]byte(value), &value); err != nil {
					value = m[2]
				}
			}
			values[m[1]] = value
		}
	}
	prompt, negative, _ = strings.Cut(strings.Join(lines, "\n"), "\nNegative prompt: ")
	return prompt, negative, values
}

func TestPromise3_OthersReadOurParameters(t *testing.T) {
	t.Parallel()
	prompt, negative, values := minimalA1111(Parameters(made()))
	if prompt != made().Params.Prompt || negative != "dog" {
		t.Errorf("%q, %q", prompt, negative)
	}
	for key, want := range map[string]string{
		"Steps": "20", "Sampler": "DPM++ 2M", "CFG scale": "6.5", "Seed": "4243", "Size": "512x768", "Clip skip": "2",
		"Model": `a, "b": c`, "Denoising strength": "0.4", "Lora hashes": "ink wash: 0123456789ab", "Version": Version, "Schedule type": "karras",
	} {
		if values[key] != want {
			t.Errorf("%s is %q, want %q", key, values[key], want)
		}
	}
}

func TestPromise3_WhatParametersWritesIsReadBack(t *testing.T) {
	t.Parallel()
	name := rapid.StringMatching(`[\p{L}0-9_][\p{L}0-9_ .,:"'\\{}\[\]-]{0,20}[\p{L}0-9_]`)
	rapid.Check(t, func(t *rapid.T) {
		m := Made{Params: lora.GenerationParams{
			Prompt: rapid.StringMatching(`[\p{L}(<][\p{L}0-9 ,:.()<>\n]{0,60}[\p{L})>]`).Draw(t, "prompt"),
			Steps:  rapid.IntRange(1, maxSteps).Draw(t, "steps"), SamplerName: name.Draw(t, "sampler"),
			CFGScale: rapid.Float64Range(0, maxCFG).Draw(t, "cfg"), Seed: rapid.Int64Range(0, maxSeed).Draw(t, "seed"),
			Width: rapid.IntRange(minSide, maxSide).Draw(t, "width"), Height: rapid.IntRange(minSide, maxSide).Draw(t, "height"),
			Model: name.Draw(t, "model"),
		}}
		if rapid.Bool().Draw(t, "hires") {
			m.Params.Hires = &lora.Hires{Scale: rapid.Float64Range(1, maxScale).Draw(t, "scale"), Denoising: rapid.Float64Range(0, 1).Draw(t, "denoising")}
		}
		use := lora.ResolvedUse{Use: lora.Use{Name: rapid.StringMatching(`[\p{L}0-9_]{1,20}`).Draw(t, "lora")}, Digests: map[string]string{"autov3": h64}}
		m.Uses = []lora.ResolvedUse{use}
		f, ok := Read([]Text{{"parameters", Parameters(m)}})
		want := m.Params
		lines := strings.Split(want.Prompt, "\n")
		for i := range lines { // the form does not keep spaces at the ends of lines
			lines[i] = strings.TrimSpace(lines[i])
		}
		want.Prompt = strings.Join(lines, "\n")
		if strings.EqualFold(want.SamplerName, "undefined") {
			want.SamplerName = ""
		}
		if !ok || !reflect.DeepEqual(f.Params, want) {
			t.Fatalf("%s\ngot  %+v\nwant %+v", Parameters(m), f.Params, want)
		}
		if want := strings.ToLower(use.Name); want != "none" && (len(f.Uses) != 1 || f.Uses[0].Name != use.Name || f.Uses[0].Digests[0] != h64[:12]) {
			t.Fatalf("%+v", f.Uses)
		}
	})
}

func check(t *testing.T, f Facts) {
	for _, u := range f.Uses {
		if u.Name == "" || len(u.Name) > maxName {
			t.Fatalf("a use is called %q", u.Name)
		}
	}
	if len(f.Uses) > 4*maxUses || f.Params.Steps > maxSteps || f.Params.Width > maxSide {
		t.Fatalf("%+v", f)
	}
}

func FuzzA1111(f *testing.F) {
	for _, seed := range []string{a1111Text, forgeText, sdnextText, sdcppText, civitaiText, addNetText, "a: \"b", "ab:{\"x\":[1,", ": ,:"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if utf8.ValidString(text) {
			check(t, ReadText(text))
		}
	})
}

func FuzzGraph(f *testing.F) {
	for _, seed := range []string{
		comfyPrompt, fluxPrompt, comfyWorkflow, invokeJSON, swarmJSON, novelComment, fooocusJSON,
		`{"1":{"class_type":"KSampler","inputs":{"positive":["1",0],"model":["1",0],"seed":["1",0]}}}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, key := range []string{"prompt", "workflow", "parameters"} {
			facts, _ := Read([]Text{{key, text}, {"workflow", text}})
			check(t, facts)
		}
	})
}

func TestPromise1_HostileTextsTakeBoundedWork(t *testing.T) {
	t.Parallel()
	loop := `{"1":{"class_type":"KSampler","inputs":{"seed":["2",0],"positive":["2",0],"model":["2",0],"latent_image":["2",0]}},"2":{"class_type":"Reroute","inputs":{"value":["1",0],"":["1",0],"model":["1",0]}},"3":{"class_type":"SaveImage","inputs":{"x":["1",0]}}}`
	for name, text := range map[string]string{
		"a graph that runs in circles": loop,
		"deeply nested JSON":           strings.Repeat(`{"a":`, 100_000),
		"many opened values":           strings.Repeat(`ab:{"`, 200_000),
		"many opened lists":            strings.Repeat(`ab:[1,`, 200_000),
		"one long key":                 strings.Repeat("a", 1<<20),
		"many lines":                   strings.Repeat("a: b, c: d, e: f\n", 60_000),
		"many pairs":                   strings.Repeat("AddNet Model 7: x, ", 60_000),
		"a long chain":                 chain(9_000),
		"a long chain of samplers":     strings.NewReplacer("LoraLoader", "KSampler", `"lora_name":`, `"seed":1,"positive":["1",0],"x":`, `"model":`, `"latent_image":`).Replace(chain(9_000)),
	} {
		for _, key := range []string{"prompt", "parameters", "workflow", "XMP"} {
			facts, _ := Read([]Text{{key, text}})
			check(t, facts)
		}
		check(t, ReadText(text))
		_ = name
	}
}

// chain is a graph of n loaders one after the other.
func chain(n int) string {
	var b strings.Builder
	b.WriteString(`{"0":{"class_type":"KSampler","inputs":{"seed":1,"positive":["1",0],"model":["1",0]}}`)
	for i := 1; i < n; i++ {
		b.WriteString(`,"` + number(float64(i)) + `":{"class_type":"LoraLoader","inputs":{"lora_name":"x` + number(float64(i)) + `","strength_model":1,"model":["` + number(float64(i+1)) + `",0]}}`)
	}
	return b.String() + "}"
}
