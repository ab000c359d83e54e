package safetensors

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestPromise6_TheSameInputGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	metadata := map[string]string{"format": "pt", "b": "1", "a": "\"\\\n"}
	var first []byte
	for range 20 {
		tensors := []TensorData{
			{Name: "c", DType: "F16", Shape: []int64{2}, Data: strings.NewReader("cccc")},
			{Name: "a", DType: "F16", Shape: nil, Data: strings.NewReader("aa")},
			{Name: "b", DType: "F32", Shape: []int64{1, 1}, Data: io.MultiReader(strings.NewReader("bb"), strings.NewReader("bb"))},
			{Name: "e", DType: "U8", Shape: []int64{0}},
		}
		var file bytes.Buffer
		if err := Write(&file, metadata, tensors); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = file.Bytes()
		}
		if !bytes.Equal(first, file.Bytes()) {
			t.Fatalf("got  %q\nthen %q", first, file.Bytes())
		}
	}
	want := `{"__metadata__":{"a":"\"\\\u000a","b":"1","format":"pt"},` +
		`"b":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},` +
		`"a":{"dtype":"F16","shape":[],"data_offsets":[4,6]},` +
		`"c":{"dtype":"F16","shape":[2],"data_offsets":[6,10]},` +
		`"e":{"dtype":"U8","shape":[0],"data_offsets":[10,10]}}`
	want += strings.Repeat(" ", 7-(len(want)+7)%8)
	if got := string(first[8:]); got != want+"bbbbaacccc" {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	if h, err := readBytes(first); err != nil || h.Metadata["a"] != "\"\\\n" {
		t.Errorf("read back %+v, %v", h, err)
	}
}

func TestPromise6_WriteRefusesWhatReadWould(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, code string
		metadata   map[string]string
		tensors    []TensorData
	}{
		{"an unknown dtype", CodeUnknownDType, nil, []TensorData{zeros("a", "F12", 1)}},
		{"a negative dimension", CodeNegativeOrHugeShape, nil, []TensorData{zeros("a", "F16", -1)}},
		{"a size beyond 2^64 bits", CodeSizeOverflow, nil, []TensorData{zeros("a", "F16", 1<<40, 1<<40)}},
		{"sizes that add up beyond 2^63", CodeSizeOverflow, nil, slices.Repeat([]TensorData{{Name: "a", DType: "U8", Shape: []int64{1 << 60}}}, 9)},
		{"half a byte", CodePartialByte, nil, []TensorData{zeros("a", "F4", 1)}},
		{"nine dimensions", CodeTooManyDimensions, nil, []TensorData{zeros("a", "F16", 0, 0, 0, 0, 0, 0, 0, 0, 0)}},
		{"two tensors of one name", CodeDuplicateKey, nil, []TensorData{zeros("a", "F16", 1), zeros("a", "F32", 1)}},
		{"a tensor named like the metadata", CodeMetadataNotString, nil, []TensorData{zeros(metadataKey, "F16", 1)}},
		{"a zero byte in a name", CodeNULByte, nil, []TensorData{zeros("a\x00", "F16", 1)}},
		{"a name that is not UTF-8", CodeInvalidUTF8, nil, []TensorData{zeros("a\xFF", "F16", 1)}},
		{"a long name", CodeNameTooLong, nil, []TensorData{zeros(strings.Repeat("a", 1025), "F16", 1)}},
		{"a zero byte in metadata", CodeNULByte, map[string]string{"k": "\x00"}, nil},
		{"metadata that is not UTF-8", CodeInvalidUTF8, map[string]string{"k": "\xED\xA0\x80"}, nil},
		{"metadata above 4 MiB", CodeMetadataTooLarge, map[string]string{"k": strings.Repeat("v", 4<<20)}, nil},
		{"a header above 16 MiB", CodeHeaderTooLarge, map[string]string{"k": strings.Repeat("v", 16<<20)}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var file bytes.Buffer
			if got := codeOf(t, Write(&file, c.metadata, c.tensors)); got != c.code {
				t.Errorf("got %q, want %q", got, c.code)
			}
			if file.Len() > 0 {
				t.Errorf("%d bytes were written", file.Len())
			}
		})
	}
}

func TestWriteChecksTheSizeOfTheData(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, data, code, message string }{
		{"exactly as much as the shape needs", "four", "", ""},
		{"too little", "thr", CodeSizeMismatch, "only 3 bytes"},
		{"none", "", CodeSizeMismatch, "only 0 bytes"},
		{"too much", "fivee", CodeSizeMismatch, "more"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := Write(io.Discard, nil, []TensorData{{Name: "a", DType: "F32", Data: strings.NewReader(c.data)}})
			if got := codeOf(t, err); got != c.code || err != nil && !strings.Contains(err.Error(), c.message) {
				t.Errorf("got %v, want %s saying %q", err, c.code, c.message)
			}
		})
	}
}

func TestWritePassesOnErrorsOfItsEnds(t *testing.T) {
	t.Parallel()
	full, unreadable := errors.New("disk full"), errors.New("unreadable")
	tensor := func(data io.Reader) []TensorData {
		return []TensorData{{Name: "a", DType: "U8", Shape: []int64{4}, Data: data}}
	}
	for _, c := range []struct {
		name string
		w    io.Writer
		data io.Reader
		want error
	}{
		{"no room for the header", &smallDisk{0, full}, strings.NewReader("four"), full},
		{"no room for the tensor", &smallDisk{66, full}, strings.NewReader("four"), full},
		{"data that cannot be read", io.Discard, io.MultiReader(strings.NewReader("fo"), badReader{unreadable}), unreadable},
		{"data that cannot be read to its end", io.Discard, io.MultiReader(strings.NewReader("four"), badReader{unreadable}), unreadable},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if err := Write(c.w, nil, tensor(c.data)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// smallDisk takes so many bytes and then fails.
type smallDisk struct {
	room int
	err  error
}

func (d *smallDisk) Write(p []byte) (int, error) {
	n := min(len(p), d.room)
	d.room -= n
	if n < len(p) {
		return n, d.err
	}
	return n, nil
}

type badReader struct{ err error }

func (r badReader) Read([]byte) (int, error) { return 0, r.err }
