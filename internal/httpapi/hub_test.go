package httpapi

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/tests/fakehub"
)

// until asks again until a condition holds.
func (h *house) until(what string, holds func() bool) {
	h.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			h.t.Fatal("it does not come to this: " + what)
		}
	}
}

func TestAnAdapterIsLookedUpAndWhatTheHubSaysIsTakenOver(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	if err := os.WriteFile(filepath.Join(h.dir, "mine.safetensors"), fakehub.Adapter(1, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	h.do("POST", "/scans", nil, 202, nil)
	h.settle()
	id := h.list("").Items[0].ID
	h.until("the digests are there", func() bool {
		known, err := h.store.AdaptersOf(t.Context(), (&fakehub.File{Data: fakehub.Adapter(1, 0)}).Sum())
		return err == nil && len(known) == 1
	})

	h.do("POST", "/hub/lookup", `{"adapter_ids":["`+id+`"]}`, 202, nil)
	var state HubOverview
	h.until("the look-up ends", func() bool {
		h.do("GET", "/hub", nil, 200, &state)
		return !state.Lookups.Running
	})
	if state.Lookups.Found != 1 || len(state.Hubs) != 3 || !state.Hubs[0].Token || !state.Hubs[0].Configured || state.Hubs[1].Configured {
		t.Fatalf("%+v", state)
	}
	var about lora.AdapterHub
	h.do("GET", "/adapters/"+id+"/hub", nil, 200, &about)
	if about.Snapshot == nil || about.Snapshot.Version == nil || about.Snapshot.Version.ModelName != "Ink Wash" || strings.Contains(about.Snapshot.Version.Description, "script") {
		t.Fatalf("%+v", about)
	}
	var changed AdapterChanged
	h.do("POST", "/adapters/"+id+"/hub/apply", `{"fields":["name"]}`, 200, &changed)
	if changed.Adapter.Name != "Ink Wash" || changed.UndoID == nil {
		t.Errorf("%+v", changed)
	}
	h.do("POST", "/undo/"+*changed.UndoID, nil, 200, nil)
	var updates HubUpdates
	h.do("GET", "/hub/updates", nil, 200, &updates)
	if len(updates.Updates) != 1 || updates.Updates[0].AdapterID != id {
		t.Fatalf("%+v", updates)
	}
	model := `{"hub":"civitai","model_id":"` + updates.Updates[0].ModelID + `"}`
	h.do("POST", "/hub/ignored", model, 204, nil)
	h.do("GET", "/hub/updates", nil, 200, &updates)
	var ignored HubIgnoredList
	h.do("GET", "/hub/ignored", nil, 200, &ignored)
	if len(updates.Updates) != 0 || len(ignored.Ignored) != 1 {
		t.Errorf("%+v %+v", updates, ignored)
	}
	h.do("DELETE", "/hub/ignored", model, 204, nil)
	h.fails("DELETE", "/hub/ignored", model, 404, lora.NotFound)
	for _, path := range []string{"/hub", "/adapters/" + id + "/hub", "/hub/updates"} {
		if _, raw := h.fetch("GET", path, ""); bytes.Contains(raw, []byte(hubToken)) {
			t.Errorf("%s shows the token", path)
		}
	}
	h.fails("POST", "/hub/lookup", `{}`, 422, lora.Invalid)
	h.fails("POST", "/adapters/"+id+"/hub/apply", `{"fields":["weight"]}`, 422, lora.Invalid)
	h.fails("POST", "/adapters/none/hub/apply", `{"fields":["name"]}`, 404, lora.NotFound)
	h.fails("GET", "/adapters/none/hub", "", 404, lora.NotFound)
	h.fails("GET", "/hub/updates?after=nonsense", "", 422, lora.Invalid)
}

func TestAFileIsPeekedAtAndDownloaded(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var peek lora.HubPeek
	h.do("POST", "/hub/peek", `{"hub":"civitai","version_id":"5002"}`, 200, &peek)
	if peek.Report == nil || peek.Report.Base.ID == "" || len(peek.Space) != 1 || !peek.Space[0].Fits || len(peek.Here) != 0 {
		t.Fatalf("%+v", peek)
	}
	var added DownloadReply
	h.do("POST", "/downloads", `{"hub":"civitai","version_id":"5002","root_id":"`+h.rootID()+`","folder":"{creator}"}`, 201, &added)
	var all DownloadList
	h.until("the download ends", func() bool {
		h.do("GET", "/downloads", nil, 200, &all)
		return len(all.Downloads) == 1 && all.Downloads[0].State == lora.DownloadDone
	})
	done := all.Downloads[0]
	if a := h.read(done.AdapterID); a.FileName != "ink_wash_v2.safetensors" {
		t.Errorf("%+v", a.FileName)
	}
	h.fails("POST", "/downloads", `{"hub":"civitai","version_id":"5002","root_id":"`+h.rootID()+`"}`, 409, lora.Conflict)
	for _, word := range []string{"pause", "resume", "retry", "cancel"} {
		h.fails("POST", "/downloads/"+done.ID+"/"+word, "", 409, lora.Conflict)
		h.fails("POST", "/downloads/none/"+word, "", 404, lora.NotFound)
	}
	h.do("PATCH", "/downloads", `{"ids":["`+done.ID+`"]}`, 200, &all)
	h.fails("PATCH", "/downloads", `{"ids":["none"]}`, 404, lora.NotFound)
	h.do("DELETE", "/downloads/"+done.ID, nil, 204, nil)
	h.fails("DELETE", "/downloads/"+done.ID, "", 404, lora.NotFound)
	for body, status := range map[string]int{
		`{"hub":"civitai","version_id":"5002","root_id":"none"}`:                               404,
		`{"hub":"civitai","root_id":"` + h.rootID() + `"}`:                                     422,
		`{"hub":"huggingface","version_id":"x","root_id":"` + h.rootID() + `"}`:                422,
		`{"url":"https://evil.example/models/1","root_id":"` + h.rootID() + `"}`:               422,
		`{"hub":"civitai","version_id":"5002","folder":"../x","root_id":"` + h.rootID() + `"}`: 422,
		`{"hub":"civitai","version_id":"999999","root_id":"` + h.rootID() + `"}`:               404,
	} {
		if r := h.ask(t, "POST", apiPrefix+"/downloads", body); r.StatusCode != status {
			t.Errorf("%s: %d, want %d: %s", body, r.StatusCode, status, text(t, r))
		}
	}
	h.fails("POST", "/hub/peek", `{"hub":"moon","version_id":"1"}`, 422, lora.Invalid)
	h.fails("POST", "/hub/peek", `{}`, 422, lora.Invalid)
}
