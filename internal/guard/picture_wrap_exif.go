package guard

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
)

// exifEntry is one entry of a directory; value has no padding.
type exifEntry struct {
	tag, kind uint16
	value     []byte
}

// Types of EXIF values.
const (
	exifASCII     = 2
	exifShort     = 3
	exifLong      = 4
	exifUndefined = 7
	exifByte      = 1
)

// namedTags are the tags into which texts without a tag of their own are written, as
// "key:text"; ComfyUI's readers look for prompt and workflow in the two they prefer.
var namedTags = []uint16{tagDescription, 0x010d, 0x013c, 0x0131, 0x013b, tagMake, tagModel}

var preferredTags = map[string]uint16{"prompt": tagModel, "workflow": tagMake}

// exifOf builds an EXIF block of at most limit bytes from texts and an orientation,
// big-endian as most writers do. It is nil when there is nothing to say. Texts that do
// not fit, the last ones first, are left out.
func exifOf(texts []PictureText, orientation, limit int) (block []byte, leftOut []string) {
	for n := len(texts); ; n-- {
		block, leftOut = exifWith(texts[:n], orientation, limit)
		for _, t := range texts[n:] {
			if !isHidden(t) {
				leftOut = append(leftOut, t.Key)
			}
		}
		if len(block) <= limit || n == 0 {
			return block, leftOut
		}
	}
}

func exifWith(texts []PictureText, orientation, limit int) ([]byte, []string) {
	first := map[uint16]exifEntry{}
	var leftOut []string
	var comment []byte
	for _, t := range texts {
		switch tag, kind, value := exifValue(t, first); {
		case isHidden(t):
		case t.Key == "parameters" || t.Key == "UserComment":
			if comment != nil {
				leftOut = append(leftOut, t.Key)
				continue
			}
			comment = commentOf(t.Text, limit)
		case tag == 0:
			leftOut = append(leftOut, t.Key)
		default:
			first[tag] = exifEntry{tag, kind, value}
		}
	}
	if len(first) == 0 && comment == nil && orientation <= 1 {
		return nil, leftOut
	}
	if orientation > 1 {
		first[tagOrientation] = exifEntry{tagOrientation, exifShort, []byte{0, byte(orientation)}} //nolint:gosec // 2 to 8
	}
	var entries []exifEntry
	for _, e := range first {
		entries = append(entries, e)
	}
	return layOut(entries, comment), leftOut
}

// exifValue chooses the tag of a text among those not taken; 0 when there is none.
func exifValue(t PictureText, taken map[uint16]exifEntry) (tag, kind uint16, value []byte) {
	for tag, key := range exifKeys {
		if _, used := taken[tag]; key != t.Key || used {
			continue
		}
		if tag >= firstXPTag {
			return tag, exifByte, utf16Bytes(t.Text+"\x00", binary.LittleEndian)
		}
		return tag, exifASCII, append([]byte(t.Text), 0)
	}
	candidates := namedTags
	if preferred, ok := preferredTags[t.Key]; ok {
		candidates = append([]uint16{preferred}, namedTags...)
	}
	for _, tag := range candidates {
		if _, used := taken[tag]; !used {
			return tag, exifASCII, append([]byte(t.Key+":"+t.Text), 0)
		}
	}
	return 0, 0, nil
}

// commentOf encodes a UserComment: UTF-16, big-endian like piexif writes it, or ASCII
// where the text is that and would not fit otherwise.
func commentOf(text string, limit int) []byte {
	const overhead = 256 // of the directories around it
	value := append([]byte(codeUnicode), utf16Bytes(text, binary.BigEndian)...)
	if len(value)+overhead <= limit || slices.ContainsFunc([]byte(text), func(b byte) bool { return b >= 0x80 }) {
		return value
	}
	return append([]byte(codeASCII), text...)
}

func utf16Bytes(text string, order binary.AppendByteOrder) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		out = order.AppendUint16(out, unit)
	}
	return out
}

// layOut writes the header, the first directory and, when there is a comment, the second.
func layOut(first []exifEntry, comment []byte) []byte {
	out := []byte("MM\x00*\x00\x00\x00\x08")
	if comment != nil {
		first = append(first, exifEntry{tagExifFolder, exifLong, []byte{0, 0, 0, 0}})
	}
	out, at := appendFolder(out, first)
	if comment != nil {
		binary.BigEndian.PutUint32(out[at[tagExifFolder]:], uint32(len(out))) //nolint:gosec // within the limit of bytes
		out, _ = appendFolder(out, []exifEntry{{tagVersion, exifUndefined, []byte("0232")}, {tagUserComment, exifUndefined, comment}})
	}
	return out
}

// appendFolder writes a directory at the end of out, its entries in rising order as the
// format asks for, and tells where the value of each stands.
func appendFolder(out []byte, entries []exifEntry) (written []byte, at map[uint16]int) {
	slices.SortFunc(entries, func(a, b exifEntry) int { return int(a.tag) - int(b.tag) })
	at = map[uint16]int{}
	values := len(out) + 2 + 12*len(entries) + 4
	out = binary.BigEndian.AppendUint16(out, uint16(len(entries))) //nolint:gosec // a few
	var tail []byte
	for _, e := range entries {
		out = binary.BigEndian.AppendUint16(out, e.tag)
		out = binary.BigEndian.AppendUint16(out, e.kind)
		out = binary.BigEndian.AppendUint32(out, uint32(len(e.value)/unitOf(e.kind))) //nolint:gosec // within the limit of bytes
		if len(e.value) <= 4 {
			at[e.tag] = len(out)
			out = append(out, e.value...)
			out = append(out, make([]byte, 4-len(e.value))...)
			continue
		}
		at[e.tag] = values + len(tail)
		out = binary.BigEndian.AppendUint32(out, uint32(at[e.tag])) //nolint:gosec // within the limit of bytes
		tail = append(tail, e.value...)
		if len(tail)%2 == 1 {
			tail = append(tail, 0)
		}
	}
	out = append(out, 0, 0, 0, 0) // no further directory
	return append(out, tail...), at
}

func unitOf(kind uint16) int {
	switch kind {
	case exifShort:
		return 2
	case exifLong:
		return 4
	}
	return 1
}
