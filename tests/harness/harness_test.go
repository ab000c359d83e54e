package harness

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// watched is a test whose failures are looked at instead of counted.
type watched struct {
	testing.TB
	failures, logs []string
	cleanups       []func()
}

func (w *watched) Helper()          {}
func (w *watched) Failed() bool     { return len(w.failures) > 0 }
func (w *watched) Cleanup(f func()) { w.cleanups = append(w.cleanups, f) }

func (w *watched) Logf(format string, args ...any) {
	w.logs = append(w.logs, fmt.Sprintf(format, args...))
}

func (w *watched) Errorf(format string, args ...any) {
	w.failures = append(w.failures, fmt.Sprintf(format, args...))
}

func (w *watched) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	runtime.Goexit()
}

// watch runs test as the testing package would and returns what became of it.
func watch(t *testing.T, test func(w *watched)) *watched {
	t.Helper()
	w, done := &watched{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		test(w)
	}()
	<-done
	for _, f := range slices.Backward(w.cleanups) {
		f()
	}
	return w
}

func TestPromise1_AServerEndsBeforeItsTest(t *testing.T) {
	t.Parallel()
	var s *Server
	if w := watch(t, func(w *watched) { s = Start(w, Options{}) }); s.Running() || w.Failed() {
		t.Errorf("running: %v, failures: %q", s.Running(), w.failures)
	}
	killed := func(w *watched, dirty bool) {
		s = Start(w, Options{Dirty: dirty})
		_ = s.cmd.Process.Kill()
		<-s.exited
	}
	if w := watch(t, func(w *watched) { killed(w, false) }); len(w.failures) != 1 || !strings.Contains(w.failures[0], "ended with") {
		t.Errorf("a server that was killed: %q", w.failures)
	}
	if w := watch(t, func(w *watched) { killed(w, true) }); w.Failed() {
		t.Errorf("a server that may be killed: %q", w.failures)
	}
	if w := watch(t, func(w *watched) { Start(w, Options{Flags: []string{"--no-such-flag"}}) }); len(w.failures) != 1 || !strings.Contains(w.failures[0], "before it was ready") {
		t.Errorf("a server that does not start: %q", w.failures)
	}
}

func TestPromise2_NothingOfTheMachineLeaksIn(t *testing.T) {
	for _, name := range []string{"LORAMANAGER_API_KEY", "API_KEY", "HTTPS_PROXY", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "leaked")
	}
	for _, variable := range command(t, "", nil, []string{"GIVEN=x"}).Env {
		name, value, _ := strings.Cut(variable, "=")
		if !slices.Contains([]string{"PATH", "HOME", "TMPDIR", "GIVEN"}, name) {
			t.Errorf("%s is handed on", variable)
		}
		if home, err := os.UserHomeDir(); name == "HOME" && (err != nil || value == home) {
			t.Errorf("the home folder is %s", value)
		}
	}
	s := Start(t, Options{})
	if r := s.Ask("GET", "/api/v1/adapters", ""); r.Status != 200 {
		t.Errorf("a key of the machine is in force: %d", r.Status)
	}
}

func TestPromise3_WaitingEndsWithTheEventOrSaysWhatDidNotHappen(t *testing.T) {
	t.Parallel()
	asked := 0
	Eventually(t, time.Hour, "the third look", func() bool { asked++; return asked == 3 })
	if asked != 3 {
		t.Errorf("%d looks", asked)
	}
	w := watch(t, func(w *watched) {
		Start(w, Options{})
		Eventually(w, time.Millisecond, "pigs fly", func() bool { return false })
	})
	if len(w.failures) != 1 || !strings.Contains(w.failures[0], "pigs fly") {
		t.Errorf("failures: %q", w.failures)
	}
	if len(w.logs) != 1 || !strings.Contains(w.logs[0], "127.0.0.1:") {
		t.Errorf("the server's log is not shown: %q", w.logs)
	}
}
