package stats

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// resourcePoints is how many samples of a computer a chart has at most.
const resourcePoints = 240

// Chart returns the series of a span.
func (s *Stats) Chart(ctx context.Context, r Range) (AnalyticsChart, error) {
	used, err := s.used(ctx, r.Window, lora.MostUsed, topAdapters)
	if err != nil {
		return AnalyticsChart{}, err
	}
	samples, err := s.Samples(ctx, r)
	if err != nil {
		return AnalyticsChart{}, err
	}
	slots, err := s.o.Counts.CountSlots(ctx, r.Window, r.Unit)
	return chart(r, slots, used, samples), err
}

// Samples returns what computers used within a span, averaged to at most 240 samples of each.
func (s *Stats) Samples(ctx context.Context, r Range) ([]lora.ResourceSample, error) {
	return s.o.House.Samples(ctx, r.Window.Start, r.Window.End, resourcePoints)
}

func chart(r Range, slots []lora.SlotCount, used []AdapterFigures, samples []lora.ResourceSample) AnalyticsChart {
	c := AnalyticsChart{
		Unit: string(r.Unit), Start: r.Window.Start, End: r.Window.End, TZ: r.Window.Zone.String(),
		Volume: volume(slots), Performance: performance(slots), LoraUsage: []AnalyticsUsage{}, Resources: resources(samples, r.Window.Zone),
	}
	for i := range used {
		c.LoraUsage = append(c.LoraUsage, used[i].AnalyticsUsage)
	}
	return c
}

func volume(slots []lora.SlotCount) []AnalyticsVolume {
	list := make([]AnalyticsVolume, 0, len(slots))
	for i := range slots {
		s := &slots[i]
		if s.Jobs > 0 {
			list = append(list, AnalyticsVolume{
				Timestamp: s.Start, Count: s.Jobs, Succeeded: s.Succeeded, Failed: s.Failed, Cancelled: s.Cancelled, Images: s.Images, Kept: s.Kept,
			})
		}
	}
	return list
}

func performance(slots []lora.SlotCount) []AnalyticsPerformance {
	list := make([]AnalyticsPerformance, 0, len(slots))
	for i := range slots {
		s := &slots[i]
		if s.Ran > 0 || s.Waited > 0 || s.Succeeded+s.Failed > 0 {
			list = append(list, AnalyticsPerformance{
				Timestamp: s.Start, AvgTime: mean(s.RunTime, s.Ran), AvgWait: mean(s.WaitTime, s.Waited), SuccessRate: successRate(s.Succeeded, s.Failed),
			})
		}
	}
	return list
}

func resources(samples []lora.ResourceSample, zone *time.Location) []AnalyticsResource {
	list := make([]AnalyticsResource, 0, len(samples))
	for i := range samples {
		s := &samples[i]
		point := AnalyticsResource{Timestamp: s.At.In(zone), Host: s.Host, CPUPercent: s.CPUPercent}
		if s.MemoryUsed != nil && s.MemoryTotal != nil && *s.MemoryTotal > 0 {
			share := percent(*s.MemoryUsed, *s.MemoryTotal)
			point.MemoryPercent = &share
		}
		for j := range s.GPUs {
			if u := s.GPUs[j].Utilization; u != nil && (point.GPUPercent == nil || *u > *point.GPUPercent) {
				point.GPUPercent = u
			}
		}
		list = append(list, point)
	}
	return list
}
