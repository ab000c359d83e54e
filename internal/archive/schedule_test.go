package archive_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/vault"
)

// hollow is a database with one empty table of pictures, for tests of a year.
type hollow struct{ archive.BackupDatabase }

func (hollow) Dump(_ context.Context, sink func(string) (io.Writer, error)) (lora.BackupCounts, string, error) {
	to, err := sink("picture")
	if err == nil {
		_, err = io.WriteString(to, `{"table":"picture","columns":["sha256","type","width","height","size_bytes","state"]}`+"\n")
	}
	return lora.BackupCounts{}, "0", err
}

// bare is a catalog without adapters.
type bare struct{ archive.ExportCatalog }

func (bare) Export(context.Context, lora.ExportScope, func(lora.ArchiveRecord) error) error {
	return nil
}

// history forgets.
type history struct{ archive.History }

func (history) PutTransfer(context.Context, lora.Transfer, string) error { return nil }
func (history) FailLostTransfers(context.Context, string, time.Time, string) (int, error) {
	return 0, nil
}

// memory is a vault that keeps descriptions and counts what was put.
type memory struct {
	archive.Vault
	mu    sync.Mutex
	puts  int
	stuck bool // what is put gets nowhere
}

func (m *memory) Put(ctx context.Context, name string, size int64, write func(io.Writer) error) error {
	m.mu.Lock()
	m.puts++
	stuck := m.stuck
	m.mu.Unlock()
	if stuck {
		<-ctx.Done()
		return context.Cause(ctx)
	}
	return m.Vault.Put(ctx, name, size, write)
}

// timekeeper is a process that makes backups as scheduled.
func timekeeper(t *testing.T, keeper archive.ScheduleKeeper, v archive.Vault, data *guard.Root) *archive.Archive {
	t.Helper()
	a, err := archive.New(archive.Options{
		Export: archive.ExportPorts{Catalog: bare{}}, History: history{}, Data: data, Program: "test", Schema: 1, Logger: slog.New(slog.DiscardHandler),
		Backup: archive.BackupPorts{Database: hollow{}, Schedules: keeper, Places: []archive.BackupPlace{{Name: "folder", Vault: v}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	a.StartBackups(true)
	return a
}

// inTime runs a test in time that passes at once, with a real database of schedules.
func inTime(t *testing.T, processes int, test func(t *testing.T, s *store.Store, v *memory, list []*archive.Archive)) {
	t.Helper()
	dir, backups := t.TempDir(), rootOf(t, t.TempDir())
	data := []*guard.Root{}
	for range processes {
		data = append(data, rootOf(t, t.TempDir()))
	}
	synctest.Test(t, func(t *testing.T) {
		s, err := store.Open(t.Context(), store.Options{URL: "sqlite:///" + filepath.Join(dir, "x.db")})
		if err != nil {
			t.Fatal(err)
		}
		v := &memory{Vault: vault.OpenFolder(vault.FolderOptions{Root: backups})}
		list := []*archive.Archive{}
		for i := range processes {
			list = append(list, timekeeper(t, s, v, data[i]))
		}
		defer func() {
			var errs []error
			for _, a := range list {
				errs = append(errs, a.Close(context.Background()))
			}
			if err := errors.Join(append(errs, s.Close())...); err != nil {
				t.Error(err)
			}
		}()
		test(t, s, v, list)
	})
}

func schedule(t *testing.T, a *archive.Archive, s lora.BackupSchedule) lora.BackupSchedule {
	t.Helper()
	s.Name, s.Enabled, s.Type = "nightly", true, "full"
	s, err := a.AddSchedule(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAYearOfEveryDayAcrossClocksIs365Backups(t *testing.T) {
	t.Parallel()
	inTime(t, 1, func(t *testing.T, s *store.Store, v *memory, list []*archive.Archive) {
		added := schedule(t, list[0], lora.BackupSchedule{Cron: "30 2 * * *", Zone: "Europe/Berlin", Keep: lora.Retention{Last: 3, Monthly: 2}})
		time.Sleep(365 * 24 * time.Hour)
		synctest.Wait()
		if v.puts != 365 {
			t.Errorf("%d backups", v.puts)
		}
		left, err := list[0].Backups(t.Context())
		if err != nil || len(left) < 4 || len(left) > 5 {
			t.Errorf("%d backups are kept, %v", len(left), err)
		}
		schedules, err := s.BackupSchedules(t.Context())
		if err != nil || len(schedules) != 1 || schedules[0].ID != added.ID || schedules[0].LastID != left[0].ID || schedules[0].LastError != "" || time.Since(*schedules[0].LastRunAt) > 24*time.Hour {
			t.Errorf("%+v %v", schedules, err)
		}
	})
}

func TestManyProcessesMakeEachBackupOnce(t *testing.T) {
	t.Parallel()
	inTime(t, 3, func(t *testing.T, _ *store.Store, v *memory, list []*archive.Archive) {
		schedule(t, list[0], lora.BackupSchedule{Cron: "@hourly", Keep: lora.Retention{Last: 2}})
		time.Sleep(48 * time.Hour)
		synctest.Wait()
		if v.puts != 48 {
			t.Errorf("%d backups in 48 hours", v.puts)
		}
	})
}

func TestRunsThatWereMissedAreMadeUpForByOne(t *testing.T) {
	t.Parallel()
	inTime(t, 1, func(t *testing.T, s *store.Store, v *memory, list []*archive.Archive) {
		added := schedule(t, list[0], lora.BackupSchedule{Cron: "@hourly"})
		past := time.Now().Add(-72 * time.Hour).UTC()
		added.NextRunAt = &past // as if nothing had run for three days
		if err := s.PutBackupSchedule(t.Context(), added); err != nil {
			t.Fatal(err)
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if v.puts != 1 {
			t.Errorf("%d backups", v.puts)
		}
	})
}

func TestAScheduledBackupDoesNotHoldUpTheEndOfTheServer(t *testing.T) {
	t.Parallel()
	inTime(t, 1, func(t *testing.T, s *store.Store, v *memory, list []*archive.Archive) {
		v.stuck = true
		schedule(t, list[0], lora.BackupSchedule{Cron: "@hourly", Keep: lora.Retention{Last: 1}})
		time.Sleep(61 * time.Minute)
		synctest.Wait()
		if err := list[0].Close(t.Context()); err != nil || v.puts != 1 {
			t.Errorf("%v, %d backups", err, v.puts)
		}
		if kept, err := s.BackupSchedules(t.Context()); err != nil || len(kept) != 1 || kept[0].LastError == "" {
			t.Errorf("%+v %v", kept, err)
		}
	})
}

func TestASwitchedOffOrDeletedScheduleRunsNoMore(t *testing.T) {
	t.Parallel()
	inTime(t, 1, func(t *testing.T, _ *store.Store, v *memory, list []*archive.Archive) {
		a := list[0]
		first := schedule(t, a, lora.BackupSchedule{Cron: "@hourly"})
		second := schedule(t, a, lora.BackupSchedule{Cron: "@hourly"})
		first.Enabled = false
		if replaced, err := a.ReplaceSchedule(t.Context(), first); err != nil || replaced.NextRunAt != nil {
			t.Errorf("%+v %v", replaced, err)
		}
		if err := a.DeleteSchedule(t.Context(), second.ID); err != nil {
			t.Error(err)
		}
		time.Sleep(5 * time.Hour)
		synctest.Wait()
		if v.puts != 0 {
			t.Errorf("%d backups", v.puts)
		}
		if err := a.DeleteSchedule(t.Context(), second.ID); lora.CodeOf(err) != lora.NotFound {
			t.Error(err)
		}
		if _, err := a.ReplaceSchedule(t.Context(), second); lora.CodeOf(err) != lora.NotFound {
			t.Error(err)
		}
	})
}

func TestAScheduleThatFailsSaysWhy(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	s.fault.set(func(f *fault) { f.dump = lora.Errorf(lora.Unavailable, "The disk went away.") })
	added, err := s.AddSchedule(t.Context(), lora.BackupSchedule{Name: "nightly", Enabled: true, Cron: "@daily", Type: "full"})
	s.ok(err)
	past := time.Now().Add(-time.Hour).UTC()
	added.NextRunAt = &past
	s.ok(s.store.PutBackupSchedule(t.Context(), added))
	s.StartBackups(true)
	for {
		list, err := s.Schedules(t.Context())
		s.ok(err)
		if list[0].LastError != "" {
			if list[0].LastError != "The disk went away." || list[0].LastRunAt == nil {
				t.Errorf("%+v", list[0])
			}
			return
		}
		select {
		case <-t.Context().Done():
			t.Fatal("nothing was said")
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func TestSchedulesAreShownBeforeTheyAreKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	runs, err := s.PreviewSchedule("0 4 * * 0", "Europe/Berlin")
	if err != nil || len(runs) != 5 || runs[0].Weekday() != time.Sunday || runs[0].Hour() != 4 {
		t.Errorf("%v %v", runs, err)
	}
	for field, b := range map[string]lora.BackupSchedule{
		"name":  {Name: " ", Cron: "@daily", Type: "full"},
		"cron":  {Name: "x", Cron: "daily", Type: "full"},
		"zone":  {Name: "x", Cron: "@daily", Zone: "X/Y", Type: "full"},
		"type":  {Name: "x", Cron: "@daily", Type: "restore_point"},
		"place": {Name: "x", Cron: "@daily", Type: "full", Place: "s3"},
		"keep":  {Name: "x", Cron: "@daily", Type: "full", Keep: lora.Retention{Daily: -1}},
	} {
		_, err := s.AddSchedule(t.Context(), b)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}
