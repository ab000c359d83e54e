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

// errInTrash says that an adapter need not be trashed.
var errInTrash = lora.Errorf(lora.Conflict, "It is in the trash already.")

// Trash moves an adapter with its sidecars and previews into the trash of its root.
// The record is kept and can be restored. Of a missing file only the record goes.
func (l *Library) Trash(ctx context.Context, id string) error {
	if err := l.trashing().one(ctx, id); !errors.Is(err, errInTrash) {
		return err
	}
	return nil
}

// TrashAll is Trash for many adapters: what cannot be trashed does not stop the others.
func (l *Library) TrashAll(ctx context.Context, places []lora.Place) Outcome {
	return l.trashing().carryOut(ctx, places)
}

func (l *Library) trashing() *orders {
	s := &orders{lib: l, reason: "trash", enter: l.setTrashed}
	s.plan = func(ctx context.Context, place *lora.Place) (*order, error) {
		o := &order{was: *place, is: lora.Place{AdapterID: place.AdapterID, TrashRel: path.Join(trashOf(place.AdapterID), path.Base(place.RelPath))}}
		switch place.State {
		case lora.FileTrashed:
			return nil, errInTrash
		case lora.FileMissing:
			return o, nil
		}
		f, err := s.folder(ctx, place.RootID)
		if err != nil {
			return nil, err
		}
		group, err := s.group(ctx, f, place.RelPath)
		for _, rel := range group {
			o.moves = append(o.moves, move{f, rel, f, path.Join(trashOf(place.AdapterID), path.Base(rel))})
		}
		return o, err
	}
	s.tidy = func(ctx context.Context, o *order) {
		if len(o.moves) > 0 {
			s.folders[o.was.RootID].removeLeft(ctx, o.was.RelPath)
		}
	}
	return s
}

func (l *Library) setTrashed(ctx context.Context, moved []*order) ([]error, error) {
	list := make([]lora.Place, len(moved))
	for i, o := range moved {
		list[i] = o.is
	}
	return l.o.Placement.SetTrashed(ctx, list)
}

// Restore moves an adapter from the trash back to where it was; a Conflict when that
// place is taken.
func (l *Library) Restore(ctx context.Context, id string) error { return l.restoring().one(ctx, id) }

// RestoreAll is Restore for many adapters: what cannot be restored does not stop the others.
func (l *Library) RestoreAll(ctx context.Context, places []lora.Place) Outcome {
	return l.restoring().carryOut(ctx, places)
}

func (l *Library) restoring() *orders {
	s := &orders{lib: l, reason: "restore"}
	s.plan = func(ctx context.Context, place *lora.Place) (*order, error) {
		if place.State != lora.FileTrashed {
			return nil, lora.Errorf(lora.Conflict, "The adapter does not lie in the trash.")
		}
		f, err := s.folder(ctx, place.RootID)
		if err != nil {
			return nil, err
		}
		names, err := onDisk(ctx, f, func(func()) ([]string, error) { return f.trashed(place.AdapterID) })
		o := &order{was: *place, is: lora.Place{AdapterID: place.AdapterID}}
		for _, name := range names {
			o.moves = append(o.moves, move{f, path.Join(trashOf(place.AdapterID), name), f, path.Join(path.Dir(place.RelPath), name)})
		}
		return o, err
	}
	s.enter = func(ctx context.Context, moved []*order) ([]error, error) {
		refused, err := l.setTrashed(ctx, moved)
		if err != nil {
			return nil, err
		}
		var missing []string
		for i, o := range moved {
			if refused[i] == nil && len(o.moves) == 0 { // it was missing when it was trashed, or somebody cleared the folder
				missing = append(missing, o.was.AdapterID)
			}
		}
		_, err = l.o.Files.MarkMissing(ctx, missing)
		return refused, err
	}
	s.tidy = func(ctx context.Context, o *order) {
		s.folders[o.was.RootID].removeEmpty(ctx, trashOf(o.was.AdapterID))
	}
	return s
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
			f.removeEmpty(ctx, trashFolder)
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
	var begun []lora.Place
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
			begun = append(begun, lora.Place{AdapterID: p.AdapterID, TrashRel: trashRel})
		}
	}
	if len(begun) == 0 {
		return ctx.Err()
	}
	_, err = s.run.lib.o.Placement.SetTrashed(ctx, begun) // what is refused is left to the scan
	return err
}
