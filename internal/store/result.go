package store

import (
	"context"

	"loramanager/internal/lora"
)

// Results lists a page of the history: jobs that succeeded, or have one of the statuses
// asked for, or the trash. next is the cursor of the page after, empty with the last.
// Invalid for an unknown order and for a cursor of another order.
func (s *Store) Results(ctx context.Context, ask lora.ResultQuery) (jobs []lora.Job, next string, err error) {
	q := querier{pool: s.reader, composed: true}
	limit := min(max(ask.Limit, 1), maxResults)
	keys, next, err := q.resultKeys(ctx, &ask, limit)
	if err == nil {
		jobs, err = querier{pool: s.reader}.jobsByKey(ctx, keys)
	}
	if err != nil {
		return nil, "", s.failed("list results", err)
	}
	return jobs, next, nil
}

func (q querier) resultKeys(ctx context.Context, ask *lora.ResultQuery, limit int) (keys []int64, next string, err error) {
	p, err := querier{pool: q.pool}.plan(ctx, ask)
	if err != nil {
		return nil, "", err
	}
	parts, offset := []filter{p.filter}, max(ask.Offset, 0)
	if ask.After != "" {
		offset = 0
		if parts, err = p.after(ask.After); err != nil {
			return nil, "", err
		}
	}
	if p.empty {
		return nil, "", nil
	}
	rank := "0"
	if p.order.rank != "" {
		rank = p.order.rank
	}
	last := ""
	for _, part := range parts {
		if next != "" {
			break
		}
		args := append(part.args, int64(limit+1-len(keys)), int64(offset))
		err = q.each(ctx, "SELECT "+p.key+", "+rank+" FROM "+p.from+part.where()+p.orderBy()+" LIMIT ? OFFSET ?", args, func(r *record) error {
			if len(keys) == limit {
				next = last
				return nil
			}
			key := r.integer()
			keys, last = append(keys, key), p.order.cursor(r.rank(), key)
			return nil
		})
		if err != nil {
			return nil, "", err
		}
	}
	return keys, next, nil
}

// rank reads a number or a boolean as a number.
func (r *record) rank() int64 {
	if b, ok := r.values[r.at].(bool); ok {
		r.at++
		if b {
			return 1
		}
		return 0
	}
	return r.integer()
}

// ResultStats gives figures over all results a question matches; its page does not
// count. For one that does not narrow, the pictures are all that jobs keep, those in the
// trash included.
func (s *Store) ResultStats(ctx context.Context, ask lora.ResultQuery) (stats lora.ResultStats, err error) {
	p, err := querier{pool: s.reader}.plan(ctx, &ask)
	if err != nil || p.empty {
		return stats, s.failed("count results", err)
	}
	q := querier{pool: s.reader, composed: true}
	matched := " FROM " + p.from + p.where()
	results := "SELECT COUNT(*), " + sum("CASE WHEN j.favorite THEN 1 ELSE 0 END") + ", " + sum("CASE WHEN j.rating >= 0 THEN 1 ELSE 0 END") +
		", " + sum("CASE WHEN j.rating > 0 THEN j.rating ELSE 0 END") + matched
	if p.wide { // each result counts in one facet of favourites, and few are rated
		results = "SELECT (SELECT " + sum("results") + " FROM facet WHERE kind = 'favorite'), (SELECT " + sum("results") + ` FROM facet
			WHERE kind = 'favorite' AND value = 'true'), COUNT(*), ` + sum("j.rating") + matched + " AND j.rating >= 0"
	}
	_, err = q.one(ctx, results,
		p.args, func(r *record) error {
			stats.Results, stats.Favorites = int(r.integer()), int(r.integer())
			if rated, total := r.integer(), r.integer(); rated > 0 {
				average := float64(total) / float64(rated)
				stats.AvgRating = &average
			}
			return nil
		})
	if err != nil {
		return stats, s.failed("count results", err)
	}
	pictures := "SELECT " + sum("n") + ", " + sum("p.size_bytes") + ` FROM (SELECT i.sha256, COUNT(*) AS n FROM job_image i
		WHERE i.job_key IN (SELECT j.key` + matched + ") GROUP BY i.sha256) m JOIN picture p ON p.sha256 = m.sha256"
	if p.wide {
		pictures, p.args = "SELECT (SELECT COUNT(*) FROM job_image), "+sum("size_bytes")+" FROM picture WHERE loose_since IS NULL", nil
	}
	_, err = q.one(ctx, pictures, p.args, func(r *record) error {
		stats.Images, stats.SizeBytes = int(r.integer()), int(r.integer())
		return nil
	})
	return stats, s.failed("count results", err)
}

// sum adds up whole numbers as one, 0 for none.
func sum(expression string) string { return "CAST(COALESCE(SUM(" + expression + "), 0) AS BIGINT)" }
