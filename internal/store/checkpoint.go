package store

import (
	"context"
	"database/sql"
)

// checkpointAfter is how many shared commits lie between two checkpoints.
const checkpointAfter = 32

// checkpointer moves what was committed from SQLite's log into the database beside the
// commits. SQLite would do so within the commit that fills the log, and the clients of
// that one would wait many times longer than the others.
type checkpointer struct {
	db      *sql.DB
	commits int // guarded by the turn of the group
	due     chan struct{}
}

func newCheckpointer(db *sql.DB) *checkpointer {
	return &checkpointer{db: db, due: make(chan struct{}, 1)}
}

// committed counts a shared commit.
func (c *checkpointer) committed() {
	if c.commits++; c.commits < checkpointAfter {
		return
	}
	c.commits = 0
	c.soon()
}

// soon asks for a checkpoint, as after a commit that has filled the log by itself.
func (c *checkpointer) soon() {
	select {
	case c.due <- struct{}{}:
	default: // one is due already
	}
}

// run makes checkpoints until the context ends. One that fails is made up for by the
// next, or by SQLite itself.
func (c *checkpointer) run(ctx context.Context, failed func(error)) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.due:
			if _, err := c.db.ExecContext(ctx, "PRAGMA wal_checkpoint(PASSIVE)"); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}
