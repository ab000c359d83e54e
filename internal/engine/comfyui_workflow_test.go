package engine_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// kept are workflows by name.
type kept map[string]string

func (k kept) Workflows(context.Context) ([]lora.Workflow, error) {
	var list []lora.Workflow
	for _, name := range slices.Sorted(maps.Keys(k)) {
		list = append(list, lora.Workflow{Name: name, Graph: k[name]})
	}
	return list, nil
}

const plainWorkflow = `{
	"3": {"class_type": "KSampler", "inputs": {"seed": 5, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
		"model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
	"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "xl/base.safetensors"}},
	"5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 4}},
	"6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a dog", "clip": ["4", 1]}},
	"7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
	"8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
	"9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["8", 0]}}
}`

const markedWorkflow = `{
	"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "tiny.safetensors"}},
	"2": {"class_type": "LoraLoader", "inputs": {"lora_name": "{{loras}}", "strength_model": 1, "strength_clip": 1, "model": ["1", 0], "clip": ["1", 1]}},
	"3": {"class_type": "PrimitiveString", "inputs": {"value": "photo of {{prompt}}, sharp"}},
	"4": {"class_type": "CLIPTextEncode", "inputs": {"text": ["3", 0], "clip": ["2", 1]}},
	"5": {"class_type": "CLIPTextEncode", "inputs": {"text": "always bad, {{ negative }}", "clip": ["2", 1]}},
	"6": {"class_type": "EmptyLatentImage", "inputs": {"width": "{{width}}", "height": "{{height}}", "batch_size": 1}},
	"7": {"class_type": "KSampler", "inputs": {"seed": "{{seed}}", "steps": 12, "cfg": 3, "sampler_name": "uni_pc", "scheduler": "simple", "denoise": 1,
		"model": ["2", 0], "positive": ["4", 0], "negative": ["5", 0], "latent_image": ["6", 0]}},
	"8": {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["7", 0], "upscale_method": "bislerp", "scale_by": 2}},
	"9": {"class_type": "KSampler", "inputs": {"seed": 77, "steps": 6, "cfg": 3, "sampler_name": "uni_pc", "scheduler": "simple", "denoise": 0.4,
		"model": ["2", 0], "positive": ["4", 0], "negative": ["5", 0], "latent_image": ["8", 0]}},
	"10": {"class_type": "VAEDecode", "inputs": {"samples": ["9", 0], "vae": ["1", 2]}},
	"11": {"class_type": "SaveImage", "inputs": {"filename_prefix": "ComfyUI", "images": ["10", 0]}}
}`

func TestComfyUIRunsWorkflowsOfTheUser(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, graph string
		size        [2]int
	}{
		{"workflow-plain", plainWorkflow, [2]int{128, 64}},
		{"workflow-marked", markedWorkflow, [2]int{256, 128}},
	} {
		c1 := startComfy(t, enginetest.ComfyUIOptions{}, kept{c.name: c.graph})
		order := orderOf(func(p *lora.GenerationParams) { p.Workflow, p.BatchSize = c.name, 2 }, applied("style_a.safetensors", 0.8, 0.5))
		news := run(t, c1.Driver, order)
		if len(news.pictures) != 2 || size(t, news.pictures[1].Data) != c.size || *news.pictures[1].Seed != 12 {
			t.Errorf("%s: got %d pictures of %v", c.name, len(news.pictures), size(t, news.pictures[0].Data))
		}
		sameGraph(t, c.name, c1.Prompts()[0])
		order.LoRAs, order.Params.BatchSize = nil, 1
		if news := run(t, c1.Driver, order); len(news.pictures) != 1 {
			t.Errorf("%s without adapters: got %d pictures", c.name, len(news.pictures))
		}
	}
}

func TestComfyUITellsWhatAWorkflowLeftOut(t *testing.T) {
	t.Parallel()
	c := startComfy(t, enginetest.ComfyUIOptions{}, kept{"w": plainWorkflow})
	news := run(t, c.Driver, orderOf(func(p *lora.GenerationParams) {
		p.Workflow, p.Hires, p.VAE = "w", &lora.Hires{Scale: 2}, "vae"
	}))
	if warned := news.of(lora.EventWarning); len(warned) != 2 {
		t.Errorf("got the warnings %+v, want one for the second pass and one for the VAE", warned)
	}
	noPlace := strings.ReplaceAll(plainWorkflow, `"model": ["4", 0], `, "")
	c = startComfy(t, enginetest.ComfyUIOptions{}, kept{"w": noPlace})
	refused(t, c.Driver, orderOf(func(p *lora.GenerationParams) { p.Workflow = "w" }, applied("style_a.safetensors", 1)), lora.EngineRefused)
}

func TestValidateWorkflow(t *testing.T) {
	t.Parallel()
	edit := func(old, replacement string) string {
		if !strings.Contains(plainWorkflow, old) {
			t.Fatalf("the workflow does not hold %s", old)
		}
		return strings.ReplaceAll(plainWorkflow, old, replacement)
	}
	for _, c := range []struct {
		why, graph string
		notes      int
		refusal    string
	}{
		{"a graph in which everything can be set", plainWorkflow, 0, ""},
		{"one with placeholders", markedWorkflow, 0, ""},
		{"one as it is posted", `{"prompt": ` + plainWorkflow + `, "client_id": "x"}`, 0, ""},
		{"one without a place for the steps", edit(`"steps": 20, `, ""), 1, ""},
		{"one with a placeholder of no meaning", edit("a dog", "{{weather}}"), 1, ""},
		{"a graph that only loads and saves", `{"1": {"class_type": "LoadImage", "inputs": {"image": "a.png"}}, "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}}`, 10, ""},
		{"what is not JSON", "{", 0, "not a JSON object"},
		{"a list", "[]", 0, "not a JSON object"},
		{"nothing", "{}", 0, "0 nodes"},
		{"the editor's own format", `{"nodes": [], "links": []}`, 0, "Export (API)"},
		{"a node that is none", `{"1": 5}`, 0, "class_type"},
		{"a link to nowhere", edit(`["4", 2]`, `["44", 2]`), 0, "does not exist"},
		{"a circle", edit(`"text": "a dog"`, `"text": ["9", 0]`), 0, "circle"},
		{"nothing saved", edit("SaveImage", "Other"), 0, "saves no picture"},
		{"a name that marks copies", edit(`"4"`, `"4#2"`), 0, "class_type"},
		{"a megabyte of blanks", strings.Repeat(" ", 1<<20) + plainWorkflow, 0, "larger"},
	} {
		notes, err := engine.ValidateWorkflow([]byte(c.graph))
		var refusal *lora.Error
		if c.refusal != "" && (!errors.As(err, &refusal) || refusal.Field != "graph" || !strings.Contains(refusal.Message, c.refusal)) {
			t.Errorf("%s: got %v, want %q", c.why, err, c.refusal)
		}
		if c.refusal == "" && (err != nil || len(notes) != c.notes) {
			t.Errorf("%s: got %v and the notes %q, want %d", c.why, err, notes, c.notes)
		}
	}
}

func FuzzValidateWorkflow(f *testing.F) {
	f.Add([]byte(plainWorkflow))
	f.Add([]byte(markedWorkflow))
	f.Add([]byte(`{"1":{"class_type":"KSampler","inputs":{"latent_image":["1",0],"positive":["1",0],"steps":["1",0]}}}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		_, _ = engine.ValidateWorkflow(text)
	})
}
