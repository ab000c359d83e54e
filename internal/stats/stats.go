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

// period is what is read of a span of time at once.
type period struct {
	slots       []lora.SlotCount
	waits, runs []lora.TimeBucket
}

func (s *Stats) period(ctx context.Context, w lora.Window, unit lora.SlotUnit) (p period, err error) {
	if p.slots, err = s.o.Counts.CountSlots(ctx, w, unit); err != nil {
		return p, err
	}
	if p.waits, err = s.o.Counts.TimeBuckets(ctx, w, lora.MeasureWait); err != nil {
		return p, err
	}
	p.runs, err = s.o.Counts.TimeBuckets(ctx, w, lora.MeasureRun)
	return p, err
}

// KPIs returns the figures of a span beside those of the one before.
func (s *Stats) KPIs(ctx context.Context, r Range) (AnalyticsKPIs, error) {
	now, err := s.period(ctx, r.Window, r.Unit)
	if err != nil {
		return AnalyticsKPIs{}, err
	}
	return s.kpis(ctx, r, now)
}

func (s *Stats) kpis(ctx context.Context, r Range, now period) (AnalyticsKPIs, error) {
	k := AnalyticsKPIs{AnalyticsFigures: now.figures()}
	then, err := s.period(ctx, r.Before, lora.SlotDay)
	if err != nil {
		return k, err
	}
	if before := then.figures(); before.TotalGenerations > 0 {
		k.Previous, k.Comparable = &before, true
		k.GenerationGrowth = percentMore(float64(k.TotalGenerations), float64(before.TotalGenerations))
		if k.AvgGenerationTime != nil && before.AvgGenerationTime != nil && *before.AvgGenerationTime > 0 {
			k.TimeImprovement = -percentMore(*k.AvgGenerationTime, *before.AvgGenerationTime)
		}
	}
	library, err := s.o.Library.Counts(ctx)
	k.ActiveLoras, k.TotalLoras = library.Active, library.Adapters
	return k, err
}

// figures sums a span up.
func (p *period) figures() AnalyticsFigures {
	sum := total(p.slots)
	f := AnalyticsFigures{
		TotalGenerations: sum.Jobs, TotalFailed: sum.Failed, Succeeded: sum.Succeeded, Cancelled: sum.Cancelled,
		Open: max(0, sum.Jobs-sum.Succeeded-sum.Failed-sum.Cancelled), Kept: sum.Kept, Images: sum.Images,
		AvgGenerationTime: mean(sum.RunTime, sum.Ran), HasData: sum.Succeeded+sum.Failed > 0,
		WaitP50: percentile(p.waits, 0.50), WaitP95: percentile(p.waits, 0.95), RunP50: percentile(p.runs, 0.50), RunP95: percentile(p.runs, 0.95),
	}
	if rate := successRate(sum.Succeeded, sum.Failed); rate != nil {
		f.SuccessRate = *rate
	}
	return f
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
