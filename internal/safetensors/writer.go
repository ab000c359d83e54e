package safetensors

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// TensorData is one tensor to write.
type TensorData struct {
	Name  string
	DType string  // as in the file: "F16", "BF16", ...
	Shape []int64 // empty for a scalar
	// Data gives exactly the bytes of the tensor, little-endian and row-major.
	// nil stands for no bytes.
	Data io.Reader
}

// placed is a tensor with its place in the data section.
type placed struct {
	TensorData
	bits       int
	begin, end int64
}

// Write writes a valid safetensors file: wider element types first and then by
// name, so that every tensor is aligned, behind a header that is padded with
// spaces to a multiple of eight bytes. The same input gives the same bytes.
//
// It gives an *Error for everything that Read would refuse under DefaultLimits,
// before anything is written; and for Data that is shorter or longer than the
// shape says, in which case what w received is incomplete and must be discarded.
func Write(w io.Writer, metadata map[string]string, tensors []TensorData) error {
	order, err := place(tensors)
	if err != nil {
		return err
	}
	file := appendHeader(make([]byte, lengthBytes), metadata, order)
	header := file[lengthBytes:]
	if lim := DefaultLimits(); int64(len(header)) > lim.HeaderBytes {
		return &Error{
			Code:    CodeHeaderTooLarge,
			Message: fmt.Sprintf("The header would have %s; the limit is %s.", byteCount(int64(len(header))), byteCount(lim.HeaderBytes)),
		}
	}
	var s scanner
	s.reset(header, DefaultLimits())
	if err := s.scan(context.Background()); err != nil {
		return err
	}
	binary.LittleEndian.PutUint64(file, uint64(len(header)))
	if _, err := w.Write(file); err != nil {
		return fmt.Errorf("write safetensors header: %w", err)
	}
	for _, t := range order {
		if err := t.copyTo(w); err != nil {
			return err
		}
	}
	return nil
}

// place orders the tensors and lays them out without holes or overlaps.
func place(tensors []TensorData) ([]placed, error) {
	order := make([]placed, 0, len(tensors))
	for _, t := range tensors {
		d, ok := dtypes[t.DType]
		if !ok {
			return nil, &Error{Code: CodeUnknownDType, Message: fmt.Sprintf("Tensor %q has the unknown dtype %q.", clip(t.Name), clip(t.DType)), Subject: clip(t.Name)}
		}
		size, code := d.byteSize(t.Shape)
		if code != "" {
			return nil, sizeError(code, 0, t.DType, t.Shape, []byte(t.Name))
		}
		order = append(order, placed{TensorData: t, bits: d.bits, end: size})
	}
	slices.SortFunc(order, func(a, b placed) int {
		return cmp.Or(cmp.Compare(b.bits, a.bits), cmp.Compare(a.Name, b.Name))
	})
	var dataBytes int64
	for i := range order {
		t := &order[i]
		t.begin, t.end = dataBytes, dataBytes+t.end
		if t.end < t.begin {
			return nil, &Error{Code: CodeSizeOverflow, Message: "The tensors together are larger than any disk.", Subject: clip(t.Name)}
		}
		dataBytes = t.end
	}
	return order, nil
}

// appendHeader appends the header text, padded.
func appendHeader(b []byte, metadata map[string]string, tensors []placed) []byte {
	start := len(b)
	b = append(b, '{')
	separate := func() {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
	}
	if len(metadata) > 0 {
		b = appendString(b, metadataKey)
		b = append(b, ':', '{')
		for _, key := range slices.Sorted(maps.Keys(metadata)) {
			separate()
			b = appendString(b, key)
			b = append(b, ':')
			b = appendString(b, metadata[key])
		}
		b = append(b, '}')
	}
	for _, t := range tensors {
		separate()
		b = appendString(b, t.Name)
		b = append(b, `:{"dtype":`...)
		b = appendString(b, t.DType)
		b = append(b, `,"shape":[`...)
		for i, n := range t.Shape {
			if i > 0 {
				b = append(b, ',')
			}
			b = strconv.AppendInt(b, n, 10)
		}
		b = append(b, `],"data_offsets":[`...)
		b = strconv.AppendInt(b, t.begin, 10)
		b = append(b, ',')
		b = strconv.AppendInt(b, t.end, 10)
		b = append(b, `]}`...)
	}
	b = append(b, '}')
	for (len(b)-start)%8 != 0 {
		b = append(b, ' ')
	}
	return b
}

// appendString appends a JSON string. Bytes that are not UTF-8 stay as they are,
// for the check of the finished header to find.
func appendString(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// copyTo writes the bytes of the tensor and checks that there are as many as its
// shape needs.
func (t *placed) copyTo(w io.Writer) error {
	size := t.end - t.begin
	data := t.Data
	if data == nil {
		data = strings.NewReader("")
	}
	n, err := io.Copy(w, io.LimitReader(data, size))
	if err != nil {
		return fmt.Errorf("write tensor %q: %w", clip(t.Name), err)
	}
	if n < size {
		return t.mismatch(fmt.Sprintf("only %s", byteCount(n)))
	}
	var extra [1]byte
	switch n, err := io.ReadFull(data, extra[:]); {
	case n > 0:
		return t.mismatch("more")
	case err != io.EOF: //nolint:errorlint // ReadFull promises plain EOF for nothing read
		return fmt.Errorf("read tensor %q: %w", clip(t.Name), err)
	}
	return nil
}

// mismatch is the finding for data of another size than the shape needs.
func (t *placed) mismatch(got string) error {
	return &Error{
		Code:    CodeSizeMismatch,
		Message: fmt.Sprintf("Tensor %q needs %s but its data has %s.", clip(t.Name), byteCount(t.end-t.begin), got),
		Subject: clip(t.Name),
	}
}
