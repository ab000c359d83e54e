package stats_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

func TestTheFirstPageTellsOfLibraryAndJobs(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.now = noon.Add(-48 * time.Hour)
	old := k.adapter("old")
	k.now = noon
	k.adapter("new")
	_, _, err := k.store.Patch(t.Context(), old, map[string]json.RawMessage{"active": []byte("true"), "source_url": []byte(`"https://civitai.com/models/1"`)})
	k.must(err)
	k.make(made{at: noon.Add(-time.Hour)})
	k.make(made{at: noon.Add(-time.Minute), status: lora.JobFailed})
	k.make(made{at: noon.Add(-time.Second), status: lora.JobPending})
	d, err := k.Dashboard(t.Context())
	if want := (stats.DashboardStats{TotalLoras: 2, ActiveLoras: 1, Coverage: 33, RecentImports: 1, ActiveJobs: 1}); err != nil || d != want {
		t.Errorf("%+v, want %+v: %v", d, want, err)
	}
	featured, err := k.Featured(t.Context())
	if err != nil || len(featured) != 1 || featured[0].Name != "old" || !featured[0].Active || featured[0].CivitaiURL == nil {
		t.Errorf("%+v %v", featured, err)
	}
	feed, err := k.Feed(t.Context())
	k.must(err)
	lines := []string{}
	for _, e := range feed {
		lines = append(lines, fmt.Sprint(e.Icon, e.Message, e.Type == e.Status, e.Timestamp.IsZero()))
	}
	if got := strings.Join(lines, "\n"); got != "⏳Generation job 'a fox' pendingtrue false\n⚠️Generation job 'a fox' failedtrue false\n✅Generation job 'a fox' succeededtrue false" {
		t.Error(got)
	}
}

func TestDownloadsAreTheFiguresOfThePages(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fox := k.adapter("fox")
	k.make(made{at: noon.Add(-time.Hour), wait: second, run: 10 * second, adapters: []string{fox}, images: 2, rating: 5})
	k.make(made{at: noon.Add(-time.Hour), engine: "b", status: lora.JobFailed, class: lora.EngineTimeout, wait: second, run: 20 * second})
	percent, bytes := 12.5, 1000
	k.must(k.store.AddSample(t.Context(), lora.ResourceSample{At: noon.Add(-2 * time.Hour), Host: "box", CPUPercent: &percent, MemoryUsed: &bytes, MemoryTotal: &bytes,
		GPUs: []lora.GPUUsage{{ID: 0, Driver: "nvidia", Name: "X", Utilization: &percent}, {ID: 1, Driver: "nvidia", Name: "Y"}}}))
	for _, c := range []struct {
		part stats.Part
		want string
	}{
		{stats.PartVolume, "[2026-03-18 11:00:00 +0000 UTC 2 1 1 0 2 1 15 1 50]"},
		{stats.PartAdapters, "[" + fox + " fox 1 2 1 1]"},
		{stats.PartEngines, "[a 1 1 0 0 10 100] [b 1 0 1 0 20 0]"},
	} {
		table, err := k.Export(t.Context(), k.span(stats.Query{}), c.part)
		k.must(err)
		if got := strings.Trim(fmt.Sprint(table.Rows), "[]"); got != strings.Trim(c.want, "[]") {
			t.Errorf("%s: %s, want %s", c.part, got, c.want)
		}
		checkTable(t, table)
	}
	for part, rows := range map[stats.Part]int{stats.PartErrors: 1, stats.PartResources: 2} {
		table, err := k.Export(t.Context(), k.span(stats.Query{}), part)
		if err != nil || len(table.Rows) != rows {
			t.Error(part, table.Rows, err)
		}
		checkTable(t, table)
	}
	s := k.summary(stats.Query{})
	if r := s.Chart.Resources; len(r) != 1 || *r[0].CPUPercent != percent || *r[0].MemoryPercent != 100 || *r[0].GPUPercent != percent || r[0].Host != "box" {
		t.Errorf("%+v", r)
	}
}

// checkTable checks that rows fit their columns and hold what a sheet can.
func checkTable(t *testing.T, table stats.Table) {
	t.Helper()
	for _, row := range table.Rows {
		if len(row) != len(table.Columns) {
			t.Errorf("%d cells in %d columns", len(row), len(table.Columns))
		}
		for _, cell := range row {
			switch cell.(type) {
			case nil, string, int, float64, time.Time:
			default:
				t.Errorf("a cell is a %T", cell)
			}
		}
	}
}
