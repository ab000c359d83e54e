package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// claimNext begins the job whose turn it is. On each engine only the highest priority that
// has a job to run counts; there, the best job of each account is one look into an index,
// as is finding the next account. The best job of each engine is the one of the account
// whose turn it is; among those, the queue decides.
func claimNext(d *dialect) string {
	const due = "(j.not_before IS NULL OR j.not_before <= ?)"
	return `WITH RECURSIVE best AS MATERIALIZED (
			SELECT e.name AS engine, (SELECT j.priority FROM job j WHERE j.engine = e.name AND j.` + waitingJobs + ` AND ` + due + `
				ORDER BY j.priority DESC LIMIT 1) AS priority FROM (` + d.names + `) e),
		turn AS (
			SELECT b.engine, b.priority, (SELECT j.account FROM job j WHERE j.engine = b.engine AND j.priority = b.priority AND j.` + waitingJobs + `
				ORDER BY j.account LIMIT 1) AS account FROM best b WHERE b.priority IS NOT NULL
			UNION ALL
			SELECT t.engine, t.priority, (SELECT j.account FROM job j WHERE j.engine = t.engine AND j.priority = t.priority AND j.account > t.account AND j.` + waitingJobs + `
				ORDER BY j.account LIMIT 1) FROM turn t WHERE t.account IS NOT NULL),
		candidate AS MATERIALIZED (
			SELECT t.engine, (SELECT j.key FROM job j WHERE j.engine = t.engine AND j.priority = t.priority AND j.account = t.account AND j.` + waitingJobs + ` AND ` + due + `
					ORDER BY j.position, j.key LIMIT 1) AS key,
				(SELECT COUNT(*) FROM job r WHERE r.engine = t.engine AND r.account = t.account AND r.status = 'running' AND r.lease_until > ?) AS running,
				COALESCE((SELECT s.served FROM job_turn s WHERE s.engine = t.engine AND s.account = t.account), 0) AS served
			FROM turn t WHERE t.account IS NOT NULL),
		chosen AS (
			SELECT c.key, ROW_NUMBER() OVER (PARTITION BY c.engine ORDER BY c.running, c.served, (SELECT j.position FROM job j WHERE j.key = c.key), c.key) AS place
			FROM candidate c WHERE c.key IS NOT NULL)
		UPDATE job SET status = 'running', attempt = attempt + 1, token = token + 1, worker = ?, life = ?, lease_until = ?,
			started_at = COALESCE(started_at, ?), not_before = NULL, submitted = FALSE, handle = '', progress = 0, step = 0, steps = 0, eta = NULL, message = ''
		WHERE key = (SELECT j.key FROM job j WHERE j.key IN (SELECT c.key FROM chosen c WHERE c.place = 1) AND j.` + waitingJobs + `
			ORDER BY j.priority DESC, j.position, j.key LIMIT 1` + d.unclaimed + `) RETURNING id, engine, account`
}

// ClaimJob takes the next job that may run on one of the engines of the claim which has
// a free slot: the highest priority first; then that of the account with the fewest jobs
// running on the engine, then of the one that was not served there for longest; then in
// the order of the queue, which is all that counts where one account has jobs. Its token
// is new. Nothing is found while the queue is paused. Slots count running jobs of all
// workers whose lease is not over.
func (s *Store) ClaimJob(ctx context.Context, claim lora.JobClaim) (job lora.Job, found bool, err error) {
	err = s.briefly(ctx, "claim a job", func(ctx context.Context, q querier) error {
		now := s.momentNow()
		engines, err := q.freeEngines(ctx, claim.Slots, now)
		if err != nil || len(engines) == 0 {
			return err
		}
		var id, engine string
		var account int64
		at := now.UnixMicro()
		found, err = q.one(ctx, claimNext(q.pool.dialect), []any{
			at, q.pool.dialect.list(engines), at, at,
			clean(claim.Worker), s.life, now.Add(claim.Lease).UnixMicro(), at,
		}, func(r *record) error {
			id, engine, account = r.text(), r.text(), r.integer()
			return nil
		})
		if err != nil || !found {
			return err
		}
		_, err = q.exec(ctx, "INSERT INTO job_turn (engine, account, served) VALUES (?, ?, ?) ON CONFLICT (engine, account) DO UPDATE SET served = excluded.served", engine, account, at)
		if err == nil {
			job, err = q.job(ctx, id)
		}
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
