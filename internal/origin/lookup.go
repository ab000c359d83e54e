package origin

import (
	"context"
	"errors"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// LookUpRequest says which adapters are looked up: those named, or all. Those that a hub
// answered within 30 days are left out unless Force is set.
type LookUpRequest struct {
	AdapterIDs []string
	All, Force bool
}

// Bounds of a run.
const (
	maxNamed   = 10_000
	lookUpSize = 100 // adapters asked about together
	maxOdd     = 3   // answers in a row that cannot be used
)

// lookups is the run that is on, or the latest.
type lookups struct {
	mu     sync.Mutex
	state  lora.LookUpState
	cancel context.CancelFunc // nil when none is on
	// left is when the latest forced run over everything began, if it was ended: the next
	// one leaves out what that one has done.
	left time.Time
	// pending is how many adapters waited for a look-up at a moment: counting them takes a
	// while in a large library.
	pending   int
	pendingAt time.Time
}

// pendingFor is how long a count is good enough.
const pendingFor = 30 * time.Second

// Events.
const (
	eventLookUp   = "lookup_progress"
	eventChanged  = "hub_changed"
	eventDownload = "download_changed"
)

// changedFrame says of which adapters something new is known; nil stands for any.
type changedFrame struct {
	AdapterIDs []string `json:"adapter_ids"`
}

// LookUp starts a look-up in the background and returns how it stands. Invalid when no hub
// is configured or no adapter is named, Conflict while another run is on.
func (g *Origin) LookUp(ctx context.Context, r LookUpRequest) (lora.LookUpState, error) {
	switch {
	case len(g.hubs) == 0:
		return lora.LookUpState{}, lora.Errorf(lora.Invalid, "No hub is configured, so nothing can be looked up. Set civitai-url, civarchive-url or huggingface-url.")
	case !r.All && len(r.AdapterIDs) == 0:
		return lora.LookUpState{}, lora.FieldErrorf(lora.Invalid, "adapter_ids", "Name the adapters to look up, or ask for all.")
	case len(r.AdapterIDs) > maxNamed:
		return lora.LookUpState{}, lora.FieldErrorf(lora.TooLarge, "adapter_ids", "Name at most %d adapters, or ask for all.", maxNamed)
	}
	ids := r.AdapterIDs
	if r.All {
		ids = nil
	}
	l := &g.lookups
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case g.ctx.Err() != nil:
		return lora.LookUpState{}, lora.Errorf(lora.Unavailable, "The server is stopping.")
	case l.cancel != nil:
		return lora.LookUpState{}, lora.Errorf(lora.Conflict, "A look-up is running. Wait for it or cancel it.")
	}
	since := g.now().Add(-g.o.Fresh)
	if r.Force {
		since = g.now()
		if r.All && !l.left.IsZero() {
			since = l.left
		}
	}
	total, err := g.o.Catalog.HubPending(ctx, ids, since)
	if err != nil {
		return lora.LookUpState{}, err
	}
	now := g.now()
	l.state = lora.LookUpState{Running: true, Total: total, StartedAt: &now}
	run, cancel := context.WithCancel(g.ctx)
	l.cancel = cancel
	g.runs.Go(func() {
		defer cancel()
		g.endLookUp(g.lookUpAll(run, ids, since), r, since)
	})
	return l.state, nil
}

// CancelLookUp ends the run that is on; what was found stays, and the next run goes on
// from there.
func (g *Origin) CancelLookUp() {
	g.lookups.mu.Lock()
	defer g.lookups.mu.Unlock()
	if g.lookups.cancel != nil {
		g.lookups.cancel()
	}
}

// LookUps says how the look-up stands and how many adapters wait for one, counted within
// the last 30 seconds.
func (g *Origin) LookUps(ctx context.Context) (lora.LookUpState, error) {
	l := &g.lookups
	l.mu.Lock()
	state, pending, at := l.state, l.pending, l.pendingAt
	l.mu.Unlock()
	if state.Running {
		pending = max(state.Total-state.Done, 0)
	} else if now := time.Now(); now.Sub(at) > pendingFor {
		var err error
		if pending, err = g.o.Catalog.HubPending(ctx, nil, g.now().Add(-g.o.Fresh)); err != nil {
			return state, err
		}
		l.mu.Lock()
		if l.pendingAt.Equal(at) { // no run has ended meanwhile
			l.pending, l.pendingAt = pending, now
		}
		l.mu.Unlock()
	}
	state.Pending = pending
	return state, nil
}

func (g *Origin) endLookUp(err error, r LookUpRequest, since time.Time) {
	l := &g.lookups
	now := g.now()
	l.mu.Lock()
	l.cancel, l.left, l.pendingAt = nil, time.Time{}, time.Time{}
	l.state.Running, l.state.WaitUntil, l.state.FinishedAt = false, nil, &now
	if err != nil {
		l.state.Error = told(err)
		if r.Force && r.All {
			l.left = since
		}
	}
	state := l.state
	l.mu.Unlock()
	if err != nil && !errors.Is(err, context.Canceled) {
		g.o.Logger.Warn("the look-up at hubs ended early", "error", err)
	}
	g.o.Announcer.Announce(eventLookUp, state)
	g.o.Announcer.Announce(eventChanged, changedFrame{})
}

// told is what an error says to the user.
func told(err error) string {
	var known *lora.Error
	switch {
	case errors.As(err, &known):
		return known.Message
	case errors.Is(err, context.Canceled):
		return "It was cancelled. The next look-up goes on from here."
	}
	return "Something unexpected went wrong. The log says more."
}

// note changes the state of the run and tells everybody.
func (l *lookups) note(g *Origin, change func(s *lora.LookUpState)) {
	l.mu.Lock()
	change(&l.state)
	state := l.state
	l.mu.Unlock()
	g.o.Announcer.Announce(eventLookUp, state)
}

// modelAge is how long a model that was read with one adapter is good enough for another.
const modelAge = 24 * time.Hour

// lookUpAll looks adapters up until none is left.
func (g *Origin) lookUpAll(ctx context.Context, ids []string, since time.Time) error {
	models := g.now().Add(-modelAge)
	if since.After(models) { // forced: what was read before it began may be old
		models = since
	}
	for after := int64(0); ; {
		queries, next, err := g.o.Catalog.HubQueries(ctx, ids, since, after, lookUpSize)
		if err != nil {
			return err
		}
		for odd := 0; len(queries) > 0; {
			done, err := g.lookUpSome(ctx, queries, models)
			queries = queries[done:]
			var failure *lora.HubError
			if err == nil {
				odd = 0
				continue
			}
			if odd++; !errors.As(err, &failure) || failure.Class != lora.HubOdd || odd == maxOdd || len(queries) == 0 {
				return err
			}
			if err := g.keep(ctx, []lora.HubFinding{g.failed(&queries[0], failure)}); err != nil {
				return err
			}
			queries = queries[1:]
		}
		if after = next; next == 0 {
			return nil
		}
	}
}

func (g *Origin) failed(q *lora.HubQuery, failure *lora.HubError) lora.HubFinding {
	return lora.HubFinding{HubSnapshot: lora.HubSnapshot{AdapterID: q.AdapterID, Hub: q.Hub, State: lora.HubFailed, Error: failure.Err.Message, LookedUpAt: g.now()}}
}

// keep keeps findings and tells what is new.
func (g *Origin) keep(ctx context.Context, findings []lora.HubFinding) error {
	if len(findings) == 0 {
		return nil
	}
	if err := g.o.Catalog.PutHubFindings(ctx, findings); err != nil {
		return err
	}
	ids := make([]string, len(findings))
	g.lookups.note(g, func(s *lora.LookUpState) {
		s.WaitUntil = nil
		for i := range findings {
			ids[i] = findings[i].AdapterID
			s.Done++
			switch findings[i].State {
			case lora.HubFound:
				s.Found++
			case lora.HubFailed:
				s.Failed++
			default:
				s.Absent++
			}
		}
	})
	g.o.Announcer.Announce(eventChanged, changedFrame{ids})
	return nil
}
