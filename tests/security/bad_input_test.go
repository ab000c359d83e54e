package security

import (
	"encoding/json"
	"fmt"
	"image/color"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// wantField checks that an answer refuses the input and names where it stands.
func wantField(t *testing.T, what string, r *harness.Reply, location string) {
	t.Helper()
	var p struct {
		Detail string
		Errors []struct{ Location, Message string }
	}
	if err := json.Unmarshal(r.Body, &p); err != nil || r.Status != 422 && r.Status != 413 || p.Detail == "" {
		t.Errorf("%s: %d %.300s", what, r.Status, r.Body)
		return
	}
	for _, e := range p.Errors {
		if strings.HasPrefix(e.Location, location) && e.Message != "" {
			return
		}
	}
	t.Errorf("%s: the answer does not name %s: %.400s", what, location, r.Body)
}

// wrongParams are values out of bounds or of the wrong type for every field of a
// generation, as JSON.
func wrongParams() map[string][]string {
	long, sixtyFour := `"`+strings.Repeat("x", 70*kib)+`"`, `"`+strings.Repeat("a", 64)+`"`
	return map[string][]string{
		"prompt": {"null", "7", "[]", "{}", "true", long, `"a\u0000b"`}, "negative_prompt": {"7", "[]", long, `"\u0000"`},
		"steps": {"0", "-1", "1001", "1.5", `"many"`, "1e300", "9223372036854775808", "[]", "true", "null"}, "sampler_name": {"7", "[]", long, `"\u0000"`},
		"cfg_scale": {"-0.1", "100.1", `"x"`, "1e999", "[]", `"NaN"`, `"Infinity"`, "null"}, "width": {"0", "15", "16385", "-512", `"wide"`, "1e9", "null"}, "height": {"0", "15", "16385", "-512", "{}", "99999999999999999999", "null"},
		"seed": {"-2", "9007199254740992", "1.5", `"x"`, "null"}, "batch_size": {"0", "65", "-1", `"x"`}, "n_iter": {"0", "101", "-1", "[]"}, "denoising_strength": {"-0.1", "1.1", `"x"`, "1e999"},
		"scheduler": {"7", long}, "model": {"7", long, `"\u0000"`}, "vae": {"[]", long}, "clip_skip": {"-1", "25", `"x"`},
		"init_image": {"7", `"x"`, `"../../etc/passwd"`, `"file:///etc/passwd"`, `"http://127.0.0.1/"`, sixtyFour, `"` + strings.Repeat("g", 64) + `"`}, "mask_image": {`"x"`, sixtyFour}, "mask_blur": {"-1", "257", `"x"`}, "mask_invert": {`"perhaps"`, "[]"}, "inpaint_whole": {"7", "{}"},
		"hires":    {"7", "[]", `{"scale":0.5,"denoising":0.5}`, `{"scale":9,"denoising":0.5}`, `{"scale":2,"denoising":2}`, `{"scale":2,"denoising":0.5,"steps":-1}`, `{"scale":2,"denoising":0.5,"steps":1001}`, `{"scale":2,"denoising":0.5,"upscaler":` + long + `}`},
		"controls": {"7", "{}", `[{}]`, `[{"image":"x","model":"m","weight":1,"start":0,"end":1}]`, `[{"image":` + sixtyFour + `,"model":"m","weight":1,"start":0,"end":1}]`, `[{"image":` + sixtyFour + `,"model":"m","weight":101,"start":0,"end":1}]`, `[{"image":` + sixtyFour + `,"model":"m","weight":1,"start":1,"end":0}]`, "[" + strings.Repeat(`{"image":`+sixtyFour+`,"model":"m","weight":1,"start":0,"end":1},`, 8) + `{}]`},
		"upscale":  {"7", `{"upscaler":"","scale":2}`, `{"upscaler":"x","scale":0}`, `{"upscaler":"x","scale":9}`}, "workflow": {"7", long},
		"adapters": {"7", `[7]`, `[{}]`, `[{"name":"","weight":1}]`, `[{"name":"x","weight":101}]`, `[{"name":"x","weight":1e999}]`, `[{"name":"x","weight":"1"}]`, `[{"name":"x","weight":1,"text_encoder":[500]}]`, `[{"name":"x","weight":1,"blocks":{"IN01":-500}}]`, `[{"name":"x","weight":1,"schedule":[{"at":-1,"weight":1}]}]`, "[" + strings.Repeat(`{"name":"x","weight":1},`, 200) + `{"name":"x","weight":1}]`},
	}
}

func TestParametersOutOfBoundsAreNamedAndNothingIsKept(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	before := kept(t, s)
	lenient := map[string]bool{"steps null": true, "cfg_scale null": true, "width null": true, "height null": true, "seed null": true}
	for field, values := range wrongParams() {
		for _, value := range values {
			what := field + " " + value[:min(len(value), 60)]
			if lenient[what] { // the contract may take it as absent
				continue
			}
			body := fmt.Sprintf(`{"prompt":"x",%q:%s}`, field, value)
			if field == "prompt" {
				body = fmt.Sprintf(`{"prompt":%s}`, value)
			}
			wantField(t, what, s.Ask("POST", "/api/v1/generation/queue-generation", body), "body."+field)
			wantField(t, what+", at once", s.Ask("POST", "/api/v1/generation/generate", body), "body."+field)
			inner := fmt.Sprintf(`{"compose_request":{},"generation_params":%s}`, body)
			if r := s.Ask("POST", "/api/v1/generation/compose-and-generate", inner); r.Status < 400 || r.Status >= 500 {
				t.Errorf("%s, composed: %d %.300s", what, r.Status, r.Body)
			}
		}
	}
	for query, location := range map[string]string{"priority=10": "query.priority", "priority=-1": "query.priority", "priority=x": "query.priority", "composition_id=" + strings.Repeat("x", 65): "query.composition_id", "backend=" + strings.Repeat("x", 201): "query.backend", "save_images=perhaps": "query.save_images"} {
		wantField(t, query, s.Ask("POST", "/api/v1/generation/queue-generation?"+query, `{"prompt":"x"}`), location)
	}
	for _, key := range []string{strings.Repeat("k", 201), "with blanks in it", "delivery-of:x", "k\u00e9y"} {
		if r := s.Ask("POST", "/api/v1/generation/queue-generation", `{"prompt":"x","width":64,"height":64,"steps":1}`, "Idempotency-Key: "+key); r.Status != 422 {
			t.Errorf("the key %.20q: %d %.300s", key, r.Status, r.Body)
		}
	}
	for _, size := range []string{`"width":16384,"height":16384`, `"width":8000,"height":8001`, `"width":4096,"height":4096,"hires":{"scale":8,"denoising":0.5}`} {
		wantField(t, size, s.Ask("POST", "/api/v1/generation/queue-generation", `{"prompt":"x",`+size+`}`), "body.width")
	}
	wantSame(t, s, before, "parameters out of bounds")
}

func TestBodiesThatAreNoRequestsAreRefusedEverywhere(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	before := kept(t, s)
	routes := []string{
		"/generation/queue-generation", "/generation/generate", "/generation/compose-and-generate", "/compose", "/compose/dialects", "/prompts/parse", "/prompts/expand", "/compositions", "/compositions/import",
		"/deliveries", "/presets", "/engines", "/engines/test", "/generation/results/bulk", "/generation/results/export",
	}
	for _, path := range routes {
		for what, body := range map[string]string{
			"half an object": `{"prompt":"x"`, "a list": `[]`, "a text": `"x"`, "a number": `7`, "two objects": `{}{}`, "no JSON": "\x00\x01", "a comment": `{/**/}`, "single quotes": `{'prompt':'x'}`, "an endless nesting": strings.Repeat("[", 100_000), "3 MiB": `{"prompt":"` + strings.Repeat("x", 3*mib) + `"}`,
		} {
			r := s.Ask("POST", "/api/v1"+path, body)
			if r.Status < 400 || r.Status >= 500 {
				t.Errorf("%s with %s: %d %.300s", path, what, r.Status, r.Body)
				continue
			}
			r.Problem(t)
		}
		for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/html", "image/png", "application/xml"} {
			if r := s.Ask("POST", "/api/v1"+path, `{"prompt":"x"}`, "Content-Type: "+kind); r.Status != 415 {
				t.Errorf("%s as %s: %d %.300s", path, kind, r.Status, r.Body)
			}
		}
	}
	picture := string(plain(t, color.RGBA{1, 2, 3, 255}))
	for _, kind := range []string{"application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", "text/html"} {
		for _, path := range []string{"/api/v1/pictures", "/api/v1/prompts/read-picture"} {
			if r := s.Ask("POST", path, picture, "Content-Type: "+kind); r.Status != 415 {
				t.Errorf("a picture as %s at %s: %d %.300s", kind, path, r.Status, r.Body)
			}
		}
	}
	wantSame(t, s, before, "bodies that are none")
}

func TestWhatIsNotThereIsSaidByName(t *testing.T) {
	t.Parallel()
	s, root, a := one(t, harness.Options{})
	write(t, root, "b.safetensors", adapterFile(t, nil, 2, "lora_unet_down_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k", 768, 640))
	s.Scan()
	for path, status := range map[string]int{
		"/generation/results/none": 404, "/generation/jobs/none": 404, "/deliveries/none": 404, "/compositions/none": 404, "/pictures/" + strings.Repeat("a", 64): 404, "/pictures/x": 404, "/engines/none/loras": 404, "/generation/progress/none": 404,
	} {
		if r := s.Ask("GET", "/api/v1"+path, ""); r.Status != status || r.Problem(t).Detail == "" {
			t.Errorf("%s: %d %.200s", path, r.Status, r.Body)
		}
	}
	if r := s.Ask("POST", "/api/v1/generation/queue-generation?backend=nobody", `{"prompt":"x"}`); r.Status != 404 || !strings.Contains(r.Problem(t).Detail, "nobody") {
		t.Errorf("an engine that is not there: %d %.200s", r.Status, r.Body)
	}
	type finding struct{ Code, Message string }
	codes := func(entries ...map[string]any) string {
		var composed struct{ Findings []finding }
		s.Call("POST", "/api/v1/compose", map[string]any{"entries": entries}, &composed)
		var found []string
		for _, f := range composed.Findings {
			found = append(found, f.Code)
			if f.Message == "" {
				t.Errorf("%s without a sentence", f.Code)
			}
		}
		return strings.Join(found, " ")
	}
	entry := func(id, name string) map[string]any {
		return map[string]any{"adapter_id": id, "name": name, "weight": 1, "enabled": true}
	}
	if got := codes(entry("none", "nobody")); !strings.Contains(got, "unknown_adapter") {
		t.Errorf("an unknown adapter: %s", got)
	}
	b := s.ByFile()["b.safetensors"]
	if a.BaseModel == b.BaseModel {
		t.Fatalf("both are %s", a.BaseModel)
	}
	if got := codes(entry(a.ID, a.Name), entry(b.ID, b.Name)); !strings.Contains(got, "mixed_base") {
		t.Errorf("base models that do not go together: %s", got)
	}
	s.Call("DELETE", "/api/v1/adapters/"+b.ID, nil, nil)
	if got := codes(entry(b.ID, b.Name)); !strings.Contains(got, "missing_file") && !strings.Contains(got, "unknown_adapter") {
		t.Errorf("an adapter whose file is gone: %s", got)
	}
}

func TestRequestsThatComeTwiceOrTooLateChangeNothing(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	const body = `{"prompt":"once","width":64,"height":64,"steps":1}`
	queue := func(body string) (id string) {
		var queued struct {
			ID string `json:"delivery_id"`
		}
		r := s.Ask("POST", "/api/v1/generation/queue-generation", body, "Idempotency-Key: the-same")
		if r.Status == 200 && decode(r, &queued) != nil {
			t.Fatalf("%.200s", r.Body)
		}
		return queued.ID
	}
	first := queue(body)
	if again := queue(body); again != first || first == "" {
		t.Errorf("the same request with the same key made %q after %q", again, first)
	}
	if other := queue(`{"prompt":"another","width":64,"height":64,"steps":1}`); other != first && other != "" {
		t.Errorf("another request with the same key made %q", other)
	}
	if m := final(t, s, first); m.RawStatus != lora.JobSucceeded {
		t.Fatalf("%+v", m)
	}
	before := kept(t, s)
	if before["jobs"] != 1 {
		t.Errorf("there are %d jobs", before["jobs"])
	}
	for path, status := range map[string]int{"cancel": 400, "retry": 409, "move": 409} {
		r := s.Ask("POST", "/api/v1/generation/jobs/"+first+"/"+path, "{}")
		if r.Status != status && r.Status != 409 || r.Problem(t).Detail == "" {
			t.Errorf("%s of a job that is over: %d %.200s", path, r.Status, r.Body)
		}
	}
	if m := final(t, s, first); m.RawStatus != lora.JobSucceeded || len(m.Images) != 1 {
		t.Errorf("the job became %+v", m)
	}
	wantSame(t, s, before, "requests that come too late")
}
