package catalog

import "math/bits"

// bitset has one bit per slot. All sets of one Index have the same length.
type bitset []uint64

func newBitset(slots int) bitset { return make(bitset, (slots+63)/64) }

func (b bitset) has(i uint32) bool { return b[i>>6]&(1<<(i&63)) != 0 }
func (b bitset) set(i uint32)      { b[i>>6] |= 1 << (i & 63) }
func (b bitset) clear(i uint32)    { b[i>>6] &^= 1 << (i & 63) }

func (b bitset) put(i uint32, on bool) {
	if on {
		b.set(i)
	} else {
		b.clear(i)
	}
}

func (b bitset) clone() bitset {
	c := make(bitset, len(b))
	copy(c, b)
	return c
}

func (b bitset) and(o bitset) {
	for i := range b {
		b[i] &= o[i]
	}
}

func (b bitset) andNot(o bitset) {
	for i := range b {
		b[i] &^= o[i]
	}
}

func (b bitset) or(o bitset) {
	for i := range b {
		b[i] |= o[i]
	}
}

func (b bitset) count() int {
	n := 0
	for _, w := range b {
		n += bits.OnesCount64(w)
	}
	return n
}

func (b bitset) countAnd(o bitset) int {
	n := 0
	for i, w := range b {
		n += bits.OnesCount64(w & o[i])
	}
	return n
}

// each calls f for every set bit in order.
func (b bitset) each(f func(i uint32)) {
	for w, word := range b {
		for word != 0 {
			f(uint32(w<<6 | bits.TrailingZeros64(word))) //nolint:gosec // slots fit 32 bits
			word &= word - 1
		}
	}
}

// grown returns b with room for the given number of slots.
func (b bitset) grown(slots int) bitset {
	words := (slots + 63) / 64
	if words <= len(b) {
		return b
	}
	c := make(bitset, words)
	copy(c, b)
	return c
}
