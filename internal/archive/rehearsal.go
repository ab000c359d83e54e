package archive

import (
	"context"
	"errors"
	"io"
	"time"

	"loramanager/internal/lora"
)

// rehearseEvery is how often the newest backup is rehearsed.
const rehearseEvery = 7 * 24 * time.Hour

// RehearseBackup begins to restore a backup into an instance of its own, and to compare:
// every file with its digest, and every row of the database by the checksum. The result is
// written beside the backup.
func (a *Archive) RehearseBackup(ctx context.Context, id string) (lora.Transfer, error) {
	place, b, err := a.find(ctx, id)
	if err != nil {
		return lora.Transfer{}, err
	}
	x, err := a.beginRehearsal(ctx, place, b)
	if err != nil {
		return lora.Transfer{}, err
	}
	return x.snapshot(), nil
}

func (a *Archive) beginRehearsal(ctx context.Context, place *BackupPlace, b lora.Backup) (*run, error) {
	if a.options.Backup.Scratch == nil {
		return nil, lora.Errorf(lora.Unavailable, "This server has no room to restore a backup into for a rehearsal.")
	}
	x, err := a.runs.begin(ctx, lora.TransferRehearsal, lora.TransferRunning)
	if err != nil {
		return nil, err
	}
	x.change(func(t *lora.Transfer) { t.BackupID = b.ID })
	x.onEnd(a.backups.hold(&b))
	err = x.work(func(ctx context.Context) error { return a.rehearse(ctx, place, b, x) })
	if err != nil {
		x.finish(err)
		return nil, err
	}
	return x, nil
}

func (a *Archive) rehearse(ctx context.Context, place *BackupPlace, b lora.Backup, x *run) error {
	defer a.announceBackups()
	bad := a.tryOut(ctx, place, b.ID, x)
	if ctx.Err() != nil {
		return bad
	}
	if current, err := place.read(ctx, b.ID); err == nil && current.Checksum != "" {
		b = current // it may have been verified meanwhile
	}
	now := a.now().UTC()
	b.RehearsedAt, b.RehearsalBad = &now, ""
	if bad != nil {
		b.RehearsalBad = failureSentence(bad)
		if damaged(bad) {
			b.Status, b.Error = backupDamaged, b.RehearsalBad
		}
	}
	return errors.Join(bad, place.describe(ctx, &b))
}

// tryOut is the rehearsal itself.
func (a *Archive) tryOut(ctx context.Context, place *BackupPlace, id string, x *run) (err error) {
	o, err := a.open(ctx, place, id, true)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.verify(ctx, x); err != nil {
		return err
	}
	x.phase("saving", o.head.Counts.Rows, 0)
	scratch, discard, err := a.options.Backup.Scratch(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, discard()) }()
	loaded, err := o.load(ctx, scratch, x.about, func() error { return nil })
	if err != nil {
		return err
	}
	x.phase("comparing", 0, 0)
	if err := scratch.Ready(ctx); err != nil {
		return err
	}
	counts, _, err := scratch.Dump(ctx, func(string) (io.Writer, error) { return io.Discard, nil })
	if err == nil && counts != loaded.Counts {
		err = lora.Errorf(lora.Invalid, "The restored instance holds something else than the backup: %+v instead of %+v.", counts, loaded.Counts)
	}
	return err
}

// rehearsalDue finds the newest sound backup when none was rehearsed for a week.
func (a *Archive) rehearsalDue(ctx context.Context) (*BackupPlace, lora.Backup, bool) {
	now := a.now()
	for i := range a.options.Backup.Places {
		place := &a.options.Backup.Places[i]
		list, err := place.list(ctx)
		if err != nil {
			continue // the schedule of backups tells of it
		}
		var newest *lora.Backup
		recent := false
		for i := range list {
			b := &list[i]
			if b.RehearsedAt != nil && now.Sub(*b.RehearsedAt) < rehearseEvery {
				recent = true
			}
			if newest == nil && b.Type != backupRestorePoint && b.Status == backupVerified {
				newest = b
			}
		}
		if newest != nil && !recent {
			return place, *newest, true
		}
	}
	return nil, lora.Backup{}, false
}
