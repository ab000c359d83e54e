package store

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"loramanager/internal/catalog"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// Options say which database to open.
type Options struct {
	// URL is empty for SQLite in the data folder, sqlite:///absolute/path, or
	// postgres://... (postgresql:// and postgresql+psycopg:// are taken too).
	URL string
	// DataDir is the folder of the default database; it must exist.
	DataDir string
	// Logger receives warnings; nil discards them.
	Logger *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Store is the open database with the index over it. It is safe for concurrent use.
type Store struct {
	dialect *dialect
	reader  *pool
	writer  *pool // the same pool as reader on PostgreSQL
	durable *pool // the same pool as reader on PostgreSQL
	commits group
	checks  *checkpointer // of a file only
	keys    jobKeys
	life    string // tells the leases of this process from those of an earlier one
	address string // of the server, with its password; empty for a file
	schema  int64  // number of the newest migration
	lock    *flock.Flock
	log     *slog.Logger
	now     func() time.Time
	writing *turns // one writer at a time within this process
	usages  usageMemo
	sizes   sizeMemo

	index      *catalog.Index
	refreshing sync.Mutex
	loading    chan struct{} // closed when the first load is over
	background sync.WaitGroup
	stop       context.CancelFunc
}

const sqliteFile = "loramanager.db"

// Open opens the database, brings its schema up to date and begins to load the index
// in the background; the first question waits for that. A database that a newer
// version has written is refused.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := connect(o)
	if err != nil {
		return nil, err
	}
	if err = s.migrate(ctx); err == nil {
		err = s.countAll(ctx)
	}
	if err != nil {
		return nil, firstError(err, s.closePools())
	}
	loadCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() {
		s.load(loadCtx)
		debug.FreeOSMemory() // a server may rest for days after it was started
	})
	if s.checks != nil {
		s.background.Go(func() {
			s.checks.run(loadCtx, func(err error) { s.log.Warn("the database log was not taken over", "error", err) })
		})
	}
	return s, nil
}

// connect opens the pools of the database, and nothing that is in it.
func connect(o Options) (*Store, error) {
	s := &Store{log: o.Logger, now: o.Now, loading: make(chan struct{}), life: rand.Text(), commits: newGroup(), writing: newTurns()}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.index = catalog.New(s.now)
	path, address, err := target(o)
	if err != nil {
		return nil, err
	}
	if path != "" {
		err = s.openFile(path)
	} else {
		err = s.openServer(address)
	}
	if err != nil {
		return nil, firstError(err, s.closePools())
	}
	return s, nil
}

// Close waits for the load of the index to end and closes all connections.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	return s.closePools()
}

func (s *Store) closePools() error {
	var errs []error
	if s.reader != nil {
		errs = append(errs, s.reader.close())
	}
	if s.checks != nil {
		errs = append(errs, s.checks.db.Close())
	}
	for _, p := range []*pool{s.writer, s.durable} {
		if p != nil && p != s.reader {
			errs = append(errs, p.close())
		}
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Unlock())
	}
	return errors.Join(errs...)
}

// Database names the kind of database: "sqlite" or "postgres".
func (s *Store) Database() string { return s.dialect.name }

// target reads the address: the path of a SQLite file, or a server's address.
func target(o Options) (path, address string, err error) {
	scheme, rest, ok := strings.Cut(o.URL, "://")
	switch {
	case o.URL == "":
		return filepath.Join(o.DataDir, sqliteFile), "", nil
	case ok && scheme == "sqlite":
		path, err := url.PathUnescape(strings.TrimPrefix(rest, "/"))
		if err != nil || path == "" {
			return "", "", lora.FieldErrorf(lora.Invalid, "DATABASE_URL", "The database address must name a file: sqlite:///path/to/file.db.")
		}
		// sqlite:////srv/x.db is absolute, sqlite:///x.db lies in the data folder.
		if !filepath.IsAbs(path) {
			if abs := "/" + path; strings.Contains(path, "/") && filepath.IsAbs(abs) {
				return abs, "", nil
			}
			path = filepath.Join(o.DataDir, path)
		}
		return path, "", nil
	case ok && (scheme == "postgres" || scheme == "postgresql" || strings.HasPrefix(scheme, "postgresql+")):
		return "", "postgres://" + rest, nil
	}
	return "", "", lora.FieldErrorf(lora.Invalid, "DATABASE_URL", "The database address must begin with sqlite:/// or postgres://.")
}

func (s *Store) openFile(path string) error {
	s.dialect = sqliteDialect
	folder := filepath.Dir(path)
	if kind, network := guard.NetworkFilesystem(folder); network {
		if kind != "fuse" && kind != "9p" && kind != "vboxsf" {
			return lora.Errorf(lora.Unavailable, "The folder %s lies on a network drive (%s), where SQLite can lose data. Choose a local folder or use PostgreSQL.", folder, kind)
		}
		s.log.Warn("the database lies on a shared file system; use a local folder or PostgreSQL", "folder", folder, "kind", kind)
	}
	s.lock = flock.New(path + ".lock")
	locked, err := s.lock.TryLock()
	if err != nil {
		s.lock = nil
		return lockFailed(folder, err)
	}
	if !locked {
		s.lock = nil
		return lora.Errorf(lora.Conflict, "Another LoRA Manager is using the database %s. Stop it first, or use PostgreSQL to run several.", path)
	}
	// The second connection of a writer only prepares statements while the first is in a
	// transaction.
	for _, p := range []struct {
		pool  **pool
		use   sqliteUse
		conns int
	}{{&s.writer, sqliteWrites, 2}, {&s.durable, sqliteDurable, 2}, {&s.reader, sqliteReads, max(4, runtime.GOMAXPROCS(0))}} {
		db, err := openSQLite(path, p.use)
		if err != nil {
			return s.failed("open", err)
		}
		db.SetMaxOpenConns(p.conns)
		db.SetMaxIdleConns(p.conns)
		*p.pool = newPool(db, s.dialect)
	}
	checks, err := openSQLite(path, sqliteWrites)
	if err != nil {
		return s.failed("open", err)
	}
	checks.SetMaxOpenConns(1)
	s.checks = newCheckpointer(checks)
	return nil
}

func lockFailed(folder string, err error) error {
	message := "The folder " + folder + " cannot be written. Check that it exists and its permissions."
	if errors.Is(err, os.ErrNotExist) {
		message = "The folder " + folder + " does not exist."
	}
	return &lora.Error{Code: lora.Unavailable, Message: message, Err: err}
}

func (s *Store) openServer(address string) error {
	s.dialect = postgresDialect
	db, err := openPostgres(address)
	if err != nil {
		// The cause is left out: it may repeat the password.
		return lora.FieldErrorf(lora.Invalid, "DATABASE_URL", "The PostgreSQL address cannot be understood.")
	}
	db.SetMaxOpenConns(16)
	db.SetMaxIdleConns(8)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s.reader = newPool(db, s.dialect)
	s.writer, s.durable, s.address = s.reader, s.reader, address
	return nil
}

// Address returns the address of the PostgreSQL server, for those who listen to what it
// tells of jobs; empty on SQLite. It may hold a password and must not be logged.
func (s *Store) Address() string { return s.address }
