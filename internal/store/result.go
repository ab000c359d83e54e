package store

import (
	"context"

	"loramanager/internal/lora"
)

// Results lists a page of the history: jobs that succeeded, or have one of the statuses
// asked for, or the trash. next is the cursor of the page after, empty with the last.
// Invalid for an unknown order and for a cursor of another order.
func (s *Store) Results(ctx context.Context, ask lora.ResultQuery) (jobs []lora.Job, next string, err error) {
	q := querier{pool: s.reader, composed: true}
	limit := min(max(ask.Limit, 1), maxResults)
	keys, next, err := q.resultKeys(ctx, &ask, limit)
	if err == nil {
		jobs, err = querier{pool: s.reader}.jobsByKey(ctx, keys)
	}
	if err == nil {
		err = s.ShowResultMarks(ctx, ask.Account, jobs)
	}
	if err != nil {
		return nil, "", s.failed("list results", err)
	}
	return jobs, next, nil
}

// rank reads a number or a boolean as a number.
func (r *record) rank() int64 {
	if b, ok := r.values[r.at].(bool); ok {
		r.at++
		if b {
			return 1
		}
		return 0
	}
	return r.integer()
}
