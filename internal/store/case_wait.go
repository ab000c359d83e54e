package store

import (
	"context"

	"loramanager/internal/lora"
)

// WaitedJobs returns the ids of the generations accepted within a window that succeeded,
// are not in the trash, and waited longest, the longest first. In a window with many
// generations the newest are looked at.
func (s *Store) WaitedJobs(ctx context.Context, window lora.Window, limit int) ([]string, error) {
	f := casesIn(window)
	f.addKeys(window)
	f.add("j.status = 'succeeded' AND j.started_at IS NOT NULL")
	q := querier{pool: s.reader, composed: true}
	ids, err := q.strings(ctx, "SELECT w.id FROM (SELECT j.id, j.key, j.started_at - COALESCE(j.queued_at, j.created_at) AS wait FROM job j"+f.where()+
		" ORDER BY j.key DESC LIMIT ?) w ORDER BY w.wait DESC, w.key DESC LIMIT ?", append(f.args, int64(fewJobs), int64(limit))...)
	return ids, s.failed("look for jobs that waited", err)
}

// AdapterJobs returns the ids of the generations accepted within a window with an adapter
// that ended in a status and are not in the trash, newest first.
func (s *Store) AdapterJobs(ctx context.Context, window lora.Window, adapterID string, status lora.JobStatus, limit int) ([]string, error) {
	f := casesIn(window)
	f.addKeys(window)
	f.add("j.status = ?", string(status))
	f.add("x.facet_id = (SELECT id FROM facet WHERE kind = 'adapter' AND value = ?)", clean(adapterID))
	q := querier{pool: s.reader, composed: true}
	ids, err := q.strings(ctx, "SELECT j.id FROM job_facet x JOIN job j ON j.key = x.job_key"+f.where()+" ORDER BY x.job_key DESC LIMIT ?", append(f.args, int64(limit))...)
	return ids, s.failed("look for jobs with an adapter", err)
}
