package httpapi

import (
	"bytes"
	"encoding/json"
	"image"
	"image/png"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func ids(adapters []lora.Adapter) (list []string) {
	for i := range adapters {
		list = append(list, adapters[i].ID)
	}
	return list
}

func (h *house) bulk(request map[string]any) BulkReply {
	h.t.Helper()
	var r BulkReply
	h.do("POST", "/adapters/bulk", request, 200, &r)
	return r
}

func (h *house) undo(id *string) UndoReply {
	h.t.Helper()
	if id == nil {
		h.t.Fatal("there is nothing to undo")
	}
	var r UndoReply
	h.do("POST", "/undo/"+*id, nil, 200, &r)
	return r
}

func TestBulkFollowsTheContract(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 6)
	all := ids(h.list("per_page=200").Items)
	for _, empty := range []string{`{"action":"delete","lora_ids":[]}`, `{"action":"delete","lora_ids":["",  " "]}`, `{"action":"delete"}`, `{"action":"delete","lora_ids":[],"q":""}`} {
		var r BulkReply
		h.do("POST", "/adapters/bulk", empty, 200, &r)
		if !r.Success || r.Processed != 0 || r.Action != "delete" || len(r.IDs) != 0 {
			t.Errorf("%s: %+v", empty, r)
		}
	}
	if h.list("").Total != 6 {
		t.Fatal("an empty selection deleted something")
	}
	r := h.bulk(map[string]any{"action": "activate", "lora_ids": []string{all[0], all[1], all[0], "unknown"}})
	if r.Processed != 2 || len(r.IDs) != 2 || len(r.Skipped) != 1 || r.Skipped[0].ID != "unknown" || h.list("active_only=1").Filtered != 2 {
		t.Errorf("%+v", r)
	}
	if u := h.undo(r.UndoID); u.Restored != 2 || h.list("active_only=1").Filtered != 0 {
		t.Errorf("%+v", u)
	}
	h.fails("POST", "/undo/"+*r.UndoID, "", 404, lora.NotFound)
	h.fails("POST", "/adapters/bulk", `{"action":"activate","lora_ids":[1]}`, 422, lora.Invalid)
}

func TestEveryBulkActionDoesWhatItSays(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 8)
	all := ids(h.list("per_page=200").Items)
	one, two := all[0], all[1]
	pick := []string{one, two}
	for _, c := range []struct {
		action string
		params map[string]any
		check  func(a lora.Adapter) bool
	}{
		{"activate", nil, func(a lora.Adapter) bool { return a.Active }},
		{"deactivate", nil, func(a lora.Adapter) bool { return !a.Active }},
		{"favorite", nil, func(a lora.Adapter) bool { return a.Favorite }},
		{"unfavorite", nil, func(a lora.Adapter) bool { return !a.Favorite }},
		{"add_tags", map[string]any{"tags": []string{"Neu", "zwei"}}, func(a lora.Adapter) bool { return slices.Contains(a.Tags, "Neu") }},
		{"remove_tags", map[string]any{"tags": []string{"NEU"}}, func(a lora.Adapter) bool {
			return !slices.Contains(a.Tags, "Neu") && slices.Contains(a.Tags, "zwei")
		}},
		{"set_weight", map[string]any{"weight": 0}, func(a lora.Adapter) bool { return a.Weight == 0 }},
		{"set_rating", map[string]any{"rating": 3}, func(a lora.Adapter) bool { return a.Rating == 3 }},
		{"set_base_model", map[string]any{"base_model": "sdxl"}, func(a lora.Adapter) bool { return a.BaseModel == "sdxl" }},
		{"set_nsfw_level", map[string]any{"nsfw_level": 2}, func(a lora.Adapter) bool { return a.NSFWLevel == 2 }},
	} {
		request := map[string]any{"action": c.action, "lora_ids": pick}
		if c.params != nil {
			request["params"] = c.params
		}
		if r := h.bulk(request); r.Processed != 2 {
			t.Errorf("%s: %+v", c.action, r)
		}
		for _, id := range pick {
			if a := h.read(id); !c.check(a) {
				t.Errorf("%s: %+v", c.action, a)
			}
		}
	}
	for _, action := range []string{"add_tags", "remove_tags", "set_weight", "set_rating", "set_nsfw_level", "move"} {
		p := h.fails("POST", "/adapters/bulk", `{"action":"`+action+`","lora_ids":["`+one+`"]}`, 422, lora.Invalid)
		if len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, "body.params.") {
			t.Errorf("%s: %+v", action, p)
		}
	}
	r := h.bulk(map[string]any{"action": "set_rating", "q": "", "params": map[string]any{"rating": 5}})
	if r.Processed != 8 || len(h.search("rating:5")) != 8 {
		t.Errorf("all that match: %+v", r)
	}
	r = h.bulk(map[string]any{"action": "set_rating", "q": "", "except_ids": append(slices.Clone(pick), "unknown"), "params": map[string]any{"rating": 4}})
	if r.Processed != 6 || len(h.search("rating:4")) != 6 || h.read(pick[0]).Rating != 5 {
		t.Errorf("all that match but two: %+v", r)
	}
	h.fails("POST", "/adapters/bulk", `{"action":"favorite","q":"nosuch:field"}`, 422, lora.Invalid)
}

func TestTrashAndRestoreMoveTheFiles(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 5)
	a := h.list("").Items[0]
	h.do("DELETE", "/adapters/"+a.ID, nil, 204, nil)
	if _, err := os.Stat(a.FilePath); !os.IsNotExist(err) {
		t.Errorf("the file is still there: %v", err)
	}
	var trash TrashList
	h.do("GET", "/trash", nil, 200, &trash)
	if trash.Total != 1 || trash.Items[0].ID != a.ID || trash.Items[0].FileState != lora.FileTrashed || h.list("").Total != 4 {
		t.Errorf("%+v", trash)
	}
	var r AdapterReply
	h.do("POST", "/adapters/"+a.ID+"/restore", nil, 200, &r)
	if _, err := os.Stat(a.FilePath); err != nil || r.Adapter.FileState != lora.FileOK {
		t.Errorf("%v %s", err, r.Adapter.FileState)
	}
	all := ids(h.list("").Items)
	gone := h.bulk(map[string]any{"action": "delete", "lora_ids": all[:3]})
	if gone.Processed != 3 || h.list("").Total != 2 {
		t.Fatalf("%+v", gone)
	}
	if u := h.undo(gone.UndoID); u.Restored != 3 || h.list("").Total != 5 {
		t.Errorf("%+v", u)
	}
	h.bulk(map[string]any{"action": "delete", "lora_ids": all[:2]})
	again := h.bulk(map[string]any{"action": "delete", "lora_ids": all[:3]})
	if again.Processed != 1 || len(again.Skipped) != 2 || again.Skipped[0].Reason == "" {
		t.Errorf("%+v", again)
	}
	h.fails("DELETE", "/trash", `{"expected":2}`, 409, lora.Conflict)
	var purged Purged
	h.do("DELETE", "/trash", `{"expected":3}`, 200, &purged)
	if purged.Purged != 3 {
		t.Errorf("%+v", purged)
	}
	h.fails("GET", "/adapters/"+all[0], "", 404, lora.NotFound)
	h.fails("DELETE", "/adapters/none", "", 404, lora.NotFound)
}

func TestMoveAndRenameTakeTheCompanionsAlong(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 4)
	a := h.list("q=" + url.QueryEscape("has:preview")).Items[0]
	var r AdapterReply
	h.do("POST", "/adapters/"+a.ID+"/move", map[string]any{"root_id": a.RootID, "folder": "deep/er"}, 200, &r)
	if r.Adapter.Folder != "deep/er" || r.Adapter.Preview == nil || r.Adapter.Name != a.Name {
		t.Errorf("%+v", r.Adapter)
	}
	h.do("POST", "/adapters/"+a.ID+"/rename", map[string]any{"file_name": "New name"}, 200, &r)
	if r.Adapter.FileName != "New name.safetensors" {
		t.Errorf("%+v", r.Adapter)
	}
	if _, err := os.Stat(filepath.Join(h.dir, "deep/er/New name.safetensors")); err != nil {
		t.Error(err)
	}
	other := h.list("").Items[1]
	if other.ID == a.ID {
		other = h.list("").Items[2]
	}
	h.do("POST", "/adapters/"+other.ID+"/move", map[string]any{"root_id": a.RootID, "folder": "deep/er"}, 200, nil)
	h.fails("POST", "/adapters/"+other.ID+"/rename", `{"file_name":"New name"}`, 409, lora.Conflict)
	for _, bad := range []string{"../out", "a/../../out", "/abs", "con", "a\\b", "x\x00y", ".hidden", "C:x"} {
		body, _ := json.Marshal(map[string]any{"root_id": a.RootID, "folder": bad})
		r := h.ask(t, "POST", apiPrefix+"/adapters/"+other.ID+"/move", string(body))
		if bad != "/abs" && r.StatusCode != 422 {
			t.Errorf("folder %q: %d %s", bad, r.StatusCode, text(t, r))
		}
		body, _ = json.Marshal(map[string]any{"file_name": bad})
		if p := h.fails("POST", "/adapters/"+other.ID+"/rename", string(body), 422, lora.Invalid); p.Errors[0].Location != "body.file_name" {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
}

func TestThePageOfAnAdapterHasEverything(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 12)
	a := h.list("q=" + url.QueryEscape("has:preview base:sdxl")).Items[0]
	var d AdapterDetail
	h.do("GET", "/adapters/"+a.ID, nil, 200, &d)
	if d.Adapter.ID != a.ID || len(d.Previews) == 0 || d.Base.ID != "sdxl" || len(d.Base.Evidence) == 0 {
		t.Errorf("%+v", d)
	}
	var report InspectReply
	h.do("GET", "/adapters/"+a.ID+"/inspect", nil, 200, &report)
	if report.Format != "safetensors" || report.Stale || len(report.Kinds) == 0 {
		t.Errorf("%+v", report)
	}
	if err := os.Remove(a.FilePath); err != nil {
		t.Fatal(err)
	}
	h.do("GET", "/adapters/"+a.ID+"/inspect", nil, 200, &report)
	if !report.Stale || report.Base.ID != "sdxl" {
		t.Errorf("stale: %+v", report)
	}
	h.fails("GET", "/adapters/none", "", 404, lora.NotFound)
	h.fails("GET", "/adapters/none/inspect", "", 404, lora.NotFound)
}

func TestPromise4_PreviewsAreWrittenAnew(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 6)
	a := h.list("q=" + url.QueryEscape("has:preview")).Items[0]
	r := h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?w=320", "")
	body := text(t, r)
	config, _, err := image.DecodeConfig(strings.NewReader(body))
	if r.StatusCode != 200 || r.Header.Get("Content-Type") != "image/jpeg" || err != nil || config.Width > 320 {
		t.Fatalf("%d %s %v %v", r.StatusCode, r.Header.Get("Content-Type"), config, err)
	}
	if r.Header.Get("Content-Security-Policy") != previewCSP || r.Header.Get("X-Content-Type-Options") != "nosniff" || r.Header.Get("ETag") == "" {
		t.Errorf("%v", r.Header)
	}
	if again := h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?w=320", "", "If-None-Match: "+r.Header.Get("ETag")); again.StatusCode != 304 {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	if kept := h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?w=320&v=1", ""); !strings.Contains(kept.Header.Get("Cache-Control"), "immutable") {
		t.Errorf("%v", kept.Header)
	}
	problem(t, h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?n=99", ""), 404, lora.NotFound)
	problem(t, h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?w=wide", ""), 422, lora.Invalid)
	problem(t, h.ask(t, "GET", apiPrefix+"/adapters/none/preview", ""), 404, lora.NotFound)
	if d := h.read(a.ID); d.Preview == nil || !strings.HasPrefix(d.Preview.URL, "/api/v1/adapters/") {
		t.Errorf("%+v", d.Preview)
	}
}

func TestPromise4_WhatIsNoPictureIsNotServed(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var sound bytes.Buffer
	if err := png.Encode(&sound, image.NewRGBA(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	mp4 := append([]byte("\x00\x00\x00\x18ftypisom"), make([]byte, 4000)...)
	for name, c := range map[string]struct {
		file, kind string
		body       []byte
		status     int
	}{
		"html as png":   {"a.png", "", []byte("<html><script>alert(1)</script></html>"), 422},
		"svg as png":    {"b.png", "", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 422},
		"html as mp4":   {"c.mp4", "", []byte("<html><script>alert(1)</script></html>"), 422},
		"a short mp4":   {"d.mp4", "", []byte("ftyp"), 422},
		"png with tail": {"e.png", "image/jpeg", append(sound.Bytes(), []byte("<script>")...), 200},
		"a video":       {"f.mp4", "video/mp4", mp4, 200},
	} {
		stem := strings.TrimSuffix(c.file, filepath.Ext(c.file))
		h.put(stem + ".safetensors")
		if err := os.WriteFile(filepath.Join(h.dir, c.file), c.body, 0o600); err != nil {
			t.Fatal(name, err)
		}
	}
	h.do("POST", "/scans", nil, 202, nil)
	h.settle()
	for _, a := range h.list("").Items {
		r := h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview?w=160", "")
		body := text(t, r)
		switch stem := strings.TrimSuffix(a.FileName, ".safetensors"); stem {
		case "e":
			if r.StatusCode != 200 || strings.Contains(body, "<script>") || r.Header.Get("Content-Type") != "image/jpeg" {
				t.Errorf("%s: %d %q", stem, r.StatusCode, r.Header.Get("Content-Type"))
			}
		case "f":
			part := h.ask(t, "GET", apiPrefix+"/adapters/"+a.ID+"/preview", "", "Range: bytes=4-7")
			if got := text(t, part); r.Header.Get("Content-Type") != "video/mp4" || part.StatusCode != 206 || got != "ftyp" {
				t.Errorf("%s: %v, part %d %q", stem, r.Header, part.StatusCode, got)
			}
		default:
			if r.StatusCode != 422 || strings.Contains(body, "<") || r.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %q", stem, r.StatusCode, body)
			}
		}
		if r.Header.Get("Content-Security-Policy") != previewCSP {
			t.Errorf("%s: policy %q", a.FileName, r.Header.Get("Content-Security-Policy"))
		}
	}
}

func TestFacetsNamesAndSuggestions(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 40)
	var f FacetsReply
	h.do("GET", "/adapters/facets?q="+url.QueryEscape("base:sdxl"), nil, 200, &f)
	if f.Total != 40 || f.Filtered == 40 || len(f.Facets.BaseModel) < 2 || len(f.Facets.Size) == 0 || len(f.Facets.Added) == 0 {
		t.Errorf("%+v", f)
	}
	for _, v := range f.Facets.BaseModel {
		if v.Value == "sdxl" && v.Label == "sdxl" {
			t.Error("the base model has no name")
		}
	}
	var s SuggestReply
	h.do("GET", "/adapters/suggest?q="+url.QueryEscape("𝔘 base:sd")+"&cursor=10", nil, 200, &s)
	if s.From != 8 || s.To != 10 || len(s.Suggestions) == 0 {
		t.Errorf("%+v", s)
	}
	p := h.fails("GET", "/adapters?q=basse:sdxl", "", 422, lora.Invalid)
	if p.Errors[0].Location != "query.q" || !strings.Contains(p.Detail, `"base"`) {
		t.Errorf("%+v", p)
	}
	h.fails("GET", "/adapters?q="+strings.Repeat("x", 300), "", 422, lora.Invalid)
}

func TestRootsScansAndSummary(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 10)
	var roots RootList
	h.do("GET", "/roots", nil, 200, &roots)
	if len(roots.Roots) != 1 || roots.Roots[0].Adapters != 10 || roots.Roots[0].State != "online" || !roots.Roots[0].Writable {
		t.Errorf("%+v", roots)
	}
	id := roots.Roots[0].ID
	for _, bad := range []string{"relative", h.dir, filepath.Join(h.dir, "x"), filepath.Dir(h.dir), "/", h.options.DataDir, "/nowhere/at/all"} {
		body, _ := json.Marshal(map[string]any{"path": bad})
		r := h.ask(t, "POST", apiPrefix+"/roots", string(body))
		if r.StatusCode != 422 && r.StatusCode != 404 {
			t.Errorf("%q: %d %s", bad, r.StatusCode, text(t, r))
		}
	}
	var renamed RootReply
	h.do("PATCH", "/roots/"+id, `{"name":"Mine"}`, 200, &renamed)
	if renamed.Root.Name != "Mine" {
		t.Errorf("%+v", renamed)
	}
	var sampled RootAdded
	h.do("POST", "/roots/sample", `{"count":5}`, 201, &sampled)
	h.settle()
	var sum Summary
	h.do("GET", "/library/summary", nil, 200, &sum)
	if sum.Adapters != 15 || sum.Roots != 2 || sum.LastScan == nil || sum.Scanning != nil || len(sum.Recent) != 12 || len(sum.Activity) == 0 {
		t.Errorf("%+v", sum)
	}
	var scans ScanList
	h.do("GET", "/scans?limit=1", nil, 200, &scans)
	if len(scans.Scans) != 1 || scans.Scans[0].State != lora.ScanFinished {
		t.Errorf("%+v", scans)
	}
	h.do("GET", "/scans/"+scans.Scans[0].ID, nil, 200, nil)
	h.fails("GET", "/scans/none", "", 404, lora.NotFound)
	h.fails("POST", "/scans/none/cancel", "", 404, lora.NotFound)
	h.fails("POST", "/scans", `{"root_ids":["none"]}`, 404, lora.NotFound)
	h.fails("POST", "/scans", "root_ids", 422, lora.Invalid)

	var removed RootRemoved
	h.do("DELETE", "/roots/"+sampled.Root.ID+"?purge=true", nil, 200, &removed)
	if removed.Adapters != 5 || !removed.Purged || h.list("").Total != 10 {
		t.Errorf("%+v", removed)
	}
	h.do("DELETE", "/roots/"+id, nil, 200, &removed)
	var missing MissingCount
	h.do("GET", "/missing", nil, 200, &missing)
	if missing.Count != 10 || missing.Share != 1 {
		t.Errorf("%+v", missing)
	}
	h.fails("DELETE", "/missing", `{"expected":9}`, 409, lora.Conflict)
	var purged Purged
	h.do("DELETE", "/missing", `{"expected":10}`, 200, &purged)
	if purged.Purged != 10 {
		t.Errorf("%+v", purged)
	}
	var suggested RootSuggestions
	h.do("GET", "/roots/suggestions", nil, 200, &suggested)
}

func TestDigestsAreComputedAndFound(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	a := h.list("").Items[0]
	h.do("POST", "/adapters/"+a.ID+"/digests", nil, 202, nil)
	var d DigestsReply
	for deadline := time.Now().Add(20 * time.Second); ; {
		h.do("GET", "/adapters/"+a.ID+"/digests", nil, 200, &d)
		if d.State == "done" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("%+v", d)
		}
		time.Sleep(5 * time.Millisecond)
	}
	if len(d.Digests) < 5 || d.Digests[0].Kind != "sha256" {
		t.Fatalf("%+v", d)
	}
	for _, value := range []string{d.Digests[0].Value, strings.ToUpper(d.Digests[0].Value), d.Digests[0].Value[:10]} {
		var found FoundByDigest
		h.do("GET", "/digests/"+value, nil, 200, &found)
		if len(found.Matches) != 1 || found.Matches[0].Adapter.ID != a.ID || found.Rule == "" {
			t.Errorf("%s: %+v", value, found)
		}
	}
	var none FoundByDigest
	h.do("GET", "/digests/0123456789", nil, 200, &none)
	if none.Matches == nil || len(none.Matches) != 0 {
		t.Errorf("%+v", none)
	}
	if p := h.fails("GET", "/digests/xyz", "", 422, lora.Invalid); p.Errors[0].Location != "path.value" {
		t.Errorf("%+v", p)
	}
	var twice DuplicateList
	h.do("GET", "/duplicates", nil, 200, &twice)
	h.fails("GET", "/adapters/none/digests", "", 404, lora.NotFound)
}

func TestSearchesAndSettingsAreKept(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	var s SearchReply
	h.do("POST", "/searches", `{"name":"Big","q":"size:>1gb","sort":"file_size","order":"desc"}`, 201, &s)
	h.do("PUT", "/searches/"+s.Search.ID, `{"name":"Bigger","q":"size:>2gb"}`, 200, &s)
	var all SearchList
	h.do("GET", "/searches", nil, 200, &all)
	if len(all.Searches) != 1 || all.Searches[0].Name != "Bigger" || all.Searches[0].Sort != "name" || all.Searches[0].Order != "asc" {
		t.Errorf("%+v", all)
	}
	h.fails("POST", "/searches", `{"name":"bad","q":"nosuch:x"}`, 422, lora.Invalid)
	h.do("DELETE", "/searches/"+s.Search.ID, nil, 204, nil)
	h.fails("DELETE", "/searches/"+s.Search.ID, "", 404, lora.NotFound)

	var settings Settings
	h.do("GET", "/settings", nil, 200, &settings)
	if settings != defaultSettings {
		t.Errorf("%+v", settings)
	}
	h.do("PATCH", "/settings", `{"theme":"dark","nsfw_blur_from":0,"autoplay_videos":false}`, 200, &settings)
	h.do("GET", "/settings", nil, 200, &settings)
	if settings.Theme != "dark" || settings.NSFWBlurFrom != 0 || settings.AutoplayVideos || settings.CardSize != "medium" {
		t.Errorf("%+v", settings)
	}
	h.fails("PATCH", "/settings", `{"theme":"neon"}`, 422, lora.Invalid)
	h.fails("PATCH", "/settings", `{"colour":"red"}`, 422, lora.Invalid)
}

func TestEditsAreAnnounced(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	l, _ := h.connect(t)
	l.say(`{"type":"subscribe"}`)
	l.expect("subscription_confirmed")
	id := h.list("").Items[0].ID
	h.do("PATCH", "/adapters/"+id, `{"notes":"x"}`, 200, nil)
	for {
		e := l.expectAny()
		if e.Type == "adapters_changed" && e.Data["reason"] == "edit" {
			if changed, _ := e.Data["ids"].([]any); len(changed) != 1 || changed[0] != id {
				t.Errorf("%+v", e)
			}
			break
		}
	}
	h.do("PATCH", "/settings", `{"density":"compact"}`, 200, nil)
	for l.expectAny().Type != "settings_changed" {
	}
}

func TestVersionAndReadiness(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var v Version
	h.do("GET", "/version", nil, 200, &v)
	if v.Database != "sqlite" || v.Version != "test" || v.DataDir == nil {
		t.Errorf("%+v", v)
	}
	if r := h.ask(t, "GET", "/readyz", ""); r.StatusCode != 200 {
		t.Errorf("%d", r.StatusCode)
	}
	var bases BaseModelList
	h.do("GET", "/base-models", nil, 200, &bases)
	if len(bases.Items) < 10 {
		t.Errorf("%+v", bases)
	}
}
