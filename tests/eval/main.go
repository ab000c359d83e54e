package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
)

// Seeds: those that weights are chosen with are not among those that are reported.
const (
	firstTuned    = 1
	firstReported = 101
)

// needed is by how much the blend must beat what is not personal.
const needed = 1.30

type options struct {
	seeds    int
	history  string
	adapters string
	tune     bool
	latest   float64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var o options
	flag.IntVar(&o.seeds, "seeds", 5, "how many planted histories")
	flag.StringVar(&o.history, "history", "", "real history instead: JSON lines of results, as GET /api/v1/generation/history has them")
	flag.StringVar(&o.adapters, "adapters", "", "adapters of that history: the answer of GET /api/v1/adapters, or JSON lines of adapters")
	flag.BoolVar(&o.tune, "tune", false, "look for better weights with other seeds")
	flag.Float64Var(&o.latest, "latest", 0.2, "share of the jobs that is predicted from the rest")
	flag.Parse()
	if err := run(ctx, &o, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "eval:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o *options, out io.Writer) error {
	if o.tune {
		return tune(ctx, o, out)
	}
	histories, err := o.histories(firstReported)
	if err != nil {
		return err
	}
	composed, prompted := newTable("later compositions with one adapter hidden"), newTable("later prompts with all adapters hidden")
	for _, h := range histories {
		if err := measure(ctx, h.split(o.latest), composed, prompted); err != nil {
			return err
		}
	}
	fmt.Fprint(out, o.describe(histories), composed.markdown(), prompted.markdown()) //nolint:errcheck // standard output
	return errors.Join(composed.verdict(), prompted.verdict())
}

// describe says what was measured.
func (o *options) describe(histories []*history) string {
	if o.history != "" {
		return fmt.Sprintf("The history in %s: %d jobs with %d adapters.\n\n", o.history, len(histories[0].jobs), len(histories[0].adapters))
	}
	return fmt.Sprintf("%d planted histories (seeds %d to %d) of %d adapters each.\n\n", len(histories), firstReported, firstReported+len(histories)-1, worldSize)
}

// histories are the real one, or planted ones from a seed on.
func (o *options) histories(seed uint64) ([]*history, error) {
	if (o.history == "") != (o.adapters == "") {
		return nil, errors.New("-history and -adapters go together")
	}
	if o.history != "" {
		h, err := readHistory(o.history, o.adapters)
		return []*history{h}, err
	}
	var all []*history
	for i := range o.seeds {
		all = append(all, plant(seed+uint64(i))) //nolint:gosec // small
	}
	return all, nil
}
