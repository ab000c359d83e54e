package security

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"
)

func TestRow05_NamesOfUploadsLeadNowhere(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	data := filepath.Join(filepath.Dir(g.dir), "data")
	for i, name := range traversals {
		upload, begun := sendFile(g, "a.safetensors", name, good(t, nil, byte(i)))
		g.harmless("upload of "+name, begun)
		if upload == "" {
			continue
		}
		planned := g.Ask("POST", "/api/v1/imports", asJSON(t, map[string]any{"upload_ids": []string{upload}, "target_root_id": g.root.ID}))
		g.harmless("/api/v1/imports of "+name, planned)
		g.harmless("drop of "+name, g.Ask("DELETE", "/api/v1/uploads/transfer/"+upload, "", "Tus-Resumable: 1.0.0"))
	}
	for rel := range snapshot(t, data) {
		if strings.Contains(rel, "..") || strings.Contains(rel, "secret") {
			t.Errorf("the program's folder holds %q", rel)
		}
	}
	if now := snapshot(t, g.outside); !maps.Equal(now, g.before) {
		t.Errorf("the folder outside changed from %v to %v", g.before, now)
	}
}
