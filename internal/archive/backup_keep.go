package archive

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// keptRestorePoints is how many restore points stay in a place.
const keptRestorePoints = 10

// backups is what this process has under way around backups.
type backups struct {
	turn chan struct{} // held by the one that is written
	stop context.CancelFunc
	loop sync.WaitGroup
	wake chan struct{} // a schedule was changed

	mu   sync.Mutex
	read map[string]int // backups that somebody reads, by id: how many do
}

// openBackups is called by New.
func (a *Archive) openBackups() {
	a.backups.turn, a.backups.wake = make(chan struct{}, 1), make(chan struct{}, 1)
	a.backups.stop = func() {}
	if a.options.Import.RestorePoint == nil && len(a.options.Backup.Places) > 0 {
		a.options.Import.RestorePoint = a.restorePoint
	}
}

// hold keeps a backup, and those it stands on, from being deleted until release.
func (b *backups) hold(one *lora.Backup) (release func()) {
	ids := append([]string{one.ID}, one.Bases...)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.read == nil {
		b.read = make(map[string]int)
	}
	for _, id := range ids {
		b.read[id]++
	}
	return sync.OnceFunc(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, id := range ids {
			if b.read[id]--; b.read[id] == 0 {
				delete(b.read, id)
			}
		}
	})
}

func (b *backups) held(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.read[id] > 0
}

// restorePoint makes the backup of the database that takes a change back.
func (a *Archive) restorePoint(ctx context.Context, note string) (id string, err error) {
	m, err := a.beginBackup(ctx, BackupOrder{Type: backupRestorePoint, Note: note})
	if err != nil {
		return "", err
	}
	b, err := m.wait(ctx)
	if err != nil {
		return "", err
	}
	if err := a.keepRestorePoints(ctx, m.place); err != nil {
		a.log.Warn("old restore points could not be deleted", "error", err)
	}
	return b.ID, nil
}

func (a *Archive) keepRestorePoints(ctx context.Context, place *BackupPlace) error {
	all, err := place.list(ctx)
	if err != nil {
		return err
	}
	return a.keep(ctx, place, all, lora.Retention{Last: keptRestorePoints}, time.UTC, func(b *lora.Backup) bool { return b.Type == backupRestorePoint })
}

// keep deletes what a retention lets go of the sound backups that are asked about. One that
// is being read goes another time.
func (a *Archive) keep(ctx context.Context, place *BackupPlace, all []lora.Backup, retention lora.Retention, zone *time.Location, asked func(b *lora.Backup) bool) error {
	var kept []lora.Backup
	for _, b := range all {
		if b.Status != backupDamaged && asked(&b) {
			kept = append(kept, b)
		}
	}
	var errs []error
	gone := expired(retention, zone, kept, all)
	for i := len(gone) - 1; i >= 0; i-- { // what needs others goes before them
		if !a.backups.held(gone[i].ID) {
			errs = append(errs, place.remove(ctx, gone[i].ID))
		}
	}
	if len(gone) > 0 {
		a.announceBackups()
	}
	return errors.Join(errs...)
}

// remove deletes a backup. Its description goes last: a file without one is taken in again.
func (p *BackupPlace) remove(ctx context.Context, id string) error {
	if err := p.Vault.Delete(ctx, id+backupSuffix); err != nil {
		return err
	}
	return p.Vault.Delete(ctx, id+descriptionSuffix)
}

// DeleteBackup deletes a backup. Conflict while later ones need it, unless dependents says
// that they go too, and while one of them is made or read.
func (a *Archive) DeleteBackup(ctx context.Context, id string, dependents bool) error {
	select { // first: one that is made while it is looked for may need it
	case a.backups.turn <- struct{}{}:
		defer func() { <-a.backups.turn }()
	default:
		return lora.Errorf(lora.Conflict, "A backup is being made, and may need this one. Delete it when that is done.")
	}
	place, b, err := a.find(ctx, id)
	if err != nil {
		return err
	}
	if len(b.NeededBy) > 0 && !dependents {
		return lora.Errorf(lora.Conflict, "The backup %s is needed by %s. Delete those first, or together with it.", id, strings.Join(b.NeededBy, ", "))
	}
	if slices.ContainsFunc(append(b.NeededBy, id), a.backups.held) {
		return lora.Errorf(lora.Conflict, "The backup %s is being restored, verified or rehearsed, or one that needs it. Delete it when that is done.", id)
	}
	defer a.announceBackups()
	for i := len(b.NeededBy) - 1; i >= 0; i-- { // the latest first: it may need the others
		if err := place.remove(ctx, b.NeededBy[i]); err != nil {
			return err
		}
	}
	return place.remove(ctx, id)
}

// adoptBackups describes backups that lie in a place without a description: because the
// server was stopped between the two, or because somebody put one there.
func (a *Archive) adoptBackups(ctx context.Context, place *BackupPlace) {
	files, described := make(map[string]bool), make(map[string]bool)
	err := place.Vault.List(ctx, func(name string, _ int64, _ time.Time) error {
		if id, ok := strings.CutSuffix(name, backupSuffix); ok && backupID.MatchString(id) {
			files[id] = true
		} else if id, ok := strings.CutSuffix(name, descriptionSuffix); ok {
			described[id] = true
		}
		return nil
	})
	for id := range files {
		if err == nil && !described[id] && ctx.Err() == nil {
			a.adopt(ctx, place, id)
		}
	}
}

func (a *Archive) adopt(ctx context.Context, place *BackupPlace, id string) {
	o, err := a.open(ctx, place, id, true)
	if err != nil {
		a.log.Warn("a file among the backups is none, and left alone", "place", place.Name, "file", id+backupSuffix, "error", err)
		return
	}
	b := o.description()
	if err := errors.Join(o.close(), place.describe(ctx, &b)); err != nil {
		a.log.Warn("a backup could not be described", "backup", id, "error", err)
		return
	}
	a.log.Info("a backup without a description was taken in", "backup", id)
	a.announceBackups()
}
