package store_test

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

func TestPromise8_AcceptedJobsAreThereAfterTheProcessIsGone(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	s := openURL(t, "sqlite:///"+file, "")
	var all sync.WaitGroup
	ids := make([]string, 64)
	for i := range ids {
		all.Go(func() {
			job, _, err := s.AddJob(t.Context(), storetest.Generation(i))
			if err != nil {
				t.Error(err)
			}
			ids[i] = job.ID
		})
	}
	all.Wait()
	// Another connection sees what a process would that comes after a crash.
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for _, id := range ids {
		var n int
		if err := db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM job j JOIN job_body b ON b.job_key = j.key WHERE j.id = ?", id).Scan(&n); err != nil || n != 1 {
			t.Errorf("job %q is there %d times: %v", id, n, err)
		}
	}
}

func TestPromise8_OneThatFailsTakesNoneOfThoseWithItsCommitDown(t *testing.T) {
	t.Parallel()
	s := openURL(t, "", t.TempDir())
	taken := storetest.Generation(0)
	taken.ID = "taken"
	if _, _, err := s.AddJob(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			job := storetest.Generation(i)
			switch i % 3 {
			case 0:
				job.ID = "taken"
				if _, _, err := s.AddJob(t.Context(), job); lora.CodeOf(err) != lora.Conflict {
					t.Errorf("a second job with the same id: %v", err)
				}
			case 1:
				ctx, cancel := context.WithCancel(t.Context())
				cancel()
				if _, _, err := s.AddJob(ctx, job); err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("a client that went away: %v", err)
				}
			case 2:
				if _, _, err := s.AddJob(t.Context(), job); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if state, err := s.QueueState(t.Context()); err != nil || state.Pending < 21 {
		t.Errorf("%d jobs wait: %v", state.Pending, err)
	}
}

func TestPromise9_JobsOfAnEarlierProcessAreTakenOverAtTheStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := store.Open(t.Context(), store.Options{DataDir: dir})
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]bool)
	for i := range 3 {
		job, _, err := s.AddJob(t.Context(), storetest.Generation(i))
		if err != nil {
			t.Fatal(err)
		}
		want[job.ID] = true
		claim := lora.JobClaim{Worker: "then", Slots: map[string]int{job.Engine: 9}, Lease: 1 << 50}
		if _, found, err := s.ClaimJob(t.Context(), claim); !found || err != nil {
			t.Fatal(found, err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = openURL(t, "", dir)
	for range 3 {
		job, found, err := s.ReclaimJob(t.Context(), "now", 1<<50, true)
		if err != nil || !found || !want[job.ID] || job.Token != 2 || job.Worker != "now" {
			t.Errorf("taken over: %v, %+v, %v", found, job, err)
		}
		delete(want, job.ID)
	}
	if _, found, err := s.ReclaimJob(t.Context(), "now", 1<<50, true); found || err != nil {
		t.Errorf("one more is taken over: %v", err)
	}
}

// TestPromise10_NoFileIsWithoutItsRecord sweeps pictures that nothing uses while a job
// makes the same ones again.
func TestPromise10_NoFileIsWithoutItsRecord(t *testing.T) {
	t.Parallel()
	s := openURL(t, "", t.TempDir())
	job := storetest.Generation(0)
	if _, _, err := s.AddJob(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	running, _, err := s.ClaimJob(t.Context(), lora.JobClaim{Slots: map[string]int{job.Engine: 1}, Lease: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	var files sync.Map
	keep := func(jobID string, n int) {
		picture := storetest.Picture(n)
		for lora.CodeOf(s.ReservePicture(t.Context(), jobID, picture)) == lora.Unavailable {
			runtime.Gosched() // it is being deleted
		}
		files.Store(picture.SHA256, true)
		if err := s.KeptPicture(t.Context(), picture.SHA256); err != nil {
			t.Error(err)
		}
	}
	const pictures = 40
	for n := range pictures {
		keep("a job that is over", n)
	}
	var all sync.WaitGroup
	all.Go(func() {
		for range pictures {
			gone, err := s.AbandonedPictures(t.Context(), time.Now().Add(time.Hour), 2)
			if err != nil {
				t.Error(err)
			}
			for _, sha256 := range gone {
				files.Delete(sha256)
				if err := s.ForgetPicture(t.Context(), sha256); err != nil {
					t.Error(err)
				}
			}
		}
	})
	all.Go(func() {
		for n := range pictures {
			keep(running.ID, n)
		}
	})
	all.Wait()
	for n := range pictures {
		sha256 := storetest.Picture(n).SHA256
		_, err := s.Picture(t.Context(), sha256)
		if _, there := files.Load(sha256); !there || err != nil {
			t.Errorf("picture %d: a file is there: %v, its record: %v", n, there, err)
		}
	}
}
