package safetensors

import "math/bits"

// dtype is one element type of the format.
type dtype struct {
	name string
	bits int
}

// dtypes are all element types of the format; a type packs without padding, so
// that two F4 share a byte.
var dtypes = func() map[string]dtype {
	m := make(map[string]dtype)
	for width, names := range map[int][]string{
		4:  {"F4"},
		6:  {"F6_E2M3", "F6_E3M2"},
		8:  {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"},
		16: {"I16", "U16", "F16", "BF16"},
		32: {"I32", "U32", "F32"},
		64: {"C64", "F64", "I64", "U64"},
	} {
		for _, name := range names {
			m[name] = dtype{name, width}
		}
	}
	return m
}()

// Bits returns how many bits one element of the dtype takes, and false for a
// dtype the format does not know. Names are exact: "F16", never "f16".
func Bits(name string) (int, bool) {
	d, ok := dtypes[name]
	return d.bits, ok
}

// byteSize returns how many bytes a tensor of this type and shape takes. The
// code is "" or that of the finding. Dimensions of zero do not hide an overflow
// of the others: a reader that multiplies in another order would meet it.
func (d dtype) byteSize(shape []int64) (size int64, code string) {
	product, zero := uint64(d.bits), false //nolint:gosec // a count of bits
	for _, n := range shape {
		if n < 0 {
			return 0, CodeNegativeOrHugeShape
		}
		if n == 0 {
			zero = true
			continue
		}
		hi, lo := bits.Mul64(product, uint64(n))
		if hi != 0 {
			return 0, CodeSizeOverflow
		}
		product = lo
	}
	if zero {
		return 0, ""
	}
	if product%8 != 0 {
		return 0, CodePartialByte
	}
	return int64(product / 8), "" //nolint:gosec // an eighth of 64 bits fits
}
