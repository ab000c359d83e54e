package store

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// insertJob puts a job behind all others of its priority that have not ended, so that
// one that is tried again keeps its place before those that came later.
const insertJob = `INSERT INTO job (key, id, kind, mode, engine, routed, status, priority, position, attempt, max_attempts, not_before,
	composition_id, parent_id, owner, idempotency_key, created_at, trace, account)
	VALUES (?, ?, ?, ?, ?, ?, 'pending', ?, (SELECT COALESCE(MAX(position), 0) + 1 FROM job WHERE priority = ? AND ` + openJobs + `), 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO NOTHING RETURNING position`

// AddJob commits a pending job: a crash or a power cut does not take it back. An id and
// a time are made where the job has none. When a job of the same owner has the same
// idempotency key, that one is returned with existed true and nothing is added.
// RateLimited when its account may not have more jobs that have not ended.
func (s *Store) AddJob(ctx context.Context, job lora.Job) (kept lora.Job, existed bool, err error) {
	s.identify(&job)
	err = s.durably(ctx, "add a job", func(ctx context.Context, q querier) error {
		kept, existed, err = q.addJob(ctx, &s.keys, job)
		if err != nil || existed {
			return err
		}
		if err := q.checkQuota(ctx, job.Account); err != nil {
			return err
		}
		return q.notifyJob(ctx, job.ID)
	})
	if err != nil {
		return lora.Job{}, false, err
	}
	return kept, existed, nil
}

// identify gives a job the id and the time it lacks.
func (s *Store) identify(job *lora.Job) {
	if job.ID == "" {
		job.ID = uuid.NewString()
	}
	if job.CreatedAt.IsZero() {
		job.CreatedAt = s.momentNow()
	}
}

func (q querier) addJob(ctx context.Context, keys *jobKeys, job lora.Job) (lora.Job, bool, error) {
	for range 8 { // another replica may have used the same key within the same millisecond
		key, added, err := q.insertJob(ctx, keys.next(job.CreatedAt), &job)
		if err != nil {
			return job, false, err
		}
		if added {
			job = asAdded(job)
			return job, false, q.insertBody(ctx, key, &job)
		}
		if there, found, err := q.existingJob(ctx, job); found || err != nil {
			return there, found, err
		}
	}
	return job, false, lora.Errorf(lora.Unavailable, "Too many jobs are queued at once. Try again in a moment.")
}

func (q querier) insertJob(ctx context.Context, key int64, job *lora.Job) (int64, bool, error) {
	var notBefore any
	if job.NotBefore != nil {
		notBefore = job.NotBefore.UnixMicro()
	}
	added, err := q.one(ctx, insertJob, []any{
		key, clean(job.ID), string(job.Kind), clean(job.Mode), clean(job.Engine), job.Routed, int64(job.Priority), int64(job.Priority),
		int64(job.MaxAttempts), notBefore, clean(job.CompositionID), clean(job.ParentID), clean(job.Owner), clean(job.IdempotencyKey), job.CreatedAt.UnixMicro(), clean(job.Trace), job.Account,
	}, func(r *record) error {
		job.Position = r.real()
		return nil
	})
	return key, added, err
}

func (q querier) insertBody(ctx context.Context, key int64, job *lora.Job) error {
	uses, err := usesText(job.Adapters)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, "INSERT INTO job_body (job_key, prompt, params, adapters, tags) VALUES (?, ?, ?, ?, ?)",
		key, clean(job.Prompt), clean(string(job.Params)), uses, listText(job.Tags))
	if err != nil {
		return err
	}
	return q.addInputs(ctx, key, job.Params)
}

// existingJob finds the job that was there first by its idempotency key.
func (q querier) existingJob(ctx context.Context, job lora.Job) (lora.Job, bool, error) {
	if job.IdempotencyKey != "" {
		jobs, err := q.jobs(ctx, "WHERE j.owner = ? AND j.idempotency_key = ? AND j.idempotency_key <> ''", clean(job.Owner), clean(job.IdempotencyKey))
		if err != nil {
			return job, false, err
		}
		if len(jobs) > 0 {
			return jobs[0], true, nil
		}
	}
	n, err := q.number(ctx, "SELECT COUNT(*) FROM job WHERE id = ?", clean(job.ID))
	if err == nil && n > 0 {
		err = lora.FieldErrorf(lora.Conflict, "id", "There is a job with this id already.")
	}
	return job, false, err
}

// asAdded is a job as it is read back after it was added.
func asAdded(job lora.Job) lora.Job {
	job.Status, job.Attempt, job.Token, job.Progress = lora.JobPending, 0, 0, 0
	if len(job.Params) == 0 {
		job.Params = json.RawMessage("{}")
	}
	if job.Adapters == nil {
		job.Adapters = []lora.Use{}
	}
	job.Tags = trimmedTags(job.Tags)
	job.Images = []lora.Image{}
	return job
}

// usesText writes the adapters of a job as JSON; Invalid for weights JSON cannot hold.
func usesText(uses []lora.Use) (string, error) {
	if len(uses) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(uses)
	if err != nil {
		return "", lora.FieldErrorf(lora.Invalid, "adapters", "The weights of the adapters must be numbers.")
	}
	return clean(string(b)), nil
}

// addInputs notes the pictures a generation starts from, so that they are kept.
func (q querier) addInputs(ctx context.Context, key int64, params json.RawMessage) error {
	p := generationParams(params)
	inputs := []string{p.InitImage, p.MaskImage}
	for _, unit := range p.Controls {
		inputs = append(inputs, unit.Image)
	}
	slices.Sort(inputs)
	for _, sha256 := range slices.Compact(inputs) {
		if sha256 == "" {
			continue
		}
		if _, err := q.exec(ctx, "INSERT INTO job_input (job_key, sha256) VALUES (?, ?)", key, clean(sha256)); err != nil {
			return err
		}
	}
	return nil
}

// generationParams finds the parameters of a generation in those of a job, empty for
// deliveries.
func generationParams(params json.RawMessage) lora.GenerationParams {
	var p struct {
		Generation lora.GenerationParams `json:"generation_params"`
	}
	if err := json.Unmarshal(params, &p); err != nil {
		return lora.GenerationParams{} // not a generation's
	}
	return p.Generation
}

// notifyJob tells other processes of a job once the transaction is committed.
func (q querier) notifyJob(ctx context.Context, id string) error {
	if q.pool.dialect.notify == "" {
		return nil
	}
	_, err := q.exec(ctx, q.pool.dialect.notify, "store "+id)
	return err
}
