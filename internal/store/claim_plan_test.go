package store

import (
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
)

// queueMany lets 100,000 jobs of 50 accounts wait for two engines.
func (s *Store) queueMany(tb testing.TB) {
	tb.Helper()
	ctx := tb.Context()
	statements := []string{
		`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
			INSERT INTO job (key, id, kind, mode, engine, routed, status, priority, position, attempt, max_attempts, composition_id, parent_id, owner, idempotency_key, created_at, trace, account)
			SELECT i, 'job-' || i, 'generation', 'auto', CASE i % 2 WHEN 0 THEN 'e' ELSE 'f' END, FALSE, 'pending', 5 + i % 3 / 2, i, 0, 3, '', '', '', '', i, '', i / 7 % 50 FROM n`,
		"INSERT INTO job_body (job_key, prompt, params, adapters, tags) SELECT key, 'p', '{}', '[]', '[]' FROM job",
	}
	if s.dialect == postgresDialect {
		statements = append(statements, "ANALYZE job")
	}
	err := s.inTransaction(ctx, s.writer, func(q querier) error {
		for _, statement := range statements {
			if _, err := q.exec(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// TestPromise9_AClaimReadsIndexesOnly looks at how each database goes about a claim and a
// quota while 100,000 jobs wait.
func TestPromise9_AClaimReadsIndexesOnly(t *testing.T) {
	t.Parallel()
	for url, explain := range map[string]string{"": "EXPLAIN QUERY PLAN ", pgtest.Database(t): "EXPLAIN "} {
		s, err := Open(t.Context(), Options{URL: url, DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		s.queueMany(t)
		q := querier{pool: s.writer}
		for _, c := range []struct {
			query string
			args  []any
		}{
			{claimNext(s.dialect), []any{int64(1), s.dialect.list([]string{"e", "f"}), int64(1), int64(1), "w", "l", int64(1), int64(1)}},
			{countOpen, []any{int64(3)}},
		} {
			rows, err := q.pool.db.QueryContext(t.Context(), s.dialect.rebind(explain+c.query), c.args...) //nolint:rowserrcheck // readPlan does
			if err != nil {
				t.Fatal(err)
			}
			plan, err := readPlan(rows)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(plan) {
				if line = strings.TrimSpace(line); line == "SCAN j" || line == "SCAN r" || strings.HasPrefix(line, "SCAN job") || strings.Contains(line, "Seq Scan on job") && !strings.Contains(line, "job_turn") {
					t.Errorf("%s: %s\nis answered by\n%s", s.Database(), c.query, plan)
					break
				}
			}
		}
	}
}

// BenchmarkClaimJob100k claims jobs, and gives them back, while 100,000 of 50 accounts wait.
func BenchmarkClaimJob100k(b *testing.B) {
	for name, url := range map[string]string{"sqlite": "", "postgres": pgtest.Database(b)} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), Options{URL: url, DataDir: b.TempDir()})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = s.Close() })
			s.queueMany(b)
			claim := lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 8, "f": 8}, Lease: time.Hour}
			seen := map[int64]bool{}
			for b.Loop() {
				job, found, err := s.ClaimJob(b.Context(), claim)
				if err != nil || !found {
					b.Fatalf("%v, %v", found, err)
				}
				seen[job.Account] = true
				b.StopTimer()
				if _, err := s.EndJob(b.Context(), job.ID, job.Token, lora.Ending{Status: lora.JobCancelled}); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
			}
			b.ReportMetric(float64(len(seen)), "accounts")
		})
	}
}
