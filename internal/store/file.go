package store

import (
	"context"

	"loramanager/internal/lora"
)

// KnownFiles lists every file of a root the catalog remembers, missing ones
// included, trashed ones excluded.
func (s *Store) KnownFiles(ctx context.Context, rootID string) ([]lora.KnownFile, error) {
	var files []lora.KnownFile
	// The keys are collected first, so that the rows are read in the order they lie in.
	err := querier{pool: s.reader}.each(ctx, `SELECT id, rel_path, file_size, file_mtime, file_dev, file_inode, companions, quick_digest, file_state
		FROM adapter WHERE key IN (SELECT key FROM adapter WHERE root_id = ? AND file_state <> 'trashed')`, []any{rootID}, func(r *record) error {
		files = append(files, lora.KnownFile{
			AdapterID: r.text(), RootID: rootID, RelPath: r.text(),
			Stamp:       lora.FileStamp{Size: r.integer(), MtimeNS: r.integer(), Dev: uint64(r.integer()), Inode: uint64(r.integer())}, //nolint:gosec // stored as the same bits
			Companions:  uint64(r.integer()),                                                                                           //nolint:gosec // as above
			QuickDigest: r.text(), State: lora.FileState(r.text()),
		})
		return nil
	})
	return files, s.failed("list known files", err)
}

// MarkMissing flags adapters whose file is gone and returns how many were not
// flagged yet. It never deletes.
func (s *Store) MarkMissing(ctx context.Context, adapterIDs []string) (int, error) {
	return s.markAll(ctx, "mark missing", `UPDATE adapter SET file_state = 'missing', change = ?
		WHERE file_state NOT IN ('missing', 'trashed') AND id IN (`+s.dialect.texts+`)`, adapterIDs)
}

// MarkPresent takes the flag back for files that are there again, unchanged.
func (s *Store) MarkPresent(ctx context.Context, adapterIDs []string) (int, error) {
	return s.markAll(ctx, "mark present", `UPDATE adapter SET file_state = file_health, change = ?
		WHERE file_state = 'missing' AND id IN (`+s.dialect.texts+`)`, adapterIDs)
}

func (s *Store) markAll(ctx context.Context, what, update string, ids []string) (marked int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.write(ctx, what, 0, func(c *change) error {
		marked, err = c.exec(ctx, update, c.n, s.dialect.list(ids))
		return err
	})
	return marked, err
}

// PurgeMissing deletes the adapters whose file is missing. It answers Conflict, and
// deletes nothing, unless exactly expected are missing.
func (s *Store) PurgeMissing(ctx context.Context, expected int) (purged []string, err error) {
	err = s.write(ctx, "purge missing adapters", 1, func(c *change) error {
		purged, err = c.strings(ctx, "SELECT id FROM adapter WHERE file_state = 'missing'")
		if err != nil {
			return err
		}
		if len(purged) != expected {
			return lora.Errorf(lora.Conflict, "%d adapters are missing now, not %d. Look again before you delete them.", len(purged), expected)
		}
		if expected == 0 {
			return nil
		}
		if _, err := c.remove(ctx, purged); err != nil {
			return err
		}
		return c.note(ctx, "purged", map[string]any{"count": len(purged)}, "")
	})
	if err != nil {
		return nil, err
	}
	return purged, nil
}

// remove deletes adapters for good and leaves a tombstone for other replicas.
func (c *change) remove(ctx context.Context, ids []string) (int, error) {
	list := c.pool.dialect.list(ids)
	_, err := c.exec(ctx, `INSERT INTO tombstone (id, change) SELECT id, CAST(? AS BIGINT) FROM adapter WHERE id IN (`+c.pool.dialect.texts+`)
		ON CONFLICT (id) DO UPDATE SET change = excluded.change`, c.n, list)
	if err != nil {
		return 0, err
	}
	return c.exec(ctx, "DELETE FROM adapter WHERE id IN ("+c.pool.dialect.texts+")", list)
}
