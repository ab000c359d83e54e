package catalog

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"math"
	"slices"
)

var nan = math.NaN()

// orderKey names one sort order.
type orderKey struct {
	sort Sort
	desc bool
}

// unknownLast sorts what has no value behind everything else, in both directions.
const unknownLast = math.MaxUint64

// number returns the primary sort key of a slot as a number whose natural order is
// the order wanted. For orders by text it is the first eight bytes.
func (x *Index) number(o orderKey, slot uint32) uint64 {
	var v uint64
	switch o.sort {
	case ByAdded:
		v = ordered(x.times[timeAdded][slot])
	case ByUpdated:
		v = ordered(x.times[timeUpdated][slot])
	case BySize:
		v = ordered(x.size[slot])
	case ByLastUsed:
		if x.times[timeUsed][slot] == 0 {
			return unknownLast
		}
		v = ordered(x.times[timeUsed][slot])
	case ByUseCount:
		v = ordered(x.useCount[slot])
	case ByRating:
		return ratingNumber(o, x.rating[slot])
	case ByWeight:
		v = orderedFloat(x.weight[slot])
	case ByRank:
		if x.rank[slot] == 0 {
			return unknownLast
		}
		v = ordered(x.rank[slot])
	case ByName, ByBaseModel, ByRelevance:
		v = head(x.str(o, slot))
	}
	if o.desc {
		return ^v
	}
	return v
}

// ratingNumber is number for the order by rating, of so many stars.
func ratingNumber(o orderKey, stars uint8) uint64 {
	switch {
	case stars == 0:
		return unknownLast
	case o.desc:
		return ^uint64(stars)
	}
	return uint64(stars)
}

// str returns the primary key of an order by text, nil for the others.
func (x *Index) str(o orderKey, slot uint32) []byte {
	switch o.sort {
	case ByName, ByRelevance:
		return x.texts.name(slot)
	case ByBaseModel:
		return []byte(x.base.folded[x.base.of[slot]])
	default:
		return nil
	}
}

func ordered(v int64) uint64 { return uint64(v) ^ 1<<63 } //nolint:gosec // flips the sign bit on purpose

func orderedFloat(f float64) uint64 {
	b := math.Float64bits(f)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func head(s []byte) uint64 {
	var b [8]byte
	copy(b[:], s)
	return binary.BigEndian.Uint64(b[:])
}

// compare is the whole order: the primary key, then the folded name, then the key.
func (x *Index) compare(o orderKey, a, b uint32) int {
	return cmp.Or(cmp.Compare(x.number(o, a), x.number(o, b)), x.tie(o, a, b))
}

// tie compares two slots whose numbers are equal.
func (x *Index) tie(o orderKey, a, b uint32) int {
	if o.sort == ByBaseModel && x.base.of[a] != x.base.of[b] || o.sort == ByName || o.sort == ByRelevance {
		if c := bytes.Compare(x.str(o, a), x.str(o, b)); c != 0 {
			if o.desc {
				return -c
			}
			return c
		}
	}
	if o.sort != ByName {
		if c := bytes.Compare(x.texts.name(a), x.texts.name(b)); c != 0 {
			return c
		}
	}
	return cmp.Compare(x.key[a], x.key[b])
}

// order returns all live slots in order. The caller holds the read lock and does not
// change the slice.
func (x *Index) order(o orderKey) []uint32 {
	x.ordersMu.Lock()
	defer x.ordersMu.Unlock()
	return x.sorted(o)
}

// sorted is order under the lock of the orders. Orders by something else than the name
// take the order by name for their ties, which compares numbers instead of texts.
func (x *Index) sorted(o orderKey) []uint32 {
	if slots, ok := x.orders[o]; ok {
		return slots
	}
	tie := func(a, b uint32) int { return x.tie(o, a, b) }
	if byName := (orderKey{sort: ByName}); o != byName && o.sort != ByName && o.sort != ByBaseModel {
		rank := make([]uint32, x.room)
		for i, slot := range x.sorted(byName) {
			rank[slot] = uint32(i) //nolint:gosec // slots fit 32 bits
		}
		tie = func(a, b uint32) int { return cmp.Compare(rank[a], rank[b]) }
	}
	type item struct {
		number uint64
		slot   uint32
	}
	items := make([]item, 0, x.live.count())
	x.live.each(func(slot uint32) {
		items = append(items, item{x.number(o, slot), slot})
	})
	slices.SortFunc(items, func(a, b item) int {
		if a.number != b.number {
			return cmp.Compare(a.number, b.number)
		}
		return tie(a.slot, b.slot)
	})
	slots := make([]uint32, len(items))
	for i, it := range items {
		slots[i] = it.slot
	}
	x.orders[o] = slots
	return slots
}

// patch keeps the cached orders right while rows change. A row keeps its place in
// every order whose key has not changed; the few others are taken out and put back.
type patch struct {
	x      *Index
	orders []orderPatch
	name   []byte
	known  bool
	base   uint32
}

type orderPatch struct {
	key     orderKey
	number  uint64
	leaving bitset
	count   int
	coming  []uint32
}

func (x *Index) startPatch(rows int) *patch {
	p := &patch{x: x}
	if rows > 256 && rows > x.live.count()/8 {
		clear(x.orders) // sorting once is cheaper than that many insertions
		return p
	}
	for key := range x.orders {
		p.orders = append(p.orders, orderPatch{key: key, leaving: newBitset(x.room)})
	}
	return p
}

// leave takes a slot out of all orders.
func (p *patch) leave(slot uint32) {
	for i := range p.orders {
		o := &p.orders[i]
		o.leaving.set(slot)
		o.count++
	}
}

// before remembers a slot's keys.
func (p *patch) before(slot uint32, known bool) {
	p.known = known
	if !known || len(p.orders) == 0 {
		return
	}
	p.name = append(p.name[:0], p.x.texts.name(slot)...)
	p.base = p.x.base.of[slot]
	for i := range p.orders {
		o := &p.orders[i]
		o.number = p.x.number(o.key, slot)
	}
}

// after compares them with what they have become.
func (p *patch) after(slot uint32) {
	for i := range p.orders {
		o := &p.orders[i]
		if p.known {
			if o.number == p.x.number(o.key, slot) && bytes.Equal(p.name, p.x.texts.name(slot)) &&
				(o.key.sort != ByBaseModel || p.base == p.x.base.of[slot]) {
				continue
			}
			o.leaving = o.leaving.grown(p.x.room)
			if !o.leaving.has(slot) {
				o.leaving.set(slot)
				o.count++
			}
		}
		o.coming = append(o.coming, slot)
	}
}

func (p *patch) finish() {
	for i := range p.orders {
		o := &p.orders[i]
		if o.count == 0 && len(o.coming) == 0 {
			continue
		}
		p.x.orders[o.key] = p.x.repaired(o)
	}
}

// repaired merges the slots that came into the order without those that left.
func (x *Index) repaired(o *orderPatch) []uint32 {
	old := x.orders[o.key]
	o.leaving = o.leaving.grown(x.room)
	if o.count > 0 {
		old = slices.DeleteFunc(old, o.leaving.has)
	}
	slices.SortFunc(o.coming, func(a, b uint32) int { return x.compare(o.key, a, b) })
	o.coming = slices.Compact(o.coming)
	merged := make([]uint32, 0, len(old)+len(o.coming))
	for _, slot := range o.coming {
		at, _ := slices.BinarySearchFunc(old, slot, func(a, b uint32) int { return x.compare(o.key, a, b) })
		merged = append(append(merged, old[:at]...), slot)
		old = old[at:]
	}
	return append(merged, old...)
}

// Warm sorts the order that is asked for first, so that nobody waits for it.
func (x *Index) Warm() {
	x.mu.RLock()
	defer x.mu.RUnlock()
	x.order(orderKey{sort: ByName})
}
