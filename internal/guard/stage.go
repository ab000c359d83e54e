package guard

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"time"

	"loramanager/internal/lora"
)

// Writer is a new file below a Root while it is written, piece by piece: what is too large
// to be held in memory and given to Keep. It implements io.Writer, io.ReaderAt and
// io.WriterAt. One goroutine uses it at a time, except that ReadAt may be called by many.
type Writer struct {
	root *Root
	rel  string
	file *os.File
	size int64
	over bool
}

// Create makes the file rel, which must not exist, and the folders on the way to it.
// Conflict when it exists; a name that CheckRel refuses is Invalid. The file is there from
// the first moment: it belongs into a folder that is swept, until Commit and a Rename.
func (r *Root) Create(rel string) (*Writer, error) {
	if err := CheckRel(rel); err != nil {
		return nil, err
	}
	if dir := path.Dir(rel); dir != "." {
		if err := r.MkdirAll(dir); err != nil {
			return nil, err
		}
	}
	file, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil, fail(rel, err)
	}
	return &Writer{root: r, rel: rel, file: file}, nil
}

// Resume opens a file that Create made earlier and goes on at its end.
func (r *Root) Resume(rel string) (*Writer, error) {
	if err := CheckRel(rel); err != nil {
		return nil, err
	}
	file, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDWR|openFileFlags, 0)
	if err != nil {
		return nil, fail(rel, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = lora.FieldErrorf(lora.Invalid, "path", "%s is not a regular file.", DisplayName(rel))
	}
	if err == nil {
		_, err = file.Seek(0, io.SeekEnd)
	}
	if err != nil {
		return nil, failNil(rel, errors.Join(err, file.Close()))
	}
	return &Writer{root: r, rel: rel, file: file, size: info.Size()}, nil
}

// Write appends.
func (w *Writer) Write(p []byte) (int, error) {
	n, err := w.file.Write(p)
	w.size += int64(n)
	return n, failNil(w.rel, err)
}

// ReadAt reads what was written.
func (w *Writer) ReadAt(p []byte, off int64) (int, error) { return w.file.ReadAt(p, off) }

// Size returns how many bytes the file has.
func (w *Writer) Size() int64 { return w.size }

// Truncate cuts the file to size bytes and goes on there.
func (w *Writer) Truncate(size int64) error {
	if err := w.file.Truncate(size); err != nil {
		return fail(w.rel, err)
	}
	_, err := w.file.Seek(size, io.SeekStart)
	w.size = size
	return failNil(w.rel, err)
}

// DropCache is File.DropCache for what was written and synced.
func (w *Writer) DropCache() { dropCache(w.file) }

// Sync makes what was written survive a loss of power.
func (w *Writer) Sync() error { return failNil(w.rel, noSync(w.file.Sync())) }

// SetModified sets the modification time of the file as it is; writing on changes it again.
func (w *Writer) SetModified(at time.Time) error {
	return failNil(w.rel, w.root.root.Chtimes(filepath.FromSlash(w.rel), at, at))
}

// Commit syncs the file and its folders, sets its modification time unless that is zero,
// and closes it.
func (w *Writer) Commit(modified time.Time) error {
	err := w.Sync()
	if closeErr := w.Close(); err == nil {
		err = failNil(w.rel, closeErr)
	}
	if err == nil && !modified.IsZero() {
		err = w.SetModified(modified)
	}
	if err == nil {
		err = w.root.Flush(w.rel)
	}
	return err
}

// Close closes the file and leaves it as it is.
func (w *Writer) Close() error {
	if w.over {
		return nil
	}
	w.over = true
	return w.file.Close()
}

// Abort closes the file and removes it.
func (w *Writer) Abort() error {
	return errors.Join(failNil(w.rel, w.Close()), w.root.Remove(w.rel))
}

// RemoveAll deletes the folder or file rel with all that lies in it, following no link.
// It is for folders that belong to this program. What does not exist is no error.
func (r *Root) RemoveAll(rel string) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	if path.Clean(rel) == "." {
		return refuse("The library folder itself cannot be removed.")
	}
	err := r.root.RemoveAll(filepath.FromSlash(rel))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return failNil(rel, err)
}

// FreeBytes returns how many bytes may still be written on the file system of the Root; ok
// is false where the system does not tell.
func (r *Root) FreeBytes() (free uint64, ok bool) { return FreeBytes(r.resolved) }
