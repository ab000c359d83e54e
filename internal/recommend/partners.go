package recommend

import (
	"cmp"
	"math"
	"slices"
)

// maxPartners is how many other adapters are remembered for one, the strongest.
const maxPartners = 200

// How much being used together once counts: a kept picture says that it went well, a saved
// composition that it was meant.
const (
	jobCount         = 1
	keptCount        = 2
	compositionCount = 3
)

// partner is another adapter that one was used with.
type partner struct {
	slot         uint32
	jobs, kept   int32
	compositions int32
}

func (p partner) strength() float64 {
	return jobCount*float64(p.jobs) + keptCount*float64(p.kept) + compositionCount*float64(p.compositions)
}

// partners are the adapters used together, by slot.
type partners struct {
	of     [][]partner
	degree []float64 // strength of all partners together
	count  int
}

func (p *partners) grow(n int) {
	for len(p.of) < n {
		p.of = append(p.of, nil)
		p.degree = append(p.degree, 0)
	}
}

// change lets f change what is known of b as a partner of a, and the other way round.
func (p *partners) change(a, b uint32, f func(*partner)) {
	p.grow(int(max(a, b)) + 1)
	p.changeOne(a, b, f)
	p.changeOne(b, a, f)
}

func (p *partners) changeOne(a, b uint32, f func(*partner)) {
	list := p.of[a]
	at := slices.IndexFunc(list, func(x partner) bool { return x.slot == b })
	one := partner{slot: b}
	if at >= 0 {
		one = list[at]
		p.degree[a] -= one.strength()
		list = slices.Delete(list, at, at+1)
		p.count--
	}
	f(&one)
	if one.strength() <= 0 {
		p.of[a] = list
		return
	}
	if len(list) >= maxPartners {
		weakest := slices.IndexFunc(list, func(x partner) bool {
			return x == slices.MinFunc(list, func(a, b partner) int {
				return cmp.Or(cmp.Compare(a.strength(), b.strength()), cmp.Compare(b.slot, a.slot))
			})
		})
		if list[weakest].strength() >= one.strength() {
			p.of[a] = list
			return
		}
		p.degree[a] -= list[weakest].strength()
		list = slices.Delete(list, weakest, weakest+1)
		p.count--
	}
	p.of[a] = append(list, one)
	p.degree[a] += one.strength()
	p.count++
}

// forget takes an adapter out of all lists.
func (p *partners) forget(slot uint32) {
	if int(slot) >= len(p.of) {
		return
	}
	for _, other := range p.of[slot] {
		p.changeOne(other.slot, slot, func(x *partner) { *x = partner{slot: slot} })
	}
	p.count -= len(p.of[slot])
	p.of[slot], p.degree[slot] = nil, 0
}

// has reports whether an adapter was ever used with another.
func (p *partners) has(slot uint32) bool { return int(slot) < len(p.of) && len(p.of[slot]) > 0 }

// with returns what is known of b as a partner of a.
func (p *partners) with(a, b uint32) (partner, bool) {
	for _, one := range p.list(a) {
		if one.slot == b {
			return one, true
		}
	}
	return partner{}, false
}

func (p *partners) list(slot uint32) []partner {
	if int(slot) >= len(p.of) {
		return nil
	}
	return p.of[slot]
}

// association is the share of what a and its partner were used for that was together: the
// cosine of their uses.
func (p *partners) association(a uint32, one partner) float64 {
	both := p.degree[a] * p.degree[one.slot]
	if both <= 0 {
		return 0
	}
	return one.strength() / math.Sqrt(both)
}
