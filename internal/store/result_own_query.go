package store

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// An account's own favourites and ratings are few beside the results. A question they
// matter to is therefore asked twice: of the results the account has not marked, as the
// library's are asked, and of those it has, one by one. Together these are the answer.

// ownScope says which of an account's marks matter to a question.
type ownScope struct{ favorite, rating bool }

func ownOf(ask *lora.ResultQuery) ownScope {
	if ask.Account == 0 {
		return ownScope{}
	}
	return ownScope{
		favorite: ask.Favorite != nil || ask.Sort == lora.ResultsFavorite,
		rating:   ask.MinRating > 0 || ask.Sort == lora.ResultsRating,
	}
}

func (o ownScope) matters() bool { return o.favorite || o.rating }

// condition tells marks m that say something which matters.
func (o ownScope) condition() string {
	says := []string{}
	if o.favorite {
		says = append(says, "m.favorite IS NOT NULL")
	}
	if o.rating {
		says = append(says, "m.rating IS NOT NULL")
	}
	return "(" + strings.Join(says, " OR ") + ")"
}

// What an account sees of a job j with its marks m.
const (
	ownFavorite = "COALESCE(m.favorite, j.favorite)"
	ownRating   = "COALESCE(m.rating, j.rating)"
)

// ofOwn is an order of the history as the account sees it.
func (o resultOrder) ofOwn() resultOrder {
	switch o.rank {
	case "j.favorite":
		o.rank = ownFavorite
	case "j.rating":
		o.rank = ownRating
	}
	return o
}

// unmarked narrows a plan to the results that an account has not marked.
func (p *resultPlan) unmarked(account int64, own ownScope) {
	p.add("NOT EXISTS (SELECT 1 FROM result_mark m WHERE m.account_key = ? AND m.job_key = "+p.key+" AND "+own.condition()+")", account)
	p.wide = false
}

// markedPlan asks a question of the results that an account has marked.
func (q querier) markedPlan(ctx context.Context, ask *lora.ResultQuery, own ownScope) (*resultPlan, error) {
	rest := *ask
	rest.Favorite, rest.MinRating = nil, 0
	facets, err := q.wantedFacets(ctx, &rest)
	if err != nil {
		return nil, err
	}
	words := wordsOf(maxQueried, ask.Text)
	beginnings, err := q.beginnings(ctx, words)
	if err != nil {
		return nil, err
	}
	p := &resultPlan{from: "result_mark m CROSS JOIN job j", key: "m.job_key", order: resultOrders[ask.Sort].ofOwn()}
	p.empty = ask.Text != "" && len(words) == 0 || slices.ContainsFunc(facets, func(f wantedFacet) bool { return f.id == 0 })
	p.add("m.account_key = ? AND j.key = m.job_key", ask.Account)
	p.add(own.condition())
	p.addState(q.pool.dialect, ask)
	if ask.Favorite != nil {
		p.add(ownFavorite+" = ?", *ask.Favorite)
	}
	if ask.MinRating > 0 {
		p.add(ownRating+" >= ?", int64(ask.MinRating))
	}
	for _, f := range facets {
		p.add("EXISTS (SELECT 1 FROM job_facet x WHERE x.facet_id = ? AND x.job_key = j.key)", f.id)
	}
	if len(beginnings) > 0 {
		p.addWords(q.pool.dialect, beginnings)
	}
	p.addDates(ask)
	return p, nil
}

// ownSpots merges the results that an account has marked with those it has not, which p
// asks for.
func (q querier) ownSpots(ctx context.Context, ask *lora.ResultQuery, own ownScope, p *resultPlan, after *resultSpot, offset, limit int) ([]resultSpot, error) {
	marked, err := querier{pool: q.pool}.markedPlan(ctx, ask, own)
	if err != nil {
		return nil, err
	}
	p.unmarked(ask.Account, own)
	library, err := q.spots(ctx, p, after, 0, offset+limit)
	if err != nil {
		return nil, err
	}
	mine, err := q.spots(ctx, marked, after, 0, offset+limit)
	if err != nil {
		return nil, err
	}
	spots := append(library, mine...)
	slices.SortFunc(spots, func(a, b resultSpot) int {
		c := cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.key, b.key))
		if p.order.descending {
			return -c
		}
		return c
	})
	return spots[min(offset, len(spots)):min(offset+limit, len(spots))], nil
}

// planOwn is plan where an account's own favourites and ratings narrow, too. The order is
// that of the keys.
func (q querier) planOwn(ctx context.Context, ask *lora.ResultQuery) (*resultPlan, error) {
	q.composed = false
	p, err := q.plan(ctx, ask)
	own := ownOf(ask)
	if err != nil || !own.matters() {
		return p, err
	}
	marked, err := q.markedPlan(ctx, ask, own)
	if err != nil || marked.empty {
		return marked, err
	}
	of := func(p *resultPlan) string { return "SELECT " + p.key + " AS key FROM " + p.from + p.where() }
	both := &resultPlan{key: "k.key", order: p.order, own: true}
	both.from, both.args = of(marked), marked.args
	if !p.empty {
		p.unmarked(ask.Account, own)
		both.from, both.args = both.from+" UNION ALL "+of(p), append(both.args, p.args...)
	}
	both.from = "(" + both.from + ") k"
	return both, nil
}

// tallied are the columns of a resultTally but the first.
func tallied(favorite, rating string) (columns [3]string) {
	return [3]string{
		"CASE WHEN " + favorite + " THEN 1 ELSE 0 END",
		"CASE WHEN " + rating + " >= 0 THEN 1 ELSE 0 END",
		"CASE WHEN " + rating + " > 0 THEN " + rating + " ELSE 0 END",
	}
}

// ownTally counts the results of a plan of planOwn as an account sees them.
func (q querier) ownTally(ctx context.Context, ask *lora.ResultQuery, p *resultPlan) (t resultTally, err error) {
	columns := tallied(ownFavorite, ownRating)
	query := "SELECT COUNT(*), " + sum(columns[0]) + ", " + sum(columns[1]) + ", " + sum(columns[2]) +
		" FROM " + p.from + " JOIN job j ON j.key = k.key LEFT JOIN result_mark m ON m.account_key = ? AND m.job_key = k.key"
	_, err = q.one(ctx, query, append(slices.Clip(p.args), ask.Account), func(r *record) error {
		t = resultTally{int(r.integer()), int(r.integer()), int(r.integer()), int(r.integer())}
		return nil
	})
	return t, err
}

// addOwn makes of the library's favourites and ratings an account's, by those it has
// marked.
func (q querier) addOwn(ctx context.Context, ask *lora.ResultQuery, t *resultTally) error {
	p, err := querier{pool: q.pool}.markedPlan(ctx, ask, ownScope{favorite: true, rating: true})
	if err != nil || p.empty {
		return err
	}
	query := "SELECT "
	library := tallied("j.favorite", "j.rating")
	for i, own := range tallied(ownFavorite, ownRating) {
		if i > 0 {
			query += ", "
		}
		query += sum("(" + own + ") - (" + library[i] + ")")
	}
	_, err = q.one(ctx, query+" FROM "+p.from+p.where(), p.args, func(r *record) error {
		t.favorites, t.rated, t.stars = t.favorites+int(r.integer()), t.rated+int(r.integer()), t.stars+int(r.integer())
		return nil
	})
	return err
}
