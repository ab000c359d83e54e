package metrics_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/metrics"
)

// busy are metrics of which each has counted something, so that all of them are told.
func busy() *metrics.Metrics {
	m := metrics.New(metrics.Options{Figures: func() metrics.Figures { return metrics.Figures{} }})
	now := time.Now()
	m.JobEnded(lora.Job{Kind: lora.Generation, Engine: "sketch", Status: lora.JobSucceeded, CreatedAt: now, StartedAt: &now, FinishedAt: &now})
	m.Answered("GET", "/api/v1/adapters", 200, time.Millisecond)
	m.ScanEnded(lora.Scan{State: lora.ScanFinished, StartedAt: now, FinishedAt: &now})
	m.Digested(1)
	m.TransferEnded(lora.Transfer{Kind: lora.TransferBackup, State: lora.TransferDone, Bytes: 1, StartedAt: now, FinishedAt: &now})
	return m
}

var metricName = regexp.MustCompile(`\b(?:loramanager|go|process)_[a-z0-9_]+`)

// parts are what is added to the name of a histogram.
var parts = regexp.MustCompile(`_(bucket|sum|count)$`)

func TestTheSampleDashboardAsksOnlyForMetricsThatExist(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("../../deploy/grafana/loramanager.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal(raw, &dashboard); err != nil {
		t.Fatal(err)
	}
	known, asked := scrape(t, busy()), map[string]bool{}
	for _, panel := range dashboard.Panels {
		for _, target := range panel.Targets {
			names := metricName.FindAllString(target.Expr, -1)
			if len(names) == 0 {
				t.Errorf("%s asks for nothing: %s", panel.Title, target.Expr)
			}
			for _, name := range names {
				family := name
				if known[name] == nil {
					family = parts.ReplaceAllString(name, "")
				}
				if known[family] == nil {
					t.Errorf("%s asks for %s, which is not there", panel.Title, name)
				}
				asked[family] = true
			}
		}
	}
	for name := range known {
		if strings.HasPrefix(name, "loramanager_") && !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

func TestThePageListsEachMetricWithItsLabels(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]string{} // labels by name
	for _, row := range regexp.MustCompile("(?m)^\\| `(loramanager_[a-z_]+)` \\| (\\w+) \\| ([^|]*) ?\\|").FindAllStringSubmatch(string(page), -1) {
		listed[row[1]] = row[2] + " " + strings.Join(regexp.MustCompile(`\w+`).FindAllString(row[3], -1), " ")
	}
	for name, family := range scrape(t, busy()) {
		if !strings.HasPrefix(name, "loramanager_") {
			continue
		}
		have := map[string]bool{}
		for _, l := range family.GetMetric()[0].GetLabel() {
			have[l.GetName()] = true
		}
		kind, labels, _ := strings.Cut(listed[name], " ")
		if kind != strings.ToLower(family.GetType().String()) || len(strings.Fields(labels)) != len(have) {
			t.Errorf("%s is a %s with labels %v, the page says %q", name, family.GetType(), have, listed[name])
		}
		for _, label := range strings.Fields(labels) {
			if !have[label] {
				t.Errorf("%s has no label %s", name, label)
			}
		}
		delete(listed, name)
	}
	for name := range listed {
		t.Errorf("the page lists %s, which is not there", name)
	}
}
