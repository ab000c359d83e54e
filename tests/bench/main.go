package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// options are the command line.
type options struct {
	bin   string // the binary that is measured
	cache string // where libraries are kept between runs
	sizes []int  // adapters of the measured libraries
	only  []string
	runs  int // of figures that are taken from a fresh start
	write string
	repo  string
}

// section is one part of the table.
type section struct {
	name    string
	title   string
	measure func(context.Context, *options) ([]figure, error)
	asked   bool // runs only when named with -only
}

var sections = []section{
	{"scan", "Scan", measureScans, false},
	{"catalog", "Questions and edits", measureQuestions, false},
	{"load", "Many people at once", measureLoad, false},
	{"digest", "Digest lane", measureDigests, false},
	{"header", "Header reader", measureHeaders, false},
	{"jobs", "Jobs, prompts, history and events", measureJobs, false},
	{"recommend", "Recommendations", measureRecommending, false},
	{"figures", "Analytics, dashboard and status", measureFigures, false},
	{"transfer", "Exports", measureTransfers, false},
	{"size", "Size", measureSizes, false},
	{"memory", "Index in memory against SQL (ADR 2)", measureMemory, true},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		note("%v", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	if len(args) > 0 && args[0] == blake3Command {
		return blake3Files(args[1:], out)
	}
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	r := report{machine: describeMachine(ctx, o)}
	for _, s := range sections {
		if !o.wants(s) {
			continue
		}
		note("%s", s.title)
		figures, err := s.measure(ctx, o)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		r.parts = append(r.parts, part{title: s.title, figures: figures})
		r.write(os.Stderr) // a long run shows what it has so far
	}
	r.write(out)
	if o.write == "" {
		return nil
	}
	return r.writePage(o.write)
}

func parseOptions(args []string) (*options, error) {
	o := &options{}
	var sizes, only string
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.repo, "repo", ".", "top folder of the repository")
	flags.StringVar(&o.bin, "bin", "bin/loramanager", "binary to measure")
	flags.StringVar(&o.cache, "cache", filepath.Join(os.TempDir(), "lm-bench"), "folder for sample libraries, kept between runs")
	flags.StringVar(&sizes, "sizes", "10000,100000", "adapters of the measured libraries, the largest answers the questions")
	flags.StringVar(&only, "only", "", "sections to run: scan, catalog, load, digest, header, jobs, recommend, figures, transfer, size, memory; empty for all but memory")
	flags.IntVar(&o.runs, "runs", 3, "how often to start anew for each cold figure")
	flags.StringVar(&o.write, "write", "", "page to write the table into, such as docs/benchmarks.md")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	for text := range strings.SplitSeq(sizes, ",") {
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil || n < 1 {
			return nil, fmt.Errorf("-sizes: %q is not a number of adapters", text)
		}
		o.sizes = append(o.sizes, n)
	}
	slices.Sort(o.sizes)
	if only != "" {
		o.only = strings.Split(only, ",")
	}
	return o, os.MkdirAll(o.cache, 0o750)
}

// wants reports whether a section was asked for.
func (o *options) wants(s section) bool {
	if len(o.only) == 0 {
		return !s.asked
	}
	return slices.Contains(o.only, s.name)
}

// largest is the library that questions are asked about.
func (o *options) largest() int { return o.sizes[len(o.sizes)-1] }

func note(format string, args ...any) { fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...) }
