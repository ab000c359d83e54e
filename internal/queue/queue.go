package queue

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// Queue wakes workers. It is safe for use by many goroutines.
type Queue interface {
	// Wake says that the job waits. The priority is 0 (last) to 9 (first). When the
	// backend fails, workers here are woken instead, and that is no error.
	Wake(ctx context.Context, id string, priority int) error
	// Woken delivers ids. The channel has no buffer: reading says that this process has
	// room for a job. It is never closed.
	Woken() <-chan string
	// State tells how the queue is, without asking anyone.
	State() State
	// Close ends the queue and waits until all it started is over, or for the end of
	// ctx, whose error it returns. Ids that wait here are forgotten; the rows know them.
	Close(ctx context.Context) error
}

// The names of the backends.
const (
	InMemory = "in-memory"
	Postgres = "postgres"
	Redis    = "redis"
)

// State is how a queue is.
type State struct {
	Backend string
	// Reachable says whether wake-ups reach the workers of other hosts; in process it
	// is always true.
	Reachable bool
	Error     string    // why not; empty when reachable
	Since     time.Time // when it became so
}

// errClosed answers whoever wakes through a queue that was closed.
var errClosed = errors.New("the queue is closed")

// Options say how a queue is used. The zero value consumes.
type Options struct {
	// SendOnly is for processes without workers: they wake others and take no ids.
	SendOnly bool
	Log      *slog.Logger // slog.Default()
}

func (o Options) logger() *slog.Logger {
	if o.Log == nil {
		return slog.Default()
	}
	return o.Log
}
