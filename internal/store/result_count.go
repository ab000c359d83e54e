package store

import (
	"context"

	"loramanager/internal/lora"
)

// Bounds of counting by facet.
const (
	maxFacetValues = 200  // of a kind, those with most results first
	maxCounted     = 5000 // results of a question that narrows, the latest
)

// ResultFacets counts the results a question matches by engine, model, tag and base
// model: all of the history for one that does not narrow, otherwise the latest 5,000.
func (s *Store) ResultFacets(ctx context.Context, ask lora.ResultQuery) (lora.ResultFacets, error) {
	facets := lora.ResultFacets{Engines: []lora.ValueCount{}, Models: []lora.ValueCount{}, Tags: []lora.ValueCount{}, BaseModels: []lora.ValueCount{}}
	lists := map[string]*[]lora.ValueCount{
		facetEngine: &facets.Engines, facetModel: &facets.Models, facetTag: &facets.Tags, facetBase: &facets.BaseModels,
	}
	q := querier{pool: s.reader}
	ask.Sort = lora.ResultsNewest
	p, err := q.planOwn(ctx, &ask)
	if err != nil || p.empty {
		return facets, s.failed("count results by facet", err)
	}
	counts, args := "SELECT id, results AS n FROM facet WHERE results > 0", []any(nil)
	if !p.wide {
		q.composed = true
		counts = "SELECT x.facet_id AS id, COUNT(*) AS n FROM (SELECT " + p.key + " AS key FROM " + p.from + p.where() + p.orderBy() +
			" LIMIT ?) k CROSS JOIN job_facet x WHERE x.job_key = k.key GROUP BY x.facet_id"
		args = append(p.args, int64(maxCounted))
	}
	err = q.each(ctx, "SELECT f.kind, f.value, c.n FROM ("+counts+`) c JOIN facet f ON f.id = c.id
		WHERE f.kind IN ('engine', 'model', 'tag', 'base') ORDER BY c.n DESC, f.value`, args, func(r *record) error {
		if list := lists[r.text()]; len(*list) < maxFacetValues {
			*list = append(*list, lora.ValueCount{Value: r.text(), Count: int(r.integer())})
		}
		return nil
	})
	return facets, s.failed("count results by facet", err)
}
