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
func (x *view) number(o orderKey, slot uint32) uint64 {
	if o.sort == ByRating {
		return ratingNumber(o, x.rating[slot])
	}
	return x.Index.number(o, slot)
}

// order is Index.order as the account sees it.
func (x *view) order(o orderKey) []uint32 {
	if !x.own || o.sort != ByRating {
		return x.Index.order(o)
	}
	x.ordersMu.Lock()
	defer x.ordersMu.Unlock()
	at := 0
	if o.desc {
		at = 1
	}
	if x.rated[at] == nil {
		x.rated[at] = x.byRating(o)
	}
	return x.rated[at]
}

// byRating sorts by the stars alone: within the same stars adapters stay in the order of
// their names, in which they come.
func (x *view) byRating(o orderKey) []uint32 {
	named := x.sorted(orderKey{sort: ByName})
	var from [6]int // where the adapters of so many stars begin
	places := [6]int{5, 0, 1, 2, 3, 4}
	if o.desc {
		places = [6]int{5, 4, 3, 2, 1, 0}
	}
	var counts [6]int
	for _, slot := range named {
		counts[places[x.rating[slot]]]++
	}
	for place := 1; place < len(from); place++ {
		from[place] = from[place-1] + counts[place-1]
	}
	slots := make([]uint32, len(named))
	for _, slot := range named {
		place := places[x.rating[slot]]
		slots[from[place]] = slot
		from[place]++
	}
	return slots
}
