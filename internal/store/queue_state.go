package store

import (
	"context"
	"strconv"

	"loramanager/internal/lora"
)

// maxQueued bounds a listing of the queue.
const maxQueued = 1000

// PauseQueue stops or resumes the claiming of jobs; running ones end as they would.
func (s *Store) PauseQueue(ctx context.Context, paused bool) error {
	return s.durably(ctx, "pause or resume the queue", func(ctx context.Context, q querier) error {
		_, err := q.exec(ctx, "UPDATE queue_state SET paused = ? WHERE one = 1", paused)
		if err == nil && !paused {
			err = q.notifyJob(ctx, "resumed")
		}
		return err
	})
}

// QueueState counts the jobs that have not ended, and the failed ones that can be
// retried.
func (s *Store) QueueState(ctx context.Context) (state lora.QueueState, err error) {
	q := querier{pool: s.reader}
	_, err = q.one(ctx, "SELECT paused, (SELECT COUNT(*) FROM job WHERE status = 'failed' AND trashed_at IS NULL) FROM queue_state WHERE one = 1", nil, func(r *record) error {
		state.Paused, state.Failed = r.truth(), int(r.integer())
		return nil
	})
	if err == nil {
		err = q.each(ctx, "SELECT status, COUNT(*) FROM job WHERE "+openJobs+" GROUP BY status", nil, func(r *record) error {
			switch status, n := lora.JobStatus(r.text()), int(r.integer()); status {
			case lora.JobPending:
				state.Pending = n
			case lora.JobRunning:
				state.Running = n
			case lora.JobRetrying:
				state.Retrying = n
			case lora.JobSucceeded, lora.JobFailed, lora.JobCancelled:
			}
			return nil
		})
	}
	return state, s.failed("count jobs", err)
}

// QueueJobs lists the jobs that have not ended, 1,000 at most: those that run, first
// begun first; then by priority and place, those whose retry is not due yet last. Where
// several accounts wait they take turns, which this order does not show.
func (s *Store) QueueJobs(ctx context.Context) ([]lora.Job, error) {
	q := querier{pool: s.reader}
	jobs, err := q.jobs(ctx, "WHERE j.status = 'running' ORDER BY j.started_at, j.key LIMIT ?", int64(maxQueued))
	if err != nil || len(jobs) == maxQueued {
		return jobs, s.failed("list the queue", err)
	}
	waiting, err := q.jobs(ctx, "WHERE j."+waitingJobs+` ORDER BY CASE WHEN j.not_before > ? THEN j.not_before ELSE 0 END, j.priority DESC, j.position, j.key LIMIT ?`,
		s.now().UnixMicro(), int64(maxQueued-len(jobs)))
	return append(jobs, waiting...), s.failed("list the queue", err)
}

// ActiveJobs lists jobs that have not ended, 1,000 at most, the latest begun or accepted
// first.
func (s *Store) ActiveJobs(ctx context.Context, limit int) ([]lora.Job, error) {
	jobs, err := querier{pool: s.reader}.jobs(ctx, "WHERE j."+openJobs+" ORDER BY COALESCE(j.started_at, j.created_at) DESC, j.created_at DESC, j.key DESC LIMIT ?", int64(min(max(limit, 1), maxQueued)))
	return jobs, s.failed("list active jobs", err)
}

// JobLoad counts the jobs that have not ended by engine.
func (s *Store) JobLoad(ctx context.Context) (map[string]int, error) {
	load := make(map[string]int)
	err := querier{pool: s.reader}.each(ctx, "SELECT engine, COUNT(*) FROM job WHERE "+openJobs+" GROUP BY engine", nil, func(r *record) error {
		load[r.text()] = int(r.integer())
		return nil
	})
	return load, s.failed("count jobs by engine", err)
}

// ListJobs lists the jobs of any of the statuses and of a kind that are not in the
// trash, latest first, 1,000 at most; empty values do not narrow. after is the cursor that came with the page before; next is
// empty with the last page. Invalid for another text than a cursor.
func (s *Store) ListJobs(ctx context.Context, statuses []lora.JobStatus, kind lora.JobKind, limit int, after string) (jobs []lora.Job, next string, err error) {
	f := filter{}
	f.add("j.trashed_at IS NULL")
	if after != "" {
		key, err := strconv.ParseInt(after, 10, 64)
		if err != nil {
			return nil, "", badCursor()
		}
		f.add("j.key < ?", key)
	}
	f.addStatuses(s.dialect, statuses)
	if kind == lora.Delivery { // few among many: they have an index
		f.add("j.kind = 'delivery'")
	} else if kind != "" {
		f.add("j.kind = ?", string(kind))
	}
	limit = min(max(limit, 1), maxQueued)
	q := querier{pool: s.reader}
	keys, err := q.integers(ctx, "SELECT j.key FROM job j"+f.where()+" ORDER BY j.key DESC LIMIT ?", append(f.args, int64(limit+1))...)
	if err != nil {
		return nil, "", s.failed("list jobs", err)
	}
	if len(keys) > limit {
		keys = keys[:limit]
		next = strconv.FormatInt(keys[limit-1], 10)
	}
	jobs, err = q.jobsByKey(ctx, keys)
	return jobs, next, s.failed("list jobs", err)
}

func badCursor() error {
	return lora.FieldErrorf(lora.Invalid, "after", "This is not a cursor of an earlier page.")
}

// texts turns names of a type of their own into texts, as databases take them.
func texts[T ~string](list []T) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = clean(string(v))
	}
	return out
}

// integers reads a single column of numbers.
func (q querier) integers(ctx context.Context, query string, args ...any) ([]int64, error) {
	list := []int64{}
	err := q.each(ctx, query, args, func(r *record) error {
		list = append(list, r.integer())
		return nil
	})
	return list, err
}
