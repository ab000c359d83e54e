package stats

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// Options are what figures are read from.
type Options struct {
	Counts  Counts
	Cases   Cases
	House   House
	Library Library
	// Embedded counts the adapters that can be recommended by their text, and all that
	// recommending knows; nil where nothing is recommended.
	Embedded func() (embedded, all int)
	// Storage is what was measured last of what the program keeps.
	Storage func() lora.StorageFigures
	Now     func() time.Time // time.Now
}

// Stats answers from figures the database keeps; it holds none itself and is safe for
// use by many goroutines.
type Stats struct{ o Options }

// New returns Stats.
func New(o Options) *Stats {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Stats{o}
}

// Parse reads a query as of now.
func (s *Stats) Parse(q Query) (Range, error) { return q.Parse(s.o.Now()) }

// KPIs returns the figures of a span beside those of the one before.
func (s *Stats) KPIs(ctx context.Context, r Range) (AnalyticsKPIs, error) {
	now, err := s.figures(ctx, r.Window)
	if err != nil {
		return AnalyticsKPIs{}, err
	}
	before, err := s.figures(ctx, r.Before)
	if err != nil {
		return AnalyticsKPIs{}, err
	}
	k := AnalyticsKPIs{AnalyticsFigures: now}
	if before.TotalGenerations > 0 {
		k.Previous, k.Comparable = &before, true
		k.GenerationGrowth = percentMore(float64(now.TotalGenerations), float64(before.TotalGenerations))
		if now.AvgGenerationTime != nil && before.AvgGenerationTime != nil && *before.AvgGenerationTime > 0 {
			k.TimeImprovement = -percentMore(*now.AvgGenerationTime, *before.AvgGenerationTime)
		}
	}
	library, err := s.o.Library.Counts(ctx)
	k.ActiveLoras, k.TotalLoras = library.Active, library.Adapters
	return k, err
}

// figures sums a span up.
func (s *Stats) figures(ctx context.Context, w lora.Window) (f AnalyticsFigures, err error) {
	slots, err := s.o.Counts.CountSlots(ctx, w, lora.SlotDay)
	if err != nil {
		return f, err
	}
	sum := total(slots)
	f = AnalyticsFigures{
		TotalGenerations: sum.Jobs, TotalFailed: sum.Failed, Succeeded: sum.Succeeded, Cancelled: sum.Cancelled,
		Open: max(0, sum.Jobs-sum.Succeeded-sum.Failed-sum.Cancelled), Kept: sum.Kept, Images: sum.Images,
		AvgGenerationTime: mean(sum.RunTime, sum.Ran), HasData: sum.Succeeded+sum.Failed > 0,
	}
	if rate := successRate(sum.Succeeded, sum.Failed); rate != nil {
		f.SuccessRate = *rate
	}
	for measure, to := range map[lora.Measure][2]**float64{
		lora.MeasureWait: {&f.WaitP50, &f.WaitP95},
		lora.MeasureRun:  {&f.RunP50, &f.RunP95},
	} {
		buckets, err := s.o.Counts.TimeBuckets(ctx, w, measure)
		if err != nil {
			return f, err
		}
		*to[0], *to[1] = percentile(buckets, 0.50), percentile(buckets, 0.95)
	}
	return f, nil
}

func total(slots []lora.SlotCount) (sum lora.SlotCount) {
	for i := range slots {
		s := &slots[i]
		sum.Jobs += s.Jobs
		sum.Succeeded += s.Succeeded
		sum.Failed += s.Failed
		sum.Cancelled += s.Cancelled
		sum.Ran += s.Ran
		sum.RunTime += s.RunTime
		sum.Waited += s.Waited
		sum.WaitTime += s.WaitTime
		sum.Images += s.Images
		sum.Kept += s.Kept
	}
	return sum
}
