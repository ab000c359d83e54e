package catalog

import (
	"cmp"
	"slices"
)

// Mark is what one account thinks of one adapter; nil is what the library says.
type Mark struct {
	Account  int64
	ID       string // of the adapter
	Favorite *bool
	Rating   *int
}

// Marks returns what an account thinks of adapters, in their order; what it says nothing
// of has neither a favourite nor a rating.
func (x *Index) Marks(account int64, ids []string) []Mark {
	list := make([]Mark, len(ids))
	x.mu.RLock()
	defer x.mu.RUnlock()
	own := x.marks[account]
	for i, id := range ids {
		list[i] = Mark{Account: account, ID: id}
		slot, known := x.slots[id]
		if own == nil || !known {
			continue
		}
		if at, there := slices.BinarySearch(own.slots, slot); there {
			own.values[at].unpack(&list[i])
		}
	}
	return list
}

// HasMarks reports whether any account has marks.
func (x *Index) HasMarks() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return len(x.marks) > 0
}

// KeepAccounts drops the marks of all accounts but these.
func (x *Index) KeepAccounts(accounts []int64) {
	kept := make(map[int64]bool, len(accounts))
	for _, account := range accounts {
		kept[account] = true
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	for account := range x.marks {
		if !kept[account] {
			delete(x.marks, account)
			delete(x.views, account)
		}
	}
}

// packed is a mark in one byte: 0 in either part is what the library says.
type packed uint8

const (
	packedNo     packed = 1 // no favourite
	packedYes    packed = 2
	packedRating        = 2 // bits before the rating, which is one more than the stars
)

func (m *Mark) pack() packed {
	var p packed
	if m.Favorite != nil {
		if p = packedNo; *m.Favorite {
			p = packedYes
		}
	}
	if m.Rating != nil {
		p |= packed(min(max(*m.Rating, 0), 5)+1) << packedRating //nolint:gosec // clamped
	}
	return p
}

// favorite answers what the account says, if it says anything.
func (p packed) favorite() (favorite, says bool) {
	p &= 1<<packedRating - 1
	return p == packedYes, p != 0
}

func (p packed) rating() (stars uint8, says bool) {
	p >>= packedRating
	return uint8(p - 1), p != 0
}

func (p packed) unpack(m *Mark) {
	if favorite, says := p.favorite(); says {
		m.Favorite = &favorite
	}
	if stars, says := p.rating(); says {
		rating := int(stars)
		m.Rating = &rating
	}
}

// marks are all of one account, in the order of their slots: five bytes each.
type marks struct {
	slots  []uint32
	values []packed
}

// set takes over marks given by ascending slot.
func (m *marks) set(slots []uint32, values []packed) {
	if len(slots) == 1 { // most edits are of one adapter
		at, there := slices.BinarySearch(m.slots, slots[0])
		switch {
		case there && values[0] != 0:
			m.values[at] = values[0]
		case there:
			m.slots, m.values = slices.Delete(m.slots, at, at+1), slices.Delete(m.values, at, at+1)
		case values[0] != 0:
			m.slots, m.values = slices.Insert(m.slots, at, slots[0]), slices.Insert(m.values, at, values[0])
		}
		return
	}
	merged := marks{make([]uint32, 0, len(m.slots)+len(slots)), make([]packed, 0, len(m.slots)+len(slots))}
	add := func(slot uint32, value packed) {
		if value != 0 {
			merged.slots, merged.values = append(merged.slots, slot), append(merged.values, value)
		}
	}
	at := 0
	for i, slot := range slots {
		for ; at < len(m.slots) && m.slots[at] < slot; at++ {
			add(m.slots[at], m.values[at])
		}
		if at < len(m.slots) && m.slots[at] == slot {
			at++
		}
		add(slot, values[i])
	}
	for ; at < len(m.slots); at++ {
		add(m.slots[at], m.values[at])
	}
	*m = merged
}

// forget drops the marks of slots that hold no adapter any more.
func (m *marks) forget(gone bitset) {
	kept := 0
	for i, slot := range m.slots {
		if !gone.has(slot) {
			m.slots[kept], m.values[kept] = slot, m.values[i]
			kept++
		}
	}
	m.slots, m.values = m.slots[:kept], m.values[:kept]
}

// forgetMarks drops the marks of slots that hold no adapter any more.
func (x *Index) forgetMarks(freed []uint32) {
	if len(freed) == 0 || len(x.marks) == 0 {
		return
	}
	gone := newBitset(x.room)
	for _, slot := range freed {
		gone.set(slot)
	}
	for _, m := range x.marks {
		m.forget(gone)
	}
}

// applyMarks takes over marks; those of unknown adapters are left out, and of several of
// the same the last counts. The caller holds the write lock.
func (x *Index) applyMarks(list []Mark) {
	type item struct {
		account int64
		slot    uint32
		value   packed
	}
	items := make([]item, 0, len(list))
	for i := range list {
		if slot, ok := x.slots[list[i].ID]; ok {
			items = append(items, item{list[i].Account, slot, list[i].pack()})
		}
	}
	slices.SortStableFunc(items, func(a, b item) int { return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.slot, b.slot)) })
	for len(items) > 0 {
		account := items[0].account
		var slots []uint32
		var values []packed
		for ; len(items) > 0 && items[0].account == account; items = items[1:] {
			if n := len(slots); n > 0 && slots[n-1] == items[0].slot {
				values[n-1] = items[0].value
				continue
			}
			slots, values = append(slots, items[0].slot), append(values, items[0].value)
		}
		if x.marks[account] == nil {
			x.marks[account] = &marks{}
		}
		x.marks[account].set(slots, values)
		delete(x.views, account)
	}
}
