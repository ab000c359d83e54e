package guard

import (
	"context"
	"io"
)

// Member returns a member as it can be written into another archive without unpacking it.
// LoadChecksums must have been called: a member it does not know has no digest, and is
// NotFound. What is read is not compared again: whoever reads the new archive does so.
func (z *ZipReader) Member(name string) (ZipMember, error) {
	e, err := z.find(name)
	if err != nil {
		return ZipMember{}, err
	}
	if !e.hasSum {
		return ZipMember{}, zipRefuse(name, "has no checksum")
	}
	begin, err := z.content(e)
	if err != nil {
		return ZipMember{}, err
	}
	return ZipMember{
		Name: e.name, Size: e.size, Packed: e.packed, Modified: e.modified, Deflated: e.method == zipDeflated,
		Known: true, CRC32: e.crc, SHA256: e.sum, Source: zipPacked{z.from, begin, e.packed},
	}, nil
}

// zipPacked is a member of an archive as it lies there.
type zipPacked struct {
	from  io.ReaderAt
	begin int64
	size  int64
}

// Open implements ZipSource.
func (p zipPacked) Open(context.Context) (io.ReadCloser, error) {
	return struct {
		io.ReadSeeker
		io.Closer
	}{io.NewSectionReader(p.from, p.begin, p.size), io.NopCloser(nil)}, nil
}
