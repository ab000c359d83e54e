package ziptest

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
)

// Entry is one member. What is not set is as it should be.
type Entry struct {
	Name      string
	LocalName string // in the header before the content, where that lies
	Content   []byte
	Deflate   bool
	Packed    []byte // instead of what becomes of Content
	Mode      uint32 // Unix mode; a regular file when 0
	Flags     uint16
	Method    uint16 // instead of stored or deflated
	Disk      uint16
	CRC       *uint32
	Size      *uint64 // that is claimed
	PackedLie *uint64 // size of the packed content that is claimed
	Offset    *uint32 // that is claimed
	Wide      bool    // sizes in the 64-bit field though they are small
}

// Build writes an archive of the entries, with a comment.
func Build(comment string, entries ...Entry) []byte {
	b := &builder{}
	for i := range entries {
		b.member(&entries[i])
	}
	return b.end(len(entries), comment)
}

// BuildSealed writes an archive of the entries with a seal that is right, whatever they
// are.
func BuildSealed(entries ...Entry) []byte {
	b := &builder{}
	for i := range entries {
		b.member(&entries[i])
	}
	data := b.end(len(entries), "seal:v1:"+string(bytes.Repeat([]byte("0"), 64)))
	body, sum := data[:len(data)-72], sha256.New()
	at := 0
	for _, s := range b.outside {
		_, _ = sum.Write(body[at:s[0]])
		at = s[1]
	}
	_, _ = sum.Write(body[at:])
	return append(body, "seal:v1:"+hex.EncodeToString(sum.Sum(nil))...)
}

// Checksums is the member that lists the digests of the entries.
func Checksums(entries ...Entry) Entry {
	var list bytes.Buffer
	for _, e := range entries {
		_, _ = fmt.Fprintf(&list, "%x  %s\n", sha256.Sum256(e.Content), e.Name)
	}
	return Entry{Name: "checksums.sha256", Content: list.Bytes()}
}

type builder struct {
	out       bytes.Buffer
	directory bytes.Buffer
	outside   [][2]int // content that a seal leaves out
}

var le = binary.LittleEndian

func (b *builder) member(e *Entry) {
	packed, method := e.pack()
	size, packedSize, crc := uint64(len(e.Content)), uint64(len(packed)), crc32.ChecksumIEEE(e.Content)
	for _, lie := range []struct{ to, from *uint64 }{{&size, e.Size}, {&packedSize, e.PackedLie}} {
		if lie.from != nil {
			*lie.to = *lie.from
		}
	}
	if e.CRC != nil {
		crc = *e.CRC
	}
	offset := uint32(b.out.Len()) //nolint:gosec // small
	common := func(to *bytes.Buffer, name string) []byte {
		extra := []byte{}
		small := []uint32{uint32(min(packedSize, 1<<32-1)), uint32(min(size, 1<<32-1))} //nolint:gosec // bounded
		if e.Wide || size >= 1<<32-1 || packedSize >= 1<<32-1 {
			small = []uint32{1<<32 - 1, 1<<32 - 1}
			extra = le.AppendUint16(le.AppendUint16(extra, 1), 16)
			extra = le.AppendUint64(le.AppendUint64(extra, size), packedSize)
		}
		head := le.AppendUint16(nil, 20)
		head = le.AppendUint16(le.AppendUint16(head, e.Flags), method)
		head = le.AppendUint32(le.AppendUint32(head, 0x21<<16), crc)
		head = le.AppendUint32(le.AppendUint32(head, small[0]), small[1])
		head = le.AppendUint16(head, uint16(len(name)))  //nolint:gosec // small
		head = le.AppendUint16(head, uint16(len(extra))) //nolint:gosec // small
		_, _ = to.Write(head)
		return extra
	}
	local := e.Name
	if e.LocalName != "" {
		local = e.LocalName
	}
	_, _ = b.out.Write([]byte("PK\x03\x04"))
	extra := common(&b.out, local)
	_, _ = b.out.WriteString(local)
	_, _ = b.out.Write(extra)
	begin := b.out.Len()
	_, _ = b.out.Write(packed)
	if method == 0 && e.Name != "manifest.json" && e.Name != "checksums.sha256" {
		b.outside = append(b.outside, [2]int{begin, b.out.Len()})
	}

	if e.Offset != nil {
		offset = *e.Offset
	}
	mode := e.Mode
	if mode == 0 {
		mode = 0o100644
	}
	_, _ = b.directory.Write([]byte("PK\x01\x02\x14\x03"))
	extra = common(&b.directory, e.Name)
	tail := le.AppendUint16(nil, 0) // no comment
	tail = le.AppendUint16(le.AppendUint16(tail, e.Disk), 0)
	tail = le.AppendUint32(le.AppendUint32(tail, mode<<16), offset)
	_, _ = b.directory.Write(tail)
	_, _ = b.directory.WriteString(e.Name)
	_, _ = b.directory.Write(extra)
}

func (e *Entry) pack() ([]byte, uint16) {
	packed, method := e.Content, uint16(0)
	if e.Deflate {
		packed, method = Deflate(bytes.NewReader(e.Content)), 8
	}
	if e.Packed != nil {
		packed = e.Packed
	}
	if e.Method != 0 {
		method = e.Method
	}
	return packed, method
}

func (b *builder) end(entries int, comment string) []byte {
	offset := b.out.Len()
	_, _ = b.out.Write(b.directory.Bytes())
	end := append([]byte("PK\x05\x06"), 0, 0, 0, 0)
	end = le.AppendUint16(le.AppendUint16(end, uint16(entries)), uint16(entries))          //nolint:gosec // few
	end = le.AppendUint32(le.AppendUint32(end, uint32(b.directory.Len())), uint32(offset)) //nolint:gosec // small
	end = append(le.AppendUint16(end, uint16(len(comment))), comment...)                   //nolint:gosec // short
	_, _ = b.out.Write(end)
	return b.out.Bytes()
}

// Deflate packs what is read as hard as it can.
func Deflate(from io.Reader) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression) // the level exists
	_, _ = io.Copy(w, from)
	_ = w.Close()
	return out.Bytes()
}
