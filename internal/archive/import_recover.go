package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// RecoverImports ends what imports and restores of processes that died have begun: files of
// imports that were committed go to their places, what else was staged is removed. It is
// called at the start, before anything is imported, and by StartBackups now and then. alone
// says that no other process uses the database and nothing runs in this one; otherwise what
// belongs to a run that lives is left to it.
func (a *Archive) RecoverImports(ctx context.Context, alone bool) error {
	ports := a.options.Import
	if ports.Catalog == nil {
		return nil
	}
	journals, err := ports.Catalog.Journals(ctx)
	if err != nil {
		return err
	}
	roots, err := ports.Library.Roots(ctx)
	if err != nil {
		return err
	}
	disks := make(map[string]*guard.Root)
	for _, root := range roots {
		disk, err := guard.OpenRoot(root.Path)
		if err != nil {
			continue // offline; what it is owed stays in the journal
		}
		defer func() { _ = disk.Close() }()
		disks[root.ID] = disk
	}
	owing := make(map[string]bool)
	var errs []error
	for i := range journals {
		if !alone && a.isAtWork(&journals[i]) {
			owing[journals[i].TransferID] = true
			continue
		}
		if err := a.recover(ctx, &journals[i], disks); err != nil {
			owing[journals[i].TransferID] = true
			errs = append(errs, fmt.Errorf("import %s: %w", journals[i].TransferID, err))
		}
	}
	over := func(id string) bool { return !owing[id] && (alone || a.isOver(ctx, id)) }
	for _, disk := range disks {
		for _, prefix := range []string{stagingPrefix, restorePrefix} {
			errs = append(errs, a.sweepStaging(disk, stagingFolder, prefix, over))
		}
		_ = disk.Remove(stagingFolder) // refused while anything is in it
	}
	errs = append(errs, a.sweepStaging(a.options.Data, importsFolder, "", over))
	return errors.Join(errs...)
}

// recoverDead recovers what processes have left that died since the start, when some did or
// files are owed.
func (a *Archive) recoverDead(ctx context.Context, ended int) {
	if a.options.Import.Catalog == nil {
		return
	}
	journals, err := a.options.Import.Catalog.Journals(ctx)
	if err == nil && (ended > 0 || len(journals) > 0) {
		err = a.RecoverImports(ctx, false)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Debug("what a process that died has left is not put right yet; it is tried again", "error", err)
	}
}

// isAtWork reports whether a committed import is being placed by a process that lives.
func (a *Archive) isAtWork(j *lora.Journal) bool {
	_, ours := a.runs.find(j.TransferID)
	return ours || !j.State.Final() && time.Since(j.BeatAt) < lostAfter
}

// isOver reports whether an import, perhaps of another process, has ended.
func (a *Archive) isOver(ctx context.Context, id string) bool {
	t, err := a.options.History.Transfer(ctx, id)
	return lora.CodeOf(err) == lora.NotFound || err == nil && t.State.Final()
}

// recover finishes one committed import.
func (a *Archive) recover(ctx context.Context, journal *lora.Journal, disks map[string]*guard.Root) error {
	p := &placing{
		archive: a, id: journal.TransferID,
		root: func(id string) (*guard.Root, error) {
			if disk := disks[id]; disk != nil {
				return disk, nil
			}
			return nil, lora.Errorf(lora.Unavailable, "A library folder that files of an import belong to cannot be reached.")
		},
		note: func(format string, args ...any) {
			a.log.Warn("an import that was interrupted", "transfer", journal.TransferID, "note", fmt.Sprintf(format, args...))
		},
	}
	for i := range journal.Entries {
		if err := p.one(ctx, &journal.Entries[i]); err != nil {
			return err
		}
		a.options.Failpoint("import.placed")
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	return a.closeBooks(ctx, journal.TransferID)
}

// closeBooks says in the history that the import is done after all.
func (a *Archive) closeBooks(ctx context.Context, id string) error {
	t, err := a.options.History.Transfer(ctx, id)
	if lora.CodeOf(err) == lora.NotFound {
		return nil
	}
	if err != nil || t.State == lora.TransferDone {
		return err
	}
	now := a.now().UTC()
	t.State, t.Error, t.FinishedAt, t.Phase = lora.TransferDone, "", &now, phasePlaced
	t.Notes = append(t.Notes, "The server was stopped while files were put in their places; that was finished at the next start.")
	return a.options.History.PutTransfer(ctx, t, a.runs.process)
}

// sweepStaging removes what imports that are over have left in a folder.
func (a *Archive) sweepStaging(disk *guard.Root, folder, prefix string, over func(id string) bool) error {
	var left []string
	err := disk.List(folder, func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			id, ok := strings.CutPrefix(e.Name(), prefix)
			if _, live := a.runs.find(id); ok && !live && over(id) {
				left = append(left, e.Name())
			}
		}
		return true
	})
	if lora.CodeOf(err) == lora.NotFound {
		return nil
	}
	errs := []error{err}
	for _, name := range left {
		errs = append(errs, disk.RemoveAll(folder+"/"+name))
	}
	return errors.Join(errs...)
}
