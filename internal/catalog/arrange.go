package catalog

// Arrange puts ids into the order in which Find lists them for q. Whether they match
// q plays no part; unknown ids are left out, repeated ones come once.
func (x *Index) Arrange(ids []string, q Query) ([]string, error) {
	s, err := newSearch(&q)
	if err != nil {
		return nil, err
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	v := x.as(q.Account)
	set := newBitset(x.room)
	for _, id := range ids {
		if slot, ok := x.slots[id]; ok {
			set.set(slot)
		}
	}
	arranged := make([]string, 0, set.count())
	if q.Sort == ByRelevance && s.expr.HasText() {
		for _, class := range v.ranked(s, set) {
			for _, slot := range class {
				arranged = append(arranged, x.id[slot])
			}
		}
		return arranged, nil
	}
	for _, slot := range v.order(orderOf(&q)) {
		if set.has(slot) {
			arranged = append(arranged, x.id[slot])
		}
	}
	return arranged, nil
}
