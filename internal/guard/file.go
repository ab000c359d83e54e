package guard

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loramanager/internal/lora"
)

// File is a regular file opened for reading. It implements io.Reader, io.ReaderAt,
// io.Seeker and io.Closer.
type File struct {
	file *os.File
	info fs.FileInfo
}

// Open opens the regular file rel read-only, following links that stay inside the
// Root. Pipes, sockets, devices and folders are refused with Invalid, without
// waiting for a writer at the other end.
func (r *Root) Open(rel string) (*File, error) {
	if err := checkLocal(rel); err != nil {
		return nil, err
	}
	file, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openFileFlags, 0)
	if err != nil {
		return nil, fail(rel, err)
	}
	info, err := file.Stat()
	if err != nil {
		_ = file.Close() // nothing was written; the first error is the one to report
		return nil, fail(rel, err)
	}
	if !info.Mode().IsRegular() {
		_ = file.Close()
		return nil, lora.FieldErrorf(lora.Invalid, "path", "%s is not a regular file.", DisplayName(rel))
	}
	return &File{file: file, info: info}, nil
}

// ReadFile returns the whole content of rel, at most limit bytes; a longer file is
// TooLarge. Memory grows with what is read, not with what the file claims to hold.
func (r *Root) ReadFile(rel string, limit int64) ([]byte, error) {
	file, err := r.Open(rel)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	tooLarge := lora.FieldErrorf(lora.TooLarge, "path", "%s is larger than %d bytes.", DisplayName(rel), limit)
	if file.Size() > limit {
		return nil, tooLarge
	}
	data := make([]byte, 0, min(file.Size(), 64*kib)+1)
	for {
		n, err := file.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		if int64(len(data)) > limit {
			return nil, tooLarge
		}
		if errors.Is(err, io.EOF) {
			return data, nil
		}
		if err != nil {
			return nil, fail(rel, err)
		}
		if len(data) == cap(data) {
			data = append(data, 0)[:len(data)]
		}
	}
}

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) { return f.file.Read(p) }

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.file.ReadAt(p, off) }

// Seek implements io.Seeker.
func (f *File) Seek(offset int64, whence int) (int64, error) { return f.file.Seek(offset, whence) }

// Close implements io.Closer.
func (f *File) Close() error { return f.file.Close() }

// Info describes the file as it was when opened.
func (f *File) Info() fs.FileInfo { return f.info }

// Stat describes the file as it is now.
func (f *File) Stat() (fs.FileInfo, error) { return f.file.Stat() }

// Size returns the number of bytes the file had when opened.
func (f *File) Size() int64 { return f.info.Size() }

// DropCache tells the operating system that the pages read so far are not needed
// again, so that hashing a library does not push everything else out of memory. It
// does nothing where the system has no such call.
func (f *File) DropCache() { dropCache(f.file) }

// ReadScattered tells the operating system that reads will be few and far apart, so
// that it reads nothing ahead: for a few KB of a large file it would fetch far more,
// from the disk and into memory. It does nothing where the system has no such call.
func (f *File) ReadScattered() { readScattered(f.file) }
