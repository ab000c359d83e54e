package sidecar

import (
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// clean trims a text, removes control characters other than line breaks and tabs
// (databases refuse some of them), and cuts it to maxText.
func clean(s string) string {
	if strings.ContainsFunc(s, isControl) {
		s = strings.Map(func(r rune) rune {
			if isControl(r) {
				return -1
			}
			return r
		}, s)
	}
	return cut(strings.TrimSpace(s), maxText)
}

func isControl(r rune) bool {
	return r < 0x20 && r != '\n' && r != '\t' && r != '\r' || r == 0x7f
}

// cut shortens s to at most n bytes without splitting a rune.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// cleanTree applies clean to every text and key of a tree that is kept as it is, and
// turns numbers too large for a float64 into texts: databases refuse them.
func cleanTree(v any) any {
	switch v := v.(type) {
	case string:
		return clean(v)
	case json.Number:
		if toNumber(v.String()) == nil {
			return cut(v.String(), maxItem)
		}
	case []any:
		for i := range v {
			v[i] = cleanTree(v[i])
		}
		return v
	case map[string]any:
		for key, value := range v {
			if k := clean(key); k != key {
				delete(v, key)
				key = k
			}
			v[key] = cleanTree(value)
		}
		return v
	}
	return v
}

// isHex reports that s consists of n lower-case hexadecimal digits.
func isHex(s string, n int) bool {
	if len(s) != n {
		return false
	}
	for _, c := range []byte(s) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
