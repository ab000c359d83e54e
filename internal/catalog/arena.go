package catalog

import "bytes"

// arena keeps one piece of text per slot in one block of memory. A changed text is
// appended and the old one becomes waste, until more than half is waste and the rest
// is copied.
type arena struct {
	bytes []byte
	off   []uint32
	size  []uint32
	waste int
}

func (a *arena) grow(slots int) {
	a.off = resized(a.off, slots)
	a.size = resized(a.size, slots)
}

func (a *arena) of(slot uint32) []byte {
	return a.bytes[a.off[slot] : a.off[slot]+a.size[slot]]
}

// put replaces the text of a slot and reports whether it changed.
func (a *arena) put(slot uint32, text []byte) bool {
	old := a.of(slot)
	if bytes.Equal(old, text) {
		return false
	}
	a.waste += len(old)
	a.off[slot] = uint32(len(a.bytes)) //nolint:gosec // far below 4 GiB
	a.size[slot] = uint32(len(text))   //nolint:gosec // as above
	a.bytes = append(a.bytes, text...)
	return true
}

// tidy copies the arena when most of it is waste.
func (a *arena) tidy() {
	if a.waste < 1<<20 || a.waste < len(a.bytes)/2 {
		return
	}
	fresh := make([]byte, 0, len(a.bytes)-a.waste+1<<16)
	for slot := range a.off {
		text := a.of(uint32(slot))       //nolint:gosec // slots fit 32 bits
		a.off[slot] = uint32(len(fresh)) //nolint:gosec // as in put
		fresh = append(fresh, text...)
	}
	a.bytes, a.waste = fresh, 0
}
