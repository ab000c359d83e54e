package events

import (
	"context"
	"sync"
	"time"
)

// Options adjust a Hub. The zero value takes the defaults.
type Options struct {
	Buffer int              // events that may wait for one listener; 64
	Replay int              // recent events kept for listeners that return; 1024
	Now    func() time.Time // time.Now
}

// Hub passes events from publishers to listeners within one process. It has no
// goroutines and is safe for use by many.
type Hub struct {
	buffer int
	now    func() time.Time
	left   sync.WaitGroup // one for each subscription whose listener has not left

	mu        sync.Mutex
	closed    bool
	seq       uint64
	ring      []Event // the last events, the one with number n at n modulo its length
	oldest    uint64  // number of the oldest event in ring; seq+1 when it is empty
	listeners map[*Subscription]struct{}
}

// New returns a Hub without listeners. Its numbers begin at the microseconds since
// 1970, so they rise over restarts without being stored.
func New(o Options) *Hub {
	if o.Buffer <= 0 {
		o.Buffer = 64
	}
	if o.Replay <= 0 {
		o.Replay = 1024
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	start := uint64(max(0, o.Now().UnixMicro())) //nolint:gosec // not negative
	return &Hub{
		buffer:    o.Buffer,
		now:       o.Now,
		seq:       start,
		oldest:    start + 1,
		ring:      make([]Event, o.Replay),
		listeners: map[*Subscription]struct{}{},
	}
}

// Announce publishes an event that concerns everyone.
func (h *Hub) Announce(eventType string, data any) {
	h.Publish(Event{Type: eventType, Data: data})
}

// Publish gives e the next number, and the time if it has none, and passes it on. It
// returns the number, or 0 when the Hub is closed and the event went nowhere.
func (h *Hub) Publish(e Event) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0
	}
	h.seq++
	e.Seq = h.seq
	if e.Time.IsZero() {
		e.Time = h.now()
	}
	size := uint64(len(h.ring))
	h.ring[e.Seq%size] = e
	if h.seq-h.oldest >= size {
		h.oldest = h.seq - size + 1
	}
	for s := range h.listeners {
		s.offer(e)
	}
	return e.Seq
}

// Last returns the number of the latest event.
func (h *Hub) Last() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.seq
}

// Listeners returns how many subscriptions are open.
func (h *Hub) Listeners() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.listeners)
}

// Close ends all subscriptions and waits until their listeners have called Leave, or
// until ctx ends, whose error it returns. Later events go nowhere.
func (h *Hub) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closed = true
	for s := range h.listeners {
		s.end(Closed)
	}
	h.mu.Unlock()
	done := make(chan struct{})
	go func() {
		h.left.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
