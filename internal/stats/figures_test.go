package stats_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

func TestPromise1_FiguresAreThoseOfTheJobs(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fox, owl := k.adapter("fox"), k.adapter("owl")
	k.adapter("never")
	ago := func(d time.Duration) time.Time { return noon.Add(-d) }
	k.make(made{at: ago(20 * time.Hour), engine: "a", wait: 2 * time.Second, run: 10 * time.Second, adapters: []string{fox, owl}, images: 2, rating: 4})
	k.make(made{at: ago(20*time.Hour - time.Minute), engine: "a", wait: 4 * time.Second, run: 30 * time.Second, adapters: []string{fox}, images: 1, favorite: true})
	k.make(made{at: ago(3 * time.Hour), engine: "b", wait: time.Second, run: 20 * time.Second, adapters: []string{fox}, images: 1, rating: 5, trashed: true})
	failed := k.make(made{at: ago(2 * time.Hour), engine: "b", status: lora.JobFailed, class: lora.EngineTimeout, wait: time.Second, run: 60 * time.Second, adapters: []string{owl}})
	k.make(made{at: ago(time.Hour), engine: "b", status: lora.JobCancelled})
	k.make(made{at: ago(time.Minute), engine: "b", status: lora.JobPending})
	k.make(made{at: ago(30 * time.Hour), engine: "a", run: 5 * time.Second, images: 4}) // the span before
	k.make(made{at: ago(60 * time.Hour), engine: "a", run: 5 * time.Second})            // before that

	s := k.summary(stats.Query{TimeRange: "24h"})
	kpis := s.KPIs
	if kpis.TotalGenerations != 6 || kpis.Succeeded != 3 || kpis.TotalFailed != 1 || kpis.Cancelled != 1 || kpis.Open != 1 || kpis.Kept != 2 || kpis.Images != 4 {
		t.Errorf("%+v", kpis)
	}
	// 3 of 4; (10+30+20+60)/4; 6 instead of 1; 30 s instead of 5 s.
	if kpis.SuccessRate != 75 || figure(kpis.AvgGenerationTime) != "30" || kpis.GenerationGrowth != 500 || kpis.TimeImprovement != -500 || !kpis.Comparable || !kpis.HasData {
		t.Errorf("%+v, average %s", kpis, figure(kpis.AvgGenerationTime))
	}
	if p := kpis.Previous; p == nil || p.TotalGenerations != 1 || p.Images != 4 || p.SuccessRate != 100 || figure(p.AvgGenerationTime) != "5" {
		t.Errorf("%+v", p)
	}
	if kpis.TotalLoras != 3 || s.Adapters.NeverUsed != 1 {
		t.Errorf("%d adapters, %d never used", kpis.TotalLoras, s.Adapters.NeverUsed)
	}
	if top := fmt.Sprint(s.Adapters.Top); top != fmt.Sprint([]stats.AdapterFigures{
		{AnalyticsUsage: stats.AnalyticsUsage{AdapterID: fox, Name: "fox", Count: 3}, Images: 4, Kept: 2, KeptShare: 0.67, Found: true},
		{AnalyticsUsage: stats.AnalyticsUsage{AdapterID: owl, Name: "owl", Count: 1}, Images: 2, Kept: 1, KeptShare: 1, Found: true},
	}) || len(s.Adapters.MostKept) > 0 {
		t.Error(top, s.Adapters.MostKept)
	}
	if len(s.Errors) != 1 || s.Errors[0].Class != "timeout" || s.Errors[0].Engine != "b" || s.Errors[0].Percentage != 100 || !slices.Equal(s.Errors[0].JobIDs, []string{failed}) ||
		s.Errors[0].Advice == "" || s.Errors[0].Link != "/history?engine=b&from=2026-03-17&outcome=failed&to=2026-03-18" {
		t.Errorf("%+v", s.Errors)
	}
	engines := ""
	for _, e := range s.Engines {
		engines += fmt.Sprintf("%s %d %d/%d/%d %s %s; ", e.Engine, e.Jobs, e.Succeeded, e.Failed, e.Cancelled, figure(e.AvgTime), figure(e.SuccessRate))
	}
	if engines != "a 2 2/0/0 20 100; b 4 1/1/1 40 50; " {
		t.Error(engines)
	}
	checkChart(t, &s)
	if s.Storage.Pictures != 7 || s.Storage.DatabaseBytes != 9000 || len(s.Storage.Series) != 0 {
		t.Errorf("%+v", s.Storage)
	}
}

// checkChart checks that the series of the six jobs sum up to their figures.
func checkChart(t *testing.T, s *stats.AnalyticsSummary) {
	t.Helper()
	slots := []string{}
	for _, v := range s.Chart.Volume {
		slots = append(slots, fmt.Sprintf("%s %d=%d+%d+%d %d %d", v.Timestamp.Format("15:04"), v.Count, v.Succeeded, v.Failed, v.Cancelled, v.Images, v.Kept))
	}
	if got := strings.Join(slots, ", "); got != "16:00 2=2+0+0 3 2, 09:00 1=1+0+0 1 0, 10:00 1=0+1+0 0 0, 11:00 1=0+0+1 0 0, 12:00 1=0+0+0 0 0" {
		t.Error(got)
	}
	times := []string{}
	for _, p := range s.Chart.Performance {
		times = append(times, fmt.Sprintf("%s %s %s %s", p.Timestamp.Format("15:04"), figure(p.AvgTime), figure(p.AvgWait), figure(p.SuccessRate)))
	}
	if got := strings.Join(times, ", "); got != "16:00 20 3 100, 09:00 20 1 100, 10:00 60 1 0" {
		t.Error(got)
	}
	waits := 0
	for _, b := range s.Distributions.Wait {
		waits += b.Count
		if b.From >= b.To {
			t.Error(b)
		}
	}
	if waits != 4 {
		t.Error(s.Distributions)
	}
	if len(s.Chart.LoraUsage) != 2 || s.Chart.Resources == nil || len(s.Chart.Resources) != 0 || s.Chart.Unit != "hour" {
		t.Errorf("%+v", s.Chart)
	}
}

func TestPromise1_NothingIsInventedForAnEmptyDatabase(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for _, name := range []string{"24h", "7d", "30d", "90d"} {
		s := k.summary(stats.Query{TimeRange: name, Zone: "Asia/Kathmandu"})
		if k := s.KPIs; k.TotalGenerations != 0 || k.HasData || k.Comparable || k.Previous != nil || k.AvgGenerationTime != nil || k.RunP95 != nil || k.WaitP50 != nil || k.SuccessRate != 0 {
			t.Errorf("%+v", k)
		}
		if len(s.Insights) != 1 || s.Insights[0].Kind != "no_data" || s.Insights[0].Recommendation != nil {
			t.Errorf("%+v", s.Insights)
		}
		wire, err := json.Marshal(s)
		if err != nil || strings.Contains(string(wire), `":null,"lora`) {
			t.Error(err, string(wire))
		}
		noNullLists(t, "summary", reflect.ValueOf(s))
	}
	for _, part := range []stats.Part{stats.PartVolume, stats.PartAdapters, stats.PartErrors, stats.PartEngines, stats.PartResources} {
		table, err := k.Export(t.Context(), k.span(stats.Query{}), part)
		if err != nil || len(table.Rows) != 0 || len(table.Columns) == 0 {
			t.Error(part, table, err)
		}
	}
	if _, err := k.Export(t.Context(), k.span(stats.Query{}), "secrets"); lora.CodeOf(err) != lora.Invalid {
		t.Error(err)
	}
	d, err := k.Dashboard(t.Context())
	if want := (stats.DashboardStats{Coverage: 33}); err != nil || d != want {
		t.Errorf("%+v %v", d, err)
	}
	featured, err := k.Featured(t.Context())
	feed, err2 := k.Feed(t.Context())
	if err != nil || err2 != nil || featured == nil || feed == nil || len(featured)+len(feed) > 0 {
		t.Error(featured, feed, err, err2)
	}
}

// noNullLists checks that lists of an answer are lists, also when they are empty.
func noNullLists(t *testing.T, name string, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			t.Errorf("%s is null", name)
		}
		for i := range v.Len() {
			noNullLists(t, name, v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				noNullLists(t, name+"."+f.Name, v.Field(i))
			}
		}
	case reflect.Map:
		if v.IsNil() {
			t.Errorf("%s is null", name)
		}
	}
}

func TestOneJobIsTheWholeOfTheFigures(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.make(made{at: noon.Add(-time.Minute), wait: 3 * time.Second, run: 40 * time.Second, images: 1})
	s := k.summary(stats.Query{})
	f := s.KPIs
	if f.TotalGenerations != 1 || f.SuccessRate != 100 || figure(f.AvgGenerationTime) != "40" || f.Comparable || f.GenerationGrowth != 0 || f.Previous != nil {
		t.Errorf("%+v", f)
	}
	for _, p := range []*float64{f.RunP50, f.RunP95} {
		if p == nil || math.Abs(*p-40)/40 > 0.2 {
			t.Error("run", figure(p))
		}
	}
	if s.Insights[0].Kind != "no_data" {
		t.Errorf("%+v", s.Insights)
	}
}

func TestPromise1_AnySpanOfRandomJobsIsCountedRight(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	r := rand.New(rand.NewPCG(4, 2))
	all := []made{}
	for range 150 {
		m := made{
			at: noon.Add(-time.Duration(r.IntN(40*24*60)) * time.Minute), engine: []string{"a", "b"}[r.IntN(2)],
			wait: time.Duration(r.IntN(60_000)) * time.Millisecond, run: time.Duration(1000+r.IntN(120_000)) * time.Millisecond, images: r.IntN(3),
		}
		if r.IntN(4) == 0 {
			m.status, m.class = lora.JobFailed, []lora.EngineErrorClass{lora.EngineTimeout, lora.EngineBusy}[r.IntN(2)]
			m.images = 0
		}
		all = append(all, m)
		k.make(m)
	}
	zones := []string{"UTC", "Asia/Kathmandu", "America/New_York", "Pacific/Apia"}
	for range 25 {
		from := noon.Add(-time.Duration(r.IntN(45*24*60)) * time.Minute)
		until := from.Add(time.Duration(1+r.IntN(30*24*60)) * time.Minute)
		span := k.span(stats.Query{TimeRange: "custom", Start: from.Format(time.RFC3339), End: until.Format(time.RFC3339), Zone: zones[r.IntN(len(zones))]})
		kpis, err := k.KPIs(t.Context(), span)
		k.must(err)
		want, runs := stats.AnalyticsFigures{}, []float64{}
		for _, m := range all {
			if m.at.Before(span.Window.Start) || !m.at.Before(span.Window.End) {
				continue
			}
			want.TotalGenerations++
			want.Images += m.images
			runs = append(runs, m.run.Seconds())
			if m.status == lora.JobFailed {
				want.TotalFailed++
			} else {
				want.Succeeded++
			}
		}
		if kpis.TotalGenerations != want.TotalGenerations || kpis.TotalFailed != want.TotalFailed || kpis.Succeeded != want.Succeeded || kpis.Images != want.Images {
			t.Errorf("%v: %+v, want %+v", span.Window, kpis, want)
		}
		chart, err := k.Chart(t.Context(), span)
		k.must(err)
		drawn := 0
		for _, v := range chart.Volume {
			drawn += v.Count
		}
		if drawn != want.TotalGenerations {
			t.Errorf("%v: the chart has %d, want %d", span.Window, drawn, want.TotalGenerations)
		}
		slices.Sort(runs)
		if n := len(runs); n >= 20 { // with fewer, one job more or less is far
			exact := runs[n/2]
			if kpis.RunP50 == nil || math.Abs(*kpis.RunP50-exact)/exact > 0.25 {
				t.Errorf("half of %d ran %s s, exactly %.2f", n, figure(kpis.RunP50), exact)
			}
		}
	}
}

func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	k.make(made{at: noon.Add(-time.Hour), run: 10 * time.Second})
	k.make(made{at: noon.Add(48 * time.Hour), run: 10 * time.Second}) // accepted before the clock was put back
	k.make(made{at: noon.Add(-2 * time.Hour), wait: -time.Hour, run: -5 * time.Minute})
	s := k.summary(stats.Query{})
	if s.KPIs.TotalGenerations != 2 || figure(s.KPIs.AvgGenerationTime) != "5" || *s.KPIs.WaitP95 < 0 {
		t.Errorf("%+v, average %s", s.KPIs, figure(s.KPIs.AvgGenerationTime))
	}
	if s := k.summary(stats.Query{TimeRange: "custom", Start: "2026-03-01", End: "2026-04-01"}); s.KPIs.TotalGenerations != 3 {
		t.Errorf("%+v", s.KPIs)
	}
	k.now = time.Unix(0, 0)
	if s := k.summary(stats.Query{TimeRange: "90d"}); s.KPIs.TotalGenerations != 0 {
		t.Errorf("%+v", s.KPIs)
	}
}

func TestPromise4_AnswersAreBounded(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	for i := range 60 {
		k.make(made{at: noon.Add(-time.Duration(i) * time.Hour), engine: fmt.Sprint("engine-", i%30), status: lora.JobFailed, class: lora.EngineBusy, adapters: []string{fmt.Sprint("gone-", i)}})
	}
	for i := range 30 {
		k.make(made{at: noon.Add(-time.Duration(i) * time.Hour), adapters: []string{fmt.Sprint("gone-", i)}})
	}
	k.must(k.store.AddSample(t.Context(), lora.ResourceSample{At: noon.Add(-time.Hour), Host: "box", GPUs: []lora.GPUUsage{}}))
	s := k.summary(stats.Query{TimeRange: "custom", Start: "2016-04-01", End: "2026-03-31"})
	if len(s.Chart.Volume) > 3653 || len(s.Adapters.Top) != 10 || len(s.Chart.LoraUsage) != 10 || len(s.Errors) != 30 || len(s.Chart.Resources) != 1 {
		t.Error(len(s.Chart.Volume), len(s.Adapters.Top), len(s.Errors), len(s.Chart.Resources))
	}
	if s.Adapters.Top[0].Found || s.Adapters.Top[0].Name != "" {
		t.Error("an adapter that is gone has figures, and no name")
	}
	for _, e := range s.Errors {
		if len(e.JobIDs) > 5 {
			t.Error(e.JobIDs)
		}
	}
}

func TestFiguresFollowTheTrash(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	id := k.make(made{at: noon.Add(-time.Hour), rating: 5, images: 1})
	if s := k.summary(stats.Query{}); s.KPIs.Kept != 1 {
		t.Errorf("%+v", s.KPIs)
	}
	k.mark(id, made{trashed: true})
	if s := k.summary(stats.Query{}); s.KPIs.Kept != 0 || s.KPIs.Images != 1 || s.KPIs.Succeeded != 1 {
		t.Errorf("%+v", s.KPIs)
	}
}

func TestOnlyAdaptersWithKeptGenerationsAreAmongTheMostKept(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fox, owl := k.adapter("fox"), k.adapter("owl")
	for i := range 5 {
		at := noon.Add(-time.Duration(i+1) * time.Hour)
		k.make(made{at: at, engine: "a", adapters: []string{fox}, images: 1, favorite: i == 0})
		k.make(made{at: at, engine: "a", adapters: []string{owl}, images: 1})
	}
	most := k.summary(stats.Query{TimeRange: "24h"}).Adapters.MostKept
	if len(most) != 1 || most[0].AdapterID != fox || most[0].Kept != 1 {
		t.Errorf("the most kept are %+v", most)
	}
}
