package httpapi

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// planned plans an import of uploads and waits until it is planned.
func (h *house) planned(request map[string]any, status lora.TransferState) lora.Transfer {
	h.t.Helper()
	var r TransferReply
	h.do("POST", "/imports", request, 202, &r)
	transfer := h.await(r.Transfer.ID)
	if transfer.State != status {
		h.t.Fatalf("%s, want %s: %s", transfer.State, status, transfer.Error)
	}
	return transfer
}

func TestALibraryMovesOverHTTP(t *testing.T) {
	t.Parallel()
	from, to := openHouse(t, 4), openHouse(t, 0)
	edited := from.list("").Items[0]
	from.do("PATCH", "/adapters/"+edited.ID, `{"rating":5,"notes":"mine","weight":0.3}`, 200, nil)
	raw := from.exported(`{"loras":true,"user_data":true}`)

	upload := to.upload("library.zip", raw, 3)
	plan := to.planned(map[string]any{"upload_ids": []string{upload}, "target_root_id": to.rootID()}, lora.TransferPlanned)
	var items ImportItems
	to.do("GET", "/imports/"+plan.ID+"/items?limit=3&action=create", nil, 200, &items)
	if len(items.Items) != 3 || items.Next == nil {
		t.Fatalf("%d items, next %v", len(items.Items), items.Next)
	}
	to.do("GET", "/imports/"+plan.ID+"/items?limit=3&after="+*items.Next, nil, 200, &items)
	if len(items.Items) != 1 || items.Next != nil || items.Items[0].Differs == nil {
		t.Errorf("%+v", items)
	}
	var read ImportReply
	to.do("GET", "/imports/"+plan.ID, nil, 200, &read)
	if read.Counts.Create != 4 || read.Transfer.Kind != lora.TransferImport {
		t.Errorf("%+v", read)
	}
	if to.list("").Total != 0 {
		t.Error("the plan changed the catalog")
	}
	to.do("POST", "/imports/"+plan.ID+"/apply", nil, 202, nil)
	to.done(plan.ID)
	if a := to.read(edited.ID); a.Rating != 5 || a.Notes != "mine" || a.Weight != 0.3 || a.FileState != lora.FileOK {
		t.Errorf("%+v", a)
	}
	if to.list("").Total != 4 {
		t.Errorf("%d adapters", to.list("").Total)
	}
	var came, was AdapterDetail
	to.do("GET", "/adapters/"+edited.ID, nil, 200, &came)
	from.do("GET", "/adapters/"+edited.ID, nil, 200, &was)
	if p := came.Provenance; p == nil || p.Origin != "archive" || p.Detail != "library.zip" || p.At.IsZero() || was.Provenance != nil {
		t.Errorf("it came from %+v; one that was found from %+v", came.Provenance, was.Provenance)
	}
	to.fails("POST", "/imports/"+plan.ID+"/apply", "", 404, lora.NotFound)
	to.fails("POST", "/transfers/"+plan.ID+"/cancel", "", 409, lora.Conflict)
}

func TestAConflictWaitsForAWord(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	id := h.list("").Items[0].ID
	h.do("PATCH", "/adapters/"+id, `{"notes":"then"}`, 200, nil)
	raw := h.exported(`{"loras":true}`)
	h.do("PATCH", "/adapters/"+id, `{"notes":"now"}`, 200, nil)

	plan := h.planned(map[string]any{"upload_ids": []string{h.upload("a.zip", raw, 1)}, "target_root_id": h.rootID()}, lora.TransferPlanned)
	var items ImportItems
	h.do("GET", "/imports/"+plan.ID+"/items?action=conflict", nil, 200, &items)
	if len(items.Items) != 1 || items.Items[0].AdapterID != id || len(items.Items[0].Differs) != 1 || items.Items[0].Differs[0].Field != "notes" {
		t.Fatalf("%+v", items)
	}
	h.fails("POST", "/imports/"+plan.ID+"/apply", "", 409, lora.Conflict)
	for body, location := range map[string]string{`{"policy":"perhaps"}`: "body.policy", `{"items":{"99":"keep"}}`: "body.items", `{"items":{"0":"perhaps"}}`: "body.items"} {
		if p := h.fails("PATCH", "/imports/"+plan.ID, body, 422, lora.Invalid); len(p.Errors) != 1 || !strings.HasPrefix(p.Errors[0].Location, location) {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
	h.fails("GET", "/imports/"+plan.ID+"/items?action=perhaps", "", 422, lora.Invalid)
	h.do("PATCH", "/imports/"+plan.ID, map[string]any{"items": map[string]string{items.Items[0].Key: "replace"}}, 200, nil)
	h.do("POST", "/imports/"+plan.ID+"/apply", nil, 202, nil)
	h.done(plan.ID)
	if a := h.read(id); a.Notes != "then" {
		t.Errorf("notes %q", a.Notes)
	}
}

func TestAnImportThatCannotBeIsRefusedByName(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	root := h.rootID()
	for name, c := range map[string]struct{ body, location string }{
		"nothing":            {`{"upload_ids":[],"target_root_id":"` + root + `"}`, "body.upload_ids"},
		"no folder":          {`{"upload_ids":["x"]}`, "body.target_root_id"},
		"an unknown policy":  {`{"upload_ids":["x"],"policy":"perhaps","target_root_id":"` + root + `"}`, "body.policy"},
		"no body":            {``, "body"},
		"a list for an id":   {`{"upload_ids":[["x"]],"target_root_id":"` + root + `"}`, "body.upload_ids"},
		"numbers for a text": {`{"upload_ids":["x"],"passphrase":1,"target_root_id":"` + root + `"}`, "body.passphrase"},
	} {
		p := h.fails("POST", "/imports", c.body, 422, lora.Invalid)
		if len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Location, c.location) {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	if p := h.fails("POST", "/imports", `{"upload_ids":["x"],"target_root_id":"none"}`, 404, lora.NotFound); len(p.Errors) != 1 || p.Errors[0].Location != "body.target_root_id" {
		t.Errorf("an unknown folder: %+v", p)
	}
	failed := h.planned(map[string]any{"upload_ids": []string{"none"}, "target_root_id": root}, lora.TransferFailed)
	if !strings.Contains(failed.Error, "upload") {
		t.Errorf("%q", failed.Error)
	}
	for _, path := range []string{"/imports/none", "/transfers/none", "/imports/none/items"} {
		h.fails("GET", path, "", 404, lora.NotFound)
	}
	for _, path := range []string{"/imports/none/apply", "/transfers/none/cancel"} {
		h.fails("POST", path, "", 404, lora.NotFound)
	}
	h.fails("PATCH", "/imports/none", `{"policy":"keep"}`, 404, lora.NotFound)
}

func TestAnEncryptedArchiveNeedsItsPassphrase(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 1)
	var planned ExportReply
	h.do("POST", "/exports", `{"loras":true,"lora_files":false,"encrypt":true,"password":"correct horse"}`, 201, &planned)
	if _, err := h.archives.archive.WaitExport(t.Context(), planned.Export.ID); err != nil {
		t.Fatal(err)
	}
	h.do("GET", "/exports/"+planned.Export.ID, nil, 200, &planned)
	if planned.Export.State != "ready" || !strings.HasSuffix(planned.Export.Parts[0].Name, ".zip.age") {
		t.Fatalf("%+v", planned.Export)
	}
	_, raw := h.fetch("GET", planned.Export.Parts[0].URL[len(apiPrefix):], "")
	if !bytes.HasPrefix(raw, []byte("age-encryption.org/")) {
		t.Fatalf("not encrypted: %.40q", raw)
	}
	upload, root := h.upload("a.zip.age", raw, 1), h.rootID()
	for _, passphrase := range []string{"", "wrong"} {
		failed := h.planned(map[string]any{"upload_ids": []string{upload}, "target_root_id": root, "passphrase": passphrase}, lora.TransferFailed)
		if !strings.Contains(failed.Error, "passphrase") || strings.Contains(failed.Error, "horse") {
			t.Errorf("%q: %q", passphrase, failed.Error)
		}
	}
	h.planned(map[string]any{"upload_ids": []string{upload}, "target_root_id": root, "passphrase": "correct horse"}, lora.TransferPlanned)
	if _, answers := h.fetch("GET", "/transfers", ""); bytes.Contains(answers, []byte("horse")) {
		t.Error("the passphrase is in an answer")
	}
}

func TestUploadsResumeAndAreGuardedLikeTheRest(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	tus := "Tus-Resumable: 1.0.0"
	r := h.ask(t, "OPTIONS", UploadsPath, "")
	if r.StatusCode != 204 || r.Header.Get("Tus-Version") != "1.0.0" || r.Header.Get("Tus-Max-Size") != fmt.Sprint(20<<30) {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	begin := h.ask(t, "POST", UploadsPath, "", tus, "Upload-Length: 6", "Upload-Metadata: filename YS56aXA=")
	at := begin.Header.Get("Location")
	piece := []string{tus, "Content-Type: application/offset+octet-stream"}
	if r := h.ask(t, "PATCH", at, "abc", append(piece, "Upload-Offset: 0")...); r.StatusCode != 204 {
		t.Fatalf("%d %s", r.StatusCode, text(t, r))
	}
	problem(t, h.ask(t, "PATCH", at, "xyz", append(piece, "Upload-Offset: 1")...), 409, lora.Conflict)
	if r := h.ask(t, "HEAD", at, "", tus); r.StatusCode != 200 || r.Header.Get("Upload-Offset") != "3" || r.Header.Get("Upload-Length") != "6" {
		t.Errorf("%d %v", r.StatusCode, r.Header)
	}
	if r := h.ask(t, "PATCH", at, "def", append(piece, "Upload-Offset: 3")...); r.StatusCode != 204 {
		t.Errorf("%d", r.StatusCode)
	}
	for name, headers := range map[string][]string{
		"a page of another site":   {"Origin: https://evil.example", "Sec-Fetch-Site: cross-site"},
		"a host that is not ours":  {"Host: evil.example"},
		"a form instead of pieces": {"Content-Type: multipart/form-data; boundary=x"},
		"a text instead of pieces": {"Content-Type: text/plain"},
	} {
		if r := h.ask(t, "PATCH", at, "x", append([]string{tus, "Upload-Offset: 6", "Content-Type: application/offset+octet-stream"}, headers...)...); r.StatusCode < 400 {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	if r := h.ask(t, "DELETE", at, "", tus); r.StatusCode != 204 {
		t.Errorf("%d", r.StatusCode)
	}
	problem(t, h.ask(t, "PATCH", at, "x", append(piece, "Upload-Offset: 6")...), 404, lora.NotFound)
	problem(t, h.ask(t, "POST", UploadsPath, "", tus, fmt.Sprintf("Upload-Length: %d", 21<<30), "Upload-Metadata: filename YS56aXA="), 413, lora.TooLarge)
	problem(t, h.ask(t, "POST", UploadsPath, "", "Upload-Length: 1"), 412, lora.Invalid)
	problem(t, h.ask(t, "GET", UploadsPath, ""), 405, lora.Invalid)
}

func TestTheContractsImportTakesSeveralArchivesEachForItself(t *testing.T) {
	t.Parallel()
	from, to := openHouse(t, 3), openHouse(t, 0)
	raw := from.exported(`{"loras":true}`)
	send := func(config string, files map[string][]byte, status int) (done ImportedFiles) {
		t.Helper()
		r := to.ask(t, "POST", importPath, form("fence", config, files), "Content-Type: multipart/form-data; boundary=fence")
		body := text(t, r)
		if r.StatusCode != status {
			t.Fatalf("%d: %s", r.StatusCode, body)
		}
		if status == 200 {
			readInto(t, body, &done)
		}
		return done
	}
	files := map[string][]byte{"good.zip": raw, "bad.zip": []byte("not an archive")}
	dry := send(`{"mode":"Dry-Run"}`, files, 200)
	if dry.Success || dry.Total != 2 || dry.Processed != 1 || to.list("").Total != 0 {
		t.Errorf("%+v", dry)
	}
	for _, one := range dry.Results {
		if one.File == "good.zip" && (one.Status != "validated" || *one.Created != 3 || len(one.Adapters) != 3 || one.Adapters[0].Status != "validated" || from.read(one.Adapters[0].ID).Name != one.Adapters[0].Name) {
			t.Errorf("%+v", one)
		}
		if one.File == "bad.zip" && (one.Status != "error" || one.Detail == "" || one.Adapters != nil) {
			t.Errorf("%+v", one)
		}
	}
	done := send(`{}`, map[string][]byte{"good.zip": raw}, 200)
	if !done.Success || done.Results[0].Status != "imported" || *done.Results[0].Created != 3 || done.Results[0].Adapters[0].Status != "created" {
		t.Errorf("%+v", done)
	}
	if to.list("").Total != 3 {
		t.Errorf("%d adapters", to.list("").Total)
	}
	again := send(`{"conflict_resolution":"keep","validate":"no","backup_before":false,"password":null,"other":1}`, map[string][]byte{"good.zip": raw}, 200)
	if !again.Success || *again.Results[0].Created != 0 {
		t.Errorf("%+v", again)
	}
	for config, want := range map[string]string{
		`[]`: "Invalid config", `{"mode":"append"}`: "mode", `{"mode":3}`: "mode", `{"conflict_resolution":"x"}`: "conflict_resolution", `{"validate":"perhaps"}`: "validate",
	} {
		r := to.ask(t, "POST", importPath, form("fence", config, map[string][]byte{"a.zip": raw}), "Content-Type: multipart/form-data; boundary=fence")
		if p := problem(t, r, 400, lora.Invalid); !strings.HasPrefix(p.Detail, "Invalid config: ") || !strings.Contains(p.Detail, want) {
			t.Errorf("%s: %q", config, p.Detail)
		}
	}
	for name, body := range map[string]string{"files": form("fence", `{}`, nil), "config": form("fence", "", map[string][]byte{"a.zip": raw})} {
		p := problem(t, to.ask(t, "POST", importPath, body, "Content-Type: multipart/form-data; boundary=fence"), 422, lora.Invalid)
		if len(p.Errors) != 1 || p.Errors[0].Location != "body."+name {
			t.Errorf("without %s: %+v", name, p.Errors)
		}
	}
	problem(t, to.ask(t, "POST", importPath, `{}`, "Content-Type: application/json"), 422, lora.Invalid)
	problem(t, to.ask(t, "POST", importPath, "--fence\r\nContent-Dis", "Content-Type: multipart/form-data; boundary=fence"), 422, lora.Invalid)
	problem(t, to.ask(t, "POST", importPath, form("fence", `{}`, nil), "Content-Type: multipart/form-data; boundary=fence", "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"), 403, lora.Forbidden)
	left, err := os.ReadDir(filepath.Join(to.dir, ".loramanager-staging"))
	if err == nil && len(left) > 0 {
		t.Errorf("staging holds %v", left)
	}
}
