package guard

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DisplayName makes a file name safe to show, log and put into JSON: control
// characters, invisible and direction-changing runes and bytes that are not UTF-8
// are written as escapes (\n, \x1b, \u202e, \xff). Other text is returned as it is.
// The result is for eyes only; files are opened by their real name.
func DisplayName(s string) string {
	clean := true
	for _, r := range s {
		if hiddenRune(r) || r == utf8.RuneError {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	var b strings.Builder
	b.Grow(len(s) + 16)
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case hiddenRune(r) && r < 0x100:
			fmt.Fprintf(&b, `\x%02x`, r)
		case hiddenRune(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteString(s[i : i+size])
		}
		i += size
	}
	return b.String()
}

// hiddenRune reports runes that are not seen, or that change how others are seen.
// The zero-width joiners stay: emoji and several scripts need them.
func hiddenRune(r rune) bool {
	switch {
	case r < 0x20, r == 0x7f, r >= 0x80 && r < 0xa0:
		return true
	case r < 0xad:
		return false
	case r == '\u200c', r == '\u200d':
		return false
	case r == '\u2028', r == '\u2029':
		return true
	}
	return unicode.Is(unicode.Cf, r)
}
