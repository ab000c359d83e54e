package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// jobs hands out generations that have ended, oldest first, with their images.
func (x *exporter) jobs(ctx context.Context) error {
	narrow := exportedJobs(&x.scope)
	for after := int64(0); ; {
		f := narrow.clone()
		f.add("j.key > ?", after)
		keys, err := x.composed().integers(ctx, "SELECT j.key FROM job j"+f.where()+" ORDER BY j.key LIMIT ?", append(f.args, int64(exportPart))...)
		if err != nil || len(keys) == 0 {
			return err
		}
		after = keys[len(keys)-1]
		if err := x.handJobs(ctx, keys); err != nil {
			return err
		}
	}
}

// composed is for queries whose text depends on what was asked.
func (x *exporter) composed() querier {
	q := x.querier
	q.composed = true
	return q
}

func (x *exporter) handJobs(ctx context.Context, keys []int64) error {
	jobs, err := x.jobsByKey(ctx, keys)
	if err != nil {
		return err
	}
	inputs, err := x.inputs(ctx, keys)
	if err != nil {
		return err
	}
	for i := range jobs { // those of one transaction are all there
		if err := x.hand(lora.ArchiveRecord{Job: &jobs[i], Inputs: inputs[keys[i]]}); err != nil {
			return err
		}
	}
	return nil
}

// inputs are the pictures that jobs started from and that are still kept.
func (x *exporter) inputs(ctx context.Context, keys []int64) (map[int64][]lora.Image, error) {
	inputs := make(map[int64][]lora.Image)
	err := x.each(ctx, `SELECT i.job_key, p.sha256, p.type, p.width, p.height, p.size_bytes FROM job_input i JOIN picture p ON p.sha256 = i.sha256
		WHERE p.state = 'kept' AND i.job_key IN (`+x.pool.dialect.keys+") ORDER BY i.job_key, i.sha256", []any{x.pool.dialect.list(keys)}, func(r *record) error {
		key := r.integer()
		inputs[key] = append(inputs[key], readPicture(r))
		return nil
	})
	return inputs, err
}

// exportedJobs narrows a scope's jobs to those accepted within its times.
func exportedJobs(scope *lora.ExportScope) filter {
	f := filter{}
	f.add("j.kind = 'generation'")
	f.add("j.status IN ('succeeded', 'failed', 'cancelled')")
	f.add("j.trashed_at IS NULL")
	if !scope.From.IsZero() {
		f.add("j.key >= ? AND j.created_at >= ?", firstKey(scope.From.Truncate(time.Second)), scope.From.UnixMicro())
	}
	if !scope.Until.IsZero() {
		f.add("j.key < ? AND j.created_at < ?", firstKey(scope.Until.Add(time.Second)), scope.Until.UnixMicro())
	}
	return f
}
