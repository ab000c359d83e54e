package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// ownMark is what one account thinks of a result; nil is what the library says.
type ownMark struct {
	favorite    *bool
	favoritedAt *time.Time
	rating      *int // unrated when the account gave none
	ratedAt     *time.Time
}

// show lays the mark over what the library says.
func (m ownMark) show(job *lora.Job) {
	if m.favorite != nil {
		job.Favorite, job.FavoritedAt = *m.favorite, m.favoritedAt
	}
	if m.rating == nil {
		return
	}
	job.Rating, job.RatedAt = nil, m.ratedAt
	if *m.rating != unrated {
		job.Rating = m.rating
	}
}

// ShowResultMarks lays the favourites and ratings of an account over those of the
// library. Account 0 has none.
func (s *Store) ShowResultMarks(ctx context.Context, account int64, jobs []lora.Job) error {
	if account == 0 || len(jobs) == 0 {
		return nil
	}
	ids := make([]string, len(jobs))
	for i := range jobs {
		ids[i] = jobs[i].ID
	}
	marks := make(map[string]ownMark)
	err := querier{pool: s.reader}.ownMarks(ctx, account, ids, func(id string, _ int64, m ownMark) { marks[id] = m })
	if err != nil {
		return s.failed("read marks of results", err)
	}
	for i := range jobs {
		marks[jobs[i].ID].show(&jobs[i])
	}
	return nil
}

// ownMarks reads an account's marks of jobs.
func (q querier) ownMarks(ctx context.Context, account int64, ids []string, each func(id string, key int64, m ownMark)) error {
	return q.each(ctx, `SELECT j.id, j.key, m.favorite, m.favorited_at, m.rating, m.rated_at FROM job j
		CROSS JOIN result_mark m WHERE j.id IN (`+q.pool.dialect.texts+") AND m.account_key = ? AND m.job_key = j.key",
		[]any{q.pool.dialect.list(ids), account}, func(r *record) error {
			each(r.text(), r.integer(), ownMark{r.truthOrNil(), r.momentOrNil(), r.intOrNil(), r.momentOrNil()})
			return nil
		})
}

// markResults lets set change an account's marks of those of the jobs that have ended, in
// one transaction, and counts those it changed. Other ids are skipped.
func (s *Store) markResults(ctx context.Context, what string, account int64, ids []string, set func(m *ownMark) (changed bool)) (changed int, err error) {
	err = s.briefly(ctx, what, func(ctx context.Context, q querier) error {
		changed = 0
		jobs, err := q.endedJobs(ctx, ids)
		if err != nil {
			return err
		}
		if err := q.holdOwner(ctx, account); err != nil {
			return err
		}
		marks := make(map[int64]ownMark)
		if err := q.ownMarks(ctx, account, ids, func(_ string, key int64, m ownMark) { marks[key] = m }); err != nil {
			return err
		}
		for i := range jobs {
			m := marks[jobs[i].key]
			if !set(&m) {
				continue
			}
			changed++
			_, err := q.exec(ctx, `INSERT INTO result_mark (account_key, job_key, favorite, favorited_at, rating, rated_at) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT (account_key, job_key) DO UPDATE SET favorite = excluded.favorite, favorited_at = excluded.favorited_at, rating = excluded.rating, rated_at = excluded.rated_at`,
				account, jobs[i].key, orNull(m.favorite), microsOrNil(m.favoritedAt), wholeOrNull(m.rating), microsOrNil(m.ratedAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return changed, nil
}

// RateResultsFor is RateResults by an account, whose ratings are its own. Account 0 rates
// for the library.
func (s *Store) RateResultsFor(ctx context.Context, account int64, ids []string, rating *int) (changed int, err error) {
	if account == 0 {
		return s.RateResults(ctx, ids, rating)
	}
	value, err := ratingValue(rating)
	if err != nil {
		return 0, err
	}
	now := s.momentNow()
	return s.markResults(ctx, "rate results", account, ids, func(m *ownMark) bool {
		if same(m.rating, &value) {
			return false
		}
		if m.rating, m.ratedAt = &value, &now; rating == nil {
			m.ratedAt = nil
		}
		return true
	})
}

// FavoriteResultsFor is FavoriteResults by an account, whose favourites are its own.
// Account 0 marks for the library.
func (s *Store) FavoriteResultsFor(ctx context.Context, account int64, ids []string, favorite bool) (changed int, err error) {
	if account == 0 {
		return s.FavoriteResults(ctx, ids, favorite)
	}
	now := s.momentNow()
	return s.markResults(ctx, "mark favourites", account, ids, func(m *ownMark) bool {
		if same(m.favorite, &favorite) {
			return false
		}
		if m.favorite, m.favoritedAt = &favorite, &now; !favorite {
			m.favoritedAt = nil
		}
		return true
	})
}
