package store

import (
	"context"

	"loramanager/internal/lora"
)

// StorageFigures tells what the database takes, and the pictures that jobs have: each
// counts once, however many jobs have it. Uploads that no job has, and pictures that are
// about to be deleted, do not count. It reads an index of all pictures, so it is for
// background work.
func (s *Store) StorageFigures(ctx context.Context) (figures lora.StorageFigures, err error) {
	q := querier{pool: s.reader}
	_, err = q.one(ctx, "SELECT COUNT(*), "+sum("size_bytes")+", ("+q.pool.dialect.size+") FROM picture WHERE loose_since IS NULL", nil, func(r *record) error {
		figures.Pictures, figures.PicturesBytes, figures.DatabaseBytes = int(r.integer()), int(r.integer()), int(r.integer())
		return nil
	})
	return figures, s.failed("measure the storage", err)
}
