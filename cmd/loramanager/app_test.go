package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/store/pgtest"
)

// testing.M, and the PostgreSQL that some tests start.
type withPostgres struct{ *testing.M }

func (m withPostgres) Run() int { return pgtest.Main(m.M) }

func TestMain(m *testing.M) { goleak.VerifyTestMain(withPostgres{m}) }

// running is an app in the background of a test.
type running struct {
	t       *testing.T
	address string
	stop    context.CancelFunc
	done    chan error
}

func start(t *testing.T, data string, args ...string) *running {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	config, err := parse(t, nil, "", append(args, "--data="+data, "--listen="+listener.Addr().String())...)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	a, err := newApp(ctx, config, slog.New(slog.DiscardHandler), withListener(listener))
	if err != nil {
		stop()
		t.Fatal(err)
	}
	r := &running{t: t, address: "http://" + listener.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- a.run(ctx, stopPatience) }()
	return r
}

// halt stops the app and waits for it.
func (r *running) halt() {
	r.t.Helper()
	http.DefaultClient.CloseIdleConnections()
	r.stop()
	select {
	case err := <-r.done:
		if err != nil {
			r.t.Error(err)
		}
	case <-time.After(stopPatience + 5*time.Second):
		r.t.Fatal("the app does not stop")
	}
}

func (r *running) get(path string, out any) int {
	r.t.Helper()
	answer, err := http.Get(r.address + path)
	if err != nil {
		r.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err == nil && out != nil {
		err = json.Unmarshal(body, out)
	}
	if err != nil {
		r.t.Fatalf("%s: %v: %s", path, err, body)
	}
	return answer.StatusCode
}

// adapters waits until n adapters are listed.
func (r *running) adapters(n int) {
	r.t.Helper()
	var summary struct {
		Adapters int
		Scanning any
	}
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if r.get("/api/v1/library/summary", &summary); summary.Adapters == n && summary.Scanning == nil {
			return
		}
	}
	r.t.Fatalf("%d adapters, want %d", summary.Adapters, n)
}

// digested waits until the digest of every listed adapter is known: until then nobody can tell that two files are the same.
func (r *running) digested() {
	r.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		left := 0
		for _, a := range r.listed() {
			if a.SHA256 == nil {
				left++
			}
		}
		if left == 0 {
			return
		}
	}
	r.t.Fatal("digests are missing")
}

func TestStory1_FromAFolderToAList(t *testing.T) {
	loras, data := filepath.Join(t.TempDir(), "loras"), filepath.Join(t.TempDir(), "data")
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"sample", loras, "-n", "30"}, nil, streams{out: &out, err: &errs}); code != exitOK {
		t.Fatalf("sample: %d %s", code, errs.String())
	}
	r := start(t, data, "--root="+loras)
	if status := r.get("/readyz", nil); status != http.StatusOK {
		t.Errorf("not ready: %d", status)
	}
	r.adapters(30)
	r.halt()

	r = start(t, data, "--root="+loras) // the folder is there already
	var roots struct{ Roots []any }
	if r.get("/api/v1/roots", &roots); len(roots.Roots) != 1 {
		t.Errorf("%d roots after a restart", len(roots.Roots))
	}
	r.adapters(30)
	r.halt()
}

func TestTwoServersDoNotShareOneDataFolder(t *testing.T) {
	data := t.TempDir()
	r := start(t, data)
	defer r.halt()
	config, err := parse(t, nil, "", "--data="+data, "--listen=127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, err = newApp(t.Context(), config, slog.New(slog.DiscardHandler))
	if err == nil || !strings.Contains(err.Error(), "Another LoRA Manager") {
		t.Errorf("got %v", err)
	}
}

func TestATakenPortIsSaid(t *testing.T) {
	r := start(t, t.TempDir())
	defer r.halt()
	var out, errs bytes.Buffer
	code := run(t.Context(), []string{"--data=" + t.TempDir(), "--listen=" + strings.TrimPrefix(r.address, "http://")}, nil, streams{out: &out, err: &errs})
	if code != exitProblem || !strings.Contains(errs.String(), "cannot listen") {
		t.Errorf("%d %s", code, errs.String())
	}
}

func TestTheCommandsThatNeedNoServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "loras")
	do := func(want int, args ...string) (string, string) {
		t.Helper()
		var out, errs bytes.Buffer
		// A prototype's environment must not stop a look at a file.
		if code := run(t.Context(), args, []string{"BACKEND_HOST=0.0.0.0"}, streams{out: &out, err: &errs}); code != want {
			t.Fatalf("%v: exit %d, want %d: %s%s", args, code, want, out.String(), errs.String())
		}
		return out.String(), errs.String()
	}
	do(exitOK, "sample", dir, "-n", "12")
	table, _ := do(exitOK, "scan", dir)
	if strings.Count(table, ".safetensors") != 12 || !strings.HasPrefix(table, "BASE") {
		t.Errorf("table:\n%s", table)
	}
	lines, _ := do(exitOK, "scan", "--json", dir)
	var first scanLine
	if err := json.NewDecoder(strings.NewReader(lines)).Decode(&first); err != nil || first.Adapter == nil || first.Report == nil {
		t.Errorf("%v: %s", err, lines)
	}
	report, _ := do(exitOK, "inspect", first.Path)
	for _, want := range []string{"base model", "kind", "findings"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report lacks %q:\n%s", want, report)
		}
	}
	if strings.Contains(report, "\x1b") {
		t.Error("colour without a terminal")
	}
	evil := filepath.Join(t.TempDir(), "a\x1b[31m\nb.safetensors")
	if err := os.WriteFile(evil, []byte("<html>"), 0o600); err != nil {
		t.Fatal(err)
	}
	report, _ = do(exitProblem, "inspect", evil)
	if strings.ContainsAny(report, "\x1b") || !strings.Contains(report, "defect") {
		t.Errorf("%q", report)
	}
	do(exitProblem, "inspect", filepath.Join(dir, "gone.safetensors"))
	do(exitUsage, "nosuch")
	do(exitUsage, "scan")
	if out, _ := do(exitOK, "version"); !strings.HasPrefix(out, "loramanager ") {
		t.Errorf("%q", out)
	}
	if out, _ := do(exitOK, "openapi"); !strings.Contains(out, `"openapi": "3.1.0"`) {
		t.Error("no description")
	}
	if out, _ := do(exitOK, "--help"); !strings.Contains(out, "$API_KEY") {
		t.Errorf("%s", out)
	}
}
