package store

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
	"loramanager/internal/store/pgtest"
)

func TestEveryTableIsNamedAsDumpedDerivedOrLocal(t *testing.T) {
	t.Parallel()
	ours := regexp.MustCompile(`^(goose_|sqlite_|job_words_)`) // of migrations and of SQLite
	for url, query := range map[string]string{
		"":                 "SELECT name FROM sqlite_master WHERE type = 'table'",
		pgtest.Database(t): "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()",
	} {
		s, err := Open(t.Context(), Options{URL: url, DataDir: t.TempDir()})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		there, err := querier{pool: s.reader}.strings(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range there {
			if !ours.MatchString(name) && !slices.ContainsFunc(dumpTables, func(d dumpTable) bool { return d.name == name }) {
				t.Errorf("%s: say in dump_table.go whether dumps hold the table %s", s.Database(), name)
			}
		}
		for i := range dumpTables {
			if d := &dumpTables[i]; slices.Contains(there, d.name) != (d.only == "" || d.only == s.Database()) || (d.use == dumped) != (d.why == "") {
				t.Errorf("%s: the table %s is not there, or lacks its reason", s.Database(), d.name)
			}
		}
	}
}

func TestTablesAreNamedWithTheirMigrationAndAfterWhatTheyName(t *testing.T) {
	t.Parallel()
	made := regexp.MustCompile(`(?s)CREATE (?:VIRTUAL )?TABLE (\w+)(.*?\n?\)[^\n]*;)`)
	names := regexp.MustCompile(`REFERENCES (\w+)`)
	files, err := filepath.Glob(filepath.Join("migrations", "sqlite", "*.sql"))
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	found := 0
	for i, file := range files {
		text, err := os.ReadFile(file) //nolint:gosec // one of ours
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range made.FindAllStringSubmatch(string(text), -1) {
			found++
			at := slices.IndexFunc(dumpTables, func(d dumpTable) bool { return d.name == table[1] })
			if at < 0 || dumpTables[at].since != int64(i+1) {
				t.Errorf("%s is made by migration %d", table[1], i+1)
				continue
			}
			for _, named := range names.FindAllStringSubmatch(table[2], -1) {
				if dumpTables[at].use == dumped && slices.IndexFunc(dumpTables, func(d dumpTable) bool { return d.name == named[1] }) > at {
					t.Errorf("%s must come after %s, which it names", table[1], named[1])
				}
			}
		}
	}
	if found != len(dumpTables) {
		t.Errorf("%d tables are made and %d are named", found, len(dumpTables))
	}
}

// drawValue draws what a column can hold, as a database hands it out.
func drawValue(t *rapid.T, c *dumpColumn) any {
	if !c.required && rapid.Bool().Draw(t, "null") {
		return nil
	}
	switch c.kind {
	case kindText:
		return clean(rapid.String().Draw(t, "text"))
	case kindInteger:
		return rapid.Int64().Draw(t, "integer")
	case kindReal:
		return rapid.Float64().Draw(t, "real") + 0 // no sign of zero
	case kindTruth:
		return rapid.Bool().Draw(t, "truth")
	case kindBytes:
		return rapid.SliceOf(rapid.Byte()).Draw(t, "bytes")
	}
	return nil
}

func TestAnyRowIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		columns := make([]dumpColumn, rapid.IntRange(1, 8).Draw(t, "columns"))
		r := newRecord(len(columns))
		for i := range columns {
			columns[i] = dumpColumn{name: fmt.Sprint("c", i), kind: valueKind(rapid.IntRange(0, 4).Draw(t, "kind")), required: rapid.Bool().Draw(t, "required")}
			r.values[i] = drawValue(t, &columns[i])
		}
		line := appendRow(nil, columns, r)
		got, err := parseRow(nil, line[:len(line)-1], columns)
		if err != nil || fmt.Sprintf("%#v", got) != fmt.Sprintf("%#v", r.values) || strings.Count(string(line), "\n") != 1 {
			t.Fatalf("%#v was read as %#v from %s: %v", r.values, got, line, err)
		}
	})
}

// endless is a line without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestALineWithoutEndIsRefused(t *testing.T) {
	t.Parallel()
	_, err := newTableReader("setting", endless{}).next()
	if lora.CodeOf(err) != lora.Invalid || !strings.Contains(err.Error(), "table setting, line 1: it is longer than 64 MiB") {
		t.Errorf("an endless line: %v", err)
	}
}

func FuzzParseRow(f *testing.F) {
	for _, seed := range []string{`["a",1,-2.5e3,true,"AAEC"]`, `[null,null,null,null,null]`, `["\ud800\"\\",1]`, `[`, `]`, `["`, `["\`, `["\\",1,2,true,""]`, `["a",1e5,0x1p4,TRUE,"=="]`, "[\"\n\",1,1,true,\"\"] "} {
		f.Add([]byte(seed))
	}
	columns := []dumpColumn{{name: "a", kind: kindText}, {name: "b", kind: kindInteger}, {name: "c", kind: kindReal}, {name: "d", kind: kindTruth}, {name: "e", kind: kindBytes}}
	f.Fuzz(func(t *testing.T, line []byte) {
		values, err := parseRow(nil, line, columns)
		if err != nil {
			return
		}
		r := newRecord(len(columns))
		copy(r.values, values)
		again, err := parseRow(nil, trimmedLine(appendRow(nil, columns, r)), columns)
		if err != nil || fmt.Sprintf("%#v", normalZero(again)) != fmt.Sprintf("%#v", normalZero(values)) {
			t.Errorf("%q is %#v and then %#v: %v", line, values, again, err)
		}
	})
}

func trimmedLine(line []byte) []byte { return line[:len(line)-1] }

// normalZero takes the sign off zeros, which dumps do not keep.
func normalZero(values []any) []any {
	for i, v := range values {
		if v == 0.0 {
			values[i] = 0.0
		}
	}
	return values
}
