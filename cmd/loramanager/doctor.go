package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

type doctorCmd struct {
	JSON bool `help:"Print what was found as JSON."`
}

// doctorPatience bounds everything a doctor asks others.
const doctorPatience = 20 * time.Second

// mark says how bad a finding is.
type mark string

const (
	markOK   mark = "ok"
	markOff  mark = "off" // not set up, which is nothing to worry about
	markWarn mark = "warn"
	markFail mark = "fail"
)

// finding is what one check came to, and what to do about it.
type finding struct {
	Check  string `json:"check"`
	State  mark   `json:"state"`
	Detail string `json:"detail"`
	Advice string `json:"advice,omitempty"`
}

// doctor looks at what a server with this configuration would meet. It starts nothing and
// leaves nothing behind.
type doctor struct {
	config *Config
	log    *slog.Logger
	found  []finding
	peeked *store.Peeked // nil when the database could not be read
}

func (d *doctor) add(check string, state mark, detail, advice string) {
	d.found = append(d.found, finding{check, state, guard.DisplayName(detail), guard.DisplayName(advice)})
}

// Run checks everything and exits with 0 when all is well, 1 with warnings, and 2 when
// something will not work.
func (c *doctorCmd) Run(ctx context.Context, config *Config, io streams, src *sources) error {
	ctx, cancel := context.WithTimeout(ctx, doctorPatience)
	defer cancel()
	d := &doctor{config: config, log: slog.New(slog.DiscardHandler)}
	if d.checkConfiguration(src) {
		d.checkExposure()
		d.checkPort(ctx)
		d.checkFolders()
		d.checkDatabase(ctx)
		d.checkClock()
		d.checkLibrary()
		d.checkParts(ctx)
		d.checkBackups(ctx)
		d.checkHubs(ctx)
	}
	if c.JSON {
		if err := json.NewEncoder(io.out).Encode(map[string]any{"version": version, "state": d.worst(), "checks": d.found}); err != nil {
			return err
		}
	} else {
		d.print(io)
	}
	switch d.worst() {
	case markFail:
		return exitCode(exitUsage)
	case markWarn:
		return exitCode(exitProblem)
	}
	return nil
}

var markRank = map[mark]int{markOff: 0, markOK: 0, markWarn: 1, markFail: 2}

// worst is ok, warn or fail.
func (d *doctor) worst() mark {
	worst := markOK
	for _, f := range d.found {
		if markRank[f.State] > markRank[worst] {
			worst = f.State
		}
	}
	return worst
}

var markColour = map[mark]string{markOK: "32", markOff: "2", markWarn: "33", markFail: "31"}

func (d *doctor) print(io streams) {
	p := &page{out: io.out, colour: io.terminal}
	warnings, failures := 0, 0
	for _, f := range d.found {
		_, _ = fmt.Fprintf(io.out, "%s  %-20s %s\n", p.paint(markColour[f.State], fmt.Sprintf("%-4s", f.State)), f.Check, f.Detail)
		if f.Advice != "" {
			_, _ = fmt.Fprintf(io.out, "      %-20s -> %s\n", "", f.Advice)
		}
		switch f.State {
		case markWarn:
			warnings++
		case markFail:
			failures++
		}
	}
	_, _ = fmt.Fprintf(io.out, "\n%d checks, %d to look at, %d that will not work\n", len(d.found), warnings, failures)
}

// checkConfiguration reports whether the rest can be checked at all.
func (d *doctor) checkConfiguration(src *sources) bool {
	if err := d.config.finish(); err != nil {
		d.add("configuration", markFail, sentence(err), "Correct it; nothing else was checked. loramanager config shows every value and where it came from.")
		return false
	}
	where := cmp.Or(src.path, "no file")
	if names := src.reservedInUse(); len(names) > 0 {
		d.add("configuration", markWarn, fmt.Sprintf("It can be read (%s), but these have no effect: %v.", where, names), "Remove them.")
		return true
	}
	d.add("configuration", markOK, fmt.Sprintf("It can be read (%s).", where), "")
	return true
}

// sentence is an error as a user may read it.
func sentence(err error) string {
	var known *lora.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return err.Error()
}
