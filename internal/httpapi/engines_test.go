package httpapi

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/engine"
	"loramanager/internal/lora"
)

func TestEnginesAreSetUpAndAsked(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	var made, tested lora.EngineStatus
	h.do("POST", "/engines", `{"name":"mine","kind":"a1111","url":"http://127.0.0.1:1/","username":"u","password":"secret","enabled":false}`, 201, &made)
	if made.URL != "http://127.0.0.1:1" || made.Enabled || made.Name != "mine" {
		t.Errorf("%+v", made)
	}
	raw := text(t, h.ask(t, "GET", apiPrefix+"/engines", ""))
	if strings.Contains(raw, "secret") || !strings.Contains(raw, `"mine"`) || !strings.Contains(raw, `"sketch"`) {
		t.Errorf("%s", raw)
	}
	if h.do("POST", "/engines/mine/test", nil, 200, &tested); tested.Reachable == nil || *tested.Reachable || tested.Error == "" || tested.ErrorClass != "unreachable" {
		t.Errorf("%+v", tested)
	}
	h.do("PUT", "/engines/mine", `{"name":"yours","kind":"a1111","url":"http://127.0.0.1:2","enabled":false}`, 200, &made)
	if made.Name != "yours" {
		t.Errorf("%+v", made)
	}
	if stored, err := h.store.EngineConfigs(t.Context()); err != nil || len(stored) != 1 || stored[0].Password != "secret" {
		t.Errorf("the password was not kept: %+v %v", stored, err)
	}
	h.do("DELETE", "/engines/yours", nil, 204, nil)
	if h.do("POST", "/engines/test", `{"name":"try","kind":"sketch"}`, 200, &tested); tested.Reachable == nil || !*tested.Reachable || tested.Capabilities == nil {
		t.Errorf("%+v", tested)
	}
	var loras EngineLoRAs
	if h.do("GET", "/engines/sketch/loras", nil, 200, &loras); !loras.Every || loras.MissingTotal != 0 {
		t.Errorf("%+v", loras)
	}
	for body, location := range map[string]string{
		`{"name":"auto","kind":"a1111","url":"http://x"}`: "body.name", `{"name":"a","kind":"a1111","url":"ftp://x"}`: "body.url",
		`{"name":"a","kind":"abacus","url":"http://x"}`: "body.kind", `{"kind":"a1111","url":"http://x"}`: "body",
	} {
		if p := h.fails("POST", "/engines", body, 422, lora.Invalid); len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, location) {
			t.Errorf("%s: %+v", body, p)
		}
	}
	for _, path := range []string{"POST /engines/none/test", "GET /engines/none/loras", "DELETE /engines/none"} {
		method, path, _ := strings.Cut(path, " ")
		h.fails(method, path, "", 404, lora.NotFound)
	}
}

func TestLoRAsOfAnEngineAreFoundWhereverItsFolderLies(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	adapters := h.list("").Items
	rel := func(a lora.Adapter) string { return path.Join(a.Folder, a.FileName) }
	found, err := h.adaptersOf(t.Context(), []engine.Handle{
		{Name: "one", Path: "/models/Lora/" + rel(adapters[0])},
		{Name: "two", Path: rel(adapters[1])},
		{Name: "three", Path: "C:/elsewhere/" + adapters[2].FileName},
		{Name: adapters[0].FileName},
		{Name: "four", Path: "/models/Lora/nobody.safetensors"},
		{Name: "deep", Path: strings.Repeat("a/", 5000) + "nobody.safetensors"},
	})
	if want := []string{adapters[0].ID, adapters[1].ID, adapters[2].ID, adapters[0].ID, "", ""}; err != nil || !slices.Equal(found, want) {
		t.Errorf("%v, %v, want %v", found, err, want)
	}
}

func TestPresetsAndWorkflowsAreKept(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var p PresetReply
	h.do("POST", "/presets", `{"name":"Quick","engine":"sketch","params":{"prompt":"","steps":4}}`, 201, &p)
	if p.Preset.Params.Steps != 4 || p.Preset.Params.Width != 512 {
		t.Errorf("%+v", p)
	}
	h.do("PUT", "/presets/"+p.Preset.ID, `{"name":"Slow","params":{"prompt":"","steps":40}}`, 200, &p)
	var all PresetList
	if h.do("GET", "/presets", nil, 200, &all); len(all.Presets) != 1 || all.Presets[0].Name != "Slow" {
		t.Errorf("%+v", all)
	}
	if bad := h.fails("POST", "/presets", `{"name":"x","params":{"prompt":"","steps":0}}`, 422, lora.Invalid); bad.Errors[0].Location != "body.params.steps" {
		t.Errorf("%+v", bad)
	}
	h.do("DELETE", "/presets/"+p.Preset.ID, nil, 204, nil)
	var w WorkflowReply
	graph := `{"1":{"class_type":"LoadImage","inputs":{"image":"a.png"}},"2":{"class_type":"SaveImage","inputs":{"images":["1",0]}}}`
	if h.do("PUT", "/workflows/mine", map[string]any{"graph": graph}, 200, &w); w.Workflow.Graph != graph || len(w.Notes) == 0 {
		t.Errorf("%+v", w)
	}
	for _, graph := range []string{`{"nodes":`, `{"nodes":[],"links":[]}`, `{"3":{"class_type":"KSampler","inputs":{}}}`} {
		if p := h.fails("PUT", "/workflows/bad", fmt.Sprintf(`{"graph":%q}`, graph), 422, lora.Invalid); p.Errors[0].Location != "body.graph" {
			t.Errorf("%s: %+v", graph, p)
		}
	}
	h.do("DELETE", "/workflows/mine", nil, 204, nil)
	h.fails("DELETE", "/workflows/mine", "", 404, lora.NotFound)
}
