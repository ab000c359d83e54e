package store

import (
	"context"

	"github.com/google/uuid"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// maxSavedSearches bounds how many searches can be saved.
const maxSavedSearches = 500

// SavedSearches lists the saved searches by name.
func (s *Store) SavedSearches(ctx context.Context) ([]lora.SavedSearch, error) {
	list := []lora.SavedSearch{}
	err := querier{pool: s.reader}.each(ctx, `SELECT id, name, q, sort, "order", created_at FROM saved_search ORDER BY LOWER(name), id`, nil, func(r *record) error {
		list = append(list, lora.SavedSearch{ID: r.text(), Name: r.text(), Q: r.text(), Sort: r.text(), Order: r.text(), CreatedAt: r.moment()})
		return nil
	})
	return list, s.failed("list saved searches", err)
}

// AddSavedSearch keeps a search and returns it with its id. Invalid when its text
// cannot be understood.
func (s *Store) AddSavedSearch(ctx context.Context, search lora.SavedSearch) (lora.SavedSearch, error) {
	if _, err := catalog.Parse(search.Q); err != nil {
		return search, err
	}
	search.ID, search.CreatedAt = uuid.NewString(), s.now().UTC()
	err := s.transact(ctx, func(q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM saved_search")
		if err != nil {
			return err
		}
		if n >= maxSavedSearches {
			return lora.Errorf(lora.TooLarge, "There are %d saved searches already. Delete some first.", n)
		}
		_, err = q.exec(ctx, `INSERT INTO saved_search (id, name, q, sort, "order", created_at) VALUES (?, ?, ?, ?, ?, ?)`,
			search.ID, clean(search.Name), clean(search.Q), clean(search.Sort), clean(search.Order), search.CreatedAt.UnixMicro())
		return err
	})
	return search, s.failed("save a search", err)
}

// ReplaceSavedSearch changes a saved search; NotFound for an unknown id.
func (s *Store) ReplaceSavedSearch(ctx context.Context, search lora.SavedSearch) (lora.SavedSearch, error) {
	if _, err := catalog.Parse(search.Q); err != nil {
		return search, err
	}
	err := s.transact(ctx, func(q querier) error {
		found, err := q.one(ctx, `UPDATE saved_search SET name = ?, q = ?, sort = ?, "order" = ? WHERE id = ? RETURNING created_at`,
			[]any{clean(search.Name), clean(search.Q), clean(search.Sort), clean(search.Order), clean(search.ID)}, func(r *record) error {
				search.CreatedAt = r.moment()
				return nil
			})
		if err == nil && !found {
			err = noSavedSearch()
		}
		return err
	})
	return search, s.failed("change a saved search", err)
}

// DeleteSavedSearch forgets a saved search; NotFound for an unknown id.
func (s *Store) DeleteSavedSearch(ctx context.Context, id string) error {
	err := s.transact(ctx, func(q querier) error {
		n, err := q.exec(ctx, "DELETE FROM saved_search WHERE id = ?", clean(id))
		if err == nil && n == 0 {
			err = noSavedSearch()
		}
		return err
	})
	return s.failed("delete a saved search", err)
}

func noSavedSearch() error { return lora.Errorf(lora.NotFound, "There is no such saved search.") }
