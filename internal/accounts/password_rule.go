package accounts

import (
	_ "embed" // the list of common passwords
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// How many characters a password has. Nothing is asked of which ones they are.
const (
	minPassword = 10
	maxPassword = 256
)

// common.txt are nearly 14,000 passwords of at least ten characters that are tried first:
// those that occur most in leaks, and the words and names that occur most in texts, as
// zxcvbn and its successor zxcvbn-ts list them (both MIT); in lower case, sorted by bytes.
//
//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() []string { return strings.Fields(commonText) })

// tooPlain are passwords that anybody would try here. As those of the list they are found
// also when figures and signs stand around them.
var tooPlain = []string{"loramanager", "administrator", "password", "passwort"}

// checkPassword refuses a password that is too easy for an account of a name.
func checkPassword(field, password, name string) error {
	if n := utf8.RuneCountInString(norm.NFC.String(cut(password, 4*maxPassword+1))); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return lora.FieldErrorf(lora.Invalid, field, "A password has %d to %d characters.", minPassword, maxPassword)
	}
	plain := catalog.Fold(norm.NFC.String(password))
	core := strings.Join(strings.Fields(strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })), "")
	switch name := folded(name); {
	case plain == name || core == name:
		return lora.FieldErrorf(lora.Invalid, field, "The password must not be the name.")
	case isCommon(plain) || isCommon(core) || slices.Contains(tooPlain, core) || isRun(plain):
		return lora.FieldErrorf(lora.Invalid, field, "This password is among those that are tried first. Choose another one.")
	}
	return nil
}

func isCommon(text string) bool {
	_, listed := slices.BinarySearch(common(), text)
	return listed
}

// figures are those of a keyboard, there and back, more often than a password is long.
var figures = strings.Repeat("0123456789", maxPassword/10+2) + " " + strings.Repeat("9876543210", maxPassword/10+2)

// isRun reports whether a password is one character again and again, or counts.
func isRun(text string) bool {
	return strings.Count(text, text[:runeLength(text)])*runeLength(text) == len(text) || strings.Contains(figures, text)
}

// runeLength is how many bytes the first character has.
func runeLength(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}
