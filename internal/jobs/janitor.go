package jobs

import (
	"context"
	"time"
)

const (
	firstCleaning = time.Minute
	cleaningEvery = time.Hour
	// keepAbandoned is how long a picture may belong to no job: longer than any job runs.
	keepAbandoned = 24 * time.Hour
)

// clean throws away what nobody can ask for any more, until ctx is done.
func (j *Jobs) clean(ctx context.Context) {
	if j.Cleaner == nil {
		return
	}
	timer := time.NewTimer(firstCleaning)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		now := time.Now()
		j.cleaned(ctx, "results were taken out of the trash for good", j.Cleaner.PurgeTrashed, now.Add(-j.KeepTrash))
		j.cleaned(ctx, "pictures without a job were deleted", j.Cleaner.SweepPictures, now.Add(-keepAbandoned))
		timer.Reset(cleaningEvery)
	}
}

func (j *Jobs) cleaned(ctx context.Context, what string, sweep func(context.Context, time.Time) (int, error), before time.Time) {
	count, err := sweep(ctx, before)
	switch {
	case err != nil && ctx.Err() == nil:
		j.Logger.Warn("cleaning up failed; it is tried again in an hour", "error", err)
	case count > 0:
		j.Logger.Info(what, "count", count)
	}
}
