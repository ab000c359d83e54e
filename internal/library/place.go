package library

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// Move puts an adapter, with its sidecars and previews, into a folder of a root;
// an empty folder is the root itself. Missing folders are made. Nothing is
// overwritten: a taken name is a Conflict, and then nothing has moved.
func (l *Library) Move(ctx context.Context, id, rootID, folder string) error {
	folder = strings.Trim(folder, "/")
	if folder != "" {
		if err := guard.CheckRel(folder); err != nil {
			return err
		}
		if l.skippedSomewhere("", folder) {
			return lora.FieldErrorf(lora.Invalid, "folder", "Scans leave this folder out; choose one whose name does not begin with a dot.")
		}
	}
	return l.relocate(ctx, id, rootID, func(rel string) (string, error) {
		if isPEFT(rel) && path.Dir(rel) != "." {
			return path.Join(folder, path.Base(path.Dir(rel)), peftWeights), nil
		}
		return path.Join(folder, path.Base(rel)), nil
	})
}

// Rename gives an adapter's file, sidecars and previews a new name in the same
// folder. The extension stays and need not be given. Of a PEFT adapter the folder
// is what bears the name.
func (l *Library) Rename(ctx context.Context, id, fileName string) error {
	if err := guard.CheckRel(fileName); err != nil {
		return err
	}
	if strings.ContainsRune(fileName, '/') || strings.HasPrefix(fileName, ".") {
		return lora.FieldErrorf(lora.Invalid, "file_name", "The name must not contain a slash or begin with a dot.")
	}
	return l.relocate(ctx, id, "", func(rel string) (string, error) {
		dir, ext := path.Dir(rel), path.Ext(rel)
		if isPEFT(rel) {
			if dir == "." {
				return "", lora.FieldErrorf(lora.Conflict, "file_name", "This adapter is named after the library folder itself.")
			}
			return path.Join(path.Dir(dir), fileName, peftWeights), nil
		}
		stem := fileName
		if inner, role, _ := sidecar.Split(fileName); role == sidecar.Adapter {
			if !strings.EqualFold(path.Ext(fileName), ext) {
				return "", lora.FieldErrorf(lora.Invalid, "file_name", "The extension must stay %s.", ext)
			}
			stem = inner
		}
		return path.Join(dir, stem+ext), nil
	})
}

// relocate moves an adapter to where target says, and its record with it.
func (l *Library) relocate(ctx context.Context, id, rootID string, target func(rel string) (string, error)) error {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return err
	}
	switch place.State {
	case lora.FileTrashed:
		return lora.Errorf(lora.Conflict, "The adapter lies in the trash. Restore it first.")
	case lora.FileMissing:
		return lora.Errorf(lora.Conflict, "The adapter's file is missing, so it cannot be moved.")
	}
	newRel, err := target(place.RelPath)
	if err != nil {
		return err
	}
	if rootID == "" {
		rootID = place.RootID
	}
	if rootID == place.RootID && newRel == place.RelPath {
		return nil
	}
	return l.withFolder(ctx, place.RootID, func(from *folder) error {
		if rootID == place.RootID {
			return l.transfer(ctx, &place, from, from, newRel)
		}
		return l.withFolder(ctx, rootID, func(to *folder) error {
			return l.transfer(ctx, &place, from, to, newRel)
		})
	})
}

// transfer moves the files, then the record; if that fails, the files back.
func (l *Library) transfer(ctx context.Context, place *lora.Place, from, to *folder, newRel string) error {
	group, err := onDisk(ctx, from, func(func()) ([]string, error) { return from.group(place.RelPath), nil })
	if err != nil {
		return err
	}
	moves := make([]move, len(group))
	previewRel := ""
	for i, rel := range group {
		moves[i] = move{from, rel, to, companionTarget(place.RelPath, rel, newRel)}
		if rel == place.PreviewRel {
			previewRel = moves[i].newRel
		}
	}
	l.notePlaced(place.AdapterID)
	undo, err := moveAll(ctx, moves)
	if err != nil {
		return err
	}
	if err := l.o.Placement.Relocate(ctx, place.AdapterID, to.root.ID, newRel, previewRel); err != nil {
		return errors.Join(err, undo())
	}
	l.notePlaced(place.AdapterID) // once more, for a scan that began meanwhile
	from.removeEmpty(ctx, place.RelPath)
	l.changed("move", []string{place.AdapterID})
	return nil
}

// companionTarget names a companion of oldRel for an adapter that becomes newRel.
func companionTarget(oldRel, rel, newRel string) string {
	if isPEFT(oldRel) {
		return path.Join(path.Dir(newRel), path.Base(rel))
	}
	oldStem, _, _ := sidecar.Split(path.Base(oldRel))
	newStem, _, _ := sidecar.Split(path.Base(newRel))
	suffix, ok := strings.CutPrefix(path.Base(rel), oldStem)
	if !ok {
		return path.Join(path.Dir(newRel), path.Base(rel))
	}
	return path.Join(path.Dir(newRel), newStem+suffix)
}

// group lists an adapter and the companions that go where it goes.
func (f *folder) group(rel string) []string {
	rels := []string{rel}
	stem, _, _ := sidecar.Split(path.Base(rel))
	if kindOf(path.Base(rel)) != safetensorsFile {
		if _, err := f.disk.Lstat(path.Join(path.Dir(rel), stem+".safetensors")); err == nil {
			return rels // the companions are that file's
		}
	}
	names := append(companionNames(rel, sidecar.Candidates), companionNames(rel, sidecar.PreviewCandidates)...)
	if isPEFT(rel) {
		names = append(names, path.Join(path.Dir(rel), peftConfig))
	}
	for _, name := range names {
		if info, err := f.disk.Lstat(name); err == nil && info.Mode().IsRegular() {
			rels = append(rels, name)
		}
	}
	return rels
}

// removeEmpty removes the folder a PEFT adapter left, if nothing else is in it.
func (f *folder) removeEmpty(ctx context.Context, rel string) {
	if !isPEFT(rel) || path.Dir(rel) == "." {
		return
	}
	_, _ = onDisk(ctx, f, func(func()) (struct{}, error) {
		return struct{}{}, f.disk.Remove(path.Dir(rel)) // refused while it holds anything
	})
}

// move is one file on its way.
type move struct {
	from   *folder
	oldRel string
	to     *folder
	newRel string
}

// moveAll moves all files or none. The function it returns takes everything back.
func moveAll(ctx context.Context, moves []move) (undo func() error, err error) {
	var done []move
	var made []string
	takeBack := func() error {
		// Also when the caller has gone: half a move would be worse.
		ctx := context.WithoutCancel(ctx)
		var errs []error
		for _, m := range slices.Backward(done) {
			errs = append(errs, moveOne(ctx, move{m.to, m.newRel, m.from, m.oldRel}))
		}
		for _, dir := range slices.Backward(made) {
			_, _ = onDisk(ctx, moves[0].to, func(func()) (struct{}, error) {
				return struct{}{}, moves[0].to.disk.Remove(dir) // refused when others use it by now
			})
		}
		return errors.Join(errs...)
	}
	if made, err = makeFolder(ctx, moves[0].to, path.Dir(moves[0].newRel)); err != nil {
		return nil, errors.Join(explain(err, moves[0].to.root), takeBack())
	}
	for _, m := range moves {
		if err := moveOne(ctx, m); err != nil {
			return nil, errors.Join(explain(err, m.to.root), takeBack())
		}
		done = append(done, m)
	}
	return takeBack, nil
}

// moveOne moves one file. Copying between disks takes as long as it takes, so that
// is not held to the patience for single answers.
func moveOne(ctx context.Context, m move) error {
	if m.from == m.to {
		_, err := onDisk(context.WithoutCancel(ctx), m.from, func(func()) (struct{}, error) {
			m.from.note("move", m.oldRel)
			return struct{}{}, m.from.disk.Rename(m.oldRel, m.newRel)
		})
		return err
	}
	m.from.note("move", m.oldRel)
	return guard.Move(ctx, m.from.disk, m.oldRel, m.to.disk, m.newRel)
}

// makeFolder makes a folder with those above it and returns which were made, upper first.
func makeFolder(ctx context.Context, f *folder, dir string) ([]string, error) {
	return onDisk(context.WithoutCancel(ctx), f, func(func()) ([]string, error) {
		var made []string
		for d := dir; d != "."; d = path.Dir(d) {
			if _, err := f.disk.Lstat(d); err == nil {
				break
			}
			made = append(made, d)
		}
		slices.Reverse(made)
		if len(made) == 0 {
			return nil, nil
		}
		return made, f.disk.MkdirAll(dir)
	})
}

// explain says plainly when a folder may not be changed.
func explain(err error, root lora.Root) error {
	if errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) {
		return &lora.Error{Code: lora.Forbidden, Err: err,
			Message: "The library folder " + guard.DisplayName(root.Name) + " is read-only for the server, so nothing in it can be moved or deleted."}
	}
	return err
}

// notePlaced tells a running scan that a file is not missing but was moved by us.
func (l *Library) notePlaced(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy() {
		l.placed[id] = struct{}{}
	}
}
