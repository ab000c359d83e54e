package library_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/library"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// network is the way of one server to the leases, which can be cut.
type network struct {
	*store.Store
	cut atomic.Bool
}

var errCut = errors.New("no way there")

func (n *network) TakeLease(ctx context.Context, name, holder string, ttl time.Duration) (int64, bool, error) {
	if n.cut.Load() {
		return 0, false, errCut
	}
	return n.Store.TakeLease(ctx, name, holder, ttl)
}

func (n *network) RenewLease(ctx context.Context, name, holder string, token int64, ttl time.Duration) (bool, error) {
	if n.cut.Load() {
		return false, errCut
	}
	return n.Store.RenewLease(ctx, name, holder, token, ttl)
}

func (n *network) DropLease(ctx context.Context, name, holder string, token int64) error {
	if n.cut.Load() {
		return errCut
	}
	return n.Store.DropLease(ctx, name, holder, token)
}

// servers are several Libraries on one database. The first of them scans.
type servers struct {
	*kit
	libraries []*library.Library
	networks  []*network
	heard     []*recorder
	stop      []context.CancelFunc
}

// together runs a test on two servers in a time of its own, which passes when all wait.
func together(t *testing.T, test func(t *testing.T, s *servers)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db, err := store.Open(t.Context(), store.Options{DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		s := &servers{kit: &kit{t: t, store: db, home: t.TempDir()}}
		for _, name := range []string{"first", "second"} {
			n, heard := &network{Store: db}, &recorder{news: make(chan struct{})}
			lib := library.New(library.Options{
				Files: db, Placement: db, Registry: db, ScanLog: db, DigestLog: db, Announcer: heard,
				Leases: n, Holder: name, Logger: slog.New(slog.DiscardHandler), Settle: time.Millisecond, ScanOnStart: true, Digests: true,
			})
			ctx, stop := context.WithCancel(t.Context())
			if err := lib.Start(ctx); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			s.libraries, s.networks, s.heard, s.stop = append(s.libraries, lib), append(s.networks, n), append(s.heard, heard), append(s.stop, stop)
		}
		s.Library, s.events = s.libraries[0], s.heard[0]
		test(t, s)
		for i, lib := range s.libraries {
			s.stop[i]()
			if err := lib.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

// scanner is the server that has the duty.
func (s *servers) scanner() string {
	s.t.Helper()
	name, err := s.store.LeaseHolder(s.t.Context(), "scanner")
	if err != nil {
		s.t.Fatal(err)
	}
	return name
}

// read is what is kept of a scan once it is over.
func (s *servers) over(id string) lora.Scan {
	s.t.Helper()
	for {
		time.Sleep(time.Second)
		scan, err := s.store.Scan(s.t.Context(), id)
		if err != nil {
			s.t.Fatal(err)
		}
		if scan.State != lora.ScanRunning {
			return scan
		}
	}
}

func TestPromise9_OneServerScansAndAnotherDoesWhenItIsCutOff(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		check(t, "who scans", s.scanner(), "first")
		time.Sleep(time.Hour)
		check(t, "who scans an hour later", s.scanner(), "first")
		s.networks[0].cut.Store(true)
		time.Sleep(13 * time.Second)
		check(t, "who scans after a lease and a try", s.scanner(), "second")
		s.networks[0].cut.Store(false)
		time.Sleep(time.Minute)
		check(t, "who scans when the first is back", s.scanner(), "second")
	})
}

func TestPromise9_AServerThatStopsHandsOverAtOnce(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		s.stop[0]()
		synctest.Wait()
		check(t, "who scans", s.scanner(), "")
		time.Sleep(3 * time.Second)
		check(t, "who scans a moment later", s.scanner(), "second")
	})
}

func TestPromise9_AScanAskedOfAnyServerIsDoneByTheOneThatScans(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		s.put("shelf/a.safetensors", adapter("a"))
		root, asked, err := s.libraries[1].AddRoot(t.Context(), s.path("shelf"), "")
		if err != nil {
			t.Fatal(err)
		}
		check(t, "phase", asked.Phase, lora.PhaseWait)
		check(t, "running for the other", s.libraries[1].Running(t.Context()).ID, asked.ID)
		if _, err := s.libraries[1].StartScan(t.Context(), nil, library.TriggerUser); lora.CodeOf(err) != lora.Conflict {
			t.Errorf("a second scan: %v, want a Conflict", err)
		}
		check(t, "scan", s.finished(asked.ID).Counts.Added, 1) // announced by the first
		check(t, "known", len(s.known(root)), 1)
		check(t, "state there", s.over(asked.ID).State, lora.ScanFinished)
		time.Sleep(3 * time.Second)
		if now := s.libraries[1].Running(t.Context()); now != nil {
			t.Errorf("still running: %+v", now)
		}
		if err := s.libraries[1].RequestDigests(t.Context(), s.at(root, "a.safetensors").ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		if s.at(root, "a.safetensors").SHA256 == nil {
			t.Error("the first server has computed no digest")
		}
	})
}

func TestPromise9_AScanIsCancelledAtAnyServer(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		s.put("shelf/a.safetensors", adapter("a"))
		root := s.addRoot("shelf")
		reached, goOn := make(chan struct{}), make(chan struct{})
		var once atomic.Bool
		s.SetBefore(func(op, _ string) {
			if op == "list" && once.CompareAndSwap(false, true) {
				close(reached)
				<-goOn
			}
		})
		running, err := s.StartScan(t.Context(), nil, library.TriggerUser)
		if err != nil {
			t.Fatal(err)
		}
		<-reached
		if _, err := s.libraries[1].RemoveRoot(t.Context(), root.ID, false); lora.CodeOf(err) != lora.Conflict {
			t.Errorf("removing a folder while another server scans: %v, want a Conflict", err)
		}
		if err := s.libraries[1].CancelScan(t.Context(), running.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(3 * time.Second)
		close(goOn)
		check(t, "scan", s.finished(running.ID).State, lora.ScanCancelled)
		if err := s.libraries[1].CancelScan(t.Context(), running.ID); lora.CodeOf(err) != lora.NotFound {
			t.Errorf("cancelled twice: %v, want NotFound", err)
		}
	})
}

func TestPromise9_AScanThatIsCancelledBeforeItBeginsNeverDoes(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		if err := os.MkdirAll(s.path("shelf"), 0o755); err != nil {
			t.Fatal(err)
		}
		_, asked, err := s.libraries[1].AddRoot(t.Context(), s.path("shelf"), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.libraries[1].CancelScan(t.Context(), asked.ID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		check(t, "scan", s.over(asked.ID).State, lora.ScanCancelled)
	})
}

func TestPromise9_AServerThatReadsOneFileAgainWaitsForTheScanOfAnother(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		s.put("shelf/a.safetensors", adapter("a"))
		root := s.addRoot("shelf")
		id := s.at(root, "a.safetensors").ID
		reached, goOn := make(chan struct{}), make(chan struct{})
		var once atomic.Bool
		s.SetBefore(func(op, _ string) {
			if op == "list" && once.CompareAndSwap(false, true) {
				close(reached)
				<-goOn
			}
		})
		running, err := s.StartScan(t.Context(), nil, library.TriggerUser)
		if err != nil {
			t.Fatal(err)
		}
		<-reached
		done := make(chan error, 1)
		go func() { done <- s.libraries[1].Rescan(t.Context(), id) }()
		time.Sleep(5 * time.Second)
		select {
		case err := <-done:
			t.Errorf("it did not wait: %v", err)
		default:
		}
		close(goOn)
		s.finished(running.ID)
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestPromise3_WhatAnotherServerMovesDuringAScanIsNotMissing(t *testing.T) {
	together(t, func(t *testing.T, s *servers) {
		s.put("shelf/deep/a.safetensors", adapter("a"))
		root := s.addRoot("shelf")
		id := s.at(root, "deep/a.safetensors").ID
		reached, goOn := make(chan struct{}), make(chan struct{})
		var once atomic.Bool
		s.SetBefore(func(op, rel string) { // the top is listed by then, the folder below is not
			if op == "list" && rel == "deep" && once.CompareAndSwap(false, true) {
				close(reached)
				<-goOn
			}
		})
		running, err := s.StartScan(t.Context(), nil, library.TriggerUser)
		if err != nil {
			t.Fatal(err)
		}
		<-reached
		if err := s.libraries[1].Move(t.Context(), id, root.ID, ""); err != nil {
			t.Fatal(err)
		}
		close(goOn)
		check(t, "missing", s.finished(running.ID).Counts.Missing, 0)
		check(t, "state", s.at(root, "a.safetensors").FileState, lora.FileOK)
	})
}
