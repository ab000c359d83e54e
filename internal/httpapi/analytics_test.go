package httpapi

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"mime"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

// week is a period with everything a test did.
const week = "?time_range=7d"

// worked is what a test let generate.
type worked struct {
	jobs             []lora.Job
	used             map[string]int // succeeded generations by adapter
	succeeded, kept  int
	failed, canceled int
	images           int
}

// works lets generations succeed, fail and be cancelled, and rates two of them.
func (h *house) works(adapters ...string) *worked {
	h.t.Helper()
	w := &worked{used: map[string]int{}}
	queue := func(query string, ids ...string) string {
		prompt := "=a cat"
		for _, id := range ids {
			prompt += " <lora:" + h.read(id).Name + ":0.8>"
		}
		var queued QueuedReply
		h.do("POST", "/generation/queue-generation"+query, map[string]any{
			"prompt": prompt, "width": 64, "height": 48, "steps": 2, "batch_size": 2,
		}, 200, &queued)
		return queued.DeliveryID
	}
	for i := range 9 {
		job := h.final(queue("", adapters[:min(len(adapters), 1+i%2)]...))
		for _, use := range job.Adapters {
			w.used[use.AdapterID]++
		}
		w.jobs = append(w.jobs, job)
	}
	w.succeeded, w.images = 9, 18
	h.do("PUT", "/generation/results/"+w.jobs[0].ID+"/rating", `{"rating":5}`, 200, nil)
	h.do("PUT", "/generation/results/"+w.jobs[1].ID+"/favorite", `{"is_favorite":true}`, 200, nil)
	h.do("PUT", "/generation/results/"+w.jobs[2].ID+"/rating", `{"rating":3}`, 200, nil)
	w.kept = 2

	fake := enginetest.NewA1111(enginetest.A1111Options{})
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/txt2img") {
			http.Error(w, `{"error":"ValueError","detail":"","errors":"not in this mood"}`, http.StatusUnprocessableEntity)
			return
		}
		fake.ServeHTTP(w, r)
	}))
	h.t.Cleanup(func() { fake.Close(); web.Close() })
	h.do("POST", "/engines", map[string]any{"name": "strict", "kind": "a1111", "url": web.URL}, 201, nil)
	for range 2 {
		var queued QueuedReply
		h.do("POST", "/generation/queue-generation?backend=strict", `{"prompt":"x",`+small+`}`, 200, &queued)
		job := h.final(queued.DeliveryID)
		if job.Status != lora.JobFailed {
			h.t.Fatalf("the job is %s: %s", job.Status, job.Error)
		}
		w.jobs, w.failed = append(w.jobs, job), w.failed+1
	}

	h.do("POST", "/generation/queue/pause", nil, 200, nil)
	id := queue("")
	h.do("POST", "/generation/jobs/"+id+"/cancel", nil, 200, nil)
	h.do("POST", "/generation/queue/resume", nil, 200, nil)
	w.jobs, w.canceled = append(w.jobs, h.final(id)), 1
	return w
}

// mean is that of the run times of all jobs that began and ended.
func (w *worked) mean() float64 {
	sum, n := 0.0, 0
	for i := range w.jobs {
		if j := &w.jobs[i]; j.StartedAt != nil && j.FinishedAt != nil {
			sum, n = sum+j.FinishedAt.Sub(*j.StartedAt).Seconds(), n+1
		}
	}
	return sum / float64(n)
}

func TestAnalyticsEqualWhatTheJobsSay(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 6)
	items := h.list("per_page=2").Items
	w := h.works(items[0].ID, items[1].ID)
	all := w.succeeded + w.failed + w.canceled

	var k stats.AnalyticsKPIs
	h.do("GET", "/analytics/stats"+week, nil, 200, &k)
	rate := math.Round(10000*float64(w.succeeded)/float64(w.succeeded+w.failed)) / 100
	if k.TotalGenerations != all || k.Succeeded != w.succeeded || k.TotalFailed != w.failed || k.Cancelled != w.canceled ||
		k.Kept != w.kept || k.Images != w.images || k.SuccessRate != rate || !k.HasData || k.Previous != nil || k.Comparable {
		t.Errorf("%+v, want %+v and %g %%", k, w, rate)
	}
	if k.AvgGenerationTime == nil || math.Abs(*k.AvgGenerationTime-w.mean()) > 0.011 {
		t.Errorf("mean %v, want %g", k.AvgGenerationTime, w.mean())
	}
	var counts struct{ Adapters int }
	if h.do("GET", "/library/summary", nil, 200, &counts); k.TotalLoras != counts.Adapters {
		t.Errorf("%d adapters, the library says %d", k.TotalLoras, counts.Adapters)
	}

	var errors []stats.AnalyticsError
	h.do("GET", "/analytics/errors"+week, nil, 200, &errors)
	if len(errors) != 1 || errors[0].Count != w.failed || errors[0].Percentage != 100 || errors[0].Engine != "strict" || errors[0].Advice == "" ||
		strings.HasPrefix(errors[0].Description, "{") || !slices.Contains(errors[0].JobIDs, w.jobs[w.succeeded].ID) {
		t.Errorf("%+v", errors)
	}

	var c stats.AnalyticsChart
	h.do("GET", "/analytics/timeseries"+week+"&tz=Asia/Kathmandu", nil, 200, &c)
	total := 0
	for _, slot := range c.Volume {
		total += slot.Count
	}
	if total != all || c.Unit != "day" || c.TZ != "Asia/Kathmandu" || c.Resources == nil {
		t.Errorf("%d in %d days, want %d: %+v", total, len(c.Volume), all, c)
	}
	for _, use := range c.LoraUsage {
		if w.used[use.AdapterID] != use.Count {
			t.Errorf("%s was used %d times, told %d", use.Name, w.used[use.AdapterID], use.Count)
		}
	}
	if len(c.LoraUsage) != len(w.used) || len(w.used) != 2 {
		t.Errorf("%d adapters are told of, want %d", len(c.LoraUsage), len(w.used))
	}

	var s stats.AnalyticsSummary
	h.do("GET", "/analytics/summary"+week, nil, 200, &s)
	if s.KPIs.TotalGenerations != all || s.TimeRange != "7d" || len(s.Errors) != 1 || len(s.Engines) != 2 || s.Adapters.NeverUsed != counts.Adapters-len(w.used) ||
		len(s.Insights) == 0 || !s.PreviousStart.Before(s.Start) {
		t.Errorf("%+v", s)
	}
	if len(s.Adapters.Top) == 0 || s.Adapters.Top[0].AdapterID != items[0].ID || s.Adapters.Top[0].Kept != w.kept {
		t.Errorf("top %+v", s.Adapters.Top)
	}
	var insights []stats.AnalyticsInsight
	h.do("GET", "/analytics/insights"+week, nil, 200, &insights)
	for _, insight := range insights {
		if insight.Kind == "error" && !slices.Contains(insight.JobIDs, w.jobs[w.succeeded].ID) {
			t.Errorf("the insight does not name its jobs: %+v", insight)
		}
	}
}

func TestAnalyticsAreDownloadedAsTheyAreShown(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 2)
	a := h.list("per_page=1").Items[0]
	w := h.works(a.ID)
	h.do("PATCH", "/adapters/"+a.ID, `{"name":"=cmd|' /C calc'!A0"}`, 200, nil)
	for _, part := range []string{"volume", "adapters", "errors", "engines", "resources"} {
		var rows []map[string]any
		h.do("GET", "/analytics/export"+week+"&format=json&part="+part, nil, 200, &rows)
		r := h.ask(t, "GET", apiPrefix+"/analytics/export"+week+"&part="+part, "")
		_, parameters, err := mime.ParseMediaType(r.Header.Get("Content-Disposition"))
		if err != nil || !strings.HasSuffix(parameters["filename"], ".csv") || !strings.HasPrefix(r.Header.Get("Content-Type"), "text/csv") {
			t.Errorf("%s: %v %v", part, r.Header, err)
		}
		table, err := csv.NewReader(strings.NewReader(text(t, r))).ReadAll()
		measured := part == "resources" && len(table) > len(rows) // a sample may come between the two
		if err != nil || len(table) != len(rows)+1 && !measured {
			t.Fatalf("%s: %d rows in JSON, %d lines in CSV, %v", part, len(rows), len(table), err)
		}
		switch part {
		case "volume":
			if rows[0]["succeeded"] != float64(w.succeeded) || table[1][slices.Index(table[0], "succeeded")] != fmt.Sprint(w.succeeded) {
				t.Errorf("%v %v", rows[0], table[1])
			}
		case "adapters":
			if name := table[1][slices.Index(table[0], "name")]; !strings.HasPrefix(name, "'=") {
				t.Errorf("a spreadsheet would run %q", name)
			}
		}
	}
}

func TestPeriodsThatMakeNoSenseNameTheField(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	for query, location := range map[string]string{
		"time_range=1y":                               "query.time_range",
		"tz=Mars/Olympus":                             "query.tz",
		"tz=..%2f..%2fetc%2fpasswd":                   "query.tz",
		"time_range=custom":                           "query.start",
		"time_range=custom&start=yesterday":           "query.start",
		"time_range=custom&start=2026-03-02&end=soon": "query.end",
		"time_range=custom&start=2026-03-02&end=2026-03-01T00:00:00Z":       "query.end",
		"time_range=custom&start=2010-01-01&end=2026-01-01":                 "query.start",
		"time_range=24h&start=2026-01-01":                                   "query.time_range",
		"time_range=custom&start=" + url.QueryEscape("2026-03-01T00:00:00"): "query.start",
		"time_range=custom&start=99999-01-01&end=2026-01-01":                "query.start",
		"time_range=custom&start=0001-01-01T00:00:00Z&end=0001-01-02":       "query.start",
	} {
		for _, route := range []string{"stats", "errors", "timeseries", "insights", "summary", "export"} {
			if p := h.fails("GET", "/analytics/"+route+"?"+query, "", 422, lora.Invalid); len(p.Errors) != 1 || p.Errors[0].Location != location {
				t.Errorf("%s?%s: %+v", route, query, p.Errors)
			}
		}
	}
	for _, query := range []string{"format=xml", "part=secrets"} {
		h.fails("GET", "/analytics/export?"+query, "", 422, lora.Invalid)
	}
}

func TestWithoutJobsNothingIsInvented(t *testing.T) {
	t.Parallel()
	h := openHouse(t, 0)
	end := time.Now().AddDate(0, 0, 1).Format(time.DateOnly)
	for _, query := range []string{"", "?time_range=90d&tz=America/New_York", "?time_range=custom&start=2020-01-01&end=" + end} {
		var s stats.AnalyticsSummary
		h.do("GET", "/analytics/summary"+query, nil, 200, &s)
		if k := s.KPIs; k.TotalGenerations != 0 || k.HasData || k.SuccessRate != 0 || k.AvgGenerationTime != nil || k.RunP95 != nil || k.Comparable || k.Previous != nil {
			t.Errorf("%s: %+v", query, k)
		}
		if len(s.Chart.Volume) != 0 || len(s.Errors) != 0 || len(s.Insights) != 1 || s.Insights[0].Kind != "no_data" {
			t.Errorf("%s: %+v", query, s)
		}
		raw, err := json.Marshal(s)
		if err != nil || strings.Contains(string(raw), `"generation_volume":null`) || strings.Contains(string(raw), `"engines":null`) {
			t.Errorf("%s: null lists: %s %v", query, raw, err)
		}
	}
}
