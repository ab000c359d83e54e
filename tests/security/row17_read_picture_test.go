package security

import (
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"loramanager/tests/harness"
)

// inPicture are texts of pictures that readers of prompts could choke on, by chunk key.
func inPicture() map[string][2]string {
	nested := strings.Repeat(`{"a":[`, 50_000)
	ring := `{"1":{"class_type":"KSampler","inputs":{"model":["2",0],"positive":["3",0],"negative":["3",0],"latent_image":["1",0]}},` +
		`"2":{"class_type":"LoraLoader","inputs":{"model":["2",0],"clip":["2",1],"lora_name":"a.safetensors","strength_model":1,"strength_clip":1}},` +
		`"3":{"class_type":"ConditioningCombine","inputs":{"conditioning_1":["3",0],"conditioning_2":["3",0]}}}`
	var doubling strings.Builder
	for i := range 60 { // paths double at each node
		fmt.Fprintf(&doubling, `"%d":{"class_type":"ConditioningCombine","inputs":{"conditioning_1":["%d",0],"conditioning_2":["%d",0]}},`, i, i+1, i+1)
	}
	return map[string][2]string{
		"a hundred thousand adapters":  {"parameters", strings.Repeat("<lora:a:1>", 80_000)},
		"tags that never end":          {"parameters", strings.Repeat("<lora:", 150_000)},
		"a million parameters":         {"parameters", "x\nSteps: 20, " + strings.Repeat("A: 1, ", 140_000)},
		"quotes that never end":        {"parameters", "x\nSteps: 20, Lora hashes: \"" + strings.Repeat(`a: b, \"`, 100_000)},
		"numbers beyond all":           {"parameters", "x\nSteps: 99999999999999999999, Sampler: E, CFG scale: 1e999, Seed: -1e400, Size: 9999999999x-5, Clip skip: NaN, Denoising strength: inf"},
		"nested JSON":                  {"prompt", nested},
		"nested JSON as a workflow":    {"workflow", nested},
		"a graph in a circle":          {"prompt", ring},
		"a graph whose paths double":   {"prompt", "{" + doubling.String() + `"60":{"class_type":"CLIPTextEncode","inputs":{"text":"x"}},"99":{"class_type":"KSampler","inputs":{"positive":["0",0]}}}`},
		"a graph of wrong types":       {"prompt", `{"1":{"class_type":7,"inputs":[]},"2":null,"3":"x","4":{"class_type":"KSampler","inputs":{"model":[null,{}],"seed":{"a":1},"steps":"many","cfg":[]}}}`},
		"InvokeAI of wrong types":      {"invokeai_metadata", `{"positive_prompt":7,"loras":"x","steps":{},"width":-1,"seed":1e300,"app_version":[]}`},
		"InvokeAI with many adapters":  {"invokeai_metadata", `{"positive_prompt":"x","loras":[` + strings.Repeat(`{"model":{"name":"a"},"weight":1},`, 25_000) + `{}]}`},
		"SwarmUI of wrong types":       {"parameters", `{"sui_image_params":{"prompt":[1],"loras":{"a":1},"loraweights":"x","steps":"1e9","seed":true},"sui_models":7}`},
		"texts that run and turn":      {"parameters", "\x1b[31m\u202e<script>alert(1)</script>\x00\r\nNegative prompt: \x07\nSteps: 1, Model: ../../etc/passwd, Lora hashes: \"../../x: zz\""},
		"a key of another kind":        {strings.Repeat("k", 79), "x"},
		"only ends of lines":           {"parameters", strings.Repeat("\n", 900_000)},
		"only backslashes":             {"parameters", strings.Repeat(`\`, 900_000)},
		"wildcards and choices":        {"parameters", strings.Repeat("{a|b}__x__", 80_000)},
		"parameters that look as one ": {"parameters", strings.Repeat("Negative prompt: Steps: ", 40_000)},
	}
}

func TestRow17_PromptsInPicturesAreReadWithinBounds(t *testing.T) {
	t.Parallel()
	s, _, _ := one(t, harness.Options{})
	picture := plain(t, color.RGBA{9, 9, 9, 255})
	files := map[string][]byte{}
	for what, data := range craftedTexts(t) {
		files[what] = data
	}
	texts := inPicture()
	for what, text := range texts {
		files[what] = withChunk(picture, "tEXt", []byte(text[0]+"\x00"+text[1]))
		files[what+", as iTXt"] = withChunk(picture, "iTXt", []byte(text[0]+"\x00\x00\x00\x00\x00"+strings.ToValidUTF8(text[1], "?")))
	}
	before := kept(t, s)
	memory, _ := s.Memory()
	s.ForgetPeak()
	read := 0
	for what, data := range files {
		r := s.Ask("POST", "/api/v1/prompts/read-picture", string(data), "Content-Type: image/png")
		if r.Status != 200 && (r.Status < 400 || r.Status > 499) || len(r.Body) > 16*mib {
			t.Errorf("%s: %d with %d bytes: %.300s", what, r.Status, len(r.Body), r.Body)
		}
		if r.Status == 200 {
			read++
			wantRebuilt(t, what, r)
		}
		if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/") || r.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: the answer is %q", what, kind)
		}
	}
	if read < len(texts) {
		t.Errorf("only %d of %d pictures were read", read, len(files))
	}
	for what, text := range texts {
		r := s.Ask("POST", "/api/v1/prompts/parse", asJSON(t, map[string]string{"text": text[1]}))
		if r.Status != 200 && (r.Status < 400 || r.Status > 499) || len(r.Body) > 16*mib {
			t.Errorf("%s, as text: %d with %d bytes: %.300s", what, r.Status, len(r.Body), r.Body)
		}
	}
	wantSame(t, s, before, "reading")
	if after, known := s.Memory(); known {
		t.Logf("memory rose by %d MiB", (after.Peak-memory.Now)/mib)
		if after.Peak-memory.Now > 256*mib {
			t.Error("that is too much")
		}
	}
}

// wantRebuilt checks that what was read stays within what a generation may ask for.
func wantRebuilt(t *testing.T, what string, r *harness.Reply) {
	t.Helper()
	var got struct {
		Entries, Lost []json.RawMessage
		Params        struct {
			Steps, Width, Height *int
			CFG                  *float64 `json:"cfg_scale"`
		}
	}
	if err := decode(r, &got); err != nil {
		t.Errorf("%s: %v in %.300s", what, err, r.Body)
	}
	if n := len(got.Entries) + len(got.Lost); n > 1000 {
		t.Errorf("%s: %d adapters", what, n)
	}
	p := got.Params
	for name, v := range map[string]*int{"steps": p.Steps, "width": p.Width, "height": p.Height} {
		if v != nil && (*v < 0 || *v > 1<<31) {
			t.Errorf("%s: %s is %d", what, name, *v)
		}
	}
}
