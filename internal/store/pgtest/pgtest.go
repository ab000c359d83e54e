package pgtest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
)

// Missing is what a test says when PostgreSQL is not installed.
const Missing = "PostgreSQL is not installed: apt-get install postgresql (or set PG_BIN to the folder of its programs)"

var (
	start = sync.OnceValues(startServer)
	live  atomic.Pointer[server]
	next  atomic.Int64
)

// Main runs the tests of a package and stops the server afterwards, if one was
// started. It is for TestMain and returns the exit code.
func Main(m *testing.M) int {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		return max(code, 1)
	}
	return code
}

// Database creates an empty database for one test and returns its address. It is
// dropped when the test ends.
func Database(tb testing.TB) string {
	tb.Helper()
	return database(tb, "")
}

// Template is a database that is made once and copied for each test, which takes a
// tenth of the time of making it.
type Template struct {
	fill func(address string) error
	once sync.Once
	name string
	err  error
}

// NewTemplate returns a template that fill fills, when a test asks for the first copy.
func NewTemplate(fill func(address string) error) *Template { return &Template{fill: fill} }

// Copy creates a copy of the template for one test and returns its address. It is dropped
// when the test ends.
func (t *Template) Copy(tb testing.TB) string {
	tb.Helper()
	t.once.Do(func() {
		var s *server
		if s, t.err = start(); t.err != nil {
			return
		}
		t.name = fmt.Sprintf("template_%d", next.Add(1))
		if t.err = s.run("CREATE DATABASE " + t.name); t.err == nil {
			t.err = t.fill(s.address(t.name))
		}
	})
	if t.err != nil {
		tb.Fatal(t.err)
	}
	return database(tb, " TEMPLATE "+t.name+" STRATEGY FILE_COPY")
}

func database(tb testing.TB, how string) string {
	tb.Helper()
	s, err := start()
	if err != nil {
		tb.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", next.Add(1))
	if err := s.run("CREATE DATABASE " + name + how); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.run("DROP DATABASE IF EXISTS " + name + " WITH (FORCE)"); err != nil {
			tb.Error(err)
		}
	})
	return s.address(name)
}

// Stop stops the server and removes its folder.
func Stop() error {
	s := live.Swap(nil)
	if s == nil {
		return nil
	}
	return s.stop()
}

// server is one running PostgreSQL.
type server struct {
	folder string
	admin  *sql.DB
	kill   func() error
	done   chan error
}

func startServer() (*server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	s := &server{folder: folder, done: make(chan error, 1)}
	if err := s.boot(bin); err != nil {
		return nil, errors.Join(err, os.RemoveAll(folder))
	}
	live.Store(s)
	return s, nil
}

func (s *server) boot(bin string) error {
	attr, err := unprivileged(s.folder)
	if err != nil {
		return err
	}
	data := filepath.Join(s.folder, "data")
	initdb := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), //nolint:gosec // found by programs
		"-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
	initdb.SysProcAttr, initdb.Dir = attr, s.folder
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	command := exec.CommandContext(context.Background(), filepath.Join(bin, "postgres"), "-D", data, "-k", s.folder, //nolint:gosec // found by programs
		"-c", "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "synchronous_commit=off",
		"-c", "max_connections=200", "-c", "shared_buffers=64MB", "-c", "min_wal_size=32MB", "-c", "max_wal_size=128MB")
	command.SysProcAttr, command.Dir = attr, s.folder
	var log strings.Builder
	command.Stdout, command.Stderr = &log, &log
	if err := s.supervise(command); err != nil {
		return err
	}
	if s.admin, err = sql.Open("pgx", s.address("postgres")); err != nil {
		return errors.Join(err, s.kill(), <-s.done)
	}
	if err := s.ready(); err != nil {
		return errors.Join(err, s.admin.Close(), s.kill(), <-s.done, errors.New(log.String()))
	}
	return nil
}

// supervise starts the server from a thread that lives as long as the server does:
// where the system can do so, the server ends with that thread, so that a test
// process that is killed leaves nothing behind.
func (s *server) supervise(command *exec.Cmd) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		started <- err
		if err == nil {
			s.done <- command.Wait()
		}
	}()
	if err := <-started; err != nil {
		return err
	}
	s.kill = func() error { return command.Process.Signal(syscall.SIGINT) } // fast shutdown
	return nil
}

func (s *server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := s.admin.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("PostgreSQL did not start: %w", err)
		case <-tick.C:
		}
	}
}

func (s *server) run(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	_, err := s.admin.ExecContext(ctx, statement)
	return err
}

func (s *server) address(database string) string {
	query := url.Values{"host": {s.folder}, "user": {"postgres"}, "sslmode": {"disable"}}
	return "postgres:///" + database + "?" + query.Encode()
}

func (s *server) stop() error {
	return errors.Join(s.admin.Close(), s.kill(), <-s.done, os.RemoveAll(s.folder))
}

// programs finds the folder of the newest installed server.
func programs() (string, error) {
	folders := []string{os.Getenv("PG_BIN")}
	versions, err := filepath.Glob("/usr/lib/postgresql/*/bin")
	if err != nil {
		return "", err
	}
	slices.Sort(versions)
	slices.Reverse(versions)
	folders = append(folders, versions...)
	if path, err := exec.LookPath("postgres"); err == nil {
		folders = append(folders, filepath.Dir(path))
	}
	folders = append(folders, "/opt/homebrew/bin", "/usr/local/bin", "/usr/pgsql/bin")
	for _, folder := range folders {
		if folder == "" {
			continue
		}
		if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil { //nolint:gosec // whoever runs the tests names the folder
			return folder, nil
		}
	}
	return "", errors.New(Missing)
}
