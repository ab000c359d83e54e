package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// dump is what Dump wrote, in memory.
type dump struct {
	tables   map[string]*bytes.Buffer
	order    []string
	counts   lora.BackupCounts
	checksum string
	schema   int
}

func dumpOf(tb testing.TB, s *store.Store) *dump {
	tb.Helper()
	d, err := makeDump(tb.Context(), s)
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

func makeDump(ctx context.Context, s *store.Store) (d *dump, err error) {
	d = &dump{tables: make(map[string]*bytes.Buffer), schema: s.Schema()}
	d.counts, d.checksum, err = s.Dump(ctx, func(table string) (io.Writer, error) {
		d.order = append(d.order, table)
		d.tables[table] = new(bytes.Buffer)
		return d.tables[table], nil
	})
	return d, err
}

// source hands out the tables of a dump.
func (d *dump) source(table string) (io.Reader, error) {
	if content, there := d.tables[table]; there {
		return bytes.NewReader(content.Bytes()), nil
	}
	return nil, fs.ErrNotExist
}

// check refuses other tables than those that were dumped.
func (d *dump) check(checksum string) error {
	if checksum != d.checksum {
		return lora.Errorf(lora.Invalid, "the checksum is %s, not %s", checksum, d.checksum)
	}
	return nil
}

// loadInto loads a dump as it should be done.
func (d *dump) loadInto(tb testing.TB, s *store.Store) lora.Loaded {
	tb.Helper()
	loaded, err := s.Load(tb.Context(), d.schema, d.source, d.check)
	if err != nil {
		tb.Fatal(err)
	}
	return loaded
}

// same reports the first table in which two dumps differ.
func (d *dump) same(tb testing.TB, what string, other *dump) {
	tb.Helper()
	if !slices.Equal(d.order, other.order) {
		tb.Fatalf("%s: the tables are %v, not %v", what, d.order, other.order)
	}
	for _, table := range d.order {
		a, b := bytes.Split(d.tables[table].Bytes(), []byte("\n")), bytes.Split(other.tables[table].Bytes(), []byte("\n"))
		for i := range min(len(a), len(b)) {
			if !bytes.Equal(a[i], b[i]) {
				tb.Fatalf("%s: line %d of %s is\n%.600s\nand\n%.600s", what, i+1, table, a[i], b[i])
			}
		}
		if len(a) != len(b) {
			tb.Fatalf("%s: %s has %d lines and %d", what, table, len(a), len(b))
		}
	}
	if d.checksum != other.checksum || d.counts != other.counts {
		tb.Fatalf("%s: %+v with %s, and %+v with %s", what, d.counts, d.checksum, other.counts, other.checksum)
	}
}

func (d *dump) clone() *dump {
	c := *d
	c.tables = maps.Clone(d.tables)
	return &c
}

// pair runs a test on a furnished store of one database and an empty one of the other, in
// both ways.
func pair(t *testing.T, furnish func(t *testing.T, c database) *furnished, test func(t *testing.T, from *furnished, to *store.Store, there database)) {
	t.Helper()
	cases := map[string][2]database{}
	for _, name := range []string{"from SQLite to PostgreSQL", "from PostgreSQL to SQLite"} {
		file, server := filepath.Join(t.TempDir(), "x.db"), migrated.Copy(t)
		sides := [2]database{{"sqlite", "sqlite:///" + file, "sqlite", file}, {"postgres", server, "pgx", server}}
		if len(cases) == 1 {
			sides[0], sides[1] = sides[1], sides[0]
		}
		cases[name] = sides
	}
	for name, sides := range cases {
		t.Run(name, func(t *testing.T) {
			test(t, furnish(t, sides[0]), openURL(t, sides[1].url, ""), sides[1])
		})
	}
}

func TestPromise12_ADumpOfOneDatabaseLoadedIntoTheOtherGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	pair(t, furnish, func(t *testing.T, from *furnished, to *store.Store, _ database) {
		d := dumpOf(t, from.Store)
		for table, content := range d.tables {
			if bytes.Count(content.Bytes(), []byte("\n")) < 2 {
				t.Errorf("the fixture has no rows of %s", table)
			}
			if bytes.Contains(content.Bytes(), []byte(enginePass)) || bytes.Contains(content.Bytes(), []byte(secondFactor)) {
				t.Errorf("%s holds a secret", table)
			}
		}
		loaded := d.loadInto(t, to)
		if loaded.Counts != d.counts || !loaded.QueuePaused || len(loaded.Roots) != 0 {
			t.Errorf("loaded %+v of %+v", loaded, d.counts)
		}
		d.same(t, "loaded", dumpOf(t, to))
		sameAnswers(t, "loaded", answers(t, from.Store), answers(t, to))
		d.loadInto(t, to)
		d.same(t, "loaded over itself", dumpOf(t, to))
	})
}

// sameAnswers reports the first answer in which two stores differ.
func sameAnswers(t *testing.T, what, want, got string) {
	t.Helper()
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			at := 0
			for at < min(len(a[i]), len(b[i])) && a[i][at] == b[i][at] {
				at++
			}
			at = max(0, at-200)
			t.Fatalf("%s: the answer %.40q is, from character %d,\n%.500q, and was\n%.500q", what, a[i], at, b[i][at:], a[i][at:])
		}
	}
	if len(a) != len(b) {
		t.Fatalf("%s: there are %d answers, and were %d", what, len(b), len(a))
	}
}

// answers writes down what a store says to questions of every room.
func answers(t *testing.T, s *store.Store) string {
	t.Helper()
	all := allFigures(t, s)
	note := func(what string, answer any, err error) {
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		text, err := json.Marshal(answer)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		all += what + ": " + string(text) + "\n"
	}
	for _, text := range []string{"", "dragon", "is:favorite"} {
		ids, _, err := s.List(t.Context(), catalog.Query{Text: text, Limit: 50})
		note("adapters of "+text, ids, err)
	}
	for _, ask := range []lora.ResultQuery{{}, {Text: "word1"}, {Text: "walrus", Statuses: []lora.JobStatus{lora.JobFailed}}, {Trashed: true}, {MinRating: 3}, {Sort: lora.ResultsRating}} {
		ask.Limit = 100
		jobs, _, err := s.Results(t.Context(), ask)
		note("results", jobs, err)
		stats, err := s.ResultStats(t.Context(), ask)
		note("their figures", stats, err)
		facets, err := s.ResultFacets(t.Context(), ask)
		note("their facets", facets, err)
	}
	figures, err := s.StorageFigures(t.Context())
	figures.DatabaseBytes = 0
	note("storage", figures, err)
	feedback, err := s.Feedbacks(t.Context(), 10)
	note("feedback", feedback, err)
	compositions, err := s.Compositions(t.Context(), "")
	note("compositions", compositions, err)
	activities, err := s.Activities(t.Context(), 100)
	note("activities", activities, err)
	return all
}
