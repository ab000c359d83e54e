package library

import (
	"encoding/binary"
	"encoding/hex"
	"io"
	"sync"

	"github.com/zeebo/blake3"
)

// headBytes is what is read of a file in one go: the whole header of most adapters.
const headBytes = 64 << 10

var heads = sync.Pool{New: func() any { b := make([]byte, headBytes); return &b }}

// hashers keep their 10 KB from file to file.
var hashers = sync.Pool{New: func() any { return blake3.New() }}

// headReader reads the beginning of a file once for all who look at it: one read of
// the disk instead of several. It must be released.
type headReader struct {
	file   io.ReaderAt
	buffer *[]byte
	head   []byte
}

func newHeadReader(file io.ReaderAt, size int64) (*headReader, error) {
	buffer, _ := heads.Get().(*[]byte)
	n, err := file.ReadAt((*buffer)[:min(size, headBytes)], 0)
	if err != nil && err != io.EOF { //nolint:errorlint // ReaderAt promises plain EOF
		heads.Put(buffer)
		return nil, err
	}
	return &headReader{file: file, buffer: buffer, head: (*buffer)[:n]}, nil
}

func (r *headReader) release() { heads.Put(r.buffer) }

// ReadAt implements io.ReaderAt.
func (r *headReader) ReadAt(p []byte, off int64) (int, error) {
	if off >= 0 && off+int64(len(p)) <= int64(len(r.head)) {
		return copy(p, r.head[off:]), nil
	}
	return r.file.ReadAt(p, off)
}

// sampleBytes is how much behind the header the quick digest covers.
const sampleBytes = 16 << 10

// quickDigest is BLAKE3 over the size, the first head bytes (a header) and the start
// of the weights behind it. Two trainings differ in all of their weights, so that is
// enough to recognise a moved file. It is also what the disk has at hand: samples from
// further inside would triple the time a hard disk needs for a scan.
func (r *headReader) quickDigest(size, head int64) (string, error) {
	h, _ := hashers.Get().(*blake3.Hasher)
	defer hashers.Put(h)
	h.Reset()
	var length [8]byte
	binary.LittleEndian.PutUint64(length[:], uint64(size)) //nolint:gosec // a size is never negative
	_, _ = h.Write(length[:])                              // a hash never fails
	end := min(size, head+sampleBytes)
	known := min(end, int64(len(r.head)))
	_, _ = h.Write(r.head[:known])
	if known < end {
		buffer, _ := heads.Get().(*[]byte)
		defer heads.Put(buffer)
		if _, err := io.CopyBuffer(h, io.NewSectionReader(r.file, known, end-known), *buffer); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}
