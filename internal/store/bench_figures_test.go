//go:build unix

package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store"
)

const (
	figureJobs     = 1_000_000
	figureAdapters = 2000
)

// figureEnd is when the last of the jobs was accepted.
var figureEnd = time.Date(2026, 6, 30, 22, 0, 0, 0, time.UTC)

// figureHistory is a folder with a database of 1,000,000 generations of 90 days: with 1 to
// 4 of 2,000 adapters, as people use them, on three engines, one in ten without success,
// one in ten kept. They are written as they are kept, and counted when the store is
// opened. The folder stays from one run to the next.
var figureHistory = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(os.TempDir(), "loramanager-bench-figures-2")
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil {
		return dir, nil
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	s, err := store.Open(benchContext, store.Options{DataDir: dir})
	if err != nil {
		return "", err
	}
	if err := s.Close(); err != nil {
		return "", err
	}
	if err := fillFigures(benchContext, filepath.Join(dir, "loramanager.db")); err != nil {
		return "", err
	}
	begun := time.Now()
	if s, err = store.Open(benchContext, store.Options{DataDir: dir}); err != nil {
		return "", err
	}
	fmt.Printf("%d jobs were counted in %v\n", figureJobs, time.Since(begun).Round(time.Second))
	if err := s.Close(); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "complete"), nil, 0o600)
})

func fillFigures(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", file)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	insert := func(query string) func(args ...any) {
		stmt, prepareErr := tx.PrepareContext(ctx, query) //nolint:sqlclosecheck // closed with the transaction
		if prepareErr != nil {
			err = prepareErr
			return func(...any) {}
		}
		return func(args ...any) {
			if _, execErr := stmt.ExecContext(ctx, args...); execErr != nil && err == nil {
				err = execErr
			}
		}
	}
	job := insert(`INSERT INTO job (key, id, kind, mode, engine, routed, status, priority, position, attempt, max_attempts, composition_id, parent_id, owner,
		idempotency_key, error_class, rating, favorite, created_at, started_at, finished_at) VALUES (?, ?, 'generation', 'auto', ?, TRUE, ?, 5, ?, 1, 3, '', '', '', '', ?, ?, ?, ?, ?, ?)`)
	body := insert("INSERT INTO job_body (job_key, prompt, params, adapters) VALUES (?, 'a castle', '{}', ?)")
	picture := insert("INSERT INTO picture (sha256, type, width, height, size_bytes, state, uploaded, job_id, created_at) VALUES (?, 'image/png', 512, 512, 500000, 'kept', FALSE, '', 0)")
	image := insert("INSERT INTO job_image (job_key, place, sha256, infotext, size_bytes, shared) VALUES (?, 0, ?, '', 500000, FALSE)")
	facet := insert("INSERT INTO facet (kind, value) VALUES ('adapter', ?)")
	for i := range figureAdapters {
		facet(figureAdapter(i))
	}
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same jobs every time
	step := 90 * 24 * time.Hour / figureJobs
	for i := range figureJobs {
		accepted := figureEnd.Add(-step * time.Duration(figureJobs-i))
		key := accepted.UnixMilli() << 12
		wait, run := time.Duration(math.Exp(r.NormFloat64()*1.5+1)*float64(time.Second)), time.Duration(math.Exp(r.NormFloat64()*0.7+2.5)*float64(time.Second))
		status, class := lora.JobSucceeded, ""
		if n := r.IntN(100); n < 7 {
			status, class = lora.JobFailed, []string{"unreachable", "timeout", "engine_failed", "busy"}[r.IntN(4)]
		} else if n < 10 {
			status = lora.JobCancelled
		}
		rating := -1
		if status == lora.JobSucceeded && r.IntN(10) == 0 {
			rating = 5
		}
		adapters := ""
		for range 1 + r.IntN(4) {
			x := r.Float64()
			adapters += fmt.Sprintf(`,{"adapter_id":"%s","name":"x","weight":1}`, figureAdapter(int(x*x*x*figureAdapters)))
		}
		job(key, fmt.Sprint("job-", i), []string{"sdnext", "forge", "comfy"}[r.IntN(3)], string(status), i, class, rating, false,
			accepted.UnixMicro(), accepted.Add(wait).UnixMicro(), accepted.Add(wait+run).UnixMicro())
		body(key, "["+adapters[1:]+"]")
		if status == lora.JobSucceeded {
			sha := fmt.Sprintf("%064x", i)
			picture(sha)
			image(key, sha)
		}
		if err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, "UPDATE rollup_state SET counted = FALSE"); err != nil {
		return err
	}
	return tx.Commit()
}

func figureAdapter(i int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", i) }

// BenchmarkFigures1M asks for figures of 90 days over 1,000,000 jobs, alone and all that a
// summary needs, one after the other.
func BenchmarkFigures1M(b *testing.B) {
	dir, err := figureHistory()
	must(b, err)
	s := openURL(b, "", dir)
	berlin, err := time.LoadLocation("Europe/Berlin")
	must(b, err)
	kathmandu, err := time.LoadLocation("Asia/Kathmandu")
	must(b, err)
	end := figureEnd.Add(-37 * time.Minute).Truncate(15 * time.Minute)
	window := lora.Window{Start: end.AddDate(0, 0, -90), End: end, Zone: berlin}
	before := lora.Window{Start: window.Start.AddDate(0, 0, -90), End: window.Start, Zone: berlin}
	days := func(w lora.Window) func() error {
		return func() error { _, err := s.CountSlots(b.Context(), w, lora.SlotDay); return err }
	}
	buckets := func(w lora.Window, m lora.Measure) func() error {
		return func() error { _, err := s.TimeBuckets(b.Context(), w, m); return err }
	}
	usages := func(order lora.UsageOrder) func() error {
		return func() error { _, err := s.AdapterUsages(b.Context(), window, order, 10); return err }
	}
	summary := []struct {
		name string
		f    func() error
	}{
		{"days", days(window)},
		{"days before", days(before)},
		{"errors", func() error { _, err := s.CountErrors(b.Context(), window); return err }},
		{"engines", func() error { _, err := s.CountEngines(b.Context(), window); return err }},
		{"waits", buckets(window, lora.MeasureWait)},
		{"runs", buckets(window, lora.MeasureRun)},
		{"waits before", buckets(before, lora.MeasureWait)},
		{"runs before", buckets(before, lora.MeasureRun)},
		{"most used", usages(lora.MostUsed)},
		{"most kept", usages(lora.MostKept)},
		{"most failed", usages(lora.MostFailed)},
		{"failed jobs", func() error { _, err := s.FailedJobs(b.Context(), window, "timeout", "forge", 5); return err }},
		{"slow jobs", func() error { _, err := s.SlowJobs(b.Context(), window, 5); return err }},
		{"latest", func() error { _, err := s.LatestJobs(b.Context(), 10); return err }},
		{"oldest waiting", func() error { _, err := s.OldestWaiting(b.Context()); return err }},
	}
	turn := 0
	measure := func(name string, f func()) {
		b.Run(name, func(b *testing.B) {
			cpu(b)
			var ts times
			for b.Loop() {
				ts.measure(f)
			}
			ts.report(b)
		})
	}
	measure("all together", func() {
		for _, c := range summary {
			must(b, c.f())
		}
	})
	for _, c := range summary {
		measure(c.name, func() { must(b, c.f()) })
	}
	kathmanduDays, day := window, window
	kathmanduDays.Zone = kathmandu
	day.Start = day.End.AddDate(0, 0, -1)
	for name, f := range map[string]func() error{
		"days of Kathmandu": days(kathmanduDays),
		"hours":             func() error { _, err := s.CountSlots(b.Context(), window, lora.SlotHour); return err },
		"adapters of a new window": func() error {
			turn = 1 - turn
			w := window
			w.End = w.End.Add(-time.Duration(turn) * 15 * time.Minute)
			_, err := s.AdapterUsages(b.Context(), w, lora.MostUsed, 10)
			return err
		},
		"hours of a day":     func() error { _, err := s.CountSlots(b.Context(), day, lora.SlotHour); return err },
		"slow jobs of a day": func() error { _, err := s.SlowJobs(b.Context(), day, 5); return err },
		"failed jobs of all": func() error { _, err := s.FailedJobs(b.Context(), window, "", "", 5); return err },
		"pairs":              func() error { _, err := s.AdapterPairs(b.Context(), 0, func(lora.AdapterPair) {}); return err },
		"storage":            func() error { _, err := s.StorageFigures(b.Context()); return err },
	} {
		measure(name, func() { must(b, f()) })
	}
}
