package catalog

import (
	"cmp"
	"slices"
	"strconv"
)

// How many choices the long facets list at most.
const (
	maxFacetValues  = 200
	maxFacetFolders = 1000
)

// Buckets of the size and added facets; the values are field syntax.
var (
	sizeBuckets = []string{"<10mb", "10mb..50mb", "50mb..150mb", "150mb..500mb", ">=500mb"}
	ageBuckets  = []string{"today", "week", "month", "year", "older"}
)

// Facets counts the adapters a query matches by every facet.
func (x *Index) Facets(q Query) (Facets, error) {
	s, err := newSearch(&q)
	if err != nil {
		return Facets{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	c := newFacetCount(x.as(q.Account), s)
	f := Facets{
		Total:    x.live.count() - x.live.countAnd(x.flags[flagTrashed]),
		Filtered: c.all.count(),
		Change:   x.change,
		Values: map[string][]FacetValue{
			"base_model": c.column("base_model", &x.base, maxFacetFolders),
			"kind":       c.column("kind", &x.kind, maxFacetFolders),
			"author":     c.column("author", &x.author, maxFacetValues),
			"root":       c.roots(),
			"folder":     c.folders(),
			"tag":        c.tags(),
			"rating":     c.ratings(),
			"rank":       c.ranks(),
			"size":       c.buckets("size", sizeBuckets, c.size),
			"added":      c.buckets("added", ageBuckets, c.added),
		},
		Flags: c.flags(),
	}
	return f, nil
}

// facetCount holds, for every facet the query has terms of, the slots that satisfy
// all the other terms.
type facetCount struct {
	x      *view
	all    bitset
	others map[string]bitset
	search search
}

func newFacetCount(x *view, s search) *facetCount {
	c := &facetCount{x: x, search: s, others: make(map[string]bitset)}
	rest := s.universe(x)
	s.outer(x, rest)
	own := make(map[string][]*term)
	for i := range s.expr.terms {
		t := &s.expr.terms[i]
		if t.field != nil && t.field.facet != "" {
			own[t.field.facet] = append(own[t.field.facet], t)
		} else {
			s.narrow(x, t, rest)
		}
	}
	held := make(map[string]bitset, len(own))
	for facet, terms := range own {
		set := rest.clone()
		for _, t := range terms {
			s.narrow(x, t, set)
		}
		held[facet] = set
	}
	c.all = rest.clone()
	for facet := range own {
		c.all.and(held[facet])
		others := rest.clone()
		for other, set := range held {
			if other != facet {
				others.and(set)
			}
		}
		c.others[facet] = others
	}
	return c
}

// of returns the slots that count for a facet.
func (c *facetCount) of(facet string) bitset {
	if set, ok := c.others[facet]; ok {
		return set
	}
	return c.all
}

func (c *facetCount) column(facet string, col *column, limit int) []FacetValue {
	counts := make([]int, len(col.text))
	c.of(facet).each(func(slot uint32) { counts[col.same[col.of[slot]]]++ })
	return listed(col.values, counts, limit)
}

func (c *facetCount) roots() []FacetValue {
	list := c.column("root", &c.x.root, maxFacetFolders)
	for i := range list {
		if name := c.x.rootNames[list[i].Value]; name != "" {
			list[i].Label = name
		}
	}
	return list
}

// folders counts a folder together with everything below it, as folder: matches it.
func (c *facetCount) folders() []FacetValue {
	col := &c.x.folder
	counts := make([]int, len(col.text))
	c.of("folder").each(func(slot uint32) { counts[col.same[col.of[slot]]]++ })
	for n := len(counts) - 1; n > 0; n-- {
		counts[col.same[c.x.parents[n]]] += counts[n]
	}
	return listed(col.values, counts, maxFacetFolders)
}

func (c *facetCount) tags() []FacetValue {
	list := countLists(c.of("tag"), &c.x.tags)
	return list[:min(maxFacetValues, len(list))]
}

func (c *facetCount) ratings() []FacetValue {
	var counts [6]int
	c.of("rating").each(func(slot uint32) { counts[c.x.rating[slot]]++ })
	list := make([]FacetValue, 0, len(counts))
	for rating, n := range slices.Backward(counts[:]) {
		s := strconv.Itoa(rating)
		list = append(list, FacetValue{Value: s, Label: s, Count: n})
	}
	return list
}

func (c *facetCount) ranks() []FacetValue {
	counts := make(map[int64]int)
	c.of("rank").each(func(slot uint32) {
		if rank := c.x.rank[slot]; rank != 0 {
			counts[rank]++
		}
	})
	list := make([]FacetValue, 0, len(counts))
	for rank, n := range counts {
		s := strconv.FormatInt(rank, 10)
		list = append(list, FacetValue{Value: s, Label: s, Count: n})
	}
	slices.SortFunc(list, func(a, b FacetValue) int {
		return cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), cmp.Compare(a.Value, b.Value))
	})
	return list
}

// buckets counts fixed ranges, which are written in the field's own syntax. Unknown
// values are NaN and in no range.
func (c *facetCount) buckets(name string, buckets []string, of func(slot uint32) float64) []FacetValue {
	f := fieldsByName[name]
	list := make([]FacetValue, len(buckets))
	spans := make([]interval, len(buckets))
	for i, b := range buckets {
		v := value{text: b}
		if err := f.parse(f, &v); err != nil {
			continue // the tests ask for every bucket
		}
		spans[i] = v.span(c.x.now())
		list[i] = FacetValue{Value: b, Label: b}
	}
	c.of(name).each(func(slot uint32) {
		v := of(slot)
		for i := range spans {
			if spans[i].has(v) {
				list[i].Count++
			}
		}
	})
	return list
}

func (c *facetCount) size(slot uint32) float64 { return float64(c.x.size[slot]) }

func (c *facetCount) added(slot uint32) float64 {
	if t := c.x.times[timeAdded][slot]; t != 0 {
		return float64(t)
	}
	return nan
}

func (c *facetCount) flags() map[string]int {
	x := c.x
	counts := map[string]int{
		"never_used": c.all.count() - c.all.countAnd(x.flags[flagUsed]),
		"no_preview": c.all.count() - c.all.countAnd(x.flags[flagPreview]),
	}
	for name, flag := range map[string]int{
		"favorite": flagFavorite, "active": flagActive, "missing": flagMissing,
		"unreadable": flagUnreadable, "unsafe": flagUnsafe, "duplicate": flagDuplicate,
	} {
		counts[name] = c.all.countAnd(x.flags[flag])
	}
	return counts
}

// listed turns counts by value number into choices, most frequent first. The empty
// value is not a choice.
func listed(v *values, counts []int, limit int) []FacetValue {
	list := make([]FacetValue, 0, 16)
	for n, count := range counts {
		if n > 0 && count > 0 {
			list = append(list, FacetValue{Value: v.text[n], Label: v.text[n], Count: count})
		}
	}
	slices.SortFunc(list, func(a, b FacetValue) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return list[:min(limit, len(list))]
}
