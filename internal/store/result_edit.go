package store

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// endedJob is what an edit of a result needs to know of it.
type endedJob struct {
	key       int64
	status    lora.JobStatus
	trashedAt *time.Time
	rating    int
	favorite  bool
	tags      []string
}

func (e *endedJob) kept() bool { return isKept(e.status, e.rating, e.favorite, e.trashedAt) }

func (e *endedJob) counted() int64 { return counted(e.status, e.trashedAt) }

// editResults runs f for every one of the jobs that has ended, in one transaction, and
// counts those that f changed; f changes what it is given, too. Other ids are skipped.
func (s *Store) editResults(ctx context.Context, what string, ids []string, f func(ctx context.Context, q querier, job *endedJob) (bool, error)) (changed int, err error) {
	var edited, kept, dropped []int64
	err = s.briefly(ctx, what, func(ctx context.Context, q querier) error {
		jobs, err := q.endedJobs(ctx, ids)
		if err != nil {
			return err
		}
		for i := range jobs {
			job := &jobs[i]
			before := job.kept()
			different, err := f(ctx, q, job)
			if err != nil {
				return err
			}
			if different {
				edited = append(edited, job.key)
			}
			switch after := job.kept(); {
			case after && !before:
				kept = append(kept, job.key)
			case before && !after:
				dropped = append(dropped, job.key)
			}
		}
		if err := q.countKept(ctx, kept, dropped); err != nil {
			return err
		}
		return q.reindex(ctx, edited)
	})
	if err != nil {
		return 0, err
	}
	return len(edited), nil
}

// endedJobs holds the rows of those jobs that have ended.
func (q querier) endedJobs(ctx context.Context, ids []string) ([]endedJob, error) {
	if err := q.holdCatalog(ctx); err != nil { // countKept may change it
		return nil, err
	}
	if err := q.holdHistory(ctx); err != nil {
		return nil, err
	}
	jobs := []endedJob{}
	locked := q.pool.dialect.locked
	if locked != "" {
		locked += " OF j"
	}
	err := q.each(ctx, `SELECT j.key, j.status, j.trashed_at, j.rating, j.favorite, b.tags FROM job j JOIN job_body b ON b.job_key = j.key
		WHERE j.status IN ('succeeded', 'failed', 'cancelled') AND j.id IN (`+q.pool.dialect.texts+") ORDER BY j.key"+locked,
		[]any{q.pool.dialect.list(texts(ids))}, func(r *record) error {
			jobs = append(jobs, endedJob{
				key: r.integer(), status: lora.JobStatus(r.text()), trashedAt: r.momentOrNil(), rating: int(r.integer()), favorite: r.truth(), tags: r.list(),
			})
			return nil
		})
	return jobs, err
}

// RateResults gives results a rating of 0 to 5, or with nil takes it away. Unknown ids
// are skipped; Invalid for another rating.
func (s *Store) RateResults(ctx context.Context, ids []string, rating *int) (changed int, err error) {
	value, err := ratingValue(rating)
	if err != nil {
		return 0, err
	}
	return s.editResults(ctx, "rate results", ids, func(ctx context.Context, q querier, job *endedJob) (bool, error) {
		if job.rating == value {
			return false, nil
		}
		job.rating = value
		_, err := q.exec(ctx, "UPDATE job SET rating = ?, rated_at = ? WHERE key = ?", int64(value), momentIf(rating != nil, s.momentNow()), job.key)
		if err == nil {
			err = q.replaceFacets(ctx, job.key, facetStars, ratingFacets(rating), job.counted())
		}
		return true, err
	})
}

// ratingValue is a rating as it is kept; Invalid outside 0 to 5.
func ratingValue(rating *int) (int, error) {
	if rating == nil {
		return unrated, nil
	}
	if *rating < 0 || *rating > 5 {
		return 0, lora.FieldErrorf(lora.Invalid, "rating", "Rating must be between 0 and 5")
	}
	return *rating, nil
}

// momentIf is a time for a column, NULL unless it is so.
func momentIf(so bool, t time.Time) any {
	if !so {
		return nil
	}
	return t.UnixMicro()
}

// FavoriteResults marks results as favourites or takes the mark away. Unknown ids are
// skipped.
func (s *Store) FavoriteResults(ctx context.Context, ids []string, favorite bool) (changed int, err error) {
	return s.editResults(ctx, "mark favourites", ids, func(ctx context.Context, q querier, job *endedJob) (bool, error) {
		if job.favorite == favorite {
			return false, nil
		}
		job.favorite = favorite
		_, err := q.exec(ctx, "UPDATE job SET favorite = ?, favorited_at = ? WHERE key = ?", favorite, momentIf(favorite, s.momentNow()), job.key)
		if err == nil {
			err = q.replaceFacets(ctx, job.key, facetFavorite, []facet{{facetFavorite, strconv.FormatBool(favorite)}}, job.counted())
		}
		return true, err
	})
}

// TagResults adds and removes tags of results; with replace the added ones are all they
// have then. Tags are the same in any case. Unknown ids are skipped; Invalid for more
// than 50 tags on a result or one of more than 100 bytes.
func (s *Store) TagResults(ctx context.Context, ids, add, remove []string, replace bool) (changed int, err error) {
	add, remove = trimmedTags(add), trimmedTags(remove)
	for _, tag := range add {
		if len(tag) > maxTagBytes {
			return 0, lora.FieldErrorf(lora.Invalid, "tags", "A tag can have %d bytes at most.", maxTagBytes)
		}
	}
	return s.editResults(ctx, "tag results", ids, func(ctx context.Context, q querier, job *endedJob) (bool, error) {
		tags := job.tags
		if replace {
			tags = nil
		}
		tags = trimmedTags(append(slices.Clone(tags), add...))
		tags = slices.DeleteFunc(tags, func(tag string) bool {
			return slices.ContainsFunc(remove, func(r string) bool { return strings.EqualFold(r, tag) })
		})
		if slices.Equal(tags, job.tags) {
			return false, nil
		}
		if len(tags) > maxTags {
			return false, lora.FieldErrorf(lora.Invalid, "tags", "A result can have %d tags at most.", maxTags)
		}
		_, err := q.exec(ctx, "UPDATE job_body SET tags = ? WHERE job_key = ?", listText(tags), job.key)
		if err == nil {
			err = q.replaceFacets(ctx, job.key, facetTag, tagFacets(tags), job.counted())
		}
		return true, err
	})
}

// TrashResults takes jobs that have ended out of the history into the trash. Unknown
// ids, and jobs that have not ended or are there already, are skipped.
func (s *Store) TrashResults(ctx context.Context, ids []string) (changed int, err error) {
	return s.setResultsTrashed(ctx, ids, true)
}

// RestoreResults takes results out of the trash.
func (s *Store) RestoreResults(ctx context.Context, ids []string) (changed int, err error) {
	return s.setResultsTrashed(ctx, ids, false)
}

func (s *Store) setResultsTrashed(ctx context.Context, ids []string, trashed bool) (changed int, err error) {
	sign := int64(1)
	if trashed {
		sign = -1
	}
	err = s.briefly(ctx, "move results to or from the trash", func(ctx context.Context, q querier) error {
		jobs, err := q.endedJobs(ctx, ids)
		if err != nil {
			return err
		}
		var moved, counted, kept []int64
		for i := range jobs {
			if job := &jobs[i]; (job.trashedAt != nil) != trashed {
				moved = append(moved, job.key)
				if job.status == lora.JobSucceeded {
					counted = append(counted, job.key)
				}
				if isKept(job.status, job.rating, job.favorite, nil) {
					kept = append(kept, job.key)
				}
			}
		}
		changed, err = q.exec(ctx, "UPDATE job SET trashed_at = ? WHERE key IN ("+q.pool.dialect.keys+")", momentIf(trashed, s.momentNow()), q.pool.dialect.list(moved))
		if err == nil {
			err = q.countFacets(ctx, counted, sign)
		}
		if err == nil && trashed {
			err = q.countKept(ctx, nil, kept)
		} else if err == nil {
			err = q.countKept(ctx, kept, nil)
		}
		if err != nil {
			return err
		}
		return q.reindex(ctx, moved)
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}
