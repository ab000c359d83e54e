package guard

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
)

// ErrNotBase64 says that a picture is not written as base64.
var ErrNotBase64 = errors.New("a picture in the reply is not base64")

// dataURLHead is the most a data URL has before its comma.
const dataURLHead = 256

// picture reads the string whose opening quote was read as base64 and hands the picture
// on. In the document it becomes "".
func (s *jsonScan) picture(key string) error {
	if s.pictures++; s.pictures > s.Pictures {
		return fmt.Errorf("%w: it has more than %d pictures", ErrReplyTooLarge, s.Pictures)
	}
	d := base64Scan{limit: s.PictureBytes}
	if err := s.part(d.take); err != nil {
		return err
	}
	data, err := d.end()
	if err != nil {
		return err
	}
	if err := s.keep('"', '"'); err != nil || len(data) == 0 {
		return err
	}
	return s.Picture(key, data)
}

// base64Scan decodes base64 that arrives in parts, up to the closing quote.
type base64Scan struct {
	limit   int64
	out     []byte
	rest    []byte // fewer than four characters that wait for more
	escaped bool
	begun   bool // past the head of a data URL, or there is none
	head    []byte
}

func (b *base64Scan) take(part []byte) (n int, done bool, err error) {
	n = bytes.IndexByte(part, '"')
	if done = n >= 0; !done {
		n = len(part)
	}
	text := part[:n]
	if !b.begun {
		if text, err = b.skipHead(text, done); err != nil {
			return 0, false, err
		}
	}
	if err := b.decode(text); err != nil {
		return 0, false, err
	}
	if done {
		n++ // the quote
	}
	return n, done, nil
}

// skipHead returns what follows "data:...," as soon as that is known.
func (b *base64Scan) skipHead(text []byte, done bool) ([]byte, error) {
	b.head = append(b.head, text...)
	const mark = "data:"
	if !bytes.HasPrefix(b.head, []byte(mark)) {
		if len(b.head) < len(mark) && !done {
			return nil, nil
		}
		b.begun = true
		return b.head, nil
	}
	comma := bytes.IndexByte(b.head[:min(len(b.head), dataURLHead)], ',')
	switch {
	case comma >= 0:
		b.begun = true
		return b.head[comma+1:], nil
	case len(b.head) >= dataURLHead || done:
		return nil, fmt.Errorf("%w: it is a data URL without data", ErrNotBase64)
	}
	return nil, nil
}

// decode appends the picture bytes that text completes.
func (b *base64Scan) decode(text []byte) error {
	if int64(len(b.out)) > b.limit {
		return ErrReplyTooLarge
	}
	if b.escaped || bytes.IndexByte(text, '\\') >= 0 {
		var err error
		if text, err = b.unescape(text); err != nil {
			return err
		}
	}
	if len(b.rest) > 0 {
		text = append(b.rest, text...)
	}
	whole := len(text) / 4 * 4
	b.rest = bytes.Clone(text[whole:])
	return b.append(base64.StdEncoding, text[:whole])
}

func (b *base64Scan) append(encoding *base64.Encoding, text []byte) error {
	out, err := encoding.AppendDecode(b.out, text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotBase64, err)
	}
	b.out = out
	return nil
}

// unescape takes out what JSON may put into base64: \/ for /, and line ends.
func (b *base64Scan) unescape(text []byte) ([]byte, error) {
	plain := make([]byte, 0, len(text))
	for _, c := range text {
		switch {
		case !b.escaped && c == '\\':
			b.escaped = true
			continue
		case !b.escaped || c == '/':
			plain = append(plain, c)
		case c != 'n' && c != 'r':
			return nil, ErrNotBase64
		}
		b.escaped = false
	}
	return plain, nil
}

// end returns the picture.
func (b *base64Scan) end() ([]byte, error) {
	if len(b.rest) > 0 { // engines pad, but some writers of base64 do not
		if err := b.append(base64.RawStdEncoding, b.rest); err != nil {
			return nil, err
		}
	}
	if b.escaped {
		return nil, ErrNotBase64
	}
	if int64(len(b.out)) > b.limit {
		return nil, ErrReplyTooLarge
	}
	return b.out, nil
}
