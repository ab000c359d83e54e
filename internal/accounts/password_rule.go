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

// common.txt are passwords of at least ten characters among the 47,023 that occur most
// in leaks, as zxcvbn (github.com/trustelem/zxcvbn, MIT) lists them; in lower case, sorted.
//
//go:embed common.txt
var commonText string

var common = sync.OnceValue(func() []string { return strings.Fields(commonText) })

// tooPlain are passwords that anybody would try here, whatever figures and signs stand
// around them.
var tooPlain = []string{"loramanager", "administrator", "password", "passwort"}

// checkPassword refuses a password that is too easy for an account of a name.
func checkPassword(field, password, name string) error {
	if n := utf8.RuneCountInString(norm.NFC.String(cut(password, 4*maxPassword+1))); n < minPassword || n > maxPassword || !utf8.ValidString(password) {
		return lora.FieldErrorf(lora.Invalid, field, "A password has %d to %d characters.", minPassword, maxPassword)
	}
	plain := catalog.Fold(norm.NFC.String(password))
	core := strings.Join(strings.Fields(strings.TrimFunc(plain, func(r rune) bool { return !unicode.IsLetter(r) })), "")
	_, listed := slices.BinarySearch(common(), plain)
	switch name := folded(name); {
	case plain == name || core == name:
		return lora.FieldErrorf(lora.Invalid, field, "The password must not be the name.")
	case listed || slices.Contains(tooPlain, core) || strings.Count(plain, plain[:runeLength(plain)])*runeLength(plain) == len(plain):
		return lora.FieldErrorf(lora.Invalid, field, "This password is among those that are tried first. Choose another one.")
	}
	return nil
}

// runeLength is how many bytes the first character has.
func runeLength(text string) int {
	_, n := utf8.DecodeRuneInString(text)
	return n
}
