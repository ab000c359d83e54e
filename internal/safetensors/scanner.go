package safetensors

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/bits"
	"unicode/utf8"
)

// scanner walks over one JSON header and keeps what it finds as positions and
// numbers; strings that stay go into one arena. It is reused from file to file.
type scanner struct {
	src []byte // the header, valid UTF-8
	pos int
	lim Limits

	scratch []byte // the string being decoded, when it holds escapes
	arena   []byte // every name, metadata key and metadata value
	dims    []int64
	tensors []entry
	pairs   []pair

	names, keys keySet
	lastType    dtype // nearly every tensor has the type of the one before

	hasMetadata   bool
	metadataBytes int
}

// entry is one tensor before its strings exist.
type entry struct {
	name       span
	dims       span // of scanner.dims
	dtype      string
	begin, end int64
	at         int // where its name stands in the header
}

// pair is one metadata entry before its strings exist.
type pair struct{ key, value span }

// reset makes the scanner ready for another header, which must be valid UTF-8.
func (s *scanner) reset(header []byte, lim Limits) {
	s.src, s.pos, s.lim = header, 0, lim
	s.arena, s.dims, s.tensors, s.pairs = s.arena[:0], s.dims[:0], s.tensors[:0], s.pairs[:0]
	s.names.reset()
	s.keys.reset()
	s.hasMetadata, s.metadataBytes = false, 0
}

// fail builds the finding for a position in the header.
func (s *scanner) fail(code string, at int, subject []byte, format string, args ...any) error {
	return &Error{
		Code:    code,
		Message: fmt.Sprintf(format, args...),
		Subject: clip(subject),
		Offset:  lengthBytes + int64(at),
	}
}

// next skips white space and returns the byte it stops at, 0 at the end. The
// byte is not consumed.
func (s *scanner) next() byte {
	for s.pos < len(s.src) {
		c := s.src[s.pos]
		if c > ' ' {
			return c
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

// expect consumes one structural byte.
func (s *scanner) expect(want byte) error {
	if s.next() != want {
		return s.unexpected(fmt.Sprintf("%q", want))
	}
	s.pos++
	return nil
}

// unexpected is the finding for a byte that cannot stand where it does.
func (s *scanner) unexpected(want string) error {
	if s.pos >= len(s.src) {
		return s.fail(CodeInvalidJSON, s.pos, nil, "The header ends where %s should follow.", want)
	}
	if s.src[s.pos] == 0 {
		return s.fail(CodeNULByte, s.pos, nil, "The header holds a zero byte at position %d.", s.pos)
	}
	r, _ := utf8.DecodeRune(s.src[s.pos:])
	return s.fail(CodeInvalidJSON, s.pos, nil, "The header has %q at position %d where %s should stand.", r, s.pos, want)
}

// wrongType is the finding for a value of another JSON type than the format
// wants. A value that nests without end is named for what it is.
func (s *scanner) wrongType(code string, depth int, subject []byte, format string, args ...any) error {
	switch c := s.next(); c {
	case '{', '[', '"', '-', 't', 'f', 'n', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
	default:
		return s.unexpected("a value")
	}
	if s.nests(depth) {
		return s.fail(CodeTooDeep, s.pos, subject, "The header nests more than %d deep.", s.lim.Depth)
	}
	return s.fail(code, s.pos, subject, format, args...)
}

// nests is true when the value at the current position, itself inside depth
// others, goes deeper than allowed. It keeps a count, not a stack.
func (s *scanner) nests(depth int) bool {
	outside := depth
	for i := s.pos; i < len(s.src); i++ {
		switch s.src[i] {
		case '{', '[':
			if depth++; depth > s.lim.Depth {
				return true
			}
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(s.src) && s.src[i] != '"'; i++ {
				if s.src[i] == '\\' {
					i++
				}
			}
		}
		if depth <= outside {
			return false
		}
	}
	return false
}

// str consumes a JSON string. The result is valid until the next call.
func (s *scanner) str() ([]byte, error) {
	if s.next() != '"' {
		return nil, s.unexpected("a string")
	}
	s.pos++
	start := s.pos
	s.pos += plain(s.src[start:])
	if s.pos < len(s.src) && s.src[s.pos] == '"' {
		s.pos++
		return s.src[start : s.pos-1], nil
	}
	return s.escaped(start)
}

// escaped goes on with a string that began at start and holds an escape, or an
// error, at the current position.
func (s *scanner) escaped(start int) ([]byte, error) {
	out := append(s.scratch[:0], s.src[start:s.pos]...)
	for s.pos < len(s.src) {
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			s.scratch = out
			return out, nil
		case c != '\\':
			return nil, s.unexpected("a printable character")
		}
		s.pos++
		if s.pos == len(s.src) {
			break
		}
		if c := unescape[s.src[s.pos]]; c != 0 {
			out = append(out, c)
			s.pos++
		} else {
			r, err := s.unicodeEscape()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
		}
		n := plain(s.src[s.pos:])
		out = append(out, s.src[s.pos:s.pos+n]...)
		s.pos += n
	}
	return nil, s.fail(CodeInvalidJSON, start-1, nil, "The string that begins at position %d has no end.", start-1)
}

// unescape maps the letter of each short escape to what it stands for.
var unescape = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// unicodeEscape consumes uXXXX, and the second half of a surrogate pair; the
// backslash is consumed already.
func (s *scanner) unicodeEscape() (rune, error) {
	at := s.pos - 1
	r, ok := s.hex4()
	if !ok {
		return 0, s.fail(CodeInvalidJSON, at, nil, "The header has an unknown escape at position %d.", at)
	}
	switch {
	case r == 0:
		return 0, s.fail(CodeNULByte, at, nil, "The header holds an escaped zero character at position %d.", at)
	case r < 0xD800 || r > 0xDFFF:
		return r, nil
	case r <= 0xDBFF && s.pos < len(s.src) && s.src[s.pos] == '\\':
		s.pos++
		if low, ok := s.hex4(); ok && low >= 0xDC00 && low <= 0xDFFF {
			return (r-0xD800)<<10 + (low - 0xDC00) + 0x10000, nil
		}
	}
	return 0, s.fail(CodeLoneSurrogate, at, nil, "The header has half a surrogate pair at position %d, which is no character.", at)
}

// hex4 consumes uXXXX and is false, wherever it stopped, when that is not there.
func (s *scanner) hex4() (rune, bool) {
	if len(s.src)-s.pos < 5 || s.src[s.pos] != 'u' {
		return 0, false
	}
	var r rune
	for _, c := range s.src[s.pos+1 : s.pos+5] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			c = (c | 0x20) - 'a' + 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	s.pos += 5
	return r, true
}

// number consumes a whole number from 0 to 2^63-1. A number that is negative or
// larger gets the given code, anything else is of a wrong type.
func (s *scanner) number(code string, depth int, subject []byte, what string) (int64, error) {
	c := s.next()
	at := s.pos
	if c < '0' || c > '9' {
		if c == '-' {
			return 0, s.fail(code, at, subject, "Tensor %q has a negative number in its %s.", clip(subject), what)
		}
		return 0, s.wrongType(CodeWrongType, depth, subject, "Tensor %q has something else than a number in its %s.", clip(subject), what)
	}
	var n uint64
	for s.pos < len(s.src) {
		d := s.src[s.pos] - '0'
		if d > 9 {
			break
		}
		if n > (math.MaxInt64-9)/10 && n > (math.MaxInt64-uint64(d))/10 {
			return 0, s.fail(code, at, subject, "Tensor %q has a number beyond 2^63 in its %s.", clip(subject), what)
		}
		n = n*10 + uint64(d)
		s.pos++
	}
	if s.pos < len(s.src) {
		if c := s.src[s.pos]; c == '.' || c|0x20 == 'e' {
			return 0, s.fail(CodeWrongType, at, subject, "Tensor %q has a number that is not whole in its %s.", clip(subject), what)
		}
	}
	if s.src[at] == '0' && s.pos > at+1 {
		return 0, s.fail(CodeInvalidJSON, at, subject, "Tensor %q has a number with a leading zero in its %s.", clip(subject), what)
	}
	return int64(n), nil //nolint:gosec // checked against MaxInt64 above
}

// keep copies a string into the arena.
func (s *scanner) keep(text []byte) span {
	start := len(s.arena)
	s.arena = append(s.arena, text...)
	return span{uint32(start), uint32(len(s.arena))} //nolint:gosec // a header has at most maxHeaderBytes
}

// plain returns how many leading bytes of b are neither a quote, a backslash nor
// a control character. It looks at eight bytes at a time.
func plain(b []byte) int {
	const (
		ones  = 0x0101010101010101
		highs = 0x80 * ones
	)
	i := 0
	for ; len(b)-i >= 8; i += 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, slash := x^'"'*ones, x^'\\'*ones
		// Each term sets the high bit of a byte that is below its bound, and
		// maybe of bytes above that one; only the lowest is used.
		hit := ((x-' '*ones)&^x | (quote-ones)&^quote | (slash-ones)&^slash) & highs
		if hit != 0 {
			return i + bits.TrailingZeros64(hit)>>3
		}
	}
	for ; i < len(b); i++ {
		if c := b[i]; c < ' ' || c == '"' || c == '\\' {
			break
		}
	}
	return i
}
