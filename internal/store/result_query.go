package store

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// maxResults bounds one page of the history.
const maxResults = 200

// fewResults is how many results are rather sorted than looked for in the order of all.
const fewResults = 3000

// resultPlan is a question about the history made into SQL.
type resultPlan struct {
	filter
	from  string
	key   string // the column that names the job, of the table that is read first
	order resultOrder
	empty bool // it can have no answer
	wide  bool // all of the history is an answer
}

// resultOrder is one order of the history. rank is the column before the key, empty for
// the order of the keys themselves.
type resultOrder struct {
	rank       string
	descending bool
}

var resultOrders = map[lora.ResultSort]resultOrder{
	"":                   {descending: true},
	lora.ResultsNewest:   {descending: true},
	lora.ResultsOldest:   {},
	lora.ResultsRating:   {rank: "j.rating", descending: true},
	lora.ResultsFavorite: {rank: "j.favorite", descending: true},
	lora.ResultsLargest:  {rank: "j.pixels", descending: true},
}

func (p *resultPlan) orderBy() string {
	direction := ""
	if p.order.descending {
		direction = " DESC"
	}
	if p.order.rank == "" {
		return " ORDER BY " + p.key + direction
	}
	return " ORDER BY " + p.order.rank + direction + ", " + p.key + direction
}

// plan makes the conditions of a question. How it is answered fastest depends on how
// many results its narrowest facet has: few are read and sorted, otherwise the results
// are read in their order until a page is full.
func (q querier) plan(ctx context.Context, ask *lora.ResultQuery) (*resultPlan, error) {
	order, known := resultOrders[ask.Sort]
	if !known {
		return nil, lora.FieldErrorf(lora.Invalid, "sort", "The results cannot be sorted by %q.", ask.Sort)
	}
	p := &resultPlan{from: "job j", key: "j.key", order: order}
	facets, err := q.wantedFacets(ctx, ask)
	if err != nil {
		return nil, err
	}
	p.addState(q.pool.dialect, ask)
	drives := -1
	for i, f := range facets {
		p.empty = p.empty || f.id == 0
		if drives < 0 || f.results < facets[drives].results {
			drives = i
		}
	}
	words := wordsOf(maxQueried, ask.Text)
	if ask.Text != "" && len(words) == 0 {
		p.empty = true
	}
	dated := !ask.From.IsZero() || !ask.Until.IsZero()
	p.wide = len(facets) == 0 && len(words) == 0 && len(ask.Statuses) == 0 && !dated && !ask.Trashed
	if drives >= 0 && (facets[drives].results <= fewResults || order.rank == "" && len(words) == 0) {
		p.from, p.key = "job_facet d CROSS JOIN job j", "d.job_key"
		p.add("d.facet_id = ? AND d.job_key = j.key", facets[drives].id)
		facets = append(facets[:drives:drives], facets[drives+1:]...)
	}
	for _, f := range facets {
		p.add("EXISTS (SELECT 1 FROM job_facet x WHERE x.facet_id = ? AND x.job_key = j.key)", f.id)
	}
	if len(words) > 0 {
		beginnings, err := q.beginnings(ctx, words)
		if err != nil {
			return nil, err
		}
		p.addWords(q.pool.dialect, beginnings)
	}
	p.addDates(ask)
	return p, nil
}

// addWords narrows to the words; in the order of the keys they can lead, since they are
// found in that order.
func (p *resultPlan) addWords(d *dialect, beginnings []beginning) {
	if p.from == "job j" && p.order.rank == "" {
		p.from, p.key = "job_words w CROSS JOIN job j", d.words.key
		p.add(d.words.joined, d.words.asked(beginnings))
		return
	}
	p.add(d.words.matches, d.words.asked(beginnings))
}

func (p *resultPlan) addState(d *dialect, ask *lora.ResultQuery) {
	if ask.Trashed {
		p.add("j.trashed_at IS NOT NULL")
		p.addStatuses(d, ask.Statuses)
		return
	}
	p.add("j.trashed_at IS NULL")
	if statuses := ask.Statuses; len(statuses) > 0 {
		p.addStatuses(d, statuses)
	} else {
		p.add("j.status = 'succeeded'")
	}
}

func (p *resultPlan) addDates(ask *lora.ResultQuery) {
	if !ask.From.IsZero() {
		p.add(p.key+" >= ? AND j.created_at >= ?", firstKey(ask.From), ask.From.UnixMicro())
	}
	if !ask.Until.IsZero() {
		p.add(p.key+" <= ? AND j.created_at < ?", firstKey(ask.Until)+1<<keyBits, ask.Until.UnixMicro())
	}
}

// wantedFacet is a facet a question asks for; its id is 0 when no job has it.
type wantedFacet struct{ id, results int64 }

func (q querier) wantedFacets(ctx context.Context, ask *lora.ResultQuery) ([]wantedFacet, error) {
	facets := []facet{
		{facetAdapter, ask.AdapterID}, {facetBase, ask.BaseModel}, {facetEngine, ask.Engine}, {facetModel, ask.Model},
		{facetTag, strings.ToLower(strings.TrimSpace(ask.Tag))}, {facetComposition, ask.Composition},
		{facetWidth, strconv.Itoa(ask.Width)}, {facetHeight, strconv.Itoa(ask.Height)}, {facetStars, strconv.Itoa(ask.MinRating)},
	}
	if ask.Favorite != nil {
		facets = append(facets, facet{facetFavorite, strconv.FormatBool(*ask.Favorite)})
	}
	wanted := []wantedFacet{}
	for _, f := range orderedFacets(facets) {
		var w wantedFacet
		_, err := q.one(ctx, "SELECT id, results FROM facet WHERE kind = ? AND value = ?", []any{f.kind, f.value}, func(r *record) error {
			w = wantedFacet{r.integer(), r.integer()}
			return nil
		})
		if err != nil {
			return nil, err
		}
		wanted = append(wanted, w)
	}
	return wanted, nil
}

// cursor is where a page ended: the place of its last result in the order.
func (o resultOrder) cursor(rank, key int64) string {
	if o.rank == "" {
		return strconv.FormatInt(key, 10)
	}
	return strconv.FormatInt(rank, 10) + "." + strconv.FormatInt(key, 10)
}

// after reads a cursor into the condition of the results behind it: in an order with
// ranks first those of the same rank, then those of further ones. Apart, each is a range
// of an index; as one condition they would not be.
func (p *resultPlan) after(cursor string) ([]filter, error) {
	sign := ">"
	if p.order.descending {
		sign = "<"
	}
	var rank, key int64
	format, into := "%d", []any{&key}
	if p.order.rank != "" {
		format, into = "%d.%d", []any{&rank, &key}
	}
	if n, err := fmt.Sscanf(cursor, format, into...); err != nil || n != len(into) || p.order.cursor(rank, key) != cursor {
		return nil, badCursor()
	}
	same := p.filter.clone()
	same.add(p.key+" "+sign+" ?", key)
	if p.order.rank == "" {
		return []filter{same}, nil
	}
	same.add(p.order.rank+" = ?", p.order.value(rank))
	further := p.filter.clone()
	further.add(p.order.rank+" "+sign+" ?", p.order.value(rank))
	return []filter{same, further}, nil
}

// value is a rank as the database takes it.
func (o resultOrder) value(rank int64) any {
	if o.rank == "j.favorite" {
		return rank != 0
	}
	return rank
}
