package movein

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL of the prototype
	_ "modernc.org/sqlite"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// The budgets of one database.
const (
	maxRows     = 1_000_000
	maxRowBytes = 1 << 20
)

// databases reads the databases that lie in a folder at the places where their programs
// keep them.
func (t *tree) databases(ctx context.Context) error {
	for _, folder := range []string{".", "databases"} {
		entries, err := t.source.root.ReadDir(folder)
		if err != nil {
			continue
		}
		var names []string
		for _, e := range entries {
			if ext := strings.ToLower(path.Ext(e.Name())); e.Type().IsRegular() && (ext == ".db" || ext == ".sqlite" || ext == ".sqlite3") {
				names = append(names, e.Name())
			}
		}
		slices.Sort(names)
		for _, name := range names {
			if err := t.database(ctx, path.Join(folder, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// database reads one SQLite file when it is of a program that is known. One that is
// broken or locked is a note.
func (t *tree) database(ctx context.Context, rel string) error {
	db, err := openSQLite(filepath.Join(t.source.root.Path(), filepath.FromSlash(rel)))
	if err != nil {
		t.source.notes.add(fmt.Sprintf("The database %s could not be opened.", guard.DisplayName(rel)))
		return nil
	}
	defer func() { _ = db.Close() }() // only read
	tables, err := sqliteTables(ctx, db)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t.source.notes.add(fmt.Sprintf("%s is no database that can be read.", guard.DisplayName(rel)))
		return nil
	}
	switch {
	case slices.Contains(tables, "adapter") && slices.Contains(tables, "deliveryjob") && t.source.wants(Prototype):
		return prototype{db, rel}.records(ctx, t.source, t.each)
	case slices.Contains(tables, "models") && t.source.wants(InvokeAI):
		return invoke{db, rel, slices.Contains(tables, "style_presets")}.records(ctx, t.source, t.each)
	}
	return nil
}

// openSQLite opens a file of another program so that nothing in it can change or run.
func openSQLite(name string) (*sql.DB, error) {
	address := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(name), RawQuery: url.Values{
		"mode":    {"ro"},
		"_pragma": {"query_only(1)", "trusted_schema(0)", "busy_timeout(2000)", "cell_size_check(1)"},
	}.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

func sqliteTables(ctx context.Context, db *sql.DB) ([]string, error) {
	var names []string
	err := eachRow(ctx, db, "SELECT name FROM sqlite_master WHERE type = 'table' LIMIT 1000", func(row row) error {
		names = append(names, row.text("name"))
		return nil
	})
	return names, err
}

// OpenDatabase prepares to read a prototype's database by its address:
// postgresql+psycopg://, postgresql:// or postgres://. It fails with Invalid for another
// address and Unavailable when it does not answer.
func OpenDatabase(ctx context.Context, address string) (*Source, error) {
	rest, ok := "", false
	for _, scheme := range []string{"postgresql+psycopg://", "postgresql://", "postgres://"} {
		if rest, ok = strings.CutPrefix(address, scheme); ok {
			break
		}
	}
	if !ok {
		return nil, lora.FieldErrorf(lora.Invalid, "database", "Give the address of a PostgreSQL database: postgresql://user:password@host/name.")
	}
	db, err := sql.Open("pgx", "postgres://"+rest)
	if err == nil {
		db.SetMaxOpenConns(1)
		if err = db.PingContext(ctx); err != nil {
			_ = db.Close() // it never opened
		}
	}
	if err != nil {
		return nil, &lora.Error{Code: lora.Unavailable, Field: "database", Message: "The database does not answer.", Err: err}
	}
	return &Source{managers: []Manager{Prototype}, readers: []reader{prototype{db, "PostgreSQL"}}, label: "the prototype's database", database: db}, nil
}

// row is a row of a table nothing is known of but the names of its columns.
type row map[string]any

// eachRow reads rows one after the other.
func eachRow(ctx context.Context, db *sql.DB, query string, each func(row) error) error {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }() // rows.Err tells what matters
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values := make([]any, len(columns))
	into := make([]any, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for n := 0; rows.Next(); n++ {
		if n >= maxRows {
			return lora.Errorf(lora.TooLarge, "The database holds more than %d rows in one table.", maxRows)
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r := make(row, len(columns))
		for i, column := range columns {
			r[column] = values[i]
		}
		if err := each(r); err != nil {
			return stopped{err}
		}
	}
	return rows.Err()
}

// stopped is an error of whoever takes the rows, not of the database.
type stopped struct{ error }

// databaseFailed makes a note of a database that cannot be read on. An error of whoever
// takes the records goes back to them.
func databaseFailed(ctx context.Context, s *Source, name string, err error) error {
	var taker stopped
	switch {
	case err == nil:
		return nil
	case errors.As(err, &taker):
		return taker.error
	case ctx.Err() != nil:
		return ctx.Err()
	case lora.CodeOf(err) == lora.TooLarge:
		return err
	}
	s.notes.add(fmt.Sprintf("The database %s could not be read to its end.", guard.DisplayName(name)))
	return nil
}

// text returns a text column within its budget, whatever the database calls it.
func (r row) text(column string) string {
	switch v := r[column].(type) {
	case string:
		return cut(v, maxRowBytes)
	case []byte:
		return cut(string(v), maxRowBytes)
	}
	return ""
}

// object reads a JSON object out of a text column; false when it is none.
func (r row) object(column string, into any) bool {
	return json.Unmarshal([]byte(r.text(column)), into) == nil
}

func (r row) number(column string) (float64, bool) {
	switch v := r[column].(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, v == v
	}
	return 0, false
}

func (r row) truth(column string) bool {
	switch v := r[column].(type) {
	case bool:
		return v
	case int64:
		return v != 0
	}
	return false
}

// when returns a moment; databases without types for it keep texts in UTC.
func (r row) when(column string) *time.Time {
	if t, ok := r[column].(time.Time); ok {
		t = t.UTC()
		return &t
	}
	s := r.text(column)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			t = t.UTC()
			return &t
		}
	}
	return nil
}
