package store_test

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// downgrade takes out of a database what the migrations after a version made, so that it
// is as the program of that version left it.
func downgrade(t *testing.T, driver, address, kind string, version int) {
	t.Helper()
	db, err := sql.Open(driver, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	files, err := filepath.Glob(filepath.Join("migrations", kind, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(files) // latest first
	for i, file := range files[:len(files)-version] {
		for _, statement := range append(unmake(t, file), remake(t, file, files[i+1:])...) {
			if _, err := db.ExecContext(t.Context(), statement); err != nil {
				t.Fatalf("%s: %v", statement, err)
			}
		}
	}
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf("DELETE FROM goose_db_version WHERE version_id > %d", version)); err != nil {
		t.Fatal(err)
	}
}

var (
	makesTable  = regexp.MustCompile(`(?m)^CREATE (?:VIRTUAL )?TABLE (\w+)`)
	makesColumn = regexp.MustCompile(`(?m)^ALTER TABLE (\w+) ADD COLUMN (\w+)`)
	dropsIndex  = regexp.MustCompile(`(?m)^DROP INDEX (\w+)`)
	makesIndex  = regexp.MustCompile(`(?m)^CREATE (?:UNIQUE )?INDEX (\w+)\s+ON (\w+)`)
)

// unmake returns statements that take back what a migration made, last first.
func unmake(t *testing.T, migration string) (statements []string) {
	t.Helper()
	text, err := os.ReadFile(migration) //nolint:gosec // one of ours
	if err != nil {
		t.Fatal(err)
	}
	tables := makesTable.FindAllStringSubmatch(string(text), -1)
	for _, made := range tables {
		statements = append(statements, "DROP TABLE "+made[1])
	}
	for _, made := range makesColumn.FindAllStringSubmatch(string(text), -1) {
		statements = append(statements, "ALTER TABLE "+made[1]+" DROP COLUMN "+made[2])
	}
	for _, made := range makesIndex.FindAllStringSubmatch(string(text), -1) {
		if !slices.ContainsFunc(tables, func(table []string) bool { return table[1] == made[2] }) {
			statements = append(statements, "DROP INDEX "+made[1])
		}
	}
	slices.Reverse(statements)
	return statements
}

// remake returns statements that make again the indexes that a migration dropped, as the
// ones before it did, latest first.
func remake(t *testing.T, migration string, before []string) (statements []string) {
	t.Helper()
	text, err := os.ReadFile(migration) //nolint:gosec // one of ours
	if err != nil {
		t.Fatal(err)
	}
	for _, dropped := range dropsIndex.FindAllStringSubmatch(string(text), -1) {
		made := regexp.MustCompile(`(?m)^CREATE (?:UNIQUE )?INDEX ` + dropped[1] + `\s[^;]+;`)
		for _, file := range before {
			text, err := os.ReadFile(file) //nolint:gosec // one of ours
			if err != nil {
				t.Fatal(err)
			}
			if statement := made.FindString(string(text)); statement != "" {
				statements = append(statements, statement)
				break
			}
		}
	}
	return statements
}

func TestAnOlderDatabaseKeepsItsAdaptersAndLearnsJobs(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
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

func TestADatabaseOfEveryEarlierSchemaKeepsAllThatItHolds(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		f := furnishQuickly(t, c)
		before, newest := dumpOf(t, f.Store), f.Schema()
		s := f.Store
		for version := newest - 1; version > 0; version-- { // what is newer is lost on the way
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			downgrade(t, c.driver, c.address, c.name, version)
			var err error
			if s, err = store.Open(t.Context(), store.Options{URL: c.url}); err != nil {
				t.Fatalf("from schema %d: %v", version, err)
			}
			after := dumpOf(t, s)
			tables, added := makes(t, c.name, version)
			for _, table := range tables {
				if content, dumped := before.tables[table]; dumped {
					sameRows(t, fmt.Sprintf("%s of schema %d", table, version), content.Bytes(), after.tables[table].Bytes(), added[table])
				}
			}
			if there, err := s.HasAccounts(t.Context()); there || err != nil {
				t.Errorf("schema %d had no accounts: %v, %v", version, there, err)
			}
		}
		if _, err := s.AddAccount(t.Context(), lora.Account{Name: "a", Role: lora.Administrator}, lora.Credentials{}); err != nil {
			t.Error(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	})
}

// makes lists the tables of a schema, and the columns that later ones have added to them.
func makes(t *testing.T, kind string, version int) (tables []string, added map[string][]string) {
	t.Helper()
	added = make(map[string][]string)
	files, err := filepath.Glob(filepath.Join("migrations", kind, "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	for i, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // one of ours
		if err != nil {
			t.Fatal(err)
		}
		if i < version {
			for _, made := range makesTable.FindAllStringSubmatch(string(text), -1) {
				tables = append(tables, made[1])
			}
			continue
		}
		for _, made := range makesColumn.FindAllStringSubmatch(string(text), -1) {
			added[made[1]] = append(added[made[1]], made[2])
		}
	}
	return tables, added
}

// sameRows compares two dumps of a table but for some columns.
func sameRows(t *testing.T, what string, before, after []byte, but []string) {
	t.Helper()
	a, b := rowsBut(t, before, but), rowsBut(t, after, but)
	if len(a) < 2 {
		t.Errorf("%s had no rows", what)
	}
	if !slices.Equal(a, b) {
		t.Errorf("%s: %d rows became %d, or others", what, len(a)-1, len(b)-1)
	}
}

// rowsBut are the lines of a dump without some columns.
func rowsBut(t *testing.T, dump []byte, but []string) (lines []string) {
	t.Helper()
	var names []string
	for line := range strings.Lines(string(dump)) {
		var row []json.RawMessage
		if names == nil {
			var head struct {
				Columns []string `json:"columns"`
			}
			if err := json.Unmarshal([]byte(line), &head); err != nil {
				t.Fatal(err)
			}
			names = head.Columns
		} else if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatal(err)
		}
		kept := ""
		for i, name := range names {
			if row != nil && !slices.Contains(but, name) {
				kept += name + "=" + string(row[i]) + " "
			}
		}
		lines = append(lines, kept)
	}
	return lines
}

func TestAnOlderDatabaseIsAskedOnceForItsTrainingTags(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s := openURL(t, c.url, "")
		if _, err := s.SaveScanned(t.Context(), storetest.Batch(0, 600)); err != nil {
			t.Fatal(err)
		}
		want := trainingTags(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		downgrade(t, c.driver, c.address, c.name, 2)
		s = openURL(t, c.url, "")
		for _, time := range []string{"first", "second"} {
			if got := trainingTags(t, s); !maps.EqualFunc(got, want, slices.Equal) {
				t.Errorf("the %s time the training tags of %d adapters are not those of their files", time, len(got))
			}
		}
	})
}

func trainingTags(t *testing.T, s *store.Store) map[string][]string {
	t.Helper()
	tags := make(map[string][]string)
	_, _, err := s.AdapterFacts(t.Context(), 0, func(f lora.AdapterFacts) error {
		if len(f.TrainingTags) == 0 {
			t.Errorf("%s has no training tags", f.Name)
		}
		tags[f.ID] = f.TrainingTags
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tags
}

func TestPromise11_TheJobsOfAnOlderDatabaseAreCounted(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, c database) {
		s, err := store.Open(t.Context(), store.Options{URL: c.url})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 60 {
			if err := storetest.MakeResult(t.Context(), s, i); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.TrashResults(t.Context(), []string{"job-1", "job-41"}); err != nil { // favourites
			t.Fatal(err)
		}
		before := allFigures(t, s)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		downgrade(t, c.driver, c.address, c.name, 2)
		s, err = store.Open(t.Context(), store.Options{URL: c.url})
		if err != nil {
			t.Fatal(err)
		}
		if after := allFigures(t, s); after != before || !strings.Contains(before, "Jobs:60") {
			t.Errorf("after an upgrade:\n%s, as they were:\n%s", after, before)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if after := allFigures(t, openURL(t, c.url, "")); after != before {
			t.Errorf("after another start:\n%s, as they were:\n%s", after, before)
		}
	})
}

// allFigures writes down what a store counts of all jobs.
func allFigures(t *testing.T, s *store.Store) string {
	t.Helper()
	window := lora.Window{Start: storetest.ResultTime(0), End: storetest.ResultTime(1000), Zone: time.UTC}
	figures := ""
	note := func(figure any, err error) {
		if err != nil {
			t.Fatal(err)
		}
		figures += fmt.Sprintf("%+v\n", figure)
	}
	for _, unit := range []lora.SlotUnit{lora.SlotDay, lora.SlotHour} {
		slots, err := s.CountSlots(t.Context(), window, unit)
		note(slots, err)
	}
	engines, err := s.CountEngines(t.Context(), window)
	note(engines, err)
	for _, measure := range []lora.Measure{lora.MeasureRun, lora.MeasureWait} {
		buckets, err := s.TimeBuckets(t.Context(), window, measure)
		note(buckets, err)
	}
	for _, order := range []lora.UsageOrder{lora.MostUsed, lora.MostKept} {
		usages, err := s.AdapterUsages(t.Context(), window, order, 100)
		note(usages, err)
	}
	pairs := []lora.AdapterPair{}
	_, err = s.AdapterPairs(t.Context(), 0, func(p lora.AdapterPair) { pairs = append(pairs, p) })
	slices.SortFunc(pairs, func(a, b lora.AdapterPair) int { return cmp.Or(cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B)) })
	note(pairs, err)
	return figures
}
