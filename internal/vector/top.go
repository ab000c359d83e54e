package vector

import (
	"cmp"
	"container/heap"
	"slices"
)

// Hit is a row and its score.
type Hit struct {
	Row   int
	Score float32
}

// Top keeps the best of many rows.
type Top struct {
	size int
	hits hits
}

// NewTop returns a Top that keeps size rows. Of equal scores the row that tie puts first
// is better; a nil tie puts the lower one first.
func NewTop(size int, tie func(a, b int) int) *Top {
	if tie == nil {
		tie = cmp.Compare[int]
	}
	return &Top{size: size, hits: hits{list: make([]Hit, 0, size), tie: tie}}
}

// Offer adds a row when it is among the best so far. A score that is no number is passed
// over.
func (t *Top) Offer(row int, score float32) {
	hit := Hit{row, score}
	switch {
	case score != score || t.size == 0:
	case t.hits.Len() < t.size:
		heap.Push(&t.hits, hit)
	case score < t.hits.list[0].Score:
	case t.hits.order(t.hits.list[0], hit) > 0:
		t.hits.list[0] = hit
		heap.Fix(&t.hits, 0)
	}
}

// Sorted returns the rows kept, best first.
func (t *Top) Sorted() []Hit { return slices.SortedFunc(slices.Values(t.hits.list), t.hits.order) }

// hits is a heap with the worst on top.
type hits struct {
	list []Hit
	tie  func(a, b int) int
}

// order puts better hits first.
func (h *hits) order(a, b Hit) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), h.tie(a.Row, b.Row))
}

func (h *hits) Len() int           { return len(h.list) }
func (h *hits) Less(i, j int) bool { return h.order(h.list[i], h.list[j]) > 0 }
func (h *hits) Swap(i, j int)      { h.list[i], h.list[j] = h.list[j], h.list[i] }
func (h *hits) Push(x any)         { h.list = append(h.list, x.(Hit)) }
func (h *hits) Pop() any {
	last := len(h.list) - 1
	hit := h.list[last]
	h.list = h.list[:last]
	return hit
}
