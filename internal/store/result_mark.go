package store

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// Marks stand among the words of a job where the database finds what has several words
// by going through their lists side by side, in the order of the keys: what is asked for
// together is then found without reading jobs. No word holds the sign a mark begins with.
// It has three characters, so that the index of beginnings has one entry for all marks.
const markSign = "§§§"

// Marks of how a job ended and where it is; one that succeeded and is in the history has
// none of them.
const (
	markFailed    = markSign + "failed"
	markCancelled = markSign + "cancelled"
	markTrashed   = markSign + "trashed"
)

func facetMark(id int64) string { return markSign + strconv.FormatInt(id, 10) }

// rankMark is the mark of a place in an order of the history.
func rankMark(column string, rank int64) string {
	return markSign + column[len("j."):len("j.")+1] + strconv.FormatInt(rank-unrated, 10)
}

// index makes a job that has ended findable by its words and, where there are marks, by
// what it is marked with. It is done again when its marks change.
func (q querier) index(ctx context.Context, key int64) error {
	job, marks, err := q.marked(ctx, key)
	if err != nil {
		return err
	}
	return q.addWords(ctx, key, append(jobWords(&job), marks...))
}

// addWords lets a job be found by words, instead of those it had.
func (q querier) addWords(ctx context.Context, key int64, words []string) error {
	if len(words) == 0 {
		return nil
	}
	_, err := q.exec(ctx, q.pool.dialect.words.add, key, q.pool.dialect.words.kept(words))
	return err
}

// reindex marks jobs anew whose facets or ranks were changed. It comes last: FTS5 writes
// out what it has collected whenever a statement that may be taken back comes between.
func (q querier) reindex(ctx context.Context, keys []int64) error {
	if !q.pool.dialect.words.marks {
		return nil
	}
	for _, key := range keys {
		if err := q.index(ctx, key); err != nil {
			return err
		}
	}
	return nil
}

// marked reads what a job is found by.
func (q querier) marked(ctx context.Context, key int64) (job lora.Job, marks []string, err error) {
	_, err = q.one(ctx, `SELECT b.prompt, b.params, b.adapters, j.status, j.trashed_at, j.rating, j.favorite, j.pixels
		FROM job j JOIN job_body b ON b.job_key = j.key WHERE j.key = ?`, []any{key}, func(r *record) error {
		job.Prompt, job.Params = r.text(), []byte(r.text())
		r.decode(&job.Adapters)
		marks = stateMarks(lora.JobStatus(r.text()), r.momentOrNil() != nil, r.integer(), r.rank(), r.integer())
		return nil
	})
	if err != nil || !q.pool.dialect.words.marks {
		return job, nil, err
	}
	facets, err := q.integers(ctx, "SELECT facet_id FROM job_facet WHERE job_key = ? ORDER BY facet_id", key)
	for _, id := range facets {
		marks = append(marks, facetMark(id))
	}
	return job, marks, err
}

// stateMarks are the marks of how a job ended, where it is, and of its places in the
// orders of the history.
func stateMarks(status lora.JobStatus, trashed bool, rating, favorite, pixels int64) []string {
	marks := []string{}
	switch status {
	case lora.JobFailed:
		marks = append(marks, markFailed)
	case lora.JobCancelled:
		marks = append(marks, markCancelled)
	case lora.JobSucceeded, lora.JobPending, lora.JobRunning, lora.JobRetrying:
	}
	if trashed {
		marks = append(marks, markTrashed)
	}
	return append(marks, rankMark("j.rating", rating), rankMark("j.favorite", favorite), rankMark("j.pixels", pixels))
}

// matching is a question as marks answer it: all of some, and none of others.
type matching struct{ all, none []string }

// newMatching makes what can be asked of marks: facets, words and the state.
func newMatching(ask *lora.ResultQuery, facets []wantedFacet, beginnings []beginning) matching {
	m := matching{}
	for _, f := range facets {
		m.all = append(m.all, `"`+facetMark(f.id)+`"`)
	}
	if len(beginnings) > 0 {
		m.all = append(m.all, askedSQLite(beginnings))
	}
	if ask.Trashed {
		m.all = append(m.all, `"`+markTrashed+`"`)
	} else {
		m.none = append(m.none, `"`+markTrashed+`"`)
	}
	failed, cancelled := slices.Contains(ask.Statuses, lora.JobFailed), slices.Contains(ask.Statuses, lora.JobCancelled)
	switch {
	case ask.Trashed && len(ask.Statuses) == 0:
	case len(ask.Statuses) == 0 || slices.Contains(ask.Statuses, lora.JobSucceeded):
		if !failed {
			m.none = append(m.none, `"`+markFailed+`"`)
		}
		if !cancelled {
			m.none = append(m.none, `"`+markCancelled+`"`)
		}
	case failed && cancelled:
		m.all = append(m.all, `("`+markFailed+`" OR "`+markCancelled+`")`)
	case failed:
		m.all = append(m.all, `"`+markFailed+`"`)
	default:
		m.all = append(m.all, `"`+markCancelled+`"`)
	}
	return m
}

// also returns a narrower question.
func (m matching) also(mark string) matching {
	return matching{append(slices.Clip(m.all), `"`+mark+`"`), m.none}
}

// ofRank returns the question for the results of one rank. Nearly all have the lowest
// rating and the lowest of favourites: with other conditions, they are those without a
// higher one, since going through short lists is faster.
func (m matching) ofRank(column string, rank int64) matching {
	higher := map[string][]int64{"j.rating": {0, 1, 2, 3, 4, 5}, "j.favorite": {1}}[column]
	if len(m.all) == 0 || len(higher) == 0 || rank >= higher[0] {
		return m.also(rankMark(column, rank))
	}
	m.none = slices.Clip(m.none)
	for _, rank := range higher {
		m.none = append(m.none, `"`+rankMark(column, rank)+`"`)
	}
	return m
}

// String is the question as job_words takes it.
func (m matching) String() string {
	asked := "(" + strings.Join(m.all, " AND ") + ")"
	if len(m.all) == 0 { // every job has one of these
		asked = `("` + rankMark("j.favorite", 0) + `" OR "` + rankMark("j.favorite", 1) + `")`
	}
	if len(m.none) > 0 {
		asked += " NOT (" + strings.Join(m.none, " OR ") + ")"
	}
	return asked
}

// count counts what matches.
func (q querier) count(ctx context.Context, m matching) (int, error) {
	n, err := q.number(ctx, "SELECT COUNT(*) FROM job_words w WHERE w.job_words MATCH ?", m.String())
	return int(n), err
}

// matchedTally counts what matches by its ranks, without reading a job.
func (q querier) matchedTally(ctx context.Context, m matching) (t resultTally, err error) {
	if t.results, err = q.count(ctx, m); err != nil {
		return t, err
	}
	if t.favorites, err = q.count(ctx, m.also(rankMark("j.favorite", 1))); err != nil {
		return t, err
	}
	for rating := range 6 {
		n, err := q.count(ctx, m.also(rankMark("j.rating", int64(rating))))
		if err != nil {
			return t, err
		}
		t.rated, t.stars = t.rated+n, t.stars+n*rating
	}
	return t, nil
}

func average(n, total int) *float64 {
	if n == 0 {
		return nil
	}
	a := float64(total) / float64(n)
	return &a
}
