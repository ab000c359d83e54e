package library

import (
	"context"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/google/uuid"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Roots lists the library folders with how their disks are doing right now. A disk
// that does not answer costs half a second, once a minute.
func (l *Library) Roots(ctx context.Context) ([]lora.Root, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return nil, err
	}
	var probing sync.WaitGroup
	for i := range roots {
		probing.Go(func() {
			state := l.probe(ctx, roots[i])
			roots[i].Writable, roots[i].Network = state.writable, state.network
			roots[i].Watched = l.watcher.Load().covers(roots[i].ID)
			switch {
			case state.state != stateOnline:
				roots[i].State = stateOffline
			case roots[i].LastScanAt == nil:
				roots[i].State = stateUnscanned
			default:
				roots[i].State = stateOnline
			}
		})
	}
	probing.Wait()
	return roots, nil
}

// AddRoot adds a library folder and begins to scan it. The path is Invalid when it
// does not exist, is no folder, lies in or over another library folder, is a whole disk, or holds
// the server's own data. An empty name becomes the folder's own.
func (l *Library) AddRoot(ctx context.Context, dir, name string) (lora.Root, lora.Scan, error) {
	root := lora.Root{ID: uuid.NewString(), Name: strings.TrimSpace(name), State: stateUnscanned, CreatedAt: l.now()}
	var err error
	if root.Path, err = l.cleanPath(dir); err != nil {
		return root, lora.Scan{}, err
	}
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return root, lora.Scan{}, err
	}
	f, err := l.openFolder(ctx, root)
	if lora.CodeOf(err) == lora.NotFound { // what is missing is what was typed, not what was asked for
		err = lora.FieldErrorf(lora.Invalid, "path", "There is no folder %s on the computer that runs the server.", guard.DisplayName(root.Path))
	}
	if err != nil {
		return root, lora.Scan{}, err
	}
	defer f.close()
	if err := l.admit(ctx, f, roots); err != nil {
		return root, lora.Scan{}, err
	}
	state, err := onDisk(ctx, f, func(func()) (rootState, error) { return look(root.Path), nil })
	if err != nil {
		return root, lora.Scan{}, err
	}
	l.states.put(root.ID, state)
	root.Writable, root.Network = state.writable, state.network
	if root.Name == "" {
		root.Name = guard.DisplayName(path.Base(root.Path))
	}
	if err := l.o.Registry.AddRoot(ctx, root); err != nil {
		return root, lora.Scan{}, err
	}
	l.announce(EventRootsChanged, struct{}{})
	scan, err := l.scanSoon(ctx, root.ID)
	return root, scan, err
}

// cleanPath makes the path absolute; "~" stands for the home folder.
func (l *Library) cleanPath(dir string) (string, error) {
	dir = strings.TrimSpace(dir)
	if l.o.Home != "" && (dir == "~" || strings.HasPrefix(dir, "~/")) {
		dir = filepath.Join(l.o.Home, strings.TrimPrefix(dir, "~"))
	}
	if !filepath.IsAbs(dir) || strings.IndexByte(dir, 0) >= 0 {
		return "", lora.FieldErrorf(lora.Invalid, "path", "Give the folder's whole path, from the root of the disk.")
	}
	return filepath.Clean(dir), nil
}

// admit refuses folders that would be listed twice or do harm.
func (l *Library) admit(ctx context.Context, f *folder, roots []lora.Root) error {
	refuse := func(message string) error { return lora.FieldErrorf(lora.Invalid, "path", "%s", message) }
	resolve := func(dir string) string {
		resolved, err := onDisk(ctx, f, func(func()) (string, error) { return filepath.EvalSymlinks(dir) })
		if err != nil {
			return dir
		}
		return resolved
	}
	mine := resolve(f.root.Path)
	if filepath.Dir(mine) == mine {
		return refuse("This is a whole disk. Choose the folder that holds your adapters.")
	}
	for _, own := range l.o.Private {
		own = resolve(filepath.Clean(own))
		if rel, inside := below(mine, own); inside && (rel == "." || !l.skippedSomewhere(mine, filepath.ToSlash(rel))) {
			return refuse("This folder holds the server's own data. Choose the folder that holds your adapters.")
		}
	}
	for _, other := range roots {
		theirs := other.Path
		if !l.states.hanging(other.ID) {
			theirs = resolve(other.Path)
		}
		if _, inside := below(theirs, mine); inside {
			return refuse("This folder is already part of the library folder " + guard.DisplayName(other.Name) + ".")
		}
		if _, inside := below(mine, theirs); inside {
			return refuse("The library folder " + guard.DisplayName(other.Name) + " lies in this folder. Remove it first, then add this one.")
		}
	}
	return nil
}

// below returns the way from base to dir when dir is base or lies below it.
func below(base, dir string) (string, bool) {
	rel, err := filepath.Rel(base, dir)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rel, true
}

// scanSoon scans a new folder, after the scan that is running if there is one; then
// that one is returned.
func (l *Library) scanSoon(ctx context.Context, rootID string) (lora.Scan, error) {
	scan, err := l.StartScan(ctx, []string{rootID}, TriggerRootAdded)
	if lora.CodeOf(err) != lora.Conflict {
		return scan, err
	}
	if !l.leads() {
		return l.ask(ctx, []string{rootID}, TriggerRootAdded)
	}
	l.mu.Lock()
	running := l.running
	if running != nil {
		l.waiting = append(l.waiting, rootID)
	}
	l.mu.Unlock()
	if running == nil { // it ended meanwhile
		return l.StartScan(ctx, []string{rootID}, TriggerRootAdded)
	}
	return running.snapshot(), nil
}

// RenameRoot changes a folder's display name.
func (l *Library) RenameRoot(ctx context.Context, id, name string) error {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > 200 {
		return lora.FieldErrorf(lora.Invalid, "name", "The name must have 1 to 200 characters.")
	}
	if err := l.o.Registry.RenameRoot(ctx, id, name); err != nil {
		return err
	}
	l.announce(EventRootsChanged, struct{}{})
	return nil
}

// RemoveRoot forgets a library folder; its files are not touched. The records of its
// adapters stay as missing, or go when purge is set. It is a Conflict while a scan runs.
func (l *Library) RemoveRoot(ctx context.Context, id string, purge bool) (int, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return 0, err
	}
	var gone lora.Root
	for _, r := range roots {
		if r.ID == id {
			gone = r
		}
	}
	if gone.ID == "" {
		return 0, lora.Errorf(lora.NotFound, "There is no such library folder.")
	}
	adapters, err := l.forget(ctx, id, purge)
	if err != nil {
		return 0, err
	}
	l.watcher.Load().drop(gone.Path)
	l.states.forget(id)
	l.announce(EventRootsChanged, struct{}{})
	l.changed("root_removed", nil)
	return adapters, nil
}

// forget removes a folder from the registry while nobody scans.
func (l *Library) forget(ctx context.Context, id string, purge bool) (adapters int, err error) {
	scanning := lora.Errorf(lora.Conflict, "A scan is running. Wait for it or cancel it, then remove the folder.")
	select {
	case l.slot <- struct{}{}:
		defer func() { <-l.slot }()
	default:
		return 0, scanning
	}
	t, err := l.tryHold(ctx, scanLease)
	if err != nil {
		return 0, err
	}
	if t == nil {
		return 0, scanning
	}
	defer t.end()
	return l.o.Registry.RemoveRoot(t.ctx, id, purge)
}

// rootByID finds a configured folder.
func (l *Library) rootByID(ctx context.Context, id string) (lora.Root, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return lora.Root{}, err
	}
	for _, r := range roots {
		if r.ID == id {
			return r, nil
		}
	}
	return lora.Root{}, lora.FieldErrorf(lora.NotFound, "root_id", "There is no such library folder.")
}

// withFolder opens the folder a root id names and closes it after use.
func (l *Library) withFolder(ctx context.Context, rootID string, use func(*folder) error) error {
	root, err := l.rootByID(ctx, rootID)
	if err != nil {
		return err
	}
	if l.states.hanging(rootID) {
		return errHanging
	}
	f, err := l.openFolder(ctx, root)
	if err != nil {
		return err
	}
	defer f.close()
	err = use(f)
	if f.hung.Load() {
		l.states.set(rootID, stateHanging)
	}
	return err
}
