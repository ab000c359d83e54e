package catalog

import "slices"

// lists keeps a short list of value numbers per slot in one block of memory.
type lists struct {
	*values
	numbers []uint32
	off     []uint32
	size    []uint16
	waste   int
}

func newLists() lists { return lists{values: newValues()} }

func (l *lists) grow(slots int) {
	l.off = resized(l.off, slots)
	l.size = resized(l.size, slots)
}

func (l *lists) of(slot uint32) []uint32 {
	return l.numbers[l.off[slot] : l.off[slot]+uint32(l.size[slot])]
}

// put replaces the list of a slot. Entries beyond 65,535 are not kept.
func (l *lists) put(slot uint32, list []string) {
	if len(list) > 1<<16-1 {
		list = list[:1<<16-1]
	}
	start := len(l.numbers)
	for _, s := range list {
		l.numbers = append(l.numbers, l.number(s))
	}
	old := l.of(slot)
	if slices.Equal(old, l.numbers[start:]) {
		l.numbers = l.numbers[:start]
		return
	}
	l.waste += len(old)
	l.off[slot], l.size[slot] = uint32(start), uint16(len(list)) //nolint:gosec // bounded above, and by memory
}

// tidy copies the block when most of it is waste.
func (l *lists) tidy() {
	if l.waste < 1<<18 || l.waste < len(l.numbers)/2 {
		return
	}
	fresh := make([]uint32, 0, len(l.numbers)-l.waste+1<<14)
	for slot := range l.off {
		list := l.of(uint32(slot))       //nolint:gosec // slots fit 32 bits
		l.off[slot] = uint32(len(fresh)) //nolint:gosec // as in put
		fresh = append(fresh, list...)
	}
	l.numbers, l.waste = fresh, 0
}
