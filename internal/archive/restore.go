package archive

import (
	"context"
	"errors"
	"io"

	"loramanager/internal/lora"
)

// RestoreBackup begins to restore a backup: everything it holds is verified, a restore
// point is made, its pictures are put back where they are missing, and the database is
// replaced in one transaction. With files, adapter files that are missing here are put
// back as well; none is ever overwritten. When the restored database cannot be used, the
// restore point is loaded again. Conflict while something else changes the catalog.
func (a *Archive) RestoreBackup(ctx context.Context, id string, files bool) (lora.Transfer, error) {
	place, b, err := a.find(ctx, id)
	if err != nil {
		return lora.Transfer{}, err
	}
	if b.Schema > a.options.Schema {
		return lora.Transfer{}, lora.Errorf(lora.Conflict, "The backup was made by a newer version (%s). Update this server first.", b.Program)
	}
	// Asked first: while another restore saves, the database takes no word of this one.
	if err := a.runs.free(); err != nil {
		return lora.Transfer{}, err
	}
	x, err := a.runs.begin(ctx, lora.TransferRestore, lora.TransferRunning)
	if err != nil {
		return lora.Transfer{}, err
	}
	x.change(func(t *lora.Transfer) { t.BackupID = id })
	x.onEnd(a.backups.hold(&b))
	r := &restoring{archive: a, run: x, place: place, id: id, files: files}
	err = a.runs.claim(x)
	if err == nil {
		err = x.work(r.restore)
	}
	if err != nil {
		x.finish(err)
		return lora.Transfer{}, err
	}
	return x.snapshot(), nil
}

// restoring is one restore.
type restoring struct {
	archive *Archive
	run     *run
	place   *BackupPlace
	id      string
	files   bool
	backup  *openBackup
	loaded  lora.Loaded
}

func (r *restoring) restore(ctx context.Context) (err error) {
	if r.backup, err = r.archive.open(ctx, r.place, r.id, true); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.backup.close()) }()
	if err := r.backup.verify(ctx, r.run); err != nil {
		return err
	}
	r.run.phase("restore point", 0, 0)
	point, err := r.archive.restorePoint(ctx, "Before the restore of "+r.id)
	if err != nil {
		return afterNothing("The restore point could not be made", err)
	}
	r.run.change(func(t *lora.Transfer) { t.RestorePointID = point })
	if err := r.putPictures(ctx); err != nil {
		return afterNothing("The pictures could not be put back", err)
	}
	r.archive.options.Failpoint("restore.pictures")
	if err := r.load(ctx); err != nil {
		return afterNothing("The database could not be loaded", err)
	}
	r.archive.options.Failpoint("restore.saved")
	// From here on it goes through to its end, also while the server stops.
	ctx = context.WithoutCancel(ctx)
	if err := r.check(ctx); err != nil {
		return r.rollBack(ctx, point, err)
	}
	r.putWildcards()
	if r.files {
		r.putFiles(ctx)
	}
	r.tell(ctx)
	return nil
}

// afterNothing says that a step failed and that the old state is still there.
func afterNothing(what string, err error) error {
	var known *lora.Error
	if !errors.As(err, &known) {
		return err
	}
	return &lora.Error{Code: known.Code, Field: known.Field, Message: what + ", and nothing was changed: " + known.Message, Err: known.Err}
}

// load replaces the database. What decides is the checksum over what its tables hold at
// the end, which must be the one the backup was made with.
func (r *restoring) load(ctx context.Context) error {
	r.run.phase("saving", r.backup.head.Counts.Rows, 0)
	var err error
	r.loaded, err = r.backup.load(ctx, r.archive.options.Backup.Database, func(table string) {
		r.archive.options.Failpoint("restore.table")
		r.run.about(table)
	}, func() error {
		r.archive.options.Failpoint("restore.saving")
		return r.run.seal("The restored state is being saved; the restore cannot be cancelled any more.")
	})
	return err
}

// load loads the backup into a database. before is asked ahead of the commit.
func (o *openBackup) load(ctx context.Context, into BackupDatabase, about func(table string), before func() error) (lora.Loaded, error) {
	var open io.ReadCloser
	defer func() {
		if open != nil {
			_ = open.Close() // read to its end, or of no use
		}
	}()
	return into.Load(ctx, o.head.Schema, func(table string) (io.Reader, error) {
		if open != nil {
			if err := open.Close(); err != nil {
				return nil, err
			}
		}
		about(table)
		var err error
		if open, err = o.table(table); err != nil {
			open = nil
			return nil, err
		}
		return open, nil
	}, func(checksum string) error {
		if checksum != o.head.DatabaseChecksum {
			return lora.Errorf(lora.Invalid, "What was loaded is not what backup %s was made of: its checksum differs.", o.id)
		}
		return before()
	})
}

// check finds out whether the restored database can be used: it answers, and every row of
// it can be read.
func (r *restoring) check(ctx context.Context) error {
	r.run.phase("checking", 0, 0)
	database := r.archive.options.Backup.Database
	if err := database.Ready(ctx); err != nil {
		return err
	}
	_, _, err := database.Dump(ctx, func(string) (io.Writer, error) { return io.Discard, nil })
	return err
}

// rollBack loads the restore point, because what was restored cannot be used.
func (r *restoring) rollBack(ctx context.Context, point string, reason error) error {
	r.run.phase("rolling back", 0, 0)
	r.archive.log.Error("a restored database cannot be used", "backup", r.id, "error", reason)
	place, err := r.archive.place("")
	if err == nil {
		err = r.loadPoint(ctx, place, point)
	}
	r.tell(ctx)
	if err != nil {
		return &lora.Error{
			Code: lora.Unavailable, Err: errors.Join(reason, err),
			Message: "The restored database cannot be used (" + failureSentence(reason) + "), and the state before could not be brought back: " +
				failureSentence(err) + " It is in backup " + point + ".",
		}
	}
	return &lora.Error{Code: lora.Conflict, Err: reason, Message: "The restored database cannot be used, so the state before was brought back: " + failureSentence(reason)}
}

func (r *restoring) loadPoint(ctx context.Context, place *BackupPlace, point string) error {
	o, err := r.archive.open(ctx, place, point, true)
	if err != nil {
		return err
	}
	_, err = o.load(ctx, r.archive.options.Backup.Database, func(table string) { r.run.about(table) }, func() error { return nil })
	return errors.Join(err, o.close())
}

// tell says what the user should know, and has everyone read the catalog again.
func (r *restoring) tell(ctx context.Context) {
	a := r.archive
	if r.loaded.QueuePaused {
		r.run.note("Jobs that had not ended came back. The queue is paused: look at them, and resume it.")
	}
	r.run.change(func(t *lora.Transfer) {
		c := r.loaded.Counts
		counts := lora.ImportCounts{Create: c.Adapters, Compositions: c.Compositions, Jobs: c.Jobs, Images: c.Images}
		if t.Counts != nil {
			counts.Files, counts.FileBytes = t.Counts.Files, t.Counts.FileBytes
		}
		t.Counts = &counts
	})
	if err := a.replanSchedules(ctx); err != nil {
		a.log.Warn("backup schedules could not be planned anew", "error", err)
	}
	if a.options.Backup.Restored != nil {
		a.options.Backup.Restored(ctx)
	}
	a.announceBackups()
}
