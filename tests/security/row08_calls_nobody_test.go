package security

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"loramanager/tests/harness"
)

// Addresses stand in sidecars, headers and what users type. None of them is ever called.
func TestRow08_NoAddressInAFileIsCalled(t *testing.T) {
	t.Parallel()
	var called atomic.Int64
	trap := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { called.Add(1) }))
	defer trap.Close()
	root := t.TempDir()
	write(t, root, "a.safetensors", good(t, map[string]string{"modelspec.thumbnail": trap.URL + "/t.png", "modelspec.description": `<img src="` + trap.URL + `/d.png">`}, 1))
	write(t, root, "a.civitai.info", []byte(asJSON(t, map[string]any{
		"id": 1, "modelId": 2, "name": "v1", "downloadUrl": trap.URL + "/file", "baseModel": "SDXL 1.0", "trainedWords": []string{trap.URL},
		"images": []map[string]any{{"url": trap.URL + "/i.png"}}, "model": map[string]any{"name": "a"}, "files": []map[string]any{{"name": "a", "downloadUrl": trap.URL + "/f"}},
	})))
	write(t, root, "a.metadata.json", []byte(asJSON(t, map[string]any{
		"file_name": "a", "model_name": "a", "preview_url": trap.URL + "/p.png", "civitai": map[string]any{"images": []map[string]any{{"url": trap.URL + "/i2.png"}}},
	})))
	// A proxy would see calls to anywhere else.
	s := harness.Start(t, harness.Options{Env: []string{"HTTP_PROXY=" + trap.URL, "HTTPS_PROXY=" + trap.URL, "ALL_PROXY=" + trap.URL}, Flags: []string{"--digests"}})
	s.AddRoot(root)
	a := s.ByFile()["a.safetensors"]
	path := "/api/v1/adapters/" + a.ID
	s.Call("PATCH", path, map[string]string{"source_url": trap.URL + "/source", "description": `<a href="` + trap.URL + `">x</a>`}, nil)
	for _, read := range []string{path, path + "/inspect?tensors=true", path + "/preview", path + "/digests", "/api/v1/roots/suggestions", "/api/v1/library/summary", "/api/v1/version"} {
		s.Ask("GET", read, "")
	}
	s.Call("POST", path+"/rescan", nil, nil)
	awaitDigests(t, s, a.ID)
	if n := called.Load(); n != 0 {
		t.Errorf("the server called out %d times", n)
	}
}
