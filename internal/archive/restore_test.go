package archive_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/store/storetest"
)

// failed waits for a restore that must fail, and returns its sentence.
func (s *server) failed(t lora.Transfer, err error) string {
	s.Helper()
	t = s.ended(t, err)
	if t.State != lora.TransferFailed || t.Error == "" {
		s.Fatalf("%+v", t)
	}
	return t.Error
}

func TestPromise8_ARestoreThatFailsLeavesWhatWas(t *testing.T) {
	t.Parallel()
	broken := lora.Errorf(lora.Unavailable, "The disk went away.")
	for name, c := range map[string]struct {
		cause func(f *fault)
		says  string
	}{
		"the restore point cannot be written": {func(f *fault) { f.disk = func(guard.KeepStep) error { return broken } }, "restore point could not be made, and nothing was changed: The disk went away."},
		"the database cannot be dumped":       {func(f *fault) { f.dump = broken }, "restore point could not be made, and nothing was changed"},
		"a picture cannot be put back":        {func(f *fault) { f.reserve = broken }, "pictures could not be put back, and nothing was changed"},
		"the load fails at its end":           {func(f *fault) { f.load = func() error { return broken } }, "database could not be loaded, and nothing was changed"},
		"the database is not sound afterwards": {func(f *fault) {
			f.load = func() error { f.ready = errors.New("disk I/O error"); return nil }
		}, "so the state before was brought back"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t)
			s.fill(0)
			b := s.back(archive.BackupOrder{Weights: true})
			s.scan(1)
			os.RemoveAll(s.kept)
			os.MkdirAll(s.kept, 0o750)
			before, files := s.checksum(), tree(t, s.loras)
			s.fault.set(c.cause)
			if says := s.failed(s.RestoreBackup(t.Context(), b.ID, true)); !strings.Contains(says, c.says) {
				t.Errorf("it says %q", says)
			}
			s.fault.set(func(f *fault) { f.disk, f.load, f.ready, f.dump, f.reserve = nil, nil, nil, nil, nil })
			if s.checksum() != before {
				t.Error("the state before is not there any more")
			}
			if got := tree(t, s.loras); !maps.Equal(got, files) {
				t.Errorf("files were changed: %v", got)
			}
			// Nothing stands in the way of another attempt.
			s.await(s.RestoreBackup(t.Context(), b.ID, true))
			if s.checksum() != b.Checksum {
				t.Error("the second attempt failed")
			}
		})
	}
}

func TestARollBackThatFailsNamesWhereTheOldStateIs(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{})
	loads := 0
	s.fault.set(func(f *fault) {
		f.load = func() error {
			f.ready = errors.New("disk I/O error")
			if loads++; loads > 1 {
				return lora.Errorf(lora.StorageFull, "The disk is full.")
			}
			return nil
		}
	})
	says := s.failed(s.RestoreBackup(t.Context(), b.ID, false))
	all, err := s.Backups(t.Context())
	s.ok(err)
	if !strings.Contains(says, "could not be brought back: The disk is full. It is in backup "+all[0].ID) || all[0].Type != "restore_point" {
		t.Error(says)
	}
}

func TestOneRestoreAtATime(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{})
	under, goOn := make(chan struct{}), make(chan struct{})
	s.fault.set(func(f *fault) {
		f.load = func() error { close(under); <-goOn; return nil }
	})
	first, err := s.RestoreBackup(t.Context(), b.ID, false)
	s.ok(err)
	<-under
	if _, err := s.RestoreBackup(t.Context(), b.ID, false); lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), "A restore is under way since") {
		t.Error(err)
	}
	close(goOn)
	s.await(first, nil)
	list, err := s.Transfers(t.Context(), 10)
	if err != nil || len(list) != 3 || list[1].Kind != lora.TransferRestore {
		t.Errorf("%+v %v", list, err)
	}
}

func TestACancelledRestoreChangesNothing(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{})
	s.scan(1)
	before := s.checksum()
	under, goOn := make(chan struct{}), make(chan struct{})
	s.fault.set(func(f *fault) {
		f.load = func() error { close(under); <-goOn; return nil }
	})
	restore, err := s.RestoreBackup(t.Context(), b.ID, false)
	s.ok(err)
	<-under
	if _, err := s.CancelTransfer(t.Context(), restore.ID); err != nil {
		t.Error(err)
	}
	close(goOn)
	if over := s.ended(restore, nil); over.State != lora.TransferCancelled {
		t.Errorf("%+v", over)
	}
	if s.checksum() != before {
		t.Error("something changed")
	}
}

// flips is how many bits of each kind of file are flipped.
const flips = 200

func TestPromise2_EveryFlippedBitIsFoundBeforeAnythingIsWritten(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	full := s.back(archive.BackupOrder{Weights: true})
	s.fill(1)
	b := s.back(archive.BackupOrder{Type: "incremental", Weights: true})
	s.scan(2)
	before, events := s.checksum(), tree(t, s.kept)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range flips {
		id := []string{full.ID, b.ID}[i%2]
		name := filepath.Join(s.backups, id+".zip")
		data, err := os.ReadFile(name)
		s.ok(err)
		at, bit := random.IntN(len(data)), byte(1)<<random.IntN(8)
		data[at] ^= bit
		s.ok(os.WriteFile(name, data, 0o600))
		// The incremental one stands on the full one: damage of what it needs is found too.
		restored := s.ended(s.RestoreBackup(t.Context(), id, true))
		if restored.State != lora.TransferFailed || !strings.Contains(restored.Error, id) {
			t.Errorf("bit %d of byte %d of %s: %s %s", bit, at, id, restored.State, restored.Error)
		}
		data[at] ^= bit
		s.ok(os.WriteFile(name, data, 0o600))
	}
	if s.checksum() != before || !maps.Equal(tree(t, s.kept), events) {
		t.Error("something was written")
	}
	all, err := s.Backups(t.Context())
	if err != nil || len(all) != 2 {
		t.Errorf("%d backups: restore points were made", len(all))
	}
}

func TestPromise2_ADamagedDescriptionIsFoundAndMadeAnew(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{Note: "of Tuesday"})
	name := filepath.Join(s.backups, b.ID+".json")
	good, err := os.ReadFile(name)
	s.ok(err)
	random := rand.New(rand.NewPCG(3, 4))
	for range flips {
		data := bytes.Clone(good)
		data[random.IntN(len(data))] ^= byte(1) << random.IntN(8)
		s.ok(os.WriteFile(name, data, 0o600))
		got, err := s.Backup(t.Context(), b.ID)
		s.ok(err)
		if sound := got.Checksum == b.Checksum && got.SHA256 == b.SHA256 && got.Note == b.Note && got.CreatedAt.Equal(b.CreatedAt) && got.Type == b.Type; !sound && got.Status != "damaged" {
			t.Errorf("%+v", got)
		}
	}
	s.ok(os.WriteFile(name, []byte("{"), 0o600))
	s.await(s.VerifyBackup(t.Context(), b.ID))
	if got, err := s.Backup(t.Context(), b.ID); err != nil || got.Status != "verified" || got.Note != "of Tuesday" || got.Checksum != b.Checksum {
		t.Errorf("%+v %v", got, err)
	}
}

func TestVerifyingSaysWhatIsDamaged(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{Weights: true})
	name := filepath.Join(s.backups, b.ID+".zip")
	data, err := os.ReadFile(name)
	s.ok(err)
	at := bytes.Index(data, []byte("preview of"))
	data[at] ^= 1
	s.ok(os.WriteFile(name, data, 0o600))
	says := s.failed(s.VerifyBackup(t.Context(), b.ID))
	got, err := s.Backup(t.Context(), b.ID)
	if err != nil || got.Status != "damaged" || got.Error != says || !strings.Contains(says, "_files_") && !strings.Contains(says, "/files/") {
		t.Errorf("%q, %+v %v", says, got, err)
	}
	// Nothing is built upon it.
	transfer := s.await(s.CreateBackup(t.Context(), archive.BackupOrder{Type: "incremental"}))
	if next, err := s.Backup(t.Context(), transfer.BackupID); err != nil || len(next.Bases) != 0 {
		t.Errorf("%+v %v", next, err)
	}
	os.Remove(name)
	if got, err := s.Backup(t.Context(), b.ID); err != nil || got.Status != "damaged" || !strings.Contains(got.Error, "not there any more") {
		t.Errorf("%+v %v", got, err)
	}
}

func TestWhatARestoreDoesToThisServer(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	ctx := t.Context()
	s.ok(s.store.AddEngineConfig(ctx, lora.EngineConfig{Name: "gpu", Kind: lora.A1111, URL: "http://127.0.0.1:7860", Password: "secret", Enabled: true}))
	_, _, err := s.store.AddJob(ctx, lora.Job{ID: "waits", Kind: lora.Generation, Engine: "sketch", Params: []byte(`{}`), MaxAttempts: 1})
	s.ok(err)
	s.ok(s.store.AddRoot(ctx, lora.Root{ID: "elsewhere", Path: "/mnt/not-here", Name: "not here"}))
	schedule, err := s.AddSchedule(ctx, lora.BackupSchedule{Name: "nightly", Enabled: true, Cron: "@daily", Type: "full"})
	s.ok(err)
	past := time.Now().Add(-48 * time.Hour).UTC().Truncate(time.Microsecond)
	schedule.NextRunAt = &past
	s.ok(s.store.PutBackupSchedule(ctx, schedule))
	b := s.back(archive.BackupOrder{Weights: true})
	data, err := os.ReadFile(filepath.Join(s.backups, b.ID+".zip"))
	s.ok(err)
	if bytes.Contains(data, []byte("secret")) {
		t.Error("a password is in the backup")
	}
	done := s.await(s.RestoreBackup(ctx, b.ID, true))

	engines, err := s.store.EngineConfigs(ctx)
	if err != nil || len(engines) != 1 || engines[0].Password != "secret" {
		t.Errorf("the password of an engine that is the same was lost: %+v %v", engines, err)
	}
	queue, err := s.store.QueueState(ctx)
	if err != nil || !queue.Paused || queue.Pending != 1 || !strings.Contains(strings.Join(done.Notes, " "), "queue is paused") {
		t.Errorf("%+v %v %v", queue, done.Notes, err)
	}
	roots, err := s.store.Roots(ctx)
	if err != nil || len(roots) != 2 {
		t.Errorf("%+v %v", roots, err)
	}
	schedules, err := s.Schedules(ctx)
	if err != nil || len(schedules) != 1 || !schedules[0].NextRunAt.After(time.Now()) {
		t.Errorf("a schedule that came back counts as missed: %+v %v", schedules, err)
	}
}

func TestARestoreWithoutItsLibraryFolderSaysSo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{Weights: true})
	s.ok(os.RemoveAll(s.loras))
	fresh := serverOn(t, sqlite(t), s.backups)
	done := fresh.await(fresh.RestoreBackup(t.Context(), b.ID, true))
	if notes := strings.Join(done.Notes, " "); !strings.Contains(notes, "12 files were not put back: The library folder "+s.loras+" is not on this computer.") {
		t.Error(notes)
	}
	known, err := fresh.store.KnownFiles(t.Context(), storetest.RootID)
	if err != nil || len(known) != 4 || fresh.checksum() != b.Checksum {
		t.Errorf("%d adapters, %v", len(known), err)
	}
}

func TestADownloadHasAnyRangeAndCanBeComplete(t *testing.T) {
	t.Parallel()
	s := newServer(t, withBucket(t))
	s.fill(0)
	for _, place := range []string{"folder", "s3"} {
		s.back(archive.BackupOrder{Weights: true, Place: place})
		b := s.back(archive.BackupOrder{Type: "incremental", Weights: true, Place: place})
		if len(b.Bases) != 1 {
			t.Fatalf("%+v", b)
		}
		for _, complete := range []bool{false, true} {
			whole := s.download(b.ID, complete, 0, -1)
			if part := s.download(b.ID, complete, 100, 1000); !bytes.Equal(part, whole[100:1000]) {
				t.Error("a range holds other bytes")
			}
			if !complete {
				continue
			}
			// Alone in the folder of another server, it brings everything back.
			other := serverOn(t, sqlite(t), t.TempDir())
			s.ok(os.WriteFile(filepath.Join(other.backups, b.ID+".zip"), whole, 0o600))
			other.back(archive.BackupOrder{}) // takes it in
			want := tree(t, s.loras)
			os.RemoveAll(s.loras)
			os.MkdirAll(s.loras, 0o750)
			other.await(other.RestoreBackup(t.Context(), b.ID, true))
			if other.checksum() != b.Checksum || !maps.Equal(tree(t, s.loras), want) || !maps.Equal(tree(t, other.kept), tree(t, s.kept)) {
				t.Errorf("%s: not everything came back", place)
			}
		}
	}
}

func (s *server) download(id string, complete bool, from, until int64) []byte {
	s.Helper()
	d, err := s.OpenBackup(s.Context(), id, complete)
	s.ok(err)
	if until < 0 {
		until = d.Size
	}
	var b bytes.Buffer
	s.ok(errors.Join(d.WriteRange(s.Context(), &b, from, until), d.Close()))
	if int64(b.Len()) != until-from || d.ETag == "" || !strings.HasPrefix(d.Name, id) {
		s.Fatalf("%+v, %d bytes", d, b.Len())
	}
	return b.Bytes()
}

func TestARehearsalIsWrittenDown(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	b := s.back(archive.BackupOrder{Weights: true})
	before := s.checksum()
	s.await(s.RehearseBackup(t.Context(), b.ID))
	got, err := s.Backup(t.Context(), b.ID)
	if err != nil || got.RehearsedAt == nil || got.RehearsalBad != "" || got.Status != "verified" {
		t.Errorf("%+v %v", got, err)
	}
	name := filepath.Join(s.backups, b.ID+".zip")
	data, err := os.ReadFile(name)
	s.ok(err)
	data[bytes.Index(data, []byte("preview of"))] ^= 4
	s.ok(os.WriteFile(name, data, 0o600))
	says := s.failed(s.RehearseBackup(t.Context(), b.ID))
	got, err = s.Backup(t.Context(), b.ID)
	if err != nil || got.RehearsalBad != says || got.Status != "damaged" {
		t.Errorf("%+v %v", got, err)
	}
	if s.checksum() != before {
		t.Error("a rehearsal changed the catalog")
	}
}

func TestAScratchThatLosesARowFailsTheRehearsal(t *testing.T) {
	t.Parallel()
	s := newServer(t, func(o *archive.Options) {
		open := o.Backup.Scratch
		o.Backup.Scratch = func(ctx context.Context) (archive.BackupDatabase, func() error, error) {
			d, close, err := open(ctx)
			return forgetful{d}, close, err
		}
	})
	s.fill(0)
	b := s.back(archive.BackupOrder{})
	if says := s.failed(s.RehearseBackup(t.Context(), b.ID)); !strings.Contains(says, "checksum differs") {
		t.Error(says)
	}
}

// forgetful loads something else than it was given.
type forgetful struct{ archive.BackupDatabase }

func (f forgetful) Load(ctx context.Context, schema int, source func(string) (io.Reader, error), check func(string) error) (lora.Loaded, error) {
	return f.BackupDatabase.Load(ctx, schema, source, func(sum string) error { return check(fmt.Sprint(sum, "x")) })
}

func TestWildcardsComeBackAndReplaceNone(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.fill(0)
	for name, text := range map[string]string{"lost.txt": "red", "edited.txt": "blue", "same.txt": "green", "colours/warm/lost.txt": "orange"} {
		s.ok(os.MkdirAll(filepath.Dir(filepath.Join(s.words, name)), 0o750))
		s.ok(os.WriteFile(filepath.Join(s.words, name), []byte(text), 0o600))
	}
	b := s.back(archive.BackupOrder{})
	s.ok(os.Remove(filepath.Join(s.words, "lost.txt")))
	s.ok(os.RemoveAll(filepath.Join(s.words, "colours")))
	s.ok(os.WriteFile(filepath.Join(s.words, "edited.txt"), []byte("violet"), 0o600))
	done := s.await(s.RestoreBackup(t.Context(), b.ID, false))
	for name, want := range map[string]string{"lost.txt": "red", "edited.txt": "violet", "same.txt": "green", "colours/warm/lost.txt": "orange"} {
		if got, err := os.ReadFile(filepath.Join(s.words, name)); err != nil || string(got) != want {
			t.Errorf("%s: %q %v", name, got, err)
		}
	}
	if len(done.Notes) != 1 || !strings.Contains(done.Notes[0], "1 wildcard files say something else") {
		t.Errorf("%v", done.Notes)
	}
}
