package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// How a hub is treated.
const (
	gap        = 200 * time.Millisecond // between two requests
	firstWait  = time.Second
	sickAfter  = 5 // failures in a row
	leaveAlone = 5 * time.Minute
)

// patience is how much somebody who asks can take.
type patience struct {
	attempts int
	longest  time.Duration         // one wait
	waiting  func(until time.Time) // told of waits; may be nil
}

// prompt is the patience of a user who looks at the screen, steady that of a look-up, and
// background that of a download, which is rather queued again.
var (
	prompt     = patience{attempts: 2, longest: 3 * time.Second}
	steady     = patience{attempts: sickAfter, longest: time.Hour}
	background = patience{attempts: 1, longest: time.Second}
)

// errLeftAlone says that a hub was not even asked.
var errLeftAlone = errors.New("the hub is left alone")

// patient asks a hub with patience: not too often, again when it was busy, and not at all
// for a while when it is sick.
type patient struct {
	Hub
	name string

	mu      sync.Mutex
	next    time.Time // when it may be asked again
	until   time.Time // it is left alone until then
	bad     int       // failures in a row
	known   bool      // it was asked before
	problem string    // of the latest request
}

func newPatient(h Hub) *patient { return &patient{Hub: h, name: h.State().Name} }

func (p *patient) state() lora.HubState {
	s := p.State()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known {
		ok := p.problem == ""
		s.Reachable = &ok
	}
	s.Error = p.problem
	return s
}

// ask calls f until it succeeds, fails for good or patience ends.
func (p *patient) ask(ctx context.Context, how patience, f func() error) error {
	for attempt := 1; ; attempt++ {
		if err := p.turn(ctx, how); err != nil {
			return err
		}
		err := f()
		var failure *lora.HubError
		if err != nil && !errors.As(err, &failure) {
			return err // the caller has gone
		}
		wait := p.note(failure, attempt)
		if failure == nil {
			return nil
		}
		if !failure.Passing() || attempt == how.attempts || wait > how.longest {
			return err
		}
		how.tell(wait)
		if err := pause(ctx, wait); err != nil {
			return err
		}
	}
}

func (h patience) tell(wait time.Duration) {
	if h.waiting != nil && wait > gap {
		h.waiting(time.Now().Add(wait).UTC())
	}
}

// turn waits until the hub may be asked, or says at once that this is too long.
func (p *patient) turn(ctx context.Context, how patience) error {
	p.mu.Lock()
	now := time.Now()
	at := now
	for _, earliest := range []time.Time{p.next, p.until} {
		if earliest.After(at) {
			at = earliest
		}
	}
	wait := at.Sub(now)
	if wait > how.longest {
		problem := p.problem
		p.mu.Unlock()
		return &lora.HubError{Class: lora.HubBusy, RetryAfter: wait, Err: &lora.Error{
			Code: lora.Unavailable, Err: errLeftAlone,
			Message: fmt.Sprintf("The hub is left alone until %s, since this went wrong: %s", at.UTC().Format("15:04 UTC"), problem),
		}}
	}
	p.next = at.Add(gap)
	p.mu.Unlock()
	if wait <= 0 {
		return ctx.Err()
	}
	how.tell(wait)
	return pause(ctx, wait)
}

// note remembers how a request ended and says how long to wait before the next attempt.
func (p *patient) note(failure *lora.HubError, attempt int) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = true
	if failure == nil || !failure.Passing() {
		p.bad, p.problem = 0, ""
		if failure != nil && failure.Class == lora.HubUnauthorised {
			p.problem = failure.Err.Message
		}
		return 0
	}
	p.bad++
	p.problem = failure.Err.Message
	wait := max(firstWait<<(attempt-1), failure.RetryAfter)
	switch {
	case p.bad >= sickAfter:
		p.until = time.Now().Add(max(leaveAlone, failure.RetryAfter))
	case failure.RetryAfter > 0:
		p.until = time.Now().Add(failure.RetryAfter)
	}
	return wait
}

func pause(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// version reads a version with patience.
func (p *patient) version(ctx context.Context, how patience, modelID, versionID string) (v lora.HubVersion, err error) {
	err = p.ask(ctx, how, func() (err error) {
		v, err = p.Version(ctx, modelID, versionID)
		return err
	})
	return v, err
}

// closing closes what was only read; an error then says nothing new.
func closing(c io.Closer) { _ = c.Close() }
