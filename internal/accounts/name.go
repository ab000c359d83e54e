package accounts

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"loramanager/internal/catalog"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

const (
	maxName  = 64  // characters of a name
	maxAgent = 200 // bytes kept of what a browser calls itself
	// maxTyped is how many bytes of what somebody typed are looked at: more is wrong anyway.
	maxTyped = 1024
)

// cleanName returns a name to log in with in its composed form.
func cleanName(name string) (string, error) { return cleanText("name", name, 1) }

// cleanDisplayName may be empty.
func cleanDisplayName(name string) (string, error) { return cleanText("display_name", name, 0) }

// cleanText refuses what cannot be seen, or turns other text around.
func cleanText(field, text string, least int) (string, error) {
	if len(text) > maxTyped {
		return "", lora.FieldErrorf(lora.Invalid, field, "A name has at most %d characters.", maxName)
	}
	text = strings.Join(strings.Fields(norm.NFC.String(text)), " ")
	if guard.DisplayName(text) != text {
		return "", lora.FieldErrorf(lora.Invalid, field, "A name has no characters that cannot be seen.")
	}
	if n := utf8.RuneCountInString(text); n < least || n > maxName {
		return "", lora.FieldErrorf(lora.Invalid, field, "A name has %d to %d characters.", least, maxName)
	}
	return text, nil
}

// folded is what a name is compared by, here and in the store.
func folded(name string) string {
	return catalog.Fold(strings.Join(strings.Fields(norm.NFC.String(cut(name, maxTyped))), " "))
}

// cut keeps the beginning of a text, without half a character.
func cut(text string, bytes int) string {
	if len(text) > bytes {
		text = text[:bytes]
	}
	return strings.ToValidUTF8(text, "")
}
