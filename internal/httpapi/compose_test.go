package httpapi

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// activate adds an adapter of its own file and makes it active.
func (h *house) activate(name, version string, weight float64, ordinal *int) string {
	h.t.Helper()
	h.files++
	body := map[string]any{"name": name, "version": version, "weight": weight, "active": true, "ordinal": ordinal, "file_path": h.put(fmt.Sprintf("file %02d.safetensors", h.files))}
	var r AdapterReply
	h.do("POST", "/adapters", body, 201, &r)
	return r.Adapter.ID
}

func ptr[T any](v T) *T { return &v }

func TestComposeFollowsTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var empty ComposeReply
	h.do("POST", "/compose", `{}`, 200, &empty)
	if empty.Prompt != "" || !slices.Equal(empty.Warnings, []string{"No active adapters found for composition"}) || empty.Delivery != nil {
		t.Errorf("%+v", empty)
	}
	h.activate("Alpha", "v3", 2, ptr(0))
	h.activate("Beta", "", 0, nil)
	h.activate("Neg", "", -0.25, ptr(0))
	h.activate("Zed", "", 0.333333, ptr(1))
	h.activate("alpha", "", 0.12345, ptr(1))
	h.activate("My:Lora <x>", "", 1.0005, ptr(9))
	h.activate("Alpha", "v2", 2, ptr(1))
	h.activate("Alpha", "v1", 1, ptr(5))
	var r ComposeReply
	h.do("POST", "/compose", `{"prefix":"  hello ","suffix":"end\n","delivery":null}`, 200, &r)
	if want := `hello <lora:Alpha:2.000> <lora:Beta:0.000> <lora:Neg:-0.250> <lora:Zed:0.333> <lora:alpha:0.123> <lora:My:Lora <x>:1.000> end`; r.Prompt != want {
		t.Errorf("prompt\n%s\nwant\n%s", r.Prompt, want)
	}
	if len(r.Tokens) != 6 || r.Tokens[0] != "<lora:Alpha:2.000>" || len(r.Warnings) == 0 || r.Warnings[0] != "Adapters with zero weight: Beta" {
		t.Errorf("%q %q", r.Tokens, r.Warnings)
	}
	for body, location := range map[string]string{
		`{"prefix":5}`: "body.prefix", `{"delivery":{}}`: "body.delivery.mode", `{"dialect":"klingon"}`: "body.dialect",
		`{"delivery":{"mode":"http","http":{"port":80}}}`: "body.delivery.http.host", `{"delivery":{"mode":"sdnext","sdnext":{}}}`: "body.delivery.sdnext.generation_params",
		`{"delivery":{"mode":"sketch","sdnext":{"mode":"later","generation_params":{"prompt":""}}}}`:        "body.delivery.sdnext.mode",
		`{"delivery":{"mode":"sketch","sdnext":{"return_format":"gif","generation_params":{"prompt":""}}}}`: "body.delivery.sdnext.return_format",
		`{"entries":[{"name":"x","weight":1e9,"enabled":true}]}`:                                            "body.entries", `{"delivery":{"mode":"sdnext","sdnext":{"generation_params":{}}}}`: "body.delivery.sdnext.generation_params.prompt",
	} {
		if p := h.fails("POST", "/compose", body, 422, lora.Invalid); len(p.Errors) == 0 || p.Errors[0].Location != location {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
}

func TestAComposedPromptIsDelivered(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	h.activate("Alpha", "", 0.75, nil)
	for body, wanted := range map[string]lora.JobStatus{
		`{"prefix":"to a file","delivery":{"mode":"cli","cli":{"template":"{prompt}!"}}}`:                                                      lora.JobSucceeded,
		`{"prefix":"to a picture","delivery":{"mode":"sketch","sdnext":{"generation_params":{"prompt":"","width":64,"height":64,"steps":2}}}}`: lora.JobSucceeded,
		`{"prefix":"nowhere","delivery":{"mode":"pigeon"}}`:                                                                                    lora.JobFailed,
		`{"prefix":"to a host","delivery":{"mode":"http","http":{"host":"hook.example"}}}`:                                                     lora.JobFailed,
	} {
		var r ComposeReply
		h.do("POST", "/compose", body, 200, &r)
		if r.Delivery == nil || r.Delivery.Status != lora.JobPending {
			t.Fatalf("%s: %+v", body, r.Delivery)
		}
		d := h.delivered(r.Delivery.ID)
		if d.Status != wanted || !strings.HasSuffix(d.Prompt, " <lora:Alpha:0.750>") {
			t.Errorf("%s: %+v", body, d)
		}
	}
}

func TestTheSameCompositionInEveryDialect(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	a := h.list("").Items[0]
	entry, err := json.Marshal([]lora.Composed{
		{Enabled: true, Use: lora.Use{AdapterID: a.ID, Name: a.Name, Weight: 0.8, TextEncoder: []float64{0.4}, Triggers: []string{"magic word"}}},
		{Enabled: true, Use: lora.Use{Name: "nobody", Weight: 1}},
	})
	if err != nil {
		t.Fatal(err)
	}
	var r DialectsReply
	h.do("POST", "/compose/dialects", `{"prefix":"😀","negative":"no","entries":`+string(entry)+`}`, 200, &r)
	if len(r.Dialects) != 7 || len(r.Findings) == 0 || r.Findings[len(r.Findings)-1].Code != "unknown_adapter" {
		t.Fatalf("%+v", r)
	}
	for _, d := range r.Dialects {
		if d.Negative != "no" || d.Label == "" || (d.Structure != nil) != (d.Dialect == "invokeai" || d.Dialect == "sdcpp") || !strings.Contains(d.Prompt, "magic word") {
			t.Errorf("%+v", d)
		}
		for i, token := range d.Tokens {
			if got := d.Prompt[bytesOf(d.Prompt, token.Start):bytesOf(d.Prompt, token.End)]; got != token.Text || (i == 0) != (token.AdapterID == a.ID) {
				t.Errorf("%s: %q stands at the place of %+v", d.Dialect, got, token)
			}
		}
	}
}

func TestAPromptIsTakenApart(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	a := h.list("").Items[0]
	text := fmt.Sprintf("a castle <lora:%s:0.7> <lora:gone:0.5>\nNegative prompt: fog\nSteps: 12, Sampler: Euler a, CFG scale: 5, Seed: 99, Size: 640x512", a.Name)
	var r Rebuilt
	h.do("POST", "/prompts/parse", map[string]any{"text": text}, 200, &r)
	if r.Text != "a castle" || r.Negative != "fog" || len(r.Entries) != 1 || r.Entries[0].AdapterID != a.ID || r.Entries[0].Weight != 0.7 || len(r.Lost) != 1 || r.Lost[0].Name != "gone" {
		t.Errorf("%+v", r)
	}
	if p := r.Params; p == nil || p.Steps == nil || *p.Steps != 12 || *p.Width != 640 || *p.Seed != 99 || p.Model != nil {
		t.Errorf("%+v", r.Params)
	}
	h.do("POST", "/prompts/parse", `{"text":"only words"}`, 200, &r)
	if r.Text != "only words" || r.Params != nil || len(r.Entries)+len(r.Lost) != 0 {
		t.Errorf("%+v", r)
	}
	h.fails("POST", "/prompts/parse", `{"text":""}`, 422, lora.Invalid)
}

func TestTemplatesAreExpandedWithWildcards(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	for name, lines := range map[string]string{"colour.txt": "red\n\n# none\nblue\n", "people/hair.txt": "__colour__ hair\r\nbald\r\n", "not me.md": "x"} {
		path := filepath.Join(h.wildcards, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var known WildcardList
	h.do("GET", "/wildcards", nil, 200, &known)
	if want := []WildcardFile{{"colour", 2}, {"people/hair", 2}}; !slices.Equal(known.Wildcards, want) || known.Folder != h.wildcards {
		t.Errorf("%+v", known)
	}
	var r, again Expanded
	h.do("POST", "/prompts/expand", `{"template":"a __people/hair__","all":true}`, 200, &r)
	if want := []string{"a red hair", "a blue hair", "a bald"}; !slices.Equal(r.Prompts, want) || r.Possible != 3 {
		t.Errorf("%+v", r)
	}
	h.do("POST", "/prompts/expand", `{"template":"{a|b|c} {1|2|3}","seed":5,"count":20}`, 200, &r)
	h.do("POST", "/prompts/expand", `{"template":"{a|b|c} {1|2|3}","seed":5,"count":20}`, 200, &again)
	if len(r.Prompts) != 20 || !slices.Equal(r.Prompts, again.Prompts) || r.Seed != 5 || r.Possible != 9 {
		t.Errorf("%+v", r)
	}
	for _, template := range []string{"__nobody__", "__../secret__", "{a|b"} {
		p := h.fails("POST", "/prompts/expand", fmt.Sprintf(`{"template":%q}`, template), 422, lora.Invalid)
		if name := strings.Trim(template, "_{"); !strings.Contains(p.Detail, name) && template[0] == '_' {
			t.Errorf("%s: %q does not name it", template, p.Detail)
		}
	}
	h.fails("POST", "/prompts/expand", `{"template":"x","count":10001}`, 422, lora.Invalid)
}

func TestCompositionsAreKeptWithTheirVersions(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 4)
	items := h.list("").Items
	write := map[string]any{"name": "Castle", "prefix": "a castle", "entries": []any{
		map[string]any{"adapter_id": items[1].ID, "name": items[1].Name, "weight": 0.6, "enabled": true},
		map[string]any{"adapter_id": items[0].ID, "name": items[0].Name, "weight": 0.3, "enabled": false},
	}}
	var made, edited, read CompositionReply
	h.do("POST", "/compositions", write, 201, &made)
	id := made.Composition.ID
	write["prefix"], write["version"] = "a ruin", 1
	h.do("PUT", "/compositions/"+id, write, 200, &edited)
	if edited.Composition.Version != 2 || edited.Composition.Prefix != "a ruin" {
		t.Errorf("%+v", edited)
	}
	body, err := json.Marshal(write)
	if err != nil {
		t.Fatal(err)
	}
	h.fails("PUT", "/compositions/"+id, string(body), 409, lora.Conflict)
	var versions VersionList
	h.do("GET", "/compositions/"+id+"/versions", nil, 200, &versions)
	if len(versions.Versions) != 2 {
		t.Errorf("%+v", versions)
	}
	h.do("POST", "/compositions/"+id+"/restore", `{"version":1}`, 200, &read)
	if read.Composition.Version != 3 || read.Composition.Prefix != "a castle" {
		t.Errorf("%+v", read)
	}
	h.do("DELETE", "/compositions/"+id, nil, 204, nil)
	var all CompositionList
	if h.do("GET", "/compositions", nil, 200, &all); len(all.Compositions) != 0 {
		t.Errorf("%+v", all)
	}
	h.do("POST", "/compositions/"+id+"/restore", nil, 200, &read)
	h.do("POST", "/compositions/"+id+"/duplicate", nil, 201, &made)
	if made.Composition.ID == id || made.Composition.Name == "Castle" {
		t.Errorf("%+v", made)
	}
	var active CompositionActivated
	h.do("POST", "/compositions/"+id+"/activate", nil, 200, &active)
	if a := h.read(items[1].ID); active.Activated != 1 || active.UndoID == nil || !a.Active || a.Weight != 0.6 || h.read(items[0].ID).Active {
		t.Errorf("%+v %+v", active, a)
	}
	var composed ComposeReply
	h.do("POST", "/compose", map[string]any{"composition_id": id}, 200, &composed)
	if want := "a castle <lora:" + items[1].Name + ":0.600>"; composed.Prompt != want {
		t.Errorf("%q, want %q", composed.Prompt, want)
	}
	h.fails("GET", "/compositions/none", "", 404, lora.NotFound)
	h.fails("POST", "/compositions", `{"name":""}`, 422, lora.Invalid)
}

func TestASharedCompositionIsTakenIn(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	a := h.list("").Items[0]
	var made CompositionReply
	h.do("POST", "/compositions", map[string]any{"name": "Shared", "entries": []any{
		map[string]any{"adapter_id": a.ID, "name": a.Name, "weight": 0.6, "enabled": true}, map[string]any{"name": "nobody", "weight": 1, "enabled": true},
	}}, 201, &made)
	var shared SharedComposition
	h.do("GET", "/compositions/"+made.Composition.ID+"/share", nil, 200, &shared)
	if shared.Format != "loramanager-composition" || len(shared.Entries) != 2 || shared.Entries[0].AdapterID != "" || shared.Entries[0].BaseModel == "" {
		t.Errorf("%+v", shared)
	}
	var taken CompositionImported
	h.do("POST", "/compositions/import", shared, 201, &taken)
	e := taken.Composition.Entries
	if taken.Composition.ID == made.Composition.ID || len(e) != 2 || e[0].AdapterID != a.ID || !e[0].Enabled || e[1].Enabled || len(taken.Lost) != 1 || taken.Lost[0].Name != "nobody" {
		t.Errorf("%+v", taken)
	}
	var read CompositionReply
	if h.do("GET", "/compositions/"+made.Composition.ID, nil, 200, &read); len(read.Composition.Lost) != 1 {
		t.Errorf("lost: %+v", read.Composition.Lost)
	}
	h.fails("POST", "/compositions/import", `{"format":"another","format_version":1,"name":"x","entries":[]}`, 422, lora.Invalid)
}
