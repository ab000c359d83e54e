package store

import "context"

// Change returns the number of the latest change to the catalog. Numbers only rise.
func (s *Store) Change(ctx context.Context) (int64, error) {
	n, err := querier{pool: s.reader}.number(ctx, "SELECT n FROM catalog_change")
	return n, s.failed("read the change number", err)
}
