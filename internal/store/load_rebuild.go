package store

import (
	"context"
	"maps"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// rebuiltPart is how many jobs are made findable at a time.
const rebuiltPart = 200

// upgrade makes of a dump of an older schema what its migrations would have made.
func (l *loader) upgrade(ctx context.Context) error {
	if l.schema >= 3 {
		return nil
	}
	if err := l.do(ctx, "INSERT INTO training_tag (adapter_key) SELECT adapter_key FROM inspection"); err != nil {
		return err
	}
	for from, more := int64(0), true; more; {
		var err error
		if from, more, err = l.countFrom(ctx, from, l.change); err != nil {
			return err
		}
	}
	return nil
}

// rebuild makes what follows from what was loaded: by what jobs are found, and how much
// their pictures take.
func (l *loader) rebuild(ctx context.Context) error {
	for after := int64(0); ; {
		keys, err := l.integers(ctx, "SELECT key FROM job WHERE status IN ('succeeded', 'failed', 'cancelled') AND key > ? ORDER BY key LIMIT ?", after, int64(rebuiltPart))
		if err == nil {
			err = l.rebuildWords(ctx, keys)
		}
		if err != nil {
			return err
		}
		if len(keys) < rebuiltPart {
			break
		}
		after = keys[len(keys)-1]
	}
	return l.do(ctx, `UPDATE picture_total SET pictures = (SELECT COUNT(*) FROM picture WHERE loose_since IS NULL),
		bytes = (SELECT `+sum("size_bytes")+" FROM picture WHERE loose_since IS NULL) WHERE one = 1")
}

// rebuildWords makes jobs findable, as index and learnWords do with one.
func (l *loader) rebuildWords(ctx context.Context, keys []int64) error {
	facets, err := l.facetMarks(ctx, keys)
	if err != nil {
		return err
	}
	var rows tupleText
	learned := make(map[string]bool)
	err = l.each(ctx, `SELECT j.key, b.prompt, b.params, b.adapters, j.status, j.trashed_at, j.rating, j.favorite, j.pixels
		FROM job j JOIN job_body b ON b.job_key = j.key WHERE j.key IN (`+l.pool.dialect.keys+") ORDER BY j.key", []any{l.pool.dialect.list(keys)}, func(r *record) error {
		key, job := r.integer(), lora.Job{Prompt: r.text(), Params: []byte(r.text())}
		r.decode(&job.Adapters)
		words := jobWords(&job)
		for _, word := range words {
			learned[word] = true
		}
		if l.pool.dialect.words.marks {
			words = append(words, stateMarks(lora.JobStatus(r.text()), r.momentOrNil() != nil, r.integer(), r.rank(), r.integer())...)
			words = append(words, facets[key]...)
		}
		if len(words) > 0 {
			rows.add(decimal(key), strings.Join(words, " "))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := l.insertTuples(ctx, l.pool.dialect.load.addWords, rows, ""); err != nil {
		return err
	}
	return l.learnWords(ctx, slices.Sorted(maps.Keys(learned)))
}

// facetMarks are the marks of jobs' facets, where there are marks.
func (l *loader) facetMarks(ctx context.Context, keys []int64) (map[int64][]string, error) {
	marks := make(map[int64][]string)
	if !l.pool.dialect.words.marks {
		return marks, nil
	}
	err := l.each(ctx, "SELECT job_key, facet_id FROM job_facet WHERE job_key IN ("+l.pool.dialect.keys+") ORDER BY job_key, facet_id", []any{l.pool.dialect.list(keys)}, func(r *record) error {
		key := r.integer()
		marks[key] = append(marks[key], facetMark(r.integer()))
		return nil
	})
	return marks, err
}

// tell changes the numbers by which processes notice that what they remember is old, and
// pauses the queue where jobs came back that had not ended.
func (l *loader) tell(ctx context.Context) error {
	open, err := l.number(ctx, "SELECT COUNT(*) FROM job WHERE "+openJobs)
	if err != nil {
		return err
	}
	statements := []string{"UPDATE rollup_state SET n = n + 1, counted = TRUE WHERE one = 1", "UPDATE taste_change SET n = n + 1 WHERE one = 1"}
	if l.loaded.QueuePaused = open > 0; l.loaded.QueuePaused {
		statements = append(statements, "UPDATE queue_state SET paused = TRUE WHERE one = 1")
	}
	for _, statement := range statements {
		if err := l.do(ctx, statement); err != nil {
			return err
		}
	}
	return nil
}
