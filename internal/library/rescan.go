package library

import (
	"context"
	"path"
	"slices"

	"loramanager/internal/lora"
)

// Rescan reads one adapter and the files beside it again, changed or not.
func (l *Library) Rescan(ctx context.Context, id string) error {
	place, err := l.o.Placement.Place(ctx, id)
	if err != nil {
		return err
	}
	if place.State == lora.FileTrashed {
		return lora.Errorf(lora.Conflict, "The adapter lies in the trash. Restore it first.")
	}
	asked := touched{place.RootID, place.RelPath}
	_, err = l.rescanFolders(ctx, []touched{{place.RootID, path.Dir(place.RelPath)}}, map[touched]bool{asked: true})
	return err
}

// Arrived reads files that this program itself has just put into library folders, whole:
// unlike what others write there, they need not settle first.
func (l *Library) Arrived(ctx context.Context, files []lora.Folder) error {
	var folders []touched
	asked := make(map[touched]bool, len(files))
	for _, f := range files {
		asked[touched{f.RootID, f.RelPath}] = true
		if folder := (touched{f.RootID, path.Dir(f.RelPath)}); !slices.Contains(folders, folder) {
			folders = append(folders, folder)
		}
	}
	_, err := l.rescanFolders(ctx, folders, asked)
	return err
}

// rescanFolders looks at single folders, and new ones below them, after a change
// was noticed. It returns the folders with files that are still being written.
func (l *Library) rescanFolders(ctx context.Context, folders []touched, asked map[touched]bool) ([]touched, error) {
	roots, err := l.o.Registry.Roots(ctx)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(l.ctx, cancel)()
	r := l.newRun(roots, TriggerWatch)
	r.asked, r.cancel = asked, cancel
	for _, root := range roots {
		s := &scope{run: r, root: root}
		for _, f := range folders {
			if f.rootID == root.ID {
				s.starts = append(s.starts, f.rel)
			}
		}
		r.scopes = append(r.scopes, s)
	}
	if err := l.exclusively(ctx, r.do); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	c := r.snapshot().Counts
	if c.Added+c.Updated+c.Moved+c.Missing+c.Restored > 0 {
		if err := l.o.ScanLog.SaveScan(ctx, r.closed(ctx, nil)); err != nil {
			return nil, err
		}
	}
	waiting := make([]touched, 0, len(r.unsettled))
	for t := range r.unsettled {
		waiting = append(waiting, t)
	}
	return waiting, nil
}

func (r *run) present(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.presentIDs = append(r.presentIDs, id)
}

func (r *run) unsettle(rootID, folder string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.unsettled[touched{rootID, folder}] = struct{}{}
}
