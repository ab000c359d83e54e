package store

import (
	"context"
	"slices"
	"time"

	"loramanager/internal/lora"
)

// purgePart is how many results one transaction deletes: others can write in between.
const purgePart = 200

// PurgeTrashedResults deletes what went to the trash before a moment for good. Pictures
// that no other job has are abandoned then (AbandonedPictures).
func (s *Store) PurgeTrashedResults(ctx context.Context, before time.Time) (purged int, err error) {
	for {
		keys, err := querier{pool: s.reader}.integers(ctx, "SELECT key FROM job WHERE trashed_at IS NOT NULL AND trashed_at < ? ORDER BY key LIMIT ?",
			before.UnixMicro(), int64(purgePart))
		if err != nil {
			return purged, s.failed("look for results to purge", err)
		}
		n, err := s.purge(ctx, keys)
		purged += n
		if err != nil || n == 0 {
			return purged, err
		}
	}
}

// EmptyResultTrash deletes all that is in the trash for good. Conflict, and nothing is
// deleted, unless exactly expected results are there. What goes there meanwhile stays.
func (s *Store) EmptyResultTrash(ctx context.Context, expected int) (purged int, err error) {
	keys, err := querier{pool: s.reader}.integers(ctx, "SELECT key FROM job WHERE trashed_at IS NOT NULL ORDER BY key")
	if err != nil {
		return 0, s.failed("count the trash of results", err)
	}
	if len(keys) != expected {
		return 0, lora.Errorf(lora.Conflict, "%d results are in the trash now, not %d. Look again before you delete them.", len(keys), expected)
	}
	for part := range slices.Chunk(keys, purgePart) {
		n, err := s.purge(ctx, part)
		if purged += n; err != nil {
			return purged, err
		}
	}
	return purged, nil
}

// purge deletes those of the jobs that are still in the trash. The figures count them
// still: they have run.
func (s *Store) purge(ctx context.Context, keys []int64) (purged int, err error) {
	if len(keys) == 0 {
		return 0, nil
	}
	err = s.briefly(ctx, "delete results for good", func(ctx context.Context, q querier) error {
		purged, err = q.purgeResults(ctx, keys)
		return err
	})
	if err != nil {
		return 0, err
	}
	return purged, nil
}

func (q querier) purgeResults(ctx context.Context, keys []int64) (int, error) {
	if err := q.holdHistory(ctx); err != nil {
		return 0, err
	}
	keys, err := q.integers(ctx, "SELECT key FROM job WHERE trashed_at IS NOT NULL AND key IN ("+q.pool.dialect.keys+") ORDER BY key"+q.pool.dialect.locked,
		q.pool.dialect.list(keys))
	if err != nil || len(keys) == 0 {
		return 0, err
	}
	list := q.pool.dialect.list(keys)
	shas, err := q.strings(ctx, "SELECT DISTINCT sha256 FROM job_image WHERE job_key IN ("+q.pool.dialect.keys+")", list)
	if err != nil {
		return 0, err
	}
	facets, err := q.integers(ctx, "SELECT DISTINCT facet_id FROM job_facet WHERE job_key IN ("+q.pool.dialect.keys+")", list)
	if err != nil {
		return 0, err
	}
	for _, key := range keys {
		if _, err := q.exec(ctx, q.pool.dialect.words.remove, key); err != nil {
			return 0, err
		}
	}
	if _, err := q.exec(ctx, "DELETE FROM job WHERE key IN ("+q.pool.dialect.keys+")", list); err != nil {
		return 0, err
	}
	_, err = q.exec(ctx, "DELETE FROM facet WHERE results = 0 AND kind <> 'adapter' AND id IN ("+q.pool.dialect.keys+") AND NOT EXISTS (SELECT 1 FROM job_facet x WHERE x.facet_id = facet.id)",
		q.pool.dialect.list(facets))
	if err != nil {
		return 0, err
	}
	held, err := q.loosen(ctx, shas)
	if err == nil {
		err = q.countPictures(ctx, held)
	}
	return len(keys), err
}
