package safetensors

import (
	"bytes"
	"context"
	"fmt"
	"unicode/utf8"
)

const metadataKey = "__metadata__"

// checkEvery is how many tensors or metadata entries pass between two looks at
// the context.
const checkEvery = 256

// scan reads the whole header text into the scanner.
func (s *scanner) scan(ctx context.Context) error {
	if err := s.text(); err != nil {
		return err
	}
	s.pos = 1 // the brace, which text has seen
	if s.next() == '}' {
		s.pos++
		return s.padding()
	}
	for {
		if len(s.tensors)%checkEvery == 0 && ctx.Err() != nil {
			return fmt.Errorf("read safetensors header: %w", ctx.Err())
		}
		if err := s.member(ctx); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return s.padding()
		default:
			return s.unexpected("a comma or the end of the header")
		}
	}
}

// text checks what concerns the header as text.
func (s *scanner) text() error {
	switch {
	case bytes.HasPrefix(s.src, []byte("\xEF\xBB\xBF")):
		return s.fail(CodeBOM, 0, nil, "The header begins with a byte order mark, which the format does not allow.")
	case len(s.src) == 0 || s.src[0] != '{':
		return s.fail(CodeNotAnObject, 0, nil, "The header does not begin with \"{\", so this is no safetensors file or it is damaged.")
	case utf8.Valid(s.src):
		return nil
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(s.src[at:])
		if r == utf8.RuneError && n == 1 {
			return s.fail(CodeInvalidUTF8, at, nil, "The header is not valid UTF-8 text at position %d.", at)
		}
		at += n
	}
}

// padding checks that only white space follows the object.
func (s *scanner) padding() error {
	if s.next(); s.pos == len(s.src) {
		return nil
	}
	if s.src[s.pos] == 0 {
		return s.unexpected("padding")
	}
	return s.fail(CodeTextAfterHeader, s.pos, nil, "Hidden text follows the end of the header at position %d.", s.pos)
}

// member consumes one key of the header with its value.
func (s *scanner) member(ctx context.Context) error {
	s.next()
	at := s.pos
	key, err := s.str()
	if err != nil {
		return err
	}
	if string(key) == metadataKey {
		if s.hasMetadata {
			return s.fail(CodeDuplicateKey, at, key, "The header has two %s sections.", metadataKey)
		}
		s.hasMetadata = true
		return s.metadata(ctx)
	}
	if bytes.EqualFold(key, []byte(metadataKey)) {
		return s.fail(CodeCaseVariantKey, at, key, "The header spells %s as %q, which some programs would take for the same.", metadataKey, key)
	}
	if len(key) > s.lim.NameBytes {
		return s.fail(CodeNameTooLong, at, key, "A tensor name has %d bytes; the limit is %d.", len(key), s.lim.NameBytes)
	}
	if len(s.tensors) == s.lim.Tensors {
		return s.fail(CodeTooManyTensors, at, nil, "The file lists more than %d tensors.", s.lim.Tensors)
	}
	name := s.keep(key)
	if !s.names.add(s.arena, name) {
		return s.fail(CodeDuplicateKey, at, s.arena[name.start:name.end], "The header lists tensor %q twice.", clip(s.arena[name.start:name.end]))
	}
	return s.tensor(name, at)
}

// metadata consumes the colon and the object of strings.
func (s *scanner) metadata(ctx context.Context) error {
	if err := s.expect(':'); err != nil {
		return err
	}
	if s.next() != '{' {
		return s.wrongType(CodeMetadataNotObject, 1, nil, "The %s section is not an object.", metadataKey)
	}
	s.pos++
	if s.next() == '}' {
		s.pos++
		return nil
	}
	for {
		if len(s.pairs)%checkEvery == 0 && ctx.Err() != nil {
			return fmt.Errorf("read safetensors metadata: %w", ctx.Err())
		}
		if err := s.pair(); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			return nil
		default:
			return s.unexpected("a comma or the end of the metadata")
		}
	}
}

// pair consumes one metadata key with its value.
func (s *scanner) pair() error {
	s.next()
	at := s.pos
	text, err := s.str()
	if err != nil {
		return err
	}
	if len(text) > s.lim.NameBytes {
		return s.fail(CodeNameTooLong, at, text, "A metadata key has %d bytes; the limit is %d.", len(text), s.lim.NameBytes)
	}
	if len(s.pairs) == s.lim.MetadataEntries {
		return s.fail(CodeMetadataTooLarge, at, nil, "The metadata has more than %d entries.", s.lim.MetadataEntries)
	}
	key := s.keep(text)
	text = s.arena[key.start:key.end]
	if !s.keys.add(s.arena, key) {
		return s.fail(CodeDuplicateKey, at, text, "The metadata has the key %q twice.", clip(text))
	}
	if err := s.expect(':'); err != nil {
		return err
	}
	if s.next() != '"' {
		return s.wrongType(CodeMetadataNotString, 2, text, "The metadata value of %q is not a string.", clip(text))
	}
	value, err := s.str()
	if err != nil {
		return err
	}
	if s.metadataBytes += len(text) + len(value); s.metadataBytes > s.lim.MetadataBytes {
		return s.fail(CodeMetadataTooLarge, at, text, "The metadata is larger than %s.", byteCount(int64(s.lim.MetadataBytes)))
	}
	s.pairs = append(s.pairs, pair{key, s.keep(value)})
	return nil
}
