package store

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// The conditions of the partial indexes, word for word.
const (
	openJobs    = "status IN ('pending', 'running', 'retrying')"
	waitingJobs = "status IN ('pending', 'retrying')"
)

// unrated is how a job without a rating is kept, so that it comes last by rating.
const unrated = -1

const selectJob = `SELECT j.key, j.id, j.kind, j.mode, j.engine, j.routed, j.status, j.priority, j.position, j.attempt, j.max_attempts, j.not_before,
	j.composition_id, j.parent_id, j.owner, j.idempotency_key, j.error_class, j.error, j.worker, j.lease_until, j.token, j.submitted, j.handle,
	j.cancelling, j.progress, j.step, j.steps, j.eta, j.message, j.rating, j.rated_at, j.favorite, j.favorited_at, j.trashed_at, j.created_at,
	j.started_at, j.finished_at, b.prompt, b.params, b.adapters, b.tags, b.result, j.trace, j.queued_at, j.account FROM job j JOIN job_body b ON b.job_key = j.key `

// readJob reads a row of selectJob; its images are read apart.
func readJob(r *record) (key int64, job lora.Job) {
	key = r.integer()
	job = lora.Job{
		ID: r.text(), Kind: lora.JobKind(r.text()), Mode: r.text(), Engine: r.text(), Routed: r.truth(), Status: lora.JobStatus(r.text()),
		Priority: int(r.integer()), Position: r.real(), Attempt: int(r.integer()), MaxAttempts: int(r.integer()), NotBefore: r.momentOrNil(),
		CompositionID: r.text(), ParentID: r.text(), Owner: r.text(), IdempotencyKey: r.text(),
		ErrorClass: lora.EngineErrorClass(r.text()), Error: r.text(),
		Worker: r.text(), LeaseUntil: r.momentOrNil(), Token: r.integer(), Submitted: r.truth(), Handle: r.text(), Cancelling: r.truth(),
		Progress: r.real(), Step: int(r.integer()), Steps: int(r.integer()), ETA: r.realOrNil(), Message: r.text(),
	}
	if rating := int(r.integer()); rating != unrated {
		job.Rating = &rating
	}
	job.RatedAt, job.Favorite, job.FavoritedAt, job.TrashedAt = r.momentOrNil(), r.truth(), r.momentOrNil(), r.momentOrNil()
	job.CreatedAt, job.StartedAt, job.FinishedAt = r.moment(), r.momentOrNil(), r.momentOrNil()
	job.Prompt, job.Params = r.text(), json.RawMessage(r.text())
	r.decode(&job.Adapters)
	job.Tags = r.list()
	if !r.null() {
		job.Result = json.RawMessage(r.text())
	}
	job.Trace, job.QueuedAt, job.Account = r.text(), r.momentOrNil(), r.integer()
	job.Images = []lora.Image{}
	return key, job
}

// realOrNil reads a number, nil for NULL.
func (r *record) realOrNil() *float64 {
	if r.null() {
		return nil
	}
	v := r.real()
	return &v
}

// Job returns a job with its images and adapters; NotFound for an unknown id.
func (s *Store) Job(ctx context.Context, id string) (lora.Job, error) {
	job, err := querier{pool: s.reader}.job(ctx, id)
	return job, s.failed("read a job", err)
}

func (q querier) job(ctx context.Context, id string) (lora.Job, error) {
	jobs, err := q.jobs(ctx, "WHERE j.id = ?", clean(id))
	if err == nil && len(jobs) == 0 {
		err = noJob()
	}
	if err != nil {
		return lora.Job{}, err
	}
	return jobs[0], nil
}

func noJob() error { return lora.Errorf(lora.NotFound, "There is no such job.") }

// jobs reads jobs with their images. The condition names the tables j and b.
func (q querier) jobs(ctx context.Context, condition string, args ...any) ([]lora.Job, error) {
	jobs := []lora.Job{}
	keys := []int64{}
	err := q.each(ctx, selectJob+condition, args, func(r *record) error {
		key, job := readJob(r)
		keys, jobs = append(keys, key), append(jobs, job)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return jobs, q.addImages(ctx, keys, jobs)
}

// jobsByKey reads jobs in the order of their keys.
func (q querier) jobsByKey(ctx context.Context, keys []int64) ([]lora.Job, error) {
	place := make(map[int64]int, len(keys))
	for i, key := range keys {
		place[key] = i
	}
	jobs := make([]lora.Job, len(keys))
	err := q.each(ctx, selectJob+"WHERE j.key IN ("+q.pool.dialect.keys+")", []any{q.pool.dialect.list(keys)}, func(r *record) error {
		key, job := readJob(r)
		jobs[place[key]] = job
		return nil
	})
	if err == nil {
		err = q.addImages(ctx, keys, jobs)
	}
	if err != nil {
		return nil, err
	}
	there := jobs[:0]
	for _, job := range jobs {
		if job.ID != "" { // it may have been deleted since
			there = append(there, job)
		}
	}
	return there, nil
}

func (q querier) addImages(ctx context.Context, keys []int64, jobs []lora.Job) error {
	if len(keys) == 0 {
		return nil
	}
	place := make(map[int64]int, len(keys))
	for i, key := range keys {
		place[key] = i
	}
	return q.each(ctx, `SELECT i.job_key, i.place, i.sha256, p.type, p.width, p.height, p.size_bytes, i.seed, i.infotext
		FROM job_image i JOIN picture p ON p.sha256 = i.sha256 WHERE i.job_key IN (`+q.pool.dialect.keys+`) ORDER BY i.job_key, i.place`,
		[]any{q.pool.dialect.list(keys)}, func(r *record) error {
			job := &jobs[place[r.integer()]]
			image := lora.Image{
				Index: int(r.integer()), SHA256: r.text(), Type: r.text(), Width: int(r.integer()), Height: int(r.integer()), SizeBytes: int(r.integer()),
			}
			if !r.null() {
				seed := r.integer()
				image.Seed = &seed
			}
			image.Infotext = r.text()
			job.Images = append(job.Images, image)
			return nil
		})
}

// momentNow is the time that a row is given: databases keep microseconds.
func (s *Store) momentNow() time.Time { return s.now().UTC().Truncate(time.Microsecond) }
