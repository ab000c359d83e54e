package store

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"slices"

	"loramanager/internal/lora"
)

// importedJob is a step with a job that has ended, and the key it gets.
type importedJob struct {
	job      lora.Job
	pictures []lora.Image // that the import brings
	key      int64
}

const insertEnded = `INSERT INTO job (key, id, kind, mode, engine, routed, status, priority, position, attempt, max_attempts, composition_id, parent_id,
	owner, idempotency_key, error_class, error, progress, step, steps, message, rating, rated_at, favorite, favorited_at, pixels, created_at, started_at,
	finished_at, trace, queued_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`

// takeJob looks through a job and lets it wait for its batch.
func (i *importer) takeJob(ctx context.Context, step *lora.ImportStep) error {
	one := importedJob{job: *step.Record.Job, pictures: step.Pictures}
	bytes, err := checkArchivedJob(&one.job)
	if err != nil {
		return err
	}
	for n := range one.pictures {
		if wrong := wrongPicture(&one.pictures[n]); wrong != "" {
			return lora.Errorf(lora.Invalid, "The job %s of the import %s. Nothing was imported.", shownText(one.job.ID), wrong)
		}
	}
	i.jobs = append(i.jobs, one)
	if i.held += bytesHeld(bytes); !i.full(len(i.jobs)) {
		return nil
	}
	return i.writeJobs(ctx)
}

// writeJobs writes the batch that waits: the jobs themselves, their pictures, and what
// they are found and counted by. Jobs that are here already are left out.
func (i *importer) writeJobs(ctx context.Context) error {
	if len(i.jobs) == 0 {
		return nil
	}
	if !i.historyHeld {
		if err := i.holdHistory(ctx); err != nil {
			return err
		}
		i.historyHeld = true
	}
	list, err := i.newJobs(ctx)
	if err != nil {
		return err
	}
	for n := range list {
		i.translate(&list[n].job)
	}
	if err := i.keepPictures(ctx, list); err != nil {
		return err
	}
	for n := range list {
		if err := i.insertEnded(ctx, &list[n]); err != nil {
			return err
		}
	}
	if err := i.insertImages(ctx, list); err != nil {
		return err
	}
	if err := i.enterImported(ctx, list); err != nil {
		return err
	}
	clear(i.jobs)
	i.jobs, i.held = i.jobs[:0], 0
	return nil
}

// newJobs are those of the batch that are not here, each once.
func (i *importer) newJobs(ctx context.Context) ([]importedJob, error) {
	ids := make([]string, len(i.jobs))
	for n := range i.jobs {
		ids[n] = clean(i.jobs[n].job.ID)
	}
	there, err := i.strings(ctx, "SELECT id FROM job WHERE id IN ("+i.pool.dialect.texts+")", i.pool.dialect.list(ids))
	if err != nil {
		return nil, err
	}
	known := make(map[string]bool, len(there)+len(ids))
	for _, id := range there {
		known[id] = true
	}
	return slices.DeleteFunc(slices.Clone(i.jobs), func(one importedJob) bool {
		id := clean(one.job.ID)
		was := known[id]
		known[id] = true
		return was
	}), nil
}

// translate puts the ids of the catalog in the place of those of the import. What a job
// was asked with names adapters too; an id is the whole of a JSON text, or none.
func (i *importer) translate(job *lora.Job) {
	job.Adapters = slices.Clone(job.Adapters)
	for n := range job.Adapters {
		there := job.Adapters[n].AdapterID
		here := i.ids[there]
		if here == "" {
			continue
		}
		job.Adapters[n].AdapterID = here
		job.Params = bytes.ReplaceAll(job.Params, []byte(`"`+there+`"`), []byte(`"`+here+`"`))
	}
	if here := i.compositions[job.CompositionID]; here != "" {
		job.CompositionID = here
	}
	job.TrashedAt = nil
	if len(job.Params) == 0 {
		job.Params = json.RawMessage("{}")
	}
	job.Tags = trimmedTags(job.Tags)
}

// insertEnded inserts a job and its body.
func (i *importer) insertEnded(ctx context.Context, one *importedJob) error {
	uses, err := usesText(one.job.Adapters)
	if err != nil {
		return lora.FieldErrorf(lora.Invalid, "adapters", "The job %s of the import has a weight that is no number. Nothing was imported.", shownText(one.job.ID))
	}
	if err := i.insertRow(ctx, one); err != nil {
		return err
	}
	var result any
	if len(one.job.Result) > 0 {
		result = clean(string(one.job.Result))
	}
	_, err = i.exec(ctx, "INSERT INTO job_body (job_key, prompt, params, adapters, tags, result) VALUES (?, ?, ?, ?, ?, ?)",
		one.key, clean(one.job.Prompt), clean(string(one.job.Params)), uses, listText(one.job.Tags), result)
	if err == nil {
		err = i.addInputs(ctx, one.key, one.job.Params)
	}
	i.counts.Jobs++
	return err
}

// insertRow inserts the row of a job under a key of the time it was accepted. An
// idempotency key that another job has by now is not taken over.
func (i *importer) insertRow(ctx context.Context, one *importedJob) error {
	job := &one.job
	first := firstKey(job.CreatedAt)
	for range 3 {
		if i.lastJobKey < first || i.lastJobKey >= first+1<<(2*keyBits) {
			i.lastJobKey = first
		}
		i.lastJobKey++
		one.key = i.lastJobKey
		added, err := i.exec(ctx, insertEnded, one.key, clean(job.ID), string(job.Kind), clean(job.Mode), clean(job.Engine), job.Routed, string(job.Status),
			int64(job.Priority), finite(job.Position), int64(job.Attempt), int64(job.MaxAttempts), clean(job.CompositionID), clean(job.ParentID),
			clean(job.Owner), clean(job.IdempotencyKey), clean(string(job.ErrorClass)), clean(job.Error), min(max(finite(job.Progress), 0), 1),
			int64(job.Step), int64(job.Steps), clean(job.Message), ratingOf(job), microsOrNil(job.RatedAt), job.Favorite, microsOrNil(job.FavoritedAt),
			mostPixels(job.Images), job.CreatedAt.UnixMicro(), microsOrNil(job.StartedAt), microsOrNil(job.FinishedAt), clean(job.Trace), microsOrNil(job.QueuedAt))
		if err != nil || added > 0 {
			return err
		}
		i.lastJobKey, err = i.number(ctx, "SELECT COALESCE(MAX(key), 0) FROM job WHERE key >= ? AND key < ?", first, first+1<<(2*keyBits))
		if err != nil {
			return err
		}
		taken, err := i.number(ctx, "SELECT COUNT(*) FROM job WHERE owner = ? AND idempotency_key = ? AND idempotency_key <> ''", clean(job.Owner), clean(job.IdempotencyKey))
		if err != nil {
			return err
		}
		if taken > 0 {
			job.IdempotencyKey = ""
		}
	}
	return lora.Errorf(lora.Conflict, "Jobs were added while the import ran. Try again.")
}

func finite(v float64) float64 {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return 0
	}
	return v
}

func ratingOf(job *lora.Job) int64 {
	if job.Rating == nil {
		return unrated
	}
	return int64(*job.Rating)
}

func mostPixels(images []lora.Image) int64 {
	most := 0
	for n := range images {
		most = max(most, images[n].Width*images[n].Height)
	}
	return int64(most)
}
