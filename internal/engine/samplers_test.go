package engine

import (
	"testing"

	"loramanager/internal/lora"
)

func TestASamplerIsFoundUnderTheNamesOfOtherPrograms(t *testing.T) {
	t.Parallel()
	labels := []string{"DPM++ 2M", "DPM++ SDE", "DPM++ 2M SDE", "Euler a", "Euler", "DPM2 a", "UniPC", "LMS"}
	plain := []string{"euler", "euler_ancestral", "dpm_2_ancestral", "dpmpp_2m", "dpmpp_sde", "dpmpp_2m_sde", "uni_pc", "lms"}
	for _, c := range []struct {
		list            []string
		name            string
		want, scheduler string
	}{
		{labels, "DPM++ 2M", "DPM++ 2M", ""}, {labels, "dpm++ 2m", "DPM++ 2M", ""}, {labels, "dpmpp_2m_sde", "DPM++ 2M SDE", ""},
		{labels, "euler_ancestral", "Euler a", ""}, {labels, "k_lms", "", ""}, {labels, "DPM++ SDE Karras", "DPM++ SDE", "karras"},
		{plain, "DPM++ 2M Karras", "dpmpp_2m", "karras"}, {plain, "Euler a", "euler_ancestral", ""}, {plain, "DPM2 a", "dpm_2_ancestral", ""},
		{plain, "UniPC", "uni_pc", ""}, {plain, "Heun", "", ""}, {plain, "", "", ""}, {nil, "Euler", "", ""},
	} {
		got, scheduler, ok := findSampler(c.list, c.name)
		if got != c.want || scheduler != c.scheduler || ok != (c.want != "") {
			t.Errorf("%q: got %q with %q", c.name, got, scheduler)
		}
	}
}

func TestErrorsOfEnginesAreReadInEveryShape(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"error":"HTTPException","code":404,"detail":"Sampler not found","body":"","errors":""}`: "Sampler not found; HTTPException",
		`{"detail":"Not Found"}`: "Not Found",
		`{"detail":[{"loc":["body","steps"],"msg":"value is not a valid integer","type":"type_error"}]}`: "value is not a valid integer; body steps",
		`{"error":"OutOfMemoryError","detail":"","errors":"CUDA out of memory"}`:                         "CUDA out of memory; OutOfMemoryError",
		`{"error":{"type":"invalid_prompt","message":"Cannot execute","details":""},"node_errors":{}}`:   "Cannot execute",
		`"TypeError: bad"`: "TypeError: bad", `plain words`: "plain words", `<html><h1>502</h1></html>`: "", ``: "", `7`: "", "a\x1b[31m\nb": `a\x1b[31m b`,
	} {
		if got := errorText([]byte(body)); got != want {
			t.Errorf("%s: got %q", body, got)
		}
	}
}

func TestANameIsNotTakenForAnotherFile(t *testing.T) {
	t.Parallel()
	const ours, other = "aa11111111111111111111111111111111111111111111111111111111111111", "bb11111111111111111111111111111111111111111111111111111111111111"
	use := lora.ResolvedUse{Use: lora.Use{Name: "x"}, FileName: "x.safetensors", RelPath: "x.safetensors", Digests: map[string]string{"sha256": ours}}
	if _, err := indexHandles([]Handle{{Name: "x", Path: "x.safetensors", Digests: []string{other}}}).find(use); err == nil {
		t.Error("a file with another digest was taken")
	}
	h, err := indexHandles([]Handle{{Name: "x", Path: "a/x.safetensors", Digests: []string{other}}, {Name: "y", Path: "y.safetensors", Digests: []string{ours[:10]}}}).find(use)
	if err != nil || h.Name != "y" {
		t.Errorf("found %q, %v", h.Name, err)
	}
}
