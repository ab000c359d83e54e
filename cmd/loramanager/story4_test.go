package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loramanager/internal/lora"
)

// over waits until a transfer waits for a word or is over.
func (r *running) over(id string) lora.Transfer {
	r.t.Helper()
	var got struct{ Transfer lora.Transfer }
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if r.get("/api/v1/transfers/"+id, &got); got.Transfer.State == lora.TransferPlanned || got.Transfer.State.Final() {
			return got.Transfer
		}
	}
	r.t.Fatalf("the transfer does not end: %+v", got.Transfer)
	return got.Transfer
}

func TestStory4_MovingInBackingUpAndWritingSidecars(t *testing.T) {
	loras, data := filepath.Join(t.TempDir(), "loras"), filepath.Join(t.TempDir(), "data")
	works(t, nil, "sample", loras, "-n", "20")
	r := start(t, data, "--root="+loras)
	defer r.halt()
	r.adapters(20)
	line, _, err := websocket.Dial(t.Context(), r.address+"/api/v1/ws/progress", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = line.CloseNow() }()
	if err := line.Write(t.Context(), websocket.MessageText, []byte(`{"type":"subscribe","job_ids":[],"topics":["transfers","adapters"]}`)); err != nil {
		t.Fatal(err)
	}

	var found struct {
		Found []struct {
			Manager  string
			Adapters int
			With     map[string]int
			Notes    []string
		}
	}
	place, err := json.Marshal(map[string]string{"path": loras})
	if err != nil {
		t.Fatal(err)
	}
	r.post("/api/v1/move-in/detect", string(place), 200, &found)
	if len(found.Found) == 0 || found.Found[0].Adapters == 0 || found.Found[0].With == nil || found.Found[0].Notes == nil {
		t.Fatalf("%+v", found)
	}
	for _, body := range []string{`{"path":"not/whole"}`, `{"path":"/no/such/folder"}`, `{"path":""}`} {
		r.post("/api/v1/move-in/detect", body, 422, nil)
		r.post("/api/v1/move-in", body, 422, nil)
	}
	var began struct{ Transfer lora.Transfer }
	r.post("/api/v1/move-in", strings.Replace(string(place), "}", `,"policy":"keep"}`, 1), 202, &began)
	if plan := r.over(began.Transfer.ID); plan.State != lora.TransferPlanned || plan.Kind != lora.TransferMoveIn {
		t.Fatalf("%+v", plan)
	}
	r.post("/api/v1/imports/"+began.Transfer.ID+"/apply", "", 202, nil)
	if done := r.over(began.Transfer.ID); done.State != lora.TransferDone {
		t.Fatalf("%+v", done)
	}
	heard := map[string]bool{}
	for !heard["done"] || !heard["everything"] {
		_, frame, err := line.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var e struct {
			Type string
			Data struct {
				Transfer *lora.Transfer
				IDs      *[]string
				Reason   string
			}
		}
		if err := json.Unmarshal(frame, &e); err != nil {
			t.Fatalf("%v: %s", err, frame)
		}
		heard["done"] = heard["done"] || e.Type == "transfer_changed" && e.Data.Transfer.State == lora.TransferDone
		heard["everything"] = heard["everything"] || e.Type == "adapters_changed" && e.Data.IDs == nil && e.Data.Reason == "move_in"
	}

	r.post("/api/v1/sidecars", `{"format":"a1111","q":""}`, 202, &began)
	if done := r.over(began.Transfer.ID); done.State != lora.TransferDone {
		t.Errorf("%+v", done)
	}
	r.post("/api/v1/sidecars", `{"format":"nobody's","q":""}`, 422, nil)
	r.post("/api/v1/sidecars", `{"format":"a1111"}`, 422, nil)
	var formats struct{ Formats []struct{ ID, Suffix string } }
	if r.get("/api/v1/sidecars/formats", &formats); len(formats.Formats) < 5 {
		t.Errorf("%+v", formats)
	}

	r.post("/api/v1/backups", `{"type":"full"}`, 202, &began)
	if done := r.over(began.Transfer.ID); done.State != lora.TransferDone {
		t.Fatalf("%+v", done)
	}
	if files, err := os.ReadDir(filepath.Join(data, "backups")); err != nil || len(files) < 2 {
		t.Errorf("%v %v", files, err)
	}
	r.post("/api/v1/backups/"+r.over(began.Transfer.ID).BackupID+"/restore", "", 202, &began)
	if done := r.over(began.Transfer.ID); done.State != lora.TransferDone {
		t.Fatalf("%+v", done)
	}
	r.adapters(20)

	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(r.bytes("/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	if ended := families["loramanager_transfers_ended_total"].GetMetric(); len(ended) < 4 {
		t.Errorf("transfers ended: %v", ended)
	}
	var system status
	r.get("/api/v1/system/status", &system)
	for _, check := range system.Checks {
		if check.ID == "backups" && check.State != "off" {
			t.Errorf("%+v", check)
		}
	}
}
