package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"loramanager/internal/store"
)

func (c *Config) storeOptions() store.Options {
	return store.Options{URL: c.DatabaseURL.Reveal(), DataDir: c.Data}
}

const clockAdvice = "Switch time synchronisation on, on both computers."

// checkDatabase looks at the database, also while a server uses it.
func (d *doctor) checkDatabase(ctx context.Context) {
	p, err := store.Peek(ctx, d.config.storeOptions())
	if err != nil {
		why := sentence(err)
		if errors.Is(err, context.DeadlineExceeded) {
			why = "it did not answer in time."
		}
		d.add("database", markFail, "The database cannot be used: "+why, "Check DATABASE_URL, that the server runs, and the network between; of a file, its disk and permissions.")
		return
	}
	d.peeked = &p
	about := "SQLite " + p.Server
	if p.Database == "postgres" {
		about = "PostgreSQL " + p.Server
	}
	switch waiting := len(p.Waiting()); {
	case p.Newer():
		d.add("database", markFail, fmt.Sprintf("%s has schema %d of a newer LoRA Manager; this one knows %d.", about, p.Current, p.Newest), "Update the program, or restore a backup that this version made.")
		d.peeked = nil
	case p.Empty && p.Database == "sqlite":
		d.add("database", markOK, p.File+" is not there yet and will be made.", "")
	case p.Empty:
		d.add("database", markOK, about+" answers; its tables will be made.", "")
	case waiting > 0:
		d.add("database", markWarn, fmt.Sprintf("%s has schema %d; the next start brings it to %d.", about, p.Current, p.Newest), "Make a backup first. loramanager migrate status shows the steps. An older program cannot use it afterwards.")
	default:
		d.add("database", markOK, fmt.Sprintf("%s answers, schema %d%s.", about, p.Current, used(&p)), "")
	}
}

func used(p *store.Peeked) string {
	if p.InUse {
		return ", in use by a server that runs"
	}
	return ""
}

// The clocks of the processes that share a database: leases of jobs last half a minute.
const (
	clockWarning = 2 * time.Second
	clockFailure = 15 * time.Second
)

// checkClock compares this computer's clock with what the database has seen.
func (d *doctor) checkClock() {
	if d.peeked == nil {
		return
	}
	now := time.Now()
	for _, step := range d.peeked.Steps {
		if step.AppliedAt != nil && step.AppliedAt.After(now.Add(time.Minute)) {
			d.add("clock", markFail, fmt.Sprintf("This computer says it is %s, but the database was written at %s.", now.UTC().Format(time.DateTime), step.AppliedAt.Format(time.DateTime)), "Set the clock: logins, leases and schedules count on it.")
			return
		}
	}
	away := now.Sub(d.peeked.Now).Abs().Round(100 * time.Millisecond)
	switch {
	case away > clockFailure:
		d.add("clock", markFail, fmt.Sprintf("The clocks of this computer and of the database are %s apart.", away), clockAdvice)
	case away > clockWarning:
		d.add("clock", markWarn, fmt.Sprintf("The clocks of this computer and of the database are %s apart.", away), clockAdvice)
	default:
		d.add("clock", markOK, now.UTC().Format(time.DateTime+" MST")+".", "")
	}
}
