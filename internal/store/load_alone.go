package store

import "context"

// alone runs f as one change of the catalog, whose number it is given, that lasts and
// during which nobody else writes: it begins when the transactions that write have ended,
// and new ones wait for it.
func (s *Store) alone(ctx context.Context, f func(q querier, change int64) error) error {
	defer s.writing.forLibrary()()
	if s.checks != nil {
		defer s.checks.soon()
	}
	return s.inTransactionOf(ctx, s.durable, s.dialect.alone, func(q querier) error {
		change, err := q.nextChange(ctx)
		if err != nil {
			return err
		}
		return f(q, change)
	})
}
