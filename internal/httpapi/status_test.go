package httpapi

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

// looked reads the status once every part was looked at.
func (h *house) looked() SystemStatus {
	h.t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for {
		var s SystemStatus
		h.do("GET", "/system/status", nil, 200, &s)
		waiting := slices.ContainsFunc(s.Checks, func(c lora.Check) bool { return c.CheckedAt == nil })
		if !waiting && s.Metrics != nil && len(s.Workers) > 0 && s.Importer.LastIngested != nil {
			return s
		}
		if time.Now().After(deadline) {
			h.t.Fatalf("not everything was looked at: %+v", s)
		}
		h.do("POST", "/system/check", nil, 202, nil)
		time.Sleep(5 * time.Millisecond)
	}
}

func TestTheStatusIsWhatTheLooksFound(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 5)
	h.made("=one")
	s := h.looked()
	if s.Backend != "in-memory" || s.Queue.Active != 0 || s.QueueLength != 0 || s.ActiveWorkers != 0 || s.Message != "System status collected successfully" {
		t.Errorf("%+v", s)
	}
	if s.Versions.Program != "test" || s.Versions.Database != "sqlite" || s.Versions.Schema < 3 || s.UptimeSeconds <= 0 {
		t.Errorf("%+v", s.Versions)
	}
	if !s.Workers[0].Alive || s.Workers[0].Name != "test" {
		t.Errorf("%+v", s.Workers)
	}
	if m := s.Metrics; m.MemoryTotal == nil || *m.MemoryTotal <= 0 || s.MemoryTotal <= 0 || m.GPUs == nil {
		t.Errorf("%+v", m)
	}
	if i := s.Importer; i.ImportPath == nil || *i.ImportPath != h.dir || i.Stale == nil || *i.Stale || i.TotalAdapters != h.list("per_page=1").Total || *i.StaleHours != 24 {
		t.Errorf("%+v", i)
	}
	if s.SDNext.Configured || s.SDNext.Available != nil {
		t.Errorf("%+v", s.SDNext)
	}
	// A computer without a graphics card is fine, and one failed job is no reason to warn.
	for _, c := range s.Checks {
		if c.Area == "gpu" && (c.State == lora.CheckWarning || c.State == lora.CheckError) {
			t.Errorf("%+v", c)
		}
		if c.State == lora.CheckWarning && c.Advice == "" {
			t.Errorf("%s warns without saying what to do", c.ID)
		}
	}
	if (s.Status == "healthy") != (len(s.Warnings) == 0) {
		t.Errorf("%s with %v", s.Status, s.Warnings)
	}
	var r ResourceList
	if h.do("GET", "/system/resources?range=1h", nil, 200, &r); r.Samples == nil {
		t.Error("null instead of no samples")
	}
	h.fails("GET", "/system/resources?range=1y", "", 422, lora.Invalid)
}

func TestTheDashboardEqualsTheLibraryAndTheJobs(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 5)
	active := h.list("per_page=1").Items[0].ID
	h.do("POST", "/adapters/"+active+"/activate", nil, 200, nil)
	made := h.made("=the last one")
	h.looked()
	h.do("POST", "/recommendations/index/rebuild", nil, 200, nil)
	var d DashboardReply
	h.do("GET", "/dashboard/stats", nil, 200, &d)
	total := h.list("per_page=1").Total
	if d.Stats.TotalLoras != total || d.Stats.ActiveLoras != 1 || d.Stats.RecentImports != total || d.Stats.ActiveJobs != 0 || d.Stats.Coverage < 0 || d.Stats.Coverage > 100 {
		t.Errorf("%+v of %d", d.Stats, total)
	}
	if d.Health.QueueStatus != "idle" || d.Health.Paused || d.Health.StorageUsage == "unknown" || (d.Health.GPUMemory != "unavailable" && strings.HasPrefix(d.Health.GPUStatus, "GPU unavailable")) {
		t.Errorf("%+v", d.Health)
	}
	var featured []stats.FeaturedLora
	if h.do("GET", "/dashboard/featured-loras", nil, 200, &featured); len(featured) != 1 || featured[0].ID != active || !featured[0].Active || featured[0].Tags == nil {
		t.Errorf("%+v", featured)
	}
	var feed []stats.FeedEntry
	h.do("GET", "/dashboard/activity-feed", nil, 200, &feed)
	if len(feed) != 1 || feed[0].ID != made.ID || feed[0].Status != lora.JobSucceeded || feed[0].Icon != "✅" || feed[0].Message != "Generation job '=the last one' succeeded" {
		t.Errorf("%+v", feed)
	}
}

func TestAnEmptyDatabaseHasOnlyZeros(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	var d DashboardReply
	if h.do("GET", "/dashboard/stats", nil, 200, &d); d.Stats != (stats.DashboardStats{}) {
		t.Errorf("%+v", d.Stats)
	}
	for _, path := range []string{"/dashboard/featured-loras", "/dashboard/activity-feed"} {
		if got := strings.TrimSpace(text(t, h.ask(t, "GET", apiPrefix+path, ""))); got != "[]" {
			t.Errorf("%s: %s", path, got)
		}
	}
}

// families scrapes the metrics as Prometheus does.
func (h *house) families() map[string]*dto.MetricFamily {
	h.t.Helper()
	r := h.ask(h.t, "GET", "/metrics", "")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(text(h.t, r)))
	if err != nil || r.StatusCode != 200 {
		h.t.Fatalf("status %d: %v", r.StatusCode, err)
	}
	return families
}

// counted sums a family over the metrics that have all these labels.
func counted(family *dto.MetricFamily, labels ...string) (sum float64) {
	for _, m := range family.GetMetric() {
		var have []string
		for _, l := range m.GetLabel() {
			have = append(have, l.GetName()+"="+l.GetValue())
		}
		if !slices.ContainsFunc(labels, func(l string) bool { return !slices.Contains(have, l) }) {
			sum += m.GetCounter().GetValue() + m.GetGauge().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return sum
}

func TestMetricsCountTheJobThatRanAndRequestsByPattern(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 3)
	made := h.made("=counted")
	h.fails("GET", "/adapters/none", "", 404, lora.NotFound)
	h.fails("GET", "/nothing/"+made.ID, "", 404, lora.NotFound)
	h.ask(t, "GET", "/library/deep/link", "")

	f := h.families()
	if n := counted(f["loramanager_jobs_ended_total"], "kind=generation", "engine=sketch", "status=succeeded"); n != 1 {
		t.Errorf("%g jobs, want 1", n)
	}
	for _, name := range []string{"loramanager_job_run_seconds", "loramanager_job_wait_seconds"} {
		if n := counted(f[name], "engine=sketch"); n != 1 {
			t.Errorf("%s: %g, want 1", name, n)
		}
	}
	requests := f["loramanager_http_requests_total"]
	for _, want := range [][]string{
		{"route=/api/v1/adapters/{id}", "status=404", "method=GET"}, {"route=unmatched", "status=404"}, {"route=app", "status=200"},
		{"route=/api/v1/generation/queue-generation", "status=200", "method=POST"},
	} {
		if n := counted(requests, want...); n != 1 {
			t.Errorf("%v: %g, want 1", want, n)
		}
	}
	for _, m := range requests.GetMetric() {
		for _, l := range m.GetLabel() {
			if strings.Contains(l.GetValue(), made.ID) || strings.Contains(l.GetValue(), "deep") {
				t.Errorf("a path became a label: %s", l.GetValue())
			}
		}
	}
	if f["go_goroutines"] == nil || f["process_cpu_seconds_total"] == nil || f["loramanager_build_info"] == nil {
		t.Error("the runtime, the process or the build is not told")
	}
}

func TestTheThirdStoryAnswersNothingWithoutTheKey(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	d := openDoor(t, Options{Key: "k", Store: h.store, Library: h.library, Events: h.hub, Engines: h.studio.engines, Jobs: h.studio.jobs,
		Recommend: h.views.recommend, Stats: h.views.stats, Health: h.views.health, Metrics: h.counted})
	asked := 0
	for path, item := range d.api.OpenAPI().Paths {
		for method, op := range map[string]*huma.Operation{"GET": item.Get, "POST": item.Post, "PUT": item.Put, "DELETE": item.Delete, "PATCH": item.Patch} {
			third := slices.ContainsFunc([]string{"/recommendations/", "/analytics/", "/dashboard/", "/system/"}, func(part string) bool { return strings.Contains(path, part) })
			if !third || op == nil {
				continue
			}
			asked++
			problem(t, d.ask(t, method, strings.NewReplacer("{id}", "x", "{lora_id}", "x").Replace(path), ""), 403, lora.Unauthorized)
		}
	}
	if asked < 29 {
		t.Errorf("only %d routes were asked", asked)
	}
	problem(t, d.ask(t, "GET", "/metrics", ""), 403, lora.Unauthorized)
	if r := d.ask(t, "GET", "/metrics", "", "Authorization: Bearer k"); r.StatusCode != 200 {
		t.Errorf("with the key: %d", r.StatusCode)
	}
	for _, path := range []string{"/livez", "/readyz"} {
		if r := d.ask(t, "GET", path, ""); r.StatusCode != 200 {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
}

func TestAServerThatStopsIsNotReady(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	if r := h.ask(t, "GET", "/readyz", ""); r.StatusCode != 200 {
		t.Fatalf("%d", r.StatusCode)
	}
	if err := h.Server.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if p := problem(t, h.ask(t, "GET", "/readyz", ""), 503, lora.Unavailable); !strings.Contains(p.Detail, "stopping") {
		t.Errorf("%q", p.Detail)
	}
	if r := h.ask(t, "GET", "/livez", ""); r.StatusCode != 200 {
		t.Errorf("/livez: %d", r.StatusCode)
	}
}
