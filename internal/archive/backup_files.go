package archive

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"path"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// disk is a library folder while a backup reads from it.
type disk struct {
	root   *guard.Root // nil when it cannot be reached
	listed map[string]map[string]bool
	left   int // adapters whose files could not be looked for
}

func (d *disk) close() error {
	if d.root == nil {
		return nil
	}
	return d.root.Close()
}

// has reports whether a folder holds a file, reading each folder once.
func (d *disk) has(folder, name string) bool {
	names, known := d.listed[folder]
	if !known {
		names = make(map[string]bool)
		_ = d.root.List(folder, func(entries []fs.DirEntry) bool { //nolint:errcheck // a folder that is gone holds nothing
			for _, e := range entries {
				names[e.Name()] = e.Type().IsRegular()
			}
			return true
		})
		d.listed[folder] = names
	}
	return names[name]
}

func (l *layout) disk(rootPath string) *disk {
	d, known := l.disks[rootPath]
	if !known {
		d = &disk{listed: make(map[string]map[string]bool)}
		if root, err := guard.OpenRoot(rootPath); err == nil {
			d.root = root
		}
		l.disks[rootPath] = d
	}
	return d
}

// plannedFile is a file of an adapter that is to go into the backup.
type plannedFile struct {
	diskFile
	member string
	sha    string // empty when nobody knows it
}

// Open implements guard.ZipSource.
func (f plannedFile) Open(ctx context.Context) (io.ReadCloser, error) {
	open, err := f.diskFile.Open(ctx)
	if err != nil {
		return nil, goneMember(f.member, err)
	}
	return plannedReader{open, f.member}, nil
}

// plannedReader names the member when the file is not the same any more at the end.
type plannedReader struct {
	io.ReadCloser
	member string
}

// Close implements io.Closer.
func (r plannedReader) Close() error {
	if err := r.ReadCloser.Close(); err != nil {
		return goneMember(r.member, err)
	}
	return nil
}

// addAdapters adds what is known of each adapter, and finds the files that belong to it.
// The files themselves follow behind all text.
func (l *layout) addAdapters(ctx context.Context) error {
	scope := lora.ExportScope{Adapters: true}
	return l.ports.Catalog.Export(ctx, scope, func(r lora.ArchiveRecord) error {
		if r.Adapter == nil {
			return nil
		}
		a := r.Adapter
		l.run.about(a.Name)
		text, err := encodeAdapter(a, path.Base(a.RootPath))
		if err != nil {
			return err
		}
		member, err := l.pack.member(metadataName(a.ID), text, a.UpdatedAt)
		if err != nil {
			return err
		}
		if _, err := l.plan.Add(member); err != nil {
			return err
		}
		l.textBytes += member.Size
		l.run.add(1, 0)
		return l.listAdapter(a)
	})
}

// listAdapter writes what the manifest says of an adapter.
func (l *layout) listAdapter(a *lora.ArchivedAdapter) error {
	entry := manifestAdapter{ID: a.ID, Name: a.Name, Version: a.Version, MetadataPath: metadataName(a.ID), Files: []manifestFile{}}
	if d := l.disk(a.RootPath); d.root == nil {
		d.left++
	} else {
		entry.Files = l.filesOf(d, a)
	}
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	if l.adapters > 0 {
		line = append([]byte{','}, line...)
	}
	l.adapters++
	_, err = l.list.Write(line)
	return err
}

// filesOf finds the files of an adapter: itself when weights are wanted, and the sidecars
// and previews beside it.
func (l *layout) filesOf(d *disk, a *lora.ArchivedAdapter) []manifestFile {
	files := []manifestFile{}
	add := func(kind FileKind, rel, sha string) {
		listed := manifestFile{Kind: kind, OriginalPath: path.Join(a.RootPath, rel), OriginalName: path.Base(rel)}
		name := fileName(a.ID, len(files), path.Base(rel))
		if file, ok := lookAt(d.root, rel); ok && !l.skip.has(name) {
			if file.size != a.Stamp.Size || file.mtimeNS != a.Stamp.MtimeNS {
				sha = "" // it was changed since it was read, or is another file
			}
			listed.Exists, listed.Size, listed.ArchivePath = true, file.size, name
			l.files = append(l.files, plannedFile{file, name, sha})
		}
		files = append(files, listed)
	}
	folder, base := path.Dir(a.RelPath), path.Base(a.RelPath)
	if l.order.Weights && a.FileState == lora.FileOK {
		add(FilePrimary, a.RelPath, a.Digests["sha256"])
	}
	stem, _, _ := sidecar.Split(base)
	beside := func(kind FileKind, names []string) {
		for _, name := range names {
			if d.has(folder, name) {
				add(kind, path.Join(folder, name), "")
			}
		}
	}
	beside(FileSidecar, sidecar.Candidates(stem))
	beside(FilePreview, sidecar.PreviewCandidates(stem))
	return files
}

// addFiles adds the files that were found, or where they lie in earlier backups.
func (l *layout) addFiles(ctx context.Context) error {
	for name, d := range l.disks {
		if d.left > 0 {
			l.run.note("The library folder %s cannot be reached: files of its %d adapters are not in the backup.", guard.DisplayName(name), d.left)
		}
	}
	l.run.phase("comparing", len(l.files), 0)
	for i := range l.files {
		f := &l.files[i]
		l.fileBytes += f.size
		if l.order.Type == backupIncremental && f.sha == "" {
			l.run.about(path.Base(f.rel))
			sha, err := f.digest(ctx)
			if err != nil {
				return err
			}
			f.sha = sha
		}
		l.run.add(1, 0)
		if f.sha != "" && l.stands(f.member, f.sha, f.size) {
			continue
		}
		modified := f.mtimeNS / int64(time.Second)
		if _, err := l.plan.Add(guard.ZipMember{Name: f.member, Size: f.size, Packed: f.size, Modified: modified, Source: *f}); err != nil {
			return err
		}
	}
	return nil
}

// digest reads the file and returns its SHA-256.
func (f *plannedFile) digest(ctx context.Context) (string, error) {
	from, err := f.Open(ctx)
	if err != nil {
		return "", err
	}
	sum := newSum()
	_, err = io.Copy(sum, withContext{ctx, from})
	if closeErr := from.Close(); err == nil {
		err = closeErr
	}
	return sum.text(), err
}

// withContext stops reading when a context ends.
type withContext struct {
	ctx  context.Context //nolint:containedctx // lives as long as one copy
	from io.Reader
}

func (w withContext) Read(p []byte) (int, error) {
	if w.ctx.Err() != nil {
		return 0, context.Cause(w.ctx)
	}
	return w.from.Read(p)
}

// finish adds what stands at the end: where the rest lies, the checksums and the manifest.
func (l *layout) finish(context.Context) error {
	if err := l.addNeeded(); err != nil {
		return err
	}
	modified := l.backup.CreatedAt.Unix()
	sums, err := l.plan.AddChecksums(modified)
	if err != nil {
		return err
	}
	head := manifestHead{
		Format: formatName, FormatVersion: formatVersion, Kind: kindBackup, Program: l.backup.Program, Schema: l.backup.Schema,
		Part: manifestPart{1, 1}, Counts: l.backup.Counts, DatabaseChecksum: l.backup.Checksum, ChecksumsSHA256: unknownSum,
		GeneratedAt: l.backup.CreatedAt, AdapterCount: l.adapters, FileTotalBytes: l.fileBytes, MetadataTotal: l.textBytes,
		TotalBytes: l.fileBytes + l.textBytes,
		Options:    map[string]any{"id": l.backup.ID, "type": l.backup.Type, "weights": l.backup.Weights, "note": l.backup.Note, "label": l.backup.Label, "schedule_id": l.backup.ScheduleID},
	}
	if l.backup.Type == backupRestorePoint {
		head.Kind = kindRestorePoint
	}
	if len(l.needed) > 0 {
		head.Elsewhere = elsewhereMember
	}
	if err := errors.Join(l.pack.flush(), l.list.flush()); err != nil {
		return err
	}
	manifest, err := newBackupManifest(l.plan, sums, &head, l.list)
	if err != nil {
		return err
	}
	_, err = l.plan.AddLate(guard.ZipManifest, manifest.size(), modified, manifest)
	return err
}

// addNeeded adds the list of what lies in earlier backups, and names those.
func (l *layout) addNeeded() error {
	if len(l.needed) == 0 {
		return nil
	}
	bases := make(map[string]bool)
	w := l.pack.begin(elsewhereMember, l.backup.CreatedAt)
	lines := json.NewEncoder(w)
	for i := range l.needed {
		bases[l.needed[i].Backup] = true
		if err := lines.Encode(&l.needed[i]); err != nil {
			return err
		}
	}
	member, err := w.end()
	if err != nil {
		return err
	}
	for _, b := range slices.Backward(l.earlier) { // which are the latest first
		if bases[b.ID] {
			l.backup.Bases = append(l.backup.Bases, b.ID)
		}
	}
	_, err = l.plan.Add(member)
	return err
}
