package queue

import (
	"context"
	"sync"
	"time"
)

// maxWaiting bounds the ids that wait for a reader. Whoever is woken takes jobs until
// none waits, so one id more or less makes no difference.
const maxWaiting = 1024

// local wakes the workers of this process.
type local struct {
	woken chan string
	since time.Time

	mu      sync.Mutex
	ids     []string // oldest first
	known   map[string]struct{}
	arrived chan struct{} // has room for one: something waits

	once   sync.Once
	closed chan struct{}
	done   chan struct{}
}

// NewLocal returns a queue within this process.
func NewLocal() Queue { return newLocal() }

func newLocal() *local {
	l := &local{
		woken: make(chan string), since: time.Now(), known: map[string]struct{}{},
		arrived: make(chan struct{}, 1), closed: make(chan struct{}), done: make(chan struct{}),
	}
	go l.pump()
	return l
}

// Wake never waits. An id that waits already, or more than can be kept, adds nothing:
// the reader is woken anyway.
func (l *local) Wake(_ context.Context, id string, _ int) error {
	select {
	case <-l.closed:
		return errClosed
	default:
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, waits := l.known[id]; waits || len(l.ids) >= maxWaiting {
		return nil
	}
	l.known[id] = struct{}{}
	l.ids = append(l.ids, id)
	select {
	case l.arrived <- struct{}{}:
	default:
	}
	return nil
}

func (l *local) Woken() <-chan string { return l.woken }

func (l *local) State() State { return State{Backend: InMemory, Reachable: true, Since: l.since} }

func (l *local) Close(ctx context.Context) error {
	l.once.Do(func() { close(l.closed) })
	select {
	case <-l.done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pump hands ids to readers as they come.
func (l *local) pump() {
	defer close(l.done)
	for {
		id, ok := l.next()
		if !ok {
			select {
			case <-l.arrived:
				continue
			case <-l.closed:
				return
			}
		}
		select {
		case l.woken <- id:
		case <-l.closed:
			return
		}
	}
}

// next takes the oldest id. From then on the same id may wait again: its job may have
// changed since.
func (l *local) next() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.ids) == 0 {
		return "", false
	}
	id := l.ids[0]
	l.ids = l.ids[1:]
	delete(l.known, id)
	return id, true
}
