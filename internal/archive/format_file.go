package archive

import (
	"context"
	"errors"
	"io"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// rootSet opens library folders once for all files of an archive.
type rootSet struct {
	open map[string]*guard.Root // nil where a folder is not there
}

func (s *rootSet) get(path string) *guard.Root {
	if root, known := s.open[path]; known {
		return root
	}
	if s.open == nil {
		s.open = make(map[string]*guard.Root)
	}
	root, err := guard.OpenRoot(path)
	if err != nil {
		root = nil
	}
	s.open[path] = root
	return root
}

func (s *rootSet) close() {
	for _, root := range s.open {
		if root != nil {
			_ = root.Close() // only read
		}
	}
	s.open = nil
}

// diskFile is a file of a library folder as it was when the archive was planned.
type diskFile struct {
	root    *guard.Root
	rel     string
	size    int64
	mtimeNS int64
}

// lookAt describes a file; ok is false when there is none that could be read.
func lookAt(root *guard.Root, rel string) (f diskFile, ok bool) {
	if root == nil || rel == "" {
		return f, false
	}
	info, err := root.Stat(rel)
	if err != nil || !info.Mode().IsRegular() {
		return f, false
	}
	return diskFile{root, rel, info.Size(), info.ModTime().UnixNano()}, true
}

// Open implements guard.ZipSource. The file must be the one that was planned.
func (f diskFile) Open(context.Context) (io.ReadCloser, error) {
	file, err := f.root.Open(f.rel)
	if err != nil {
		return nil, f.changed(err)
	}
	if info := file.Info(); info.Size() != f.size || info.ModTime().UnixNano() != f.mtimeNS {
		return nil, errors.Join(f.changed(nil), file.Close())
	}
	return &openDiskFile{File: file, planned: f}, nil
}

func (f diskFile) changed(err error) error {
	name := guard.DisplayName(f.rel)
	return &lora.Error{Code: lora.Conflict, Field: name, Message: name + " changed, or went away, after the archive was planned. Start again.", Err: err}
}

// openDiskFile is a file on its way into an archive.
type openDiskFile struct {
	*guard.File
	planned diskFile
	read    int64
}

// dropEvery is how many bytes are read between two calls of DropCache.
const dropEvery = 64 << 20

// Read implements io.Reader. What was read is not kept in memory by the system: an
// archive is larger than that, and would push out everything else.
func (f *openDiskFile) Read(p []byte) (int, error) {
	n, err := f.File.Read(p)
	before := f.read / dropEvery
	f.read += int64(n)
	if f.read/dropEvery != before {
		f.DropCache()
	}
	return n, err
}

// Close implements io.Closer; it fails when the file was written to meanwhile.
func (f *openDiskFile) Close() error {
	f.DropCache()
	info, err := f.Stat()
	if err == nil && (info.Size() != f.planned.size || info.ModTime().UnixNano() != f.planned.mtimeNS) {
		err = f.planned.changed(nil)
	}
	return errors.Join(err, f.File.Close())
}

// keptPicture is a picture, which never changes.
type keptPicture struct {
	pictures PictureSource
	sha      string
}

// Open implements guard.ZipSource.
func (k keptPicture) Open(ctx context.Context) (io.ReadCloser, error) {
	picture, _, err := k.pictures.Open(ctx, k.sha)
	return picture, err
}
