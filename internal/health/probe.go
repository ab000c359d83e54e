package health

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"loramanager/internal/lora"
)

// probe looks at one part again and again. At most one look of it is under way.
type probe struct {
	id    string
	every time.Duration
	limit time.Duration // after which the context of a look ends
	// look returns what it found, and how that changes what is known beside the checks.
	look   func(ctx context.Context) ([]lora.Check, func(*Status))
	nudge  chan struct{}
	cancel context.CancelFunc
	checks []lora.Check // of the last look; under the Checker's lock
	root   lora.Root    // of a probe of a library folder
}

// grace is how long after the end of its context a look may take to notice.
const grace = time.Second

// watch begins to look; the probe's checks say until the first result that nobody looked yet.
func (c *Checker) watch(p *probe) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.probes[p.id] != nil {
		return
	}
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(c.ctx)
	p.nudge = make(chan struct{}, 1)
	c.probes[p.id] = p
	c.tasks.Go(func() {
		for ctx.Err() == nil {
			c.lookOnce(ctx, p)
			select {
			case <-ctx.Done():
			case <-p.nudge:
			case <-time.After(p.every):
			}
		}
	})
}

// forget ends a probe and drops its checks.
func (c *Checker) forget(id string) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	p := c.probes[id]
	delete(c.probes, id)
	c.mu.Unlock()
	if p != nil {
		p.cancel()
		c.tell()
	}
}

// result is what one look came to.
type result struct {
	checks []lora.Check
	note   func(*Status)
}

// lookOnce looks and returns when the look does, however long that takes; a look that
// hangs is told of meanwhile, and nothing else waits for it.
func (c *Checker) lookOnce(ctx context.Context, p *probe) {
	looking, cancel := context.WithTimeout(ctx, p.limit)
	defer cancel()
	began, before := time.Now(), p.checks // which only this goroutine changes
	found := make(chan result, 1)
	c.tasks.Go(func() { found <- c.safely(looking, p, before) })
	patience := time.NewTimer(p.limit + grace)
	defer patience.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-patience.C:
			c.put(p, hanging(before, began, p.limit), nil)
		case r := <-found:
			if ctx.Err() == nil {
				c.put(p, stamped(r.checks, began), r.note)
			}
			return
		}
	}
}

// safely looks; a look that panics is a bug, and no reason to take the server down.
func (c *Checker) safely(ctx context.Context, p *probe, before []lora.Check) (r result) {
	defer func() {
		if reason := recover(); reason != nil {
			c.o.Log.Error("a check failed", "check", p.id, "error", reason, "stack", string(debug.Stack()))
			r = result{checks: unknownFor(before, "The check itself failed; the log says why.")}
		}
	}()
	checks, note := p.look(ctx)
	return result{checks, note}
}

// stamped completes checks with when they were made.
func stamped(checks []lora.Check, began time.Time) []lora.Check {
	now := time.Now().UTC()
	took := float64(time.Since(began).Microseconds()) / 1000
	for i := range checks {
		checks[i].CheckedAt, checks[i].TookMS = &now, took
		if checks[i].Facts == nil {
			checks[i].Facts = map[string]any{}
		}
	}
	return checks
}

// hanging are the checks of before, of which nothing is known now.
func hanging(before []lora.Check, began time.Time, limit time.Duration) []lora.Check {
	return unknownFor(before, fmt.Sprintf("The look that began at %s has not come back; it should take %s at most. What was known before is older.",
		began.UTC().Format("15:04:05 MST"), limit))
}

func unknownFor(before []lora.Check, detail string) []lora.Check {
	checks := make([]lora.Check, len(before))
	for i, check := range before {
		check.State, check.Detail, check.Advice = lora.CheckUnknown, detail, ""
		checks[i] = check
	}
	return checks
}
