package sidecar

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// parser turns JSON into the tree encoding/json would make, with json.Number for
// numbers. It exists because a library has a sidecar for every adapter: it takes a
// third of the time, counts depth and values as it goes, and does not build what
// nobody reads (the generation data of sample pictures, most of many files). Beyond
// the standard it takes NaN and Infinity, which Python writes, for null.
type parser struct {
	data   []byte
	at     int
	depth  int
	values int
}

var errEnd = errors.New("it ends too early")

// parseJSON parses data, which must hold exactly one value.
func parseJSON(data []byte) (any, error) {
	p := parser{data: data}
	v, err := p.value("", true)
	if err != nil {
		return nil, err
	}
	if p.space(); p.at < len(p.data) {
		return nil, p.wrong("something follows the value")
	}
	return v, nil
}

// value parses the next value. within is the key of the list or object it lies in;
// when keep is false nothing is built.
func (p *parser) value(within string, keep bool) (any, error) {
	if p.values++; p.values > MaxValues {
		return nil, lora.Errorf(lora.TooLarge, "The sidecar holds more than %d values.", MaxValues)
	}
	p.space()
	if p.at == len(p.data) {
		return nil, errEnd
	}
	switch c := p.data[p.at]; {
	case c == '{':
		return p.object(within, keep)
	case c == '[':
		return p.array(within, keep)
	case c == '"':
		return p.text(keep)
	case c >= '0' && c <= '9', c == '-' && !p.has("-Infinity"):
		return p.number(keep)
	}
	for _, word := range []struct {
		text  string
		value any
	}{{"null", nil}, {"true", true}, {"false", false}, {"NaN", nil}, {"Infinity", nil}, {"-Infinity", nil}} {
		if p.has(word.text) {
			p.at += len(word.text)
			return word.value, nil
		}
	}
	return nil, p.wrong("no value begins here")
}

func (p *parser) object(within string, keep bool) (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	var out map[string]any
	if keep {
		out = map[string]any{}
	}
	for first := true; ; first = false {
		if done, err := p.next('}', first); done || err != nil {
			return out, err
		}
		if p.at == len(p.data) || p.data[p.at] != '"' {
			return nil, p.wrong("a key is missing")
		}
		key, err := p.string(keep)
		if err != nil {
			return nil, err
		}
		if p.space(); p.at == len(p.data) || p.data[p.at] != ':' {
			return nil, p.wrong("a colon is missing")
		}
		p.at++
		read := keep && (within != "images" || key != "meta")
		v, err := p.value(key, read)
		if err != nil {
			return nil, err
		}
		if read {
			out[key] = v
		}
	}
}

func (p *parser) array(within string, keep bool) (any, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	var out []any
	if keep {
		out = []any{}
	}
	for first := true; ; first = false {
		if done, err := p.next(']', first); done || err != nil {
			return out, err
		}
		v, err := p.value(within, keep)
		if err != nil {
			return nil, err
		}
		if keep {
			out = append(out, v)
		}
	}
}

func (p *parser) enter() error {
	p.at++
	if p.depth++; p.depth > MaxDepth {
		return lora.Errorf(lora.TooLarge, "The sidecar is nested deeper than %d levels.", MaxDepth)
	}
	return nil
}

// next steps over the comma before an element, or over the end of a list or object.
func (p *parser) next(end byte, first bool) (done bool, err error) {
	p.space()
	switch {
	case p.at == len(p.data):
		return false, errEnd
	case p.data[p.at] == end:
		p.at++
		p.depth--
		return true, nil
	case first:
		return false, nil
	case p.data[p.at] != ',':
		return false, p.wrong("a comma is missing")
	}
	p.at++
	if p.space(); p.at < len(p.data) && p.data[p.at] == end {
		return false, p.wrong("a value is missing")
	}
	return false, nil
}

func (p *parser) number(keep bool) (any, error) {
	start := p.at
	if p.data[p.at] == '-' {
		p.at++
	}
	if zero := p.at < len(p.data) && p.data[p.at] == '0'; zero {
		p.at++
	} else if p.digits() == 0 {
		return nil, p.wrong("a digit is missing")
	}
	if p.at < len(p.data) && p.data[p.at] == '.' {
		p.at++
		if p.digits() == 0 {
			return nil, p.wrong("a digit is missing")
		}
	}
	if p.at < len(p.data) && (p.data[p.at] == 'e' || p.data[p.at] == 'E') {
		p.at++
		if p.at < len(p.data) && (p.data[p.at] == '+' || p.data[p.at] == '-') {
			p.at++
		}
		if p.digits() == 0 {
			return nil, p.wrong("a digit is missing")
		}
	}
	if !keep {
		return nil, nil //nolint:nilnil // nothing was asked for
	}
	return json.Number(p.data[start:p.at]), nil
}

func (p *parser) digits() int {
	start := p.at
	for p.at < len(p.data) && p.data[p.at] >= '0' && p.data[p.at] <= '9' {
		p.at++
	}
	return p.at - start
}

func (p *parser) text(keep bool) (any, error) {
	s, err := p.string(keep)
	return s, err
}

// string parses a text. Without escapes and with sound UTF-8, as nearly always, it is
// one copy.
func (p *parser) string(keep bool) (string, error) {
	p.at++
	start := p.at
	for plain := true; p.at < len(p.data); p.at++ {
		switch c := p.data[p.at]; {
		case c == '"':
			raw := p.data[start:p.at]
			p.at++
			switch {
			case plain && keep:
				return validUTF8(raw), nil
			case plain:
				return "", nil
			}
			return p.unescape(raw)
		case c == '\\':
			plain = false
			p.at++
		case c < 0x20:
			return "", p.wrong("a control character stands in a text")
		}
	}
	return "", errEnd
}

// unescape resolves the escapes of a text. Halves of surrogate pairs become U+FFFD.
func (p *parser) unescape(raw []byte) (string, error) {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case '"', '\\', '/':
			out = append(out, c)
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, ok := hex4(raw[i+1:])
			if !ok {
				return "", p.wrong("an escape is wrong")
			}
			i += 4
			if utf16.IsSurrogate(r) {
				low, _ := escape(raw[i+1:])
				if r = utf16.DecodeRune(r, low); r != utf8.RuneError {
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			return "", p.wrong("an escape is wrong")
		}
	}
	return validUTF8(out), nil
}

// validUTF8 puts U+FFFD in the place of each byte that is not UTF-8.
func validUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	return string([]rune(string(b)))
}

// escape reads "\uXXXX" at the beginning of b.
func escape(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	return hex4(b[2:])
}

func hex4(b []byte) (rune, bool) {
	if len(b) < 4 {
		return 0, false
	}
	r := rune(0)
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func (p *parser) has(word string) bool {
	return len(p.data)-p.at >= len(word) && string(p.data[p.at:p.at+len(word)]) == word
}

func (p *parser) space() {
	for p.at < len(p.data) {
		switch p.data[p.at] {
		case ' ', '\n', '\r', '\t':
			p.at++
		default:
			return
		}
	}
}

func (p *parser) wrong(what string) error {
	return fmt.Errorf("byte %d: %s", p.at, what)
}
