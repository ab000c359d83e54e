package store

import (
	"context"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// mark is what one account thinks of an adapter; nil is what the library says.
type mark struct {
	favorite *bool
	rating   *int
}

// ShowMarks lays the favourites and ratings of an account over those of the library.
// Account 0 has none.
func (s *Store) ShowMarks(ctx context.Context, account int64, adapters []lora.Adapter) error {
	if account == 0 || len(adapters) == 0 {
		return nil
	}
	x, err := s.fresh(ctx)
	if err == nil {
		showMarks(x, account, adapters)
	}
	return err
}

// showMarks takes the marks from the index, which has those of all accounts.
func showMarks(x *catalog.Index, account int64, adapters []lora.Adapter) {
	if account == 0 {
		return
	}
	ids := make([]string, len(adapters))
	for i := range adapters {
		ids[i] = adapters[i].ID
	}
	for i, m := range x.Marks(account, ids) {
		if m.Favorite != nil {
			adapters[i].Favorite = *m.Favorite
		}
		if m.Rating != nil {
			adapters[i].Rating = *m.Rating
		}
	}
}

// marks reads an account's marks by the adapters' ids.
func (q querier) marks(ctx context.Context, account int64, ids []string) (map[string]mark, error) {
	marks := make(map[string]mark)
	err := q.each(ctx, "SELECT a.id, m.favorite, m.rating FROM adapter a CROSS JOIN adapter_mark m WHERE a.id IN ("+q.pool.dialect.texts+") AND m.account_key = ? AND m.adapter_key = a.key",
		[]any{q.pool.dialect.list(ids), account}, func(r *record) error {
			marks[r.text()] = mark{r.truthOrNil(), r.intOrNil()}
			return nil
		})
	return marks, err
}

const selectMark = "SELECT m.account_key, a.id, m.favorite, m.rating FROM adapter_mark m JOIN adapter a ON a.key = m.adapter_key "

func readMark(r *record) catalog.Mark {
	return catalog.Mark{Account: r.integer(), ID: r.text(), Favorite: r.truthOrNil(), Rating: r.intOrNil()}
}

// loadMarks reads all accounts' marks into the index. Those of adapters it does not know
// yet are newer than its change and are pulled with them.
func (s *Store) loadMarks(ctx context.Context, q querier) error {
	marks := make([]catalog.Mark, 0, loadPart)
	take := func() {
		s.index.Apply(nil, nil, 0, marks...)
		marks = marks[:0]
	}
	err := q.each(ctx, selectMark+"ORDER BY m.account_key, m.adapter_key", nil, func(r *record) error {
		if marks = append(marks, readMark(r)); len(marks) == loadPart {
			take()
		}
		return nil
	})
	take()
	return err
}

// truthOrNil reads a boolean, nil for NULL.
func (r *record) truthOrNil() *bool {
	if r.null() {
		return nil
	}
	v := r.truth()
	return &v
}

// intOrNil reads a whole number, nil for NULL.
func (r *record) intOrNil() *int {
	if r.null() {
		return nil
	}
	v := int(r.integer())
	return &v
}
