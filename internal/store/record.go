package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// record is one row of an answer, read column by column from left to right. It takes
// the driver's own values, which spares two conversions by reflection per column.
type record struct {
	values []any
	into   []any
	at     int
	err    error // the first column that could not be read
}

func newRecord(columns int) *record {
	r := &record{values: make([]any, columns), into: make([]any, columns)}
	for i := range r.values {
		r.into[i] = &r.values[i]
	}
	return r
}

func (r *record) next() any {
	v := r.values[r.at]
	r.at++
	return v
}

func (r *record) wrong(want string, v any) {
	if r.err == nil {
		r.err = fmt.Errorf("column %d holds %T, not %s", r.at, v, want)
	}
}

// null reports whether the next column is NULL and, if so, steps over it.
func (r *record) null() bool {
	if r.values[r.at] != nil {
		return false
	}
	r.at++
	return true
}

// text reads a text or bytes; NULL is empty.
func (r *record) text() string {
	switch v := r.next().(type) {
	case string:
		return v
	case []byte:
		return string(v)
	case nil:
		return ""
	default:
		r.wrong("text", v)
		return ""
	}
}

// blob reads bytes that belong to the caller.
func (r *record) blob() []byte {
	switch v := r.next().(type) {
	case []byte:
		return v
	case string:
		return []byte(v)
	default:
		return nil
	}
}

// integer reads a whole number; NULL is 0.
func (r *record) integer() int64 {
	switch v := r.next().(type) {
	case int64:
		return v
	case nil:
		return 0
	default:
		r.wrong("integer", v)
		return 0
	}
}

// real reads a number; NULL is 0.
func (r *record) real() float64 {
	switch v := r.next().(type) {
	case float64:
		return v
	case int64:
		return float64(v)
	case nil:
		return 0
	default:
		r.wrong("number", v)
		return 0
	}
}

// truth reads a boolean, which SQLite keeps as 0 or 1.
func (r *record) truth() bool {
	switch v := r.next().(type) {
	case bool:
		return v
	case int64:
		return v != 0
	default:
		r.wrong("boolean", v)
		return false
	}
}

// moment reads microseconds since 1970; NULL is the zero time.
func (r *record) moment() time.Time {
	if r.null() {
		return time.Time{}
	}
	return time.UnixMicro(r.integer()).UTC()
}

func (r *record) momentOrNil() *time.Time {
	if r.null() {
		return nil
	}
	t := r.moment()
	return &t
}

// list reads a JSON list of texts, never nil.
func (r *record) list() []string {
	s := r.text()
	if list, ok := plainList(s); ok {
		return list
	}
	list := []string{}
	if err := json.Unmarshal([]byte(s), &list); err != nil && r.err == nil {
		r.err = fmt.Errorf("column %d: %w", r.at, err)
	}
	return list
}

// plainList reads a JSON list of texts without escapes, which nearly all are.
func plainList(s string) ([]string, bool) {
	if s == "" || s == "[]" {
		return []string{}, true
	}
	if len(s) < 4 || s[0] != '[' || s[1] != '"' || s[len(s)-2] != '"' || s[len(s)-1] != ']' || strings.IndexByte(s, '\\') >= 0 {
		return nil, false
	}
	return strings.Split(s[2:len(s)-2], `","`), true
}

// jsonText encodes a value as JSON text, NULL for nil maps and pointers.
func jsonText(v any) any {
	b, err := json.Marshal(v)
	if err != nil || string(b) == "null" {
		return nil
	}
	return string(b)
}

// listText encodes texts as a JSON list without HTML escapes, so that plainList can
// read it. A text can contain `","` only with its quotes escaped.
func listText(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	b := make([]byte, 0, 32*len(list))
	for i, s := range list {
		if i == 0 {
			b = append(b, '[')
		} else {
			b = append(b, ',')
		}
		b = appendJSONString(b, clean(s))
	}
	return string(append(b, ']'))
}

func appendJSONString(b []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			q, err := json.Marshal(s)
			if err != nil {
				return append(b, `""`...) // a string always marshals
			}
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// clean makes text storable in both databases: PostgreSQL takes neither NUL bytes
// nor invalid UTF-8.
func clean(s string) string {
	if utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 {
		return s
	}
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
}

// micros turns a time into a column's value, NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}
