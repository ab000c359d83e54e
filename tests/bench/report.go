package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// figure is one line of the table.
type figure struct {
	name     string
	target   string // empty for figures without a promise
	measured string
	met      bool
}

// atMost makes the figure of a duration that must not exceed a limit.
func atMost(name string, limit, got time.Duration, measured string) figure {
	return figure{name: name, target: "<= " + show(limit), measured: measured, met: got <= limit}
}

type part struct {
	title   string
	figures []figure
}

// report is everything one run measured.
type report struct {
	machine string
	parts   []part
}

func (r *report) write(w io.Writer) {
	fmt.Fprintf(w, "%s\n\n| figure | target | measured | met |\n|---|---|---|---|\n", r.machine)
	for _, p := range r.parts {
		fmt.Fprintf(w, "| **%s** | | | |\n", p.title)
		for _, f := range p.figures {
			met := ""
			if f.target != "" {
				met = map[bool]string{true: "yes", false: "**no**"}[f.met]
			}
			fmt.Fprintf(w, "| %s | %s | %s | %s |\n", f.name, f.target, f.measured, met)
		}
	}
}

// The table stands between these two lines of the page; the rest is written by hand.
const (
	tableBegin = "<!-- table: written by make bench -->"
	tableEnd   = "<!-- end of table -->"
)

// writePage puts the table into a page that says what the figures mean.
func (r *report) writePage(path string) error {
	page, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begun := bytes.Cut(page, []byte(tableBegin))
	_, after, ended := bytes.Cut(rest, []byte(tableEnd))
	if !begun || !ended {
		return fmt.Errorf("%s has no place for the table: it needs the lines %q and %q", path, tableBegin, tableEnd)
	}
	var out bytes.Buffer
	out.Write(before)
	out.WriteString(tableBegin + "\n\n")
	r.write(&out)
	out.WriteString("\n" + tableEnd)
	out.Write(after)
	return os.WriteFile(path, out.Bytes(), 0o644) //nolint:gosec // a page of the repository
}

// describeMachine says where and on what the figures were taken.
func describeMachine(ctx context.Context, o *options) string {
	cpu := "unknown processor"
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			if _, name, ok := strings.Cut(line, ": "); ok && strings.HasPrefix(line, "model name") {
				cpu = strings.TrimSpace(name)
				break
			}
		}
	}
	commit := output(ctx, o.repo, "git", "describe", "--always", "--dirty")
	load := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load " + strings.Fields(string(text))[0] + " at the start"
	}
	return fmt.Sprintf("Commit %s, %s, %s, %d cores (%s), %s/%s%s.", commit, time.Now().Format("2 January 2006"),
		runtime.Version(), runtime.NumCPU(), cpu, runtime.GOOS, runtime.GOARCH, load)
}

// output runs a command in the repository and returns its last line, "?" when it fails.
func output(ctx context.Context, dir, name string, args ...string) string {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = filepath.Clean(dir)
	text, err := cmd.Output()
	if err != nil {
		return "?"
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return lines[len(lines)-1]
}
