package infotext

import (
	"fmt"
	"strings"
	"testing"
)

// say puts facts into one line, so that a table can state them.
func say(f Facts) string {
	p := f.Params
	parts := []string{string(f.Producer), f.Prompt, "NOT " + f.Negative}
	for _, field := range f.Known {
		switch field {
		case "steps":
			parts = append(parts, fmt.Sprint("steps ", p.Steps))
		case "sampler_name":
			parts = append(parts, p.SamplerName)
		case "scheduler":
			parts = append(parts, p.Scheduler)
		case "cfg_scale":
			parts = append(parts, fmt.Sprint("cfg ", p.CFGScale))
		case "seed":
			parts = append(parts, fmt.Sprint("seed ", p.Seed))
		case "width":
			parts = append(parts, fmt.Sprintf("%dx%d", p.Width, p.Height))
		case "model":
			parts = append(parts, p.Model)
		case "vae":
			parts = append(parts, "vae "+p.VAE)
		case "clip_skip":
			parts = append(parts, fmt.Sprint("skip ", p.ClipSkip))
		case "denoising_strength":
			parts = append(parts, fmt.Sprint("denoise ", *p.DenoisingStrength))
		case "hires":
			parts = append(parts, fmt.Sprintf("hires %+v", *p.Hires))
		}
	}
	for _, u := range f.Uses {
		text := "[" + u.Name
		if u.Weight != nil {
			text += fmt.Sprint(" ", *u.Weight)
		}
		if u.TextEncoder != nil {
			text += fmt.Sprint("/", *u.TextEncoder)
		}
		for _, d := range u.Digests {
			text += " #" + d
		}
		if u.ModelVersion != 0 {
			text += fmt.Sprint(" @", u.ModelVersion)
		}
		parts = append(parts, text+strings.Join(u.Sections, ",")+"]")
	}
	for _, k := range f.Keywords {
		parts = append(parts, "key "+k)
	}
	return strings.Join(parts, " | ")
}

const h64 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestEveryProducerIsRead(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		texts []Text
		want  string
	}{
		{"A1111", []Text{{"parameters", a1111Text}}, "a1111 | masterpiece, a cat <lora:ink_wash:0.8>\non a roof, <lora:glow:1> | NOT blurry,\nbad hands | cfg 6.5 | skip 2 | hires {Scale:1.5 Upscaler:4x-UltraSharp Steps:12 Denoising:0.35} | pony_v6 | DPM++ 2M | Karras | seed 4242424242 | steps 28 | vae sdxl.vae | 832x1216 | [ink_wash #0123456789ab] | [glow #fedcba987654]"},
		{"Forge, a name in Chinese", []Text{{"UserComment", forgeText}}, "forge | a cat | NOT  | cfg 1 | flux1-dev | Euler | Simple | seed 7 | steps 20 | 896x1152 | [水墨 #0123456789ab]"},
		{"SD.Next", []Text{{"UserComment", sdnextText}}, "sdnext | a cat <lora:one:0.7> | NOT dog | cfg 6 | model | Euler a | seed 99 | steps 20 | 1024x1024 | [one 0.7 #01234567] | [two 0.25 #89abcdef]"},
		{"stable-diffusion.cpp", []Text{{"parameters", sdcppText}}, "sdcpp | a cat | NOT bad | cfg 3 | tiny.safetensors | euler_a discrete | seed 1 | steps 2 | 64x64"},
		{"Civitai", []Text{{"UserComment", civitaiText}}, "civitai | a cat | NOT dog | cfg 4 | skip 2 | seed 5 | steps 25 | 832x1216 | [Ink Wash, the style 0.6 @222] | [civitai:333 1 @333] | [ink_wash #0123456789]"},
		{"additional networks", []Text{{"parameters", addNetText}}, "a1111 | a cat | NOT  | cfg 7 | Euler a | seed 3 | steps 20 | 512x512 | [ink_wash 0.9/0.4 #0123456789ab] | [glow 0.5 #fedcba987654]"},
		{"ComfyUI", []Text{{"prompt", comfyPrompt}}, "comfyui | a cat | NOT dog | cfg 8 | denoise 1 | sd15/dream.safetensors | euler | normal | seed 156680208700286 | steps 20 | 512x768 | [styles\\ink_wash 0.8/0.5] | [glow 0.6] | [lines 0.4]"},
		{"ComfyUI with custom sampling", []Text{{"prompt", fluxPrompt}}, "comfyui | a cat | NOT  | denoise 1 | flux1-dev.safetensors | euler | simple | seed 77 | steps 24 | 1024x1024 | [ink_wash 0.7/1]"},
		{"ComfyUI with loaders that do everything", []Text{{"prompt", efficientPrompt}}, "comfyui | a cat | NOT dog | cfg 7 | denoise 1 | dream.safetensors | euler | normal | seed 5 | steps 20 | 512x640 | [glow 0.3] | [ink_wash 0.7/0.6] | [motion 1.2]"},
		{"a workflow alone", []Text{{"workflow", comfyWorkflow}}, "comfyui | a cat | NOT dog | cfg 8 | denoise 1 | dream.safetensors | euler | normal | seed 42 | steps 20 | 512x768 | [ink_wash 0.8] | [glow 0.6]"},
		{"InvokeAI", []Text{{"invokeai_metadata", invokeJSON}}, "invokeai | a cat | NOT dog | cfg 5.5 | denoise 0.5 | Juggernaut | euler_a | seed 123 | steps 30 | 1024x1024 | [Ink Wash 0.75 #" + h64 + "]"},
		{"SwarmUI", []Text{{"parameters", swarmJSON}}, "swarmui | a cat <lora:x:1> | NOT dog | cfg 7 | sdxl/pony | dpmpp_2m | karras | seed 321 | steps 20 | 1024x768 | [styles/ink_wash 0.8/0.5 #" + h64 + "] | [glow 15]"},
		{"NovelAI", []Text{{"Software", "NovelAI"}, {"Description", "a cat"}, {"Comment", novelComment}}, "novelai | a cat\ngirl | NOT dog | cfg 5 | k_euler_ancestral | karras | seed 11 | steps 28 | 832x1216"},
		{"NovelAI, hidden in the pixels", []Text{{"parameters", `{"Software":"NovelAI","Comment":` + quote(novelComment) + `}`}}, "novelai | a cat\ngirl | NOT dog | cfg 5 | k_euler_ancestral | karras | seed 11 | steps 28 | 832x1216"},
		{"StabilityMatrix", []Text{{"parameters", "a cat <lora:x:1>\nSteps: 15, Sampler: Euler, Seed: 8"}, {"parameters-json", matrixJSON}, {"smproj", "{}"}}, "stabilitymatrix | a cat <lora:x:1> | NOT dog | cfg 6 | dream | Euler | seed 8 | steps 15 | 512x768"},
		{"Fooocus", []Text{{"parameters", fooocusJSON}, {"fooocus_scheme", "fooocus"}}, "fooocus | a cat | NOT dog | cfg 4 | juggernaut | dpmpp_2m_sde_gpu | karras | seed 6 | steps 30 | 1152x896 | [ink_wash 0.5 #0123456789]"},
		{"an older Fooocus", []Text{{"parameters", fooocusOld}}, "fooocus | a cat | NOT  | cfg 4 | juggernaut | seed 6 | [ink_wash 0.5] | [glow 0.1]"},
		{"Fooocus in A1111's form", []Text{{"parameters", "a cat\nSteps: 1, Seed: 1, Size: 64x64"}, {"fooocus_scheme", "a1111"}}, "fooocus | a cat | NOT  | seed 1 | steps 1 | 64x64"},
		{"XMP", []Text{{"XMP", xmpText}}, "a1111 | a cat | NOT  | Euler | seed 2 | steps 4 | key cat | key roof"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			f, ok := Read(c.texts)
			if got := say(f); !ok || got != c.want {
				t.Errorf("\ngot  %s\nwant %s", got, c.want)
			}
			if f.Raw == "" {
				t.Error("the raw text is not kept")
			}
			if f.Params.Prompt != f.Prompt {
				t.Error("Params lacks the prompt")
			}
		})
	}
}

func TestPromise2_TheMoreReliableSourceWinsFieldByField(t *testing.T) {
	t.Parallel()
	note := Note(made())
	for _, c := range []struct {
		name  string
		texts []Text
		want  string
	}{
		{"a graph gives A1111's text the weights it lacks", []Text{
			{"prompt", comfyPrompt}, {"parameters", "a dog\nSteps: 9, Seed: 1, Lora hashes: \"ink_wash: 0123456789ab\", Version: ComfyUI"},
		}, "comfyui | a dog | NOT dog | cfg 8 | denoise 1 | sd15/dream.safetensors | euler | normal | seed 1 | steps 9 | 512x768 | [ink_wash 0.8/0.5 #0123456789ab] | [glow 0.6] | [lines 0.4]"},
		{"our note comes before what the engine wrote", []Text{{"parameters", a1111Text}, {"loramanager", note}}, "loramanager"},
		{"a muted branch of the workflow is not read from the graph", []Text{
			{"prompt", comfyPrompt}, {"workflow", `{"nodes":[{"id":11,"type":"x","mode":4},{"id":12,"type":"y","mode":4}],"links":[]}`},
		}, "comfyui | a cat | NOT dog | cfg 8 | denoise 1 | sd15/dream.safetensors | euler | normal | seed 156680208700286 | steps 20 | 512x768 | [styles\\ink_wash 0.8/0.5]"},
	} {
		f, ok := Read(c.texts)
		if got := say(f); !ok || !strings.HasPrefix(got, c.want) {
			t.Errorf("%s:\ngot  %s\nwant %s", c.name, got, c.want)
		}
	}
}

func TestPromise2_NothingIsMadeUp(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, text, want string }{
		{"a bare prompt", "a cat, dog", " | a cat, dog | NOT "},
		{"two pairs belong to the prompt", "a cat\nSteps: 20, Seed: 5", " | a cat\nSteps: 20, Seed: 5 | NOT "},
		{"three pairs do not", "a cat\nSteps: 20, Seed: 5, Foo: x", "a1111 | a cat | NOT  | seed 5 | steps 20"},
		{"numbers out of range", "a cat\nSteps: 5000, CFG scale: 1e9, Seed: -7, Size: 1x99999, Clip skip: 99, Denoising strength: 2", "a1111 | a cat | NOT "},
		{"numbers that are none", "a cat\nSteps: many, CFG scale: NaN, Seed: 99999999999999999999, Size: big, Model: ", "a1111 | a cat | NOT "},
		{"lines behind the parameters", "a cat\nSteps: 20, Seed: 5, Size: 64x64\nTemplate: {a|b} cat", "a1111 | a cat | NOT  | seed 5 | steps 20 | 64x64"},
		{"a prompt with colons before commas", "scene: a, b: c, d: e\nSteps: 1, Seed: 2, Size: 64x64", "a1111 | scene: a, b: c, d: e | NOT  | seed 2 | steps 1 | 64x64"},
		{"a quoted value", "x\nSteps: 1, Seed: 2, Model: \"a, \\\"b\\\": c\"", "a1111 | x | NOT  | a, \"b\": c | seed 2 | steps 1"},
		{"JSON nobody knows", `{"a":1}`, ` | {"a":1} | NOT `},
		{"a graph that was pasted", fluxPrompt, "comfyui | a cat"},
		{"a workflow that was pasted", comfyWorkflow, "comfyui | a cat"},
		{"nothing", "", " |  | NOT "},
	} {
		if got := say(ReadText(c.text)); got != c.want && !(strings.HasSuffix(c.name, "pasted") && strings.HasPrefix(got, c.want)) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.name, got, c.want)
		}
	}
	for _, texts := range [][]Text{nil, {{"Software", "gimp"}}, {{"UserComment", "my holiday"}}, {{"prompt", "{}"}}, {{"XMP", "<a"}}} {
		if f, ok := Read(texts); ok {
			t.Errorf("%v is taken for a generation: %+v", texts, f)
		}
	}
}

func TestPromise4_ClaimsOfNothingAreLeftOut(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]int{
		"0x0123456789AB": 1, " 01234567 ": 1, "0123456789": 1, h64: 1, "blake3:" + h64: 1,
		"e3b0c44298fc": 0, "e3b0c44298": 0, "af1349b9f5f9": 0, "000000000000": 0, "0123": 0, "zzzzzzzz": 0, "": 0, "random:12345": 0,
	} {
		var u FoundUse
		u.claim(token)
		if len(u.Digests) != want {
			t.Errorf("%q became %v", token, u.Digests)
		}
	}
}

func TestTruncatedTextsAreSaidToBe(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"a cat\nSteps: 1, Seed: 2, Size: 64x64, Lora hashes: \"ink: 0123":               true,
		"a cat\nSteps: 1, Seed: 2, Size: 64x64, Civitai resources: [{\"type\":\"lora\"": true,
		strings.Repeat("a", sdnextLimit):                                                true,
		a1111Text:                                                                       false,
		"a cat":                                                                         false,
	} {
		if got := ReadText(text).Truncated; got != want {
			t.Errorf("%.60q: %v", text, got)
		}
	}
}
