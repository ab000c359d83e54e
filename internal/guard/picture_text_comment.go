package guard

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

// The codes with which a UserComment begins.
const (
	codeUnicode = "UNICODE\x00"
	codeASCII   = "ASCII\x00\x00\x00"
	codeJIS     = "JIS\x00\x00\x00\x00\x00"
	codeNone    = "\x00\x00\x00\x00\x00\x00\x00\x00"
)

// userComment decodes EXIF's UserComment: eight bytes that name a code, then text. The
// byte order of the EXIF block says nothing about the order of UTF-16 in it, and some
// writers name no code at all, so the bytes decide.
func userComment(value []byte) string {
	if len(value) < 8 {
		return latin1(trimNUL(value))
	}
	code, text := string(value[:8]), value[8:]
	switch code {
	case codeUnicode:
		return unicodeText(text)
	case codeASCII:
		return latin1(trimNUL(text))
	case codeJIS:
		return jisText(trimNUL(text))
	case codeNone:
		if looksUTF16(text) {
			return unicodeText(text)
		}
		return latin1(trimNUL(text))
	}
	return latin1(trimNUL(value))
}

func trimNUL(b []byte) []byte { return bytes.TrimRight(b, "\x00") }

// unicodeText decodes text that says it is UTF-16.
func unicodeText(b []byte) string {
	if bom := len(b) >= 2; bom {
		switch {
		case b[0] == 0xfe && b[1] == 0xff:
			return utf16Text(b[2:], binary.BigEndian)
		case b[0] == 0xff && b[1] == 0xfe:
			return utf16Text(b[2:], binary.LittleEndian)
		}
	}
	trimmed := trimNUL(b)
	// Some writers say UNICODE and mean UTF-8. A few bytes that look like ASCII may also be
	// Chinese; many do not by chance.
	const telling = 16
	if !looksUTF16(b) && utf8.Valid(trimmed) && (len(b)%2 == 1 || len(b) >= telling && mostlyASCII(trimmed)) {
		return string(trimmed)
	}
	even, odd := zeros(b)
	switch { // Latin letters have a zero byte first in big-endian order
	case even > 2*odd:
		return utf16Text(b, binary.BigEndian)
	case odd > 2*even:
		return utf16Text(b, binary.LittleEndian)
	}
	big, little := utf16Text(b, binary.BigEndian), utf16Text(b, binary.LittleEndian)
	if readable(little) > readable(big) {
		return little
	}
	return big
}

// zeros counts the zero bytes at even and at odd offsets.
func zeros(b []byte) (even, odd int) {
	for i, c := range b {
		if c == 0 {
			even += 1 - i&1
			odd += i & 1
		}
	}
	return even, odd
}

// looksUTF16 reports zero bytes within the text, as opposed to after it.
func looksUTF16(b []byte) bool { return bytes.IndexByte(trimNUL(b), 0) >= 0 }

func mostlyASCII(b []byte) bool {
	ascii := 0
	for _, c := range b {
		if c >= ' ' && c < 0x7f || c == '\n' || c == '\t' || c == '\r' {
			ascii++
		}
	}
	return ascii*10 >= len(b)*9
}

// readable is the share, in thousandths, of characters that people write.
func readable(text string) int {
	good, all := 0, 0
	for _, r := range text {
		all++
		if r != utf8.RuneError && (unicode.IsLetter(r) && !unicode.Is(unicode.Co, r) || unicode.IsDigit(r) || r < 0x80 || unicode.IsPunct(r)) {
			good++
		}
	}
	return good * 1000 / max(1, all)
}

func utf16Text(b []byte, order binary.ByteOrder) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = order.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// jisText decodes ISO-2022-JP, or Shift JIS where there are no escape sequences.
func jisText(b []byte) string {
	encoding := japanese.ShiftJIS
	if bytes.IndexByte(b, 0x1b) >= 0 {
		encoding = japanese.ISO2022JP
	}
	text, err := encoding.NewDecoder().Bytes(b)
	if err != nil {
		return latin1(b)
	}
	return string(text)
}
