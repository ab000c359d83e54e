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
	if err := l.checkFolder(folder); err != nil {
		return err
	}
	return l.relocation(into(rootID, folder)).one(ctx, id)
}

// MoveAll is Move for many adapters: what cannot be moved does not stop the others.
func (l *Library) MoveAll(ctx context.Context, places []lora.Place, rootID, folder string) (Outcome, error) {
	if err := l.checkFolder(folder); err != nil {
		return Outcome{}, err
	}
	if _, err := l.rootByID(ctx, rootID); err != nil {
		return Outcome{}, err
	}
	return l.relocation(into(rootID, folder)).carryOut(ctx, places), nil
}

// checkFolder refuses, as Invalid, a folder below a root that nothing can be moved to.
func (l *Library) checkFolder(folder string) error {
	folder = strings.Trim(folder, "/")
	if folder == "" {
		return nil
	}
	if err := guard.CheckRel(folder); err != nil {
		return err
	}
	if l.skippedSomewhere("", folder) {
		return lora.FieldErrorf(lora.Invalid, "path", "Scans leave this folder out; choose one whose name does not begin with a dot.")
	}
	return nil
}

// target says where an adapter's file goes.
type target func(place *lora.Place) (rootID, rel string, err error)

func into(rootID, folder string) target {
	folder = strings.Trim(folder, "/")
	return func(place *lora.Place) (string, string, error) {
		if isPEFT(place.RelPath) && path.Dir(place.RelPath) != "." {
			return rootID, path.Join(folder, path.Base(path.Dir(place.RelPath)), peftWeights), nil
		}
		return rootID, path.Join(folder, path.Base(place.RelPath)), nil
	}
}

// PutBack brings the files of adapters, wherever they are now, to the given places.
func (l *Library) PutBack(ctx context.Context, are, were []lora.Place) Outcome {
	back := make(map[string]*lora.Place, len(were))
	for i := range were {
		back[were[i].AdapterID] = &were[i]
	}
	return l.relocation(func(place *lora.Place) (string, string, error) {
		was := back[place.AdapterID]
		return was.RootID, was.RelPath, nil
	}).carryOut(ctx, are)
}

// RemoveEmpty removes those of the folders that hold nothing. They are given as
// Outcome.Made lists them.
func (l *Library) RemoveEmpty(ctx context.Context, folders []lora.Folder) {
	s := orders{lib: l, folders: map[string]*folder{}}
	defer s.close()
	for _, made := range slices.Backward(folders) {
		if f, err := s.folder(ctx, made.RootID); err == nil {
			f.removeEmpty(ctx, made.RelPath)
		}
	}
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
	return l.relocation(func(place *lora.Place) (string, string, error) {
		rel, err := renamed(place.RelPath, fileName)
		return place.RootID, rel, err
	}).one(ctx, id)
}

// renamed is the path of an adapter's file under its new name.
func renamed(rel, fileName string) (string, error) {
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
}

// relocation moves adapters to where target says, and their records with them.
func (l *Library) relocation(where target) *orders {
	s := &orders{lib: l, reason: "move", enter: l.relocate}
	s.plan = func(ctx context.Context, place *lora.Place) (*order, error) {
		switch place.State {
		case lora.FileTrashed:
			return nil, lora.Errorf(lora.Conflict, "The adapter lies in the trash. Restore it first.")
		case lora.FileMissing:
			return nil, lora.Errorf(lora.Conflict, "The adapter's file is missing, so it cannot be moved.")
		}
		rootID, rel, err := where(place)
		if err != nil || rootID == place.RootID && rel == place.RelPath {
			return nil, err
		}
		return s.planMove(ctx, place, rootID, rel)
	}
	s.tidy = func(ctx context.Context, o *order) { s.folders[o.was.RootID].removeLeft(ctx, o.was.RelPath) }
	return s
}

func (s *orders) planMove(ctx context.Context, place *lora.Place, rootID, newRel string) (*order, error) {
	from, err := s.folder(ctx, place.RootID)
	if err != nil {
		return nil, err
	}
	to, err := s.folder(ctx, rootID)
	if err != nil {
		return nil, err
	}
	group, err := s.group(ctx, from, place.RelPath)
	if err != nil {
		return nil, err
	}
	o := &order{was: *place, is: lora.Place{AdapterID: place.AdapterID, RootID: rootID, RelPath: newRel}}
	for _, rel := range group {
		m := move{from, rel, to, companionTarget(place.RelPath, rel, newRel)}
		if slices.ContainsFunc(o.moves, func(other move) bool { return other.newRel == m.newRel }) {
			continue // a second sidecar of that name; the first is trusted more
		}
		if rel == place.PreviewRel {
			o.is.PreviewRel = m.newRel
		}
		o.moves = append(o.moves, m)
	}
	if name := nameFrom(newRel); name != nameFrom(place.RelPath) {
		o.name = guard.DisplayName(name)
	}
	return o, nil
}

func (l *Library) relocate(ctx context.Context, moved []*order) ([]error, error) {
	list := make([]lora.Relocation, len(moved))
	for i, o := range moved {
		list[i] = lora.Relocation{AdapterID: o.is.AdapterID, RootID: o.is.RootID, RelPath: o.is.RelPath, PreviewRel: o.is.PreviewRel, Name: o.name}
	}
	return l.o.Placement.Relocate(ctx, list)
}

// companionTarget names a companion of oldRel for an adapter that becomes newRel. A
// sidecar that belongs to it by what it holds, not by name, gets its name with a new
// one: what it holds names the old.
func companionTarget(oldRel, rel, newRel string) string {
	there := func(name string) string { return path.Join(path.Dir(newRel), name) }
	oldStem, _, _ := sidecar.Split(path.Base(oldRel))
	newStem, _, _ := sidecar.Split(path.Base(newRel))
	suffix, ok := strings.CutPrefix(path.Base(rel), oldStem)
	switch {
	case oldStem == newStem:
		return there(path.Base(rel))
	case ok && strings.HasPrefix(suffix, "."):
		return there(newStem + suffix)
	}
	return there(newStem + ".json")
}

// removeLeft removes the folder a PEFT adapter left, if nothing else is in it.
func (f *folder) removeLeft(ctx context.Context, rel string) {
	if isPEFT(rel) && path.Dir(rel) != "." {
		f.removeEmpty(ctx, path.Dir(rel))
	}
}

// removeEmpty removes a folder that holds nothing.
func (f *folder) removeEmpty(ctx context.Context, dir string) {
	_, _ = onDisk(ctx, f, func(func()) (struct{}, error) {
		return struct{}{}, f.disk.Remove(dir) // refused while it holds anything
	})
}

// move is one file on its way.
type move struct {
	from   *folder
	oldRel string
	to     *folder
	newRel string
}

// moveAll moves all files or none, and says which folders it made for them. The
// function it returns takes everything back.
func moveAll(ctx context.Context, moves []move) (undo func() error, made []lora.Folder, err error) {
	var done []move
	to := moves[0].to
	takeBack := func() error {
		// Also when the caller has gone: half a move would be worse.
		ctx := context.WithoutCancel(ctx)
		var errs []error
		for _, m := range slices.Backward(done) {
			errs = append(errs, moveOne(ctx, move{m.to, m.newRel, m.from, m.oldRel}))
		}
		for _, dir := range slices.Backward(made) {
			to.removeEmpty(ctx, dir.RelPath) // others may use it by now
		}
		return errors.Join(errs...)
	}
	if made, err = makeFolder(ctx, to, path.Dir(moves[0].newRel)); err != nil {
		return nil, nil, errors.Join(explain(err, to.root), takeBack())
	}
	for _, m := range moves {
		if err := moveOne(ctx, m); err != nil {
			return nil, nil, errors.Join(explain(err, m.to.root), takeBack())
		}
		done = append(done, m)
	}
	return takeBack, made, nil
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
func makeFolder(ctx context.Context, f *folder, dir string) ([]lora.Folder, error) {
	return onDisk(context.WithoutCancel(ctx), f, func(func()) ([]lora.Folder, error) {
		var made []lora.Folder
		for d := dir; d != "."; d = path.Dir(d) {
			if _, err := f.disk.Lstat(d); err == nil {
				break
			}
			made = append(made, lora.Folder{RootID: f.root.ID, RelPath: d})
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
