package metrics

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"loramanager/internal/lora"
)

// JobEnded counts a job that is final.
func (m *Metrics) JobEnded(job lora.Job) {
	if m == nil {
		return
	}
	kind := string(job.Kind)
	m.jobs.WithLabelValues(kind, job.Engine, string(job.Status)).Inc()
	if job.StartedAt == nil {
		return
	}
	m.jobWait.WithLabelValues(kind, job.Engine).Observe(seconds(job.StartedAt.Sub(job.CreatedAt)))
	if job.FinishedAt != nil {
		m.jobRun.WithLabelValues(kind, job.Engine).Observe(seconds(job.FinishedAt.Sub(*job.StartedAt)))
	}
}

// seconds is never negative: a clock may have been put back in between.
func seconds(d time.Duration) float64 { return max(0, d.Seconds()) }

// methods are those that are counted under their name; anyone can make up others.
var methods = []string{
	http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions,
}

// Answered counts a request. The route is the pattern it matched.
func (m *Metrics) Answered(method, route string, status int, took time.Duration) {
	if m == nil {
		return
	}
	if !slices.Contains(methods, method) {
		method = "other"
	}
	if status == 0 {
		status = http.StatusOK // what a handler that says nothing answers
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	m.responses.WithLabelValues(method, route).Observe(seconds(took))
}

// ScanEnded counts a scan and the files it came across.
func (m *Metrics) ScanEnded(scan lora.Scan) {
	if m == nil {
		return
	}
	m.scans.WithLabelValues(string(scan.State)).Inc()
	if scan.State == lora.ScanFinished && scan.FinishedAt != nil {
		m.scanTime.Observe(seconds(scan.FinishedAt.Sub(scan.StartedAt)))
	}
	c := &scan.Counts
	for outcome, files := range map[string]int{
		"read": c.Read, "added": c.Added, "updated": c.Updated, "unchanged": c.Unchanged, "moved": c.Moved, "missing": c.Missing, "restored": c.Restored,
	} {
		m.scanFiles.WithLabelValues(outcome).Add(float64(max(0, files)))
	}
}

// Digested counts a file whose digests were computed.
func (m *Metrics) Digested(bytes int64) {
	if m == nil {
		return
	}
	m.digests.Inc()
	m.digested.Add(float64(max(0, bytes)))
}

// TransferEnded counts an export, import, backup or the like that is over.
func (m *Metrics) TransferEnded(t lora.Transfer) {
	if m == nil {
		return
	}
	kind := string(t.Kind)
	m.transfers.WithLabelValues(kind, string(t.State)).Inc()
	if t.State == lora.TransferDone && t.FinishedAt != nil {
		m.transferTime.WithLabelValues(kind).Observe(seconds(t.FinishedAt.Sub(t.StartedAt)))
		m.transferBytes.WithLabelValues(kind).Add(float64(max(0, t.Bytes)))
	}
}
