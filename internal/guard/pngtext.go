package guard

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

const pngSignature = "\x89PNG\r\n\x1a\n"

// TextChunk is one text that a program has put into a PNG picture. Both parts are
// valid UTF-8 and as trustworthy as the picture.
type TextChunk struct {
	Keyword string // "parameters", "prompt", "workflow", ...
	Text    string
}

// PNGText reads the tEXt, zTXt and iTXt chunks of a PNG file, those after the pixels
// included. Chunks that exceed limits.TextChunkBytes (before or after inflating) or
// are damaged are left out; reading stops after limits.TextChunks chunks or
// limits.PictureBytes bytes. What is not a PNG at all is Invalid; a file that ends
// early yields the chunks before its end.
func PNGText(r io.Reader, limits Limits) ([]TextChunk, error) {
	r = io.LimitReader(r, limits.PictureBytes)
	var signature [8]byte
	if _, err := io.ReadFull(r, signature[:]); err != nil || string(signature[:]) != pngSignature {
		return nil, lora.Errorf(lora.Invalid, "The file is not a PNG picture.")
	}
	var chunks []TextChunk
	for seen := 0; seen < limits.TextChunks; {
		var head [8]byte
		if _, err := io.ReadFull(r, head[:]); err != nil {
			return chunks, endOfPNG(err)
		}
		length, kind := int64(binary.BigEndian.Uint32(head[:])), string(head[4:])
		if kind == "IEND" {
			return chunks, nil
		}
		isText := kind == "tEXt" || kind == "zTXt" || kind == "iTXt"
		if !isText || length > limits.TextChunkBytes {
			if _, err := io.CopyN(io.Discard, r, length+4); err != nil {
				return chunks, endOfPNG(err)
			}
			continue
		}
		seen++
		data, err := io.ReadAll(io.LimitReader(r, length+4)) // grows with what is really there
		if err != nil {
			return chunks, endOfPNG(err)
		}
		if int64(len(data)) < length {
			return chunks, nil
		}
		if chunk, ok := parseText(kind, data[:length], limits.TextChunkBytes); ok {
			chunks = append(chunks, chunk)
		}
	}
	return chunks, nil
}

func endOfPNG(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return unreadable(err)
}

// parseText takes a chunk apart: keyword, NUL, and then what its kind prescribes.
func parseText(kind string, data []byte, limit int64) (TextChunk, bool) {
	key, rest, found := bytes.Cut(data, []byte{0})
	if !found || len(key) == 0 || len(key) > 79 {
		return TextChunk{}, false
	}
	chunk := TextChunk{Keyword: latin1(key)}
	switch kind {
	case "tEXt":
		chunk.Text = latin1OrUTF8(rest)
		return chunk, true
	case "zTXt":
		if len(rest) < 1 || rest[0] != 0 {
			return TextChunk{}, false
		}
		text, ok := inflate(rest[1:], limit)
		chunk.Text = latin1OrUTF8(text)
		return chunk, ok
	}
	if len(rest) < 2 || rest[1] != 0 {
		return TextChunk{}, false
	}
	compressed := rest[0] == 1
	_, rest, found = bytes.Cut(rest[2:], []byte{0}) // language tag
	if !found {
		return TextChunk{}, false
	}
	_, text, found := bytes.Cut(rest, []byte{0}) // translated keyword
	if !found {
		return TextChunk{}, false
	}
	if compressed {
		var ok bool
		if text, ok = inflate(text, limit); !ok {
			return TextChunk{}, false
		}
	}
	chunk.Text = strings.ToValidUTF8(string(text), "\ufffd")
	return chunk, true
}

func inflate(data []byte, limit int64) ([]byte, bool) {
	z, err := zlib.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, false
	}
	text, err := io.ReadAll(io.LimitReader(z, limit+1))
	if err != nil || int64(len(text)) > limit {
		return nil, false
	}
	return text, true
}

// latin1OrUTF8 decodes as the standard says, except that many programs write UTF-8
// where it asks for Latin-1.
func latin1OrUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return latin1(b)
}

func latin1(b []byte) string {
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return string(runes)
}
