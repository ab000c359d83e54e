package store

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"loramanager/internal/lora"
)

// leastForShare is how many generations an adapter must have made to be ranked by the
// share of them that is kept.
const leastForShare = 5

// usageMemo remembers what was made with adapters within the window that was asked for
// last: a page shows several orders of the same.
type usageMemo struct {
	mu     sync.Mutex
	window string
	n      int64
	list   []lora.AdapterUsage // shared, not to be changed
}

// AdapterUsages returns what was made with adapters within a window, the first by an
// order. Adapters that were deleted since are among them.
func (s *Store) AdapterUsages(ctx context.Context, window lora.Window, order lora.UsageOrder, limit int) ([]lora.AdapterUsage, error) {
	all, err := s.allUsages(ctx, window)
	if err != nil {
		return nil, s.failed("count jobs by adapter", err)
	}
	ranked := make([]lora.AdapterUsage, 0, len(all))
	for _, u := range all {
		if order == lora.MostKept && u.Jobs >= leastForShare || order == lora.MostFailed && u.Failed > 0 || order == lora.MostUsed && u.Jobs > 0 {
			ranked = append(ranked, u)
		}
	}
	slices.SortFunc(ranked, func(a, b lora.AdapterUsage) int {
		first := 0
		switch order {
		case lora.MostKept:
			first = b.Kept*a.Jobs - a.Kept*b.Jobs // the shares as fractions
		case lora.MostFailed:
			first = b.Failed - a.Failed
		case lora.MostUsed:
		}
		return cmp.Or(first, b.Jobs-a.Jobs, cmp.Compare(a.AdapterID, b.AdapterID))
	})
	return slices.Clone(ranked[:min(len(ranked), max(limit, 0))]), nil
}

// allUsages counts by adapter, unless nothing has changed since it was asked last.
func (s *Store) allUsages(ctx context.Context, window lora.Window) ([]lora.AdapterUsage, error) {
	m, slots := &s.usages, stretchText(inWindow(window))
	var list []lora.AdapterUsage
	m.mu.Lock() // before a connection is taken: who waits here holds up nobody else
	defer m.mu.Unlock()
	err := s.atOneMoment(ctx, func(q querier) error {
		n, err := q.number(ctx, "SELECT n FROM rollup_state WHERE one = 1")
		if err != nil {
			return err
		}
		if m.list != nil && m.window == slots && m.n == n {
			list = m.list
			return nil
		}
		list = make([]lora.AdapterUsage, 0, len(m.list))
		err = q.each(ctx, "SELECT f.value, n.jobs, n.images, n.kept, n.failed FROM ("+q.inStretches("r.adapter, "+sums("jobs", "images", "kept", "failed"), "adapter_rollup")+
			"GROUP BY r.adapter) n JOIN facet f ON f.id = n.adapter", []any{slots}, func(r *record) error {
			list = append(list, lora.AdapterUsage{AdapterID: r.text(), Jobs: int(r.integer()), Images: int(r.integer()), Kept: int(r.integer()), Failed: int(r.integer())})
			return nil
		})
		if err == nil {
			m.window, m.n, m.list = slots, n, list
		}
		return err
	})
	return list, err
}
