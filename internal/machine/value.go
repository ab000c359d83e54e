package machine

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

const (
	mib = 1 << 20
	// maxBytes is more memory than a card has; what is beyond is nonsense.
	maxBytes = 1 << 50
	// longestName is how many characters of a name are kept.
	longestName = 100
)

// number reads a measured value between two bounds; texts such as [N/A], numbers that are
// none and values beyond the bounds are not known. Units behind the number are left out.
func number(text string, low, high float64) *float64 {
	text, _, _ = strings.Cut(strings.TrimSpace(text), " ")
	n, err := strconv.ParseFloat(strings.TrimSuffix(text, "%"), 64)
	if err != nil || math.IsNaN(n) || n < low || n > high {
		return nil
	}
	return &n
}

// Bounds of what cards tell of themselves.
func percentOf(text string) *float64 { return number(text, 0, 100) }
func degrees(text string) *float64   { return number(text, -100, 250) }
func watts(text string) *float64     { return number(text, 0, 10_000) }

// fan may run faster than it is said to.
func fan(text string) *float64 { return number(text, 0, 200) }

// memory reads an amount of memory in a unit of bytes.
func memory(text string, unit float64) *int {
	n := number(text, 0, maxBytes/unit)
	if n == nil {
		return nil
	}
	bytes := int(*n * unit)
	return &bytes
}

// cardName makes a name fit to be shown. Windows writes it in the code page of the user,
// which where it is not UTF-8 is mostly that of simplified Chinese.
func cardName(raw, usual string) string {
	if !utf8.ValidString(raw) {
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(raw); err == nil {
			raw = decoded
		}
	}
	name := []rune(strings.TrimSpace(strings.Map(func(r rune) rune {
		if r == utf8.RuneError || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, raw)))
	if len(name) > longestName {
		name = name[:longestName]
	}
	if len(name) == 0 || strings.EqualFold(string(name), "N/A") {
		return usual
	}
	return string(name)
}

// object is a JSON object whose members are read one by one: members of another type than
// expected, such as "N/A", are not known and spoil no others.
type object map[string]json.RawMessage

func (o object) at(path ...string) object {
	for _, name := range path {
		next := object{}
		if json.Unmarshal(o[name], &next) != nil {
			return nil
		}
		o = next
	}
	return o
}

// text is a member that is a text, a number, or an object with the value of one.
func (o object) text(name string) string {
	raw := o[name]
	if wrapped := o.at(name); wrapped != nil {
		raw = wrapped["value"]
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

// first is the first of the values that is known.
func first[T any](values ...*T) *T {
	for _, v := range values {
		if v != nil {
			return v
		}
	}
	return nil
}
