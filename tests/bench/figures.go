package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// storeFigures are those of the database alone, which also fill the history that the
// binary is asked about.
var storeFigures = []claimed{
	{"store", "BenchmarkFigures1M/all_together", "p95-ms", "all figures of 90 days from the database, slowest of twenty", 30, false, false},
}

// figureHistory is the folder that BenchmarkFigures1M fills: 1,000,000 generations of the
// 90 days before the end of June 2026.
var figureHistory = filepath.Join(os.TempDir(), "loramanager-bench-figures-2")

// measureFigures asks the binary how it went over 1,000,000 jobs.
func measureFigures(ctx context.Context, o *options) (figures []figure, err error) {
	if figures, err = measureClaims(ctx, o, storeFigures); err != nil {
		return nil, err
	}
	s, err := startServer(ctx, o, figureHistory, "--no-digests", "--no-workers")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	a := &asker{server: s}
	for _, q := range []struct {
		name, path string
		limit      time.Duration
	}{
		{"analytics of 90 days over 1,000,000 jobs", "/api/v1/analytics/summary?time_range=custom&start=2026-04-02&end=2026-06-30&tz=Europe/Berlin", summaryLimit},
		{"the same in a zone of quarter-hours", "/api/v1/analytics/summary?time_range=custom&start=2026-04-02&end=2026-06-30&tz=Asia/Kathmandu", summaryLimit},
		{"dashboard", "/api/v1/dashboard/stats", dashboardLimit},
		{"activity feed", "/api/v1/dashboard/activity-feed", dashboardLimit},
		{"system status", "/api/v1/system/status", dashboardLimit},
	} {
		t, err := a.timed(recommendRequests, func(int) error { return a.get(ctx, q.path, nil) })
		if err != nil {
			return nil, fmt.Errorf("%s: %w", q.path, err)
		}
		figures = append(figures, atMost(q.name, q.limit, t.p95(), t.String()))
	}
	return figures, nil
}
