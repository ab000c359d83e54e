package store

import (
	"context"
	"math"

	"loramanager/internal/lora"
)

// fenced is the condition under which a worker may still write to a job.
const fenced = "id = ? AND token = ? AND status = 'running'"

// BeatJob extends the lease of a running job and keeps its progress, which never falls
// within an attempt. cancel says that the user wants it to end. Conflict when another
// worker has taken over or the attempt is over.
func (s *Store) BeatJob(ctx context.Context, id string, token int64, beat lora.Beat) (cancel bool, err error) {
	progress := 0.0 // of what is no number, too
	if beat.Progress > 0 {
		progress = min(beat.Progress, 1)
	}
	err = s.briefly(ctx, "extend a lease", func(ctx context.Context, q querier) error {
		found, err := q.one(ctx, `UPDATE job SET lease_until = ?, life = ?, progress = CASE WHEN CAST(? AS DOUBLE PRECISION) > progress THEN ? ELSE progress END,
			step = ?, steps = ?, eta = ?, message = ? WHERE `+fenced+" RETURNING cancelling",
			[]any{
				s.momentNow().Add(beat.Lease).UnixMicro(), s.life, progress, progress,
				int64(beat.Step), int64(beat.Steps), realOrNull(beat.ETA), clean(beat.Message), clean(id), token,
			}, func(r *record) error {
				cancel = r.truth()
				return nil
			})
		if err == nil && !found {
			err = q.lostLease(ctx, id)
		}
		return err
	})
	return cancel, err
}

// realOrNull is NULL for what JSON cannot hold, too.
func realOrNull(v *float64) any {
	if v == nil || math.IsNaN(*v) || math.IsInf(*v, 0) {
		return nil
	}
	return *v
}

// SubmitJob remembers, before it happens, that the engine is asked, and the handle by
// which it can be asked again. Nothing takes that back, so a job whose engine may have
// begun is never mistaken for one that has not. Conflict as for BeatJob.
func (s *Store) SubmitJob(ctx context.Context, id string, token int64, handle string) error {
	return s.durably(ctx, "note that an engine is asked", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE job SET submitted = TRUE, handle = ? WHERE "+fenced, clean(handle), clean(id), token)
		if err == nil && n == 0 {
			err = q.lostLease(ctx, id)
		}
		return err
	})
}

// lostLease says why a worker may not write to a job.
func (q querier) lostLease(ctx context.Context, id string) error {
	n, err := q.number(ctx, "SELECT COUNT(*) FROM job WHERE id = ?", clean(id))
	switch {
	case err != nil:
		return err
	case n == 0:
		return noJob()
	}
	return lora.Errorf(lora.Conflict, "Another worker has taken over this job, or it has ended.")
}
