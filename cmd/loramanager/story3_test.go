package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// status is what the test reads of the system's status.
type status struct {
	Status  string
	Workers []struct{ Alive bool }
	Checks  []struct {
		ID, State string
		CheckedAt *string `json:"checked_at"`
	}
}

func TestStory3_WhatFitsHowItGoesAndHowItIs(t *testing.T) {
	loras, data := filepath.Join(t.TempDir(), "loras"), filepath.Join(t.TempDir(), "data")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"sample", loras, "-n", "20"}, nil, streams{out: &out, err: &errs}); code != exitOK {
		t.Fatalf("sample: %d %s", code, errs.String())
	}
	r := start(t, data, "--root="+loras)
	r.adapters(20)
	var queued struct {
		ID string `json:"delivery_id"`
	}
	r.post("/api/v1/generation/queue-generation", `{"prompt":"=a hill","width":64,"height":48,"steps":2}`, 200, &queued)
	r.finished(queued.ID)

	var answer struct {
		SessionID       string `json:"session_id"`
		Recommendations []struct {
			LoraID string `json:"lora_id"`
		}
	}
	r.post("/api/v1/recommendations/for-active", `{"adapter_ids":[]}`, 200, &answer)
	if len(answer.Recommendations) == 0 {
		t.Fatal("nothing is recommended")
	}
	r.post("/api/v1/recommendations/feedback", `{"session_id":"`+answer.SessionID+`","recommended_lora_id":"`+answer.Recommendations[0].LoraID+`","feedback_type":"positive"}`, 200, nil)

	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(r.bytes("/metrics")))
	if err != nil {
		t.Fatal(err)
	}
	if ended := families["loramanager_jobs_ended_total"].GetMetric(); len(ended) != 1 || ended[0].GetCounter().GetValue() != 1 {
		t.Errorf("jobs ended: %v", ended)
	}
	if scans := families["loramanager_scans_total"].GetMetric(); len(scans) == 0 {
		t.Error("no scan was counted")
	}
	r.looked()
	r.halt()

	r = start(t, data, "--root="+loras) // figures outlive the process, counters do not
	var figures struct {
		Total int `json:"total_generations"`
	}
	if r.get("/api/v1/analytics/stats", &figures); figures.Total != 1 {
		t.Errorf("%d generations after a restart, want 1", figures.Total)
	}
	if strings.Contains(string(r.bytes("/metrics")), "loramanager_jobs_ended_total{") {
		t.Error("a counter outlived the process")
	}
	r.halt()
}

// looked waits until every part was looked at and the process has said that it is alive.
func (r *running) looked() {
	r.t.Helper()
	var s status
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		r.get("/api/v1/system/status", &s)
		all := len(s.Workers) == 1 && s.Workers[0].Alive
		for _, c := range s.Checks {
			all = all && c.CheckedAt != nil
		}
		if all {
			return
		}
		r.post("/api/v1/system/check", "", 202, nil)
	}
	r.t.Fatalf("not everything was looked at: %+v", s)
}
