package archive

import (
	"context"
	"encoding/hex"
	"errors"
	"io"

	"github.com/klauspost/compress/flate"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// backupsFolder is where the text of backups waits while they are laid out.
const backupsFolder = "backups-work"

// layout is a backup while it is settled, before its first byte is written.
type layout struct {
	*making
	ports  ExportPorts
	plan   *guard.ZipPlan
	pack   *pack // text members, packed
	list   *pack // what the manifest says of adapters
	skip   *skipped
	folder string

	tables []guard.ZipMember
	files  []plannedFile
	disks  map[string]*disk
	held   map[string]elsewhereLine // what earlier backups of the place hold, by digest
	needed []elsewhereLine          // what of that this one stands on

	earlier []lora.Backup

	pictures  map[int]string // members that are pictures, with their digests
	adapters  int
	fileBytes int64
	textBytes int64
}

// layOut settles what goes into a backup: first the database as it is at one moment, then
// what that speaks of.
func (m *making) layOut(ctx context.Context, earlier []lora.Backup, skip *skipped) (*layout, error) {
	l := &layout{
		making: m, ports: m.archive.options.Export, plan: guard.NewZipPlan(), skip: skip, folder: backupsFolder + "/" + m.backup.ID,
		disks: make(map[string]*disk), pictures: make(map[int]string),
	}
	data := m.archive.options.Data
	var err error
	if l.pack, err = newPack(data, l.folder+"/text", flate.BestSpeed); err != nil {
		return l, err
	}
	if l.list, err = newPack(data, l.folder+"/adapters", flate.NoCompression); err != nil {
		return l, err
	}
	steps := []func(context.Context) error{l.dump, l.addAdapters, l.addWildcards, l.addTables, l.addPictures, l.addFiles, l.finish}
	switch m.order.Type {
	case backupRestorePoint: // what it stands for is all still there
		steps = []func(context.Context) error{l.dump, l.addWildcards, l.addTables, l.finish}
	case backupIncremental:
		if l.held, err = m.heldBy(ctx, earlier); err != nil {
			return l, err
		}
		l.earlier = earlier
	}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return l, err
		}
	}
	return l, nil
}

func (l *layout) close() {
	var errs []error
	for _, p := range []*pack{l.pack, l.list} {
		if p != nil {
			errs = append(errs, p.close())
		}
	}
	for _, d := range l.disks {
		errs = append(errs, d.close())
	}
	errs = append(errs, l.archive.options.Data.RemoveAll(l.folder))
	if err := errors.Join(errs...); err != nil {
		l.archive.log.Warn("what a backup was laid out in could not be removed", "backup", l.backup.ID, "error", err)
	}
}

// dump packs the tables of the database, as they all are at one moment.
func (l *layout) dump(ctx context.Context) error {
	l.run.phase("reading", 0, 0)
	var table *packing
	end := func() error {
		if table == nil {
			return nil
		}
		member, err := table.end()
		l.tables = append(l.tables, member)
		return err
	}
	counts, checksum, err := l.archive.options.Backup.Database.Dump(ctx, func(name string) (io.Writer, error) {
		if err := end(); err != nil {
			return nil, err
		}
		l.run.about(name)
		table = l.pack.begin(databaseName(name), l.backup.CreatedAt)
		return table, nil
	})
	if err == nil {
		err = end()
	}
	l.backup.Counts, l.backup.Checksum = counts, checksum
	return err
}

func (l *layout) addTables(context.Context) error {
	for _, member := range l.tables {
		if _, err := l.plan.Add(member); err != nil {
			return err
		}
	}
	return nil
}

// table reads a table that was dumped.
func (l *layout) table(ctx context.Context, name string) (io.ReadCloser, error) {
	for _, member := range l.tables {
		if member.Name == databaseName(name) {
			if err := l.pack.flush(); err != nil {
				return nil, err
			}
			packed, err := member.Source.Open(ctx)
			if err != nil {
				return nil, err
			}
			return flate.NewReader(packed), nil
		}
	}
	return nil, lora.Errorf(lora.Internal, "The database was dumped without its table %s.", name)
}

func (l *layout) addWildcards(context.Context) error {
	root := l.ports.Wildcards
	if root == nil {
		return nil
	}
	return eachWildcard(root, func(name string, text []byte, unread error) error {
		if unread != nil {
			l.run.note("The wildcards %s are left out: %s", guard.DisplayName(name), failureSentence(unread))
			return nil
		}
		member, err := l.pack.member(wildcardsFolder+name, text, l.backup.CreatedAt)
		if err != nil {
			return err
		}
		if _, err := l.plan.Add(member); err != nil {
			l.run.note("The wildcards %s are left out: %s", guard.DisplayName(name), failureSentence(err))
		}
		return nil
	})
}

// addPictures adds the pictures the dump knows. Whether they are there is found out when
// they are read, and before that once one was not.
func (l *layout) addPictures(ctx context.Context) error {
	table, err := l.table(ctx, pictureTable)
	if err != nil {
		return err
	}
	defer func() { _ = table.Close() }() // only read
	missing := 0
	err = eachPicture(table, func(picture lora.Image) error {
		name := pictureName(picture.SHA256, picture.Type)
		if l.skip.has(name) || l.stands(name, picture.SHA256, int64(picture.SizeBytes)) {
			return nil
		}
		size := int64(picture.SizeBytes)
		if l.skip.careful() {
			real, err := l.ports.Pictures.Size(ctx, picture.SHA256)
			if lora.CodeOf(err) == lora.NotFound || err == nil && real != size {
				missing++
				return nil
			}
			if err != nil {
				return err
			}
		}
		number, err := l.plan.Add(guard.ZipMember{
			Name: name, Size: size, Packed: size, Modified: l.backup.CreatedAt.Unix(),
			Source: backupPicture{keptPicture{l.ports.Pictures, picture.SHA256}, name},
		})
		l.pictures[number] = picture.SHA256
		return err
	})
	if missing > 0 {
		l.run.note("%d pictures of the history are missing on this server and not in the backup.", missing)
	}
	return err
}

// stands notes that a member lies in an earlier backup, when it does.
func (l *layout) stands(name, sha string, size int64) bool {
	line, ok := l.held[sha]
	if !ok || line.Size != size {
		return false
	}
	line.Path = name
	l.needed = append(l.needed, line)
	return true
}

// backupPicture reads a picture of the history. One that is gone is left out.
type backupPicture struct {
	keptPicture
	member string
}

// Open implements guard.ZipSource.
func (p backupPicture) Open(ctx context.Context) (io.ReadCloser, error) {
	file, err := p.keptPicture.Open(ctx)
	if lora.CodeOf(err) == lora.NotFound {
		err = goneMember(p.member, err)
	}
	return file, err
}

// goneMember says that what was laid out is not there any more, or another file: it is laid
// out again without.
func goneMember(member string, err error) error {
	return &lora.Error{Code: lora.Conflict, Field: member, Message: guard.DisplayName(member) + " changed, or went away, while the backup was made.", Err: err}
}

// write writes the backup into its place and notes what became of it.
func (l *layout) write(ctx context.Context) error {
	size := l.plan.Size()
	l.run.phase("writing", 0, size)
	sum := newSum()
	err := l.place.Vault.Put(ctx, l.backup.ID+backupSuffix, size, func(to io.Writer) error {
		return l.plan.WriteRange(ctx, io.MultiWriter(to, sum, progress{l.run}), 0, size)
	})
	if err != nil {
		return err
	}
	l.backup.Size, l.backup.SHA256 = size, sum.text()
	l.backup.TotalSize = size
	for _, line := range l.needed {
		l.backup.TotalSize += line.Size
	}
	return l.judgePictures(ctx)
}

// judgePictures says which pictures are not what they were when they were made. They are
// in the backup as they are.
func (l *layout) judgePictures(ctx context.Context) error {
	for number, sha := range l.pictures {
		sum, err := l.plan.Digest(ctx, number)
		if err != nil {
			return err
		}
		if hex.EncodeToString(sum[:]) != sha {
			l.run.note("The picture %s is damaged on this server's disk; the backup holds it as it is.", sha)
		}
	}
	return nil
}

// progress counts bytes for a run.
type progress struct{ run *run }

func (p progress) Write(data []byte) (int, error) {
	p.run.add(0, int64(len(data)))
	return len(data), nil
}
