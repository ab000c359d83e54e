package archive_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

func TestABackupSaysWhatIsInIt(t *testing.T) {
	t.Parallel()
	s := newServer(t, withBucket(t))
	s.fill(0)
	for _, place := range []string{"folder", "s3"} {
		b := s.back(archive.BackupOrder{Weights: true, Place: place, Note: "by hand"})
		if b.Type != "full" || b.Place != place || !b.Weights || b.Note != "by hand" || b.Checksum != s.checksum() || b.Schema != s.store.Schema() || b.TotalSize != b.Size {
			t.Errorf("%+v", b)
		}
		if c := b.Counts; c.Adapters != 4 || c.Compositions != 1 || c.Jobs != 1 || c.Images != 1 || c.Rows == 0 {
			t.Errorf("%+v", c)
		}
		again, err := s.Backup(t.Context(), b.ID)
		if err != nil || again.SHA256 != b.SHA256 || again.Status != "verified" {
			t.Errorf("%+v %v", again, err)
		}
	}
	all, err := s.Backups(t.Context())
	if err != nil || len(all) != 2 || all[0].CreatedAt.Before(all[1].CreatedAt) {
		t.Errorf("%v %v", all, err)
	}
	places := s.BackupPlaces(t.Context())
	if len(places) != 2 || places[0].FreeBytes == nil || places[1].FreeBytes != nil || places[0].UsedBytes < all[1].Size || places[1].Error != "" {
		t.Errorf("%+v", places)
	}
	if _, err := s.Backup(t.Context(), "backup_20260101_000000_abcdef"); lora.CodeOf(err) != lora.NotFound {
		t.Error(err)
	}
}

func TestPromise8_ABackupComesBackOnEitherDatabase(t *testing.T) {
	t.Parallel()
	for from, openFrom := range databases {
		for to, openTo := range databases {
			t.Run(from+" to "+to, func(t *testing.T) {
				t.Parallel()
				shared := t.TempDir()
				old := serverOn(t, openFrom(t), shared)
				old.fill(0)
				old.fill(1)
				b := old.back(archive.BackupOrder{Weights: true})

				fresh := serverOn(t, openTo(t), shared)
				os.RemoveAll(old.loras) // the disk of the library is lost, and there is a new one
				os.MkdirAll(old.loras, 0o750)
				want := tree(t, old.kept)
				done := fresh.await(fresh.RestoreBackup(t.Context(), b.ID, true))
				if got := fresh.checksum(); got != b.Checksum {
					t.Errorf("checksum %s, want %s", got, b.Checksum)
				}
				if got := tree(t, fresh.kept); !maps.Equal(got, want) {
					t.Errorf("pictures %v, want %v", got, want)
				}
				if files := tree(t, old.loras); len(files) != 8*3 {
					t.Errorf("files %v", files)
				}
				if done.Counts == nil || done.Counts.Create != 8 || done.Counts.Files != 24 || fresh.rereads != 1 {
					t.Errorf("%+v, read again %d times", done.Counts, fresh.rereads)
				}
				adapters, err := fresh.store.KnownFiles(t.Context(), "root-1")
				if err != nil || len(adapters) != 8 {
					t.Errorf("%d adapters, %v", len(adapters), err)
				}
			})
		}
	}
}

func TestARestorePutsTheOldStateBackAndOverwritesNoFile(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	before := s.checksum()
	b := s.back(archive.BackupOrder{Weights: true})
	s.scan(1)
	var victim string
	for rel := range tree(t, s.loras) {
		if strings.HasSuffix(rel, ".safetensors") {
			victim = rel
			break
		}
	}
	os.WriteFile(filepath.Join(s.loras, victim), []byte("trained anew"), 0o600)
	after := tree(t, s.loras)
	done := s.await(s.RestoreBackup(t.Context(), b.ID, true))
	if s.checksum() != before {
		t.Error("the old state is not back")
	}
	if got := tree(t, s.loras); !maps.Equal(got, after) {
		t.Errorf("files were changed: %v", got)
	}
	// And back again, from the restore point.
	all, err := s.Backups(t.Context())
	if err != nil || len(all) != 2 || all[0].Type != "restore_point" || done.BackupID != b.ID || done.RestorePointID != all[0].ID {
		t.Fatalf("%+v %v", all, err)
	}
	s.await(s.RestoreBackup(t.Context(), all[0].ID, false))
	if s.checksum() != all[0].Checksum {
		t.Error("the restore cannot be taken back")
	}
}

func TestAnIncrementalBackupHoldsOnlyWhatIsNew(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	full := s.back(archive.BackupOrder{Weights: true})
	s.fill(1)
	second := s.back(archive.BackupOrder{Type: "incremental", Weights: true})
	third := s.back(archive.BackupOrder{Type: "incremental", Weights: true})
	if !slices.Equal(second.Bases, []string{full.ID}) || !slices.Equal(third.Bases, []string{full.ID, second.ID}) {
		t.Errorf("%v, %v", second.Bases, third.Bases)
	}
	if third.TotalSize <= third.Size || third.Size >= full.Size+second.Size {
		t.Errorf("%d alone, %d with its bases", third.Size, third.TotalSize)
	}
	base, err := s.Backup(t.Context(), full.ID)
	if err != nil || !slices.Equal(base.NeededBy, []string{second.ID, third.ID}) {
		t.Errorf("%v %v", base.NeededBy, err)
	}
	// Everything comes back from the three.
	fresh := serverOn(t, sqlite(t), s.backups)
	want := tree(t, s.loras)
	os.RemoveAll(s.loras)
	os.MkdirAll(s.loras, 0o750)
	fresh.await(fresh.RestoreBackup(t.Context(), third.ID, true))
	if got := tree(t, s.loras); !maps.Equal(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	if fresh.checksum() != third.Checksum || !maps.Equal(tree(t, fresh.kept), tree(t, s.kept)) {
		t.Error("something is missing")
	}
	// A base stays as long as it is needed.
	if err := s.DeleteBackup(t.Context(), full.ID, false); lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), second.ID) {
		t.Error(err)
	}
	if err := s.DeleteBackup(t.Context(), full.ID, true); err != nil {
		t.Error(err)
	}
	left := tree(t, s.backups)
	if len(left) != 2 { // the restore point of the fresh server
		t.Errorf("%v", left)
	}
}

func TestAnIncrementalBackupOfNothingEarlierIsWhole(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	transfer := s.await(s.CreateBackup(t.Context(), archive.BackupOrder{Type: "incremental"}))
	b, err := s.Backup(t.Context(), transfer.BackupID)
	if err != nil || len(b.Bases) != 0 || len(transfer.Notes) != 1 || !strings.Contains(transfer.Notes[0], "everything is written") {
		t.Errorf("%+v %v %v", b, transfer.Notes, err)
	}
}

func TestPromise8_BackupsUnderWriteLoadComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	count := backupCount(t)
	for name, open := range databases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serverOn(t, open(t), t.TempDir())
			s.fill(0)
			stop := make(chan struct{})
			var load sync.WaitGroup
			load.Go(func() {
				for i := 100; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					s.generate(i)
					if i%3 == 0 {
						s.scan(i)
					}
				}
			})
			backups := []lora.Backup{}
			for i := range count {
				kind := []string{"full", "incremental", "incremental"}[i%3]
				backups = append(backups, s.back(archive.BackupOrder{Type: kind, Weights: i%2 == 0}))
			}
			close(stop)
			load.Wait()
			for _, b := range backups {
				fresh := serverOn(t, sqlite(t), s.backups)
				fresh.await(fresh.RestoreBackup(t.Context(), b.ID, false))
				if got := fresh.checksum(); got != b.Checksum {
					t.Errorf("%s: checksum %s, want %s", b.ID, got, b.Checksum)
				}
				// One more may just have been made, for a job that had not ended.
				if pictures := tree(t, fresh.kept); len(pictures)-b.Counts.Images > 1 || len(pictures) < b.Counts.Images {
					t.Errorf("%s: %d pictures of %d", b.ID, len(pictures), b.Counts.Images)
				}
			}
		})
	}
}

func TestPromise9_ACancelledBackupLeavesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	writing, goOn := make(chan struct{}), make(chan struct{})
	var once sync.Once
	s.fault.set(func(f *fault) {
		f.disk = func(step guard.KeepStep) error {
			if step == guard.KeepWrite {
				once.Do(func() { close(writing); <-goOn })
			}
			return nil
		}
	})
	transfer, err := s.CreateBackup(t.Context(), archive.BackupOrder{})
	s.ok(err)
	<-writing
	if _, err := s.CancelTransfer(t.Context(), transfer.ID); err != nil {
		t.Error(err)
	}
	close(goOn)
	if over := s.ended(transfer, nil); over.State != lora.TransferCancelled || over.Error != "" {
		t.Errorf("%+v", over)
	}
	if left := tree(t, s.backups); len(left) != 0 {
		t.Errorf("%v", left)
	}
	if _, err := s.CancelTransfer(t.Context(), transfer.ID); lora.CodeOf(err) != lora.Conflict {
		t.Error(err)
	}
}

func TestPromise8_AFullDiskLeavesNoHalfBackup(t *testing.T) {
	t.Parallel()
	full := lora.Errorf(lora.StorageFull, "The disk is full.")
	for _, step := range []guard.KeepStep{guard.KeepCreate, guard.KeepWrite, guard.KeepSync, guard.KeepRename, guard.KeepFlush} {
		for nth := range 2 {
			t.Run(fmt.Sprint(step, nth), func(t *testing.T) {
				t.Parallel()
				s := newServer(t)
				s.fill(0)
				seen := 0
				s.fault.set(func(f *fault) {
					f.disk = func(at guard.KeepStep) error {
						if at == step {
							if seen++; seen > nth {
								return full
							}
						}
						return nil
					}
				})
				b, err := s.MakeBackup(t.Context(), archive.BackupOrder{})
				left := tree(t, s.backups)
				if err == nil {
					return // there are fewer of these steps
				}
				if lora.CodeOf(err) != lora.StorageFull {
					t.Errorf("%v", err)
				}
				for name := range left {
					// What was written whole before the disk was full may stay, described or not.
					if !strings.HasPrefix(name, b.ID) || strings.HasSuffix(name, ".part") || strings.HasSuffix(name, ".tmp") {
						t.Errorf("it left %v", left)
					}
				}
				s.fault.set(func(f *fault) { f.disk = nil })
				s.back(archive.BackupOrder{})
			})
		}
	}
}

func TestTheContractsBackupsKeepTheirNames(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for given, want := range map[string]string{
		"full": "Full", "nightly_run": "Nightly Run", "": "Full", "  ": "Backup", "INCREMENTAL": "Incremental", "a1b_c": "A1B C", "l'été": "L'Été",
	} {
		b, err := s.CreateContractBackup(t.Context(), given)
		if err != nil || archive.ContractBackupType(&b) != want || b.Status != "verified" {
			t.Errorf("%q: %q %v", given, archive.ContractBackupType(&b), err)
		}
	}
}

func TestABackupThatIsReadIsNotDeleted(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	base := s.back(archive.BackupOrder{})
	later := s.back(archive.BackupOrder{Type: "incremental"})
	var points []string // the oldest first
	for range 10 {
		points = append(points, s.back(archive.BackupOrder{Type: "restore_point"}).ID)
	}
	tried := false
	s.fault.set(func(f *fault) {
		f.load = func() error {
			tried = true
			for _, id := range []string{base.ID, later.ID} {
				if err := s.DeleteBackup(t.Context(), id, true); lora.CodeOf(err) != lora.Conflict {
					t.Errorf("%s while it is restored: %v", id, err)
				}
			}
			return nil
		}
	})
	s.await(s.RestoreBackup(t.Context(), later.ID, false))
	if !tried {
		t.Error("nothing was loaded")
	}
	s.fault.set(func(f *fault) { f.load = nil })
	if err := s.DeleteBackup(t.Context(), base.ID, true); err != nil {
		t.Errorf("after the restore: %v", err)
	}
	// The restore point of a restore takes the place of the oldest, unless that is restored.
	s.await(s.RestoreBackup(t.Context(), points[1], false))
	if _, err := s.Backup(t.Context(), points[1]); err != nil {
		t.Errorf("the restore point that was restored: %v", err)
	}
	if _, err := s.Backup(t.Context(), points[0]); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("the oldest restore point: %v", err)
	}
}

func TestIDsDoNotCollideWithinASecond(t *testing.T) {
	t.Parallel()
	shared := t.TempDir()
	var all sync.WaitGroup
	for range 3 {
		s := serverOn(t, sqlite(t), shared)
		for range 3 {
			all.Go(func() {
				if _, err := s.MakeBackup(context.WithoutCancel(t.Context()), archive.BackupOrder{}); err != nil {
					t.Error(err)
				}
			})
		}
	}
	all.Wait()
	if files := tree(t, shared); len(files) != 18 {
		t.Errorf("%d files", len(files))
	}
}

func TestOrdersThatCannotBeCarriedOutNameTheField(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	for field, o := range map[string]archive.BackupOrder{"type": {Type: "differential"}, "place": {Place: "s3"}} {
		_, err := s.CreateBackup(t.Context(), o)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestABackupWithoutItsDescriptionIsTakenIn(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{Note: "kept"})
	os.Remove(filepath.Join(s.backups, b.ID+".json"))
	stranger := "backup_20200101_000000_abcdef.zip"
	os.WriteFile(filepath.Join(s.backups, stranger), []byte("no backup"), 0o600)
	s.back(archive.BackupOrder{})
	again, err := s.Backup(t.Context(), b.ID)
	if err != nil || again.Note != "kept" || again.Checksum != b.Checksum || again.Status != "completed" {
		t.Errorf("%+v %v", again, err)
	}
	if _, err := os.Stat(filepath.Join(s.backups, stranger)); err != nil {
		t.Error("a file that is no backup was removed")
	}
}
