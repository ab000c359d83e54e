package queue

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// The reasons for a fallback, as the log spells them.
const (
	primaryError       = "primary_error"       // the backend was asked and failed
	primaryUnavailable = "primary_unavailable" // the backend is known to be away
)

// reach remembers whether a backend can be reached and logs when that changes.
type reach struct {
	backend string
	log     *slog.Logger

	mu     sync.Mutex
	up     bool
	err    error // why not
	since  time.Time
	logged bool // the fallback of this absence has been logged
}

func newReach(backend string, log *slog.Logger) *reach {
	return &reach{backend: backend, log: log, err: errConnecting, since: time.Now()}
}

func (r *reach) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := State{Backend: r.backend, Reachable: r.up, Since: r.since}
	if r.err != nil {
		s.Error = r.err.Error()
	}
	return s
}

// set notes what is known now and returns whether the backend was up before.
func (r *reach) set(err error) (was bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was = r.up
	r.up, r.err = err == nil, err
	if was == r.up {
		return was
	}
	r.since = time.Now()
	if r.up && r.logged {
		r.log.Info("queue_orchestrator.recovered", "primary_backend", r.backend)
	}
	if r.up {
		r.logged = false
	}
	return was
}

// away returns why the backend is away, or nil.
func (r *reach) away() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.up {
		return nil
	}
	return r.err
}

// fellBack logs that a job woke the workers of this process instead, once for each
// absence.
func (r *reach) fellBack(ctx context.Context, id, reason string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.logged {
		return
	}
	r.logged = true
	r.log.WarnContext(ctx, "queue_orchestrator.fallback", "job_id", id, "reason", reason,
		"primary_backend", r.backend, "fallback_backend", InMemory,
		"error", err.Error(), "error_type", fmt.Sprintf("%T", err))
}
