package prompt

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

// BenchmarkCompose composes 100 adapters as the web app asks for it: the contract's
// prompt, and the same in every dialect.
func BenchmarkCompose(b *testing.B) {
	var entries []Entry
	for i := range 100 {
		e := entry(fmt.Sprintf("adapter %03d of the library", 99-i), float64(i)/50, i%7)
		e.Triggers = []string{fmt.Sprintf("trigger %d", i), "shared words", "more of them"}
		e.TextEncoder = []float64{0.5}
		e.BaseModel, e.Family = "SDXL", "sdxl"
		if i%3 == 0 {
			e.Blocks = map[string]float64{"IN04": 0.5, "MID": 0}
			e.Schedule = []lora.ScheduledWeight{{At: 0.5, Weight: 1}}
		}
		entries = append(entries, e)
	}
	draft := Draft{Prefix: strings.Repeat("a word, ", 50), Suffix: "end", Entries: entries, Triggers: true}
	b.Run("a1111", func(b *testing.B) {
		percentiles(b, func() { Compose(draft) })
	})
	b.Run("all dialects", func(b *testing.B) {
		percentiles(b, func() {
			for _, d := range Dialects() {
				draft.Dialect = d
				Compose(draft)
			}
		})
	})
}

func percentiles(b *testing.B, work func()) {
	b.ReportAllocs()
	var times []time.Duration
	for b.Loop() {
		start := time.Now()
		work()
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)*95/100].Microseconds())/1000, "p95-ms")
}

// BenchmarkExpand is the costliest expansion that is allowed to finish, or near it.
func BenchmarkExpand(b *testing.B) {
	lines := make([]string, 100_000)
	for i := range lines {
		lines[i] = fmt.Sprintf("colour number %d", i)
	}
	find := func(string) ([]string, bool) { return lines, true }
	b.Run("a wildcard of 100,000 lines", func(b *testing.B) {
		percentiles(b, func() {
			if _, err := Expand(b.Context(), Expansion{Template: "__colour__", Wildcards: find, Count: 10}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("10,000 prompts", func(b *testing.B) {
		template := "a {red|green|blue} cat, {2$$rain|snow|{fog|mist}}, {1-3$$a|b|c}"
		percentiles(b, func() {
			if _, err := Expand(b.Context(), Expansion{Template: template, Count: MaxResults}); err != nil {
				b.Fatal(err)
			}
		})
	})
	b.Run("refused for its work", func(b *testing.B) {
		percentiles(b, func() {
			if _, err := Expand(b.Context(), Expansion{Template: strings.Repeat("{a|b}", 1000), Count: MaxResults}); err == nil {
				b.Fatal("it was allowed")
			}
		})
	})
}
