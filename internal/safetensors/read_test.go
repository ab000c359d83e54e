package safetensors

import (
	"bytes"
	"context"
	"errors"
	"io"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"

	"loramanager/internal/lora"
)

func TestOddButValidFilesAreRead(t *testing.T) {
	t.Parallel()
	u8 := func(name string, begin, end int64) lora.Tensor {
		return lora.Tensor{Name: name, DType: "U8", Shape: []int64{end - begin}, Begin: begin, End: end}
	}
	none, noText := []lora.Tensor{}, map[string]string{}
	for _, c := range []struct {
		name, header string
		dataBytes    int
		tensors      []lora.Tensor
		metadata     map[string]string
	}{
		{"an empty object", `{}`, 0, none, noText},
		{"metadata only", `{"__metadata__":{"format":"pt"}}`, 0, none, map[string]string{"format": "pt"}},
		{"empty metadata", `{"__metadata__":{}}`, 0, none, noText},
		{"padding with spaces", `{}      `, 0, none, noText},
		{"padding with other white space", "{}\r\n\t ", 0, none, noText},
		{"white space everywhere", "{ \"a\"\n:\t{ \"dtype\" : \"U8\" ,\r\n\"shape\" : [ 2 ] , \"data_offsets\" : [ 0 , 2 ] } }", 2, []lora.Tensor{u8("a", 0, 2)}, noText},
		{
			"a scalar", `{"alpha":{"dtype":"F16","shape":[],"data_offsets":[0,2]}}`, 2,
			[]lora.Tensor{{Name: "alpha", DType: "F16", Shape: []int64{}, End: 2}}, noText,
		},
		{
			"fields in another order", `{"a":{"data_offsets":[0,8],"shape":[1,2,1],"dtype":"F32"}}`, 8,
			[]lora.Tensor{{Name: "a", DType: "F32", Shape: []int64{1, 2, 1}, End: 8}}, noText,
		},
		{"tensors listed out of order", tensorsOf([2]int64{4, 6}, [2]int64{0, 3}, [2]int64{3, 4}), 6, []lora.Tensor{u8("b", 0, 3), u8("c", 3, 4), u8("a", 4, 6)}, noText},
		{"empty tensors between others, in any order", tensorsOf([2]int64{0, 2}, [2]int64{0, 0}, [2]int64{2, 2}, [2]int64{2, 2}), 2, []lora.Tensor{u8("b", 0, 0), u8("a", 0, 2), u8("c", 2, 2), u8("d", 2, 2)}, noText},
		{
			"an empty tensor of many dimensions", `{"a":{"dtype":"F64","shape":[7,0,3],"data_offsets":[0,0]}}`, 0,
			[]lora.Tensor{{Name: "a", DType: "F64", Shape: []int64{7, 0, 3}}}, noText,
		},
		{
			"two F4 in a byte", `{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1,
			[]lora.Tensor{{Name: "a", DType: "F4", Shape: []int64{2}, End: 1}}, noText,
		},
		{"an empty name", `{"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, []lora.Tensor{u8("", 0, 1)}, noText},
		{"names that differ in case", `{"A":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}`, 2, []lora.Tensor{u8("A", 0, 1), u8("a", 1, 2)}, noText},
		{"a name with escapes", `{"\u00e9\ud83d\ude00\/\"":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, []lora.Tensor{u8(`é😀/"`, 0, 1)}, noText},
		{"keys written with escapes", `{"\u0061":{"\u0064type":"\u00558","sha\u0070e":[1],"data\u005foffsets":[0,1]}}`, 1, []lora.Tensor{u8("a", 0, 1)}, noText},
		{"metadata behind the tensors", strings.TrimSuffix(tensorsOf([2]int64{0, 1}), "}") + `,"__metadata__":{"k":"v"}}`, 1, []lora.Tensor{u8("a", 0, 1)}, map[string]string{"k": "v"}},
		{"metadata of every escape", `{"__metadata__":{"\b\f\n\r\t":"\\\"\/\u001f\uFFFF"}}`, 0, none, map[string]string{"\b\f\n\r\t": "\\\"/\x1f\uFFFF"}},
		{"a tensor named like a field", `{"shape":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1, []lora.Tensor{u8("shape", 0, 1)}, noText},
		{"metadata keys that differ in case", `{"__metadata__":{"k":"1","K":"2","Shape":"3"}}`, 0, none, map[string]string{"k": "1", "K": "2", "Shape": "3"}},
		{"a name of 1,024 bytes", `{"__metadata__":{"` + strings.Repeat("k", 1024) + `":""}}`, 0, none, map[string]string{strings.Repeat("k", 1024): ""}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			file := fileOf(c.header, c.dataBytes)
			got, err := readBytes(file)
			if err != nil {
				t.Fatal(err)
			}
			want := &lora.Header{Tensors: c.tensors, Metadata: c.metadata, HeaderBytes: int64(len(c.header)), FileBytes: int64(len(file))}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestAHeaderAsLongAsAPickleMagicIsSafetensors(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0x80, 0x0280, 0x0480, 'P' | 'K'<<8} {
		header := one + strings.Repeat(" ", n-len(one))
		if _, err := readBytes(fileOf(header, 8)); err != nil {
			t.Errorf("header of %d bytes: %v", n, err)
		}
	}
}

// watchedReader counts reads and remembers the furthest byte asked for.
type watchedReader struct {
	r        io.ReaderAt
	reads    atomic.Int64
	furthest atomic.Int64
}

func (w *watchedReader) ReadAt(p []byte, off int64) (int, error) {
	w.reads.Add(1)
	w.furthest.Store(max(w.furthest.Load(), off+int64(len(p))))
	return w.r.ReadAt(p, off)
}

func TestPromise1_OnlyTheHeaderIsRead(t *testing.T) {
	t.Parallel()
	padded := one + strings.Repeat(" ", 500_000)
	tensor := `{"a":{"dtype":"U8","shape":[1000000],"data_offsets":[0,1000000]}}`
	for _, c := range []struct {
		name            string
		file            []byte
		reads, furthest int64
	}{
		{"a short header takes one read of 128 KiB", fileOf(tensor, 1_000_000), 1, 128 << 10},
		{"a small file is read whole", fileOf(one, 8), 1, int64(len(one)) + 16},
		{"a long header is read to its end only", fileOf(padded, 8), 3, int64(len(padded)) + 8},
		{"a long header that is no object is not read on", fileOf("x"+padded, 8), 1, 128 << 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := &watchedReader{r: bytes.NewReader(c.file)}
			_, _ = Read(r, int64(len(c.file)), DefaultLimits())
			if r.reads.Load() != c.reads || r.furthest.Load() != c.furthest {
				t.Errorf("%d reads up to byte %d, want %d up to %d", r.reads.Load(), r.furthest.Load(), c.reads, c.furthest)
			}
		})
	}
}

func TestAFailingDiskIsNoFinding(t *testing.T) {
	t.Parallel()
	broken := errors.New("input/output error")
	for _, c := range []struct {
		name string
		r    io.ReaderAt
		size int64
		want error
	}{
		{"a read error is passed on", readerFunc(func([]byte, int64) (int, error) { return 0, broken }), 100, broken},
		{"a file that got shorter", bytes.NewReader(fileOf(one, 0)), 1000, io.ErrUnexpectedEOF},
		{"a file that is gone", bytes.NewReader(nil), 1000, io.ErrUnexpectedEOF},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(c.r, c.size, DefaultLimits())
			var finding *Error
			if !errors.Is(err, c.want) || errors.As(err, &finding) {
				t.Errorf("got %v, want %v and no finding", err, c.want)
			}
		})
	}
}

type readerFunc func(p []byte, off int64) (int, error)

func (f readerFunc) ReadAt(p []byte, off int64) (int, error) { return f(p, off) }

// expiring is a context that ends after so many looks at it.
type expiring struct {
	context.Context //nolint:containedctx // it is one itself
	looks           int
}

func (e *expiring) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

func TestReadContextStopsWhereverItIs(t *testing.T) {
	t.Parallel()
	for name, header := range map[string]string{
		"among tensors":  manyTensors(10_000),
		"among metadata": `{"__metadata__":` + manyPairs(10_000) + `}`,
	} {
		r := bytes.NewReader(fileOf(header, 0))
		for looks := 0; ; looks++ {
			h, err := ReadContext(&expiring{t.Context(), looks}, r, r.Size(), DefaultLimits())
			if err == nil {
				if looks < 10_000/checkEvery {
					t.Errorf("%s: ctx is looked at %d times only", name, looks)
				}
				break
			}
			if !errors.Is(err, context.Canceled) || h != nil {
				t.Fatalf("%s: after %d looks got %v, %v", name, looks, h, err)
			}
		}
	}
}

func TestLimitsOfZeroAreTheDefaults(t *testing.T) {
	t.Parallel()
	if got := (Limits{}).effective(); got != DefaultLimits() {
		t.Errorf("got %+v", got)
	}
	custom := Limits{HeaderBytes: 1 << 40, Tensors: 2, Dimensions: 3, NameBytes: 4, MetadataBytes: 5, MetadataEntries: 6, Depth: 7}
	want := custom
	want.HeaderBytes = maxHeaderBytes
	if got := custom.effective(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestTensorReaderStaysInsideTheTensor(t *testing.T) {
	t.Parallel()
	header := tensorsOf([2]int64{0, 3}, [2]int64{3, 6})
	file := append(fileOf(header, 0), "abcdef"...)
	h, err := readBytes(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		t    lora.Tensor
		want string
	}{
		{"the first tensor", h.Tensors[0], "abc"},
		{"the second tensor", h.Tensors[1], "def"},
		{"offsets before the data", lora.Tensor{Begin: -10, End: 2}, "ab"},
		{"offsets behind the data", lora.Tensor{Begin: 4, End: 1 << 62}, "ef"},
		{"offsets in the wrong order", lora.Tensor{Begin: 4, End: 2}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := io.ReadAll(TensorReader(bytes.NewReader(file), h, c.t))
			if err != nil || string(got) != c.want {
				t.Errorf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}
