package stats_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

const (
	second = time.Second
	minute = time.Minute
)

// kinds are those of the insights about the last day.
func (k *kit) kinds() string {
	k.Helper()
	found, err := k.Insights(k.Context(), k.span(stats.Query{}))
	k.must(err)
	kinds := []string{}
	for _, i := range found {
		kinds = append(kinds, i.Kind)
	}
	return strings.Join(kinds, " ")
}

func TestPromise3_InsightsAreDrawnFromEnoughAndAtTheirThresholds(t *testing.T) {
	t.Parallel()
	failed := func(n int, k *kit, class lora.EngineErrorClass, adapters ...string) {
		k.many(n, made{status: lora.JobFailed, class: class, run: second, adapters: adapters})
	}
	// A failure each of classes that do not repeat, so that none is frequent.
	sundry := []lora.EngineErrorClass{lora.EngineTimeout, lora.EngineBusy, lora.EngineRefused, lora.EngineEmpty, lora.EngineProtocol}
	yesterday := noon.Add(-30 * time.Hour)
	for _, c := range []struct {
		name string
		jobs func(k *kit)
		want string
	}{
		{"nine that failed are too few", func(k *kit) { failed(9, k, lora.EngineTimeout) }, "no_data"},
		{"ten that failed", func(k *kit) { failed(10, k, lora.EngineTimeout) }, "success_rate error"},
		{"ten that were cancelled have not ended by themselves", func(k *kit) { k.many(10, made{status: lora.JobCancelled}) }, "no_data"},
		{"ten that went well", func(k *kit) { k.many(10, made{run: second}) }, "stable"},
		{"one of ten failed", func(k *kit) { k.many(9, made{run: second}); failed(1, k, lora.EngineBusy) }, "stable"},
		{"two of ten failed, for different reasons", func(k *kit) {
			k.many(8, made{run: second})
			failed(1, k, lora.EngineBusy)
			failed(1, k, lora.EngineTimeout)
		}, "success_rate"},
		{"three of forty failed for one reason", func(k *kit) { k.many(37, made{run: second}); failed(3, k, lora.EngineBusy) }, "error"},
		{"two of forty failed for one reason", func(k *kit) { k.many(38, made{run: second}); failed(2, k, lora.EngineBusy) }, "stable"},
		{"a fifth of the failures shares a reason", func(k *kit) {
			k.many(100, made{run: second})
			for _, class := range sundry {
				failed(2, k, class)
			}
		}, "stable"},
		{"a fifth slower than the day before", func(k *kit) {
			k.many(10, made{run: 12 * second})
			k.many(10, made{run: 10 * second, at: yesterday})
		}, "run_time"},
		{"hardly slower", func(k *kit) {
			k.many(10, made{run: 11 * second})
			k.many(10, made{run: 10 * second, at: yesterday})
		}, "stable"},
		{"slower than too few", func(k *kit) {
			k.many(10, made{run: 20 * second})
			k.many(9, made{run: 10 * second, at: yesterday})
		}, "stable"},
		{"waits of five minutes", func(k *kit) { k.many(10, made{wait: 5 * minute, run: 20 * second}) }, "wait"},
		{"waits as long as pictures take", func(k *kit) { k.many(10, made{wait: 5 * minute, run: 9 * minute}) }, "stable"},
		{"waits of some seconds", func(k *kit) { k.many(10, made{wait: 20 * second, run: second}) }, "stable"},
		{"one engine fails, another does not", func(k *kit) {
			k.many(90, made{run: second, engine: "good"})
			k.many(8, made{run: second, engine: "bad"})
			k.many(1, made{run: second, engine: "bad", status: lora.JobFailed, class: lora.EngineBusy})
			k.many(1, made{run: second, engine: "bad", status: lora.JobFailed, class: lora.EngineTimeout})
		}, "engine"},
		{"the other engine made too little to compare", func(k *kit) {
			k.many(9, made{run: second, engine: "good"})
			k.many(10, made{run: second, engine: "bad"})
			k.many(1, made{run: second, engine: "bad", status: lora.JobFailed, class: lora.EngineTimeout})
		}, "stable"},
		{"an adapter fails", func(k *kit) {
			fox := k.adapter("fox")
			k.many(90, made{run: second})
			k.many(6, made{run: second, adapters: []string{fox}})
			for _, class := range sundry[:4] {
				failed(1, k, class, fox)
			}
		}, "adapter_failing"},
		{"an adapter that is gone fails", func(k *kit) {
			k.many(90, made{run: second})
			k.many(6, made{run: second, adapters: []string{"gone"}})
			for _, class := range sundry[:4] {
				failed(1, k, class, "gone")
			}
		}, "stable"},
		{"an adapter that is never kept, where half are", func(k *kit) {
			k.many(20, made{run: second, favorite: true})
			k.many(20, made{run: second, adapters: []string{k.adapter("fox")}})
		}, "adapter_unkept"},
		{"an adapter that is never kept, where hardly anything is", func(k *kit) {
			k.many(5, made{run: second, favorite: true})
			k.many(20, made{run: second, adapters: []string{k.adapter("fox")}})
		}, "stable"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := newKit(t)
			c.jobs(k)
			if got := k.kinds(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestPromise3_InsightsNameTheJobsTheySpeakOf(t *testing.T) {
	t.Parallel()
	k := newKit(t)
	fox, owl := k.adapter("fox"), k.adapter("owl")
	k.many(12, made{run: 10 * second, at: noon.Add(-30 * time.Hour)})
	k.many(30, made{engine: "good", run: 20 * second, wait: minute, favorite: true})
	slow := k.make(made{engine: "good", run: 2 * minute, wait: 10 * minute, at: noon.Add(-5 * time.Hour)})
	unkept := k.many(20, made{engine: "good", run: 20 * second, wait: minute, adapters: []string{owl}, at: noon.Add(-2 * time.Hour)})
	failed := k.many(12, made{engine: "bad", run: second, status: lora.JobFailed, class: lora.EngineTimeout, adapters: []string{fox}, at: noon.Add(-3 * time.Hour)})
	k.many(1, made{engine: "bad", run: second, status: lora.JobFailed, class: lora.EngineTimeout, trashed: true, at: noon.Add(-2 * time.Hour)})
	newest := func(ids []string) []string {
		ids = slices.Clone(ids[len(ids)-5:])
		slices.Reverse(ids)
		return ids
	}
	found, err := k.Insights(t.Context(), k.span(stats.Query{}))
	k.must(err)
	kinds := map[string]stats.AnalyticsInsight{}
	for i, insight := range found {
		kinds[insight.Kind] = insight
		if insight.ID != "insight-"+string(rune('1'+i)) || insight.Title == "" || insight.Description == "" || insight.Advice == "" || insight.Recommendation == nil {
			t.Errorf("%+v", insight)
		}
	}
	for _, c := range []struct {
		kind  string
		jobs  []string // nil: only the first is checked
		first string
		link  string
	}{
		{"success_rate", newest(failed), "", "/history?from=2026-03-17&outcome=failed&to=2026-03-18"},
		{"run_time", nil, slow, "/history?from=2026-03-17&to=2026-03-18"},
		{"error", newest(failed), "", "/history?engine=bad&from=2026-03-17&outcome=failed&to=2026-03-18"},
		{"wait", nil, slow, "/generate"},
		{"engine", newest(failed), "", "/history?engine=bad&from=2026-03-17&outcome=failed&to=2026-03-18"},
		{"adapter_failing", newest(failed), "", "/history?adapter_id=" + fox + "&from=2026-03-17&outcome=failed&to=2026-03-18"},
		{"adapter_unkept", newest(unkept), "", "/history?adapter_id=" + owl + "&from=2026-03-17&to=2026-03-18"},
	} {
		insight, there := kinds[c.kind]
		if !there {
			t.Errorf("no insight about %s", c.kind)
			continue
		}
		if c.jobs != nil && !slices.Equal(insight.JobIDs, c.jobs) || c.jobs == nil && (len(insight.JobIDs) != 5 || insight.JobIDs[0] != c.first) {
			t.Errorf("%s names %v, want %v %s", c.kind, insight.JobIDs, c.jobs, c.first)
		}
		if insight.Link != c.link {
			t.Errorf("%s links to %s, want %s", c.kind, insight.Link, c.link)
		}
	}
	if len(found) != 7 {
		t.Error(len(found))
	}
}
