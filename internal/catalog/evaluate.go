package catalog

// search is one evaluated query: which slots hold, term by term.
type search struct {
	expr  *Expr
	query *Query
}

func newSearch(q *Query) (search, error) {
	expr, err := Parse(q.Text)
	return search{expr: expr, query: q}, err
}

// universe returns the slots a query speaks about: what is not in the trash, unless
// it asks for the trash.
func (s search) universe(x *view) bitset {
	set := x.live.clone()
	for _, t := range s.expr.terms {
		for _, v := range t.values {
			if t.field != nil && t.field.name == "is" && v.flag.flag == flagTrashed && !t.negated {
				return set
			}
		}
	}
	set.andNot(x.flags[flagTrashed])
	return set
}

// outer narrows set by everything in the query that stands outside its text.
func (s search) outer(x *view, set bitset) {
	if s.query.ActiveOnly {
		set.and(x.flags[flagActive])
	}
	if s.query.NameSearch != "" {
		out := newBitset(x.room)
		matchText(textName)(x, &value{text: Fold(s.query.NameSearch)}, set, out)
		set.and(out)
	}
	if len(s.query.AnyTags) > 0 {
		out := newBitset(x.room)
		for _, tag := range s.query.AnyTags {
			matchList(tagsOf)(x, &value{text: Fold(tag)}, set, out)
		}
		set.and(out)
	}
}

// narrow keeps the slots of set for which the term holds.
func (s search) narrow(x *view, t *term, set bitset) {
	out := newBitset(x.room)
	for i := range t.values {
		v := &t.values[i]
		if t.field == nil {
			matchBare(x, v, set, out)
		} else {
			t.field.match(x, v, set, out)
		}
		if v.hash != "" {
			for _, id := range s.query.Hashes[v.hash] {
				if slot, ok := x.slots[id]; ok {
					out.set(slot)
				}
			}
		}
	}
	if t.negated {
		set.andNot(out)
	} else {
		set.and(out)
	}
}

// all returns the slots that satisfy everything. Cheap terms go first, so that text
// is looked at where it still matters.
func (s search) all(x *view) bitset {
	set := s.universe(x)
	s.outer(x, set)
	for _, text := range []bool{false, true} {
		for i := range s.expr.terms {
			if t := &s.expr.terms[i]; t.isText() == text {
				s.narrow(x, t, set)
			}
		}
	}
	return set
}

func (t *term) isText() bool { return t.field == nil }
