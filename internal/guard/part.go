package guard

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"loramanager/internal/lora"
)

// Part is a file on its way to a library folder: it grows at its end, over as many
// attempts as it takes, and then gets its name by a Rename. It is used by one goroutine.
type Part struct {
	file *os.File
	rel  string
	size int64
}

// OpenPart opens the file rel to go on with it, or makes an empty one. Its folder must
// exist.
func (r *Root) OpenPart(rel string) (*Part, error) {
	if err := CheckRel(rel); err != nil {
		return nil, err
	}
	file, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDWR|os.O_CREATE|openFileFlags, 0o640)
	if err != nil {
		return nil, fail(rel, err)
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = lora.FieldErrorf(lora.Invalid, "path", "%s is not a regular file.", DisplayName(rel))
	}
	if err != nil {
		_ = file.Close() // nothing was written
		return nil, failNil(rel, err)
	}
	return &Part{file: file, rel: rel, size: info.Size()}, nil
}

// Size returns how many bytes are there.
func (p *Part) Size() int64 { return p.size }

// Write appends.
func (p *Part) Write(data []byte) (int, error) {
	n, err := p.file.WriteAt(data, p.size)
	p.size += int64(n)
	return n, failNil(p.rel, err)
}

// ReadAt implements io.ReaderAt.
func (p *Part) ReadAt(data []byte, offset int64) (int, error) {
	n, err := p.file.ReadAt(data, offset)
	if errors.Is(err, io.EOF) {
		return n, io.EOF
	}
	return n, failNil(p.rel, err)
}

// Empty drops all bytes.
func (p *Part) Empty() error {
	err := p.file.Truncate(0)
	if err == nil {
		p.size = 0
	}
	return failNil(p.rel, err)
}

// Sync makes what was written survive a loss of power.
func (p *Part) Sync() error { return failNil(p.rel, noSync(p.file.Sync())) }

// Close implements io.Closer.
func (p *Part) Close() error { return failNil(p.rel, p.file.Close()) }
