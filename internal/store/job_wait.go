package store

import (
	"context"

	"loramanager/internal/lora"
)

// behindAll is the position behind all jobs of a priority that have not ended.
const behindAll = "(SELECT COALESCE(MAX(o.position), 0) + 1 FROM job o WHERE o.priority = ? AND o." + openJobs + ")"

// RetryJob puts a failed or cancelled job back to pending, last within its priority,
// with fresh attempts and without what came of the earlier ones. Conflict when it is
// not final, or succeeded; RateLimited when its account may not have more jobs that have
// not ended.
func (s *Store) RetryJob(ctx context.Context, id string) (job lora.Job, err error) {
	err = s.durably(ctx, "retry a job", func(ctx context.Context, q querier) error {
		key, err := q.holdUnsuccessful(ctx, id)
		if err != nil {
			return err
		}
		if err := q.leaveHistory(ctx, key); err != nil {
			return err
		}
		held, err := q.dropImages(ctx, key)
		if err == nil {
			err = q.countPictures(ctx, held)
		}
		if err != nil {
			return err
		}
		_, err = q.exec(ctx, `UPDATE job SET status = 'pending', position = (SELECT COALESCE(MAX(o.position), 0) + 1 FROM job o
			WHERE o.priority = job.priority AND o.`+openJobs+`), attempt = 0, not_before = NULL, error_class = '', error = '', submitted = FALSE, handle = '',
			cancelling = FALSE, progress = 0, step = 0, steps = 0, eta = NULL, message = '', pixels = 0, trashed_at = NULL, started_at = NULL, finished_at = NULL,
			queued_at = ? WHERE key = ?`, s.momentNow().UnixMicro(), key)
		if err == nil {
			_, err = q.exec(ctx, "UPDATE job_body SET result = NULL WHERE job_key = ?", key)
		}
		if err == nil {
			err = q.notifyJob(ctx, id)
		}
		if err == nil {
			job, err = q.job(ctx, id)
		}
		if err == nil {
			err = q.checkQuota(ctx, job.Account)
		}
		return err
	})
	if err != nil {
		return lora.Job{}, err
	}
	return job, nil
}

// holdUnsuccessful keeps others from a job that failed or was cancelled. It waits for no
// row that another holds who waits for the history.
func (q querier) holdUnsuccessful(ctx context.Context, id string) (key int64, err error) {
	if err := q.holdHistory(ctx); err != nil {
		return 0, err
	}
	found, err := q.one(ctx, "SELECT key FROM job WHERE id = ? AND status IN ('failed', 'cancelled')"+q.pool.dialect.locked, []any{clean(id)}, func(r *record) error {
		key = r.integer()
		return nil
	})
	if err != nil || found {
		return key, err
	}
	statuses, err := q.strings(ctx, "SELECT status FROM job WHERE id = ?", clean(id))
	if err == nil && len(statuses) == 0 {
		err = noJob()
	}
	if err == nil {
		err = lora.Errorf(lora.Conflict, "Only failed and cancelled jobs can be retried; this one is %s.", statuses[0])
	}
	return 0, err
}

// MoveJob gives a waiting job a place directly before another waiting job, whose
// priority it takes; without before it is put last within the priority. Conflict when
// one of them does not wait, Invalid for a priority outside 0 to 9.
func (s *Store) MoveJob(ctx context.Context, id string, priority int, before string) (job lora.Job, err error) {
	if priority < 0 || priority > 9 {
		return lora.Job{}, lora.FieldErrorf(lora.Invalid, "priority", "The priority must be between 0 and 9.")
	}
	err = s.durably(ctx, "move a job", func(ctx context.Context, q querier) error {
		if _, err := q.number(ctx, "SELECT one FROM queue_state WHERE one = 1"+q.pool.dialect.locked); err != nil {
			return err
		}
		key, status, err := q.hold(ctx, id)
		if err == nil && status != lora.JobPending && status != lora.JobRetrying {
			err = lora.Errorf(lora.Conflict, "Only waiting jobs can be moved; this one is %s.", status)
		}
		if err != nil {
			return err
		}
		if before == "" || before == id {
			_, err = q.exec(ctx, "UPDATE job SET priority = ?, position = "+behindAll+" WHERE key = ?", int64(priority), int64(priority), key)
		} else {
			err = q.moveBefore(ctx, key, before)
		}
		if err == nil {
			job, err = q.job(ctx, id)
		}
		return err
	})
	if err != nil {
		return lora.Job{}, err
	}
	return job, nil
}

// spot is a place in the queue.
type spot struct {
	priority int64
	position float64
	key      int64
}

func (q querier) moveBefore(ctx context.Context, key int64, before string) error {
	// A second look is enough: after the first, the places are a whole number apart.
	for range 2 {
		next, err := q.waitingSpot(ctx, before)
		if err != nil {
			return err
		}
		position, free, err := q.between(ctx, key, next)
		if err != nil {
			return err
		}
		if free {
			_, err := q.exec(ctx, "UPDATE job SET priority = ?, position = ? WHERE key = ?", next.priority, position, key)
			return err
		}
		_, err = q.exec(ctx, `UPDATE job SET position = r.place FROM (SELECT key, ROW_NUMBER() OVER (ORDER BY position, key) AS place FROM job
			WHERE priority = ? AND `+openJobs+`) r WHERE job.key = r.key`, next.priority)
		if err != nil {
			return err
		}
	}
	return lora.Errorf(lora.Unavailable, "The queue is changing. Try again in a moment.")
}

func (q querier) waitingSpot(ctx context.Context, id string) (at spot, err error) {
	found, err := q.one(ctx, "SELECT priority, position, key FROM job WHERE id = ? AND "+waitingJobs, []any{clean(id)}, func(r *record) error {
		at = spot{r.integer(), r.real(), r.integer()}
		return nil
	})
	if err == nil && !found {
		err = lora.FieldErrorf(lora.Conflict, "before", "The job to move before is not waiting any more.")
	}
	return at, err
}

// between returns a position between a spot and the one before it, if there is room.
func (q querier) between(ctx context.Context, key int64, next spot) (position float64, free bool, err error) {
	position, free = next.position-1, true
	_, err = q.one(ctx, "SELECT position FROM job WHERE priority = ? AND "+openJobs+` AND key <> ? AND key <> ?
		AND (position < ? OR (position = ? AND key < ?)) ORDER BY position DESC, key DESC LIMIT 1`,
		[]any{next.priority, key, next.key, next.position, next.position, next.key}, func(r *record) error {
			previous := r.real()
			position = previous + (next.position-previous)/2
			free = position-previous > 1e-6 && next.position-position > 1e-6
			return nil
		})
	return position, free, err
}
