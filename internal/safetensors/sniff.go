package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strconv"
)

// SniffBytes is how many leading bytes Sniff looks at; fewer are fine.
const SniffBytes = 64

// The formats that Sniff tells apart.
const (
	FormatSafetensors = "safetensors"
	FormatPickle      = "pickle"
	FormatGGUF        = "gguf"
	FormatLFSPointer  = "lfs_pointer"
	FormatHTML        = "html"
	FormatEmpty       = "empty"
	FormatUnknown     = "unknown"
)

// plausibleHeader is the header length below which the first eight bytes are
// taken for a length even when they begin like another format. A header of 640
// bytes begins with 0x80 0x02, as a pickle does; but no pickle, zip, GGUF or
// text goes on with the zero bytes that a small 64-bit length ends in.
const plausibleHeader = 1 << 24

// Sniff names the format of a file from its first bytes, never from its name:
// safetensors, pickle (also a zip, which is how PyTorch stores one), gguf,
// lfs_pointer, html (also XML), empty or unknown. Safetensors means only that it
// begins like one.
func Sniff(first []byte) string {
	if len(first) == 0 {
		return FormatEmpty
	}
	if len(first) >= lengthBytes {
		n := binary.LittleEndian.Uint64(first)
		if len(first) > lengthBytes && first[lengthBytes] == '{' && n < 1<<32 {
			return FormatSafetensors
		}
		if n < plausibleHeader {
			return FormatUnknown
		}
	}
	switch {
	case bytes.HasPrefix(first, []byte("version https://git-lfs")):
		return FormatLFSPointer
	case bytes.HasPrefix(first, []byte("GGUF")):
		return FormatGGUF
	case bytes.HasPrefix(first, []byte("PK")), first[0] == 0x80:
		return FormatPickle
	case looksLikeMarkup(first):
		return FormatHTML
	}
	return FormatUnknown
}

// looksLikeMarkup is true for text that begins with a tag, comment or declaration.
func looksLikeMarkup(first []byte) bool {
	text := trimText(first)
	if len(text) < 2 || text[0] != '<' {
		return false
	}
	c := text[1] | 0x20
	return text[1] == '!' || text[1] == '?' || 'a' <= c && c <= 'z'
}

// looksLikeJSON is true for a file that is JSON text from its very first byte,
// as error answers of download sites are.
func looksLikeJSON(first []byte) bool {
	text := trimText(first)
	if len(text) < 2 || text[0] != '{' {
		return false
	}
	rest := bytes.TrimLeft(text[1:], " \t\r\n")
	return len(rest) > 0 && (rest[0] == '"' || rest[0] == '}')
}

func trimText(first []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(first, []byte("\xEF\xBB\xBF")), " \t\r\n")
}

// disguise returns the finding for a file that is something else entirely, or nil.
func disguise(first []byte) *Error {
	switch Sniff(first) {
	case FormatEmpty:
		return &Error{Code: CodeEmptyFile, Message: "The file is empty."}
	case FormatLFSPointer:
		return &Error{Code: CodeLFSPointer, Message: lfsMessage(first)}
	case FormatHTML:
		return &Error{Code: CodeHTMLPage, Message: "The file is a web page that was saved under the name of an adapter."}
	case FormatGGUF:
		return &Error{Code: CodeGGUF, Message: "The file is in GGUF format, not safetensors."}
	case FormatPickle:
		return &Error{Code: CodePickle, Message: "The file is a pickle or zip archive in disguise, not safetensors; it was not opened."}
	case FormatUnknown:
		if implausible(first) && looksLikeJSON(first) {
			return &Error{Code: CodeJSONPage, Message: "The file is JSON text, most likely an error answer that was saved instead of the adapter."}
		}
	}
	return nil
}

// implausible is true when the first eight bytes cannot be the length of a header.
func implausible(first []byte) bool {
	return len(first) < lengthBytes || binary.LittleEndian.Uint64(first) >= plausibleHeader
}

// lfsMessage names the size of the file that the pointer stands for, when it says one.
func lfsMessage(pointer []byte) string {
	const message = "The file is only a Git LFS pointer: a short text that stands for the adapter"
	for line := range bytes.Lines(pointer[:min(len(pointer), 1024)]) {
		digits, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("size "))
		if !ok {
			continue
		}
		if n, err := strconv.ParseInt(string(digits), 10, 64); err == nil && n >= 0 {
			return fmt.Sprintf("%s, which has %s and was never fetched.", message, byteCount(n))
		}
	}
	return message + ", which was never fetched."
}
