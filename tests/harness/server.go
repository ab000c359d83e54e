package harness

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options say how a server is started. The zero value is a server with an empty data
// folder, no library folders, no key, and neither watching nor digests, so that only
// what a test asks for happens.
type Options struct {
	Data  string   // data folder; a temporary one when empty
	Roots []string // library folders given on the command line; they are scanned at the start
	Flags []string // further flags, after those of the harness
	Env   []string // further environment variables, NAME=value
	// Prepare may change the command before it starts, for example its user.
	Prepare func(*exec.Cmd)
	// Dirty says that the server need not end with exit code 0.
	Dirty bool
	// Tags are build tags of the binary, such as failpoints.
	Tags string
	// Worker starts a worker instead of a server. It answers nothing; Base is empty.
	Worker bool
}

// Server is a running program.
type Server struct {
	Base string // http://127.0.0.1:PORT
	Data string

	t      testing.TB
	dirty  bool
	cmd    *exec.Cmd
	log    *buffer
	client *http.Client
	exited chan struct{} // closed when the process has ended; then err is set
	err    error
}

const (
	startPatience = 60 * time.Second
	stopPatience  = 20 * time.Second
)

// Start runs a server until the end of the test. It returns when /readyz says yes.
func Start(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Data == "" {
		o.Data = t.TempDir()
	}
	for range 3 { // another process may take the free port first
		s := launch(t, o)
		if s.awaitReady() {
			return s
		}
		s.dirty = true // how it ended is dealt with here
		if !strings.Contains(s.Log(), "address already in use") {
			t.Fatalf("the server ended before it was ready: %v", s.err)
		}
	}
	t.Fatal("no free port was found")
	return nil
}

func launch(t testing.TB, o Options) *Server {
	t.Helper()
	base, args := "", []string{"worker", "--data", o.Data}
	if !o.Worker {
		address := freeAddress(t)
		base, args = "http://"+address, []string{"serve", "--listen", address, "--data", o.Data, "--no-watch", "--no-digests"}
	}
	for _, root := range o.Roots {
		args = append(args, "--root", root)
	}
	s := &Server{
		Base: base, Data: o.Data, t: t, dirty: o.Dirty, log: &buffer{}, exited: make(chan struct{}),
		client: &http.Client{Timeout: time.Minute, Transport: &http.Transport{Proxy: nil}},
	}
	s.cmd = command(t, o.Tags, append(args, o.Flags...), o.Env)
	s.cmd.Stdout, s.cmd.Stderr = s.log, s.log
	if o.Prepare != nil {
		o.Prepare(s.cmd)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		s.err = s.cmd.Wait()
		close(s.exited)
	}()
	t.Cleanup(func() {
		s.Stop()
		if t.Failed() {
			t.Logf("the server's log:\n%s", s.Log())
		}
	})
	return s
}

// command is the program with an environment of its own.
func command(t testing.TB, tags string, args, env []string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(context.Background(), Binary(t, tags), args...) //nolint:gosec // the test's own arguments
	c.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "TMPDIR=" + os.TempDir()}, env...)
	return c
}

func freeAddress(t testing.TB) string {
	t.Helper()
	var config net.ListenConfig
	l, err := config.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// awaitReady reports false when the process ended instead.
func (s *Server) awaitReady() bool {
	ready := false
	Eventually(s.t, startPatience, "the server is ready", func() bool {
		select {
		case <-s.exited:
			return true
		default:
		}
		if ready = s.Base == "" && strings.Contains(s.Log(), "working"); !ready {
			ready = s.responds("/readyz")
		}
		return ready
	})
	return ready
}

func (s *Server) responds(path string) bool {
	if s.Base == "" {
		return false
	}
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, s.Base+path, http.NoBody)
	if err != nil {
		return false
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// Stop asks the server to end, waits for it, and fails the test when it does not end
// by itself with exit code 0. It may be called more than once.
func (s *Server) Stop() {
	s.t.Helper()
	s.client.CloseIdleConnections()
	select {
	case <-s.exited:
	default:
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-s.exited:
		case <-time.After(stopPatience):
			_ = s.cmd.Process.Kill()
			<-s.exited
			s.t.Errorf("the server did not end within %s", stopPatience)
			return
		}
	}
	var exit *exec.ExitError
	if s.err != nil && !s.dirty && errors.As(s.err, &exit) {
		s.dirty = true // said once
		s.t.Errorf("the server ended with %v", s.err)
	}
}

// Kill ends the process as kill -9 does and waits until it is gone.
func (s *Server) Kill() {
	s.dirty = true
	_ = s.cmd.Process.Kill() // it may be gone already
	<-s.exited
	s.client.CloseIdleConnections()
}

// Ended is closed when the process has ended.
func (s *Server) Ended() <-chan struct{} { return s.exited }

// Running reports whether the process is alive.
func (s *Server) Running() bool {
	select {
	case <-s.exited:
		return false
	default:
		return true
	}
}

// Log returns everything the server wrote so far.
func (s *Server) Log() string { return s.log.String() }

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
