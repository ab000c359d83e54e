package store

import (
	"context"

	"loramanager/internal/lora"
)

// ResultStats gives figures over all results a question matches; its page does not
// count. For one that does not narrow, the pictures are all that jobs keep, those in the
// trash included.
func (s *Store) ResultStats(ctx context.Context, ask lora.ResultQuery) (stats lora.ResultStats, err error) {
	ask.Sort = lora.ResultsNewest
	q := querier{pool: s.reader, composed: true}
	p, err := q.planOwn(ctx, &ask)
	if err != nil || p.empty {
		return stats, s.failed("count results", err)
	}
	var t resultTally
	switch {
	case p.own:
		t, err = q.ownTally(ctx, &ask, p)
	case p.marks != nil && !p.dated:
		t, err = q.matchedTally(ctx, *p.marks)
	default:
		t, err = q.joinedTally(ctx, p)
	}
	if err == nil && !p.own && ask.Account != 0 {
		err = q.addOwn(ctx, &ask, &t)
	}
	stats = lora.ResultStats{Results: t.results, Favorites: t.favorites, AvgRating: average(t.rated, t.stars)}
	if err == nil {
		err = q.addPictures(ctx, p, &stats)
	}
	if err != nil {
		return lora.ResultStats{}, s.failed("count results", err)
	}
	return stats, nil
}

// resultTally counts results: those that are rated have so many stars together.
type resultTally struct{ results, favorites, rated, stars int }

// joinedTally counts jobs by reading them.
func (q querier) joinedTally(ctx context.Context, p *resultPlan) (t resultTally, err error) {
	matched := " FROM " + p.from + p.where()
	query := "SELECT COUNT(*), " + sum("CASE WHEN j.favorite THEN 1 ELSE 0 END") + ", " + sum("CASE WHEN j.rating >= 0 THEN 1 ELSE 0 END") +
		", " + sum("CASE WHEN j.rating > 0 THEN j.rating ELSE 0 END") + matched
	if p.wide { // each result counts in one facet of favourites, and few are rated
		query = "SELECT (SELECT " + sum("results") + " FROM facet WHERE kind = 'favorite'), (SELECT " + sum("results") + ` FROM facet
			WHERE kind = 'favorite' AND value = 'true'), COUNT(*), ` + sum("j.rating") + matched + " AND j.rating >= 0"
	}
	_, err = q.one(ctx, query, p.args, func(r *record) error {
		t = resultTally{int(r.integer()), int(r.integer()), int(r.integer()), int(r.integer())}
		return nil
	})
	return t, err
}

// addPictures counts the pictures of what matches. Their sizes are summed up in an index
// of the jobs' pictures; only those that may have several jobs are told apart.
func (q querier) addPictures(ctx context.Context, p *resultPlan, stats *lora.ResultStats) error {
	if p.wide {
		_, err := q.one(ctx, "SELECT (SELECT COUNT(*) FROM job_image), "+sum("size_bytes")+" FROM picture WHERE loose_since IS NULL", nil, func(r *record) error {
			stats.Images, stats.SizeBytes = int(r.integer()), int(r.integer())
			return nil
		})
		return err
	}
	p.add("i.job_key = " + p.key)
	matched := " FROM " + p.from + " CROSS JOIN job_image i" + p.where()
	shared := int64(0)
	_, err := q.one(ctx, "SELECT COUNT(*), "+sum("CASE WHEN i.shared THEN 0 ELSE i.size_bytes END")+", "+sum("CASE WHEN i.shared THEN 1 ELSE 0 END")+matched,
		p.args, func(r *record) error {
			stats.Images, stats.SizeBytes, shared = int(r.integer()), int(r.integer()), r.integer()
			return nil
		})
	if err != nil || shared == 0 {
		return err
	}
	n, err := q.number(ctx, "SELECT "+sum("size_bytes")+" FROM (SELECT DISTINCT i.sha256, i.size_bytes"+matched+" AND i.shared) one", p.args...)
	stats.SizeBytes += int(n)
	return err
}

// sum adds up whole numbers as one, 0 for none.
func sum(expression string) string { return "CAST(COALESCE(SUM(" + expression + "), 0) AS BIGINT)" }
