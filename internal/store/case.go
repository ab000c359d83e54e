package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// fewJobs is up to how many generations of a window are looked at to find the slowest.
// Of more, so many of all are in the window that looking through the slowest of all is
// faster.
const fewJobs = 5000

// FailedJobs returns the ids of failed generations accepted within a window that are not
// in the trash, newest first. An empty class or engine takes all.
func (s *Store) FailedJobs(ctx context.Context, window lora.Window, class lora.EngineErrorClass, engine string, limit int) ([]string, error) {
	f := casesIn(window)
	f.addKeys(window)
	f.add("j.status = 'failed'")
	if class != "" {
		f.add("j.error_class = ?", string(class))
	}
	if engine != "" {
		f.add("j.engine = ?", clean(engine))
	}
	q := querier{pool: s.reader, composed: true}
	ids, err := q.strings(ctx, "SELECT j.id FROM job j"+f.where()+" ORDER BY j.key DESC LIMIT ?", append(f.args, int64(limit))...)
	return ids, s.failed("look for failed jobs", err)
}

// SlowJobs returns the ids of the generations accepted within a window that succeeded,
// are not in the trash, and ran longest, the longest first.
func (s *Store) SlowJobs(ctx context.Context, window lora.Window, limit int) ([]string, error) {
	q := querier{pool: s.reader, composed: true}
	n, err := q.number(ctx, q.inStretches(sums("jobs"), "slot_rollup"), stretchText(inWindow(window)))
	if err != nil {
		return nil, s.failed("count jobs", err)
	}
	f := casesIn(window)
	f.add("j.status = 'succeeded'")
	run := "(j.finished_at - j.started_at)"
	if n <= fewJobs {
		f.addKeys(window)
		run += " + 0" // not by the index over all
	}
	ids, err := q.strings(ctx, "SELECT j.id FROM job j"+f.where()+" ORDER BY "+run+" DESC, j.key DESC LIMIT ?", append(f.args, int64(limit))...)
	return ids, s.failed("look for slow jobs", err)
}

// casesIn narrows to the generations of the history that were accepted within a window.
func casesIn(window lora.Window) filter {
	start, end := quarters(window)
	f := filter{}
	f.add("j.kind = 'generation'")
	f.add("j.trashed_at IS NULL")
	f.add("j.created_at >= ? AND j.created_at < ?", start.UnixMicro(), end.UnixMicro())
	return f
}

// addKeys lets the database look at the keys of a window only. They rise with the time of
// acceptance, though not to the microsecond.
func (f *filter) addKeys(window lora.Window) {
	start, end := quarters(window)
	f.add("j.key >= ? AND j.key < ?", firstKey(start), firstKey(end.Add(time.Second)))
}

// LatestJobs returns the generations and deliveries accepted last that are not in the
// trash, newest first, 1,000 at most.
func (s *Store) LatestJobs(ctx context.Context, limit int) ([]lora.Job, error) {
	jobs, err := querier{pool: s.reader}.jobs(ctx, "WHERE j.trashed_at IS NULL ORDER BY j.key DESC LIMIT ?", int64(min(max(limit, 1), maxQueued)))
	return jobs, s.failed("list the latest jobs", err)
}

// OldestWaiting is when the pending job that waits longest was accepted, or put into the
// queue again by its user; zero when none is pending.
func (s *Store) OldestWaiting(ctx context.Context) (oldest time.Time, err error) {
	_, err = querier{pool: s.reader}.one(ctx, "SELECT MIN(COALESCE(queued_at, created_at)) FROM job WHERE status = 'pending' AND "+waitingJobs, nil, func(r *record) error {
		oldest = r.moment()
		return nil
	})
	return oldest, s.failed("look for the oldest waiting job", err)
}
