package health

import (
	"context"
	"fmt"
	"time"

	"loramanager/internal/lora"
)

// backupGrace is how late a backup may be: another one may be under way, or the computer
// may just have been switched on.
const backupGrace = time.Hour

// lookBackups judges whether backups are made when they are to be.
func (c *Checker) lookBackups(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "backups", Area: "backups", Link: backupsPage, Facts: map[string]any{}}
	schedules, err := c.o.Backups.BackupSchedules(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	return []lora.Check{judgeBackups(check, schedules, time.Now())}, nil
}

func judgeBackups(check lora.Check, schedules []lora.BackupSchedule, now time.Time) lora.Check {
	var last, next *time.Time
	enabled := 0
	for i := range schedules {
		s := &schedules[i]
		if !s.Enabled {
			continue
		}
		enabled++
		if s.LastRunAt != nil && (last == nil || s.LastRunAt.After(*last)) {
			last = s.LastRunAt
		}
		if s.NextRunAt != nil && (next == nil || s.NextRunAt.Before(*next)) {
			next = s.NextRunAt
		}
	}
	check.Facts["schedules"] = enabled
	if last != nil {
		check.Facts["last_run"] = *last
	}
	if next != nil {
		check.Facts["next_run"] = *next
	}
	if enabled == 0 {
		return bad(check, lora.CheckOff, "No backups are scheduled.", "")
	}
	for i := range schedules {
		if s := &schedules[i]; s.Enabled && s.LastError != "" {
			return bad(check, lora.CheckWarning, fmt.Sprintf("The last backup of %s failed: %s", s.Name, scrub(s.LastError)),
				"Look at what it says, and make a backup now.")
		}
	}
	for i := range schedules {
		if s := &schedules[i]; s.Enabled && s.NextRunAt != nil && now.Sub(*s.NextRunAt) > backupGrace {
			return bad(check, lora.CheckWarning, fmt.Sprintf("The backup of %s was due at %s and was not made.", s.Name, s.NextRunAt.UTC().Format("2006-01-02 15:04 MST")),
				"Make a backup now, and look into the server's log.")
		}
	}
	return good(check, "Backups are made as scheduled.")
}
