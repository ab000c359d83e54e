//go:build unix

package store_test

import (
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/stats"
)

// BenchmarkSummary1M asks for whole pages of analytics over 1,000,000 jobs, and for the
// first page.
func BenchmarkSummary1M(b *testing.B) {
	dir, err := figureHistory()
	must(b, err)
	s := openURL(b, "", dir)
	now := func() time.Time { return figureEnd.Add(-37 * time.Minute) }
	page := stats.New(stats.Options{
		Counts: s, Cases: s, House: s, Library: s, Storage: func() lora.StorageFigures { return lora.StorageFigures{} }, Now: now,
	})
	summary := func(q stats.Query) func() error {
		return func() error {
			r, err := page.Parse(q)
			if err == nil {
				_, err = page.Summary(b.Context(), r)
			}
			return err
		}
	}
	for _, c := range []struct {
		name string
		f    func() error
	}{
		{"24h", summary(stats.Query{TimeRange: "24h", Zone: "Europe/Berlin"})},
		{"7d", summary(stats.Query{TimeRange: "7d", Zone: "Europe/Berlin"})},
		{"90d", summary(stats.Query{TimeRange: "90d", Zone: "Europe/Berlin"})},
		{"90d in Kathmandu", summary(stats.Query{TimeRange: "90d", Zone: "Asia/Kathmandu"})},
		{"ten years", summary(stats.Query{TimeRange: "custom", Start: "2017-01-01", End: "2026-12-31"})},
		{"dashboard", func() error {
			_, err := page.Dashboard(b.Context())
			if err == nil {
				_, err = page.Featured(b.Context())
			}
			if err == nil {
				_, err = page.Feed(b.Context())
			}
			return err
		}},
	} {
		b.Run(c.name, func(b *testing.B) {
			cpu(b)
			var ts times
			for b.Loop() {
				ts.measure(func() { must(b, c.f()) })
			}
			ts.report(b)
		})
	}
}
