package guard

import (
	"bytes"
	"encoding/binary"
)

// webpPart is one chunk of a WebP.
type webpPart struct {
	kind string
	data []byte // part of the picture, not a copy
}

// eachWebPChunk hands over the chunks inside the RIFF container. Chunks are padded to an
// even number of bytes; the last one's padding is often missing.
func eachWebPChunk(data []byte, visit func(webpPart) error) error {
	declared := int64(binary.LittleEndian.Uint32(data[4:])) + 8
	rest := data[12:min(max(12, declared), int64(len(data)))]
	for len(rest) >= 8 {
		size := int64(binary.LittleEndian.Uint32(rest[4:]))
		if size > int64(len(rest)-8) {
			return errTruncated
		}
		if err := visit(webpPart{kind: string(rest[:4]), data: rest[8 : 8+size]}); err != nil {
			return err
		}
		rest = rest[min(8+size+size&1, int64(len(rest))):]
	}
	return nil
}

func readWebPText(t *texts, c webpPart) {
	switch c.kind {
	case "EXIF":
		if t.room() {
			readExif(t, bytes.TrimPrefix(c.data, []byte(exifHead)))
		}
	case "XMP ":
		if t.room() {
			t.add(InXMP, "XMP", string(c.data))
		}
	}
}
