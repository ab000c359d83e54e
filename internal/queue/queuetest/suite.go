// Package queuetest says what every queue must do.
package queuetest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"loramanager/internal/queue"
)

// patience is how long a test waits before it says that something never happens. The
// sweeper of jobs would have found the job long before.
const patience = 60 * time.Second

// Start makes two queues of one backend for a test: wake-ups go in at from and must
// come out at to, which may be the same one. The suite closes both.
type Start func(t *testing.T) (from, to queue.Queue)

// Run checks all promises that hold for every backend.
func Run(t *testing.T, start Start) {
	for name, check := range map[string]func(*testing.T, Start){
		"a wake-up arrives":                                    arrives,
		"wake-ups of every priority arrive":                    everyPriority,
		"wake-ups from many goroutines all arrive (promise 2)": manyAtOnce,
		"waking does not wait for readers, and what nobody reads is kept (promises 1 and 2)": kept,
		"the same id waits once (promise 2)":                                                 once,
		"closing ends everything and may be done twice (promise 4)":                          closing,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			check(t, start)
		})
	}
}

func arrives(t *testing.T, start Start) {
	from, to := open(t, start)
	for i := range 3 {
		Wake(t, from, fmt.Sprint("job-", i))
		Expect(t, to, fmt.Sprint("job-", i))
	}
	if s := to.State(); !s.Reachable || s.Error != "" || s.Since.IsZero() || s.Backend == "" {
		t.Errorf("state %+v", s)
	}
}

func everyPriority(t *testing.T, start Start) {
	from, to := open(t, start)
	var want []string
	for priority := range 10 {
		id := fmt.Sprint("priority-", priority)
		want = append(want, id)
		if err := from.Wake(t.Context(), id, priority); err != nil {
			t.Fatal(err)
		}
	}
	Expect(t, to, want...)
}

func manyAtOnce(t *testing.T, start Start) {
	from, to := open(t, start)
	var want []string
	var waking sync.WaitGroup
	for g := range 8 {
		for i := range 50 {
			want = append(want, fmt.Sprintf("job-%d-%d", g, i))
		}
		mine := want[g*50:]
		waking.Go(func() {
			for _, id := range mine {
				Wake(t, from, id)
			}
		})
	}
	Expect(t, to, want...)
	waking.Wait()
}

func kept(t *testing.T, start Start) {
	from, to := open(t, start)
	var want []string
	for i := range 200 {
		id := fmt.Sprint("job-", i)
		want = append(want, id)
		Wake(t, from, id)
	}
	Expect(t, to, want...)
}

func once(t *testing.T, start Start) {
	from, to := open(t, start)
	for range 100 {
		Wake(t, from, "same")
	}
	Wake(t, from, "last")
	same := 0
	for id := range reads(t, to) {
		if id == "last" {
			break
		}
		same++
	}
	if same > 3 { // one in hand at each side and one that waits
		t.Errorf("it came %d times", same)
	}
}

func closing(t *testing.T, start Start) {
	from, to := start(t)
	Wake(t, from, "unread")
	for _, q := range []queue.Queue{to, from, from} {
		if err := q.Close(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := from.Wake(t.Context(), "late", 5); err == nil {
		t.Error("a closed queue took a wake-up")
	}
}

func open(t *testing.T, start Start) (from, to queue.Queue) {
	t.Helper()
	from, to = start(t)
	Close(t, from, to)
	return from, to
}

// Close closes the queues when the test ends.
func Close(t *testing.T, queues ...queue.Queue) {
	t.Helper()
	for _, q := range queues {
		t.Cleanup(func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			if err := q.Close(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// Wake wakes with the usual priority.
func Wake(t *testing.T, q queue.Queue, id string) {
	t.Helper()
	if err := q.Wake(t.Context(), id, 5); err != nil {
		t.Error(err)
	}
}

// Expect reads until each of the ids has come.
func Expect(t *testing.T, q queue.Queue, ids ...string) {
	t.Helper()
	missing := map[string]bool{}
	for _, id := range ids {
		missing[id] = true
	}
	for id := range reads(t, q) {
		delete(missing, id)
		if len(missing) == 0 {
			return
		}
	}
	t.Fatalf("%d of %d ids never came: %.200s", len(missing), len(ids), fmt.Sprint(missing))
}

// reads yields what comes until the test has waited long enough.
func reads(t *testing.T, q queue.Queue) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		t.Helper()
		enough := time.NewTimer(patience)
		defer enough.Stop()
		for {
			select {
			case id := <-q.Woken():
				if !yield(id) {
					return
				}
			case <-enough.C:
				t.Error("nothing more came")
				return
			}
		}
	}
}
