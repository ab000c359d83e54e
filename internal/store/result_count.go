package store

import (
	"context"

	"loramanager/internal/lora"
)

// Bounds of counting by facet.
const (
	maxFacetValues = 200    // of a kind, those with most results first
	maxCounted     = 50_000 // results of a question that narrows, the latest
)

// ResultFacets counts the results a question matches by engine, model, tag and base
// model: all of the history for one that does not narrow, otherwise the latest 50,000.
func (s *Store) ResultFacets(ctx context.Context, ask lora.ResultQuery) (facets lora.ResultFacets, err error) {
	q := querier{pool: s.reader}
	ask.Sort = lora.ResultsNewest
	p, err := q.plan(ctx, &ask)
	if err != nil {
		return facets, s.failed("count results by facet", err)
	}
	query, args := "SELECT value, results AS n FROM facet WHERE kind = ? AND results > 0", []any(nil)
	if !p.wide {
		q.composed = true
		query = `SELECT MIN(f.value), COUNT(*) AS n FROM job_facet x JOIN facet f ON f.id = x.facet_id WHERE f.kind = ? AND x.job_key IN (
			SELECT key FROM (SELECT j.key FROM ` + p.from + p.where() + p.orderBy() + " LIMIT ?) k) GROUP BY f.id"
		args = append(p.args, int64(maxCounted))
	}
	for _, kind := range []struct {
		name string
		list *[]lora.ValueCount
	}{{facetEngine, &facets.Engines}, {facetModel, &facets.Models}, {facetTag, &facets.Tags}, {facetBase, &facets.BaseModels}} {
		*kind.list = []lora.ValueCount{}
		if p.empty {
			continue
		}
		err := q.each(ctx, query+" ORDER BY n DESC, 1 LIMIT ?", append(append([]any{kind.name}, args...), int64(maxFacetValues)), func(r *record) error {
			*kind.list = append(*kind.list, lora.ValueCount{Value: r.text(), Count: int(r.integer())})
			return nil
		})
		if err != nil {
			return facets, s.failed("count results by facet", err)
		}
	}
	return facets, nil
}
