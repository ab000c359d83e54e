package store

import (
	"sync"
	"time"
)

// jobPause is how long the library waits for the next writer of jobs while it owes them
// time: clients whose jobs were just committed need as long to come again.
const jobPause = 2 * time.Millisecond

// turns lets one writer after the other have the database: writers of the library, such
// as a scan, take long and do not mind to wait; writers of jobs take a moment, and users
// and engines wait for them. As long as a writer of the library kept those of jobs
// waiting, they have the database for themselves afterwards, so that neither takes more
// than half of the time from the other.
type turns struct {
	mu      sync.Mutex
	change  *sync.Cond
	taken   bool
	since   time.Time // taken or free since
	jobs    int       // writers waiting
	library int
	owed    time.Duration // to the writers of jobs
}

func newTurns() *turns {
	t := &turns{}
	t.change = sync.NewCond(&t.mu)
	return t
}

// forJobs waits for a turn of a writer of jobs and returns what ends it.
func (t *turns) forJobs() (done func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.jobs++
	for t.taken || t.library > 0 && t.owed <= 0 {
		t.change.Wait()
	}
	t.jobs--
	t.set(true)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.owed = max(0, t.owed-time.Since(t.since))
		t.set(false)
	}
}

// forLibrary waits for a turn of a writer of the library and returns what ends it.
func (t *turns) forLibrary() (done func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.library++
	for t.taken || t.owed > 0 && (t.jobs > 0 || t.pauses()) {
		t.change.Wait()
	}
	t.library--
	t.set(true)
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.owed = 0; t.jobs > 0 {
			t.owed = time.Since(t.since)
		}
		t.set(false)
	}
}

// pauses reports whether the database is free for less than jobPause, and wakes those
// who wait when it is over.
func (t *turns) pauses() bool {
	left := jobPause - time.Since(t.since)
	if left <= 0 {
		return false
	}
	time.AfterFunc(left, t.change.Broadcast)
	return true
}

func (t *turns) set(taken bool) {
	t.taken, t.since = taken, time.Now()
	t.change.Broadcast()
}
