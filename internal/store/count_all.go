package store

import "context"

// countPart is how many jobs are counted at a time.
const countPart = 10_000

// countAll counts the jobs of a database that an earlier version has written, once and
// before anything else is done with it: all or none. A million takes minutes.
func (s *Store) countAll(ctx context.Context) error {
	counted, err := isCounted(ctx, querier{pool: s.reader})
	if err != nil || counted {
		return s.failed("look whether jobs are counted", err)
	}
	s.log.Info("jobs are counted for analytics, which takes a moment and is done once")
	err = s.inTransaction(ctx, s.writer, func(q querier) error {
		if err := q.holdCatalog(ctx); err != nil { // one replica counts, others wait for it
			return err
		}
		if err := q.holdHistory(ctx); err != nil {
			return err
		}
		if counted, err := isCounted(ctx, q); err != nil || counted {
			return err
		}
		change, err := q.nextChange(ctx)
		if err != nil {
			return err
		}
		for from, more := int64(0), true; more; {
			if from, more, err = q.countFrom(ctx, from, change); err != nil {
				return err
			}
		}
		_, err = q.exec(ctx, "UPDATE rollup_state SET counted = TRUE WHERE one = 1")
		return err
	})
	return s.failed("count the jobs", err)
}

func isCounted(ctx context.Context, q querier) (counted bool, err error) {
	_, err = q.one(ctx, "SELECT counted FROM rollup_state WHERE one = 1", nil, func(r *record) error {
		counted = r.truth()
		return nil
	})
	return counted, err
}

// countFrom counts the jobs from a key on, and tells from which key there may be more.
func (q querier) countFrom(ctx context.Context, from, change int64) (next int64, more bool, err error) {
	ended, err := q.endedGenerations(ctx, "j.key >= ? ORDER BY j.key LIMIT ?", from, int64(countPart))
	if err != nil || len(ended) == 0 {
		return 0, false, err
	}
	t := make(tally)
	for i := range ended {
		ended[i].count(t, 1)
	}
	return ended[len(ended)-1].key + 1, len(ended) == countPart, t.write(ctx, q, change)
}
