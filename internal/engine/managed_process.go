package engine

import (
	"context"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// live starts the engine and returns when it has ended. wasReady says that it had begun
// to answer. The engine ends with ctx, and with this program however that ends.
func (m *managed) live(ctx context.Context) (wasReady bool, err error) {
	port, err := freePort()
	if err != nil {
		return false, err
	}
	program := guard.Program{Path: m.config.Managed.Binary, Args: managedArgs(m.config.Managed, port), Output: m.log, Grace: m.pace.stop}
	ended := make(chan struct{})
	var asking sync.WaitGroup
	err = program.Run(ctx, func(kill func()) {
		asking.Go(func() { wasReady = m.awaitAnswer(ctx, port, ended, kill) })
	})
	close(ended)
	asking.Wait()
	return wasReady, err
}

// managedArgs are the configured arguments, then ours: of an argument given twice the last
// one counts, so the engine is reachable from this machine only.
func managedArgs(cfg *lora.ManagedEngine, port int) []string {
	args := slices.Clone(cfg.Args)
	if cfg.Model != "" {
		args = append(args, "--model", cfg.Model)
	}
	return append(args, "--listen-ip", "127.0.0.1", "--listen-port", strconv.Itoa(port))
}

// awaitAnswer asks the engine until it answers, and reports whether it did. An engine that
// takes too long is ended.
func (m *managed) awaitAnswer(ctx context.Context, port int, ended <-chan struct{}, kill func()) bool {
	cfg := m.config
	cfg.URL, cfg.Username, cfg.Password = fmt.Sprintf("http://127.0.0.1:%d", port), "", ""
	driver, err := newSDCpp(cfg, m.tools)
	if err != nil {
		return false
	}
	tick := time.NewTicker(m.pace.ask)
	defer tick.Stop()
	patience := time.NewTimer(m.pace.load)
	defer patience.Stop()
	for {
		asking, stop := context.WithTimeout(ctx, askTimeout)
		_, err := driver.learn(asking)
		stop()
		if err == nil {
			m.become(managedReady, driver)
			return true
		}
		select {
		case <-tick.C:
		case <-patience.C:
			m.log.add("sd-server did not answer in time and was ended")
			kill()
			driver.close()
			return false
		case <-ended:
			driver.close()
			return false
		}
	}
}

// freePort asks the kernel for a port of this machine that nobody uses. Somebody may take
// it before the engine does; the engine then ends, and is started with another one.
func freePort() (int, error) {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp4", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

// tail keeps the last lines of what a process writes.
type tail struct {
	mu    sync.Mutex
	lines []string
	open  []byte // the line being written
}

// Bounds of what is kept.
const (
	tailLines = 50
	tailLine  = 500 // bytes
	lastWords = 3   // lines in a message
)

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range p {
		switch {
		case b == '\n' || b == '\r':
			t.keep(string(t.open))
			t.open = t.open[:0]
		case len(t.open) < tailLine:
			t.open = append(t.open, b)
		}
	}
	return len(p), nil
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.keep(line)
}

func (t *tail) keep(line string) {
	if strings.TrimSpace(line) == "" {
		return
	}
	if len(t.lines) == tailLines {
		t.lines = slices.Delete(t.lines, 0, 1)
	}
	t.lines = append(t.lines, line)
}

// lastWords are the last lines, fit to be shown.
func (t *tail) lastWords() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.lines) == 0 {
		return "none."
	}
	return clip(strings.Join(t.lines[max(len(t.lines)-lastWords, 0):], " / "))
}
