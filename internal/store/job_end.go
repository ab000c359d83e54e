package store

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// EndJob ends the attempt of a running job, in one transaction with all that follows:
// its pictures become the job's, its adapters count one more use when a generation
// succeeded, the history finds it, and the job that follows it is accepted. A job marked
// as cancelling ends as cancelled, whatever the ending says. Conflict, and nothing is
// changed, when another worker has taken over or the attempt is over; so no job ends
// twice.
func (s *Store) EndJob(ctx context.Context, id string, token int64, ending lora.Ending) (job lora.Job, err error) {
	if !ending.Status.Final() && ending.Status != lora.JobRetrying && ending.Status != lora.JobPending {
		return lora.Job{}, lora.Errorf(lora.Internal, "A job cannot end as %q.", ending.Status)
	}
	err = s.durably(ctx, "end a job", func(ctx context.Context, q querier) error {
		e := ender{querier: q, store: s, ending: ending}
		if err := e.begin(ctx, id, token); err != nil {
			return err
		}
		if err := e.hold(ctx); err != nil {
			return err
		}
		if err := e.end(ctx); err != nil {
			return err
		}
		if job, err = q.job(ctx, id); err != nil || !job.Status.Final() {
			return err
		}
		return e.finish(ctx, &job)
	})
	if err != nil {
		return lora.Job{}, err
	}
	return job, nil
}

// ender ends one attempt within a transaction.
type ender struct {
	querier
	store  *Store
	ending lora.Ending
	key    int64
	status lora.JobStatus
	uses   bool // a generation with adapters
}

// begin holds the row, if it is still the worker's, and settles the status.
func (e *ender) begin(ctx context.Context, id string, token int64) error {
	e.status = e.ending.Status
	found, err := e.one(ctx, `SELECT key, cancelling, kind = 'generation' AND EXISTS (SELECT 1 FROM job_body b WHERE b.job_key = job.key AND b.adapters <> '[]')
		FROM job WHERE `+fenced+e.pool.dialect.locked, []any{clean(id), token}, func(r *record) error {
		e.key = r.integer()
		if r.truth() {
			e.status = lora.JobCancelled
		}
		e.uses = r.truth()
		return nil
	})
	if err == nil && !found {
		err = e.lostLease(ctx, id)
	}
	return err
}

// hold keeps others from what a job that ends for good changes beside its own rows: the
// catalog first, then the history, as all do.
func (e *ender) hold(ctx context.Context) error {
	if !e.status.Final() {
		return nil
	}
	if e.status == lora.JobSucceeded && e.uses {
		if err := e.holdCatalog(ctx); err != nil {
			return err
		}
	}
	return e.holdHistory(ctx)
}

func (e *ender) end(ctx context.Context) error {
	if err := e.takeImages(ctx); err != nil {
		return err
	}
	if result := e.result(); result != nil {
		if _, err := e.exec(ctx, "UPDATE job_body SET result = ? WHERE job_key = ?", clean(string(result)), e.key); err != nil {
			return err
		}
	}
	switch e.status {
	case lora.JobRetrying:
		return e.waitAgain(ctx)
	case lora.JobPending:
		return e.giveBack(ctx)
	case lora.JobRunning, lora.JobSucceeded, lora.JobFailed, lora.JobCancelled:
	}
	progress := "progress"
	if e.status == lora.JobSucceeded {
		progress = "1"
	}
	_, err := e.exec(ctx, "UPDATE job SET status = ?, error_class = ?, error = ?, finished_at = ?, worker = '', lease_until = NULL, eta = NULL, progress = "+progress+", pixels = ? WHERE key = ?",
		string(e.status), string(e.ending.ErrorClass), clean(e.ending.Error), e.store.momentNow().UnixMicro(), e.pixels(), e.key)
	return err
}

// finish does what follows when a job has ended for good.
func (e *ender) finish(ctx context.Context, job *lora.Job) error {
	change := int64(0)
	if job.Status == lora.JobSucceeded {
		var err error
		if change, err = e.countUses(ctx, job); err == nil {
			err = e.follow(ctx)
		}
		if err != nil {
			return err
		}
	}
	return e.enterHistory(ctx, e.key, job, change)
}

// follow accepts the job that was ordered to come after this one.
func (e *ender) follow(ctx context.Context) error {
	then := e.ending.Then
	if then == nil {
		return nil
	}
	next := *then
	e.store.identify(&next)
	_, existed, err := e.addJob(ctx, &e.store.keys, next)
	if err != nil || existed {
		return err
	}
	return e.notifyJob(ctx, next.ID)
}

// giveBack lets a job wait as if it had not been claimed.
func (e *ender) giveBack(ctx context.Context) error {
	_, err := e.exec(ctx, `UPDATE job SET status = 'pending', attempt = attempt - 1,
		started_at = CASE WHEN attempt > 1 THEN started_at END, not_before = NULL, worker = '', lease_until = NULL,
		submitted = FALSE, handle = '', progress = 0, step = 0, steps = 0, eta = NULL, message = '' WHERE key = ?`, e.key)
	return err
}

// result is what is kept of the ending, nil to keep what is there.
func (e *ender) result() json.RawMessage {
	if e.ending.Result == nil && e.status == lora.JobCancelled {
		return json.RawMessage(`{"status":"cancelled"}`)
	}
	return e.ending.Result
}

func (e *ender) waitAgain(ctx context.Context) error {
	var due any
	if e.ending.RetryAt != nil {
		due = e.ending.RetryAt.UnixMicro()
	}
	_, err := e.exec(ctx, `UPDATE job SET status = 'retrying', not_before = ?, engine = COALESCE(NULLIF(?, ''), engine), error_class = ?, error = ?,
		worker = '', lease_until = NULL, submitted = FALSE, handle = '', eta = NULL WHERE key = ?`,
		due, clean(e.ending.Engine), string(e.ending.ErrorClass), clean(e.ending.Error), e.key)
	return err
}

// takeImages makes the pictures of the ending the job's, instead of those of an earlier
// attempt.
func (e *ender) takeImages(ctx context.Context) error {
	held, err := e.dropImages(ctx, e.key)
	if err != nil {
		return err
	}
	for i := range e.ending.Images {
		image := &e.ending.Images[i]
		size, loose, err := e.fasten(ctx, image)
		if err != nil {
			return err
		}
		if loose {
			held.n, held.bytes = held.n+1, held.bytes+size
		}
		var seed any
		if image.Seed != nil {
			seed = *image.Seed
		}
		_, err = e.exec(ctx, `INSERT INTO job_image (job_key, place, sha256, seed, infotext, size_bytes, shared)
			SELECT CAST(? AS BIGINT), CAST(? AS BIGINT), p.sha256, CAST(? AS BIGINT), CAST(? AS TEXT), p.size_bytes, FALSE FROM picture p WHERE p.sha256 = ?`,
			e.key, int64(image.Index), seed, clean(image.Infotext), image.SHA256)
		if err == nil {
			_, err = e.exec(ctx, `UPDATE job_image SET shared = TRUE WHERE sha256 = ? AND NOT shared
				AND 1 < (SELECT COUNT(*) FROM job_image o WHERE o.sha256 = job_image.sha256)`, image.SHA256)
		}
		if err != nil {
			return err
		}
	}
	return e.countPictures(ctx, held)
}

// fasten marks a kept picture as one that a job has, and tells its bytes and whether none
// had it before.
func (e *ender) fasten(ctx context.Context, image *lora.Image) (bytes int64, loose bool, err error) {
	found, err := e.one(ctx, "SELECT size_bytes, loose_since IS NOT NULL FROM picture WHERE sha256 = ? AND state = ?"+e.pool.dialect.locked,
		[]any{image.SHA256, pictureKept}, func(r *record) error {
			bytes, loose = r.integer(), r.truth()
			return nil
		})
	if err == nil && !found {
		err = lora.Errorf(lora.Unavailable, "Picture %d of the job is no longer kept. Run the job again.", image.Index)
	}
	if err == nil && loose {
		_, err = e.exec(ctx, "UPDATE picture SET loose_since = NULL WHERE sha256 = ?", image.SHA256)
	}
	return bytes, loose, err
}

// dropImages takes a job's pictures from it; those that nobody else has become loose and
// are told for countPictures.
func (q querier) dropImages(ctx context.Context, key int64) (held pictures, err error) {
	shas, err := q.strings(ctx, "SELECT DISTINCT sha256 FROM job_image WHERE job_key = ?", key)
	if err != nil || len(shas) == 0 {
		return held, err
	}
	if _, err := q.exec(ctx, "DELETE FROM job_image WHERE job_key = ?", key); err != nil {
		return held, err
	}
	return q.loosen(ctx, shas)
}

func (e *ender) pixels() int64 {
	most := 0
	for i := range e.ending.Images {
		most = max(most, e.ending.Images[i].Width*e.ending.Images[i].Height)
	}
	return int64(most)
}

// countUses adds a use to every adapter of a generation, as a change of the catalog; 0
// when there is none to count.
func (q querier) countUses(ctx context.Context, job *lora.Job) (change int64, err error) {
	ids := adapterIDs(job.Adapters)
	if job.Kind != lora.Generation || len(ids) == 0 {
		return 0, nil
	}
	change, err = q.nextChange(ctx)
	if err == nil {
		_, err = q.exec(ctx, "UPDATE adapter SET use_count = use_count + 1, last_used_at = ?, change = ? WHERE id IN ("+q.pool.dialect.texts+")",
			job.FinishedAt.UnixMicro(), change, q.pool.dialect.list(ids))
	}
	return change, err
}

// CancelJob ends a pending or retrying job as cancelled; a running one is marked, and
// its worker ends it. Conflict when it is final already.
func (s *Store) CancelJob(ctx context.Context, id string) (job lora.Job, err error) {
	err = s.durably(ctx, "cancel a job", func(ctx context.Context, q querier) error {
		key, status, err := q.hold(ctx, id)
		if err != nil {
			return err
		}
		switch {
		case status.Final():
			err = lora.Errorf(lora.Conflict, "Job cannot be cancelled in its current state")
		case status == lora.JobRunning:
			_, err = q.exec(ctx, "UPDATE job SET cancelling = TRUE WHERE key = ?", key)
			if err == nil {
				err = q.notifyJob(ctx, id)
			}
		default:
			job, err = q.cancelWaiting(ctx, id, key, s.momentNow().UnixMicro())
			return err
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

func (q querier) cancelWaiting(ctx context.Context, id string, key, now int64) (job lora.Job, err error) {
	if err := q.holdHistory(ctx); err != nil {
		return job, err
	}
	_, err = q.exec(ctx, "UPDATE job SET status = 'cancelled', finished_at = ?, not_before = NULL WHERE key = ?", now, key)
	if err == nil {
		_, err = q.exec(ctx, "UPDATE job_body SET result = ? WHERE job_key = ?", `{"status":"cancelled"}`, key)
	}
	if err == nil {
		job, err = q.job(ctx, id)
	}
	if err == nil {
		err = q.enterHistory(ctx, key, &job, 0) // of waiting jobs there are no pairs
	}
	return job, err
}

// hold reads where a job is in its life and keeps others from changing it meanwhile.
func (q querier) hold(ctx context.Context, id string) (key int64, status lora.JobStatus, err error) {
	found, err := q.one(ctx, "SELECT key, status FROM job WHERE id = ?"+q.pool.dialect.locked, []any{clean(id)}, func(r *record) error {
		key, status = r.integer(), lora.JobStatus(r.text())
		return nil
	})
	if err == nil && !found {
		err = noJob()
	}
	return key, status, err
}
