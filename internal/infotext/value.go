package infotext

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// Bounds of what a generation accepts; what lies outside is not taken over.
const (
	maxSteps  = 1000
	maxSide   = 16384
	minSide   = 16
	maxCFG    = 100
	maxSeed   = 1<<53 - 1
	maxBatch  = 64
	maxRounds = 100
	maxScale  = 16 // of a second pass
	maxBlur   = 64
	maxWeight = 1000
	maxName   = 512     // bytes of a name or other short value
	maxUses   = 256     // adapters of one source
	maxText   = 4 << 20 // bytes of one text that is read as JSON
)

// object is a JSON object whose numbers are kept as written.
type object = map[string]any

// notJSON matches numbers that Python writes and JSON does not have.
var notJSON = regexp.MustCompile(`([:\[,]\s*)(?:NaN|-?Infinity)\b`)

// decodeObject reads text as a JSON object.
func decodeObject(text string) (object, bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") || len(text) > maxText {
		return nil, false
	}
	value, ok := decodeJSON([]byte(text))
	if !ok {
		value, ok = decodeJSON(notJSON.ReplaceAll([]byte(text), []byte("${1}null")))
	}
	o, isObject := value.(object)
	return o, ok && isObject
}

func decodeJSON(data []byte) (any, bool) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, false
	}
	return value, d.InputOffset() == int64(len(data))
}

// textOf returns a string or a number as text, the empty string for everything else.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

// short is textOf for names: one line, not long.
func short(value any) string { return oneLine(textOf(value)) }

func oneLine(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > maxName || strings.ContainsAny(s, "\n\r") {
		return ""
	}
	return s
}

// numberOf reads a finite number or a text that is one.
func numberOf(value any) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(textOf(value)), 64)
	return n, err == nil && !math.IsNaN(n) && !math.IsInf(n, 0)
}

// wholeOf reads a whole number, also when it is written with a fraction of zero.
func wholeOf(value any) (int64, bool) {
	text := strings.TrimSpace(textOf(value))
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	n, ok := numberOf(value)
	if !ok || n != math.Trunc(n) || math.Abs(n) > maxSeed {
		return 0, false
	}
	return int64(n), true
}

// weightOf reads a weight of an adapter.
func weightOf(value any) *float64 {
	n, ok := numberOf(value)
	if !ok || math.Abs(n) > maxWeight {
		return nil
	}
	return &n
}

func objectOf(value any) object {
	o, _ := value.(object)
	return o
}

func listOf(value any) []any {
	l, _ := value.([]any)
	return l
}

// first returns the first value that is there under one of the keys.
func first(o object, keys ...string) any {
	for _, key := range keys {
		if v, ok := o[key]; ok && v != nil {
			return v
		}
	}
	return nil
}

// claim adds what may be a digest, or the first digits of one, to the use.
func (u *FoundUse) claim(text string) {
	text = strings.ToLower(strings.TrimSpace(text))
	if kind, digits, found := strings.Cut(text, ":"); found && !strings.ContainsAny(kind, " /") {
		text = digits // "blake3:..."
	}
	text = strings.TrimPrefix(text, "0x")
	switch len(text) {
	case 8, 10, 12, 64:
	default:
		return
	}
	if strings.Trim(text, "0123456789abcdef") != "" || strings.Count(text, text[:1]) == len(text) {
		return
	}
	for _, nothing := range []string{
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", // SHA-256 of no bytes
		"af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262", // BLAKE3 of no bytes
	} {
		if strings.HasPrefix(nothing, text) {
			return
		}
	}
	u.Digests = append(u.Digests, text)
}

// addUse adds an adapter unless it has no name, or there are too many.
func (f *Facts) addUse(use FoundUse) {
	use.Name = oneLine(use.Name)
	if use.Name == "" || strings.EqualFold(use.Name, "none") || len(f.Uses) >= maxUses {
		return
	}
	if use.Weight != nil && use.TextEncoder != nil && *use.Weight == *use.TextEncoder {
		use.TextEncoder = nil
	}
	f.Uses = append(f.Uses, use)
}

var modelEndings = []string{".safetensors", ".ckpt", ".pt", ".bin", ".gguf"}

// withoutEnding takes a known ending of model files off a name.
func withoutEnding(name string) string {
	for _, ending := range modelEndings {
		if len(name) > len(ending) && strings.EqualFold(name[len(name)-len(ending):], ending) {
			return name[:len(name)-len(ending)]
		}
	}
	return name
}

// stem reduces a name to what two sources are likely to agree on.
func stem(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.ToLower(withoutEnding(name[strings.LastIndexByte(name, '/')+1:]))
}
