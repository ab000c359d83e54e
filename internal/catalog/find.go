package catalog

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"sort"
	"strings"
)

// The size of a page.
const (
	DefaultLimit = 50
	MaxLimit     = 200
)

// Find answers one page of a query.
func (x *Index) Find(q Query) (Result, error) {
	s, err := newSearch(&q)
	if err != nil {
		return Result{}, err
	}
	if q.Limit <= 0 {
		q.Limit = DefaultLimit
	}
	q.Limit = min(q.Limit, MaxLimit)
	after, err := readCursor(q)
	if err != nil {
		return Result{}, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	v := x.as(q.Account)
	set := s.all(v)
	r := Result{Total: x.live.count() - x.live.countAnd(x.flags[flagTrashed]), Filtered: set.count(), Change: x.change}
	if q.Sort == ByRelevance && s.expr.HasText() {
		v.relevant(s, set, after, &r)
	} else {
		v.page(s, set, after, &r)
	}
	return r, nil
}

// Matching returns the ids of all adapters a query matches, in no particular order.
func (x *Index) Matching(q Query) ([]string, error) {
	s, err := newSearch(&q)
	if err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	set := s.all(x.as(q.Account))
	ids := make([]string, 0, set.count())
	set.each(func(slot uint32) { ids = append(ids, x.id[slot]) })
	return ids, nil
}

// orderOf returns the order a query asks for.
func orderOf(q *Query) orderKey {
	switch q.Sort {
	case ByAdded, ByUpdated, BySize, ByLastUsed, ByUseCount, ByRating, ByWeight, ByBaseModel, ByRank:
		return orderKey{sort: q.Sort, desc: q.Descending}
	case ByName:
		return orderKey{sort: ByName, desc: q.Descending}
	default: // relevance without words is the alphabet
		return orderKey{sort: ByName}
	}
}

// page walks the order and collects one page of the slots in set.
func (x *view) page(s search, set bitset, after *cursor, r *Result) {
	o := orderOf(s.query)
	slots := x.order(o)
	skip := max(s.query.Offset, 0)
	if after != nil {
		slots = slots[sort.Search(len(slots), func(i int) bool { return x.compareCursor(o, slots[i], after) > 0 }):]
		skip = 0
	} else if skip >= r.Filtered {
		return
	}
	var last uint32
	for _, slot := range slots {
		if !set.has(slot) {
			continue
		}
		if skip > 0 {
			skip--
			continue
		}
		if len(r.IDs) == s.query.Limit {
			r.Next = x.cursorAt(o, last, 0).encode()
			return
		}
		x.add(r, slot)
		last = slot
	}
}

func (x *view) add(r *Result, slot uint32) {
	r.IDs = append(r.IDs, x.id[slot])
	r.Keys = append(r.Keys, x.key[slot])
	r.Duplicates = append(r.Duplicates, x.others(slot))
}

// The classes of relevance, best first.
const (
	classExact = iota // the name is what was searched
	classStart        // the name begins with it
	classWords        // every word begins a word of the name
	className         // every word stands in the name
	classElsewhere
	classCount
)

// ranked sorts the slots in set into the classes of relevance; within a class by name.
func (x *view) ranked(s search, set bitset) (classes [classCount][]uint32) {
	words := s.expr.wanted()
	whole := []byte(strings.Join(words, " "))
	class := make([]uint8, x.room) // in the order of the slots, since so the names lie in memory
	set.each(func(slot uint32) { class[slot] = classOf(x.texts.name(slot), whole, words) })
	for _, slot := range x.order(orderKey{sort: ByName}) {
		if set.has(slot) {
			classes[class[slot]] = append(classes[class[slot]], slot)
		}
	}
	return classes
}

// relevant collects one page in order of relevance.
func (x *view) relevant(s search, set bitset, after *cursor, r *Result) {
	o := orderKey{sort: ByName}
	classes := x.ranked(s, set)
	skip := max(s.query.Offset, 0)
	first := 0
	if after != nil {
		skip, first = 0, min(max(after.Class, 0), classCount-1)
		in := classes[first]
		classes[first] = in[sort.Search(len(in), func(i int) bool { return x.compareCursor(o, in[i], after) > 0 }):]
	}
	var last *cursor
	for c := first; c < classCount; c++ {
		in := classes[c]
		drop := min(skip, len(in))
		skip -= drop
		for _, slot := range in[drop:] {
			if len(r.IDs) == s.query.Limit {
				r.Next = last.encode()
				return
			}
			x.add(r, slot)
			last = x.cursorAt(o, slot, c)
		}
	}
}

func classOf(name, whole []byte, words []string) uint8 {
	if rest, ok := bytes.CutPrefix(name, whole); ok {
		if len(rest) == 0 {
			return classExact
		}
		return classStart
	}
	class := uint8(classWords)
	for _, w := range words {
		switch at := bytes.Index(name, []byte(w)); {
		case at < 0:
			return classElsewhere
		case !beginsWord(name, w, at):
			class = className
		}
	}
	return class
}

// beginsWord looks for an occurrence of w at or behind at that begins a word.
func beginsWord(name []byte, w string, at int) bool {
	for {
		if at == 0 || !isLetter(name[at-1]) {
			return true
		}
		next := bytes.Index(name[at+1:], []byte(w))
		if next < 0 {
			return false
		}
		at += 1 + next
	}
}

func isLetter(c byte) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c >= 0x80
}

// cursor is the place behind one row of one order.
type cursor struct {
	Sort   Sort   `json:"s"`
	Desc   bool   `json:"d,omitempty"`
	Number uint64 `json:"n"`
	Text   string `json:"t,omitempty"`
	Name   string `json:"m"`
	Key    int64  `json:"k"`
	Class  int    `json:"c,omitempty"`
}

func (x *view) cursorAt(o orderKey, slot uint32, class int) *cursor {
	return &cursor{
		Sort: o.sort, Desc: o.desc, Number: x.number(o, slot), Text: string(x.str(o, slot)),
		Name: string(x.texts.name(slot)), Key: x.key[slot], Class: class,
	}
}

func (c *cursor) encode() string {
	b, err := json.Marshal(c)
	if err != nil {
		return "" // a cursor of strings and numbers always marshals
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// readCursor reads Query.After, which comes from outside.
func readCursor(q Query) (*cursor, error) {
	if q.After == "" {
		return nil, nil //nolint:nilnil // no cursor is no error
	}
	var c cursor
	b, err := base64.RawURLEncoding.DecodeString(q.After)
	if err == nil {
		err = json.Unmarshal(b, &c)
	}
	if o := orderOf(&q); err != nil || c.Sort != o.sort || c.Desc != o.desc {
		return nil, cursorError()
	}
	return &c, nil
}

// compareCursor orders a slot against the place behind which a page begins.
func (x *view) compareCursor(o orderKey, slot uint32, c *cursor) int {
	if n := cmp.Compare(x.number(o, slot), c.Number); n != 0 {
		return n
	}
	if n := strings.Compare(string(x.str(o, slot)), c.Text); n != 0 {
		if o.desc {
			return -n
		}
		return n
	}
	return cmp.Or(strings.Compare(string(x.texts.name(slot)), c.Name), cmp.Compare(x.key[slot], c.Key))
}
