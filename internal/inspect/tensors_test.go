package inspect_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"slices"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// weights builds a file image with a 16-byte header and one tensor per value list.
func weights(dtype string, size int64, values map[string][]uint64) (*lora.Header, *bytes.Reader) {
	h := &lora.Header{HeaderBytes: 16, Metadata: map[string]string{}}
	data := make([]byte, 24)
	for _, name := range []string{"a.lora_down.weight", "a.lora_up.weight", "b.lora_up.weight", "a.alpha"} {
		v, ok := values[name]
		if !ok {
			continue
		}
		begin := int64(len(data)) - 24
		for _, x := range v {
			var b [8]byte
			binary.LittleEndian.PutUint64(b[:], x)
			data = append(data, b[:size]...)
		}
		h.Tensors = append(h.Tensors, lora.Tensor{Name: name, DType: dtype, Shape: []int64{int64(len(v))}, Begin: begin, End: int64(len(data)) - 24})
	}
	return h, bytes.NewReader(data)
}

func TestCheckTensors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		say, dtype string
		size       int64
		values     map[string][]uint64
		want       []string
	}{
		{"sound half floats", "F16", 2, map[string][]uint64{"a.lora_down.weight": {0x3c00, 0}, "a.lora_up.weight": {0x3c00, 0x8000}}, nil},
		{"an up of zeros, one of them negative", "F16", 2, map[string][]uint64{"a.lora_down.weight": {0x3c00}, "a.lora_up.weight": {0, 0x8000}}, []string{"untrained"}},
		{"one silent module of two", "BF16", 2, map[string][]uint64{"a.lora_up.weight": {0}, "b.lora_up.weight": {0x3f80}}, []string{"zero_modules"}},
		{"NaN in half", "F16", 2, map[string][]uint64{"a.lora_up.weight": {0x7e00}}, []string{"non_finite"}},
		{"infinity in bfloat", "BF16", 2, map[string][]uint64{"a.lora_up.weight": {0xff80}}, []string{"non_finite"}},
		{"NaN in single", "F32", 4, map[string][]uint64{"a.lora_up.weight": {uint64(math.Float32bits(float32(math.NaN())))}}, []string{"non_finite"}},
		{"infinity in double", "F64", 8, map[string][]uint64{"a.lora_up.weight": {math.Float64bits(math.Inf(-1))}}, []string{"non_finite"}},
		{"NaN in E4M3", "F8_E4M3", 1, map[string][]uint64{"a.lora_up.weight": {0xff}}, []string{"non_finite"}},
		{"the largest E4M3 is a number", "F8_E4M3", 1, map[string][]uint64{"a.lora_up.weight": {0x7e}}, nil},
		{"infinity in E5M2", "F8_E5M2", 1, map[string][]uint64{"a.lora_up.weight": {0x7c}}, []string{"non_finite"}},
		{"integers are not judged", "I32", 4, map[string][]uint64{"a.lora_up.weight": {0}}, nil},
	} {
		t.Run(c.say, func(t *testing.T) {
			t.Parallel()
			h, file := weights(c.dtype, c.size, c.values)
			got, err := inspect.CheckTensors(context.Background(), h, file, 1<<20)
			if err != nil || !slices.Equal(codes(got), c.want) && len(got)+len(c.want) > 0 {
				t.Errorf("%v, %v, want %v", codes(got), err, c.want)
			}
		})
	}
}

func TestCheckTensorsStopsAtItsBudgetTheEndAndACancel(t *testing.T) {
	t.Parallel()
	h, file := weights("F16", 2, map[string][]uint64{"a.lora_up.weight": {0x7e00, 0x7e00}})
	if got, err := inspect.CheckTensors(context.Background(), h, file, 3); err != nil || len(got) != 0 {
		t.Errorf("beyond the budget: %v, %v", got, err)
	}
	h.Tensors[0].End += 10
	if _, err := inspect.CheckTensors(context.Background(), h, file, 1<<20); !errors.Is(err, io.EOF) {
		t.Errorf("beyond the file: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := inspect.CheckTensors(ctx, h, file, 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestScalarReader(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		dtype string
		size  int64
		bits  uint64
		want  float64
		ok    bool
	}{
		{"F32", 4, uint64(math.Float32bits(16)), 16, true}, {"F64", 8, math.Float64bits(0.5), 0.5, true},
		{"F16", 2, 0x4c00, 16, true}, {"F16", 2, 0x8001, -math.Ldexp(1, -24), true}, {"F16", 2, 0x7c00, 0, false},
		{"BF16", 2, 0x4180, 16, true}, {"I64", 8, 32, 32, true}, {"I32", 4, 0xffffffff, -1, true}, {"C64", 8, 1, 0, false},
	} {
		h, file := weights(c.dtype, c.size, map[string][]uint64{"a.alpha": {c.bits}})
		if got, ok := inspect.ScalarReader(h, file)(h.Tensors[0]); ok != c.ok || ok && got != c.want {
			t.Errorf("%s: %v %v, want %v %v", c.dtype, got, ok, c.want, c.ok)
		}
	}
	h, file := weights("F32", 4, map[string][]uint64{
		"a.lora_down.weight": {0, 0}, "a.lora_up.weight": {0, 0}, "a.alpha": {uint64(math.Float32bits(4))},
	})
	h.Tensors[0].Shape, h.Tensors[1].Shape, h.Tensors[2].Shape = []int64{2, 1}, []int64{1, 2}, nil
	r := inspect.Inspect(h, inspect.Options{Alphas: inspect.ScalarReader(h, file)})
	if r.Alpha == nil || *r.Alpha != 4 || *r.Rank != 2 {
		t.Errorf("rank %v alpha %v", r.Rank, r.Alpha)
	}
}
