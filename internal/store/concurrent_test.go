package store_test

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// TestPromise4_ReadersSeeEveryWrite lets scans, edits and lists run at once: nobody
// fails, and who has written finds it in the next answer.
func TestPromise4_ReadersSeeEveryWrite(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]string{"sqlite": "", "postgres": pgtest.Database(t)} {
		t.Run(name, func(t *testing.T) {
			s := openURL(t, url, t.TempDir())
			results, err := s.SaveScanned(t.Context(), storetest.Batch(0, 20))
			if err != nil {
				t.Fatal(err)
			}
			var all sync.WaitGroup
			for writer := range 4 {
				all.Go(func() {
					id := results[writer].AdapterID
					for i := range 10 {
						note := fmt.Sprintf("writer %d wrote %d times", writer, i)
						value, err := json.Marshal(note)
						if err != nil {
							t.Error(err)
							return
						}
						if _, _, err := s.Patch(t.Context(), id, map[string]json.RawMessage{"notes": value}); err != nil {
							t.Error(err)
							return
						}
						page, r, err := s.List(t.Context(), catalog.Query{Text: `"` + note + `"`})
						if err != nil || r.Filtered != 1 || page[0].ID != id {
							t.Errorf("%q finds %d: %v", note, r.Filtered, err)
							return
						}
					}
				})
			}
			all.Go(func() {
				for i := range 10 {
					if _, err := s.SaveScanned(t.Context(), storetest.Batch(20+i*20, 20)); err != nil {
						t.Error(err)
						return
					}
				}
			})
			all.Wait()
			if _, r, err := s.List(t.Context(), catalog.Query{}); err != nil || r.Total != 220 {
				t.Errorf("%d adapters in the end: %v", r.Total, err)
			}
		})
	}
}

// TestPromise4_MarksAreSeenByAllProcesses marks adapters in one process and asks another,
// and one that starts later.
func TestPromise4_MarksAreSeenByAllProcesses(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	first, second := openURL(t, url, ""), openURL(t, url, "")
	results, err := first.SaveScanned(t.Context(), storetest.Batch(0, 20))
	if err != nil {
		t.Fatal(err)
	}
	bob, err := first.AddAccount(t.Context(), lora.Account{Name: "bob", Role: lora.Administrator}, lora.Credentials{})
	if err != nil {
		t.Fatal(err)
	}
	favorites := func(what string, s *store.Store, account int64, want int) {
		t.Helper()
		if n, err := s.Favorites(t.Context(), account); err != nil || n != want {
			t.Errorf("%s: %d favourites of %d, want %d: %v", what, n, account, want, err)
		}
	}
	favorites("at first", second, bob.Key, 0)
	undo := ""
	for i, s := range []*store.Store{first, second, first} {
		if _, undo, err = s.PatchFor(t.Context(), bob.Key, results[i].AdapterID, map[string]json.RawMessage{"favorite": []byte("true")}); err != nil {
			t.Fatal(err)
		}
		favorites("here", first, bob.Key, i+1)
		favorites("there", second, bob.Key, i+1)
	}
	favorites("later", openURL(t, url, ""), bob.Key, 3)
	if _, err := second.UndoFor(t.Context(), bob.Key, undo); err != nil {
		t.Fatal(err)
	}
	favorites("once it was undone", first, bob.Key, 2)
	favorites("of the library", first, 0, 0)
}

// TestPromise9_ProcessesThatShareAWorkersName lets a process start as a worker whose
// name another one has by mistake. It takes the jobs of the other over, which then
// changes nothing more about them: each ends once.
func TestPromise9_ProcessesThatShareAWorkersName(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	first, second := openURL(t, url, ""), openURL(t, url, "")
	claim := lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 8}, Lease: time.Hour}
	mine := []lora.Job{}
	for range 8 {
		if _, _, err := first.AddJob(t.Context(), lora.Job{Kind: lora.Generation, Engine: "e", MaxAttempts: 3}); err != nil {
			t.Fatal(err)
		}
		job, found, err := first.ClaimJob(t.Context(), claim)
		if err != nil || !found {
			t.Fatalf("%v, %v", found, err)
		}
		mine = append(mine, job)
	}
	var all sync.WaitGroup
	var ended atomic.Int64
	end := func(s *store.Store, job lora.Job) {
		switch _, err := s.EndJob(t.Context(), job.ID, job.Token, lora.Ending{Status: lora.JobSucceeded}); {
		case err == nil:
			ended.Add(1)
		case lora.CodeOf(err) != lora.Conflict:
			t.Error(err)
		}
	}
	for _, job := range mine {
		all.Go(func() { end(first, job) })
		all.Go(func() {
			job, found, err := second.ReclaimJob(t.Context(), "w", time.Hour, true)
			if err != nil {
				t.Error(err)
			}
			if found {
				end(second, job)
			}
		})
	}
	all.Wait()
	if n := ended.Load(); n != 8 {
		t.Errorf("%d endings of 8 jobs", n)
	}
	if state, err := first.QueueState(t.Context()); err != nil || state != (lora.QueueState{}) {
		t.Errorf("the queue is %+v, %v", state, err)
	}
}
