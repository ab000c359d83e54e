package guard

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
)

const (
	formatPNG  = "png"
	formatJPEG = "jpeg"
	formatWebP = "webp"
)

// pngPart is one chunk of a PNG.
type pngPart struct {
	kind string
	data []byte // part of the picture, not a copy
}

// eachPNGChunk hands over the chunks up to and without IEND. Check sums are left to the
// decoder. It is an error when IEND is missing.
func eachPNGChunk(data []byte, visit func(pngPart) error) error {
	rest := data[len(pngSignature):]
	for len(rest) >= 12 {
		size := int64(binary.BigEndian.Uint32(rest))
		if size > int64(len(rest)-12) {
			return errTruncated
		}
		part := pngPart{kind: string(rest[4:8]), data: rest[8 : 8+size]}
		if part.kind == "IEND" {
			return nil
		}
		if err := visit(part); err != nil {
			return err
		}
		rest = rest[12+size:]
	}
	return errTruncated
}

// readPNGText reads a text or EXIF chunk, wherever in the file it stands.
func readPNGText(t *texts, c pngPart) {
	switch c.kind {
	case "tEXt", "zTXt", "iTXt", "eXIf":
	default:
		return
	}
	if !t.room() {
		return
	}
	if c.kind == "eXIf" {
		readExif(t, c.data)
		return
	}
	key, rest, found := bytes.Cut(c.data, []byte{0})
	if !found || len(key) == 0 || len(key) > 79 {
		return
	}
	switch c.kind {
	case "tEXt":
		if len(rest) <= maxTextBytes {
			t.add(InText, latin1(key), latin1(rest))
		}
	case "zTXt":
		if len(rest) > 1 && rest[0] == 0 {
			if text, err := inflate(rest[1:]); err == nil {
				t.add(InText, latin1(key), latin1(text))
			}
		}
	case "iTXt":
		if text, err := internationalText(rest); err == nil {
			t.add(InText, latin1(key), string(text))
		}
	}
}

// internationalText reads an iTXt chunk from behind its keyword: compressed or not,
// method, language, translated keyword, text.
func internationalText(data []byte) ([]byte, error) {
	if len(data) < 2 {
		return nil, errTruncated
	}
	compressed, method := data[0], data[1]
	_, data, found := bytes.Cut(data[2:], []byte{0})
	if !found {
		return nil, errTruncated
	}
	_, data, found = bytes.Cut(data, []byte{0})
	switch {
	case !found || compressed > 1 || compressed == 1 && method != 0:
		return nil, errTruncated
	case compressed == 1:
		return inflate(data)
	case len(data) > maxTextBytes:
		return nil, errTooLong
	}
	return data, nil
}

var errTooLong = errors.New("the text is longer than the limit")

// inflate unpacks a zlib stream of at most maxTextBytes; memory grows with what comes out.
func inflate(data []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return readText(z)
}

func readText(r io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxTextBytes+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxTextBytes {
		return nil, errTooLong
	}
	return text, nil
}
