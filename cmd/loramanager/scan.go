package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/library"
	"loramanager/internal/lora"
)

type scanCmd struct {
	Paths []pathArg `arg:"" name:"path" help:"Folders, or single files."`
	JSON  bool      `help:"Print one JSON object for each adapter, one on a line."`
}

// scanLine is what --json prints for each adapter.
type scanLine struct {
	Path    string        `json:"path"`
	Error   string        `json:"error,omitempty"`
	Adapter *lora.Adapter `json:"adapter,omitempty"`
	Report  *lora.Report  `json:"report,omitempty"`
}

// Run prints what lies below the paths. errDefects says that something could not be read.
func (c *scanCmd) Run(ctx context.Context, io streams) error {
	lib := library.New(library.Options{})
	defer func() { _ = lib.Close() }()
	progress := newProgress(io, "files")
	defer progress.end()
	var show func(library.PathResult) error
	done := func() error { return nil }
	if c.JSON {
		enc := json.NewEncoder(io.out)
		show = func(r library.PathResult) error { return enc.Encode(lineOf(r)) }
	} else {
		table := newTable(io.out)
		show, done = table.add, table.flush
	}
	start := time.Now()
	var count, bad int
	var writeErr error
	err := lib.ScanPaths(ctx, pathsOf(c.Paths), func(r library.PathResult) {
		count++
		if r.Err != nil {
			bad++
		}
		progress.add(1)
		if writeErr == nil {
			writeErr = show(r)
		}
	})
	progress.end()
	for _, e := range []error{done(), writeErr, err} {
		if e != nil {
			return e
		}
	}
	_, _ = fmt.Fprintf(io.err, "%d adapters in %s, %d could not be read\n", count-bad, time.Since(start).Round(time.Millisecond), bad)
	if bad > 0 {
		return errDefects
	}
	return nil
}

func lineOf(r library.PathResult) scanLine {
	if r.Err != nil {
		return scanLine{Path: r.Path, Error: r.Err.Error()}
	}
	return scanLine{Path: r.Path, Adapter: &r.Adapter, Report: r.Report}
}

// table prints adapters in columns, a screenful at a time so that the first appear early.
type table struct {
	w    *tabwriter.Writer
	rows int
}

const rowsPerFlush = 40

func newTable(out io.Writer) *table {
	t := &table{w: tabwriter.NewWriter(out, 8, 0, 2, ' ', 0)}
	_, _ = fmt.Fprintln(t.w, "BASE\tKIND\tRANK\tSIZE\tFINDINGS\tFILE")
	return t
}

func (t *table) add(r library.PathResult) error {
	if r.Err != nil {
		_, _ = fmt.Fprintf(t.w, "\t\t\t\t%s\t%s\n", guard.DisplayName(r.Err.Error()), r.Path)
	} else {
		a := &r.Adapter
		rank := ""
		if a.Rank != nil {
			rank = fmt.Sprint(*a.Rank)
		}
		_, _ = fmt.Fprintf(t.w, "%s\t%s\t%s\t%s\t%s\t%s\n", a.BaseModel, a.Kind, rank, bytesText(int64(a.FileSize)), worstText(r.Report), r.Path)
	}
	if t.rows++; t.rows%rowsPerFlush == 0 {
		return t.w.Flush()
	}
	return nil
}

func (t *table) flush() error { return t.w.Flush() }

// worstText names the most serious finding.
func worstText(r *lora.Report) string {
	if r == nil {
		return ""
	}
	worst := r.Worst()
	for _, f := range r.Findings {
		if f.Severity == worst && worst != lora.Info {
			return string(worst) + ": " + f.Code
		}
	}
	return ""
}
