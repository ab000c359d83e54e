package vector

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Words splits text into its words: runs of letters and digits in lower case, without
// accents and in one spelling of compatible forms (full-width letters, ligatures).
func Words(text string) []string {
	text = Fold(text)
	return strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) })
}

// Squash writes the words of a text together, so that spellings that differ in blanks,
// hyphens, case and accents become the same: "Cyber-Punk" and "cyberpunk".
func Squash(text string) string {
	words := Words(text)
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words, "")
}

// Fold makes text comparable: compatible forms are one, letters lower-case, accents gone.
func Fold(text string) string {
	plain := true
	for i := 0; i < len(text) && plain; i++ {
		c := text[i]
		plain = c < utf8.RuneSelf && (c < 'A' || c > 'Z')
	}
	if plain {
		return text
	}
	var b strings.Builder
	b.Grow(len(text))
	if isASCII(text) {
		return strings.ToLower(text)
	}
	for _, r := range norm.NFKD.String(text) {
		if !unicode.Is(unicode.Mn, r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return b.String()
}

func isASCII(text string) bool {
	for i := range len(text) {
		if text[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || 'A' <= r && r <= 'Z'
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}
