package archive

import (
	"context"
	"errors"
	"io"
	"slices"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// VerifyBackup begins to read a backup and everything it stands on, and to compare it with
// its checksums. The result is written beside the backup.
func (a *Archive) VerifyBackup(ctx context.Context, id string) (lora.Transfer, error) {
	place, b, err := a.find(ctx, id)
	if err != nil {
		return lora.Transfer{}, err
	}
	x, err := a.runs.begin(ctx, lora.TransferVerify, lora.TransferRunning)
	if err != nil {
		return lora.Transfer{}, err
	}
	x.change(func(t *lora.Transfer) { t.BackupID = id })
	x.onEnd(a.backups.hold(&b))
	err = x.work(func(ctx context.Context) error {
		defer a.announceBackups()
		_, err := a.verify(ctx, place, b, x)
		return err
	})
	if err != nil {
		x.finish(err)
		return lora.Transfer{}, err
	}
	return x.snapshot(), nil
}

// verify reads a backup back and describes what came of it. A description that was damaged
// is made anew from what the seal of the backup covers.
func (a *Archive) verify(ctx context.Context, place *BackupPlace, b lora.Backup, x *run) (lora.Backup, error) {
	o, err := a.open(ctx, place, b.ID, true)
	if err == nil {
		if b.Checksum == "" {
			b = o.description()
		}
		err = errors.Join(o.verify(ctx, x), o.matches(&b), o.close())
	}
	if ctx.Err() != nil || err != nil && !damaged(err) {
		return b, err // nobody knows whether it is sound
	}
	now := a.now().UTC()
	b.Status, b.Error, b.VerifiedAt = backupVerified, "", &now
	if err != nil {
		b.Status, b.Error = backupDamaged, failureSentence(err)
	}
	return b, errors.Join(err, place.describe(ctx, &b))
}

// damaged reports whether an error says that a backup is not what was written, rather than
// that it could not be read just now.
func damaged(err error) bool {
	code := lora.CodeOf(err)
	return code == lora.Invalid || code == lora.TooLarge || code == lora.NotFound
}

// description is what the backup says of itself.
func (o *openBackup) description() lora.Backup {
	b, _ := backupOf(&o.head, o.place.Name)
	b.Size, b.TotalSize = o.file.Size(), o.file.Size()
	bases := make(map[string]bool)
	for _, line := range o.elsewhere {
		bases[line.Backup] = true
		b.TotalSize += line.Size
	}
	b.Bases = append(b.Bases, sortedKeys(bases)...)
	return b
}

// matches makes sure that the description is of this backup.
func (o *openBackup) matches(b *lora.Backup) error {
	own := o.description()
	bases := slices.Equal(own.Bases, slices.Sorted(slices.Values(b.Bases)))
	if own.Checksum != b.Checksum || own.Size != b.Size || own.Schema != b.Schema || !bases {
		return lora.Errorf(lora.Invalid, "The description of the backup %s is of another one.", b.ID)
	}
	return nil
}

// size is how many bytes a verification reads.
func (o *openBackup) size() int64 {
	total := o.file.Size()
	for _, line := range o.elsewhere {
		total += line.Size
	}
	return total
}

// verify reads every member of the backup, and those of earlier ones it stands on. The
// first one that is damaged is named.
func (o *openBackup) verify(ctx context.Context, x *run) error {
	x.phase("verifying", 0, o.size())
	if err := o.zip.Verify(ctx, func(n int64) { x.add(0, n) }); err != nil {
		return ofBackupOrNil(o.id, err)
	}
	for path := range o.elsewhere {
		x.about(guard.DisplayName(path))
		content, err := o.read(path)
		if err != nil {
			return err
		}
		_, err = io.Copy(progress{x}, withContext{ctx, content})
		if closeErr := content.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			return ofBackup(o.elsewhere[path].Backup, err)
		}
	}
	return nil
}
