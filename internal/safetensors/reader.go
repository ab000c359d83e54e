package safetensors

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"loramanager/internal/lora"
)

const (
	// lengthBytes is the size of the header length in front of the header.
	lengthBytes = 8
	// firstRead is what the first read asks for; it holds most headers whole.
	firstRead = 128 << 10
	// keptBytes is the largest working memory worth keeping for the next file.
	keptBytes = 2 << 20
)

// workshop is what one Read works with; it is pooled.
type workshop struct {
	file []byte // the first bytes of the file, length included
	scan scanner
}

var workshops = sync.Pool{New: func() any { return new(workshop) }}

// Read reads and checks the header of a safetensors file of size bytes. It never
// reads tensor bytes beyond its first read of 128 KiB.
//
// A file that breaks a rule gives an *Error. For the codes truncated and
// trailing_data everything but the length of the file is sound, and the header
// is returned beside the *Error so that the file can still be described; for all
// others it is nil. An error that is no *Error comes from r: the file could not
// be read, or got shorter meanwhile.
//
// All strings of a header share one piece of memory: clone what outlives it.
func Read(r io.ReaderAt, size int64, lim Limits) (*lora.Header, error) {
	return ReadContext(context.Background(), r, size, lim)
}

// ReadContext is Read that stops when ctx ends. It looks at ctx before each read
// and every 256 tensors or metadata entries. Without ctx the time is bounded by
// the work: one pass over at most Limits.HeaderBytes and one sort of at most
// Limits.Tensors, about 0.1 s of one core at the default limits.
func ReadContext(ctx context.Context, r io.ReaderAt, size int64, lim Limits) (*lora.Header, error) {
	w := workshops.Get().(*workshop) //nolint:errcheck,forcetypeassert // the pool holds nothing else
	defer w.release()
	lim = lim.effective()
	n, err := w.load(ctx, r, size, lim)
	if err != nil {
		return nil, err
	}
	s := &w.scan
	s.reset(w.file[lengthBytes:lengthBytes+n], lim)
	if err := s.scan(ctx); err != nil {
		return nil, err
	}
	err = s.layout(size - lengthBytes - n)
	var finding *Error
	if errors.As(err, &finding) && finding.Code != CodeTruncated && finding.Code != CodeTrailingData {
		return nil, err
	}
	return s.header(size), err
}

// release gives the workshop back, unless an unusual file made it large.
func (w *workshop) release() {
	w.scan.src = nil
	const entryBytes, pairBytes, slotBytes = 72, 16, 12
	kept := cap(w.file) + cap(w.scan.arena) + cap(w.scan.scratch) + 8*cap(w.scan.dims) +
		entryBytes*cap(w.scan.tensors) + pairBytes*cap(w.scan.pairs) +
		slotBytes*(cap(w.scan.names.slots)+cap(w.scan.keys.slots))
	if kept <= keptBytes {
		workshops.Put(w)
	}
}

// load reads the header length n and the header itself into w.file.
func (w *workshop) load(ctx context.Context, r io.ReaderAt, size int64, lim Limits) (n int64, err error) {
	w.file = w.file[:0]
	if err := w.read(ctx, r, min(max(size, 0), firstRead)); err != nil {
		return 0, err
	}
	if finding := disguise(w.file); finding != nil {
		return 0, finding
	}
	n, finding := headerLength(w.file, size, lim)
	if finding != nil {
		return 0, finding
	}
	if len(w.file) > lengthBytes && w.file[lengthBytes] != '{' {
		return min(n, int64(len(w.file))-lengthBytes), nil // the scan ends at the first byte
	}
	// Doubling keeps memory near what the file turned out to hold, in case size
	// promised more.
	for have := int64(len(w.file)); have < lengthBytes+n; have = int64(len(w.file)) {
		if err := w.read(ctx, r, min(lengthBytes+n-have, have)); err != nil {
			return 0, err
		}
	}
	return n, nil
}

// read appends the next count bytes of the file to w.file.
func (w *workshop) read(ctx context.Context, r io.ReaderAt, count int64) error {
	if ctx.Err() != nil {
		return fmt.Errorf("read safetensors file: %w", ctx.Err())
	}
	have := len(w.file)
	w.file = slices.Grow(w.file, int(count))[:have+int(count)]
	got, err := r.ReadAt(w.file[have:], int64(have))
	if got == int(count) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read bytes %d to %d of the safetensors file: %w", have, have+int(count), err)
}

// headerLength checks the first eight bytes against the limits and the file.
func headerLength(first []byte, size int64, lim Limits) (int64, *Error) {
	if len(first) < lengthBytes {
		return 0, &Error{
			Code:    CodeTooShort,
			Message: fmt.Sprintf("The file has only %s; a safetensors file has at least 10.", byteCount(int64(len(first)))),
		}
	}
	n := binary.LittleEndian.Uint64(first)
	room := size - lengthBytes
	switch {
	case n == 0:
		return 0, &Error{Code: CodeHeaderLengthZero, Message: "The file begins with zeros instead of a header."}
	case n > uint64(lim.HeaderBytes): //nolint:gosec // positive by effective
		return 0, &Error{
			Code:    CodeHeaderTooLarge,
			Message: fmt.Sprintf("The file claims a header of %d bytes; the limit is %s.", n, byteCount(lim.HeaderBytes)),
		}
	case n > uint64(room): //nolint:gosec // size is at least lengthBytes here
		return 0, &Error{
			Code:    CodeHeaderBeyondFile,
			Message: fmt.Sprintf("The file is cut short inside its header: at least %s are missing.", byteCount(int64(n)-room)), //nolint:gosec // at most HeaderBytes
		}
	}
	return int64(n), nil //nolint:gosec // at most HeaderBytes
}

// header builds the result once everything is checked.
func (s *scanner) header(size int64) *lora.Header {
	text := string(s.arena)
	dims := make([]int64, len(s.dims))
	copy(dims, s.dims)
	h := &lora.Header{
		Tensors:     make([]lora.Tensor, len(s.tensors)),
		Metadata:    make(map[string]string, len(s.pairs)),
		HeaderBytes: int64(len(s.src)),
		FileBytes:   size,
	}
	for i := range s.tensors {
		e := &s.tensors[i]
		h.Tensors[i] = lora.Tensor{
			Name:  text[e.name.start:e.name.end],
			DType: e.dtype,
			Shape: dims[e.dims.start:e.dims.end:e.dims.end],
			Begin: e.begin,
			End:   e.end,
		}
	}
	for _, p := range s.pairs {
		h.Metadata[text[p.key.start:p.key.end]] = text[p.value.start:p.value.end]
	}
	return h
}
