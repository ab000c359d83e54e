package redistest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// Missing is what a test says when Redis is not installed.
const Missing = "Redis is not installed: apt-get install redis-server"

// Server is one real Redis. Its methods fail the test when they cannot do their work.
type Server struct {
	tb     testing.TB
	folder string
	port   int
	flags  []string

	mu      sync.Mutex
	process *os.Process // nil while it is dead
	ended   chan struct{}
}

// Start starts a server that keeps nothing on disk, unless flags say otherwise
// ("--appendonly", "yes"). It ends with the test.
func Start(tb testing.TB, flags ...string) *Server {
	tb.Helper()
	s := &Server{tb: tb, folder: tb.TempDir(), port: freePort(tb), flags: flags}
	s.Restart()
	tb.Cleanup(s.Kill)
	return s
}

// URL is the server's address, for REDIS_URL.
func (s *Server) URL() string { return fmt.Sprintf("redis://127.0.0.1:%d/0", s.port) }

// Client returns a client of the server that is closed when the test ends.
func (s *Server) Client() *redis.Client {
	s.tb.Helper()
	options, err := redis.ParseURL(s.URL())
	if err != nil {
		s.tb.Fatal(err)
	}
	client := redis.NewClient(options)
	s.tb.Cleanup(func() { _ = client.Close() })
	return client
}

// Kill ends the server at once, as a crash would. Killing a dead server does nothing.
func (s *Server) Kill() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.process == nil {
		return
	}
	if err := s.process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		s.tb.Errorf("kill Redis: %v", err)
	}
	<-s.ended
	s.process = nil
}

// Restart starts the server again on the same port and waits until it answers.
func (s *Server) Restart() {
	s.tb.Helper()
	s.Kill()
	s.mu.Lock()
	defer s.mu.Unlock()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		s.tb.Fatal(Missing)
	}
	arguments := append([]string{
		"--port", fmt.Sprint(s.port), "--bind", "127.0.0.1", "--dir", s.folder, "--save", "", "--daemonize", "no",
	}, s.flags...)
	command := exec.CommandContext(context.Background(), program, arguments...) //nolint:gosec // a test's own server
	command.SysProcAttr = withParent()
	var log strings.Builder
	command.Stdout, command.Stderr = &log, &log
	ended, started := make(chan struct{}), make(chan error)
	go func() { // a thread that lives as long as the server
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(ended)
		err := command.Start()
		started <- err
		if err == nil {
			_ = command.Wait()
		}
	}()
	if err := <-started; err != nil {
		s.tb.Fatal(err)
	}
	s.process, s.ended = command.Process, ended
	if err := s.ready(ended); err != nil {
		_ = command.Process.Kill()
		<-ended
		s.process = nil
		s.tb.Fatalf("Redis did not start: %v\n%s", err, log.String())
	}
}

// Freeze stops the server without ending it: connections stay open and nothing answers.
func (s *Server) Freeze() { s.signal(syscall.SIGSTOP) }

// Thaw lets a frozen server go on.
func (s *Server) Thaw() { s.signal(syscall.SIGCONT) }

func (s *Server) signal(what syscall.Signal) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.process.Signal(what); err != nil {
		s.tb.Fatal(err)
	}
}

func (s *Server) ready(ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := redis.NewClient(&redis.Options{Addr: fmt.Sprintf("127.0.0.1:%d", s.port), MaxRetries: -1})
	defer func() { _ = client.Close() }()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		err := client.Ping(ctx).Err()
		if err == nil {
			return nil
		}
		select {
		case <-ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return err
		case <-tick.C:
		}
	}
}

// freePort finds a port nobody listens on.
func freePort(tb testing.TB) int {
	tb.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port
}
