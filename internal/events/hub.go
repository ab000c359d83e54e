package events

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Options adjust a Hub. The zero value takes the defaults.
type Options struct {
	Buffer int              // events that may wait for one listener; 64
	Replay int              // recent events kept for listeners that return; 1024
	Now    func() time.Time // time.Now
}

// Hub passes events from publishers to listeners. It has no goroutines and is safe for
// use by many. A Carrier joins it to the hubs of other processes.
type Hub struct {
	buffer  int
	now     func() time.Time
	left    sync.WaitGroup // one for each subscription whose listener has not left
	carrier atomic.Pointer[Carrier]

	mu        sync.Mutex
	closed    bool
	used      bool // someone has been told a number
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

// AnnounceJob publishes an event that concerns one job.
func (h *Hub) AnnounceJob(eventType, jobID string, data any) {
	h.Publish(Event{Type: eventType, Topic: jobID, Data: data})
}

// Publish gives e the next number, and the time if it has none, and passes it on. It
// returns the number, or 0 when the Hub is closed and the event went nowhere, or when
// a Carrier will number it.
func (h *Hub) Publish(e Event) uint64 {
	if e.Time.IsZero() {
		e.Time = h.now()
	}
	if c := h.carrier.Load(); c != nil {
		return c.publish(e)
	}
	return h.publish(e)
}

func (h *Hub) publish(e Event) uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0
	}
	h.used = true
	e.Seq = h.seq + 1
	h.deliver(e)
	return e.Seq
}

// deliver keeps a numbered event and offers it to all. The caller holds h.mu.
func (h *Hub) deliver(e Event) {
	h.keep(e)
	for s := range h.listeners {
		s.offer(e)
	}
}

// keep remembers an event for those who return; its preview is stale by then. Where
// numbers jump, what was before is forgotten: the numbers between may have been given
// to other events elsewhere. The caller holds h.mu.
func (h *Hub) keep(e Event) {
	if e.Seq != h.seq+1 {
		h.oldest = e.Seq
	}
	if p, ok := e.Data.(Previewed); ok {
		e.Data = p.WithoutPreview()
	}
	h.seq = e.Seq
	size := uint64(len(h.ring))
	h.ring[e.Seq%size] = e
	if h.seq-h.oldest >= size {
		h.oldest = h.seq - size + 1
	}
}

// jump goes on at a number and forgets what was before. With a reason, all listeners
// are told to read everything again. The caller holds h.mu.
func (h *Hub) jump(to uint64, reason string) {
	h.seq, h.oldest = to, to+1
	if reason == "" {
		return
	}
	e := Event{Seq: to, Type: EventResync, Time: h.now(), Data: Resync{Reason: reason}}
	for s := range h.listeners {
		s.give(e)
	}
}

// Last returns the number of the latest event.
func (h *Hub) Last() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used = true
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
