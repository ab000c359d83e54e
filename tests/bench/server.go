package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// server is the real binary at work on a data folder.
type server struct {
	cmd     *exec.Cmd
	base    string
	client  *http.Client
	begun   time.Time     // just before the process was started
	ready   time.Duration // until /readyz said yes
	logPath string
}

// startServer starts the binary and waits until it says that it is ready.
func startServer(ctx context.Context, o *options, data string, args ...string) (*server, error) {
	address, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	s := &server{base: "http://" + address, logPath: filepath.Join(data, "server.log"), client: &http.Client{Timeout: 5 * time.Minute}}
	log, err := os.Create(s.logPath)
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the process has its own handle
	all := append([]string{"serve", "--listen", address, "--data", data, "--no-scan-on-start"}, args...)
	s.cmd = exec.CommandContext(ctx, o.bin, all...)
	s.cmd.Stdout, s.cmd.Stderr = log, log
	s.begun = time.Now()
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("run make build first: %w", err)
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, errors.Join(err, s.stop())
	}
	return s, nil
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

func (s *server) awaitReady(ctx context.Context) error {
	for time.Since(s.begun) < time.Minute {
		if err := s.get(ctx, "/readyz", nil); err == nil {
			s.ready = time.Since(s.begun)
			return nil
		}
		if err := pause(ctx, time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("the server was not ready after a minute, see %s", s.logPath)
}

// stop asks the server to end and waits for it.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return fmt.Errorf("the server ended with %w after it wrote:\n%s", err, s.lastWords())
	}
	return err
}

// lastWords is the end of the server's log, whose folder may soon be gone.
func (s *server) lastWords() string {
	const most = 2000
	log, err := os.ReadFile(s.logPath)
	if err != nil {
		return err.Error()
	}
	return string(log[max(0, len(log)-most):])
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *server) get(ctx context.Context, path string, into any) error {
	return s.call(ctx, http.MethodGet, path, nil, into)
}

// call sends one request, as a script would, and reads the whole answer.
func (s *server) call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		data, err := json.Marshal(body)
		if err != nil {
			return err
		}
		reader = bytes.NewReader(data)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.base+path, reader)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	answer, err := s.client.Do(request)
	if err != nil {
		return err
	}
	data, err := io.ReadAll(answer.Body)
	if err := errors.Join(err, answer.Body.Close()); err != nil {
		return err
	}
	if answer.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("%s %s: %s: %.300s", method, path, answer.Status, data)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(data, into)
}

// memory is what the kernel says of the process.
type memory struct{ now, peak, anonymous int64 }

// memory reads resident bytes now and at the highest, and those that are not files.
func (s *server) memory() (memory, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return memory{}, err
	}
	var m memory
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			continue
		}
		kib, _ := strconv.ParseInt(fields[1], 10, 64) // the three lines below are numbers
		switch fields[0] {
		case "VmRSS:":
			m.now = kib << 10
		case "VmHWM:":
			m.peak = kib << 10
		case "RssAnon:":
			m.anonymous = kib << 10
		}
	}
	return m, nil
}

// cpu returns the processor time the server has used so far.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(text, []byte(") ")) // behind the name, which may hold blanks
	fields := strings.Fields(string(rest))
	const user, system, ticksPerSecond = 11, 12, 100
	if len(fields) <= system {
		return 0, fmt.Errorf("cannot read %q", text)
	}
	var ticks int64
	for _, at := range []int{user, system} {
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, err
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}
