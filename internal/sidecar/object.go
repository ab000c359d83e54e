package sidecar

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// The budgets of one sidecar.
const (
	MaxBytes  = 4 << 20
	MaxDepth  = 64
	MaxValues = 200_000

	maxText  = 256 << 10 // one text field
	maxItems = 1_000     // entries of one list
	maxItem  = 2 << 10   // one entry
)

// object is a JSON object of which nothing is known. Its methods return the value in
// the wanted type or that type's "nothing", whatever is really there.
type object map[string]any

// decode parses data as JSON within the budgets. Anything but an object is
// ErrUnrelated.
func decode(data []byte) (object, error) {
	if len(data) > MaxBytes {
		return nil, lora.Errorf(lora.TooLarge, "The sidecar is larger than %d MiB.", MaxBytes>>20)
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")))
	if len(data) == 0 {
		return nil, lora.Errorf(lora.Invalid, "The sidecar is empty.")
	}
	tree, err := parseJSON(data)
	var tooLarge *lora.Error
	switch {
	case errors.As(err, &tooLarge):
		return nil, err
	case err != nil:
		return nil, &lora.Error{Code: lora.Invalid, Message: "The sidecar is not valid JSON.", Err: err}
	}
	o, ok := tree.(map[string]any)
	if !ok {
		return nil, ErrUnrelated
	}
	return o, nil
}

func (o object) hasAny(keys ...string) bool {
	for _, key := range keys {
		if _, ok := o[key]; ok {
			return true
		}
	}
	return false
}

// hasOnly reports that o has at least one key and none but these.
func (o object) hasOnly(keys ...string) bool {
	known := 0
	for _, key := range keys {
		if _, ok := o[key]; ok {
			known++
		}
	}
	return known > 0 && known == len(o)
}

// text returns the first of keys that holds a text or number.
func (o object) text(keys ...string) string {
	for _, key := range keys {
		if s := toText(o[key]); s != "" {
			return s
		}
	}
	return ""
}

func (o object) object(key string) object {
	sub, _ := o[key].(map[string]any)
	return sub
}

// objects returns the objects in the list at key, passing over other entries.
func (o object) objects(key string) []object {
	list, _ := o[key].([]any)
	var out []object
	for _, entry := range list {
		if sub, ok := entry.(map[string]any); ok && len(out) < maxItems {
			out = append(out, sub)
		}
	}
	return out
}

// texts returns the list at key without blanks and repetitions. A single text counts
// as a comma-separated list, an object in the list by its "name".
func (o object) texts(key string) []string {
	var raw []any
	switch v := o[key].(type) {
	case []any:
		raw = v
	case string:
		for part := range strings.SplitSeq(v, ",") {
			raw = append(raw, part)
		}
	default:
		raw = []any{v}
	}
	var out []string
	seen := make(map[string]bool, min(len(raw), maxItems))
	for _, entry := range raw {
		if sub, ok := entry.(map[string]any); ok {
			entry = sub["name"]
		}
		s := cut(toText(entry), maxItem)
		if s != "" && !seen[s] && len(out) < maxItems {
			seen[s] = true
			out = append(out, s)
		}
	}
	return out
}

// number returns the finite number at key, also when it is written as a text.
func (o object) number(key string) *float64 {
	switch v := o[key].(type) {
	case json.Number:
		return toNumber(v.String())
	case string:
		return toNumber(v)
	}
	return nil
}

func toNumber(s string) *float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil
	}
	return &f
}

// integer returns the whole number at key, 0 when there is none.
func (o object) integer(key string) int64 {
	f := o.number(key)
	if f == nil || math.Abs(*f) > 1<<53 {
		return 0
	}
	return int64(*f)
}

func (o object) flag(key string) *bool {
	var b bool
	switch v := o[key].(type) {
	case bool:
		b = v
	case string:
		parsed, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(v)))
		if err != nil {
			return nil
		}
		b = parsed
	case json.Number:
		b = v.String() != "0"
	default:
		return nil
	}
	return &b
}

// when returns the moment at key: ISO 8601 in its usual forms or seconds since 1970.
func (o object) when(key string) *time.Time {
	s := o.text(key)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", time.DateTime, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC()
			return &t
		}
	}
	if seconds := o.integer(key); seconds > 0 && seconds < 1<<33 {
		t := time.Unix(seconds, 0).UTC()
		return &t
	}
	return nil
}

// link returns the http(s) URL at key; paths and other schemes are nothing to follow.
func (o object) link(key string) string {
	s, _ := o[key].(string)
	s = strings.TrimSpace(s)
	lower := strings.ToLower(s)
	if len(s) > maxItem || strings.ContainsFunc(s, isControl) ||
		!strings.HasPrefix(lower, "https://") && !strings.HasPrefix(lower, "http://") {
		return ""
	}
	return s
}

func toText(v any) string {
	switch v := v.(type) {
	case string:
		return clean(v)
	case json.Number:
		return cut(v.String(), maxItem)
	}
	return ""
}
