package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// The states of a picture's record. Its file may be there in any of them, and must be
// there while it is kept; without a record there is no file.
const (
	pictureReserved = "reserved" // its file is about to be written
	pictureKept     = "kept"
	pictureLeaving  = "leaving" // its file is about to be deleted
)

// uploadsKept is how long an uploaded picture stays that no job uses.
const uploadsKept = 7 * 24 * time.Hour

const selectPicture = "SELECT sha256, type, width, height, size_bytes FROM picture "

func readPicture(r *record) lora.Image {
	return lora.Image{SHA256: r.text(), Type: r.text(), Width: int(r.integer()), Height: int(r.integer()), SizeBytes: int(r.integer())}
}

// ReservePicture makes the record of a picture, which must be there before its file. A
// picture that is kept already stays so, and the job's claim to it is renewed.
// Unavailable while the same picture is being deleted; a moment later it can be reserved.
func (s *Store) ReservePicture(ctx context.Context, jobID string, image lora.Image) error {
	return s.reserve(ctx, jobID, image, false)
}

// AddUploadedPicture makes the record of a picture that a user sends, like
// ReservePicture. It is kept for 7 days, and as long as a job uses it.
func (s *Store) AddUploadedPicture(ctx context.Context, image lora.Image) error {
	return s.reserve(ctx, "", image, true)
}

func (s *Store) reserve(ctx context.Context, jobID string, image lora.Image, uploaded bool) error {
	return s.durably(ctx, "reserve a picture", func(ctx context.Context, q querier) error {
		now := s.momentNow().UnixMicro()
		n, err := q.exec(ctx, `INSERT INTO picture (sha256, type, width, height, size_bytes, state, uploaded, job_id, created_at, loose_since)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO UPDATE SET uploaded = picture.uploaded OR excluded.uploaded,
			job_id = CASE WHEN excluded.job_id = '' THEN picture.job_id ELSE excluded.job_id END,
			loose_since = CASE WHEN picture.loose_since IS NULL THEN NULL ELSE excluded.loose_since END WHERE picture.state <> 'leaving'`,
			clean(image.SHA256), clean(image.Type), int64(image.Width), int64(image.Height), int64(image.SizeBytes), pictureReserved, uploaded, clean(jobID), now, now)
		if err == nil && n == 0 {
			err = lora.Errorf(lora.Unavailable, "The same picture is being deleted. Try again in a moment.")
		}
		return err
	})
}

// KeptPicture says that the file of a reserved picture is there, for good. NotFound
// without a record.
func (s *Store) KeptPicture(ctx context.Context, sha256 string) error {
	return s.durably(ctx, "keep a picture", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "UPDATE picture SET state = ? WHERE sha256 = ? AND state <> 'leaving'", pictureKept, clean(sha256))
		if err == nil && n == 0 {
			err = noPicture()
		}
		return err
	})
}

func noPicture() error { return lora.Errorf(lora.NotFound, "There is no such picture.") }

// Picture returns what is known of a kept picture; NotFound for others.
func (s *Store) Picture(ctx context.Context, sha256 string) (image lora.Image, err error) {
	found, err := querier{pool: s.reader}.one(ctx, selectPicture+"WHERE sha256 = ? AND state = 'kept'", []any{clean(sha256)}, func(r *record) error {
		image = readPicture(r)
		return nil
	})
	if err == nil && !found {
		err = noPicture()
	}
	return image, s.failed("read a picture", err)
}

// AbandonedPictures marks pictures that nothing uses since before, and returns their
// digests, as well as those it marked earlier and whose deletion was not finished. Their
// files can be deleted and then, with ForgetPicture, their records: until then nobody
// can reserve or use them. A picture is used by jobs that have it or start from it, and
// by the running job it was reserved for. Uploads stay 7 days longer.
func (s *Store) AbandonedPictures(ctx context.Context, before time.Time, limit int) (abandoned []string, err error) {
	err = s.durably(ctx, "look for abandoned pictures", func(ctx context.Context, q querier) error {
		candidates, err := q.strings(ctx, `SELECT sha256 FROM picture p WHERE loose_since IS NOT NULL AND (state = 'leaving' OR loose_since < ?
			AND NOT (uploaded AND loose_since >= ?)
			AND NOT EXISTS (SELECT 1 FROM job_image i WHERE i.sha256 = p.sha256)
			AND NOT EXISTS (SELECT 1 FROM job_input i WHERE i.sha256 = p.sha256)
			AND NOT EXISTS (SELECT 1 FROM job j WHERE j.id = p.job_id AND j.status = 'running')) ORDER BY loose_since LIMIT ?`+q.pool.dialect.unclaimed,
			before.UnixMicro(), before.Add(-uploadsKept).UnixMicro(), int64(limit))
		if err != nil || len(candidates) == 0 {
			return err
		}
		abandoned = candidates
		_, err = q.exec(ctx, "UPDATE picture SET state = ? WHERE sha256 IN ("+q.pool.dialect.texts+")", pictureLeaving, q.pool.dialect.list(candidates))
		return err
	})
	if err != nil {
		return nil, err
	}
	return abandoned, nil
}

// ForgetPicture deletes the record of an abandoned picture after its file. Conflict for
// a picture that AbandonedPictures did not return.
func (s *Store) ForgetPicture(ctx context.Context, sha256 string) error {
	return s.durably(ctx, "forget a picture", func(ctx context.Context, q querier) error {
		n, err := q.exec(ctx, "DELETE FROM picture WHERE sha256 = ? AND state = ?", clean(sha256), pictureLeaving)
		if err == nil && n == 0 {
			err = lora.Errorf(lora.Conflict, "This picture is in use.")
		}
		return err
	})
}

// loosen marks those of the pictures that no job has any more, and tells how many they
// are for countPictures.
func (q querier) loosen(ctx context.Context, shas []string) (held pictures, err error) {
	sizes, err := q.integers(ctx, `UPDATE picture SET loose_since = created_at WHERE sha256 IN (`+q.pool.dialect.texts+`) AND loose_since IS NULL
		AND NOT EXISTS (SELECT 1 FROM job_image i WHERE i.sha256 = picture.sha256) RETURNING size_bytes`, q.pool.dialect.list(shas))
	for _, size := range sizes {
		held.n, held.bytes = held.n-1, held.bytes-size
	}
	return held, err
}
