package store

import (
	"database/sql"
	"strings"
	"testing"

	"loramanager/internal/store/pgtest"
)

// TestPromise15_WhoAsksIsFoundByIndexes looks at how each database goes about the two
// questions that come with every request.
func TestPromise15_WhoAsksIsFoundByIndexes(t *testing.T) {
	t.Parallel()
	queries := map[string]string{actorOfSession: "session", actorOfKey: "api_key_hash"}
	for url, explain := range map[string]string{"": "EXPLAIN QUERY PLAN ", pgtest.Database(t): "EXPLAIN "} {
		s, err := Open(t.Context(), Options{URL: url, DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		for query, index := range queries {
			plan := ""
			err := s.inTransaction(t.Context(), s.writer, func(q querier) error {
				if s.dialect == postgresDialect { // the tables are empty: reading them whole is cheapest
					if _, err := q.exec(t.Context(), "SET LOCAL enable_seqscan = off"); err != nil {
						return err
					}
				}
				rows, err := q.tx.QueryContext(t.Context(), s.dialect.rebind(explain+query), "hash", int64(1)) //nolint:rowserrcheck // readPlan does
				if err == nil {
					plan, err = readPlan(rows)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(plan, index) || strings.Contains(plan, "SCAN") || strings.Contains(plan, "Seq Scan") || strings.Count(plan, "SEARCH")+strings.Count(plan, "Index Scan") != 2 {
				t.Errorf("%s: %s\nis answered by\n%s", s.Database(), query, plan)
			}
		}
	}
}

// readPlan joins the last column of all rows.
func readPlan(rows *sql.Rows) (plan string, err error) {
	defer func() { err = firstError(err, rows.Close()) }()
	names, err := rows.Columns()
	if err != nil {
		return "", err
	}
	r := newRecord(len(names))
	for rows.Next() {
		if err := rows.Scan(r.into...); err != nil {
			return "", err
		}
		r.at = len(names) - 1
		plan += r.text() + "\n"
	}
	return plan, rows.Err()
}
