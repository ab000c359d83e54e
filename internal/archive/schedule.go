package archive

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

const (
	// lookEvery is how often schedules are looked at for what other processes changed, and
	// for runs of one that died.
	lookEvery = 30 * time.Minute
	// lookPatience bounds one look.
	lookPatience = time.Minute
	// rehearsalLook is how often it is looked whether a rehearsal is due.
	rehearsalLook = 6 * time.Hour
	maxName       = 100
	maxKept       = 10_000
)

// StartBackups begins to make backups as scheduled, and rehearsals, and takes in backups
// without a description. alone says that no other process can use this database: what is
// left of earlier runs is then ended at once. It returns at once; Close ends it.
func (a *Archive) StartBackups(alone bool) {
	a.runs.looked = a.recoverDead
	a.runs.start(alone)
	var ctx context.Context
	ctx, a.backups.stop = context.WithCancel(context.Background())
	a.backups.loop.Go(func() {
		for i := range a.options.Backup.Places {
			a.adoptBackups(ctx, &a.options.Backup.Places[i])
		}
		a.keepTime(ctx)
	})
}

// keepTime runs what is due until ctx ends.
func (a *Archive) keepTime(ctx context.Context) {
	rehearsal := a.now().Add(rehearsalLook)
	for {
		wait := lookEvery
		if next := a.runDue(ctx); !next.IsZero() {
			wait = min(wait, max(0, next.Sub(a.now())))
		}
		if !a.now().Before(rehearsal) {
			rehearsal = a.now().Add(rehearsalLook)
			a.rehearseDue(ctx)
		}
		select {
		case <-ctx.Done():
			return
		case <-a.backups.wake:
		case <-time.After(wait):
		}
	}
}

// runDue begins every run that is due, and returns when the next one is. Runs that were
// missed while nothing ran are made up for by one.
func (a *Archive) runDue(ctx context.Context) (next time.Time) {
	look, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	schedules, err := a.options.Backup.Schedules.BackupSchedules(look)
	if err != nil {
		if ctx.Err() == nil {
			a.log.Warn("backup schedules could not be read", "error", err)
		}
		return time.Time{}
	}
	for _, s := range schedules {
		if !s.Enabled || s.NextRunAt == nil {
			continue
		}
		due := *s.NextRunAt
		if due.After(a.now()) {
			next = earlier(next, due)
			continue
		}
		following := a.following(&s)
		claimed, err := a.options.Backup.Schedules.ClaimBackupSchedule(look, s.ID, due, following)
		if err != nil && ctx.Err() == nil {
			a.log.Warn("a run of a backup schedule could not be claimed", "schedule", s.Name, "error", err)
		}
		if claimed {
			a.runSchedule(ctx, s)
		}
		if following != nil {
			next = earlier(next, *following)
		}
	}
	return next
}

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || b.Before(a) {
		return b
	}
	return a
}

// following is when a schedule comes next; nil for never.
func (a *Archive) following(s *lora.BackupSchedule) *time.Time {
	t, err := readTimetable(s.Cron, s.Zone)
	if err != nil || !s.Enabled {
		return nil
	}
	next := t.next(a.now()).UTC()
	if next.IsZero() {
		return nil
	}
	return &next
}

// runSchedule begins the backup of a schedule; the loop goes on meanwhile.
func (a *Archive) runSchedule(ctx context.Context, s lora.BackupSchedule) {
	m, err := a.beginBackup(ctx, BackupOrder{Type: s.Type, Weights: s.Weights, Place: s.Place, Note: s.Name, ScheduleID: s.ID})
	if err != nil {
		a.endSchedule(ctx, &s, lora.Backup{}, err)
		return
	}
	a.backups.loop.Go(func() {
		<-m.over // it ends when the server stops
		ctx := context.WithoutCancel(ctx)
		a.endSchedule(ctx, &s, m.backup, m.failed)
		if m.failed == nil {
			a.applyRetention(ctx, m.place, &s)
		}
	})
}

func (a *Archive) endSchedule(ctx context.Context, s *lora.BackupSchedule, b lora.Backup, failed error) {
	ctx, cancel := context.WithTimeout(ctx, lookPatience)
	defer cancel()
	id, sentence := b.ID, ""
	if failed != nil {
		id, sentence = "", failureSentence(failed)
		if errors.Is(failed, errStopping) {
			sentence = lostSentence
		}
	}
	if err := a.options.Backup.Schedules.EndBackupSchedule(ctx, s.ID, id, sentence); err != nil {
		a.log.Warn("what a backup schedule brought could not be kept", "schedule", s.Name, "error", err)
	}
}

// applyRetention deletes what the schedule keeps no longer of its own backups.
func (a *Archive) applyRetention(ctx context.Context, place *BackupPlace, s *lora.BackupSchedule) {
	a.backups.turn <- struct{}{} // one that is written may stand on what would go
	defer func() { <-a.backups.turn }()
	zone, err := time.LoadLocation(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	all, err := place.list(ctx)
	if err == nil {
		err = a.keep(ctx, place, all, s.Keep, zone, func(b *lora.Backup) bool { return b.ScheduleID == s.ID })
	}
	if err != nil {
		a.log.Warn("old backups could not be deleted", "schedule", s.Name, "error", err)
	}
}

func (a *Archive) rehearseDue(ctx context.Context) {
	place, b, due := a.rehearsalDue(ctx)
	if !due || a.options.Backup.Scratch == nil {
		return
	}
	if _, err := a.beginRehearsal(ctx, place, b); err != nil && ctx.Err() == nil {
		a.log.Warn("a rehearsal could not be begun", "backup", b.ID, "error", err)
	}
}

// Schedules lists when backups are made.
func (a *Archive) Schedules(ctx context.Context) ([]lora.BackupSchedule, error) {
	return a.options.Backup.Schedules.BackupSchedules(ctx)
}

// AddSchedule adds a schedule under a new id. Invalid names a field.
func (a *Archive) AddSchedule(ctx context.Context, s lora.BackupSchedule) (lora.BackupSchedule, error) {
	s.ID = uuid.NewString()
	return a.putSchedule(ctx, s)
}

// ReplaceSchedule changes a schedule; NotFound for an unknown id.
func (a *Archive) ReplaceSchedule(ctx context.Context, s lora.BackupSchedule) (lora.BackupSchedule, error) {
	all, err := a.Schedules(ctx)
	if err != nil {
		return s, err
	}
	for _, old := range all {
		if old.ID == s.ID {
			return a.putSchedule(ctx, s)
		}
	}
	return s, lora.Errorf(lora.NotFound, "There is no such backup schedule.")
}

// DeleteSchedule removes a schedule; its backups stay. NotFound for an unknown id.
func (a *Archive) DeleteSchedule(ctx context.Context, id string) error {
	return a.options.Backup.Schedules.DeleteBackupSchedule(ctx, id)
}

func (a *Archive) putSchedule(ctx context.Context, s lora.BackupSchedule) (lora.BackupSchedule, error) {
	s.Name = strings.TrimSpace(s.Name)
	if s.Name == "" || len([]rune(s.Name)) > maxName {
		return s, lora.FieldErrorf(lora.Invalid, "name", "Give the schedule a name of at most %d characters.", maxName)
	}
	if s.Zone == "" {
		s.Zone = "UTC"
	}
	if _, err := readTimetable(s.Cron, s.Zone); err != nil {
		return s, err
	}
	if s.Type != backupFull && s.Type != backupIncremental {
		return s, lora.FieldErrorf(lora.Invalid, "type", "A backup is full or incremental.")
	}
	place, err := a.place(s.Place)
	if err != nil {
		return s, err
	}
	s.Place = place.Name
	for _, n := range []int{s.Keep.Last, s.Keep.Daily, s.Keep.Weekly, s.Keep.Monthly} {
		if n < 0 || n > maxKept {
			return s, lora.FieldErrorf(lora.Invalid, "keep", "How many backups are kept is a number from 0 to %d.", maxKept)
		}
	}
	s.NextRunAt = a.following(&s)
	if err := a.options.Backup.Schedules.PutBackupSchedule(ctx, s); err != nil {
		return s, err
	}
	select {
	case a.backups.wake <- struct{}{}:
	default:
	}
	return s, nil
}

// replanSchedules plans all schedules from now on: those that came back with a restore
// were due long ago, which is no run that was missed.
func (a *Archive) replanSchedules(ctx context.Context) error {
	keeper := a.options.Backup.Schedules
	if keeper == nil {
		return nil
	}
	all, err := keeper.BackupSchedules(ctx)
	for i := range all {
		all[i].NextRunAt = a.following(&all[i])
		err = errors.Join(err, keeper.PutBackupSchedule(ctx, all[i]))
	}
	return err
}
