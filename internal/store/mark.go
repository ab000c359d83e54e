package store

import (
	"context"

	"loramanager/internal/lora"
)

// mark is what one account thinks of an adapter; nil is what the library says.
type mark struct {
	favorite *bool
	rating   *int
}

// show lays the mark over what the library says.
func (m mark) show(a *lora.Adapter) {
	if m.favorite != nil {
		a.Favorite = *m.favorite
	}
	if m.rating != nil {
		a.Rating = *m.rating
	}
}

// ShowMarks lays the favourites and ratings of an account over those of the library.
// Account 0 has none.
func (s *Store) ShowMarks(ctx context.Context, account int64, adapters []lora.Adapter) error {
	if account == 0 || len(adapters) == 0 {
		return nil
	}
	ids := make([]string, len(adapters))
	for i := range adapters {
		ids[i] = adapters[i].ID
	}
	marks, err := querier{pool: s.reader}.marks(ctx, account, ids)
	if err != nil {
		return s.failed("read marks", err)
	}
	for i := range adapters {
		marks[adapters[i].ID].show(&adapters[i])
	}
	return nil
}

// marks reads an account's marks by the adapters' ids.
func (q querier) marks(ctx context.Context, account int64, ids []string) (map[string]mark, error) {
	marks := make(map[string]mark)
	err := q.each(ctx, "SELECT a.id, m.favorite, m.rating FROM adapter a JOIN adapter_mark m ON m.account_key = ? AND m.adapter_key = a.key WHERE a.id IN ("+q.pool.dialect.texts+")",
		[]any{account, q.pool.dialect.list(ids)}, func(r *record) error {
			marks[r.text()] = mark{r.truthOrNil(), r.intOrNil()}
			return nil
		})
	return marks, err
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
