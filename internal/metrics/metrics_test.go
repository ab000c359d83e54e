package metrics_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loramanager/internal/lora"
	"loramanager/internal/metrics"
)

// scrape reads all families as Prometheus would.
func scrape(t *testing.T, m *metrics.Metrics) map[string]*dto.MetricFamily {
	t.Helper()
	w := httptest.NewRecorder()
	m.Handler().ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	return families
}

// with returns the metric of a family whose labels have these values, in their order.
func with(t *testing.T, families map[string]*dto.MetricFamily, name string, labels ...string) *dto.Metric {
	t.Helper()
	for _, metric := range families[name].GetMetric() {
		var values []string
		for _, l := range metric.GetLabel() {
			values = append(values, l.GetName()+"="+l.GetValue())
		}
		if strings.Join(values, ",") == strings.Join(labels, ",") {
			return metric
		}
	}
	t.Fatalf("%s%v is not there", name, labels)
	return nil
}

func TestAnEndedJobIsCountedWithItsTimes(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Options{})
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	began, ended := at.Add(3*time.Second), at.Add(10*time.Second)
	m.JobEnded(lora.Job{Kind: lora.Generation, Engine: "sketch", Status: lora.JobSucceeded, CreatedAt: at, StartedAt: &began, FinishedAt: &ended})
	m.JobEnded(lora.Job{Kind: lora.Generation, Engine: "sketch", Status: lora.JobCancelled, CreatedAt: at, FinishedAt: &ended})

	families := scrape(t, m)
	for _, status := range []string{"succeeded", "cancelled"} {
		if n := with(t, families, "loramanager_jobs_ended_total", "engine=sketch", "kind=generation", "status="+status).GetCounter().GetValue(); n != 1 {
			t.Errorf("%g jobs %s, want 1", n, status)
		}
	}
	run := with(t, families, "loramanager_job_run_seconds", "engine=sketch", "kind=generation").GetHistogram()
	wait := with(t, families, "loramanager_job_wait_seconds", "engine=sketch", "kind=generation").GetHistogram()
	if run.GetSampleCount() != 1 || run.GetSampleSum() != 7 || wait.GetSampleCount() != 1 || wait.GetSampleSum() != 3 {
		t.Errorf("run %v, wait %v: want one of 7 s and one of 3 s; a job that never began has neither", run, wait)
	}
}

func TestPromise1_TheFiguresOfNowAreAskedOncePerScrape(t *testing.T) {
	t.Parallel()
	asked := 0
	m := metrics.New(metrics.Options{Figures: func() metrics.Figures {
		asked++
		return metrics.Figures{Pending: 4, Running: 2, Paused: true, OldestWaiting: 90 * time.Second, Sockets: 3, SocketsCut: 1,
			Checks: map[lora.CheckState]int{lora.CheckWarning: 2}, Adapters: 70}
	}})
	families := scrape(t, m)
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	for name, want := range map[string]float64{
		"loramanager_queue_paused": 1, "loramanager_queue_oldest_waiting_seconds": 90, "loramanager_websocket_clients": 3, "loramanager_recommend_adapters": 70,
	} {
		if got := with(t, families, name).GetGauge().GetValue(); got != want {
			t.Errorf("%s is %g, want %g", name, got, want)
		}
	}
	if got := with(t, families, "loramanager_queue_jobs", "status=pending").GetGauge().GetValue(); got != 4 {
		t.Errorf("%g jobs wait, want 4", got)
	}
	if got := with(t, families, "loramanager_checks", "state=warning").GetGauge().GetValue(); got != 2 {
		t.Errorf("%g warnings, want 2", got)
	}
	if got := with(t, families, "loramanager_websocket_cut_total").GetCounter().GetValue(); got != 1 {
		t.Errorf("%g connections cut, want 1", got)
	}
}

func TestPromise2_MethodsThatClientsMakeUpAreOne(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Options{})
	for _, method := range []string{"BREW", "PROPFIND", "\x00"} {
		m.Answered(method, "/api/v1/adapters", 405, time.Millisecond)
	}
	families := scrape(t, m)
	if n := with(t, families, "loramanager_http_requests_total", "method=other", "route=/api/v1/adapters", "status=405").GetCounter().GetValue(); n != 3 {
		t.Errorf("%g requests, want 3", n)
	}
}

func TestPromise3_TwoCountApart(t *testing.T) {
	t.Parallel()
	a, b := metrics.New(metrics.Options{Version: "1"}), metrics.New(metrics.Options{})
	a.Digested(1000)
	a.ScanEnded(lora.Scan{State: lora.ScanFinished, Counts: lora.ScanCounts{Added: 3}})
	if n := with(t, scrape(t, a), "loramanager_digest_bytes_total").GetCounter().GetValue(); n != 1000 {
		t.Errorf("%g bytes, want 1000", n)
	}
	if n := with(t, scrape(t, a), "loramanager_scan_files_total", "outcome=added").GetCounter().GetValue(); n != 3 {
		t.Errorf("%g files added, want 3", n)
	}
	if n := with(t, scrape(t, b), "loramanager_digest_bytes_total").GetCounter().GetValue(); n != 0 {
		t.Errorf("the other counted %g bytes", n)
	}
}

func TestNoMetricsCountNothing(t *testing.T) {
	t.Parallel()
	var m *metrics.Metrics
	m.JobEnded(lora.Job{})
	m.Answered("GET", "/", 200, 0)
	m.ScanEnded(lora.Scan{})
	m.Digested(1)
}

func TestAnEndedTransferIsCountedAndOnlyWhatWasDoneIsMeasured(t *testing.T) {
	t.Parallel()
	m := metrics.New(metrics.Options{})
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	ended := at.Add(8 * time.Second)
	m.TransferEnded(lora.Transfer{Kind: lora.TransferBackup, State: lora.TransferDone, Bytes: 500, StartedAt: at, FinishedAt: &ended})
	m.TransferEnded(lora.Transfer{Kind: lora.TransferBackup, State: lora.TransferFailed, Bytes: 70, StartedAt: at, FinishedAt: &ended})

	families := scrape(t, m)
	for _, state := range []string{"done", "failed"} {
		if n := with(t, families, "loramanager_transfers_ended_total", "kind=backup", "state="+state).GetCounter().GetValue(); n != 1 {
			t.Errorf("%g backups %s, want 1", n, state)
		}
	}
	if n := with(t, families, "loramanager_transfer_bytes_total", "kind=backup").GetCounter().GetValue(); n != 500 {
		t.Errorf("%g bytes, want 500", n)
	}
	if took := with(t, families, "loramanager_transfer_seconds", "kind=backup").GetHistogram(); took.GetSampleCount() != 1 || took.GetSampleSum() != 8 {
		t.Errorf("took %v, want once 8 s", took)
	}
}
