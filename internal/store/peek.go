package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"loramanager/internal/lora"
)

// Peeked is what a look at a database found that neither opened nor changed it.
type Peeked struct {
	Database string // sqlite or postgres
	File     string // of SQLite
	Server   string // version of PostgreSQL, or of the SQLite inside this program
	// Empty says that nothing was written yet: no file, or no tables on the server.
	Empty bool
	// InUse says that a running program holds the SQLite file.
	InUse           bool
	Current, Newest int64 // last migration the database had, and last one this program knows
	Steps           []Step
	Now             time.Time // the clock of the database
	Roots           []PeekedRoot
	Engines         []lora.EngineConfig // with their passwords
}

// Step is one migration.
type Step struct {
	Version   int64
	Name      string     // empty when only a newer program knows it
	AppliedAt *time.Time // nil when the database waits for it
}

// PeekedRoot is a library folder of the database.
type PeekedRoot struct{ Name, Path string }

// Waiting are the migrations the next start makes, in their order.
func (p *Peeked) Waiting() []Step {
	return slices.DeleteFunc(slices.Clone(p.Steps), func(s Step) bool { return s.AppliedAt != nil })
}

// Newer says that a newer program has written the database, which this one refuses.
func (p *Peeked) Newer() bool { return p.Current > p.Newest }

// Peek looks at a database, also while a program uses it. Roots and engines are read when
// its schema is the one this program knows.
func Peek(ctx context.Context, o Options) (p Peeked, err error) {
	path, address, err := target(o)
	if err != nil {
		return p, err
	}
	s := &Store{dialect: postgresDialect}
	if path != "" {
		s.dialect = sqliteDialect
	}
	p.Database, p.File = s.dialect.name, path
	if p.Steps, err = s.known(); err != nil {
		return p, s.failed("list the migrations", err)
	}
	p.Newest = p.Steps[len(p.Steps)-1].Version
	if path != "" {
		if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
			p.Empty, p.Now = true, time.Now()
			return p, nil
		}
		p.InUse = isHeld(path)
	}
	db, err := openToPeek(path, address)
	if err != nil {
		// The cause is left out: it may repeat the password.
		return p, lora.FieldErrorf(lora.Invalid, "DATABASE_URL", "The PostgreSQL address cannot be understood.")
	}
	s.reader = newPool(db, s.dialect)
	defer func() { err = firstError(err, s.closePools()) }()
	return p, s.failed("look at the database", s.peek(ctx, &p))
}

// openToPeek opens a file without the right to write.
func openToPeek(path, address string) (*sql.DB, error) {
	if path == "" {
		return openPostgres(address)
	}
	ask := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	file := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: ask.Encode()}
	return sql.Open("sqlite", file.String())
}

// isHeld asks the lock beside a SQLite file.
func isHeld(path string) bool {
	if _, err := os.Stat(path + ".lock"); err != nil {
		return false
	}
	lock := flock.New(path + ".lock")
	free, err := lock.TryRLock()
	if err == nil && free {
		err = lock.Unlock()
	}
	return err == nil && !free
}

func (s *Store) peek(ctx context.Context, p *Peeked) error {
	q := querier{pool: s.reader}
	about, tables := "SELECT sqlite_version(), strftime('%s', 'now')", "SELECT COUNT(*) FROM sqlite_master WHERE name = 'goose_db_version'"
	if s.dialect == postgresDialect {
		about, tables = "SELECT current_setting('server_version'), CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS TEXT)", "SELECT COUNT(*) FROM pg_tables WHERE tablename = 'goose_db_version' AND schemaname = current_schema()"
	}
	_, err := q.one(ctx, about, nil, func(r *record) error {
		p.Server = r.text()
		seconds, err := strconv.ParseFloat(r.text(), 64)
		p.Now = time.UnixMilli(int64(seconds * 1000)).UTC()
		return err
	})
	if err != nil {
		return err
	}
	if n, err := q.number(ctx, tables); err != nil || n == 0 {
		p.Empty = true
		return err
	}
	if err := s.peekSteps(ctx, p); err != nil || p.Current != p.Newest {
		return err
	}
	err = q.each(ctx, "SELECT name, path FROM root WHERE NOT removed ORDER BY created_at, id", nil, func(r *record) error {
		p.Roots = append(p.Roots, PeekedRoot{Name: r.text(), Path: r.text()})
		return nil
	})
	if err == nil {
		p.Engines, err = s.EngineConfigs(ctx)
	}
	return err
}

// peekSteps reads which migrations the database had.
func (s *Store) peekSteps(ctx context.Context, p *Peeked) error {
	when := "CAST(strftime('%s', tstamp) AS TEXT)"
	if s.dialect == postgresDialect {
		when = "CAST(EXTRACT(EPOCH FROM tstamp AT TIME ZONE current_setting('TimeZone')) AS TEXT)"
	}
	return querier{pool: s.reader}.each(ctx, "SELECT version_id, "+when+" FROM goose_db_version WHERE is_applied AND version_id > 0 ORDER BY version_id", nil, func(r *record) error {
		version := r.integer()
		seconds, err := strconv.ParseFloat(r.text(), 64)
		at := time.Unix(int64(seconds), 0).UTC()
		p.Current = max(p.Current, version)
		i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Version == version })
		if i < 0 {
			p.Steps = append(p.Steps, Step{Version: version})
			i = len(p.Steps) - 1
		}
		p.Steps[i].AppliedAt = &at
		return err
	})
}

// known are the migrations of this program.
func (s *Store) known() (steps []Step, err error) {
	files, err := fs.ReadDir(migrations, "migrations/"+s.dialect.name)
	for _, file := range files {
		number, name, _ := strings.Cut(strings.TrimSuffix(file.Name(), ".sql"), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return nil, err
		}
		steps = append(steps, Step{Version: version, Name: name})
	}
	return steps, err
}

// Migrate brings the schema of a database up to date and closes it again; a new one is
// made. A database that a newer version has written, or a program uses, is refused.
func Migrate(ctx context.Context, o Options) error {
	s, err := connect(o)
	if err != nil {
		return err
	}
	return firstError(s.migrate(ctx), s.closePools())
}
