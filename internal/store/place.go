package store

import (
	"context"
	"path"
	"strings"

	"loramanager/internal/lora"
)

// Adapter answers NotFound for an unknown id.
func (s *Store) Adapter(ctx context.Context, id string) (lora.Adapter, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return lora.Adapter{}, err
	}
	row, err := querier{pool: s.reader}.row(ctx, id)
	if err != nil {
		return lora.Adapter{}, s.failed("read an adapter", err)
	}
	row.DuplicateCount = len(x.Twins(id))
	return row.Adapter, nil
}

// row reads one whole row; NotFound when there is none.
func (q querier) row(ctx context.Context, id string) (row *stored, err error) {
	found, err := q.one(ctx, selectAdapter+"WHERE id = ?", []any{clean(id)}, func(r *record) error {
		row = readStored(r)
		return nil
	})
	if err == nil && !found {
		err = noAdapter()
	}
	return row, err
}

// rowsOf reads whole rows in the order of ids; unknown ids are left out, repeated
// ones come once.
func (q querier) rowsOf(ctx context.Context, ids []string) ([]*stored, error) {
	byID := make(map[string]*stored, len(ids))
	err := q.each(ctx, selectAdapter+"WHERE id IN ("+q.pool.dialect.texts+")", []any{q.pool.dialect.list(ids)}, func(r *record) error {
		row := readStored(r)
		byID[row.ID] = row
		return nil
	})
	rows := make([]*stored, 0, len(byID))
	for _, id := range ids {
		if row := byID[id]; row != nil {
			rows = append(rows, row)
			delete(byID, id)
		}
	}
	return rows, err
}

// Adapters reads several adapters, in the order of ids; unknown ids are left out.
func (s *Store) Adapters(ctx context.Context, ids []string) ([]lora.Adapter, error) {
	x, err := s.fresh(ctx)
	if err != nil {
		return nil, err
	}
	rows, err := querier{pool: s.reader}.rowsOf(ctx, ids)
	if err != nil {
		return nil, s.failed("read adapters", err)
	}
	adapters := make([]lora.Adapter, len(rows))
	for i, row := range rows {
		row.DuplicateCount = len(x.Twins(row.ID))
		adapters[i] = row.Adapter
	}
	return adapters, nil
}

const selectPlace = `SELECT id, root_id, rel_path, file_size, file_mtime, file_dev, file_inode, file_state, preview_rel, trash_rel FROM adapter `

func readPlace(r *record) lora.Place {
	return lora.Place{
		AdapterID: r.text(), RootID: r.text(), RelPath: r.text(),
		Stamp: lora.FileStamp{Size: r.integer(), MtimeNS: r.integer(), Dev: uint64(r.integer()), Inode: uint64(r.integer())}, //nolint:gosec // stored as the same bits
		State: lora.FileState(r.text()), PreviewRel: r.text(), TrashRel: r.text(),
	}
}

// Place says where an adapter's file lies; NotFound for an unknown id.
func (s *Store) Place(ctx context.Context, id string) (place lora.Place, err error) {
	found, err := querier{pool: s.reader}.one(ctx, selectPlace+"WHERE id = ?", []any{clean(id)}, func(r *record) error {
		place = readPlace(r)
		return nil
	})
	if err == nil && !found {
		err = noAdapter()
	}
	return place, s.failed("read a place", err)
}

// Places is Place for several adapters; unknown ids are left out.
func (s *Store) Places(ctx context.Context, ids []string) ([]lora.Place, error) {
	return s.places(ctx, selectPlace+"WHERE id IN ("+s.dialect.texts+")", s.dialect.list(ids))
}

// Trashed lists what lies in the trash, latest first.
func (s *Store) Trashed(ctx context.Context) ([]lora.Place, error) {
	return s.places(ctx, selectPlace+"WHERE file_state = 'trashed' ORDER BY trashed_at DESC, key DESC")
}

func (s *Store) places(ctx context.Context, query string, args ...any) ([]lora.Place, error) {
	places := []lora.Place{}
	err := querier{pool: s.reader}.each(ctx, query, args, func(r *record) error {
		places = append(places, readPlace(r))
		return nil
	})
	return places, s.failed("read places", err)
}

// Relocate records that the file now lies elsewhere; edits and history stay.
// Conflict when another adapter is listed there.
func (s *Store) Relocate(ctx context.Context, id, rootID, relPath, previewRel string) error {
	return s.write(ctx, "relocate an adapter", 1, func(c *change) error {
		row, err := c.row(ctx, id)
		if err != nil {
			return err
		}
		rootPath, err := c.rootPath(ctx, rootID)
		if err != nil {
			return err
		}
		if err := c.placeIsFree(ctx, rootID, relPath, row.key); err != nil {
			return err
		}
		row.RootID, row.relPath, row.previewRel = rootID, relPath, previewRel
		was, name := row.FilePath, row.FileName
		row.Folder, row.FileName = splitRel(relPath)
		row.FilePath = displayed(path.Join(rootPath, relPath))
		follow(row.PrimaryFileName, name, row.FileName)
		follow(row.PrimaryFileLocalPath, was, row.FilePath)
		follow(row.JSONFilePath, was, row.FilePath)
		row.UpdatedAt = c.now
		if err := c.update(ctx, row); err != nil {
			return err
		}
		return c.note(ctx, "moved", map[string]any{"name": row.Name, "folder": row.Folder}, id)
	})
}

// follow renames the file at *where, if that is the file was or one that shares its
// name up to the extension: a sidecar moves along with its adapter.
func follow(where *string, was, is string) {
	if where == nil {
		return
	}
	stem := strings.TrimSuffix(was, path.Ext(was))
	if rest, ok := strings.CutPrefix(*where, stem); ok && strings.HasPrefix(rest, ".") {
		*where = strings.TrimSuffix(is, path.Ext(is)) + rest
	}
}

// update writes a whole row under the number of the change.
func (c *change) update(ctx context.Context, row *stored) error {
	row.change = c.n
	_, err := c.exec(ctx, updateAdapter, append(row.appendArgs(make([]any, 0, len(columns)+1)), row.key)...)
	return err
}

func (c *change) placeIsFree(ctx context.Context, rootID, relPath string, except int64) error {
	key, err := c.number(ctx, "SELECT key FROM adapter WHERE root_id = ? AND rel_path = ? AND file_state <> 'trashed'", clean(rootID), []byte(relPath))
	if err == nil && key != 0 && key != except {
		err = lora.Errorf(lora.Conflict, "Another adapter is listed at that place already.")
	}
	return err
}

// SetTrashed records the place in the trash; an empty trashRel takes the adapter out
// of the trash again. Conflict when its old place belongs to another adapter now; a
// name that was given away meanwhile comes back with a number.
func (s *Store) SetTrashed(ctx context.Context, id, trashRel string) error {
	return s.write(ctx, "trash or restore an adapter", 1, func(c *change) error {
		row, err := c.row(ctx, id)
		if err != nil {
			return err
		}
		text := "trashed"
		if trashRel == "" {
			text = "restored"
			if err := c.restore(ctx, row); err != nil {
				return err
			}
		} else {
			row.FileState, row.trashRel, row.TrashedAt = lora.FileTrashed, trashRel, &c.now
		}
		if err := c.update(ctx, row); err != nil {
			return err
		}
		return c.note(ctx, text, map[string]any{"name": row.Name}, id)
	})
}

func (c *change) restore(ctx context.Context, row *stored) error {
	if row.FileState != lora.FileTrashed {
		return nil
	}
	if err := c.placeIsFree(ctx, row.RootID, row.relPath, row.key); err != nil {
		return err
	}
	names, err := c.newNamer(ctx, []*stored{row})
	if err != nil {
		return err
	}
	row.FileState, row.trashRel, row.TrashedAt = row.health, "", nil
	return names.settle(ctx, row, "")
}

// DeleteAdapters removes adapters for good and returns how many there were.
func (s *Store) DeleteAdapters(ctx context.Context, ids []string) (deleted int, err error) {
	if len(ids) == 0 {
		return 0, nil
	}
	err = s.write(ctx, "delete adapters", 1, func(c *change) error {
		if deleted, err = c.remove(ctx, ids); err != nil {
			return err
		}
		return c.note(ctx, "deleted", map[string]any{"count": deleted}, "")
	})
	return deleted, err
}
