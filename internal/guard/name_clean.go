package guard

import (
	"strings"
	"unicode/utf8"
)

// cleanBytes leaves room behind a cleaned name for an extension and a number.
const cleanBytes = 120

// CleanName makes one name of a path that CheckRel takes out of what a stranger calls a
// thing: what is not allowed becomes an underscore, dots and spaces at the ends go, so that
// nothing is hidden either, and names of devices get an underscore in front. The result is
// empty when nothing is left.
func CleanName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '/' || r == '%' || unsafeRune(r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(s, "_"))
	s = strings.TrimFunc(s, isDot)
	if len(s) > cleanBytes {
		cut := cleanBytes
		for !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = strings.TrimFunc(s[:cut], isDot)
	}
	if isDevice(s) {
		s = "_" + s
	}
	if strings.Trim(s, "_") == "" || checkName(s) != nil {
		return ""
	}
	return s
}
