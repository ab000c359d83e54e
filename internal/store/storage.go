package store

import (
	"context"

	"loramanager/internal/lora"
)

// StorageFigures tells what the database takes, and the pictures that jobs have: each
// counts once, however many jobs have it. Uploads that no job has, and pictures that are
// about to be deleted, do not count.
func (s *Store) StorageFigures(ctx context.Context) (figures lora.StorageFigures, err error) {
	q := querier{pool: s.reader}
	_, err = q.one(ctx, "SELECT pictures, bytes, ("+q.pool.dialect.size+") FROM picture_total WHERE one = 1", nil, func(r *record) error {
		figures.Pictures, figures.PicturesBytes, figures.DatabaseBytes = int(r.integer()), int(r.integer()), int(r.integer())
		return nil
	})
	return figures, s.failed("measure the storage", err)
}

// pictures are more or, below 0, fewer pictures that jobs have.
type pictures struct{ n, bytes int64 }

// countPictures adds to the pictures that jobs have. It comes after all other rows of
// pictures in a transaction, since one row counts them.
func (q querier) countPictures(ctx context.Context, held pictures) error {
	if held == (pictures{}) {
		return nil
	}
	_, err := q.exec(ctx, "UPDATE picture_total SET pictures = pictures + ?, bytes = bytes + ? WHERE one = 1", held.n, held.bytes)
	return err
}
