package guard

import (
	"encoding/binary"
	"time"
)

// The records of a ZIP file, after PKWARE's APPNOTE 6.3.10.
const (
	zipLocalSign     = 0x04034b50
	zipCentralSign   = 0x02014b50
	zipDescriptorSig = 0x08074b50
	zipEndSign       = 0x06054b50
	zipEnd64Sign     = 0x06064b50
	zipLocatorSign   = 0x07064b50

	zipLocalBytes   = 30
	zipCentralBytes = 46
	zipEndBytes     = 22
	zipEnd64Bytes   = 56
	zipLocatorBytes = 20

	zipFlagEncrypted  = 0x1
	zipFlagDescriptor = 0x8 // CRC and sizes follow the content
	zipFlagStrong     = 0x40
	zipFlagUTF8       = 0x800

	zipStored   = 0
	zipDeflated = 8

	zipVersion   = 20 // needed to extract: deflate
	zipVersion64 = 45
	zipUnix      = 3 << 8 // made by: attributes are a Unix mode
	zipFileMode  = 0o100644 << 16

	zip64Extra = 1
	timeExtra  = 0x5455 // modification time to the second, as Info-ZIP keeps it

	zipMax16 = 1<<16 - 1
	zipMax32 = 1<<32 - 1
)

// zipTimeBytes is the length of the extra field with the time.
const zipTimeBytes = 9

var le = binary.LittleEndian

// big reports whether a member's own sizes need 64 bits.
func (m *ZipMember) big() bool { return m.Size >= zipMax32 || m.Packed >= zipMax32 }

func (m *ZipMember) version(far bool) uint16 {
	if far || m.big() {
		return zipVersion64
	}
	return zipVersion
}

func (m *ZipMember) flags() uint16 {
	var flags uint16
	if m.late() {
		flags |= zipFlagDescriptor
	}
	for i := range len(m.Name) {
		if m.Name[i] >= 0x80 {
			return flags | zipFlagUTF8
		}
	}
	return flags
}

func (m *ZipMember) method() uint16 {
	if m.Deflated {
		return zipDeflated
	}
	return zipStored
}

func (m *ZipMember) localBytes() int64 {
	n := int64(zipLocalBytes + zipTimeBytes + len(m.Name))
	if m.big() {
		n += 20
	}
	return n
}

// appendLocal writes the header before the content. Where the CRC is not known yet, it
// and the sizes are left to the descriptor behind.
func (m *ZipMember) appendLocal(b []byte) []byte {
	size, packed, crc := uint64(m.Size), uint64(m.Packed), m.CRC32 //nolint:gosec // sizes are not negative
	if m.late() {
		size, packed, crc = 0, 0, 0
	}
	b = le.AppendUint32(b, zipLocalSign)
	b = m.appendCommon(b, m.version(false), crc)
	if m.big() {
		b = le.AppendUint64(b, zipMax32<<32|zipMax32)
	} else {
		b = le.AppendUint32(b, uint32(packed)) //nolint:gosec // not big
		b = le.AppendUint32(b, uint32(size))   //nolint:gosec // not big
	}
	extra := zipTimeBytes
	if m.big() {
		extra += 20
	}
	b = le.AppendUint16(b, uint16(len(m.Name))) //nolint:gosec // checked by Add
	b = le.AppendUint16(b, uint16(extra))       //nolint:gosec // small
	b = append(b, m.Name...)
	if m.big() {
		b = le.AppendUint16(b, zip64Extra)
		b = le.AppendUint16(b, 16)
		b = le.AppendUint64(b, size)
		b = le.AppendUint64(b, packed)
	}
	return m.appendTime(b)
}

// appendCommon writes what local and central header have in common, from the version
// needed to the CRC.
func (m *ZipMember) appendCommon(b []byte, version uint16, crc uint32) []byte {
	date, clock := zipTime(m.Modified)
	b = le.AppendUint16(b, version)
	b = le.AppendUint16(b, m.flags())
	b = le.AppendUint16(b, m.method())
	b = le.AppendUint16(b, clock)
	b = le.AppendUint16(b, date)
	return le.AppendUint32(b, crc)
}

func (m *ZipMember) appendTime(b []byte) []byte {
	b = le.AppendUint16(b, timeExtra)
	b = le.AppendUint16(b, 5)
	b = append(b, 1)                              // only the modification time
	return le.AppendUint32(b, uint32(m.Modified)) //nolint:gosec // the format has 32 bits, good until 2106
}

func (m *ZipMember) descriptorBytes() int64 {
	switch {
	case !m.late():
		return 0
	case m.big():
		return 24
	}
	return 16
}

// appendDescriptor writes what the local header left open.
func (m *ZipMember) appendDescriptor(b []byte) []byte {
	if !m.late() {
		return b
	}
	b = le.AppendUint32(b, zipDescriptorSig)
	b = le.AppendUint32(b, m.CRC32)
	if m.big() {
		b = le.AppendUint64(b, uint64(m.Packed))  //nolint:gosec // not negative
		return le.AppendUint64(b, uint64(m.Size)) //nolint:gosec // not negative
	}
	b = le.AppendUint32(b, uint32(m.Packed))  //nolint:gosec // not big
	return le.AppendUint32(b, uint32(m.Size)) //nolint:gosec // not big
}

// central64 is the 64-bit extra field of the directory: only what does not fit.
func (m *ZipMember) central64() []byte {
	var b []byte
	for _, n := range []int64{m.Size, m.Packed, m.offset} {
		if n >= zipMax32 {
			b = le.AppendUint64(b, uint64(n)) //nolint:gosec // not negative
		}
	}
	return b
}

func (m *ZipMember) centralBytes() int64 {
	n := zipCentralBytes + len(m.Name) + zipTimeBytes
	if wide := len(m.central64()); wide > 0 {
		n += 4 + wide
	}
	return int64(n)
}

// appendCentral writes the member's line of the directory.
func (m *ZipMember) appendCentral(b []byte) []byte {
	wide := m.central64()
	extra := zipTimeBytes
	if len(wide) > 0 {
		extra += 4 + len(wide)
	}
	version := m.version(len(wide) > 0)
	b = le.AppendUint32(b, zipCentralSign)
	b = le.AppendUint16(b, zipUnix|version)
	b = m.appendCommon(b, version, m.CRC32)
	b = le.AppendUint32(b, zip32(m.Packed))
	b = le.AppendUint32(b, zip32(m.Size))
	b = le.AppendUint16(b, uint16(len(m.Name))) //nolint:gosec // checked by Add
	b = le.AppendUint16(b, uint16(extra))       //nolint:gosec // small
	b = append(b, 0, 0, 0, 0, 0, 0)             // no comment, disk 0, no internal attributes
	b = le.AppendUint32(b, zipFileMode)
	b = le.AppendUint32(b, zip32(m.offset))
	b = append(b, m.Name...)
	if len(wide) > 0 {
		b = le.AppendUint16(b, zip64Extra)
		b = le.AppendUint16(b, uint16(len(wide))) //nolint:gosec // at most 24
		b = append(b, wide...)
	}
	return m.appendTime(b)
}

// zipEnd says where the directory is.
type zipEnd struct {
	members, size, offset int64
	comment               int // bytes
}

func (e zipEnd) big() bool {
	return e.members >= zipMax16 || e.size >= zipMax32 || e.offset >= zipMax32
}

func (e zipEnd) bytes() int64 {
	if e.big() {
		return zipEnd64Bytes + zipLocatorBytes + zipEndBytes
	}
	return zipEndBytes
}

// append writes the records behind the directory, up to the comment.
func (e zipEnd) append(b []byte) []byte {
	if e.big() {
		b = le.AppendUint32(b, zipEnd64Sign)
		b = le.AppendUint64(b, zipEnd64Bytes-12)
		b = le.AppendUint16(b, zipUnix|zipVersion64)
		b = le.AppendUint16(b, zipVersion64)
		b = le.AppendUint64(b, 0) // this disk, and the directory's
		for _, n := range []int64{e.members, e.members, e.size, e.offset} {
			b = le.AppendUint64(b, uint64(n)) //nolint:gosec // not negative
		}
		b = le.AppendUint32(b, zipLocatorSign)
		b = le.AppendUint32(b, 0)                       // its disk
		b = le.AppendUint64(b, uint64(e.offset+e.size)) //nolint:gosec // not negative
		b = le.AppendUint32(b, 1)                       // disks
	}
	b = le.AppendUint32(b, zipEndSign)
	b = le.AppendUint32(b, 0)                   // this disk, and the directory's
	members := uint16(min(e.members, zipMax16)) //nolint:gosec // bounded
	b = le.AppendUint16(b, members)
	b = le.AppendUint16(b, members)
	b = le.AppendUint32(b, zip32(e.size))
	b = le.AppendUint32(b, zip32(e.offset))
	return le.AppendUint16(b, uint16(e.comment)) //nolint:gosec // ours are short
}

func zip32(n int64) uint32 { return uint32(min(n, zipMax32)) } //nolint:gosec // bounded

// zipTime is a time as the format keeps it: local years 1980 to 2107, every other second.
func zipTime(unix int64) (date, clock uint16) {
	t := time.Unix(unix, 0).UTC()
	if t.Year() < 1980 {
		return 1<<5 | 1, 0
	}
	year := min(t.Year()-1980, 127)
	date = uint16(year<<9 | int(t.Month())<<5 | t.Day())        //nolint:gosec // 16 bits
	clock = uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2) //nolint:gosec // 16 bits
	return date, clock
}
