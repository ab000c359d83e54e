package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
)

type migrateCmd struct {
	Status migrateStatusCmd `cmd:"" default:"withargs" help:"Show which steps the database had and which wait."`
	Up     migrateUpCmd     `cmd:"" help:"Make the steps that wait. The start of a server does the same."`
}

type migrateStatusCmd struct{}

// Run shows the steps. It works beside a running server.
func (migrateStatusCmd) Run(ctx context.Context, c *Config, io streams) error {
	p, err := store.Peek(ctx, c.storeOptions())
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(io.out, "%s, schema %d of %d\n", p.Database, p.Current, p.Newest)
	for _, step := range p.Steps {
		state := "waits"
		if step.AppliedAt != nil {
			state = step.AppliedAt.Format(time.DateTime)
		}
		name := step.Name
		if name == "" {
			name = "(of a newer version)"
		}
		_, _ = fmt.Fprintf(io.out, "  %05d  %-20s %s\n", step.Version, name, state)
	}
	if p.Newer() {
		return newerDatabase(&p)
	}
	return nil
}

func newerDatabase(p *store.Peeked) error {
	return lora.Errorf(lora.Unavailable, "The database was written by a newer version of LoRA Manager (schema %d, this version knows %d). Update the program or restore an older backup.", p.Current, p.Newest)
}

type migrateUpCmd struct {
	DryRun bool `help:"Only say what would be done."`
}

// Run brings the schema up to date. A SQLite file that a server uses is refused.
func (m *migrateUpCmd) Run(ctx context.Context, c *Config, io streams) error {
	p, err := store.Peek(ctx, c.storeOptions())
	switch {
	case err != nil:
		return err
	case p.Newer():
		return newerDatabase(&p)
	case len(p.Waiting()) == 0:
		_, _ = fmt.Fprintf(io.out, "Nothing to do: schema %d is the newest this version knows.\n", p.Current)
		return nil
	}
	verb := "Made"
	if m.DryRun {
		verb = "Would make"
	} else {
		if err := os.MkdirAll(c.Data, 0o700); err != nil {
			return fmt.Errorf("the data folder cannot be made: %w", err)
		}
		if err := store.Migrate(ctx, c.storeOptions()); err != nil {
			return err
		}
	}
	for _, step := range p.Waiting() {
		_, _ = fmt.Fprintf(io.out, "%s %05d %s\n", verb, step.Version, step.Name)
	}
	if m.DryRun {
		_, _ = fmt.Fprintln(io.out, "Make a backup before: an older version cannot use the database afterwards.")
	}
	return nil
}
