package jobs

import (
	"context"
	"sync"
	"time"
)

// bulletinEvery is the least time between two announcements of the queue's state.
const bulletinEvery = 100 * time.Millisecond

// bulletin announces the state of the queue at a bounded rate: counting it for each of
// thousands of jobs a second would cost more than the jobs.
type bulletin struct {
	jobs *Jobs

	mu     sync.Mutex
	last   time.Time
	timer  *time.Timer
	closed bool
	posts  int
	id     string
	reason string
	flight sync.WaitGroup
}

// post announces the state soon, and returns at once.
func (b *bulletin) post(id, reason string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return
	}
	if b.posts++; b.posts > 1 && id != b.id {
		id = ""
	}
	b.id, b.reason = id, reason
	if b.timer == nil {
		b.flight.Add(1)
		b.timer = time.AfterFunc(max(0, bulletinEvery-time.Since(b.last)), b.announce)
	}
}

func (b *bulletin) announce() {
	defer b.flight.Done()
	b.mu.Lock()
	id, update := b.id, QueueUpdate{JobID: orNil(b.id), Reason: b.reason}
	b.timer, b.posts, b.last = nil, 0, time.Now()
	b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	state, err := b.jobs.Ledger.QueueState(ctx)
	if err != nil {
		b.jobs.Logger.Warn("the queue could not be counted", "error", err)
		return
	}
	update.State = state
	b.jobs.Announcer.AnnounceJob(EventQueueUpdate, id, update)
}

func (b *bulletin) close() {
	b.mu.Lock()
	b.closed = true
	b.mu.Unlock()
	b.flight.Wait()
}
