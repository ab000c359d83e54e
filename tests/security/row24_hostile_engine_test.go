package security

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// hostileReplies are answers of an engine of the A1111 family to a generation, none of
// which holds a picture. TRAP is an address that must not be called.
func hostileReplies() map[string]any {
	images := func(list ...any) map[string]any {
		return map[string]any{"images": list, "parameters": map[string]any{}, "info": "{}"}
	}
	text := func(data string) string { return base64.StdEncoding.EncodeToString([]byte(data)) }
	return map[string]any{
		"a file of this machine":   images("file:///etc/passwd"),
		"another spelling of it":   images("FILE:/etc/passwd"),
		"a path":                   images("/etc/passwd"),
		"a path that climbs":       images("../../../../../../etc/passwd"),
		"an address":               images("TRAP/picture.png"),
		"an address in data":       images("data:image/png;base64,TRAP"),
		"a page as data":           images("data:text/html;base64," + text("<script>alert(1)</script>")),
		"a drawing as data":        images("data:image/svg+xml;base64," + text(`<svg xmlns="http://www.w3.org/2000/svg"><image href="TRAP"/></svg>`)),
		"a page":                   images(text("<!doctype html><script>alert(1)</script>")),
		"a drawing":                images(text(`<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg">&x;</svg>`)),
		"a program":                images(text("\x7fELF\x02\x01\x01")),
		"a pickle":                 images(text("\x80\x02cos\nsystem\n.")),
		"an archive":               images(text("PK\x03\x04../../x")),
		"the beginning of a PNG":   images(text(pngStart)),
		"half a PNG":               images(text(string(enginetest.Picture(64, 64, "x")[:50]))),
		"no base64":                images("!!!not base64!!!"),
		"an empty text":            images(""),
		"a number":                 images(7),
		"an object":                images(map[string]any{"path": "/etc/passwd", "url": "file:///etc/passwd"}),
		"lists in lists":           images([]any{[]any{"file:///etc/passwd"}}),
		"null":                     images(nil),
		"pictures as a text":       map[string]any{"images": "file:///etc/passwd", "info": ""},
		"pictures as an object":    map[string]any{"images": map[string]any{"0": "file:///etc/passwd"}, "info": ""},
		"a list":                   []any{"file:///etc/passwd"},
		"nothing":                  "",
		"the word null":            "null",
		"a number alone":           "7",
		"numbers beyond all":       `{"images":[1e999,-1e999],"info":1e999}`,
		"the same key many times":  `{` + strings.Repeat(`"images":["file:///etc/passwd"],`, 1000) + `"images":[]}`,
		"bytes that are not UTF-8": "{\"images\":[\"\xff\xfe\"],\"info\":\"\xff\"}",
		"a key that never ends":    `{"` + strings.Repeat("k", 20*mib),
		"spaces without end":       strings.Repeat(" ", 20*mib) + "{}",
	}
}

func TestRow24_WhatAHostileEngineSendsIsNeitherFollowedNorKept(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	s := harness.Start(t, harness.Options{})
	jobs, i := map[string]string{}, 0
	for what, body := range hostileReplies() {
		i++
		text, ok := body.(string)
		if !ok {
			text = asJSON(t, body)
		}
		name := fmt.Sprintf("engine %d", i)
		addEngine(t, s, name, lora.SDNext, sends(t, strings.ReplaceAll(text, "TRAP", trap.URL)).URL, nil)
		jobs[generate(t, s, strings.ReplaceAll(name, " ", "%20"), map[string]any{"n_iter": 1})] = what
	}
	for id, what := range jobs {
		m := final(t, s, id)
		if m.RawStatus != lora.JobFailed || m.ErrorClass == "" || m.said() == "" || len(m.Images) != 0 {
			t.Errorf("%s: %s, %s because %q with %d pictures", what, m.RawStatus, m.ErrorClass, m.said(), len(m.Images))
		}
		plainOnly(t, what+": the reason", m.said())
		for _, path := range []string{"/generation/results/" + id + "/download", "/generation/jobs/" + id, "/generation/results/" + id, "/generation/progress/" + id} {
			if r := s.Ask("GET", "/api/v1"+path, ""); strings.Contains(string(r.Body), "root:") || r.Status >= 500 {
				t.Errorf("%s: %s answers %d %.300s", what, path, r.Status, r.Body)
			}
		}
		if r := s.Ask("POST", "/api/v1/generation/results/export", asJSON(t, map[string]any{"ids": []string{id}})); strings.Contains(string(r.Body), "root:") || r.Status >= 500 {
			t.Errorf("%s: the export is %d with %d bytes", what, r.Status, len(r.Body))
		}
		s.Ask("DELETE", "/api/v1/generation/results/"+id, "")
	}
	if files := filesBelow(t, s.Data+"/pictures"); len(files) != 0 {
		t.Errorf("kept were %q", files)
	}
	if n := trap.calls.Load(); n != 0 {
		t.Errorf("an address of the engine's was called %d times", n)
	}
}

// A picture that is sound may come with notes that are not.
func TestRow24_NotesOfAHostileEngineStayTexts(t *testing.T) {
	t.Parallel()
	s := harness.Start(t, harness.Options{})
	picture := base64.StdEncoding.EncodeToString(enginetest.Picture(64, 64, "sound"))
	nasty := "\x1b[31m\u202e\r\n<script>alert(1)</script>\x00{prompt:>5000000}"
	i := 0
	for what, info := range map[string]any{
		"a list": []any{1, "x"}, "a number": 7, "null": nil, "true": true, "a text": nasty, "a long text": strings.Repeat("x", mib),
		"an object of wrong types": map[string]any{"all_seeds": "x", "infotexts": map[string]any{"a": 1}, "seed": []any{}, "prompt": 7},
		"seeds beyond numbers":     `{"all_seeds":[1e300,-5,"x",null],"infotexts":[null,7,"` + strings.Repeat("y", 100*kib) + `"]}`,
		"nasty texts":              asJSON(t, map[string]any{"all_seeds": []int{1}, "infotexts": []string{nasty}, "extra_generation_params": map[string]any{nasty: nasty}}),
		"nested JSON":              strings.Repeat(`{"a":[`, 10_000),
	} {
		i++
		name := fmt.Sprintf("e%d", i)
		addEngine(t, s, name, lora.A1111, sends(t, map[string]any{"images": []string{picture}, "info": info, "parameters": info}).URL, nil)
		m := final(t, s, generate(t, s, name, nil))
		if m.RawStatus == lora.JobFailed && m.said() != "" && len(m.Images) == 0 {
			continue
		}
		if m.RawStatus != lora.JobSucceeded || len(m.Images) != 1 {
			t.Errorf("%s: %s because %q with %d pictures", what, m.RawStatus, m.said(), len(m.Images))
			continue
		}
		for _, path := range []string{"/generation/results/" + m.ID, "/generation/jobs/" + m.ID, "/generation/history?limit=200"} {
			if r := s.Ask("GET", "/api/v1"+path, ""); r.Status != 200 || !json.Valid(r.Body) || len(r.Body) > 4*mib || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Errorf("%s: %s answers %d with %d bytes", what, path, r.Status, len(r.Body))
			}
		}
		if r := s.Ask("GET", "/api/v1/pictures/"+m.Images[0].SHA256, ""); r.Status != 200 || len(r.Body) > 512*kib {
			t.Errorf("%s: the picture is %d with %d bytes", what, r.Status, len(r.Body))
		}
	}
}

// liar is an engine whose answers are changed on their way.
func liar(t *testing.T, honest enginetest.Fake, lie func(w http.ResponseWriter, r *http.Request) bool) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !lie(w, r) {
			honest.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(func() {
		honest.Close()
		server.CloseClientConnections()
		server.Close()
	})
	return server
}

// says answers with a body when the request is for the route.
func says(method, route, body string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method != method || !strings.HasPrefix(r.URL.Path, route) {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, body) // who asked may be gone
		return true
	}
}

func TestRow24_EnginesThatLieAboutJobsAndFilesGainNothing(t *testing.T) {
	t.Parallel()
	trap := newTrap(t)
	s := harness.Start(t, harness.Options{})
	type lie struct {
		kind                lora.EngineKind
		method, route, body string
	}
	output := func(file string) string { // every job's history, whatever its id
		return `{"ID":{"status":{"status_str":"success","completed":true,"messages":[]},"outputs":{"9":{"images":[` + file + `]}}}}`
	}
	i := 0
	ids := map[string]string{}
	for what, c := range map[string]lie{
		"another job's id":         {lora.ComfyUI, "POST", "/prompt", `{"prompt_id":"00000000-0000-4000-8000-000000000000","number":1,"node_errors":{}}`},
		"an id that is a path":     {lora.ComfyUI, "POST", "/prompt", `{"prompt_id":"../../view?filename=x","number":1,"node_errors":{}}`},
		"an id of a megabyte":      {lora.ComfyUI, "POST", "/prompt", `{"prompt_id":"` + strings.Repeat("x", mib) + `","number":1}`},
		"an id that is a number":   {lora.ComfyUI, "POST", "/prompt", `{"prompt_id":7,"number":"x"}`},
		"no id":                    {lora.ComfyUI, "POST", "/prompt", `{}`},
		"a history of wrong types": {lora.ComfyUI, "GET", "/history/", `[[[]]]`},
		"a history of other jobs":  {lora.ComfyUI, "GET", "/history/", output(`{"filename":"x.png","subfolder":"","type":"output"}`)},
		"files as text":            {lora.ComfyUI, "GET", "/view", "root:x:0:0:root:/root:/bin/sh\n"},
		"a page as a picture":      {lora.ComfyUI, "GET", "/view", "<!doctype html><script>alert(1)</script>"},
		"classes of wrong types":   {lora.ComfyUI, "GET", "/object_info", `{"KSampler":{"input":7},"LoraLoader":[],"CheckpointLoaderSimple":{"input":{"required":{"ckpt_name":[{"a":1}]}}}}`},
		"a native job's id":        {lora.SDCpp, "POST", "/sdcpp/v1/img_gen", `{"id":"../../../x","job_id":"` + trap.URL + `","status":"queued"}`},
		"a native job of another":  {lora.SDCpp, "GET", "/sdcpp/v1/jobs/", `{"id":"other","status":"completed","result":{"images":[{"b64_json":"file:///etc/passwd"}]}}`},
		"a native job of no type":  {lora.SDCpp, "GET", "/sdcpp/v1/jobs/", `{"status":["completed"],"result":"file:///etc/passwd"}`},
		"progress out of bounds":   {lora.A1111, "GET", "/sdapi/v1/progress", `{"progress":1e300,"eta_relative":-1e300,"state":{"sampling_step":-5,"sampling_steps":1e99},"current_image":"file:///etc/passwd"}`},
		"progress of no type":      {lora.SDNext, "GET", "/sdapi/v1/progress", `{"progress":"x","state":[],"current_image":{"a":1}}`},
	} {
		i++
		name := fmt.Sprintf("e%d", i)
		var honest enginetest.Fake
		switch c.kind {
		case lora.ComfyUI:
			honest = enginetest.NewComfyUI(enginetest.ComfyUIOptions{})
		case lora.SDCpp:
			honest = enginetest.NewSDCpp(enginetest.SDCppOptions{})
		default:
			honest = enginetest.NewA1111(enginetest.A1111Options{Kind: c.kind})
		}
		addEngine(t, s, name, c.kind, liar(t, honest, says(c.method, c.route, c.body)).URL, map[string]any{"timeout_seconds": 3})
		ids[generate(t, s, name, nil)] = what
	}
	for id, what := range ids {
		m := attempted(t, s, id)
		sound := strings.HasPrefix(what, "progress") || strings.HasPrefix(what, "classes")
		if m.RawStatus == lora.JobSucceeded && !sound || m.RawStatus != lora.JobSucceeded && (m.said() == "" || m.ErrorClass == "") {
			t.Errorf("%s: %s, %s because %q with %d pictures", what, m.RawStatus, m.ErrorClass, m.said(), len(m.Images))
		}
		plainOnly(t, what, m.said())
		if len(m.said()) > 2*kib {
			t.Errorf("%s: the reason has %d bytes", what, len(m.said()))
		}
	}
	if n := trap.calls.Load(); n != 0 {
		t.Errorf("an address of the engine's was called %d times", n)
	}
}
