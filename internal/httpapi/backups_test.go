package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// backedUp makes a backup and returns it.
func (h *house) backedUp(order string) lora.Backup {
	h.t.Helper()
	var r TransferReply
	h.do("POST", "/backups", order, 202, &r)
	var made BackupReply
	h.do("GET", "/backups/"+h.done(r.Transfer.ID).BackupID, nil, 200, &made)
	return made.Backup
}

func TestBackupsAreTheContracts(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	if _, raw := h.fetch("GET", "/backups/history", ""); strings.TrimSpace(string(raw)) != "[]" {
		t.Errorf("%s", raw)
	}
	var made BackupCreated
	h.do("POST", "/backup/create", `{"backup_type":"before_the_move","unknown":1}`, 200, &made)
	if !made.Success || made.Type != "Before The Move" || made.Size == 0 || !regexp.MustCompile(`^backup_\d{8}_\d{6}_[0-9a-f]{6}$`).MatchString(made.ID) {
		t.Errorf("%+v", made)
	}
	h.do("POST", "/backup/create", `{}`, 200, &made)
	if made.Type != "Full" {
		t.Errorf("%+v", made)
	}
	var history []BackupEntry
	h.do("GET", "/backups/history", nil, 200, &history)
	if len(history) != 2 || history[0].ID != made.ID || history[0].Size == nil || history[1].Type != "Before The Move" {
		t.Errorf("%+v", history)
	}
	h.fails("POST", "/backup/create", "", 422, lora.Invalid)
	h.fails("POST", "/backup/create", `{"backup_type":3}`, 422, lora.Invalid)
	h.do("DELETE", "/backups/"+made.ID, nil, 204, nil)
	if p := h.fails("DELETE", "/backups/"+made.ID, "", 404, lora.NotFound); p.Detail != "Backup not found" {
		t.Errorf("%q", p.Detail)
	}
	h.do("GET", "/backups/history", nil, 200, &history)
	if len(history) != 1 {
		t.Errorf("%+v", history)
	}
}

func TestABackupIsVerifiedRehearsedAndRestoredOverHTTP(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	id := h.list("").Items[0].ID
	full := h.backedUp(`{"type":"full","note":"first"}`)
	if full.Status != "verified" || full.Counts.Adapters != 3 || full.Note != "first" || full.Bases == nil || full.NeededBy == nil {
		t.Fatalf("%+v", full)
	}
	h.do("PATCH", "/adapters/"+id, `{"notes":"later"}`, 200, nil)
	for _, order := range []string{"verify", "rehearse"} {
		var r TransferReply
		h.do("POST", "/backups/"+full.ID+"/"+order, nil, 202, &r)
		h.done(r.Transfer.ID)
	}
	var r TransferReply
	h.do("POST", "/backups/"+full.ID+"/restore", `{"files":false}`, 202, &r)
	h.done(r.Transfer.ID)
	if a := h.read(id); a.Notes != "" {
		t.Errorf("notes %q", a.Notes)
	}
	var all BackupList
	h.do("GET", "/backups", nil, 200, &all)
	if len(all.Backups) != 2 || all.Backups[0].Type != "restore_point" || all.Backups[1].RehearsedAt == nil {
		t.Errorf("%+v", all.Backups)
	}
	if len(all.Places) != 2 || !all.Places[0].Configured || all.Places[0].UsedBytes == 0 || all.Places[1].Configured {
		t.Errorf("%+v", all.Places)
	}
	for _, order := range []string{"/verify", "/rehearse", "/restore"} {
		h.fails("POST", "/backups/none"+order, "", 404, lora.NotFound)
	}
	h.fails("GET", "/backups/none", "", 404, lora.NotFound)
	for body, location := range map[string]string{`{"type":"half"}`: "body.type", `{"place":"moon"}`: "body.place", `{"place":"s3"}`: "body.place", `{"weights":"x"}`: "body.weights"} {
		if p := h.fails("POST", "/backups", body, 422, lora.Invalid); len(p.Errors) != 1 || p.Errors[0].Location != location {
			t.Errorf("%s: %+v", body, p.Errors)
		}
	}
}

func TestABackupIsDownloadedByRangesAndWhole(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	full := h.backedUp(`{}`)
	h.do("PATCH", "/adapters/"+h.list("").Items[0].ID, `{"notes":"more"}`, 200, nil)
	next := h.backedUp(`{"type":"incremental"}`)
	r, whole := h.fetch("GET", "/backups/"+full.ID+"/download", "")
	if r.StatusCode != 200 || int64(len(whole)) != full.Size || r.Header.Get("Content-Disposition") != "attachment; filename="+full.ID+".zip" {
		t.Fatalf("%d %v", r.StatusCode, r.Header)
	}
	if !slices.Contains(members(t, whole), "manifest.json") {
		t.Error("no manifest")
	}
	r, rest := h.fetch("GET", "/backups/"+full.ID+"/download", "", "Range: bytes=1000-", "If-Range: "+r.Header.Get("ETag"))
	if r.StatusCode != 206 || !bytes.Equal(rest, whole[1000:]) {
		t.Errorf("%d, %d bytes", r.StatusCode, len(rest))
	}
	_, complete := h.fetch("GET", "/backups/"+next.ID+"/download?complete=true", "")
	var manifest struct{ Elsewhere any }
	if err := json.Unmarshal(member(t, complete, "manifest.json"), &manifest); err != nil || manifest.Elsewhere != nil {
		t.Errorf("%v %v", manifest.Elsewhere, err)
	}
	h.fails("GET", "/backups/none/download", "", 404, lora.NotFound)
	if len(next.Bases) > 0 {
		h.fails("DELETE", "/backups/"+full.ID, "", 409, lora.Conflict)
	}
	h.do("DELETE", "/backups/"+full.ID+"?dependents=true", nil, 204, nil)
}

func TestBackupSchedules(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	schedule := func(cron, zone string) string {
		return fmt.Sprintf(`{"name":"Nightly","enabled":true,"cron":%q,"zone":%q,"type":"incremental","weights":false,"place":"folder","keep":{"last":7,"daily":0,"weekly":4,"monthly":0}}`, cron, zone)
	}
	var added BackupScheduleReply
	h.do("POST", "/backups/schedules", schedule("0 3 * * *", "Europe/Berlin"), 201, &added)
	if s := added.Schedule; s.ID == "" || s.NextRunAt == nil || s.Keep.Last != 7 || s.Keep.Weekly != 4 {
		t.Errorf("%+v", s)
	}
	h.do("PUT", "/backups/schedules/"+added.Schedule.ID, strings.Replace(schedule("@weekly", "UTC"), "true", "false", 1), 200, &added)
	var all BackupSchedules
	h.do("GET", "/backups/schedules", nil, 200, &all)
	if len(all.Schedules) != 1 || all.Schedules[0].Cron != "@weekly" || all.Schedules[0].Enabled {
		t.Errorf("%+v", all)
	}
	for body, location := range map[string]string{
		schedule("every night", "UTC"): "body.cron", schedule("0 3 * * *", "Mars/Olympus"): "body.zone",
		strings.Replace(schedule("@daily", ""), `"last":7`, `"last":-1`, 1): "body.keep.last", strings.Replace(schedule("@daily", ""), `"Nightly"`, `""`, 1): "body.name",
		strings.Replace(schedule("@daily", ""), `"folder"`, `"s3"`, 1): "body.place",
	} {
		if p := h.fails("POST", "/backups/schedules", body, 422, lora.Invalid); len(p.Errors) == 0 || p.Errors[0].Location != location {
			t.Errorf("%s: %+v", body, p)
		}
	}
	var preview SchedulePreview
	h.do("POST", "/backups/schedules/preview", `{"cron":"*/15 * * * *","zone":"UTC"}`, 200, &preview)
	if len(preview.Runs) != 5 || preview.Runs[1].Sub(preview.Runs[0]).Minutes() != 15 {
		t.Errorf("%+v", preview)
	}
	h.fails("POST", "/backups/schedules/preview", `{"cron":"61 * * * *"}`, 422, lora.Invalid)
	h.do("DELETE", "/backups/schedules/"+added.Schedule.ID, nil, 204, nil)
	h.fails("DELETE", "/backups/schedules/"+added.Schedule.ID, "", 404, lora.NotFound)
	h.fails("PUT", "/backups/schedules/none", schedule("@daily", "UTC"), 404, lora.NotFound)
}
