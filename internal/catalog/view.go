package catalog

// maxViews is how many accounts' views are kept between changes; each takes some bytes
// for every adapter.
const maxViews = 64

// view is the index as one account sees it: favourites and ratings are its own where it
// has any. What is not named here is the index's.
type view struct {
	*Index
	flags  [flagCount]bitset
	rating []uint8

	own   bool        // it differs from the index
	rated [2][]uint32 // by rating, ascending and descending; nil until asked for
}

// as returns the index as an account sees it. The caller holds the read lock as long as
// the view is used.
func (x *Index) as(account int64) *view {
	own := x.marks[account]
	if own == nil || len(own.slots) == 0 {
		return &view{Index: x, flags: x.flags, rating: x.rating}
	}
	x.ordersMu.Lock()
	defer x.ordersMu.Unlock()
	if v := x.views[account]; v != nil {
		return v
	}
	if len(x.views) >= maxViews {
		clear(x.views)
	}
	v := newView(x, own)
	x.views[account] = v
	return v
}

func newView(x *Index, own *marks) *view {
	v := &view{Index: x, flags: x.flags, own: true, rating: append([]uint8(nil), x.rating...)}
	v.flags[flagFavorite], v.flags[flagRating] = x.flags[flagFavorite].clone(), x.flags[flagRating].clone()
	for i, slot := range own.slots {
		if favorite, says := own.values[i].favorite(); says {
			v.flags[flagFavorite].put(slot, favorite)
		}
		if stars, says := own.values[i].rating(); says {
			v.rating[slot] = stars
			v.flags[flagRating].put(slot, stars > 0)
		}
	}
	return v
}

// number is Index.number as the account sees it.
func (v *view) number(o orderKey, slot uint32) uint64 {
	if o.sort == ByRating {
		return ratingNumber(o, v.rating[slot])
	}
	return v.Index.number(o, slot)
}

// order is Index.order as the account sees it.
func (v *view) order(o orderKey) []uint32 {
	if !v.own || o.sort != ByRating {
		return v.Index.order(o)
	}
	v.ordersMu.Lock()
	defer v.ordersMu.Unlock()
	at := 0
	if o.desc {
		at = 1
	}
	if v.rated[at] == nil {
		v.rated[at] = v.byRating(o)
	}
	return v.rated[at]
}

// byRating sorts by the stars alone: within the same stars adapters stay in the order of
// their names, in which they come.
func (v *view) byRating(o orderKey) []uint32 {
	named := v.sorted(orderKey{sort: ByName})
	var from [6]int // where the adapters of so many stars begin
	places := [6]int{5, 0, 1, 2, 3, 4}
	if o.desc {
		places = [6]int{5, 4, 3, 2, 1, 0}
	}
	var counts [6]int
	for _, slot := range named {
		counts[places[v.rating[slot]]]++
	}
	for place := 1; place < len(from); place++ {
		from[place] = from[place-1] + counts[place-1]
	}
	slots := make([]uint32, len(named))
	for _, slot := range named {
		place := places[v.rating[slot]]
		slots[from[place]] = slot
		from[place]++
	}
	return slots
}
