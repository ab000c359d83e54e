package main

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// claimed is a figure that a Go benchmark reports beside the code it measures.
type claimed struct {
	room      string // package below internal
	benchmark string // its whole name, without the number of processors
	unit      string // of the metric, as it stands behind the value
	name      string // in the table
	limit     float64
	atLeast   bool // the limit is the least, not the most
	worst     bool // of the benchmarks below it, instead of the median of runs
}

// jobFigures are what the second story promises. One benchmark may report several.
var jobFigures = []claimed{
	{"store", "BenchmarkAddJob", "jobs/s", "accepting jobs, flushed to SQLite, 16 clients", 2000, true, false},
	{"store", "BenchmarkAddJob", "p99-ms", "accepting one job, slowest of a hundred", 10, false, false},
	{"jobs", "BenchmarkHandOff", "p99-ms", "from accepted to the engine's call, slowest of a hundred", 20, false, false},
	{"prompt", "BenchmarkCompose/a1111", "p95-ms", "composing 100 active adapters, slowest of twenty", 2, false, false},
	{"store", "BenchmarkResults500k", "p95-ms", "a page of the history at 500,000 images, slowest of twenty, of all questions the slowest", 10, false, true},
	{"httpapi", "BenchmarkSocketCrowd", "p99-ms", "an event to 10,000 clients, slowest of a hundred", 500, false, false},
	{"httpapi", "BenchmarkSocketCrowd", "RSS-MiB", "memory with 10,000 clients, MiB", 400, false, false},
}

func measureJobs(ctx context.Context, o *options) ([]figure, error) {
	return measureClaims(ctx, o, jobFigures)
}

// measureClaims runs the benchmarks and reads the figures from what they print.
func measureClaims(ctx context.Context, o *options, claims []claimed) ([]figure, error) {
	printed := map[string]string{} // by room and benchmark
	var figures []figure
	for _, c := range claims {
		key := c.room + " " + c.benchmark
		if _, done := printed[key]; !done {
			text, err := goBenchmark(ctx, o, c)
			if err != nil {
				return nil, err
			}
			printed[key] = text
		}
		values := metric(printed[key], c)
		if len(values) == 0 {
			return nil, fmt.Errorf("%s of %s states nothing in %s: %s", c.benchmark, c.room, c.unit, printed[key])
		}
		value, how := medianOf(values), "median"
		if c.worst {
			value, how = slices.Max(values), "worst"
		}
		f := figure{name: c.name, measured: fmt.Sprintf("%s %s (%s of %d)", strconv.FormatFloat(value, 'f', -1, 64), unitWord(c.unit), how, len(values))}
		f.target, f.met = fmt.Sprintf("<= %g", c.limit), value <= c.limit
		if c.atLeast {
			f.target, f.met = fmt.Sprintf(">= %g", c.limit), value >= c.limit
		}
		figures = append(figures, f)
	}
	return figures, nil
}

func goBenchmark(ctx context.Context, o *options, c claimed) (string, error) {
	parts := strings.Split(c.benchmark, "/")
	for i := range parts {
		parts[i] = "^" + parts[i] + "$"
	}
	args := []string{"test", "-run", "^$", "-bench", strings.Join(parts, "/"), "-count", strconv.Itoa(o.runs), "-timeout", "30m"}
	cmd := exec.CommandContext(ctx, "go", append(args, "./internal/"+c.room)...) //nolint:gosec // names of this table
	cmd.Dir = o.repo
	text, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s of %s: %w: %s", c.benchmark, c.room, err, text)
	}
	return string(text), nil
}

// metric reads the values of a unit from the lines of a benchmark, those below it
// included.
func metric(text string, c claimed) []float64 {
	line := regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(c.benchmark) + `[-/\s].*?\s([\d.]+) ` + regexp.QuoteMeta(c.unit) + `(?:\s|$)`)
	var values []float64
	for _, match := range line.FindAllStringSubmatch(text, -1) {
		if value, err := strconv.ParseFloat(match[1], 64); err == nil {
			values = append(values, value)
		}
	}
	return values
}

// unitWord is the unit without the words that the name of the figure has already.
func unitWord(unit string) string {
	if _, word, ok := strings.Cut(unit, "-"); ok {
		return word
	}
	return unit
}
