package store

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// keptScans is how many scans are remembered.
const keptScans = 50

// SaveScan keeps a scan under its id, replacing what was kept of it before. A scan
// that has ended and changed something is noted among the activities.
func (s *Store) SaveScan(ctx context.Context, scan lora.Scan) error {
	changed := scan.Counts.Added + scan.Counts.Updated + scan.Counts.Moved + scan.Counts.Missing + scan.Counts.Restored
	noted := 0
	if scan.State == lora.ScanFinished && changed > 0 {
		noted = 1
	}
	body := packJSON(&scan)
	return s.write(ctx, "save a scan", noted, func(c *change) error {
		_, err := c.exec(ctx, "INSERT INTO scan (id, started_at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
			scan.ID, scan.StartedAt.UnixMicro(), body)
		if err != nil {
			return err
		}
		_, err = c.exec(ctx, "DELETE FROM scan WHERE id NOT IN (SELECT id FROM scan ORDER BY started_at DESC LIMIT ?)", int64(keptScans))
		if err != nil || noted == 0 {
			return err
		}
		return c.note(ctx, "scanned", map[string]any{
			"added": scan.Counts.Added, "updated": scan.Counts.Updated, "moved": scan.Counts.Moved,
			"missing": scan.Counts.Missing, "restored": scan.Counts.Restored,
		}, "")
	})
}

// Scans lists the latest scans, latest first.
func (s *Store) Scans(ctx context.Context, limit int) ([]lora.Scan, error) {
	scans := []lora.Scan{}
	err := querier{pool: s.reader}.each(ctx, "SELECT body FROM scan ORDER BY started_at DESC LIMIT ?", []any{int64(min(max(limit, 0), keptScans))}, func(r *record) error {
		var scan lora.Scan
		if err := unpackJSON(r.blob(), &scan); err != nil {
			return err
		}
		scans = append(scans, scan)
		return nil
	})
	return scans, s.failed("list scans", err)
}

// Scan returns one scan; NotFound when it is not remembered.
func (s *Store) Scan(ctx context.Context, id string) (scan lora.Scan, err error) {
	found, err := querier{pool: s.reader}.one(ctx, "SELECT body FROM scan WHERE id = ?", []any{clean(id)}, func(r *record) error {
		return unpackJSON(r.blob(), &scan)
	})
	if err == nil && !found {
		err = lora.Errorf(lora.NotFound, "There is no such scan, or it is no longer remembered.")
	}
	return scan, s.failed("read a scan", err)
}

// ScanIDs lists the ids of the scans that are remembered.
func (s *Store) ScanIDs(ctx context.Context) ([]string, error) {
	ids := []string{}
	err := querier{pool: s.reader}.each(ctx, "SELECT id FROM scan ORDER BY started_at", nil, func(r *record) error {
		ids = append(ids, r.text())
		return nil
	})
	return ids, s.failed("list scans", err)
}

// BeatScan replaces what is kept of a scan that is running. It reports false, and keeps
// nothing, when the scan is not remembered as running.
func (s *Store) BeatScan(ctx context.Context, scan lora.Scan) (wanted bool, err error) {
	err = s.changeScan(ctx, "keep a scan", scan.ID, func(kept *lora.Scan) { *kept, wanted = scan, true })
	return wanted && err == nil, err
}

// CancelScan keeps a running scan as cancelled; whoever runs it finds that when it next
// calls BeatScan. It is NotFound when it is not running.
func (s *Store) CancelScan(ctx context.Context, id string, at time.Time) error {
	running := false
	err := s.changeScan(ctx, "cancel a scan", id, func(kept *lora.Scan) {
		kept.State, kept.Phase, kept.FinishedAt, running = lora.ScanCancelled, lora.PhaseDone, &at, true
	})
	if err == nil && !running {
		err = lora.Errorf(lora.NotFound, "This scan is not running.")
	}
	return err
}

// changeScan changes what is kept of a scan, if it is running.
func (s *Store) changeScan(ctx context.Context, what, id string, edit func(*lora.Scan)) error {
	return s.write(ctx, what, 0, func(c *change) error {
		var kept lora.Scan
		found, err := c.one(ctx, "SELECT body FROM scan WHERE id = ?", []any{clean(id)}, func(r *record) error {
			return unpackJSON(r.blob(), &kept)
		})
		if err != nil || !found || kept.State != lora.ScanRunning {
			return err
		}
		edit(&kept)
		_, err = c.exec(ctx, "UPDATE scan SET body = ? WHERE id = ?", packJSON(&kept), clean(id))
		return err
	})
}
