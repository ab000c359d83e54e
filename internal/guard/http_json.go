package guard

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// JSONReply says how a JSON document that may carry pictures is read.
type JSONReply struct {
	// Bytes bounds the document without its pictures and without what is dropped.
	Bytes int64
	// PictureBytes bounds each picture, Pictures their number.
	PictureBytes int64
	Pictures     int
	// PictureKeys are the members, at any depth, whose strings (or lists of strings) are
	// pictures in base64 or as data URLs. In the document they become "".
	PictureKeys []string
	// Drop are members, at any depth, that become null without being kept.
	Drop []string
	// Picture takes the pictures as they come. An error ends the reading.
	Picture func(key string, picture []byte) error
}

const (
	jsonDepth  = 64
	jsonBuffer = 64 * kib
)

// ErrNotJSON says that a document is not JSON, or is cut off.
var ErrNotJSON = errors.New("the reply is not valid JSON")

// Decode reads one JSON document from r into v. The pictures in it are decoded from
// base64 while they arrive, so that a reply costs the memory of one picture and of its
// other content, whatever its length. Errors are ErrReplyTooLarge, those of r and
// Picture, or say what is wrong with the document.
func (j JSONReply) Decode(r io.Reader, v any) error {
	s := &jsonScan{JSONReply: j, in: bufio.NewReaderSize(r, jsonBuffer)}
	if err := s.value("", 0); err != nil {
		return err
	}
	if c, err := s.next(); !errors.Is(err, io.EOF) {
		if err == nil {
			err = fmt.Errorf("%w: %q follows its end", ErrNotJSON, c)
		}
		return err
	}
	if err := json.Unmarshal(s.kept.Bytes(), v); err != nil {
		return fmt.Errorf("%w: %w", ErrNotJSON, err)
	}
	return nil
}

// jsonScan copies a document from in to kept, pictures and dropped members left out. It
// checks only what it needs to find its way; json.Unmarshal checks the copy.
type jsonScan struct {
	JSONReply
	in       *bufio.Reader
	kept     bytes.Buffer
	dropping int // depth of dropped members around
	pictures int
}

func (s *jsonScan) keep(b ...byte) error {
	if s.dropping > 0 {
		return nil
	}
	if int64(s.kept.Len()+len(b)) > s.Bytes {
		return ErrReplyTooLarge
	}
	s.kept.Write(b)
	return nil
}

// next returns the next byte that is not white space; io.EOF at the end.
func (s *jsonScan) next() (byte, error) {
	for {
		c, err := s.in.ReadByte()
		if err != nil {
			return 0, err
		}
		if c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return c, nil
		}
	}
}

// want is next where the document must go on.
func (s *jsonScan) want() (byte, error) {
	c, err := s.next()
	if errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: it is cut off", ErrNotJSON)
	}
	return c, err
}

func (s *jsonScan) value(key string, depth int) error {
	c, err := s.want()
	if err != nil {
		return err
	}
	return s.valueFrom(c, key, depth)
}

// valueFrom copies the value that begins with c, a member (or an element of a list that
// is a member) called key.
func (s *jsonScan) valueFrom(c byte, key string, depth int) error {
	if depth > jsonDepth {
		return fmt.Errorf("%w: it is nested more than %d deep", ErrNotJSON, jsonDepth)
	}
	switch c {
	case '{':
		return s.object(depth)
	case '[':
		return s.list(key, depth)
	case '"':
		if s.dropping == 0 && slices.Contains(s.PictureKeys, key) {
			return s.picture(key)
		}
		return s.text(s.keep)
	}
	return s.scalar(c)
}

func (s *jsonScan) object(depth int) error {
	if err := s.keep('{'); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.want()
		if err != nil {
			return err
		}
		if c == '}' {
			return s.keep('}')
		}
		if !first {
			if c != ',' {
				return fmt.Errorf("%w: %q stands between members", ErrNotJSON, c)
			}
			if err := s.keep(','); err != nil {
				return err
			}
			if c, err = s.want(); err != nil {
				return err
			}
		}
		if c != '"' {
			return fmt.Errorf("%w: a member begins with %q", ErrNotJSON, c)
		}
		if err := s.member(depth); err != nil {
			return err
		}
	}
}

// longestKey is more than any key an engine uses.
const longestKey = 64 * kib

func (s *jsonScan) member(depth int) error {
	var name bytes.Buffer
	err := s.text(func(b ...byte) error {
		if name.Len()+len(b) > longestKey {
			return ErrReplyTooLarge
		}
		name.Write(b)
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.keep(name.Bytes()...); err != nil {
		return err
	}
	if c, err := s.want(); err != nil || c != ':' {
		return errors.Join(err, fmt.Errorf("%w: a member has no value", ErrNotJSON))
	}
	key := string(bytes.Trim(name.Bytes(), `"`))
	if err := s.keep(':'); err != nil {
		return err
	}
	if !slices.Contains(s.Drop, key) {
		return s.value(key, depth+1)
	}
	if err := s.keep([]byte("null")...); err != nil {
		return err
	}
	s.dropping++
	err = s.value("", depth+1)
	s.dropping--
	return err
}

func (s *jsonScan) list(key string, depth int) error {
	if err := s.keep('['); err != nil {
		return err
	}
	for first := true; ; first = false {
		c, err := s.want()
		if err != nil {
			return err
		}
		if c == ']' {
			return s.keep(']')
		}
		if !first {
			if c != ',' {
				return fmt.Errorf("%w: %q stands between elements", ErrNotJSON, c)
			}
			if err := s.keep(','); err != nil {
				return err
			}
			if c, err = s.want(); err != nil {
				return err
			}
		}
		if err := s.valueFrom(c, key, depth+1); err != nil {
			return err
		}
	}
}

// scalar copies a number, true, false or null.
func (s *jsonScan) scalar(c byte) error {
	for {
		if err := s.keep(c); err != nil {
			return err
		}
		next, err := s.in.Peek(1)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if !bytes.ContainsAny(next, "+-.0123456789abcdefghijklmnopqrstuvwxyzE") {
			return nil
		}
		if c, err = s.in.ReadByte(); err != nil {
			return err
		}
	}
}

// text copies a string, quotes included, whose opening quote was read.
func (s *jsonScan) text(keep func(...byte) error) error {
	if err := keep('"'); err != nil {
		return err
	}
	escaped := false
	return s.part(func(part []byte) (n int, done bool, err error) {
		for i, c := range part {
			if !escaped && c == '"' {
				return i + 1, true, keep(part[:i+1]...)
			}
			escaped = !escaped && c == '\\'
		}
		return len(part), false, keep(part...)
	})
}

// part hands the input, as much as is there at a time, to use, which says how many bytes
// it took and whether it is done.
func (s *jsonScan) part(use func(part []byte) (n int, done bool, err error)) error {
	for {
		if _, err := s.in.Peek(1); err != nil {
			if errors.Is(err, io.EOF) {
				err = fmt.Errorf("%w: a text is cut off", ErrNotJSON)
			}
			return err
		}
		part, _ := s.in.Peek(s.in.Buffered())
		n, done, err := use(part)
		if err != nil {
			return err
		}
		if _, err := s.in.Discard(n); err != nil || done {
			return err
		}
	}
}
