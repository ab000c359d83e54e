package guard

import (
	"bufio"
	"compress/flate"
	"crypto/sha256"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"sync"
)

// Open opens a member. Reading it gives at most as many bytes as the directory says; a
// clean io.EOF comes only when size, CRC and, once LoadChecksums has been called, the
// SHA-256 are right. Everything else is Invalid with the member's name as field.
func (z *ZipReader) Open(name string) (io.ReadCloser, error) {
	e, err := z.find(name)
	if err != nil {
		return nil, err
	}
	begin, err := z.content(e)
	if err != nil {
		return nil, err
	}
	packed := bufio.NewReaderSize(io.NewSectionReader(z.from, begin, e.packed), int(min(max(e.packed, 16), 256*kib)))
	m := &zipContent{entry: e, packed: packed, from: packed, left: e.size, crc: crc32.NewIEEE()}
	if e.method == zipDeflated {
		m.inflater = newInflater(packed)
		m.from = m.inflater
	}
	if e.hasSum {
		m.sha = sha256.New()
	}
	return m, nil
}

// content returns where the content of a member begins. Its local header must say what
// the directory says.
func (z *ZipReader) content(e *zipEntry) (int64, error) {
	var head [zipLocalBytes]byte
	if _, err := z.from.ReadAt(head[:], e.offset); err != nil {
		return 0, zipDamaged(e.name, err)
	}
	name := make([]byte, len(e.name))
	begin := e.offset + zipLocalBytes + int64(len(name)) + int64(le.Uint16(head[28:]))
	if le.Uint32(head[:]) != zipLocalSign || int(le.Uint16(head[26:])) != len(name) ||
		le.Uint16(head[6:]) != e.flags || le.Uint16(head[8:]) != e.method {
		return 0, zipRefuse(e.name, "has a header that does not agree with the directory")
	}
	if _, err := z.from.ReadAt(name, e.offset+zipLocalBytes); err != nil {
		return 0, zipDamaged(e.name, err)
	}
	if string(name) != e.name {
		return 0, zipRefuse(e.name, "has another name in its header")
	}
	if begin+e.packed > e.end {
		return 0, zipRefuse(e.name, "shares its bytes with another member, or lies beyond the end")
	}
	return begin, nil
}

var inflaters sync.Pool

func newInflater(from io.Reader) io.ReadCloser {
	if r, ok := inflaters.Get().(io.ReadCloser); ok {
		_ = r.(flate.Resetter).Reset(from, nil) // cannot fail without a dictionary
		return r
	}
	return flate.NewReader(from)
}

// zipContent is the content of a member while it is read.
type zipContent struct {
	entry    *zipEntry
	packed   *bufio.Reader
	from     io.Reader
	inflater io.ReadCloser
	left     int64
	crc      hash.Hash32
	sha      hash.Hash // nil when the archive has no checksums
	err      error
}

// Read implements io.Reader.
func (m *zipContent) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	if m.left == 0 {
		m.err = m.atEnd()
		return 0, m.err
	}
	n, err := m.from.Read(p[:min(int64(len(p)), m.left)])
	m.left -= int64(n)
	_, _ = m.crc.Write(p[:n])
	if m.sha != nil {
		_, _ = m.sha.Write(p[:n])
	}
	switch {
	case err == nil || errors.Is(err, io.EOF) && m.left == 0:
		return n, nil // what follows is judged by the next call
	case errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	m.err = zipDamaged(m.entry.name, err)
	return n, m.err
}

// atEnd judges what was read, and makes sure that nothing follows.
func (m *zipContent) atEnd() error {
	var one [1]byte
	n, err := io.ReadFull(m.from, one[:])
	switch {
	case n > 0:
		return zipRefuse(m.entry.name, "holds more than the directory says")
	case !errors.Is(err, io.EOF):
		return zipDamaged(m.entry.name, err)
	}
	if _, err := m.packed.ReadByte(); !errors.Is(err, io.EOF) {
		return zipRefuse(m.entry.name, "holds more than the directory says")
	}
	if m.crc.Sum32() != m.entry.crc {
		return zipDamaged(m.entry.name, errors.New("the CRC differs"))
	}
	if m.sha != nil && [32]byte(m.sha.Sum(nil)) != m.entry.sum {
		return zipDamaged(m.entry.name, errors.New("the SHA-256 differs"))
	}
	return io.EOF
}

// Close implements io.Closer.
func (m *zipContent) Close() error {
	if m.inflater != nil {
		inflaters.Put(m.inflater)
		m.inflater, m.err = nil, io.ErrClosedPipe
	}
	return nil
}
