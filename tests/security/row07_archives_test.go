package security

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loramanager/internal/guard/ziptest"
	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// sendFile uploads a file the way the web app does and returns the upload's id.
func sendFile(g *guarded, name, relativePath string, data []byte) (string, *harness.Reply) {
	g.t.Helper()
	meta := "filename " + base64.StdEncoding.EncodeToString([]byte(name))
	if relativePath != "" {
		meta += ",relativePath " + base64.StdEncoding.EncodeToString([]byte(relativePath))
	}
	begun := g.Ask("POST", "/api/v1/uploads/transfer", "", "Tus-Resumable: 1.0.0", fmt.Sprintf("Upload-Length: %d", len(data)), "Upload-Metadata: "+meta)
	if begun.Status != http.StatusCreated {
		return "", begun
	}
	at := begun.Header.Get("Location")
	at = at[strings.Index(at, "/api/"):]
	if len(data) > 0 {
		sent := g.Ask("PATCH", at, string(data), "Tus-Resumable: 1.0.0", "Upload-Offset: 0", "Content-Type: application/offset+octet-stream")
		if sent.Status != http.StatusNoContent {
			g.t.Fatalf("%s: %d %s", name, sent.Status, sent.Body)
		}
	}
	return filepath.Base(at), begun
}

// bringIn plans and applies an import of one upload and returns how it ended.
func bringIn(g *guarded, upload, passphrase string) lora.Transfer {
	g.t.Helper()
	var answer struct {
		Transfer lora.Transfer `json:"transfer"`
	}
	planned := g.Ask("POST", "/api/v1/imports", asJSON(g.t, map[string]any{
		"upload_ids": []string{upload}, "target_root_id": g.root.ID, "passphrase": passphrase, "policy": "replace",
	}))
	if planned.Status != http.StatusAccepted {
		g.t.Fatalf("%d %s", planned.Status, planned.Body)
	}
	if err := json.Unmarshal(planned.Body, &answer); err != nil {
		g.t.Fatal(err)
	}
	id, applied := answer.Transfer.ID, false
	harness.Eventually(g.t, time.Minute, "the import is over", func() bool {
		g.Call("GET", "/api/v1/transfers/"+id, nil, &answer)
		if answer.Transfer.State == lora.TransferPlanned && !applied {
			g.Call("POST", "/api/v1/imports/"+id+"/apply", map[string]any{}, nil)
			applied = true
		}
		return answer.Transfer.State.Final()
	})
	return answer.Transfer
}

// leftovers are files that an import may not leave behind once it is over.
func (g *guarded) leftovers() []string {
	var left []string
	for _, dir := range []string{g.dir, filepath.Join(filepath.Dir(g.dir), "data")} {
		for rel := range snapshot(g.t, dir) {
			slash := filepath.ToSlash(rel)
			if strings.Contains(slash, "staging/") || strings.HasPrefix(slash, "imports/") {
				left = append(left, rel)
			}
		}
	}
	return left
}

func TestRow07_EveryHostileArchiveIsRefusedByNameAndLeavesNothing(t *testing.T) {
	t.Parallel()
	all := ziptest.Hostile()
	if len(all) < 30 {
		t.Fatalf("only %d archives", len(all))
	}
	g := guardedServer(t)
	before := snapshot(t, g.dir)
	for _, hostile := range all {
		upload, _ := sendFile(g, hostile.File, "", hostile.Data)
		if upload == "" { // refused before anything was sent
			continue
		}
		over := bringIn(g, upload, hostile.Passphrase)
		if over.State != lora.TransferFailed || !strings.Contains(over.Error, hostile.File) || !strings.Contains(strings.ToLower(over.Error), strings.ToLower(hostile.Says)) {
			t.Errorf("%s: %s %q, want the name %q and the reason %q", hostile.Name, over.State, over.Error, hostile.File, hostile.Says)
		}
	}
	if now := snapshot(t, g.dir); !maps.Equal(now, before) {
		t.Errorf("the library folder changed from %v to %v", before, now)
	}
	if left := g.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	g.untouched()
	if len(g.Adapters("")) != 1 {
		t.Errorf("the catalog has other adapters than before")
	}
}

func TestRow07_TheContractsImportNamesEachFileAndNeverFails(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	before := snapshot(t, g.dir)
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	all := ziptest.Hostile()
	for _, hostile := range all {
		part, err := form.CreateFormFile("files", hostile.File)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := part.Write(hostile.Data); err != nil {
			t.Fatal(err)
		}
	}
	for _, err := range []error{form.WriteField("config", `{"conflict_resolution":"replace","backup_before":false}`), form.Close()} {
		if err != nil {
			t.Fatal(err)
		}
	}
	answer := g.Ask("POST", "/api/v1/import", body.String(), "Content-Type: "+form.FormDataContentType())
	g.harmless("POST /api/v1/import", answer)
	var read struct {
		Success bool `json:"success"`
		Total   int  `json:"total_files"`
		Results []struct {
			File   string `json:"file"`
			Status string `json:"status"`
			Detail string `json:"detail"`
		} `json:"results"`
	}
	if err := json.Unmarshal(answer.Body, &read); err != nil || read.Success || read.Total != len(all) || len(read.Results) != len(all) {
		t.Fatalf("%d %.500s (%v)", answer.Status, answer.Body, err)
	}
	for _, r := range read.Results {
		if r.Status != "error" || r.Detail == "" {
			t.Errorf("%s: %s %q", r.File, r.Status, r.Detail)
		}
	}
	if now := snapshot(t, g.dir); !maps.Equal(now, before) {
		t.Errorf("the library folder changed from %v to %v", before, now)
	}
	if left := g.leftovers(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	g.untouched()
}

// TestRow07_NamesInsideAnArchiveDecideNothing brings in an archive of the prototype whose
// ids and names all lead out: it arrives, inside.
func TestRow07_NamesInsideAnArchiveDecideNothing(t *testing.T) {
	t.Parallel()
	g := guardedServer(t)
	parent := filepath.Dir(g.dir)
	for i, id := range []string{"../../outside", parent + "/outside", `..\..\outside`, "/etc", "con", "a\x00b", ""} {
		file := good(t, nil, byte(20+i))
		manifest := map[string]any{"adapters": []any{map[string]any{
			"id": id, "name": fmt.Sprintf("Hostile %d", i), "metadata_path": "adapters/a/metadata.json",
			"files": []any{map[string]any{
				"kind": "primary", "exists": true, "archive_path": "adapters/a/files/0_a.safetensors",
				"original_name": "../../outside/secret.safetensors", "original_path": parent + "/outside/secret.safetensors",
			}},
		}}}
		metadata := map[string]any{"name": fmt.Sprintf("Hostile %d", i), "file_path": parent + "/outside/secret.safetensors", "primary_file_name": "../../outside/x"}
		archive := ziptest.Build("",
			ziptest.Entry{Name: "manifest.json", Content: []byte(asJSON(t, manifest))},
			ziptest.Entry{Name: "adapters/a/metadata.json", Content: []byte(asJSON(t, metadata))},
			ziptest.Entry{Name: "adapters/a/files/0_a.safetensors", Content: file},
		)
		upload, _ := sendFile(g, fmt.Sprintf("hostile%d.zip", i), "", archive)
		if over := bringIn(g, upload, ""); over.State != lora.TransferDone {
			t.Errorf("%q: %s %s", id, over.State, over.Error)
		}
	}
	if now := snapshot(t, g.outside); !maps.Equal(now, g.before) {
		t.Errorf("the folder outside changed from %v to %v", g.before, now)
	}
	for _, a := range g.Adapters("Hostile") {
		if a.RootID != g.root.ID || strings.Contains(a.FilePath, "outside") || !strings.HasPrefix(a.FilePath, g.dir) {
			t.Errorf("%s lies at %s", a.Name, a.FilePath)
		}
	}
	if n := len(g.Adapters("Hostile")); n != 7 {
		t.Errorf("%d of 7 came", n)
	}
}
