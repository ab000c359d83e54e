package store

import (
	"context"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// List answers one page of a query: the adapters in order, and the figures.
func (s *Store) List(ctx context.Context, q catalog.Query) ([]lora.Adapter, catalog.Result, error) {
	x, err := s.asked(ctx, &q)
	if err != nil {
		return nil, catalog.Result{}, err
	}
	result, err := x.Find(q)
	if err != nil {
		return nil, catalog.Result{}, err
	}
	adapters, err := s.page(ctx, result)
	showMarks(x, q.Account, adapters)
	return adapters, result, err
}

// page reads the adapters of a result, in its order.
func (s *Store) page(ctx context.Context, result catalog.Result) ([]lora.Adapter, error) {
	adapters := make([]lora.Adapter, 0, len(result.IDs))
	if len(result.IDs) == 0 {
		return adapters, nil
	}
	byKey := make(map[int64]*stored, len(result.IDs))
	err := querier{pool: s.reader}.each(ctx, selectAdapter+"WHERE key IN ("+s.dialect.keys+")", []any{s.dialect.list(result.Keys)}, func(r *record) error {
		row := readStored(r)
		byKey[row.key] = row
		return nil
	})
	if err != nil {
		return nil, s.failed("read a page", err)
	}
	for i, key := range result.Keys {
		if row := byKey[key]; row != nil { // it may have been deleted since
			row.DuplicateCount = result.Duplicates[i]
			adapters = append(adapters, row.Adapter)
		}
	}
	return adapters, nil
}

// asked brings the index up to date and looks up the digests a query asks for.
func (s *Store) asked(ctx context.Context, q *catalog.Query) (*catalog.Index, error) {
	expr, err := catalog.Parse(q.Text)
	if err != nil {
		return nil, err
	}
	for _, prefix := range expr.Hashes() {
		ids, err := s.withDigest(ctx, prefix)
		if err != nil {
			return nil, err
		}
		if q.Hashes == nil {
			q.Hashes = make(map[string][]string)
		}
		q.Hashes[prefix] = ids
	}
	return s.fresh(ctx)
}

// withDigest returns the ids of all adapters with a computed or claimed digest that
// begins with prefix.
func (s *Store) withDigest(ctx context.Context, prefix string) ([]string, error) {
	end := prefix + "g" // behind every hexadecimal digit
	ids, err := querier{pool: s.reader}.strings(ctx, `SELECT a.id FROM adapter a WHERE a.key IN (
		SELECT adapter_key FROM digest WHERE value >= ? AND value < ?
		UNION SELECT adapter_key FROM claimed_digest WHERE value >= ? AND value < ?)`, prefix, end, prefix, end)
	return ids, s.failed("look up a digest", err)
}

// Facets counts the adapters a query matches by every facet.
func (s *Store) Facets(ctx context.Context, q catalog.Query) (catalog.Facets, error) {
	x, err := s.asked(ctx, &q)
	if err != nil {
		return catalog.Facets{}, err
	}
	return x.Facets(q)
}

// MatchingIDs returns the ids of all adapters a query matches.
func (s *Store) MatchingIDs(ctx context.Context, q catalog.Query) ([]string, error) {
	x, err := s.asked(ctx, &q)
	if err != nil {
		return nil, err
	}
	return x.Matching(q)
}

// Arrange puts the ids of adapters into the order in which List shows them for q;
// unknown ids are left out, repeated ones come once.
func (s *Store) Arrange(ctx context.Context, ids []string, q catalog.Query) ([]string, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return x.Arrange(ids, q)
}

// Suggest says how a query could go on at the cursor, a byte position.
func (s *Store) Suggest(ctx context.Context, query string, cursor int) (catalog.Suggestions, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return catalog.Suggestions{}, err
	}
	return x.Suggest(query, cursor), nil
}

// Tags lists every tag in use, trimmed, in its original case, sorted by lower case.
func (s *Store) Tags(ctx context.Context) ([]string, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	return x.Tags(), nil
}
