package archive

import (
	"bufio"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// openBackup is a backup opened for reading, with the earlier ones it stands on. Its seal
// has been compared, and what is read from it is compared with its checksums.
type openBackup struct {
	place     *BackupPlace
	id        string
	file      BackupFile
	zip       *guard.ZipReader
	head      manifestHead
	elsewhere map[string]elsewhereLine
	bases     map[string]*openBackup
}

// limits are those of archives from outside, but for the number of members: a backup holds
// every picture of the history.
func (a *Archive) backupLimits() guard.Limits {
	limits := a.options.Limits
	limits.ArchiveEntries *= 10
	limits.ArchiveDirectory *= 10
	return limits
}

// open opens a backup, and with bases also those it stands on.
func (a *Archive) open(ctx context.Context, place *BackupPlace, id string, bases bool) (o *openBackup, err error) {
	o = &openBackup{place: place, id: id, bases: make(map[string]*openBackup), elsewhere: make(map[string]elsewhereLine)}
	defer func() {
		if err != nil {
			err = errors.Join(ofBackup(id, err), o.close())
			o = nil
		}
	}()
	if o.file, err = place.Vault.Open(ctx, id+backupSuffix); err != nil {
		if lora.CodeOf(err) == lora.NotFound {
			err = lora.Errorf(lora.NotFound, "Its file %s is not there any more.", id+backupSuffix)
		}
		return o, err
	}
	if o.zip, err = guard.OpenZip(o.file, o.file.Size(), a.backupLimits()); err != nil {
		return o, err
	}
	if err := o.zip.CheckSeal(ctx); err != nil {
		return o, err
	}
	if err := o.zip.LoadChecksums(); err != nil {
		return o, err
	}
	if err := o.readHead(); err != nil {
		return o, err
	}
	if err := o.readElsewhere(); err != nil {
		return o, err
	}
	if !bases {
		return o, nil
	}
	return o, o.openBases(ctx, a)
}

// ofBackup names the backup an error is about.
func ofBackup(id string, err error) error {
	var known *lora.Error
	if !errors.As(err, &known) {
		return err
	}
	return &lora.Error{Code: known.Code, Field: known.Field, Message: "Backup " + id + ": " + known.Message, Err: known.Err}
}

var errHeadRead = errors.New("the head is read")

func (o *openBackup) readHead() error {
	manifest, err := o.zip.Open(guard.ZipManifest)
	if err != nil {
		return err
	}
	defer func() { _ = manifest.Close() }() // only read
	err = readManifest(manifest, math.MaxInt64, func(h manifestHead) error { o.head = h; return errHeadRead }, nil)
	if !errors.Is(err, errHeadRead) {
		return err
	}
	b, ok := backupOf(&o.head, o.place.Name)
	if !ok || b.ID != o.id {
		return lora.Errorf(lora.Invalid, "The file is an archive, but not this backup. An export is brought in by an import.")
	}
	return nil
}

func (o *openBackup) readElsewhere() error {
	if o.head.Elsewhere == "" {
		return nil
	}
	list, err := o.zip.Open(elsewhereMember)
	if err != nil {
		return err
	}
	defer func() { _ = list.Close() }() // only read
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		var line elsewhereLine
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil || !backupID.MatchString(line.Backup) || line.Backup == o.id {
			return lora.Errorf(lora.Invalid, "The list of what lies in earlier backups cannot be read.")
		}
		o.elsewhere[line.Path] = line
	}
	return lines.Err()
}

// openBases opens the backups this one stands on, and makes sure that they have what it
// needs.
func (o *openBackup) openBases(ctx context.Context, a *Archive) error {
	for _, line := range o.elsewhere {
		base := o.bases[line.Backup]
		if base == nil {
			var err error
			if base, err = a.open(ctx, o.place, line.Backup, false); err != nil {
				return err
			}
			o.bases[line.Backup] = base
		}
		sum, ok := base.zip.Checksum(line.Member)
		if !ok || hex.EncodeToString(sum[:]) != line.SHA256 {
			return ofBackup(base.id, lora.Errorf(lora.Invalid, "It does not hold %s, which backup %s needs.", guard.DisplayName(line.Member), o.id))
		}
	}
	return nil
}

func (o *openBackup) close() error {
	var errs []error
	for _, base := range o.bases {
		errs = append(errs, base.close())
	}
	if o.file != nil {
		errs = append(errs, o.file.Close())
	}
	return errors.Join(errs...)
}

// holder finds the archive and the member that hold a path of the backup.
func (o *openBackup) holder(path string) (*openBackup, string, error) {
	if line, ok := o.elsewhere[path]; ok {
		base := o.bases[line.Backup]
		if base == nil {
			return nil, "", lora.Errorf(lora.Internal, "The backup %s was not opened.", line.Backup)
		}
		return base, line.Member, nil
	}
	if _, err := o.zip.Stat(path); err != nil {
		return nil, "", err
	}
	return o, path, nil
}

// read opens a path of the backup; the end of what is read comes only when it is sound.
func (o *openBackup) read(path string) (io.ReadCloser, error) {
	holder, member, err := o.holder(path)
	if err != nil {
		return nil, err
	}
	content, err := holder.zip.Open(member)
	return content, ofBackupOrNil(holder.id, err)
}

func ofBackupOrNil(id string, err error) error {
	if err == nil {
		return nil
	}
	return ofBackup(id, err)
}

// table opens the dump of a table; fs.ErrNotExist when the backup has none.
func (o *openBackup) table(name string) (io.ReadCloser, error) {
	content, err := o.read(databaseName(name))
	if lora.CodeOf(err) == lora.NotFound {
		return nil, fs.ErrNotExist
	}
	return content, err
}

// heldBy lists what the latest sound backup of the place holds, by digest: its own files
// and those it stands on itself, so that no chain has to be followed.
func (m *making) heldBy(ctx context.Context, earlier []lora.Backup) (map[string]elsewhereLine, error) {
	for _, b := range earlier {
		if b.Type == backupRestorePoint || b.Status == backupDamaged {
			continue
		}
		o, err := m.archive.open(ctx, m.place, b.ID, true)
		if err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			m.run.note("The backup %s cannot be built upon: %s", b.ID, failureSentence(err))
			continue
		}
		held := o.holds()
		return held, o.close()
	}
	m.run.note("There is no earlier backup to build upon: everything is written.")
	return nil, nil
}

func (o *openBackup) holds() map[string]elsewhereLine {
	held := make(map[string]elsewhereLine)
	o.zip.Names(func(f guard.ZipFile) bool {
		if isBulk(f.Name) {
			if sum, ok := o.zip.Checksum(f.Name); ok {
				held[hex.EncodeToString(sum[:])] = elsewhereLine{Size: f.Size, SHA256: hex.EncodeToString(sum[:]), Backup: o.id, Member: f.Name}
			}
		}
		return true
	})
	for _, line := range o.elsewhere {
		held[line.SHA256] = line
	}
	return held
}

// isBulk reports whether a member is a picture or a file of an adapter.
func isBulk(name string) bool {
	return strings.HasPrefix(name, imagesFolder) || strings.HasPrefix(name, adaptersFolder) && strings.Contains(name, "/files/")
}
