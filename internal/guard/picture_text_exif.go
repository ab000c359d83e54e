package guard

import (
	"bytes"
	"encoding/binary"
	"regexp"
)

// EXIF tags that are read and written.
const (
	tagOrientation = 0x0112
	tagModel       = 0x0110
	tagMake        = 0x010f
	tagDescription = 0x010e
	tagExifFolder  = 0x8769
	tagVersion     = 0x9000
	tagUserComment = 0x9286
)

// exifKeys names the tags of the first directory that hold text. Those of Windows (XP...)
// are UTF-16, little-endian.
var exifKeys = map[uint16]string{
	0x010d: "DocumentName", tagDescription: "ImageDescription", tagMake: "Make", tagModel: "Model",
	0x0131: "Software", 0x013b: "Artist", 0x013c: "HostComputer",
	0x9c9b: "XPTitle", 0x9c9c: "XPComment", 0x9c9d: "XPAuthor", 0x9c9e: "XPKeywords", 0x9c9f: "XPSubject",
}

const firstXPTag = 0x9c9b

// named matches texts of tags that say themselves what they hold, as ComfyUI writes them.
var named = regexp.MustCompile(`^(\w{1,40}):\s*([{\[])`)

// tiff is an EXIF block. Offsets count from its first byte.
type tiff struct {
	data  []byte
	order binary.ByteOrder
}

// readExif reads the texts and the orientation of an EXIF block.
func readExif(t *texts, data []byte) {
	if len(data) < 8 {
		return
	}
	x := tiff{data: data}
	switch string(data[:4]) {
	case "II*\x00":
		x.order = binary.LittleEndian
	case "MM\x00*":
		x.order = binary.BigEndian
	default:
		return
	}
	x.eachTag(x.order.Uint32(data[4:]), func(tag uint16, value []byte) {
		key, known := exifKeys[tag]
		switch {
		case tag == tagOrientation && len(value) >= 2:
			if o := int(x.order.Uint16(value)); o >= 1 && o <= 8 {
				t.orientation = o
			}
		case tag == tagExifFolder && len(value) >= 4:
			x.eachTag(x.order.Uint32(value), func(tag uint16, value []byte) {
				if tag == tagUserComment && t.room() {
					t.add(InExif, "UserComment", userComment(value))
				}
			})
		case tag == tagUserComment && t.room():
			t.add(InExif, "UserComment", userComment(value))
		case known && tag >= firstXPTag && t.room():
			t.add(InExif, key, utf16Text(value, binary.LittleEndian))
		case known && t.room():
			text := latin1(bytes.TrimRight(value, "\x00 "))
			if m := named.FindStringSubmatchIndex(text); m != nil {
				key, text = text[m[2]:m[3]], text[m[4]:]
			}
			t.add(InExif, key, text)
		}
	})
}

// eachTag hands over the entries of one directory with their bytes; those that lie
// outside the block are passed over.
func (x tiff) eachTag(offset uint32, visit func(tag uint16, value []byte)) {
	if uint64(offset)+2 > uint64(len(x.data)) {
		return
	}
	entries := x.data[offset+2:]
	for range min(int(x.order.Uint16(x.data[offset:])), maxPictureTags) {
		if len(entries) < 12 {
			return
		}
		entry := entries[:12]
		entries = entries[12:]
		unit := uint64(0)
		switch x.order.Uint16(entry[2:]) {
		case 1, 2, 7: // bytes, ASCII, undefined
			unit = 1
		case 3: // 16 bits
			unit = 2
		case 4: // 32 bits
			unit = 4
		}
		size := unit * uint64(x.order.Uint32(entry[4:]))
		value := entry[8:]
		if size > 4 {
			start := uint64(x.order.Uint32(value))
			if start+size > uint64(len(x.data)) {
				continue
			}
			value = x.data[start : start+size]
		}
		if size > 0 && size <= maxTextBytes {
			visit(x.order.Uint16(entry), value[:size])
		}
	}
}
