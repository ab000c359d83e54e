package health

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// Options are the parts to look at and what is worth a warning. Parts that are nil are
// not looked at.
type Options struct {
	Database Database
	Queue    Queue
	Library  Library
	Engines  Engines
	Workers  Workers
	// Scanners says who has ScannerLease, where several servers share a database; nil elsewhere.
	Scanners     Scanners
	ScannerLease string
	Pictures     Pictures
	Backups      Backups
	// Wakes and Events are how the wake-ups and the news between processes travel.
	Wakes, Events func() Link
	Recommend     func() Recommending
	// Pulse measures this computer.
	Pulse *Pulse

	DataDir     string
	PicturesDir string // empty when pictures are not kept in a folder
	Limits      Limits
	// Changed is told, one call at a time, when the state of a check changes; it must not
	// block for long.
	Changed func(Changed)
	Log     *slog.Logger // slog.Default()
}

// DefaultLimits are those of docs/status.md.
func DefaultLimits() Limits {
	return Limits{QueueAge: 10 * time.Minute, ScanAge: 24 * time.Hour, FreeWarning: 2e9, FreeError: 250e6}
}

// Checker looks at every part in the background and remembers what it found. Questions
// are answered from memory.
type Checker struct {
	o       Options
	started time.Time

	ctx    context.Context
	cancel context.CancelFunc
	tasks  sync.WaitGroup // watchers and looks

	telling sync.Mutex // held while Options.Changed is told

	mu      sync.Mutex
	closed  bool
	probes  map[string]*probe
	status  Status // all but State, Checks and Warnings
	updated time.Time
}

// New returns a Checker that begins to look with Start.
func New(o Options) *Checker {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	c := &Checker{o: o, started: time.Now(), probes: map[string]*probe{}}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.status = Status{StartedAt: c.started, Limits: o.Limits, Backend: "in-memory"}
	return c
}

// Start begins to look. It returns at once.
func (c *Checker) Start() {
	for _, p := range c.fixed() {
		c.watch(p)
	}
}

// Close ends all looks and waits for them until ctx ends, whose error it then returns:
// one that hangs in the system cannot be ended.
func (c *Checker) Close(ctx context.Context) error {
	c.mu.Lock()
	c.closed = true
	c.mu.Unlock()
	c.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.tasks.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// CheckNow has every part looked at soon, and waits for nothing.
func (c *Checker) CheckNow() {
	if c.o.Pulse != nil {
		c.o.Pulse.MeasureNow()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.probes {
		select {
		case p.nudge <- struct{}{}:
		default: // it is told already
		}
	}
}

// Status returns what was found last. It asks nobody.
func (c *Checker) Status() Status {
	c.mu.Lock()
	s := c.status
	s.Checks = c.checks()
	s.UpdatedAt = c.updated
	c.mu.Unlock()
	s.Workers = slices.Clone(s.Workers)
	if c.o.Pulse != nil {
		s.Resources = c.o.Pulse.Latest()
		if s.Resources != nil {
			s.GPUs = slices.Clone(s.Resources.GPUs)
		}
	}
	s.State, s.Warnings = judge(s.Checks)
	return s
}

// checks are copies in the order of the pages; the lock is held.
func (c *Checker) checks() []lora.Check {
	list := []lora.Check{}
	for _, p := range c.probes {
		for _, check := range p.checks {
			check.Facts = maps.Clone(check.Facts)
			list = append(list, check)
		}
	}
	slices.SortFunc(list, byPlace)
	return list
}

// put remembers what a look found and tells when a state changed.
func (c *Checker) put(p *probe, checks []lora.Check, note func(*Status)) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	changed := !maps.Equal(states(p.checks), states(checks))
	p.checks = checks
	c.updated = time.Now()
	if note != nil {
		note(&c.status)
	}
	gone := c.probes[p.id] != p
	c.mu.Unlock()
	if changed && !gone {
		c.tell()
	}
}

// tell announces how the whole is; telling is held, so that the last word is the latest.
func (c *Checker) tell() {
	if c.o.Changed == nil || c.ctx.Err() != nil {
		return
	}
	s := c.Status()
	c.o.Changed(Changed{Status: s.State, Warnings: len(s.Warnings)})
}

func states(checks []lora.Check) map[string]lora.CheckState {
	m := make(map[string]lora.CheckState, len(checks))
	for i := range checks {
		m[checks[i].ID] = checks[i].State
	}
	return m
}
