package embedding

import (
	"context"
	"time"
)

// RecordWaits lets the client only note how long it would wait.
func (c *Client) RecordWaits() *[]time.Duration {
	waits := new([]time.Duration)
	c.pause = func(ctx context.Context, wait time.Duration) error {
		*waits = append(*waits, wait)
		return ctx.Err()
	}
	return waits
}
