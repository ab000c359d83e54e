package health

import (
	"context"
	"sync"

	"loramanager/internal/lora"
)

// Look looks at every part once and returns what was found when all looks are over, or
// when ctx ends: a part whose look has not come back then is told of as unknown. It is for
// a Checker that is not started, and with Options.Library nil; Close must follow.
func (c *Checker) Look(ctx context.Context) []lora.Check {
	parts := c.fixed()
	c.mu.Lock()
	for _, p := range parts {
		c.probes[p.id] = p
	}
	c.mu.Unlock()
	var looks sync.WaitGroup
	for _, p := range parts {
		looks.Go(func() { c.lookOnce(ctx, p) })
	}
	looks.Wait()
	return c.Status().Checks
}
