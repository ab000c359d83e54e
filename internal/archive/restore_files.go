package archive

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// putPictures keeps the pictures of the backup that are missing here, each with its record
// first: when the restore fails later, they are abandoned ones and deleted in time.
func (r *restoring) putPictures(ctx context.Context) error {
	shelf := r.archive.options.Import.Pictures
	table, err := r.backup.table(pictureTable)
	if err != nil || shelf == nil {
		return err
	}
	defer func() { _ = table.Close() }() // only read
	r.run.phase("pictures", r.backup.head.Counts.Images, 0)
	missing, damaged := 0, 0
	err = eachPicture(table, func(picture lora.Image) error {
		defer r.run.add(1, 0)
		has, err := shelf.Has(ctx, picture.SHA256)
		if err != nil || has {
			return err
		}
		err = r.putPicture(ctx, shelf, picture)
		switch lora.CodeOf(err) {
		case lora.NotFound:
			missing++
			return nil
		case lora.Invalid, lora.TooLarge:
			damaged++
			return nil
		}
		return err
	})
	if missing > 0 {
		r.run.note("%d pictures of the history are neither here nor in the backup.", missing)
	}
	if damaged > 0 {
		r.run.note("%d pictures were damaged already when the backup was made, and are left out.", damaged)
	}
	return err
}

func (r *restoring) putPicture(ctx context.Context, shelf PictureShelf, picture lora.Image) error {
	data, err := r.content(pictureName(picture.SHA256, picture.Type), r.archive.options.Limits.PictureBytes)
	if err != nil {
		return err
	}
	if err := r.archive.options.Backup.Database.ReservePicture(ctx, "", picture); err != nil {
		return err
	}
	return shelf.Adopt(ctx, data, picture.SHA256)
}

// putWildcards writes the wildcard files of the backup that are missing here. One that says
// something else here stays as it is.
func (r *restoring) putWildcards() {
	root := r.archive.options.Export.Wildcards
	if root == nil {
		return
	}
	limit := r.archive.options.Limits.SidecarBytes
	differ := 0
	r.backup.zip.Names(func(f guard.ZipFile) bool {
		name, ok := strings.CutPrefix(f.Name, wildcardsFolder)
		if !ok {
			return true
		}
		data, err := r.content(f.Name, limit)
		if err == nil {
			var here []byte
			switch here, err = root.ReadFile(name, limit); {
			case lora.CodeOf(err) == lora.NotFound:
				err = root.Keep(name, data, nil)
			case err == nil && !bytes.Equal(here, data):
				differ++
			}
		}
		if err != nil {
			r.run.note("The wildcards %s were not put back: %s", guard.DisplayName(name), failureSentence(err))
		}
		return true
	})
	if differ > 0 {
		r.run.note("%d wildcard files say something else here than in the backup and were left as they are.", differ)
	}
}

// content reads a member that is not large.
func (r *restoring) content(path string, limit int64) ([]byte, error) {
	from, err := r.backup.read(path)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(from, limit+1))
	if closeErr := from.Close(); err == nil {
		err = closeErr
	}
	return data, err
}

// putFiles puts files of adapters back that are missing here. What cannot be put back is
// noted: the catalog says of it that it is missing, and it can be restored again.
func (r *restoring) putFiles(ctx context.Context) {
	r.run.phase("placing", 0, r.backup.head.FileTotalBytes)
	p := &putting{restoring: r, disks: make(map[string]*disk), failed: make(map[string]int)}
	defer p.close()
	manifest, err := r.backup.zip.Open(guard.ZipManifest)
	if err == nil {
		err = readManifest(manifest, math.MaxInt64, func(manifestHead) error { return nil }, func(m manifestAdapter) error { return p.adapter(ctx, &m) })
		err = errors.Join(err, manifest.Close())
	}
	if err != nil {
		r.archive.log.Error("files of a backup could not be put back", "backup", r.id, "error", err)
		r.run.note("Files could not be put back: %s Restore the backup again; what is there is left as it is.", failureSentence(err))
	}
	p.tell()
}

// putting puts files of adapters back.
type putting struct {
	*restoring
	disks  map[string]*disk
	failed map[string]int // files by the reason
	placed int
	bytes  int64
}

func (p *putting) close() {
	for _, d := range p.disks {
		_ = d.close() // what was written is committed
	}
}

func (p *putting) tell() {
	for reason, n := range p.failed {
		p.run.note("%d files were not put back: %s", n, reason)
	}
	p.run.change(func(t *lora.Transfer) {
		t.Counts = &lora.ImportCounts{Files: p.placed, FileBytes: int(p.bytes)}
	})
}

// adapter puts the files of one adapter back: to where it lay, below the library folder
// that has the path it had.
func (p *putting) adapter(ctx context.Context, m *manifestAdapter) error {
	if len(m.Files) == 0 {
		return nil
	}
	text, err := p.content(m.MetadataPath, maxMetadata)
	if err != nil {
		return err
	}
	a, _, err := decodeAdapter(text)
	if err != nil {
		return err
	}
	for _, f := range m.Files {
		if !f.Exists {
			continue
		}
		rel := path.Join(path.Dir(a.RelPath), path.Base(f.OriginalPath))
		if f.Kind == FilePrimary {
			rel = a.RelPath
		}
		if err := p.file(ctx, a.RootPath, rel, f.ArchivePath); err != nil {
			if ctx.Err() != nil || lora.CodeOf(err) == lora.StorageFull {
				return err
			}
			p.failed[failureSentence(err)]++
		}
	}
	return nil
}

// file puts one file back. One that is there already, whatever it holds, is left alone.
func (p *putting) file(ctx context.Context, rootPath, rel, member string) error {
	d, known := p.disks[rootPath]
	if !known {
		d = &disk{}
		if root, err := guard.OpenRoot(rootPath); err == nil {
			d.root = root
		}
		p.disks[rootPath] = d
	}
	if d.root == nil {
		return lora.Errorf(lora.NotFound, "The library folder %s is not on this computer.", guard.DisplayName(rootPath))
	}
	if _, err := d.root.Lstat(rel); lora.CodeOf(err) != lora.NotFound {
		return err
	}
	content, err := p.backup.read(member)
	if err != nil {
		return err
	}
	holder, name, err := p.backup.holder(member)
	if err != nil {
		return err
	}
	about, err := holder.zip.Stat(name)
	if err != nil {
		return err
	}
	p.run.about(path.Base(rel))
	err = p.write(ctx, d.root, rel, content, time.Unix(about.Modified, 0))
	if closeErr := content.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		p.placed++
		p.bytes += about.Size
		p.archive.options.Failpoint("restore.placed")
	}
	return err
}

// write writes a file beside its place and renames it there, which overwrites nothing.
func (p *putting) write(ctx context.Context, root *guard.Root, rel string, content io.Reader, modified time.Time) (err error) {
	staged := fmt.Sprintf("%s/%s%s/%d", stagingFolder, restorePrefix, p.run.id(), p.placed)
	if err := root.RemoveAll(path.Dir(staged)); err != nil {
		return err
	}
	file, err := root.Create(staged)
	if err != nil {
		return err
	}
	defer func() {
		err = errors.Join(err, root.RemoveAll(path.Dir(staged)))
		_ = root.Remove(stagingFolder) // refused while anything is in it
	}()
	if _, err := io.Copy(io.MultiWriter(file, progress{p.run}), withContext{ctx, content}); err != nil {
		return errors.Join(err, file.Abort())
	}
	if err := file.Commit(modified); err != nil {
		return err
	}
	if err := root.MkdirAll(path.Dir(rel)); err != nil {
		return err
	}
	return root.Rename(staged, rel)
}
