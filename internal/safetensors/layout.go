package safetensors

import (
	"cmp"
	"fmt"
	"slices"
)

// sizeError is the finding for a shape that has no size in bytes.
func sizeError(code string, at int, dtype string, shape []int64, name []byte) error {
	e := &Error{Code: code, Subject: clip(name), Offset: lengthBytes + int64(at)}
	switch code {
	case CodePartialByte:
		e.Message = fmt.Sprintf("Tensor %q does not fill whole bytes with %s%v.", e.Subject, dtype, shape)
	case CodeSizeOverflow:
		e.Message = fmt.Sprintf("Tensor %q claims a size beyond any disk with %s%v.", e.Subject, dtype, shape)
	default:
		e.Message = fmt.Sprintf("Tensor %q has an impossible shape %v.", e.Subject, shape)
	}
	return e
}

// layout checks that the tensors fill the data section of dataBytes one after
// another, and puts them in that order.
func (s *scanner) layout(dataBytes int64) error {
	if !s.contiguous() {
		slices.SortFunc(s.tensors, byPlace)
		if err := s.gap(); err != nil {
			return err
		}
	}
	var end int64
	if n := len(s.tensors); n > 0 {
		end = s.tensors[n-1].end
	}
	switch {
	case end > dataBytes:
		return &Error{
			Code:    CodeTruncated,
			Message: fmt.Sprintf("The file is cut short: of %s of tensor data, the last %s are missing.", byteCount(end), byteCount(end-dataBytes)),
			Offset:  lengthBytes + int64(len(s.src)) + dataBytes,
		}
	case end < dataBytes:
		return &Error{
			Code:    CodeTrailingData,
			Message: fmt.Sprintf("The file goes on for %s after its last tensor.", byteCount(dataBytes-end)),
			Offset:  lengthBytes + int64(len(s.src)) + end,
		}
	}
	return nil
}

// byPlace orders tensors by where they lie, an empty one before the one that
// begins at the same byte, and otherwise as they are listed.
func byPlace(a, b entry) int {
	if a.begin != b.begin {
		return cmp.Compare(a.begin, b.begin)
	}
	if a.end != b.end {
		return cmp.Compare(a.end, b.end)
	}
	return cmp.Compare(a.at, b.at)
}

// contiguous is true when each tensor begins where the one listed before ends.
func (s *scanner) contiguous() bool {
	var end int64
	for i := range s.tensors {
		if s.tensors[i].begin != end {
			return false
		}
		end = s.tensors[i].end
	}
	return true
}

// gap is the finding for the first sorted tensor that does not begin where the
// one before ends.
func (s *scanner) gap() error {
	var end int64
	for i := range s.tensors {
		e := &s.tensors[i]
		name := s.arena[e.name.start:e.name.end]
		switch {
		case e.begin > end:
			return s.fail(CodeOffsetsHole, e.at, name, "There is a hole of %s before tensor %q that belongs to nothing.", byteCount(e.begin-end), clip(name))
		case e.begin < end:
			before := s.tensors[i-1].name
			return s.fail(CodeOffsetsOverlap, e.at, name, "Tensors %q and %q share bytes of the file.", clip(s.arena[before.start:before.end]), clip(name))
		}
		end = e.end
	}
	return nil
}
