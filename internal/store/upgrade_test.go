package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// downgrade takes out of a database what the second migration made, so that it is as the
// first version of this program left it.
func downgrade(t *testing.T, driver, address, migration string) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	text, err := os.ReadFile(migration) //nolint:gosec // one of ours
	if err != nil {
		t.Fatal(err)
	}
	made := regexp.MustCompile(`(?m)^CREATE (?:VIRTUAL )?TABLE (\w+)`).FindAllStringSubmatch(string(text), -1)
	slices.Reverse(made)
	statements := []string{"DROP INDEX adapter_file_name", "DELETE FROM goose_db_version WHERE version_id = 2"}
	for _, table := range made {
		statements = append(statements, "DROP TABLE "+table[1])
	}
	for _, statement := range statements {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

func TestAnOlderDatabaseKeepsItsAdaptersAndLearnsJobs(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "x.db")
	for _, c := range []struct{ name, url, driver, address string }{
		{"sqlite", "sqlite:///" + file, "sqlite", file},
		{"postgres", pgtest.Database(t), "pgx", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			if c.address == "" {
				c.address = c.url
			}
			s, err := store.Open(t.Context(), store.Options{URL: c.url})
			if err != nil {
				t.Fatal(err)
			}
			saved, err := s.SaveScanned(t.Context(), storetest.Batch(0, 50))
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			downgrade(t, c.driver, c.address, filepath.Join("migrations", c.name, "00002_jobs.sql"))
			s = openURL(t, c.url, "")
			if _, r, err := s.List(t.Context(), catalog.Query{}); err != nil || r.Total != 50 {
				t.Errorf("%d adapters: %v", r.Total, err)
			}
			job := storetest.Generation(0)
			job.Adapters[0] = lora.Use{AdapterID: saved[0].AdapterID, Name: "x"}
			if job, _, err = s.AddJob(t.Context(), job); err != nil || job.Status != lora.JobPending {
				t.Errorf("a job: %+v, %v", job, err)
			}
		})
	}
}
