package store

import "context"

// rebuiltPart is how many jobs are made findable at a time.
const rebuiltPart = 1000

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

// rebuildWords makes jobs findable. Words are learned after the jobs, for a reason that
// reindex tells.
func (l *loader) rebuildWords(ctx context.Context, keys []int64) error {
	learned := []string{}
	for _, key := range keys {
		job, marks, err := l.marked(ctx, key)
		if err != nil {
			return err
		}
		words := jobWords(&job)
		if err := l.addWords(ctx, key, append(words, marks...)); err != nil {
			return err
		}
		learned = append(learned, words...)
	}
	return l.learnWords(ctx, distinct(learned))
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
