package guard

import (
	"context"
	"io"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// The most that content may be larger than its deflated form: text packs well, weights and
// pictures hardly. The first MiB is free.
const (
	zipTextRatio = 200
	zipDataRatio = 20
	zipRatioFree = 1 * mib
)

// ZipReader is an archive from outside that was looked through: its names lead nowhere,
// its members are regular files that lie side by side, and none is larger than it says.
// Content is only read by Open, within these bounds. It may be used by several goroutines.
type ZipReader struct {
	from      io.ReaderAt
	size      int64
	limits    Limits
	entries   []zipEntry       // in the order of the directory
	byName    map[string]int32 // folded
	order     []int32          // of entries, by offset
	directory int64            // where it begins
	comment   string
	summed    bool // checksums were read
}

// zipEntry is one line of the directory.
type zipEntry struct {
	name         string
	size, packed int64
	offset       int64 // of the local header
	end          int64 // where the next thing begins
	modified     int64
	crc          uint32
	method       uint16
	flags        uint16
	folder       bool
	hasSum       bool
	sum          [32]byte
}

// ZipFile describes a member of an archive.
type ZipFile struct {
	Name     string
	Size     int64 // of the content
	Packed   int64 // in the archive
	Modified int64 // seconds since 1970; 0 when the archive does not say
}

// OpenZip reads the directory of an archive of size bytes and refuses with Invalid or
// TooLarge whatever is not the plain archive of files that this program writes and reads:
// each refusal says why and names the member. Nothing is allocated for what the archive
// only claims to have.
func OpenZip(from io.ReaderAt, size int64, limits Limits) (*ZipReader, error) {
	z := &ZipReader{from: from, size: size, limits: limits}
	end, here, err := z.findEnd()
	if err != nil {
		return nil, err
	}
	switch {
	case end.members > int64(limits.ArchiveEntries):
		return nil, lora.Errorf(lora.TooLarge, "The archive has %d members; %d are allowed.", end.members, limits.ArchiveEntries)
	case end.size > limits.ArchiveDirectory:
		return nil, lora.Errorf(lora.TooLarge, "The directory of the archive has %d bytes; %d are allowed.", end.size, limits.ArchiveDirectory)
	case end.members == 0:
		return nil, zipBad("It has no members.")
	case end.offset < 0 || end.size < 0 || end.offset > here || end.offset+end.size != here:
		return nil, zipBad("Its directory does not lie where the end record says: bytes were put before the archive, or are missing.")
	case end.size < end.members*zipCentralBytes:
		return nil, zipBad("Its directory is too short for the %d members it claims.", end.members)
	}
	z.directory = end.offset
	if err := z.readDirectory(end); err != nil {
		return nil, err
	}
	return z, z.checkLayout()
}

func zipBad(format string, args ...any) error {
	e := lora.Errorf(lora.Invalid, format, args...)
	e.Message = "This is not an archive that can be read. " + e.Message
	return e
}

// findEnd reads the records at the end of the file, which must be the very last thing, and
// says where they begin.
func (z *ZipReader) findEnd() (end zipEnd, here int64, err error) {
	if z.size < zipEndBytes {
		return end, 0, zipBad("It is too short to be a ZIP file.")
	}
	tail := make([]byte, min(z.size, zipEndBytes+zipMax16+zipEnd64Bytes+zipLocatorBytes))
	if _, err := z.from.ReadAt(tail, z.size-int64(len(tail))); err != nil && err != io.EOF { //nolint:errorlint // ReaderAt gives it bare
		return end, 0, zipDamaged("", err)
	}
	at := -1
	for i := len(tail) - zipEndBytes; i >= 0; i-- {
		if le.Uint32(tail[i:]) == zipEndSign && int(le.Uint16(tail[i+20:])) == len(tail)-i-zipEndBytes {
			at = i
			break
		}
	}
	if at < 0 {
		return end, 0, zipBad("It has no end record: it is not a ZIP file, or a part of it is missing.")
	}
	b := tail[at:]
	z.comment = string(b[zipEndBytes:])
	end = zipEnd{members: int64(le.Uint16(b[10:])), size: int64(le.Uint32(b[12:])), offset: int64(le.Uint32(b[16:]))}
	here = z.size - int64(len(b))
	if le.Uint32(b[4:]) != 0 || le.Uint16(b[8:]) != le.Uint16(b[10:]) {
		return end, 0, zipBad("It is a part of an archive that was cut into several volumes.")
	}
	if end.members == zipMax16 || end.size == zipMax32 || end.offset == zipMax32 {
		if end, here, err = findEnd64(tail[:at], here, end); err != nil {
			return end, 0, err
		}
	}
	return end, here, nil
}

// findEnd64 reads the 64-bit end record when there is one before the other.
func findEnd64(before []byte, here int64, end zipEnd) (zipEnd, int64, error) {
	locator := len(before) - zipLocatorBytes
	if locator < 0 || le.Uint32(before[locator:]) != zipLocatorSign {
		return end, here, nil // exactly that many, without 64 bits
	}
	record := locator - zipEnd64Bytes
	at := here - zipLocatorBytes - zipEnd64Bytes
	if record < 0 || le.Uint32(before[record:]) != zipEnd64Sign || le.Uint64(before[record+4:]) != zipEnd64Bytes-12 ||
		le.Uint64(before[locator+8:]) != uint64(at) { //nolint:gosec // at is not negative: record is not
		return end, here, zipBad("Its 64-bit end record does not lie where it should.")
	}
	b := before[record:]
	members, size, offset := le.Uint64(b[32:]), le.Uint64(b[40:]), le.Uint64(b[48:])
	if le.Uint64(b[24:]) != members || le.Uint64(b[16:]) != 0 || members > 1<<40 || size > 1<<40 || offset > 1<<62 {
		return end, here, zipBad("Its 64-bit end record makes no sense.")
	}
	return zipEnd{members: int64(members), size: int64(size), offset: int64(offset)}, at, nil //nolint:gosec // bounded
}

// checkLayout makes sure that members lie one behind the other, from the first byte on.
func (z *ZipReader) checkLayout() error {
	z.order = make([]int32, len(z.entries))
	for i := range z.order {
		z.order[i] = int32(i) //nolint:gosec // bounded by ArchiveEntries
	}
	slices.SortFunc(z.order, func(a, b int32) int {
		return int(min(max(z.entries[a].offset-z.entries[b].offset, -1), 1))
	})
	if first := z.entries[z.order[0]]; first.offset != 0 {
		return zipBad("There are %d bytes before its first member.", first.offset)
	}
	end := z.directory
	for i := len(z.order) - 1; i >= 0; i-- {
		e := &z.entries[z.order[i]]
		e.end = end
		if e.packed > end-e.offset || e.offset+zipLocalBytes+int64(len(e.name))+e.packed > end {
			return zipRefuse(e.name, "shares its bytes with another member, or lies beyond the end")
		}
		end = e.offset
	}
	return nil
}

// Names calls visit with each member in the order of the directory until it returns false.
func (z *ZipReader) Names(visit func(ZipFile) bool) {
	for i := range z.entries {
		if e := &z.entries[i]; !e.folder && !visit(e.file()) {
			return
		}
	}
}

func (e *zipEntry) file() ZipFile {
	return ZipFile{Name: e.name, Size: e.size, Packed: e.packed, Modified: e.modified}
}

// Stat describes a member; NotFound when there is none of that very name.
func (z *ZipReader) Stat(name string) (ZipFile, error) {
	e, err := z.find(name)
	if err != nil {
		return ZipFile{}, err
	}
	return e.file(), nil
}

func (z *ZipReader) find(name string) (*zipEntry, error) {
	if i, ok := z.byName[foldName(name)]; ok && z.entries[i].name == name && !z.entries[i].folder {
		return &z.entries[i], nil
	}
	return nil, lora.Errorf(lora.NotFound, "The archive has no member %s.", DisplayName(name))
}

// zipRefuse is the refusal of an archive because of one member.
func zipRefuse(name, why string) error {
	return &lora.Error{Code: lora.Invalid, Field: name, Message: "The archive cannot be read: " + DisplayName(name) + " " + why + "."}
}

// zipDamaged is a member whose bytes are not what the archive says.
func zipDamaged(name string, err error) error {
	if name == "" {
		return &lora.Error{Code: lora.Invalid, Message: "The archive is damaged or cannot be read to its end.", Err: err}
	}
	return &lora.Error{Code: lora.Invalid, Field: name, Message: "The archive is damaged: " + DisplayName(name) + " is not what was written.", Err: err}
}

// isText reports whether a member is one of those that pack well.
func isText(name string) bool {
	for _, suffix := range []string{".json", ".jsonl", ".txt", ".sha256", ".info"} {
		if strings.HasSuffix(foldName(name), suffix) {
			return true
		}
	}
	return false
}

// hashOutside hashes all bytes that are not the content of stored members, as a seal does.
func (z *ZipReader) hashOutside(ctx context.Context, to io.Writer) error {
	at, room := int64(0), make([]byte, 64*kib)
	copyTo := func(end int64) error {
		_, err := io.CopyBuffer(struct{ io.Writer }{to}, io.NewSectionReader(z.from, at, end-at), room)
		at = end
		return err
	}
	for _, i := range z.order {
		e := &z.entries[i]
		if e.method != zipStored || e.name == ZipChecksums || e.name == ZipManifest {
			continue
		}
		begin, err := z.content(e)
		if err != nil {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err := copyTo(begin); err != nil {
			return zipDamaged(e.name, err)
		}
		at += e.packed
	}
	if err := copyTo(z.size - int64(len(z.comment))); err != nil {
		return zipDamaged("", err)
	}
	return nil
}
