package stats

import (
	"context"
	"fmt"

	"loramanager/internal/lora"
)

// failingAdapters tells of adapters with which far more fails than altogether.
func (s *Stats) failingAdapters(ctx context.Context, r Range, e *evidence) (found []AnalyticsInsight, err error) {
	if e.kpis.TotalFailed < atLeast {
		return nil, nil
	}
	usages, err := s.o.Counts.AdapterUsages(ctx, r.Window, lora.MostFailed, adaptersSeen)
	if err != nil {
		return nil, err
	}
	all := percent(e.kpis.TotalFailed, e.ended())
	var bad []lora.AdapterUsage
	for _, u := range usages {
		share := percent(u.Failed, u.Failed+u.Jobs)
		if u.Failed+u.Jobs >= enough && share >= oftenFails && share >= all+oftenFails && len(bad) < adaptersNamed {
			bad = append(bad, u)
		}
	}
	names, err := s.names(ctx, bad)
	if err != nil {
		return nil, err
	}
	for _, u := range bad {
		name, known := names[u.AdapterID]
		if !known {
			continue // nothing can be done about an adapter that is gone
		}
		jobs, err := s.o.Cases.AdapterJobs(ctx, r.Window, u.AdapterID, lora.JobFailed, jobsNamed)
		if err != nil {
			return nil, err
		}
		found = append(found, AnalyticsInsight{
			Kind: "adapter_failing", Severity: "medium", Recommendation: word("review_adapter"), JobIDs: jobs, Link: historyOf(r.Window, "failed", "", u.AdapterID),
			Params:      map[string]any{"adapter_id": u.AdapterID, "name": name, "failed": u.Failed, "ended": u.Failed + u.Jobs},
			Title:       "Generations with an adapter often fail: " + name,
			Description: fmt.Sprintf("%d of %s with %s failed, of all generations %.1f%%.", u.Failed, generations(u.Failed+u.Jobs), name, all),
			Advice:      "Check that the engines see its file and that it fits the base models you use it with.",
		})
	}
	return found, nil
}

// unkeptAdapters tells of adapters that are used much and never brought a kept result,
// where results are kept at all.
func (s *Stats) unkeptAdapters(ctx context.Context, r Range, e *evidence) (found []AnalyticsInsight, err error) {
	if e.kpis.Kept < enough {
		return nil, nil
	}
	usages, err := s.o.Counts.AdapterUsages(ctx, r.Window, lora.MostUsed, adaptersSeen)
	if err != nil {
		return nil, err
	}
	var bad []lora.AdapterUsage
	for _, u := range usages {
		// With the share that is kept altogether, two should have been expected.
		expected := float64(u.Jobs) * float64(e.kpis.Kept) / float64(max(1, e.kpis.Succeeded))
		if u.Jobs >= enough && u.Kept == 0 && expected >= 2 && len(bad) < adaptersNamed {
			bad = append(bad, u)
		}
	}
	names, err := s.names(ctx, bad)
	if err != nil {
		return nil, err
	}
	for _, u := range bad {
		name, known := names[u.AdapterID]
		if !known {
			continue
		}
		jobs, err := s.o.Cases.AdapterJobs(ctx, r.Window, u.AdapterID, lora.JobSucceeded, jobsNamed)
		if err != nil {
			return nil, err
		}
		found = append(found, AnalyticsInsight{
			Kind: "adapter_unkept", Severity: "low", Recommendation: word("review_adapter"), JobIDs: jobs, Link: historyOf(r.Window, "", "", u.AdapterID),
			Params:      map[string]any{"adapter_id": u.AdapterID, "name": name, "jobs": u.Jobs, "kept": e.kpis.Kept},
			Title:       "Used but never kept: " + name,
			Description: fmt.Sprintf("None of the %s with %s is a favourite or rated 4 or 5; of all generations %d are.", generations(u.Jobs), name, e.kpis.Kept),
			Advice:      "Try another weight or base model with it, or another adapter in its place.",
		})
	}
	return found, nil
}
