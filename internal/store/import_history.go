package store

import (
	"context"
	"maps"
	"slices"

	"loramanager/internal/lora"
)

// enterImported makes jobs findable and counts them, as enterHistory does with one.
func (i *importer) enterImported(ctx context.Context, list []importedJob) error {
	facets, ids, err := i.addImportedFacets(ctx, list)
	if err != nil {
		return err
	}
	t := make(tally)
	keys := make([]int64, len(list))
	uses := make(map[string]usesSeen)
	words, all := make([][]string, len(list)), make(map[string]bool)
	for n := range list {
		keys[n], words[n] = list[n].key, jobWords(&list[n].job)
		i.seeUses(uses, &list[n].job)
		if g, counts := list[n].ended(ids); counts {
			g.count(t, 1)
		}
		for _, word := range words[n] {
			all[word] = true
		}
	}
	if err := t.write(ctx, i.querier, i.n); err != nil {
		return err
	}
	if err := i.countImportedUses(ctx, uses); err != nil {
		return err
	}
	if err := i.learnWords(ctx, slices.Sorted(maps.Keys(all))); err != nil {
		return err
	}
	for n := range list { // last, as in reindex
		if i.pool.dialect.words.marks {
			job := &list[n].job
			words[n] = append(words[n], stateMarks(job.Status, false, ratingOf(job), oneIf(job.Favorite), mostPixels(job.Images))...)
			for _, id := range facets[n] {
				words[n] = append(words[n], facetMark(id))
			}
		}
		if err := i.addWords(ctx, keys[n], words[n]); err != nil {
			return err
		}
	}
	return nil
}

// ended is what a job adds to the figures, as endedGenerations reads it; false for one
// that does not count.
func (one *importedJob) ended(facets map[facet]int64) (endedGeneration, bool) {
	job := &one.job
	g := endedGeneration{
		key: one.key, status: job.Status, engine: clean(job.Engine), errorClass: clean(string(job.ErrorClass)),
		accepted: job.CreatedAt.UnixMicro(), images: int64(len(job.Images)), kept: isKept(job.Status, int(ratingOf(job)), job.Favorite, nil),
	}
	queued := job.CreatedAt
	if job.QueuedAt != nil {
		queued = *job.QueuedAt
	}
	g.setTimes(queued.UnixMicro(), job.StartedAt, job.FinishedAt)
	for _, id := range adapterIDs(job.Adapters) {
		g.adapters = append(g.adapters, facets[facet{facetAdapter, id}])
	}
	return g, job.Kind == lora.Generation
}

// addImportedFacets does for a batch what addFacets does for one job. It returns the
// facets of each job, rising, and the ids of all facets.
func (i *importer) addImportedFacets(ctx context.Context, list []importedJob) (of [][]int64, ids map[facet]int64, err error) {
	bases, err := i.baseModels(ctx, list)
	if err != nil {
		return nil, nil, err
	}
	results, facets := make(map[facet]int64), make([][]facet, len(list))
	for n := range list {
		job := &list[n].job
		its := []string{}
		for _, id := range adapterIDs(job.Adapters) {
			if base, known := bases[id]; known {
				its = append(its, base)
			}
		}
		facets[n] = facetsWith(job, its)
		for _, f := range facets[n] {
			results[f] += counted(job.Status, nil)
		}
	}
	ids, err = i.facetIDs(ctx, results)
	if err != nil {
		return nil, nil, err
	}
	var joins tupleText
	of = make([][]int64, len(list))
	for n := range list {
		for _, f := range facets[n] {
			of[n] = append(of[n], ids[f])
			joins.add(decimal(ids[f]), decimal(list[n].key))
		}
		slices.Sort(of[n])
	}
	return of, ids, i.insertTuples(ctx, "INSERT INTO job_facet (facet_id, job_key) SELECT CAST(v.value ->> 0 AS BIGINT), CAST(v.value ->> 1 AS BIGINT)", joins, " ON CONFLICT DO NOTHING")
}

// baseModels are those of the adapters of a batch, by their ids.
func (i *importer) baseModels(ctx context.Context, list []importedJob) (map[string]string, error) {
	ids := []string{}
	for n := range list {
		ids = append(ids, adapterIDs(list[n].job.Adapters)...)
	}
	bases := make(map[string]string)
	err := i.each(ctx, "SELECT id, base_model FROM adapter WHERE id IN ("+i.pool.dialect.texts+")", []any{i.pool.dialect.list(distinct(ids))}, func(r *record) error {
		id := r.text()
		bases[id] = r.text()
		return nil
	})
	return bases, err
}

// facetIDs adds results to facets, makes those that are new, and returns the ids of all.
func (i *importer) facetIDs(ctx context.Context, results map[facet]int64) (map[facet]int64, error) {
	var rows tupleText
	for _, f := range orderedFacets(slices.Collect(maps.Keys(results))) {
		rows.add(f.kind, f.value, decimal(results[f]))
	}
	ids := make(map[facet]int64, len(results))
	if len(rows) == 0 {
		return ids, nil
	}
	err := i.each(ctx, "INSERT INTO facet (kind, value, results) SELECT v.value ->> 0, v.value ->> 1, CAST(v.value ->> 2 AS BIGINT) FROM "+i.pool.dialect.tuples+
		" WHERE TRUE ON CONFLICT (kind, value) DO UPDATE SET results = facet.results + excluded.results RETURNING id, kind, value", []any{string(rows)}, func(r *record) error {
		id := r.integer()
		ids[facet{r.text(), r.text()}] = id
		return nil
	})
	return ids, err
}

// usesSeen is how often the jobs of a batch used an adapter, and when last.
type usesSeen struct{ jobs, last int64 }

// seeUses counts the adapters of a generation that succeeded, but for those that came
// with this import: their own figure says how often they were used.
func (i *importer) seeUses(uses map[string]usesSeen, job *lora.Job) {
	if job.Kind != lora.Generation || job.Status != lora.JobSucceeded {
		return
	}
	at := job.CreatedAt
	if job.FinishedAt != nil {
		at = *job.FinishedAt
	}
	for _, id := range adapterIDs(job.Adapters) {
		if !i.created[id] {
			seen := uses[id]
			uses[id] = usesSeen{seen.jobs + 1, max(seen.last, at.UnixMicro())}
		}
	}
}

func (i *importer) countImportedUses(ctx context.Context, uses map[string]usesSeen) error {
	var rows tupleText
	for _, id := range slices.Sorted(maps.Keys(uses)) {
		rows.add(id, decimal(uses[id].jobs), decimal(uses[id].last))
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := i.exec(ctx, `UPDATE adapter SET use_count = use_count + n.jobs, change = ?,
		last_used_at = CASE WHEN last_used_at > n.last THEN last_used_at ELSE n.last END
		FROM (SELECT v.value ->> 0 AS id, CAST(v.value ->> 1 AS BIGINT) AS jobs, CAST(v.value ->> 2 AS BIGINT) AS last FROM `+i.pool.dialect.tuples+`) n
		WHERE adapter.id = n.id`, i.n, string(rows))
	return err
}
