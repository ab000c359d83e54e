package guard

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"strings"
	"unicode/utf8"
)

// pngKept are the chunks that decide how the pixels look, with the most bytes each may
// have. All come before the pixels.
var pngKept = map[string]int{
	"PLTE": 768, "tRNS": 256, "gAMA": 4, "cHRM": 32, "sRGB": 1, "cICP": 4, "sBIT": 4, "pHYs": 9, "iCCP": 4 * mib,
}

// pixelChunk is how much compressed data goes into one IDAT chunk.
const pixelChunk = 1 * mib

func wrapPNG(w *Wrapped, data []byte, orientation int) error {
	var before bytes.Buffer
	var pixels []byte
	var chunks [][]byte
	size := 0
	err := eachPNGChunk(data, func(c pngPart) error {
		switch limit, known := pngKept[c.kind]; {
		case c.kind == "IDAT":
			chunks = append(chunks, c.data)
			size += len(c.data)
		case c.kind == "IHDR":
			writePNGChunk(&before, "IHDR", c.data)
		case known && len(c.data) <= limit && chunks == nil:
			writePNGChunk(&before, c.kind, c.data)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if len(chunks) == 1 {
		pixels = chunks[0]
	} else {
		pixels = bytes.Join(chunks, nil)
	}
	if pixels, err = zlibStream(pixels); err != nil {
		return err
	}
	out := bytes.NewBuffer(make([]byte, 0, before.Len()+len(pixels)+len(pixels)/pixelChunk*12+textRoom(w.Texts)))
	out.WriteString(pngSignature)
	out.Write(before.Bytes())
	var exif []PictureText
	for _, t := range w.Texts {
		switch {
		case t.Carrier == InExif:
			exif = append(exif, t)
		case !isHidden(t):
			writePNGText(out, t)
		}
	}
	if block, leftOut := exifOf(exif, orientation, maxTextsTotal); block != nil {
		writePNGChunk(out, "eXIf", block)
		w.LeftOut = append(w.LeftOut, leftOut...)
	}
	for len(pixels) > 0 {
		n := min(len(pixels), pixelChunk)
		writePNGChunk(out, "IDAT", pixels[:n])
		pixels = pixels[n:]
	}
	writePNGChunk(out, "IEND", nil)
	w.Data = out.Bytes()
	return nil
}

// zlibStream cuts off what stands behind the end of the compressed pixels, which
// decoders ignore.
func zlibStream(pixels []byte) ([]byte, error) {
	if len(pixels) == 0 {
		return nil, errNoPixels
	}
	r := bytes.NewReader(pixels) // an io.ByteReader: no more is read than is needed
	z, err := zlib.NewReader(r)
	if err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, z); err != nil { //nolint:gosec // no bomb: the decoder has read all of it
		return nil, err
	}
	return pixels[:len(pixels)-r.Len()], nil
}

func writePNGChunk(out *bytes.Buffer, kind string, data []byte) {
	var b [4]byte
	binary.BigEndian.PutUint32(b[:], uint32(len(data))) //nolint:gosec // parts of a file within the limit of bytes
	out.Write(b[:])
	start := out.Len()
	out.WriteString(kind)
	out.Write(data)
	binary.BigEndian.PutUint32(b[:], crc32.ChecksumIEEE(out.Bytes()[start:]))
	out.Write(b[:])
}

// writePNGText writes a tEXt chunk, or an iTXt chunk where Latin-1 has no letters for it,
// as all producers do.
func writePNGText(out *bytes.Buffer, t PictureText) {
	key := keyword(t.Key)
	// XMP must be iTXt (its keyword begins with XML:).
	if text, ok := toLatin1(t.Text); ok && !strings.HasPrefix(t.Key, "XML:") {
		writePNGChunk(out, "tEXt", append(append(key, 0), text...))
		return
	}
	writePNGChunk(out, "iTXt", append(append(key, 0, 0, 0, 0, 0), t.Text...))
}

// keyword makes a key one that PNG allows: 1 to 79 bytes of Latin-1.
func keyword(key string) []byte {
	latin, ok := toLatin1(key)
	if !ok {
		latin = []byte("Comment")
	}
	return latin[:min(len(latin), 79):min(len(latin), 79)]
}

func toLatin1(text string) ([]byte, bool) {
	out := make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, false
		}
		out = append(out, byte(r)) //nolint:gosec // at most 0xff
	}
	// Readers take bytes that happen to be UTF-8 for UTF-8; then Latin-1 is ambiguous.
	return out, len(out) == len(text) || !utf8.Valid(out)
}

func textRoom(texts []PictureText) int {
	room := 64
	for _, t := range texts {
		room += len(t.Key) + len(t.Text) + 32
	}
	return room
}
