package store

import (
	"context"
	"fmt"
	"iter"
	"math"
	"strconv"

	"loramanager/internal/lora"
)

// maxRanks is how many ranks are asked for one by one; what is left is sorted.
const maxRanks = 32

// resultPart is a stretch of an answer that one query reads in its order.
type resultPart struct {
	filter
	from, rank, orderBy string
	fixed               *int64 // the rank of all of it
}

// resultSpot is where a page ended: the place of its last result in the order.
type resultSpot struct{ rank, key int64 }

// cursor writes a spot.
func (o resultOrder) cursor(at resultSpot) string {
	if o.rank == "" {
		return strconv.FormatInt(at.key, 10)
	}
	return strconv.FormatInt(at.rank, 10) + "." + strconv.FormatInt(at.key, 10)
}

// spot reads a cursor; nil for the beginning.
func (o resultOrder) spot(cursor string) (*resultSpot, error) {
	if cursor == "" {
		return nil, nil //nolint:nilnil // the beginning is no spot
	}
	at := &resultSpot{}
	format, into := "%d", []any{&at.key}
	if o.rank != "" {
		format, into = "%d.%d", []any{&at.rank, &at.key}
	}
	if n, err := fmt.Sscanf(cursor, format, into...); err != nil || n != len(into) || o.cursor(*at) != cursor {
		return nil, badCursor()
	}
	return at, nil
}

// value is a rank as the database takes it.
func (o resultOrder) value(rank int64) any {
	if o.truth {
		return rank != 0
	}
	return rank
}

// beyond is the comparison of a place in the order with a later one.
func (o resultOrder) beyond() string {
	if o.descending {
		return " < ?"
	}
	return " > ?"
}

func (q querier) resultKeys(ctx context.Context, ask *lora.ResultQuery, limit int) (keys []int64, next string, err error) {
	p, err := querier{pool: q.pool}.plan(ctx, ask)
	if err != nil {
		return nil, "", err
	}
	after, err := p.order.spot(ask.After)
	if err != nil {
		return nil, "", err
	}
	offset := max(ask.Offset, 0)
	if after != nil {
		offset = 0
	}
	var spots []resultSpot
	if own := ownOf(ask); own.matters() {
		spots, err = q.ownSpots(ctx, ask, own, p, after, offset, limit+1)
	} else {
		spots, err = q.spots(ctx, p, after, offset, limit+1)
	}
	if err != nil {
		return nil, "", err
	}
	if len(spots) > limit {
		spots = spots[:limit]
		next = p.order.cursor(spots[limit-1])
	}
	for _, at := range spots {
		keys = append(keys, at.key)
	}
	return keys, next, nil
}

// spots are results behind a spot, a number of them skipped, in their order.
func (q querier) spots(ctx context.Context, p *resultPlan, after *resultSpot, offset, limit int) (spots []resultSpot, err error) {
	if p.empty {
		return nil, nil
	}
	parts := p.parts(after)
	if p.ranked {
		parts = q.rankedParts(ctx, p, after)
	}
	for part, err := range parts {
		if err != nil {
			return nil, err
		}
		had := len(spots)
		args := append(part.args[:len(part.args):len(part.args)], int64(limit-had), int64(offset))
		err = q.each(ctx, "SELECT "+p.key+", "+part.rank+" FROM "+part.from+part.where()+part.orderBy+" LIMIT ? OFFSET ?", args, func(r *record) error {
			at := resultSpot{key: r.integer(), rank: r.rank()}
			if part.fixed != nil {
				at.rank = *part.fixed
			}
			spots = append(spots, at)
			return nil
		})
		if err != nil || len(spots) == limit {
			return spots, err
		}
		if len(spots) > had {
			offset = 0
		}
		if offset > 0 && p.ranked { // all of this part was skipped
			n, err := q.number(ctx, "SELECT COUNT(*) FROM "+part.from+part.where(), part.args...)
			if err != nil {
				return nil, err
			}
			offset -= int(n)
		}
	}
	return spots, nil
}

// parts are the results behind a spot: in an order with ranks first those of the same
// rank, then those of further ones. Apart, each is a range of an index; as one condition
// they would not be.
func (p *resultPlan) parts(after *resultSpot) iter.Seq2[resultPart, error] {
	rank, beyond := p.order.rank, p.order.beyond()
	all := resultPart{filter: p.filter, from: p.from, rank: "0", orderBy: p.orderBy()}
	if rank != "" {
		all.rank = rank
	}
	return func(yield func(resultPart, error) bool) {
		if after == nil {
			yield(all, nil)
			return
		}
		same, further := all, all
		same.filter, further.filter = p.filter.clone(), p.filter.clone()
		same.add(p.key+beyond, after.key)
		if rank == "" {
			yield(same, nil)
			return
		}
		same.add(rank+" = ?", p.order.value(after.rank))
		further.add(rank+beyond, p.order.value(after.rank))
		_ = yield(same, nil) && yield(further, nil)
	}
}

// rankedParts are the results behind a spot, one rank after the other, highest first:
// results of one rank are found in their order.
func (q querier) rankedParts(ctx context.Context, p *resultPlan, after *resultSpot) iter.Seq2[resultPart, error] {
	return func(yield func(resultPart, error) bool) {
		rank := int64(math.MaxInt64)
		if after != nil {
			rank = after.rank
			part := p.ofRank(rank)
			part.add(p.key+" < ?", after.key)
			if !yield(part, nil) {
				return
			}
		}
		for range maxRanks {
			// An aggregate always has a row; below the lowest rank it is NULL.
			found := false
			_, err := querier{pool: q.pool}.one(ctx, rankBelow[p.order.rank], []any{rank}, func(r *record) error {
				if found = !r.null(); found {
					rank = r.rank()
				}
				return nil
			})
			switch {
			case err != nil:
				yield(resultPart{}, err)
				return
			case !found || !yield(p.ofRank(rank), nil):
				return
			}
		}
		yield(p.below(rank), nil)
	}
}

// rankBelow finds the highest rank below another in the index of an order.
var rankBelow = map[string]string{
	"j.rating":   "SELECT MAX(j.rating) FROM job j WHERE j.status = 'succeeded' AND j.trashed_at IS NULL AND j.rating < ?",
	"j.favorite": "SELECT MAX(j.favorite) FROM job j WHERE j.status = 'succeeded' AND j.trashed_at IS NULL AND j.favorite < ?",
	"j.pixels":   "SELECT MAX(j.pixels) FROM job j WHERE j.status = 'succeeded' AND j.trashed_at IS NULL AND j.pixels < ?",
}

// ofRank are the results of one rank.
func (p *resultPlan) ofRank(rank int64) resultPart {
	part := resultPart{filter: p.filter.clone(), from: p.from, rank: "0", orderBy: " ORDER BY " + p.key + " DESC", fixed: &rank}
	part.add("w.job_words MATCH ?", p.marks.ofRank(p.order.rank, rank).String())
	return part
}

// below are the results of all lower ranks, sorted.
func (p *resultPlan) below(rank int64) resultPart {
	part := resultPart{filter: p.filter.clone(), from: p.from, rank: p.order.rank, orderBy: p.orderBy()}
	if !p.dated {
		part.from += " CROSS JOIN job j"
		part.add("j.key = w.rowid")
	}
	part.add("w.job_words MATCH ?", p.marks.String())
	part.add(p.order.rank+" < ?", p.order.value(rank))
	return part
}
