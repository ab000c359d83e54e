package store

import (
	"context"
	"slices"
	"sort"
	"time"

	"loramanager/internal/lora"
)

// maxPaired is how many adapters of a generation, the first, make pairs: the number of
// pairs rises with its square.
const maxPaired = 20

// The measures of time_rollup.
const (
	waitMeasure int64 = iota
	runMeasure
)

// endedGeneration is what a generation that has ended adds to the figures. That is a
// function of its rows alone, so that whatever is done to it, the figures change by the
// difference.
type endedGeneration struct {
	key                int64
	status             lora.JobStatus
	engine, errorClass string
	accepted           int64  // microseconds
	wait, run          *int64 // microseconds, nil for one that never began
	images             int64
	kept               bool
	adapters           []int64 // their facets, each once, in the order of the job
}

const selectEnded = `SELECT j.key, j.status, j.engine, j.error_class, j.created_at, COALESCE(j.queued_at, j.created_at), j.started_at, j.finished_at,
	j.rating, j.favorite, j.trashed_at, b.adapters, (SELECT COUNT(*) FROM job_image i WHERE i.job_key = j.key)
	FROM job j JOIN job_body b ON b.job_key = j.key WHERE j.kind = 'generation' AND j.status IN ('succeeded', 'failed', 'cancelled') AND `

// endedGenerations reads those of the jobs that are generations and have ended.
func (q querier) endedGenerations(ctx context.Context, condition string, args ...any) ([]endedGeneration, error) {
	list, ids := []endedGeneration{}, [][]string{}
	err := q.each(ctx, selectEnded+condition, args, func(r *record) error {
		g, uses := readEnded(r)
		list = append(list, g)
		ids = append(ids, adapterIDs(uses))
		return nil
	})
	if err != nil || len(list) == 0 {
		return list, err
	}
	facets, err := q.adapterFacets(ctx, distinct(slices.Concat(ids...)))
	for i := range list {
		for _, id := range ids[i] {
			if facet, ok := facets[id]; ok {
				list[i].adapters = append(list[i].adapters, facet)
			}
		}
	}
	return list, err
}

func readEnded(r *record) (endedGeneration, []lora.Use) {
	g := endedGeneration{key: r.integer(), status: lora.JobStatus(r.text()), engine: r.text(), errorClass: r.text(), accepted: r.integer()}
	queued := r.integer()
	g.setTimes(queued, r.momentOrNil(), r.momentOrNil())
	rating, favorite, trashed := int(r.integer()), r.truth(), r.momentOrNil()
	g.kept = isKept(g.status, rating, favorite, trashed)
	uses := []lora.Use{}
	r.decode(&uses)
	g.images = r.integer()
	return g, uses
}

// setTimes notes how long a generation waited and ran.
func (g *endedGeneration) setTimes(queued int64, started, finished *time.Time) {
	if started == nil {
		return
	}
	wait := max(0, started.UnixMicro()-queued) // a clock may have been set back
	g.wait = &wait
	if finished != nil {
		run := max(0, finished.UnixMicro()-started.UnixMicro())
		g.run = &run
	}
}

// isKept reports whether a user means to keep a result: a favourite, or one rated 4 or 5.
func isKept(status lora.JobStatus, rating int, favorite bool, trashed *time.Time) bool {
	return status == lora.JobSucceeded && trashed == nil && (favorite || rating >= 4)
}

// adapterIDs are the ids of adapters as facets have them, each once.
func adapterIDs(uses []lora.Use) []string {
	ids := make([]string, 0, len(uses))
	for i := range uses {
		ids = append(ids, clean(uses[i].AdapterID))
	}
	return slices.DeleteFunc(distinct(ids), func(id string) bool { return id == "" })
}

// adapterFacets finds the facets of adapters by their ids.
func (q querier) adapterFacets(ctx context.Context, ids []string) (map[string]int64, error) {
	facets := make(map[string]int64, len(ids))
	if len(ids) == 0 {
		return facets, nil
	}
	err := q.each(ctx, "SELECT value, id FROM facet WHERE kind = 'adapter' AND value IN ("+q.pool.dialect.texts+")", []any{q.pool.dialect.list(ids)}, func(r *record) error {
		facets[r.text()] = r.integer()
		return nil
	})
	return facets, err
}

// count adds a generation to what is collected, or takes it out with the sign -1.
func (g *endedGeneration) count(t tally, sign int64) {
	waited, wait := known(g.wait)
	ran, run := known(g.run)
	succeeded := oneIf(g.status == lora.JobSucceeded)
	for level := range levels {
		l, slot := int64(level), slotOf(level, g.accepted)
		t.add(slotRollup, rowKey{keys: [4]int64{l, slot}}, sign, 1, succeeded, oneIf(g.status == lora.JobFailed), oneIf(g.status == lora.JobCancelled),
			ran, run, waited, wait, succeeded*g.images, oneIf(g.kept))
		t.add(jobRollup, rowKey{[3]string{g.engine, string(g.status), g.errorClass}, [4]int64{l, slot}}, sign, 1, ran, run)
		if g.wait != nil {
			t.add(timeRollup, rowKey{keys: [4]int64{waitMeasure, l, slot, bucketOf(wait)}}, sign, 1)
		}
		if g.run != nil {
			t.add(timeRollup, rowKey{keys: [4]int64{runMeasure, l, slot, bucketOf(run)}}, sign, 1)
		}
	}
	switch g.status {
	case lora.JobSucceeded:
		g.countAdapters(t, sign, 1, g.images, oneIf(g.kept), 0)
		g.countPairs(t, sign, 1, oneIf(g.kept))
	case lora.JobFailed:
		g.countAdapters(t, sign, 0, 0, 0, 1)
	case lora.JobCancelled, lora.JobPending, lora.JobRunning, lora.JobRetrying:
	}
}

// countKept counts one that succeeded as kept, or no longer with the sign -1.
func (g *endedGeneration) countKept(t tally, sign int64) {
	for level := range levels {
		t.add(slotRollup, rowKey{keys: [4]int64{int64(level), slotOf(level, g.accepted)}}, sign, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1)
	}
	g.countAdapters(t, sign, 0, 0, 1, 0)
	g.countPairs(t, sign, 0, 1)
}

func (g *endedGeneration) countAdapters(t tally, sign int64, counts ...int64) {
	for level := range levels {
		slot := slotOf(level, g.accepted)
		for _, adapter := range g.adapters {
			t.add(adapterRollup, rowKey{keys: [4]int64{int64(level), slot, adapter}}, sign, counts...)
		}
	}
}

func (g *endedGeneration) countPairs(t tally, sign int64, counts ...int64) {
	paired := g.adapters[:min(len(g.adapters), maxPaired)]
	for i, a := range paired {
		for _, b := range paired[:i] {
			t.add(pairRollup, rowKey{keys: [4]int64{min(a, b), max(a, b)}}, sign, counts...)
		}
	}
}

// bucketOf is the bucket of a distribution that a time in microseconds lies in.
func bucketOf(micro int64) int64 {
	i := sort.Search(len(bucketBounds)-1, func(i int) bool { return micro < bucketBounds[i] })
	return int64(i)
}

// known reads a time that may be missing.
func known(micro *int64) (there, value int64) {
	if micro == nil {
		return 0, 0
	}
	return 1, *micro
}

func oneIf(so bool) int64 {
	if so {
		return 1
	}
	return 0
}

// countJob adds a job that has ended to the figures, or takes it out with the sign -1.
// Its facets are there, and the history is held. change is the catalog's.
func (q querier) countJob(ctx context.Context, key, sign, change int64) error {
	ended, err := q.endedGenerations(ctx, "j.key = ?", key)
	if err != nil {
		return err
	}
	t := make(tally)
	for i := range ended {
		ended[i].count(t, sign)
	}
	return t.write(ctx, q, change)
}

// countKept counts results that are kept now, and others that no longer are.
func (q querier) countKept(ctx context.Context, kept, dropped []int64) error {
	if len(kept)+len(dropped) == 0 {
		return nil
	}
	ended, err := q.endedGenerations(ctx, "j.key IN ("+q.pool.dialect.keys+")", q.pool.dialect.list(slices.Concat(kept, dropped)))
	if err != nil {
		return err
	}
	t := make(tally)
	for i := range ended {
		sign := int64(-1)
		if slices.Contains(kept, ended[i].key) {
			sign = 1
		}
		ended[i].countKept(t, sign)
	}
	change := int64(0)
	if len(t[pairRollup]) > 0 {
		if change, err = q.nextChange(ctx); err != nil {
			return err
		}
	}
	return t.write(ctx, q, change)
}

// nextChange takes a change number of the catalog.
func (q querier) nextChange(ctx context.Context) (int64, error) {
	return q.number(ctx, "UPDATE catalog_change SET n = n + 1 WHERE one = 1 RETURNING n")
}
