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

// Relocate records in one transaction that files now lie elsewhere; edits and history
// stay. refused holds, for each, why it was not recorded, nil when it was: NotFound for
// an unknown adapter or folder, Conflict when another adapter is listed there.
func (s *Store) Relocate(ctx context.Context, moved []lora.Relocation) (refused []error, err error) {
	refused = make([]error, len(moved))
	ids := make([]string, len(moved))
	for i := range moved {
		ids[i] = moved[i].AdapterID
	}
	err = s.write(ctx, "relocate adapters", 1, func(c *change) error {
		return c.eachRow(ctx, ids, refused, func(i int, row *stored, names *namer) error {
			rootPath, err := c.rootPath(ctx, moved[i].RootID)
			if err != nil {
				return err
			}
			if err := c.placeIsFree(ctx, moved[i].RootID, moved[i].RelPath, row.key); err != nil {
				return err
			}
			row.place(&moved[i], rootPath)
			if moved[i].Name != "" && (row.Sources["name"] == lora.FromFile || row.Sources["name"] == lora.FromGuess) {
				before := row.Name
				row.Name, row.Sources["name"] = clean(moved[i].Name), lora.FromFile
				if err := names.settle(ctx, row, before); err != nil {
					return err
				}
				row.lineage = lineage(&row.Adapter)
			}
			row.UpdatedAt = c.now
			if err := c.update(ctx, row); err != nil || len(moved) > 1 {
				return err
			}
			return c.note(ctx, "moved", map[string]any{"name": row.Name, "folder": row.Folder}, row.ID)
		}, func(i int) string { return moved[i].Name })
	})
	return refused, err
}

// place writes down where a row's file lies now.
func (s *stored) place(moved *lora.Relocation, rootPath string) {
	s.RootID, s.relPath, s.previewRel = moved.RootID, moved.RelPath, moved.PreviewRel
	was, name := s.FilePath, s.FileName
	s.Folder, s.FileName = splitRel(moved.RelPath)
	s.FilePath = displayed(path.Join(rootPath, moved.RelPath))
	follow(s.PrimaryFileName, name, s.FileName)
	follow(s.PrimaryFileLocalPath, was, s.FilePath)
	follow(s.JSONFilePath, was, s.FilePath)
}

// eachRow reads the rows of ids and lets f change each; a refusal (Conflict, NotFound)
// concerns that row alone and is kept, any other error ends the change. wanted names
// what name a row may be given, besides its own.
func (c *change) eachRow(ctx context.Context, ids []string, refused []error, f func(i int, row *stored, names *namer) error, wanted func(i int) string) error {
	rows, err := c.rowsOf(ctx, ids)
	if err != nil {
		return err
	}
	byID := make(map[string]*stored, len(rows))
	taken := make([]string, 0, 2*len(ids))
	for _, row := range rows {
		byID[row.ID] = row
		taken = append(taken, row.Name)
	}
	for i := range ids {
		taken = append(taken, wanted(i))
	}
	names, err := c.newNamer(ctx, taken)
	if err != nil {
		return err
	}
	for i, id := range ids {
		row := byID[clean(id)]
		if row == nil {
			refused[i] = noAdapter()
			continue
		}
		err := f(i, row, names)
		if code := lora.CodeOf(err); err != nil && code != lora.Conflict && code != lora.NotFound {
			return err
		}
		refused[i] = err
	}
	return nil
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

// SetTrashed records in one transaction the places of adapters in the trash; an empty
// TrashRel takes an adapter out of the trash again. Of each place only AdapterID and
// TrashRel count. refused is as in Relocate: Conflict when an adapter's old place
// belongs to another one now. A name that was given away meanwhile comes back with a number.
func (s *Store) SetTrashed(ctx context.Context, places []lora.Place) (refused []error, err error) {
	refused = make([]error, len(places))
	ids := make([]string, len(places))
	for i := range places {
		ids[i] = places[i].AdapterID
	}
	err = s.write(ctx, "trash or restore adapters", 1, func(c *change) error {
		return c.eachRow(ctx, ids, refused, func(i int, row *stored, names *namer) error {
			text := "trashed"
			if places[i].TrashRel == "" {
				text = "restored"
				if err := c.restore(ctx, row, names); err != nil {
					return err
				}
			} else {
				row.FileState, row.trashRel, row.TrashedAt = lora.FileTrashed, places[i].TrashRel, &c.now
			}
			if err := c.update(ctx, row); err != nil || len(places) > 1 {
				return err
			}
			return c.note(ctx, text, map[string]any{"name": row.Name}, row.ID)
		}, func(int) string { return "" })
	})
	return refused, err
}

func (c *change) restore(ctx context.Context, row *stored, names *namer) error {
	if row.FileState != lora.FileTrashed {
		return nil
	}
	if err := c.placeIsFree(ctx, row.RootID, row.relPath, row.key); err != nil {
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
