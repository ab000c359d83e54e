package store

import (
	"context"
	"encoding/json"
	"maps"

	"loramanager/internal/lora"
)

// ownFields are the fields of an adapter that each account has for itself.
var ownFields = []string{"favorite", "rating"}

// splitOwn parts an edit by an account into what it changes of the library, and the marks
// it changes of its own. Account 0 changes the library only.
func splitOwn(account int64, patch map[string]json.RawMessage) (shared map[string]json.RawMessage, own mark, err error) {
	if account == 0 {
		return patch, mark{}, nil
	}
	shared = maps.Clone(patch)
	var asked lora.Adapter
	for _, name := range ownFields {
		value, there := patch[name]
		if !there {
			continue
		}
		delete(shared, name)
		if name == "rating" && string(value) == "null" {
			value = json.RawMessage("0") // as in the library
		}
		if err := fieldsByName[name].set(&asked, value); err != nil {
			return nil, mark{}, err
		}
		if name == "rating" {
			own.rating = &asked.Rating
		} else {
			own.favorite = &asked.Favorite
		}
	}
	return shared, own, nil
}

// isEmpty reports whether the mark says nothing.
func (m mark) isEmpty() bool { return m.favorite == nil && m.rating == nil }

// with returns the mark after another one was set over it.
func (m mark) with(other mark) mark {
	if other.favorite != nil {
		m.favorite = other.favorite
	}
	if other.rating != nil {
		m.rating = other.rating
	}
	return m
}

func same[T comparable](a, b *T) bool { return a == b || a != nil && b != nil && *a == *b }

// holdOwner keeps an account from being removed until the transaction ends; NotFound when
// it is gone. It comes after the catalog and the history.
func (q querier) holdOwner(ctx context.Context, account int64) error {
	found, err := q.one(ctx, "SELECT key FROM account WHERE key = ?"+q.pool.dialect.locked, []any{account}, func(*record) error { return nil })
	if err == nil && !found {
		err = lora.Errorf(lora.NotFound, "This account was removed.")
	}
	return err
}

// beforeMark is a mark as it was. A nil that was is told from a field that did not change.
type beforeMark struct {
	ID       string `json:"id"`
	Favored  bool   `json:"favored,omitempty"` // the favourite changed
	Favorite *bool  `json:"favorite,omitempty"`
	Rated    bool   `json:"rated,omitempty"`
	Rating   *int   `json:"rating,omitempty"`
}

// isChange reports whether anything changed.
func (b *beforeMark) isChange() bool { return b.Favored || b.Rated }

// taken returns the mark with what changed as it was.
func (b *beforeMark) taken(m mark) mark {
	if b.Favored {
		m.favorite = b.Favorite
	}
	if b.Rated {
		m.rating = b.Rating
	}
	return m
}

// setMark sets an account's mark over the one there was, which is returned as far as it
// changed. The account is held.
func (c *change) setMark(ctx context.Context, account int64, row *stored, was, own mark) (beforeMark, error) {
	is := was.with(own)
	before := beforeMark{ID: row.ID, Favored: !same(was.favorite, is.favorite), Rated: !same(was.rating, is.rating)}
	if before.Favored {
		before.Favorite = was.favorite
	}
	if before.Rated {
		before.Rating = was.rating
	}
	if !before.isChange() {
		return before, nil
	}
	return before, c.putMark(ctx, account, row.key, is)
}

// putMark writes a mark. One that says nothing any more stays as a row, so that all
// processes learn of it by its change.
func (c *change) putMark(ctx context.Context, account, adapter int64, m mark) error {
	_, err := c.exec(ctx, `INSERT INTO adapter_mark (account_key, adapter_key, favorite, rating, change) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (account_key, adapter_key) DO UPDATE SET favorite = excluded.favorite, rating = excluded.rating, change = excluded.change`,
		account, adapter, orNull(m.favorite), wholeOrNull(m.rating), c.n)
	return err
}

// orNull is a value for a column, NULL for nil.
func orNull[T any](v *T) any {
	if v == nil {
		return nil
	}
	return *v
}

// takeBackMarks gives marks of an account back what they were; adapters deleted meanwhile
// are left out.
func (c *change) takeBackMarks(ctx context.Context, account int64, before []beforeMark) ([]string, error) {
	ids := make([]string, 0, len(before))
	if len(before) == 0 {
		return ids, nil
	}
	if err := c.holdOwner(ctx, account); err != nil {
		return nil, err
	}
	for len(before) > 0 {
		part := before[:min(bulkPart, len(before))]
		before = before[len(part):]
		wanted := make([]string, len(part))
		for i := range part {
			wanted[i] = part[i].ID
		}
		keys, err := c.keysOf(ctx, wanted)
		if err != nil {
			return nil, err
		}
		marks, err := c.marks(ctx, account, wanted)
		if err != nil {
			return nil, err
		}
		for i := range part {
			key, there := keys[part[i].ID]
			if !there {
				continue
			}
			if err := c.putMark(ctx, account, key, part[i].taken(marks[part[i].ID])); err != nil {
				return nil, err
			}
			ids = append(ids, part[i].ID)
		}
	}
	return ids, nil
}

// keysOf reads the keys of adapters by their ids.
func (q querier) keysOf(ctx context.Context, ids []string) (map[string]int64, error) {
	keys := make(map[string]int64, len(ids))
	err := q.each(ctx, "SELECT id, key FROM adapter WHERE id IN ("+q.pool.dialect.texts+")", []any{q.pool.dialect.list(ids)}, func(r *record) error {
		keys[r.text()] = r.integer()
		return nil
	})
	return keys, err
}
