package inspect

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"loramanager/internal/lora"
)

// CheckTensors reads the weights and reports values that are not finite and up
// matrices that are all zero, which means the adapter was never trained. file
// is the whole safetensors file; at most budget bytes are read, so a partial
// look at a giant is possible. Reading uses 64 KiB of memory. A read error or
// a cancelled context ends it with that error and what was found before.
func CheckTensors(ctx context.Context, h *lora.Header, file io.ReaderAt, budget int64) ([]lora.Finding, error) {
	var bad tally
	zero := zeroUps{}
	buf := make([]byte, 64<<10)
	var err error
	for i := range h.Tensors {
		tn := &h.Tensors[i]
		scan := scannerFor(tn.DType)
		if scan == nil || tn.End-tn.Begin > budget {
			continue
		}
		budget -= tn.End - tn.Begin
		var seen values
		if seen, err = readValues(ctx, h, file, tn, buf, scan); err != nil {
			break
		}
		if seen.broken {
			bad.add(tn.Name)
		}
		zero.note(tn.Name, seen.nonZero)
	}
	return append(brokenFinding(&bad), zero.finding()...), err
}

// ScalarReader reads single numbers such as alphas from file, the whole
// safetensors file that h heads. It reports false for tensors that hold more
// than one value, have a type without numbers, or cannot be read.
func ScalarReader(h *lora.Header, file io.ReaderAt) func(t lora.Tensor) (float64, bool) {
	return func(t lora.Tensor) (float64, bool) {
		size := t.End - t.Begin
		if elements(t.Shape) != 1 || size < 1 || size > 8 || t.Begin < 0 {
			return 0, false
		}
		var b [8]byte
		if n, err := file.ReadAt(b[:size], 8+h.HeaderBytes+t.Begin); int64(n) < size && err != nil {
			return 0, false
		}
		return scalar(t.DType, b[:size])
	}
}

func scalar(dtype string, b []byte) (float64, bool) {
	u := uint64(0)
	for i := len(b) - 1; i >= 0; i-- {
		u = u<<8 | uint64(b[i])
	}
	var v float64
	switch {
	case dtype == "F32" && len(b) == 4:
		v = float64(math.Float32frombits(uint32(u)))
	case dtype == "F64" && len(b) == 8:
		v = math.Float64frombits(u)
	case dtype == "F16" && len(b) == 2:
		v = halfFloat(uint16(u))
	case dtype == "BF16" && len(b) == 2:
		v = float64(math.Float32frombits(uint32(u) << 16))
	case dtype == "I64" && len(b) == 8:
		v = float64(int64(u)) //nolint:gosec // two's complement is meant
	case dtype == "I32" && len(b) == 4:
		v = float64(int32(uint32(u))) //nolint:gosec // two's complement is meant
	case dtype == "I16" && len(b) == 2:
		v = float64(int16(uint16(u))) //nolint:gosec // two's complement is meant
	case dtype == "U8" || dtype == "I8":
		v = float64(u)
	default:
		return 0, false
	}
	return v, !math.IsNaN(v) && !math.IsInf(v, 0)
}

func halfFloat(h uint16) float64 {
	exp, frac := int(h>>10&31), float64(h&1023)
	v := math.Ldexp(1+frac/1024, exp-15)
	switch exp {
	case 0:
		v = math.Ldexp(frac, -24)
	case 31:
		v = math.NaN()
	}
	if h>>15 == 1 {
		v = -v
	}
	return v
}

// values is what the numbers of one tensor have in common.
type values struct{ broken, nonZero bool }

// floatScan looks at whole numbers only; b is a multiple of size.
type floatScan struct {
	size int
	look func(b []byte, v *values)
}

// scannerFor returns nil for types whose values cannot be broken, such as integers.
func scannerFor(dtype string) *floatScan {
	switch dtype {
	case "F16":
		return &floatScan{2, func(b []byte, v *values) { look16(b, 0x7c00, v) }}
	case "BF16":
		return &floatScan{2, func(b []byte, v *values) { look16(b, 0x7f80, v) }}
	case "F32":
		return &floatScan{4, look32}
	case "F64":
		return &floatScan{8, look64}
	case "F8_E4M3", "F8_E5M2":
		e5 := dtype == "F8_E5M2"
		return &floatScan{1, func(b []byte, v *values) { look8(b, e5, v) }}
	}
	return nil
}

// look16 finds exponents of all ones, which stand for infinity and NaN.
func look16(b []byte, expMask uint16, v *values) {
	for ; len(b) >= 2; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		v.broken = v.broken || u&expMask == expMask
		v.nonZero = v.nonZero || u&0x7fff != 0
	}
}

func look32(b []byte, v *values) {
	for ; len(b) >= 4; b = b[4:] {
		u := binary.LittleEndian.Uint32(b)
		v.broken = v.broken || u&0x7f800000 == 0x7f800000
		v.nonZero = v.nonZero || u&0x7fffffff != 0
	}
}

func look64(b []byte, v *values) {
	const mask = 0x7ff << 52
	for ; len(b) >= 8; b = b[8:] {
		u := binary.LittleEndian.Uint64(b)
		v.broken = v.broken || u&mask == mask
		v.nonZero = v.nonZero || u<<1 != 0
	}
}

// look8: E4M3 has one NaN and no infinity, E5M2 has both.
func look8(b []byte, e5 bool, v *values) {
	for _, u := range b {
		u &= 0x7f
		v.broken = v.broken || u == 0x7f || e5 && u&0x7c == 0x7c
		v.nonZero = v.nonZero || u != 0
	}
}

func readValues(ctx context.Context, h *lora.Header, file io.ReaderAt, tn *lora.Tensor, buf []byte, scan *floatScan) (values, error) {
	var v values
	for off := tn.Begin; off < tn.End; {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		n := min(int64(len(buf)), tn.End-off)
		got, err := file.ReadAt(buf[:n], 8+h.HeaderBytes+off)
		if int64(got) < n {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return v, fmt.Errorf("read tensor %q: %w", clip80(tn.Name), err)
		}
		scan.look(buf[:n], &v)
		off += n
	}
	return v, nil
}

// zeroUps tells an untrained adapter from one with a few silent modules.
type zeroUps struct {
	ups, zero int
	sample    string
}

func (z *zeroUps) note(name string, nonZero bool) {
	if splitKey(name).role != roleUp {
		return
	}
	z.ups++
	if !nonZero {
		if z.zero == 0 {
			z.sample = clip80(name)
		}
		z.zero++
	}
}

func (z *zeroUps) finding() []lora.Finding {
	if z.zero == 0 {
		return nil
	}
	if z.zero == z.ups {
		return []lora.Finding{{
			Code: "untrained", Severity: lora.Defect, Subject: z.sample,
			Message: "Every up matrix is zero: this adapter was never trained and changes nothing.",
			Advice:  "Get another version; this one was saved before the first training step.",
		}}
	}
	return []lora.Finding{{
		Code: "zero_modules", Severity: lora.Info, Subject: z.sample,
		Message: fmt.Sprintf("%d of %d modules are zero and change nothing.", z.zero, z.ups),
		Advice:  "Nothing to do: training left these layers alone.",
	}}
}

func brokenFinding(bad *tally) []lora.Finding {
	if bad.count == 0 {
		return nil
	}
	return []lora.Finding{{
		Code: "non_finite", Severity: lora.Defect, Subject: bad.sample,
		Message: fmt.Sprintf("%d tensors hold values that are not numbers (NaN or infinity), which turns pictures black.", bad.count),
		Advice:  "The training went wrong or the file is damaged; use an earlier epoch or get the file again.",
	}}
}
