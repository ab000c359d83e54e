package stats

import (
	"context"
	"slices"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// topAdapters is how many adapters a ranking has at most.
const topAdapters = 10

// neverUsed is the question for adapters that no generation has used.
const neverUsed = "used:never"

func (s *Stats) adapters(ctx context.Context, w lora.Window) (a AnalyticsAdapters, err error) {
	if a.Top, err = s.used(ctx, w, lora.MostUsed, topAdapters); err != nil {
		return a, err
	}
	if a.MostKept, err = s.used(ctx, w, lora.MostKept, topAdapters); err != nil {
		return a, err
	}
	// Where fewer have kept generations than are ranked, the others follow with none.
	a.MostKept = slices.DeleteFunc(a.MostKept, func(f AdapterFigures) bool { return f.Kept == 0 })
	_, found, err := s.o.Library.List(ctx, catalog.Query{Text: neverUsed, Limit: 1})
	a.NeverUsed = found.Filtered
	return a, err
}

// used ranks adapters and names them. The adapter of a purged record keeps its figures
// under its id.
func (s *Stats) used(ctx context.Context, w lora.Window, order lora.UsageOrder, limit int) ([]AdapterFigures, error) {
	usages, err := s.o.Counts.AdapterUsages(ctx, w, order, limit)
	if err != nil {
		return nil, err
	}
	names, err := s.names(ctx, usages)
	if err != nil {
		return nil, err
	}
	list := make([]AdapterFigures, 0, len(usages))
	for _, u := range usages {
		name, found := names[u.AdapterID]
		f := AdapterFigures{AnalyticsUsage: AnalyticsUsage{AdapterID: u.AdapterID, Name: name, Count: u.Jobs}, Images: u.Images, Kept: u.Kept, Found: found}
		if u.Jobs > 0 {
			f.KeptShare = rounded(float64(u.Kept) / float64(u.Jobs))
		}
		list = append(list, f)
	}
	return list, nil
}

func (s *Stats) names(ctx context.Context, usages []lora.AdapterUsage) (map[string]string, error) {
	ids := make([]string, len(usages))
	for i := range usages {
		ids[i] = usages[i].AdapterID
	}
	adapters, err := s.o.Library.Adapters(ctx, ids)
	if err != nil {
		return nil, err
	}
	names := make(map[string]string, len(adapters))
	for i := range adapters {
		names[adapters[i].ID] = adapters[i].Name
	}
	return names, nil
}
