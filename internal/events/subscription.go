package events

import "sync"

// Subscription is one listener's view of the Hub. The listener reads C until it is
// closed and then, or earlier, calls Leave exactly as it would close a file.
type Subscription struct {
	// C delivers the events of the filter in order. It is closed when the subscription
	// ends; Cut tells why.
	C <-chan Event

	hub    *Hub
	c      chan Event
	filter func(Event) bool
	leave  sync.Once

	awaited bool   // Close waits for this listener; set before it is returned
	reason  Reason // guarded by hub.mu
}

// Replayed is what a returning listener has missed.
type Replayed struct {
	Events []Event // in order, those of the filter only
	// Gap says that some of the missed events are no longer known: the listener must
	// read everything again.
	Gap bool
	// Last is the number after which the subscription goes on.
	Last uint64
}

// Subscribe listens to the events for which filter returns true, all of them when it
// is nil. The filter runs inside Publish: it must be quick and must not call the Hub.
func (h *Hub) Subscribe(filter func(Event) bool) *Subscription {
	s, _ := h.subscribe(filter, nil)
	return s
}

// Resume subscribes like Subscribe and returns what happened after the event with the
// number after. Nothing is lost or doubled between the two.
func (h *Hub) Resume(after uint64, filter func(Event) bool) (*Subscription, Replayed) {
	return h.subscribe(filter, &after)
}

func (h *Hub) subscribe(filter func(Event) bool, after *uint64) (*Subscription, Replayed) {
	c := make(chan Event, h.buffer)
	s := &Subscription{C: c, hub: h, c: c, filter: filter}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.used = true
	replay := Replayed{Last: h.seq}
	if h.closed {
		s.end(Closed)
		return s, replay
	}
	h.left.Add(1) // Close waits only for those who came before it
	s.awaited = true
	h.listeners[s] = struct{}{}
	if after == nil {
		return s, replay
	}
	if *after+1 < h.oldest || *after > h.seq {
		replay.Gap = true
		return s, replay
	}
	for n := *after + 1; n <= h.seq; n++ {
		if e := h.ring[n%uint64(len(h.ring))]; filter == nil || filter(e) {
			replay.Events = append(replay.Events, e)
		}
	}
	return s, replay
}

// Cut returns why the subscription has ended, Listening while it has not.
func (s *Subscription) Cut() Reason {
	s.hub.mu.Lock()
	defer s.hub.mu.Unlock()
	return s.reason
}

// Leave ends the subscription. It may be called more than once.
func (s *Subscription) Leave() {
	s.leave.Do(func() {
		s.hub.mu.Lock()
		s.end(Left)
		s.hub.mu.Unlock()
		if s.awaited {
			s.hub.left.Done()
		}
	})
}

// offer hands e over when the filter wants it. The caller holds hub.mu.
func (s *Subscription) offer(e Event) {
	if s.filter == nil || s.filter(e) {
		s.give(e)
	}
}

// give hands e over or, when there is no room, cuts the listener. The caller holds
// hub.mu.
func (s *Subscription) give(e Event) {
	select {
	case s.c <- e:
	default:
		s.end(Slow)
	}
}

// end closes the channel once. The caller holds hub.mu.
func (s *Subscription) end(why Reason) {
	if s.reason != Listening {
		return
	}
	s.reason = why
	delete(s.hub.listeners, s)
	close(s.c)
}
