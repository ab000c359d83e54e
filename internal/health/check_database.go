package health

import (
	"context"
	"fmt"
	"time"

	"loramanager/internal/lora"
)

// slowPing is how long the database may take for the smallest question.
const slowPing = time.Second

func (c *Checker) lookDatabase(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "database", Area: "database", Facts: map[string]any{"kind": c.o.Database.Database()}}
	began := time.Now()
	err := c.o.Database.Ping(ctx)
	took := time.Since(began)
	check.Facts["ping_ms"] = float64(took.Microseconds()) / 1000
	if c.o.Pulse != nil {
		if sample := c.o.Pulse.Latest(); sample != nil && sample.DatabaseBytes != nil {
			check.Facts["size_bytes"] = *sample.DatabaseBytes
		}
	}
	switch {
	case err != nil && c.o.Database.Database() == "postgres":
		check = bad(check, lora.CheckError, "PostgreSQL does not answer: "+reason(err), "Start PostgreSQL, and check DATABASE_URL and the network between. Jobs go on by themselves when it is back.")
	case err != nil:
		check = bad(check, lora.CheckError, "The database file cannot be used: "+reason(err), "Check that the disk of the data folder is there, has room and may be written to.")
	case took > slowPing:
		check = bad(check, lora.CheckWarning, fmt.Sprintf("The database took %.1f s for the smallest question.", took.Seconds()),
			"Look what else uses its disk. A database file must not lie on a network drive.")
	default:
		check = good(check, "It answers.")
	}
	return []lora.Check{check}, nil
}

// lookLinks judges what carries wake-ups and news between processes.
func (c *Checker) lookLinks(context.Context) ([]lora.Check, func(*Status)) {
	wakes := c.o.Wakes()
	links := map[string]Link{"wake-ups": wakes}
	if c.o.Events != nil {
		links["news"] = c.o.Events()
	}
	note := func(s *Status) {
		s.Backend = wakes.Backend
		if !wakes.Reachable {
			s.Backend = "in-memory" // that is what carries them meanwhile
		}
	}
	check := lora.Check{ID: "redis", Area: "redis", Facts: map[string]any{"backend": wakes.Backend}}
	carrier := map[string]string{"redis": "Redis", "postgres": "PostgreSQL"}[wakes.Backend]
	for _, name := range []string{"wake-ups", "news"} {
		if link, used := links[name]; used && !link.Reachable {
			since := ""
			if !link.Since.IsZero() {
				check.Facts["since"] = link.Since.UTC()
				since = " since " + link.Since.UTC().Format(time.DateTime+" MST")
			}
			check = bad(check, lora.CheckWarning, fmt.Sprintf("%s does not carry %s%s: %s", carrier, name, since, scrub(link.Error)),
				"Start it, and check its address. Nothing is lost: workers look for jobs every 2 s by themselves, and pages may show changes late.")
			return []lora.Check{check}, note
		}
	}
	switch wakes.Backend {
	case "redis":
		check = good(check, "It carries wake-ups and news between processes.")
	case "postgres":
		check = bad(check, lora.CheckOff, "Not set up: PostgreSQL carries wake-ups between processes.", "")
	default:
		check = bad(check, lora.CheckOff, "Not set up: one process needs none.", "")
	}
	return []lora.Check{check}, note
}
