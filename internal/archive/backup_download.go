package archive

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"

	"github.com/klauspost/compress/flate"

	"loramanager/internal/guard"
)

// BackupDownload is a backup of which any range can be written.
type BackupDownload struct {
	Name string // of the file
	ETag string // of its content, without quotes
	Size int64

	write func(ctx context.Context, to io.Writer, from, until int64) error
	close func() error
}

// WriteRange writes the bytes from, up to but not including until.
func (d *BackupDownload) WriteRange(ctx context.Context, to io.Writer, from, until int64) error {
	return d.write(ctx, to, from, until)
}

// Close releases what is open.
func (d *BackupDownload) Close() error { return d.close() }

// OpenBackup opens a backup to be downloaded. With complete, one that stands on earlier
// ones is made into a single archive that needs none of them: its members are taken from
// where they lie, as they are. NotFound for an unknown id.
func (a *Archive) OpenBackup(ctx context.Context, id string, complete bool) (*BackupDownload, error) {
	place, b, err := a.find(ctx, id)
	if err != nil {
		return nil, err
	}
	if complete && len(b.Bases) > 0 {
		return a.openComplete(ctx, place, id)
	}
	file, err := place.Vault.Open(ctx, id+backupSuffix)
	if err != nil {
		return nil, err
	}
	write := func(ctx context.Context, to io.Writer, from, until int64) error {
		_, err := io.Copy(to, withContext{ctx, io.NewSectionReader(file, from, until-from)})
		return err
	}
	etag := b.SHA256
	if etag == "" {
		etag = id
	}
	return &BackupDownload{Name: id + backupSuffix, ETag: etag, Size: file.Size(), write: write, close: file.Close}, nil
}

// openComplete lays out one archive of a backup and all it stands on.
func (a *Archive) openComplete(ctx context.Context, place *BackupPlace, id string) (d *BackupDownload, err error) {
	o, err := a.open(ctx, place, id, true)
	if err != nil {
		return nil, err
	}
	folder := backupsFolder + "/" + id + "-" + newSuffix()
	closers := []func() error{o.close, func() error { return a.options.Data.RemoveAll(folder) }}
	closeAll := func() error {
		var errs []error
		for i := len(closers) - 1; i >= 0; i-- {
			errs = append(errs, closers[i]())
		}
		return errors.Join(errs...)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll())
		}
	}()
	list, err := newPack(a.options.Data, folder+"/adapters", flate.NoCompression)
	if err != nil {
		return nil, err
	}
	closers = append(closers, list.close)
	plan, err := o.complete(list)
	if err != nil {
		return nil, err
	}
	return &BackupDownload{Name: id + "_complete" + backupSuffix, ETag: o.id + "-complete", Size: plan.Size(), write: plan.WriteRange, close: closeAll}, nil
}

// complete lays out the archive in the order of the backup.
func (o *openBackup) complete(list *pack) (*guard.ZipPlan, error) {
	plan := guard.NewZipPlan()
	add := func(path string) error {
		holder, member, err := o.holder(path)
		if err != nil {
			return err
		}
		m, err := holder.zip.Member(member)
		if err != nil {
			return err
		}
		m.Name = path
		_, err = plan.Add(m)
		return err
	}
	var failed error
	o.zip.Names(func(f guard.ZipFile) bool {
		switch f.Name {
		case elsewhereMember, guard.ZipChecksums, guard.ZipManifest:
		default:
			failed = add(f.Name)
		}
		return failed == nil
	})
	if failed != nil {
		return nil, failed
	}
	elsewhere := make(map[string]bool, len(o.elsewhere))
	for path := range o.elsewhere {
		elsewhere[path] = true
	}
	for _, path := range sortedKeys(elsewhere) { // the same bytes each time
		if err := add(path); err != nil {
			return nil, err
		}
	}
	return plan, o.completeManifest(plan, list)
}

// completeManifest writes the manifest anew: nothing lies elsewhere any more.
func (o *openBackup) completeManifest(plan *guard.ZipPlan, list *pack) error {
	modified := o.head.GeneratedAt.Unix()
	sums, err := plan.AddChecksums(modified)
	if err != nil {
		return err
	}
	manifest, err := o.zip.Open(guard.ZipManifest)
	if err != nil {
		return err
	}
	defer func() { _ = manifest.Close() }() // only read
	separator := ""
	err = readManifest(manifest, math.MaxInt64, func(manifestHead) error { return nil }, func(m manifestAdapter) error {
		line, err := json.Marshal(m)
		if err == nil {
			_, err = io.WriteString(list, separator+string(line))
		}
		separator = ","
		return err
	})
	if err == nil {
		err = list.flush()
	}
	if err != nil {
		return err
	}
	head := o.head
	head.Elsewhere, head.ChecksumsSHA256 = "", unknownSum
	last, err := newBackupManifest(plan, sums, &head, list)
	if err != nil {
		return err
	}
	_, err = plan.AddLate(guard.ZipManifest, last.size(), modified, last)
	return err
}
