package store

import (
	"context"
	"slices"
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
	dated bool
	own   bool // it is narrowed by an account's own favourites and ratings
	// marks are set when the question is asked of them. With ranked, one rank after the
	// other is asked for.
	marks  *matching
	ranked bool
}

// resultOrder is one order of the history. rank is the column before the key, empty for
// the order of the keys themselves.
type resultOrder struct {
	rank       string
	descending bool
	truth      bool // rank is a boolean
}

var resultOrders = map[lora.ResultSort]resultOrder{
	"":                   {descending: true},
	lora.ResultsNewest:   {descending: true},
	lora.ResultsOldest:   {},
	lora.ResultsRating:   {rank: "j.rating", descending: true},
	lora.ResultsFavorite: {rank: "j.favorite", descending: true, truth: true},
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

// plan makes the conditions of a question.
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
	words := wordsOf(maxQueried, ask.Text)
	p.empty = ask.Text != "" && len(words) == 0 || slices.ContainsFunc(facets, func(f wantedFacet) bool { return f.id == 0 })
	p.dated = !ask.From.IsZero() || !ask.Until.IsZero()
	p.wide = len(facets) == 0 && len(words) == 0 && len(ask.Statuses) == 0 && !p.dated && !ask.Trashed
	beginnings, err := q.beginnings(ctx, words)
	if err != nil {
		return nil, err
	}
	if !q.pool.dialect.words.marks || !p.match(ask, newMatching(ask, facets, beginnings)) {
		p.join(q.pool.dialect, ask, facets, beginnings)
	}
	p.addDates(ask)
	return p, nil
}

// match answers a question by marks, where they can.
func (p *resultPlan) match(ask *lora.ResultQuery, m matching) bool {
	// The orders of the history have only what succeeded and is not in the trash.
	history := !ask.Trashed && (len(ask.Statuses) == 0 || slices.Equal(ask.Statuses, []lora.JobStatus{lora.JobSucceeded}))
	ranked := p.order.rank != "" && history
	if p.wide || len(m.all) == 0 && !ranked || slices.ContainsFunc(ask.Statuses, func(status lora.JobStatus) bool { return !status.Final() }) {
		return false
	}
	p.from, p.key, p.marks = "job_words w", "w.rowid", &m
	if ranked {
		p.ranked = true
	} else {
		p.add("w.job_words MATCH ?", m.String())
	}
	if p.dated || p.order.rank != "" && !ranked {
		p.from += " CROSS JOIN job j"
		p.add("j.key = w.rowid")
	}
	return true
}

// join answers a question by joins. How it is answered fastest depends on how many
// results its narrowest facet has: few are read and sorted, otherwise the results are
// read in their order until a page is full.
func (p *resultPlan) join(d *dialect, ask *lora.ResultQuery, facets []wantedFacet, beginnings []beginning) {
	p.addState(d, ask)
	drives := -1
	for i, f := range facets {
		if drives < 0 || f.results < facets[drives].results {
			drives = i
		}
	}
	if drives >= 0 && (facets[drives].results <= fewResults || p.order.rank == "" && len(beginnings) == 0) {
		p.from, p.key = "job_facet d CROSS JOIN job j", "d.job_key"
		p.add("d.facet_id = ? AND d.job_key = j.key", facets[drives].id)
		facets = slices.Delete(slices.Clone(facets), drives, drives+1)
	}
	for _, f := range facets {
		p.add("EXISTS (SELECT 1 FROM job_facet x WHERE x.facet_id = ? AND x.job_key = j.key)", f.id)
	}
	if len(beginnings) > 0 {
		p.addWords(d, beginnings)
	}
}

// addWords narrows to the words; in the order of the keys they can lead, since they are
// found in that order.
func (p *resultPlan) addWords(d *dialect, beginnings []beginning) {
	if p.from == "job j" && p.order.rank == "" && d.words.joined != "" {
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
