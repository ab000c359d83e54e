package archive

import (
	"bufio"
	"context"
	"crypto/sha256"
	"hash"
	"hash/crc32"
	"io"
	"time"

	"github.com/klauspost/compress/flate"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// compression says how hard members that are text are packed.
type compression string

// levels are the compressions there are. Adapter files and pictures are never packed.
var levels = map[compression]int{"none": flate.NoCompression, "fast": flate.BestSpeed, "balanced": 5, "max": flate.BestCompression}

func (c compression) level() (int, error) {
	if c == "" {
		c = "balanced"
	}
	level, ok := levels[c]
	if !ok {
		return 0, lora.FieldErrorf(lora.Invalid, "compression", "The compression is none, fast, balanced or max.")
	}
	return level, nil
}

// pack is a file of the program's own in which the text members of an archive wait, packed
// as they will be sent, so that memory does not grow with them.
type pack struct {
	file   *guard.Writer
	buf    *bufio.Writer
	packer *flate.Writer // nil to store
	size   int64
}

func newPack(root *guard.Root, rel string, level int) (*pack, error) {
	file, err := root.Create(rel)
	if err != nil {
		return nil, err
	}
	p := &pack{file: file, buf: bufio.NewWriterSize(file, 256<<10)}
	if level != flate.NoCompression {
		if p.packer, err = flate.NewWriter(io.Discard, level); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// slice is a part of a pack. It implements guard.ZipSource.
type slice struct {
	pack *pack
	at   int64
	n    int64
}

// Open implements guard.ZipSource.
func (s slice) Open(context.Context) (io.ReadCloser, error) { return packReader{s.reader()}, nil }

func (s slice) reader() *io.SectionReader { return io.NewSectionReader(s.pack.file, s.at, s.n) }

type packReader struct{ *io.SectionReader }

// Close implements io.Closer.
func (packReader) Close() error { return nil }

// flush makes everything readable that was written.
func (p *pack) flush() error { return p.buf.Flush() }

// Write appends to the file as it is.
func (p *pack) Write(data []byte) (int, error) {
	n, err := p.buf.Write(data)
	p.size += int64(n)
	return n, err
}

// keep appends bytes that are no member.
func (p *pack) keep(data []byte) (slice, error) {
	at := p.size
	_, err := p.Write(data)
	return slice{p, at, p.size - at}, err
}

// member appends a whole member.
func (p *pack) member(name string, data []byte, modified time.Time) (guard.ZipMember, error) {
	w := p.begin(name, modified)
	if _, err := w.Write(data); err != nil {
		return guard.ZipMember{}, err
	}
	return w.end()
}

// packing is a member while it is written. One is written at a time.
type packing struct {
	pack   *pack
	member guard.ZipMember
	at     int64
	to     io.Writer
	crc    hash.Hash32
	sha    hash.Hash
}

// begin begins a member that is written piece by piece.
func (p *pack) begin(name string, modified time.Time) *packing {
	w := &packing{pack: p, at: p.size, to: p, crc: crc32.NewIEEE(), sha: sha256.New()}
	w.member = guard.ZipMember{Name: name, Modified: modified.Unix(), Known: true}
	if p.packer != nil {
		p.packer.Reset(p)
		w.to, w.member.Deflated = p.packer, true
	}
	return w
}

// Write implements io.Writer.
func (w *packing) Write(data []byte) (int, error) {
	_, _ = w.crc.Write(data)
	_, _ = w.sha.Write(data)
	n, err := w.to.Write(data)
	w.member.Size += int64(n)
	return n, err
}

func (w *packing) end() (guard.ZipMember, error) {
	if w.member.Deflated {
		if err := w.pack.packer.Close(); err != nil {
			return guard.ZipMember{}, err
		}
	}
	w.member.Packed = w.pack.size - w.at
	w.member.CRC32, w.member.SHA256 = w.crc.Sum32(), [32]byte(w.sha.Sum(nil))
	w.member.Source = slice{w.pack, w.at, w.member.Packed}
	return w.member, nil
}

// close closes the file and leaves it to whoever owns the folder.
func (p *pack) close() error { return p.file.Close() }
