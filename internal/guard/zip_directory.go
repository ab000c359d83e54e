package guard

import (
	"bufio"
	"io"
	"math"
	"strings"

	"loramanager/internal/lora"
)

// readDirectory reads the lines of the directory. Memory grows with what is read.
func (z *ZipReader) readDirectory(end zipEnd) error {
	section := io.NewSectionReader(z.from, end.offset, end.size)
	from := bufio.NewReaderSize(section, 64*kib)
	z.byName = make(map[string]int32)
	var total int64
	var room []byte
	for i := range end.members {
		var head [zipCentralBytes]byte
		if _, err := io.ReadFull(from, head[:]); err != nil || le.Uint32(head[:]) != zipCentralSign {
			return zipBad("Its directory is damaged at member %d.", i+1)
		}
		nameBytes, extraBytes := int(le.Uint16(head[28:])), int(le.Uint16(head[30:]))
		room = append(room[:0], make([]byte, nameBytes+extraBytes+int(le.Uint16(head[32:])))...)
		if _, err := io.ReadFull(from, room); err != nil {
			return zipBad("Its directory is damaged at member %d.", i+1)
		}
		e, err := parseCentral(head[:], string(room[:nameBytes]), room[nameBytes:nameBytes+extraBytes])
		if err != nil {
			return err
		}
		if total += e.size; e.size > z.limits.ArchiveBytes || total > z.limits.ArchiveBytes {
			return lora.Errorf(lora.TooLarge, "The archive says that it holds more than the %d bytes that are allowed.", z.limits.ArchiveBytes)
		}
		folded := foldName(strings.TrimSuffix(e.name, "/"))
		if _, taken := z.byName[folded]; taken {
			return zipRefuse(e.name, "is there twice")
		}
		z.byName[folded] = int32(i) //nolint:gosec // bounded by ArchiveEntries
		z.entries = append(z.entries, e)
	}
	if _, err := from.ReadByte(); err == nil {
		return zipBad("Its directory has more in it than its %d members.", end.members)
	}
	return nil
}

// parseCentral reads and judges one line of the directory.
func parseCentral(head []byte, name string, extra []byte) (zipEntry, error) {
	e := zipEntry{
		name: name, flags: le.Uint16(head[8:]), method: le.Uint16(head[10:]), crc: le.Uint32(head[16:]),
		packed: int64(le.Uint32(head[20:])), size: int64(le.Uint32(head[24:])), offset: int64(le.Uint32(head[42:])),
	}
	e.folder = strings.HasSuffix(name, "/")
	if err := checkZipName(strings.TrimSuffix(name, "/")); err != nil {
		return e, err
	}
	if err := e.readExtra(extra); err != nil {
		return e, err
	}
	return e, e.judge(le.Uint16(head[34:]), le.Uint32(head[38:])>>16)
}

// judge refuses what is not a plain file.
func (e *zipEntry) judge(disk uint16, mode uint32) error {
	const typeBits, regular, directory = 0o170000, 0o100000, 0o040000
	kind := mode & typeBits
	switch {
	case kind != 0 && kind != regular && !(kind == directory && e.folder):
		return zipRefuse(e.name, "is a link or a device, not a file")
	case e.flags&(zipFlagEncrypted|zipFlagStrong) != 0:
		return zipRefuse(e.name, "is encrypted with a ZIP password, which is not supported; encrypt the whole archive with age instead")
	case disk != 0:
		return zipRefuse(e.name, "lies in another volume")
	case e.folder && (e.size != 0 || e.packed > 2):
		return zipRefuse(e.name, "is a folder that has content")
	case e.method == zipStored && e.size != e.packed:
		return zipRefuse(e.name, "has two sizes")
	case e.method != zipStored && e.method != zipDeflated:
		return zipRefuse(e.name, "is packed with a method other than deflate")
	}
	ratio := int64(zipDataRatio)
	if isText(e.name) {
		ratio = zipTextRatio
	}
	if e.size > zipRatioFree && e.size/ratio > e.packed {
		return zipRefuse(e.name, "would unpack to far more than files of its kind do")
	}
	return nil
}

// readExtra reads 64-bit sizes and the time.
func (e *zipEntry) readExtra(extra []byte) error {
	wide := 0
	for len(extra) >= 4 {
		id, n := le.Uint16(extra), int(le.Uint16(extra[2:]))
		if n > len(extra)-4 {
			break // padding of other programs
		}
		field := extra[4 : 4+n]
		switch {
		case id == zip64Extra:
			if wide++; wide > 1 || !e.widen(field) {
				return zipRefuse(e.name, "has 64-bit sizes that make no sense")
			}
		case id == timeExtra && n >= 5 && field[0]&1 != 0:
			e.modified = int64(int32(le.Uint32(field[1:]))) //nolint:gosec // the format's own width
		}
		extra = extra[4+n:]
	}
	if wide == 0 && (e.size == zipMax32 || e.packed == zipMax32 || e.offset == zipMax32) {
		return zipRefuse(e.name, "has no 64-bit sizes though it says so")
	}
	return nil
}

// widen replaces what did not fit into 32 bits.
func (e *zipEntry) widen(field []byte) bool {
	for _, n := range []*int64{&e.size, &e.packed, &e.offset} {
		if *n != zipMax32 {
			continue
		}
		if len(field) < 8 {
			return false
		}
		wide := le.Uint64(field)
		if wide > math.MaxInt64/4 {
			return false
		}
		*n = int64(wide) //nolint:gosec // bounded
		field = field[8:]
	}
	return true
}
