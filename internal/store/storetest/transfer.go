package storetest

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/lora"
)

var transferTests = []test{
	{"the last 500 transfers are remembered, and those that are not over", func(s *suite) {
		start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
		put := func(i int, state lora.TransferState) {
			s.ok(s.PutTransfer(s.ctx, lora.Transfer{
				ID: fmt.Sprint("t", i), Kind: lora.TransferBackup, State: state, StartedAt: start.Add(time.Duration(i) * time.Minute),
				Notes: []string{"a note"}, Result: []byte(`{"n":1}`), Counts: &lora.ImportCounts{Files: i},
			}, "p"))
		}
		put(0, lora.TransferRunning)
		for i := 1; i <= 510; i++ {
			put(i, lora.TransferDone)
		}
		list, err := s.Transfers(s.ctx, 3)
		s.ok(err)
		if len(list) != 3 || list[0].ID != "t510" || list[0].Counts.Files != 510 || string(list[0].Result) != `{"n":1}` || list[0].Notes[0] != "a note" {
			s.Errorf("%+v", list)
		}
		if first, err := s.Transfer(s.ctx, "t0"); err != nil || first.State != lora.TransferRunning {
			s.Errorf("%+v %v", first, err)
		}
		_, err = s.Transfer(s.ctx, "t5")
		s.fails(err, lora.NotFound)
		put(510, lora.TransferFailed)
		if last, err := s.Transfer(s.ctx, "t510"); err != nil || last.State != lora.TransferFailed {
			s.Errorf("%+v %v", last, err)
		}
	}},
	{"transfers of a process that died are ended", func(s *suite) {
		for id, process := range map[string]string{"mine": "me", "theirs": "them"} {
			s.ok(s.PutTransfer(s.ctx, lora.Transfer{ID: id, Kind: lora.TransferImport, State: lora.TransferRunning, StartedAt: time.Now()}, process))
		}
		s.ok(s.PutTransfer(s.ctx, lora.Transfer{ID: "over", Kind: lora.TransferImport, State: lora.TransferDone, StartedAt: time.Now()}, "them"))
		n, err := s.FailLostTransfers(s.ctx, "me", time.Now().Add(-time.Hour), "It was stopped.")
		s.ok(err)
		if n != 0 {
			s.Errorf("%d that were heard of lately were ended", n)
		}
		n, err = s.FailLostTransfers(s.ctx, "me", time.Now().Add(time.Hour), "It was stopped.")
		s.ok(err)
		theirs, err := s.Transfer(s.ctx, "theirs")
		s.ok(err)
		if n != 1 || theirs.State != lora.TransferFailed || theirs.Error != "It was stopped." || theirs.FinishedAt == nil {
			s.Errorf("%d, %+v", n, theirs)
		}
		for id, state := range map[string]lora.TransferState{"mine": lora.TransferRunning, "over": lora.TransferDone} {
			if t, err := s.Transfer(s.ctx, id); err != nil || t.State != state {
				s.Errorf("%+v %v", t, err)
			}
		}
	}},
	{"a run of a backup schedule is claimed once", func(s *suite) {
		due := time.Now().UTC().Truncate(time.Microsecond)
		next := due.Add(time.Hour)
		b := lora.BackupSchedule{ID: "a", Name: "nightly", Enabled: true, Cron: "@daily", Zone: "UTC", Type: "full", Place: "folder", Keep: lora.Retention{Last: 3}, NextRunAt: &due}
		s.ok(s.PutBackupSchedule(s.ctx, b))
		var claims atomic.Int32
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				claimed, err := s.ClaimBackupSchedule(s.ctx, "a", due, &next)
				if err != nil {
					s.Error(err)
				}
				if claimed {
					claims.Add(1)
				}
			})
		}
		all.Wait()
		s.ok(s.EndBackupSchedule(s.ctx, "a", "backup_1", ""))
		s.ok(s.EndBackupSchedule(s.ctx, "a", "", "The disk is full."))
		s.ok(s.EndBackupSchedule(s.ctx, "gone", "", "whatever"))
		list, err := s.BackupSchedules(s.ctx)
		s.ok(err)
		if claims.Load() != 1 || len(list) != 1 || !list[0].NextRunAt.Equal(next) || list[0].LastRunAt == nil || list[0].LastID != "backup_1" || list[0].LastError != "The disk is full." || list[0].Keep.Last != 3 {
			s.Errorf("%d claims, %+v", claims.Load(), list)
		}
		b.Name, b.NextRunAt = "renamed", nil
		s.ok(s.PutBackupSchedule(s.ctx, b))
		list, err = s.BackupSchedules(s.ctx)
		s.ok(err)
		if list[0].Name != "renamed" || list[0].NextRunAt != nil || list[0].LastID != "backup_1" {
			s.Errorf("what its runs brought was lost: %+v", list)
		}
		s.ok(s.DeleteBackupSchedule(s.ctx, "a"))
		s.fails(s.DeleteBackupSchedule(s.ctx, "a"), lora.NotFound)
	}},
}
