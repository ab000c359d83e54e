package library

import (
	"context"
	"errors"
	"path"

	"loramanager/internal/lora"
)

// trashFolder lies in each root, so that trashing is a rename and restoring is too.
// Its name begins with a dot: scans leave it out.
const trashFolder = ".loramanager-trash"

func trashOf(id string) string { return path.Join(trashFolder, id) }

// Trash moves an adapter with its sidecars and previews into the trash of its root.
// The record is kept and can be restored. Of a missing file only the record goes.
func (l *Library) Trash(ctx context.Context, id string) error {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil || place.State == lora.FileTrashed {
		return err
	}
	trashRel := path.Join(trashOf(id), path.Base(place.RelPath))
	if place.State == lora.FileMissing {
		if err := l.o.Placement.SetTrashed(ctx, id, trashRel); err != nil {
			return err
		}
		l.changed("trash", []string{id})
		return nil
	}
	return l.withFolder(ctx, place.RootID, func(f *folder) error {
		group, err := onDisk(ctx, f, func(func()) ([]string, error) { return f.group(place.RelPath), nil })
		if err != nil {
			return err
		}
		moves := make([]move, len(group))
		for i, rel := range group {
			moves[i] = move{f, rel, f, path.Join(trashOf(id), path.Base(rel))}
		}
		l.notePlaced(id)
		undo, err := moveAll(ctx, moves)
		if err != nil {
			return err
		}
		if err := l.o.Placement.SetTrashed(ctx, id, trashRel); err != nil {
			return errors.Join(err, undo())
		}
		l.notePlaced(id) // once more, for a scan that began meanwhile
		f.removeEmpty(ctx, place.RelPath)
		l.changed("trash", []string{id})
		return nil
	})
}

// Restore moves an adapter from the trash back to where it was; a Conflict when that
// place is taken.
func (l *Library) Restore(ctx context.Context, id string) error {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return err
	}
	if place.State != lora.FileTrashed {
		return lora.Errorf(lora.Conflict, "The adapter does not lie in the trash.")
	}
	return l.withFolder(ctx, place.RootID, func(f *folder) error {
		names, err := onDisk(ctx, f, func(func()) ([]string, error) { return f.trashed(id) })
		if err != nil {
			return err
		}
		if len(names) == 0 { // it was missing when it was trashed, or somebody cleared the folder
			if err := l.o.Placement.SetTrashed(ctx, id, ""); err != nil {
				return err
			}
			_, err := l.o.Files.MarkMissing(ctx, []string{id})
			l.changed("restore", []string{id})
			return err
		}
		moves := make([]move, len(names))
		for i, name := range names {
			moves[i] = move{f, path.Join(trashOf(id), name), f, path.Join(path.Dir(place.RelPath), name)}
		}
		l.notePlaced(id)
		undo, err := moveAll(ctx, moves)
		if err != nil {
			return err
		}
		if err := l.o.Placement.SetTrashed(ctx, id, ""); err != nil {
			return errors.Join(err, undo())
		}
		_, _ = onDisk(ctx, f, func(func()) (struct{}, error) {
			return struct{}{}, f.disk.Remove(trashOf(id)) // empty now; if not, nothing is lost
		})
		l.changed("restore", []string{id})
		return nil
	})
}

// trashed lists the names in an adapter's trash.
func (f *folder) trashed(id string) ([]string, error) {
	entries, err := f.disk.ReadDir(trashOf(id))
	if lora.CodeOf(err) == lora.NotFound {
		return nil, nil
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, err
}

// EmptyTrash deletes what lies in the trash for good, files and records, if their
// number is the expected one; otherwise it is a Conflict. What cannot be deleted
// stays in the trash and is not counted; the error says why.
func (l *Library) EmptyTrash(ctx context.Context, expected int) (int, error) {
	places, err := l.o.Placement.Trashed(ctx)
	if err != nil {
		return 0, err
	}
	if len(places) != expected {
		return 0, lora.Errorf(lora.Conflict, "The trash holds %d adapters now, not %d. Look again before emptying it.", len(places), expected)
	}
	byRoot := map[string][]string{}
	for _, p := range places {
		byRoot[p.RootID] = append(byRoot[p.RootID], p.AdapterID)
	}
	var deleted []string
	var failures []error
	for rootID, ids := range byRoot {
		err := l.withFolder(ctx, rootID, func(f *folder) error {
			var errs []error
			for _, id := range ids {
				_, err := onDisk(ctx, f, func(func()) (struct{}, error) { return struct{}{}, f.purge(id) })
				if err != nil {
					errs = append(errs, explain(err, f.root))
					continue
				}
				deleted = append(deleted, id)
			}
			return errors.Join(errs...)
		})
		failures = append(failures, err)
	}
	n := 0
	if len(deleted) > 0 {
		n, err = l.o.Placement.DeleteAdapters(context.WithoutCancel(ctx), deleted)
		failures = append(failures, err)
		l.changed("purge", deleted)
	}
	return n, errors.Join(failures...)
}

// purge deletes the files in an adapter's trash for good.
func (f *folder) purge(id string) error {
	names, err := f.trashed(id)
	if err != nil {
		return err
	}
	for _, name := range names {
		f.note("purge", name)
		if err := f.disk.Remove(path.Join(trashOf(id), name)); err != nil {
			return err
		}
	}
	if err := f.disk.Remove(trashOf(id)); err != nil && lora.CodeOf(err) != lora.NotFound {
		return err
	}
	return nil
}

// finishTrashing enters adapters into the catalog's trash whose files already lie
// there: a crash came between the two.
func (s *scope) finishTrashing(ctx context.Context) error {
	names, err := onDisk(ctx, s.folder, func(func()) ([]string, error) {
		entries, err := s.folder.disk.ReadDir(trashFolder)
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return names, err
	})
	if err != nil || len(names) == 0 {
		return ctx.Err() // most folders have no trash
	}
	places, err := s.run.lib.o.Placement.Places(ctx, names)
	if err != nil {
		return err
	}
	for _, p := range places {
		if p.State == lora.FileTrashed || p.RootID != s.root.ID {
			continue
		}
		trashRel := path.Join(trashOf(p.AdapterID), path.Base(p.RelPath))
		cut, err := onDisk(ctx, s.folder, func(func()) (bool, error) {
			_, there := s.folder.disk.Lstat(p.RelPath)
			_, trashed := s.folder.disk.Lstat(trashRel)
			return there != nil && trashed == nil, nil
		})
		if err == nil && cut {
			err = s.run.lib.o.Placement.SetTrashed(ctx, p.AdapterID, trashRel)
		}
		if err != nil && !errors.Is(err, errHanging) {
			return err
		}
	}
	return nil
}
