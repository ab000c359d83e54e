package inspect

import (
	"encoding/json"
	"errors"
	"strconv"
)

// jsonScan walks JSON that stands inside a metadata string. Tag tables reach
// megabytes, so it visits them in place instead of building maps of maps:
// strings without escapes are parts of the input, nothing else is allocated.
// It accepts what it needs and refuses the rest; the depth is bounded.
type jsonScan struct {
	s string
	i int
}

var errJSON = errors.New("inspect: malformed JSON in metadata")

const maxDepth = 16

func (d *jsonScan) space() {
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ' ', '\t', '\n', '\r':
			d.i++
		default:
			return
		}
	}
}

// next returns the next byte that is not white space, 0 at the end, without consuming it.
func (d *jsonScan) next() byte {
	d.space()
	if d.i < len(d.s) {
		return d.s[d.i]
	}
	return 0
}

func (d *jsonScan) eat(c byte) bool {
	if d.next() != c {
		return false
	}
	d.i++
	return true
}

// object calls visit with every key; visit consumes the value.
func (d *jsonScan) object(visit func(key string) error) error {
	if !d.eat('{') {
		return errJSON
	}
	if d.eat('}') {
		return nil
	}
	for {
		key, err := d.str()
		if err != nil {
			return err
		}
		if !d.eat(':') {
			return errJSON
		}
		if err := visit(key); err != nil {
			return err
		}
		if d.eat('}') {
			return nil
		}
		if !d.eat(',') {
			return errJSON
		}
	}
}

// array calls visit at every element; visit consumes it.
func (d *jsonScan) array(visit func() error) error {
	if !d.eat('[') {
		return errJSON
	}
	if d.eat(']') {
		return nil
	}
	for {
		if err := visit(); err != nil {
			return err
		}
		if d.eat(']') {
			return nil
		}
		if !d.eat(',') {
			return errJSON
		}
	}
}

func (d *jsonScan) str() (string, error) {
	if !d.eat('"') {
		return "", errJSON
	}
	start, escaped := d.i, false
	for d.i < len(d.s) {
		switch c := d.s[d.i]; {
		case c == '"':
			raw := d.s[start:d.i]
			d.i++
			if !escaped {
				return raw, nil
			}
			var out string
			if json.Unmarshal([]byte(d.s[start-1:d.i]), &out) != nil {
				return "", errJSON
			}
			return out, nil
		case c == '\\':
			escaped = true
			d.i += 2
		case c < 0x20:
			return "", errJSON
		default:
			d.i++
		}
	}
	return "", errJSON
}

// count reads a number as a whole, not negative count; 0 for other values, which it skips.
func (d *jsonScan) count() (int64, error) {
	c := d.next()
	if c < '0' || c > '9' {
		return 0, d.skip(0)
	}
	w := d.word()
	if n, ok := number(w); ok && len(w) < 8 { // nearly all counts are small and whole
		return int64(n), nil
	}
	f, err := strconv.ParseFloat(w, 64)
	if err != nil || f < 0 || f > 1e12 {
		return 0, nil //nolint:nilerr // an absurd number counts as nothing
	}
	return int64(f), nil
}

// text reads a string or a number as text; "" for other values, which it skips.
func (d *jsonScan) text() (string, error) {
	switch c := d.next(); {
	case c == '"':
		return d.str()
	case c == '-' || c >= '0' && c <= '9':
		return d.word(), nil
	}
	return "", d.skip(0)
}

// word takes everything up to the next separator.
func (d *jsonScan) word() string {
	start := d.i
	for d.i < len(d.s) {
		switch d.s[d.i] {
		case ',', ']', '}', ':', ' ', '\t', '\r', '\n':
			return d.s[start:d.i]
		}
		d.i++
	}
	return d.s[start:]
}

// skip passes over any value.
func (d *jsonScan) skip(depth int) error {
	if depth > maxDepth {
		return errJSON
	}
	switch d.next() {
	case '{':
		return d.object(func(string) error { return d.skip(depth + 1) })
	case '[':
		return d.array(func() error { return d.skip(depth + 1) })
	case '"':
		_, err := d.str()
		return err
	}
	if d.word() == "" {
		return errJSON
	}
	return nil
}
