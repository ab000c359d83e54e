package guard

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// Markers of JPEG segments.
const (
	jpegSOF0 = 0xc0
	jpegSOF2 = 0xc2
	jpegDHT  = 0xc4
	jpegRST0 = 0xd0
	jpegRST7 = 0xd7
	jpegSOI  = 0xd8
	jpegEOI  = 0xd9
	jpegSOS  = 0xda
	jpegDQT  = 0xdb
	jpegDRI  = 0xdd
	jpegAPP0 = 0xe0
	jpegAPP1 = 0xe1
	jpegAPP2 = 0xe2
	jpegAPPE = 0xee
	jpegCOM  = 0xfe
)

// Beginnings of the segments whose content is known.
const (
	exifHead = "Exif\x00\x00"
	xmpHead  = "http://ns.adobe.com/xap/1.0/\x00"
	iccHead  = "ICC_PROFILE\x00"
	jfifHead = "JFIF\x00"
	adobe    = "Adobe"
)

// jpegPart is one segment of a JPEG. scan holds the compressed data after a start of scan.
type jpegPart struct {
	marker byte
	data   []byte // parts of the picture, not copies
	scan   []byte
}

// eachJPEGSegment hands over the segments between the start and the end of the picture.
func eachJPEGSegment(data []byte, visit func(jpegPart) error) error {
	rest := data[2:]
	for {
		if len(rest) < 2 {
			return errTruncated
		}
		if rest[0] != 0xff {
			return errors.New("a segment does not begin with a marker")
		}
		marker := rest[1]
		switch {
		case marker == 0xff: // fill byte
			rest = rest[1:]
			continue
		case marker == jpegEOI:
			return nil
		case marker <= 0x01 || marker >= jpegRST0 && marker <= jpegSOI:
			return errors.New("a marker stands where none may")
		case len(rest) < 4:
			return errTruncated
		}
		end := 2 + int(binary.BigEndian.Uint16(rest[2:]))
		if end < 4 || end > len(rest) {
			return errTruncated
		}
		part := jpegPart{marker: marker, data: rest[4:end]}
		rest = rest[end:]
		if marker == jpegSOS {
			n := scanLength(rest)
			part.scan, rest = rest[:n], rest[n:]
		}
		if err := visit(part); err != nil {
			return err
		}
	}
}

// scanLength returns how many bytes come before the next marker that ends a scan.
func scanLength(data []byte) int {
	for at := 0; ; at += 2 {
		i := bytes.IndexByte(data[at:], 0xff)
		if i < 0 || at+i+1 >= len(data) {
			return len(data)
		}
		at += i
		if next := data[at+1]; next != 0 && (next < jpegRST0 || next > jpegRST7) {
			return at
		}
	}
}

func readJPEGText(t *texts, c jpegPart) {
	switch {
	case c.marker == jpegAPP1 && bytes.HasPrefix(c.data, []byte(exifHead)):
		if t.room() {
			readExif(t, c.data[len(exifHead):])
		}
	case c.marker == jpegAPP1 && bytes.HasPrefix(c.data, []byte(xmpHead)):
		if t.room() {
			t.add(InXMP, "XMP", string(c.data[len(xmpHead):]))
		}
	case c.marker == jpegCOM:
		if t.room() {
			t.add(InComment, "Comment", latin1(bytes.TrimRight(c.data, "\x00")))
		}
	}
}
