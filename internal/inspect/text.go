package inspect

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// clean makes a text from a file fit to be shown: valid UTF-8 without control
// or direction-changing characters, trimmed, at most limit bytes. It does not
// escape HTML; whoever shows the text must.
func clean(s string, limit int) string {
	if len(s) > 4*limit {
		s = s[:4*limit]
	}
	if !plain(s) {
		s = strings.Map(func(r rune) rune {
			switch {
			case r == '\n' || r == '\t':
				return r
			case r == utf8.RuneError, unicode.IsControl(r), r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200e, r == 0x200f, r == 0xfeff:
				return -1
			}
			return r
		}, s)
	}
	s = strings.TrimSpace(s)
	if len(s) > limit {
		s = s[:limit]
		for s != "" && !utf8.ValidString(s) {
			s = s[:len(s)-1]
		}
	}
	return strings.Clone(s) // a short text must not keep megabytes of metadata alive
}

// plain reports whether s is printable ASCII, which needs no cleaning.
func plain(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 0x20 && c != '\n' && c != '\t') || c >= 0x7f {
			return false
		}
	}
	return true
}

// clip80 shortens a value for use inside a sentence.
func clip80(s string) string {
	s = strings.Join(strings.Fields(clean(s, 240)), " ")
	if len(s) <= 80 {
		return s
	}
	return clean(s, 80) + "…"
}
