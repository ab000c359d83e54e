package infotext

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pair is one "key: value" of a line of parameters.
type pair struct{ key, value string }

const (
	maxKey = 80 // bytes
	// maxJSON bounds how many values of a line are tried as JSON: each try may look at the
	// whole rest of it.
	maxJSON = 256
)

// pairsOf reads "key: value, key: value". A value is a JSON string, a JSON object or
// list, or all up to the next comma. Text that is no pair is passed over. cut says that
// the line ends inside a value.
func pairsOf(line string) (pairs []pair, cut bool) {
	tries := maxJSON
	for at := 0; at < len(line); {
		key, next := keyAt(line, at)
		if key == "" {
			at = next
			continue
		}
		value, end, broken := valueAt(line, next, &tries)
		cut = cut || broken
		pairs = append(pairs, pair{key, value})
		at = end
	}
	return pairs, cut
}

// keyAt reads a key and its colon. When there is none, next is where to go on looking.
func keyAt(line string, at int) (key string, next int) {
	for at < len(line) && (line[at] == ' ' || line[at] == ',') {
		at++
	}
	for i, r := range line[at:] {
		switch {
		case r == ':' && i >= 2:
			return strings.TrimSpace(line[at : at+i]), at + i + 1
		case r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
		case i > 0 && (r == ' ' || r == '-' || r == '/'):
		default:
			return "", at + i + utf8.RuneLen(r)
		}
		if i > maxKey {
			return "", at + i
		}
	}
	return "", len(line)
}

// valueAt reads a value and the comma behind it.
func valueAt(line string, at int, tries *int) (value string, end int, cut bool) {
	rest := strings.TrimLeft(line[at:], " ")
	at = len(line) - len(rest)
	if rest == "" {
		return "", len(line), false
	}
	if strings.IndexByte(`"{[`, rest[0]) >= 0 && *tries > 0 {
		*tries--
		raw, whole := jsonPrefix(rest)
		after := strings.TrimLeft(rest[len(raw):], " ")
		if whole && (after == "" || after[0] == ',') {
			if raw[0] == '"' {
				var text string
				if json.Unmarshal([]byte(raw), &text) == nil {
					raw = text
				}
			}
			return raw, len(line) - len(after), false
		}
		cut = !whole
	}
	plain, _, _ := strings.Cut(rest, ",")
	return strings.TrimSpace(plain), at + len(plain), cut
}

// jsonPrefix returns the JSON value at the beginning of text; whole is false when text
// ends inside it.
func jsonPrefix(text string) (raw string, whole bool) {
	d := json.NewDecoder(strings.NewReader(text))
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return "", len(text) > 0 && !unfinished(text)
	}
	return text[:d.InputOffset()], true
}

// unfinished reports a text that opens a value and never closes it.
func unfinished(text string) bool {
	closing := map[byte]string{'"': `"`, '{': "}", '[': "]"}[text[0]]
	return !strings.Contains(text[1:], closing)
}
