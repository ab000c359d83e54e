package stats

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// Summary returns everything about a span.
func (s *Stats) Summary(ctx context.Context, r Range) (a AnalyticsSummary, err error) {
	a = AnalyticsSummary{
		TimeRange: r.Name, GeneratedAt: s.o.Now().In(r.Window.Zone), Start: r.Window.Start, End: r.Window.End,
		TZ: r.Window.Zone.String(), PreviousStart: r.Before.Start,
	}
	now, err := s.period(ctx, r.Window, r.Unit)
	if err != nil {
		return a, err
	}
	if a.KPIs, err = s.kpis(ctx, r, now); err != nil {
		return a, err
	}
	if a.Adapters, err = s.adapters(ctx, r.Window); err != nil {
		return a, err
	}
	samples, err := s.Samples(ctx, r)
	if err != nil {
		return a, err
	}
	a.Chart = chart(r, now.slots, a.Adapters.Top, samples)
	if a.Errors, err = s.Errors(ctx, r); err != nil {
		return a, err
	}
	engines, err := s.o.Counts.CountEngines(ctx, r.Window)
	if err != nil {
		return a, err
	}
	a.Engines = perEngine(engines)
	a.Storage = storage(s.o.Storage(), samples, r.Window.Zone)
	a.Distributions = AnalyticsDistributions{Wait: bars(now.waits), Run: bars(now.runs)}
	a.Insights, err = s.insights(ctx, r, evidence{kpis: a.KPIs, errors: a.Errors, engines: engines})
	return a, err
}

func perEngine(counts []lora.EngineCount) []AnalyticsEngine {
	list := make([]AnalyticsEngine, 0, len(counts))
	for _, c := range counts {
		list = append(list, AnalyticsEngine{
			Engine: c.Engine, Jobs: c.Jobs, Succeeded: c.Succeeded, Failed: c.Failed, Cancelled: c.Cancelled,
			AvgTime: mean(c.RunTime, c.Ran), SuccessRate: successRate(c.Succeeded, c.Failed),
		})
	}
	return list
}

// storage is what is kept now, and how that was at the time of the samples. Computers
// that share a database say the same; the first one's word counts.
func storage(now lora.StorageFigures, samples []lora.ResourceSample, zone *time.Location) AnalyticsStorage {
	a := AnalyticsStorage{PicturesBytes: now.PicturesBytes, Pictures: now.Pictures, DatabaseBytes: now.DatabaseBytes, Series: []AnalyticsStoragePoint{}}
	host := ""
	for i := range samples {
		if p := &samples[i]; p.DatabaseBytes != nil && (host == "" || host == p.Host) {
			host = p.Host
			a.Series = append(a.Series, AnalyticsStoragePoint{Timestamp: p.At.In(zone), PicturesBytes: p.PicturesBytes, DatabaseBytes: p.DatabaseBytes})
		}
	}
	return a
}

func bars(buckets []lora.TimeBucket) []AnalyticsBucket {
	list := make([]AnalyticsBucket, 0, len(buckets))
	for _, b := range buckets {
		if b.Jobs > 0 {
			list = append(list, AnalyticsBucket{From: b.From.Seconds(), To: b.To.Seconds(), Count: b.Jobs})
		}
	}
	return list
}
