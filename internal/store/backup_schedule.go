package store

import (
	"context"
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// BackupSchedules lists when backups are made, in a fixed order.
func (s *Store) BackupSchedules(ctx context.Context) ([]lora.BackupSchedule, error) {
	list := []lora.BackupSchedule{}
	err := querier{pool: s.reader}.eachSchedule(ctx, "ORDER BY id", nil, func(b lora.BackupSchedule) { list = append(list, b) })
	return list, s.failed("list backup schedules", err)
}

func (q querier) eachSchedule(ctx context.Context, which string, args []any, visit func(b lora.BackupSchedule)) error {
	return q.each(ctx, "SELECT body, next_run_at, last_run_at FROM backup_schedule "+which, args, func(r *record) error {
		var b lora.BackupSchedule
		if err := json.Unmarshal([]byte(r.text()), &b); err != nil {
			return err
		}
		b.NextRunAt, b.LastRunAt = r.momentOrNil(), r.momentOrNil()
		visit(b)
		return nil
	})
}

// PutBackupSchedule adds a schedule under its id, or replaces the one there; what its
// earlier runs brought stays.
func (s *Store) PutBackupSchedule(ctx context.Context, b lora.BackupSchedule) error {
	err := s.transact(ctx, func(q querier) error {
		err := q.eachSchedule(ctx, "WHERE id = ?"+s.dialect.locked, []any{clean(b.ID)}, func(old lora.BackupSchedule) {
			b.LastRunAt, b.LastError, b.LastID = old.LastRunAt, old.LastError, old.LastID
		})
		if err != nil {
			return err
		}
		return q.putSchedule(ctx, b)
	})
	return s.failed("keep a backup schedule", err)
}

func (q querier) putSchedule(ctx context.Context, b lora.BackupSchedule) error {
	next, last := b.NextRunAt, b.LastRunAt
	b.NextRunAt, b.LastRunAt = nil, nil // they stand in columns of their own
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	_, err = q.exec(ctx, `INSERT INTO backup_schedule (id, body, next_run_at, last_run_at) VALUES (?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET body = excluded.body, next_run_at = excluded.next_run_at, last_run_at = excluded.last_run_at`,
		clean(b.ID), clean(string(body)), microsOrNil(next), microsOrNil(last))
	return err
}

func microsOrNil(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// DeleteBackupSchedule removes a schedule; its backups stay. NotFound for an unknown id.
func (s *Store) DeleteBackupSchedule(ctx context.Context, id string) error {
	err := s.transact(ctx, func(q querier) error {
		n, err := q.exec(ctx, "DELETE FROM backup_schedule WHERE id = ?", clean(id))
		if err == nil && n == 0 {
			err = lora.Errorf(lora.NotFound, "There is no such backup schedule.")
		}
		return err
	})
	return s.failed("delete a backup schedule", err)
}

// ClaimBackupSchedule takes a run of a schedule: the one that was due at a moment, after
// which it is due at next, nil for never. It is false when another process took it before, or
// when the schedule was changed or deleted meanwhile: a run is claimed once, by however
// many processes ask.
func (s *Store) ClaimBackupSchedule(ctx context.Context, id string, due time.Time, next *time.Time) (claimed bool, err error) {
	err = s.transact(ctx, func(q querier) error {
		n, err := q.exec(ctx, "UPDATE backup_schedule SET next_run_at = ?, last_run_at = ? WHERE id = ? AND next_run_at = ?",
			microsOrNil(next), s.now().UnixMicro(), clean(id), due.UnixMicro())
		claimed = n == 1
		return err
	})
	return claimed, s.failed("claim a run of a backup schedule", err)
}

// EndBackupSchedule keeps what a run brought: the id of its backup, or why there is none.
// A schedule that is gone is no error.
func (s *Store) EndBackupSchedule(ctx context.Context, id, backupID, failure string) error {
	err := s.transact(ctx, func(q querier) error {
		var found *lora.BackupSchedule
		err := q.eachSchedule(ctx, "WHERE id = ?"+s.dialect.locked, []any{clean(id)}, func(b lora.BackupSchedule) { found = &b })
		if err != nil || found == nil {
			return err
		}
		found.LastError = failure
		if backupID != "" {
			found.LastID = backupID
		}
		return q.putSchedule(ctx, *found)
	})
	return s.failed("keep what a backup schedule brought", err)
}
