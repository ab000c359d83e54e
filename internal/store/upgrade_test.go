package store_test

import (
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/pgtest"
	"loramanager/internal/store/storetest"
)

// downgrade takes out of a database what the migrations after a version made, so that it
// is as an earlier version of this program left it.
func downgrade(t *testing.T, driver, address, dialect string, version int) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	names, err := filepath.Glob(filepath.Join("migrations", dialect, "*.sql"))
	if err != nil || len(names) <= version {
		t.Fatalf("the migrations %v: %v", names, err)
	}
	made := regexp.MustCompile(`(?m)^(?:CREATE (?:VIRTUAL )?(TABLE|INDEX) (\w+)|ALTER TABLE (\w+) ADD COLUMN (\w+))`)
	for n := len(names); n > version; n-- {
		text, err := os.ReadFile(names[n-1])
		if err != nil {
			t.Fatal(err)
		}
		steps := made.FindAllStringSubmatch(string(text), -1)
		slices.Reverse(steps)
		statements := []string{"DELETE FROM goose_db_version WHERE version_id = " + strconv.Itoa(n)}
		for _, step := range steps {
			if step[1] != "" {
				statements = append(statements, "DROP "+step[1]+" "+step[2])
			} else {
				statements = append(statements, "ALTER TABLE "+step[3]+" DROP COLUMN "+step[4])
			}
		}
		for _, statement := range statements {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
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
			downgrade(t, c.driver, c.address, c.name, 1)
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
