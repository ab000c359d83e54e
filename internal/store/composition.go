package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// Bounds of compositions.
const (
	maxCompositions   = 2000 // deleted ones do not count
	keptVersions      = 100  // of one composition, the latest
	keptDeleted       = 200  // deleted compositions that can be restored, the latest
	maxComposedInside = 1000 // adapters of one composition
)

// compositionBody is what a version keeps as JSON.
type compositionBody struct {
	Prefix   string          `json:"prefix"`
	Suffix   string          `json:"suffix"`
	Negative string          `json:"negative"`
	Entries  []lora.Composed `json:"entries"`
}

const selectComposition = `SELECT c.id, v.name, v.version, v.body, v.restored, c.created_at, v.made_at
	FROM composition c JOIN composition_version v ON v.composition_id = c.id `

func readComposition(r *record) lora.Composition {
	c := lora.Composition{ID: r.text(), Name: r.text(), Version: int(r.integer())}
	var body compositionBody
	r.decode(&body)
	c.Prefix, c.Suffix, c.Negative, c.Entries = body.Prefix, body.Suffix, body.Negative, body.Entries
	if c.Entries == nil {
		c.Entries = []lora.Composed{}
	}
	if !r.null() {
		version := int(r.integer())
		c.Restored = &version
	}
	c.CreatedAt, c.UpdatedAt = r.moment(), r.moment()
	return c
}

func (q querier) compositions(ctx context.Context, condition string, args ...any) ([]lora.Composition, error) {
	list := []lora.Composition{}
	err := q.each(ctx, selectComposition+condition, args, func(r *record) error {
		list = append(list, readComposition(r))
		return nil
	})
	return list, err
}

// latestComposition returns the latest version of a composition and whether it is deleted.
func (q querier) latestComposition(ctx context.Context, id string) (c lora.Composition, deleted bool, err error) {
	found, err := q.one(ctx, "SELECT deleted_at FROM composition WHERE id = ?"+q.pool.dialect.locked, []any{clean(id)}, func(r *record) error {
		deleted = !r.null()
		return nil
	})
	if err == nil && !found {
		err = noComposition()
	}
	if err != nil {
		return c, false, err
	}
	list, err := q.compositions(ctx, "WHERE c.id = ? AND v.version = c.version", clean(id))
	if err == nil && len(list) == 0 {
		err = noComposition()
	}
	if err != nil {
		return c, false, err
	}
	return list[0], deleted, nil
}

func noComposition() error { return lora.Errorf(lora.NotFound, "There is no such composition.") }

// Compositions lists the latest version of each composition, last changed first. Every
// word of search must stand in its name or in that of one of its adapters, in any case.
func (s *Store) Compositions(ctx context.Context, search string) ([]lora.Composition, error) {
	list, err := querier{pool: s.reader}.compositions(ctx, "WHERE c.deleted_at IS NULL AND v.version = c.version ORDER BY v.made_at DESC, c.id")
	words := strings.Fields(strings.ToLower(search))
	list = slices.DeleteFunc(list, func(c lora.Composition) bool {
		return slices.ContainsFunc(words, func(word string) bool { return !mentions(&c, word) })
	})
	return list, s.failed("list compositions", err)
}

func mentions(c *lora.Composition, word string) bool {
	return strings.Contains(strings.ToLower(c.Name), word) ||
		slices.ContainsFunc(c.Entries, func(e lora.Composed) bool { return strings.Contains(strings.ToLower(e.Name), word) })
}

// Composition returns the latest version of a composition; NotFound for one that is
// deleted or was never there.
func (s *Store) Composition(ctx context.Context, id string) (lora.Composition, error) {
	list, err := querier{pool: s.reader}.compositions(ctx, "WHERE c.id = ? AND c.deleted_at IS NULL AND v.version = c.version", clean(id))
	if err == nil && len(list) == 0 {
		err = noComposition()
	}
	if err != nil {
		return lora.Composition{}, s.failed("read a composition", err)
	}
	return list[0], nil
}

// CompositionVersions lists the versions of a composition that are kept, also of a
// deleted one, latest first; NotFound for an unknown id.
func (s *Store) CompositionVersions(ctx context.Context, id string) ([]lora.Composition, error) {
	list, err := querier{pool: s.reader}.compositions(ctx, "WHERE c.id = ? ORDER BY v.version DESC", clean(id))
	if err == nil && len(list) == 0 {
		err = noComposition()
	}
	return list, s.failed("list the versions of a composition", err)
}

// AddComposition keeps a composition under a new id as its first version. TooLarge when
// there are too many.
func (s *Store) AddComposition(ctx context.Context, c lora.Composition) (added lora.Composition, err error) {
	if err := composable(&c); err != nil {
		return lora.Composition{}, err
	}
	id := uuid.NewString()
	err = s.briefly(ctx, "add a composition", func(ctx context.Context, q querier) error {
		n, err := q.number(ctx, "SELECT COUNT(*) FROM composition WHERE deleted_at IS NULL")
		if err == nil && n >= maxCompositions {
			err = lora.Errorf(lora.TooLarge, "There are %d compositions already. Delete some first.", n)
		}
		if err != nil {
			return err
		}
		now := s.momentNow().UnixMicro()
		_, err = q.exec(ctx, "INSERT INTO composition (id, version, created_at) VALUES (?, 0, ?)", id, now)
		if err == nil {
			added, err = q.addVersion(ctx, id, &c, nil, now)
		}
		return err
	})
	if err != nil {
		return lora.Composition{}, err
	}
	return added, nil
}

func composable(c *lora.Composition) error {
	if strings.TrimSpace(c.Name) == "" {
		return lora.FieldErrorf(lora.Invalid, "name", "A composition needs a name.")
	}
	if len(c.Entries) > maxComposedInside {
		return lora.FieldErrorf(lora.Invalid, "entries", "A composition can have %d adapters at most.", maxComposedInside)
	}
	return nil
}

// addVersion makes a version the latest one.
func (q querier) addVersion(ctx context.Context, id string, c *lora.Composition, restored *int, now int64) (lora.Composition, error) {
	body, err := json.Marshal(compositionBody{c.Prefix, c.Suffix, c.Negative, c.Entries})
	if err != nil {
		return lora.Composition{}, err
	}
	var from any
	if restored != nil {
		from = int64(*restored)
	}
	version, err := q.number(ctx, "UPDATE composition SET version = version + 1, deleted_at = NULL WHERE id = ? RETURNING version", clean(id))
	if err == nil {
		_, err = q.exec(ctx, "INSERT INTO composition_version (composition_id, version, name, body, restored, made_at) VALUES (?, ?, ?, ?, ?, ?)",
			clean(id), version, clean(strings.TrimSpace(c.Name)), clean(string(body)), from, now)
	}
	if err == nil {
		_, err = q.exec(ctx, "DELETE FROM composition_version WHERE composition_id = ? AND version <= ?", clean(id), version-keptVersions)
	}
	if err != nil {
		return lora.Composition{}, err
	}
	added, _, err := q.latestComposition(ctx, id)
	return added, err
}

// ReplaceComposition makes a new version. The one that is given names in Version the
// one it was made from: Conflict when that is no longer the latest. NotFound for a
// deleted composition.
func (s *Store) ReplaceComposition(ctx context.Context, c lora.Composition) (replaced lora.Composition, err error) {
	if err := composable(&c); err != nil {
		return lora.Composition{}, err
	}
	err = s.briefly(ctx, "change a composition", func(ctx context.Context, q querier) error {
		latest, deleted, err := q.latestComposition(ctx, c.ID)
		switch {
		case err != nil:
			return err
		case deleted:
			return noComposition()
		case latest.Version != c.Version:
			return lora.FieldErrorf(lora.Conflict, "version", "The composition was changed meanwhile: version %d is the latest, not %d.", latest.Version, c.Version)
		}
		replaced, err = q.addVersion(ctx, c.ID, &c, nil, s.momentNow().UnixMicro())
		return err
	})
	if err != nil {
		return lora.Composition{}, err
	}
	return replaced, nil
}

// DeleteComposition takes a composition out of the list; RestoreComposition brings it
// back. NotFound when it is not in the list.
func (s *Store) DeleteComposition(ctx context.Context, id string) error {
	return s.briefly(ctx, "delete a composition", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE composition SET deleted_at = ? WHERE id = ? AND deleted_at IS NULL", s.momentNow().UnixMicro(), clean(id))
		if err == nil && n == 0 {
			err = noComposition()
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, "DELETE FROM composition WHERE deleted_at IS NOT NULL AND id NOT IN (SELECT id FROM composition WHERE deleted_at IS NOT NULL ORDER BY deleted_at DESC, id LIMIT ?)", int64(keptDeleted))
		return err
	})
}

// RestoreComposition brings a deleted composition back, or with a version above 0 makes
// that version the latest again, as a new one. NotFound for an unknown id or version.
func (s *Store) RestoreComposition(ctx context.Context, id string, version int) (restored lora.Composition, err error) {
	err = s.briefly(ctx, "restore a composition", func(ctx context.Context, q querier) error {
		latest, _, err := q.latestComposition(ctx, id)
		if err != nil {
			return err
		}
		if version <= 0 {
			_, err = q.exec(ctx, "UPDATE composition SET deleted_at = NULL WHERE id = ?", clean(id))
			restored = latest
			return err
		}
		list, err := q.compositions(ctx, "WHERE c.id = ? AND v.version = ?", clean(id), int64(version))
		if err == nil && len(list) == 0 {
			err = lora.Errorf(lora.NotFound, "The composition has no version %d any more.", version)
		}
		if err == nil {
			restored, err = q.addVersion(ctx, id, &list[0], &version, s.momentNow().UnixMicro())
		}
		return err
	})
	if err != nil {
		return lora.Composition{}, err
	}
	return restored, nil
}
