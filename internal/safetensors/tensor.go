package safetensors

import (
	"bytes"
	"fmt"
)

// field is one of the three keys of a tensor, as a bit.
type field uint8

const (
	fieldDType field = 1 << iota
	fieldShape
	fieldOffsets
)

// fieldNames are the keys of a tensor, each allowed in this spelling only.
var fieldNames = []struct {
	field field
	name  string
}{
	{fieldDType, "dtype"},
	{fieldShape, "shape"},
	{fieldOffsets, "data_offsets"},
}

// tensor consumes the colon and the object that describe the tensor whose name
// is kept already and stands at position at.
func (s *scanner) tensor(nameSpan span, at int) error {
	name := s.arena[nameSpan.start:nameSpan.end]
	if err := s.expect(':'); err != nil {
		return err
	}
	if s.next() != '{' {
		return s.wrongType(CodeWrongType, 1, name, "Tensor %q is not described by an object.", clip(name))
	}
	s.pos++
	e := entry{name: nameSpan, at: at}
	var seen field
	if s.next() == '}' {
		return s.complete(name, seen)
	}
	for {
		if err := s.field(&e, name, &seen); err != nil {
			return err
		}
		switch s.next() {
		case ',':
			s.pos++
			continue
		case '}':
		default:
			return s.unexpected("a comma or the end of the tensor")
		}
		break
	}
	if err := s.complete(name, seen); err != nil {
		return err
	}
	s.pos++
	if err := s.checkSize(&e, name); err != nil {
		return err
	}
	s.tensors = append(s.tensors, e)
	return nil
}

// field consumes one key of a tensor with its value.
func (s *scanner) field(e *entry, name []byte, seen *field) error {
	s.next()
	at := s.pos
	key, err := s.str()
	if err != nil {
		return err
	}
	var f field
	switch string(key) {
	case "dtype":
		f = fieldDType
	case "shape":
		f = fieldShape
	case "data_offsets":
		f = fieldOffsets
	default:
		return s.strangeField(name, key, at)
	}
	if *seen&f != 0 {
		return s.fail(CodeDuplicateKey, at, name, "Tensor %q has the field %s twice.", clip(name), key)
	}
	*seen |= f
	if err := s.expect(':'); err != nil {
		return err
	}
	switch f {
	case fieldDType:
		return s.dtype(e, name)
	case fieldShape:
		return s.shape(e, name)
	default:
		return s.offsets(e, name)
	}
}

// strangeField is the finding for a key no tensor has.
func (s *scanner) strangeField(name, key []byte, at int) error {
	for _, f := range fieldNames {
		if bytes.EqualFold(key, []byte(f.name)) {
			return s.fail(CodeCaseVariantKey, at, name, "Tensor %q spells the field %s as %q, which some programs would take for the same.", clip(name), f.name, key)
		}
	}
	return s.fail(CodeUnknownField, at, name, "Tensor %q has a field %q, which the format does not know.", clip(name), clip(key))
}

// complete checks that all fields of a tensor were seen.
func (s *scanner) complete(name []byte, seen field) error {
	for _, f := range fieldNames {
		if seen&f.field == 0 {
			return s.fail(CodeMissingField, s.pos, name, "Tensor %q has no %s.", clip(name), f.name)
		}
	}
	return nil
}

func (s *scanner) dtype(e *entry, name []byte) error {
	if s.next() != '"' {
		return s.wrongType(CodeWrongType, 2, name, "Tensor %q has a dtype that is not a string.", clip(name))
	}
	at := s.pos
	text, err := s.str()
	if err != nil {
		return err
	}
	if string(text) != s.lastType.name || s.lastType.bits == 0 {
		d, ok := dtypes[string(text)]
		if !ok {
			return s.fail(CodeUnknownDType, at, name, "Tensor %q has the unknown dtype %q.", clip(name), clip(text))
		}
		s.lastType = d
	}
	e.dtype = s.lastType.name
	return nil
}

func (s *scanner) shape(e *entry, name []byte) error {
	if s.next() != '[' {
		return s.wrongType(CodeWrongType, 2, name, "Tensor %q has a shape that is not a list.", clip(name))
	}
	s.pos++
	start := len(s.dims)
	for s.next() != ']' || len(s.dims) > start {
		if len(s.dims)-start == s.lim.Dimensions {
			return s.fail(CodeTooManyDimensions, s.pos, name, "Tensor %q has more than %d dimensions.", clip(name), s.lim.Dimensions)
		}
		n, err := s.number(CodeNegativeOrHugeShape, 3, name, "shape")
		if err != nil {
			return err
		}
		s.dims = append(s.dims, n)
		c := s.next()
		if c == ']' {
			break
		}
		if c != ',' {
			return s.unexpected("a comma or the end of the shape")
		}
		s.pos++
	}
	s.pos++
	e.dims = span{uint32(start), uint32(len(s.dims))} //nolint:gosec // a dimension takes at least a byte of header
	return nil
}

func (s *scanner) offsets(e *entry, name []byte) error {
	if s.next() != '[' {
		return s.wrongType(CodeWrongType, 2, name, "Tensor %q has data_offsets that are not a list.", clip(name))
	}
	at := s.pos
	s.pos++
	var err error
	if e.begin, err = s.offset(name, ','); err != nil {
		return err
	}
	if e.end, err = s.offset(name, ']'); err != nil {
		return err
	}
	if e.end < e.begin {
		return s.fail(CodeOffsetsReversed, at, name, "Tensor %q ends at byte %d, before it begins at byte %d.", clip(name), e.end, e.begin)
	}
	return nil
}

// offset consumes one of the two offsets and the byte after it.
func (s *scanner) offset(name []byte, after byte) (int64, error) {
	count := func(c byte) bool { return c == ',' || c == ']' }
	if count(s.next()) {
		return 0, s.fail(CodeInvalidOffsets, s.pos, name, "Tensor %q does not have exactly two data_offsets.", clip(name))
	}
	n, err := s.number(CodeInvalidOffsets, 3, name, "data_offsets")
	if err != nil {
		return 0, err
	}
	c := s.next()
	if c != after {
		if count(c) {
			return 0, s.fail(CodeInvalidOffsets, s.pos, name, "Tensor %q does not have exactly two data_offsets.", clip(name))
		}
		return 0, s.unexpected(fmt.Sprintf("%q", after))
	}
	s.pos++
	return n, nil
}

// checkSize compares what a tensor needs with what it was given. The tensor is
// complete, so lastType is its own.
func (s *scanner) checkSize(e *entry, name []byte) error {
	d := s.lastType
	shape := s.dims[e.dims.start:e.dims.end]
	size, code := d.byteSize(shape)
	if code != "" {
		return sizeError(code, e.at, d.name, shape, name)
	}
	if given := e.end - e.begin; given != size {
		return s.fail(CodeSizeMismatch, e.at, name, "Tensor %q needs %s for %s%v but has %s.", clip(name), byteCount(size), d.name, shape, byteCount(given))
	}
	return nil
}
