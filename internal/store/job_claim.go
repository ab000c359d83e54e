package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// ClaimJob takes the next job that may run on one of the engines of the claim which has
// a free slot: the highest priority first, then the order of the queue. Its token is
// new. Nothing is found while the queue is paused. Slots count running jobs of all
// workers whose lease is not over.
func (s *Store) ClaimJob(ctx context.Context, claim lora.JobClaim) (job lora.Job, found bool, err error) {
	err = s.briefly(ctx, "claim a job", func(ctx context.Context, q querier) error {
		now := s.momentNow()
		engines, err := q.freeEngines(ctx, claim.Slots, now)
		if err != nil || len(engines) == 0 {
			return err
		}
		var id string
		// The best of each engine is one look into an index; among those, the best wins.
		found, err = q.one(ctx, `UPDATE job SET status = 'running', attempt = attempt + 1, token = token + 1, worker = ?, life = ?, lease_until = ?,
			started_at = COALESCE(started_at, ?), not_before = NULL, submitted = FALSE, handle = '', progress = 0, step = 0, steps = 0, eta = NULL, message = ''
			WHERE key = (SELECT key FROM job WHERE key IN (
				SELECT (SELECT j.key FROM job j WHERE j.engine = e.name AND j.`+waitingJobs+` AND (j.not_before IS NULL OR j.not_before <= ?)
					ORDER BY j.priority DESC, j.position, j.key LIMIT 1`+q.pool.dialect.unclaimed+`)
				FROM (`+q.pool.dialect.names+`) e)
			ORDER BY priority DESC, position, key LIMIT 1) RETURNING id`,
			[]any{clean(claim.Worker), s.life, now.Add(claim.Lease).UnixMicro(), now.UnixMicro(), now.UnixMicro(), q.pool.dialect.list(engines)},
			func(r *record) error {
				id = r.text()
				return nil
			})
		if err != nil || !found {
			return err
		}
		job, err = q.job(ctx, id)
		return err
	})
	if err != nil {
		return lora.Job{}, false, err
	}
	return job, found, nil
}

// freeEngines returns the engines that may take another job; none while the queue is
// paused. It holds the queue, so that no two claims count the same free slot.
func (q querier) freeEngines(ctx context.Context, slots map[string]int, now time.Time) ([]string, error) {
	paused := false
	_, err := q.one(ctx, "SELECT paused FROM queue_state WHERE one = 1"+q.pool.dialect.locked, nil, func(r *record) error {
		paused = r.truth()
		return nil
	})
	if err != nil || paused {
		return nil, err
	}
	busy := make(map[string]int)
	err = q.each(ctx, "SELECT engine, COUNT(*) FROM job WHERE status = 'running' AND lease_until > ? GROUP BY engine", []any{now.UnixMicro()}, func(r *record) error {
		busy[r.text()] = int(r.integer())
		return nil
	})
	if err != nil {
		return nil, err
	}
	free := make([]string, 0, len(slots))
	for engine, n := range slots {
		if busy[clean(engine)] < n {
			free = append(free, clean(engine))
		}
	}
	return free, nil
}

// ReclaimJob takes over the running job whose lease is over the longest, under a new token and for no
// new attempt, so that its worker can decide what becomes of it. With startup it takes
// jobs whose lease is not over too: those which an earlier process of the same worker
// held; on SQLite those which any earlier process held, since only one can have the file.
func (s *Store) ReclaimJob(ctx context.Context, worker string, lease time.Duration, startup bool) (job lora.Job, found bool, err error) {
	held := "lease_until <= ?"
	args := []any{clean(worker), s.life, nil, nil}
	switch {
	case startup && s.dialect.oneWriter:
		held += " OR life <> ?"
		args = append(args, s.life)
	case startup:
		held += " OR (life <> ? AND worker = ?)"
		args = append(args, s.life, clean(worker))
	}
	err = s.briefly(ctx, "take over a job", func(ctx context.Context, q querier) error {
		now := s.momentNow()
		args[2], args[3] = now.Add(lease).UnixMicro(), now.UnixMicro()
		var id string
		found, err = q.one(ctx, `UPDATE job SET token = token + 1, worker = ?, life = ?, lease_until = ? WHERE key = (
			SELECT key FROM job WHERE status = 'running' AND (`+held+`) ORDER BY lease_until, key LIMIT 1`+q.pool.dialect.unclaimed+`) RETURNING id`,
			args, func(r *record) error {
				id = r.text()
				return nil
			})
		if err != nil || !found {
			return err
		}
		job, err = q.job(ctx, id)
		return err
	})
	if err != nil {
		return lora.Job{}, false, err
	}
	return job, found, nil
}

// NextRetry tells when the next retrying job is due; zero when there is none.
func (s *Store) NextRetry(ctx context.Context) (due time.Time, err error) {
	_, err = querier{pool: s.reader}.one(ctx, "SELECT MIN(not_before) FROM job WHERE status = 'retrying'", nil, func(r *record) error {
		due = r.moment()
		return nil
	})
	return due, s.failed("look for the next retry", err)
}
