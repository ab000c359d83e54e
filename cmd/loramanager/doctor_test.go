package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/store"
)

// command runs the program and returns its exit code and what it printed.
func command(t *testing.T, environ []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	none := filepath.Join(t.TempDir(), "none.yaml") // not the file of whoever runs the tests
	if err := os.WriteFile(none, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code = run(context.Background(), args, append(environ, "LORAMANAGER_CONFIG="+none), streams{out: &stdout, err: &stderr})
	return code, stdout.String(), stderr.String()
}

// closedPort is an address nobody listens at.
func closedPort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// ownFolder is a data folder as the program makes it.
func ownFolder(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestTheDoctorNamesEachTroubleAndWhatToDo(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	nobody := closedPort(t)
	for _, c := range []struct {
		name   string
		env    []string
		args   []string
		before func(t *testing.T, data string)
		check  string
		state  mark
		code   int
	}{
		{name: "all is well", check: "database", state: markOK, code: exitOK},
		{name: "settings that cannot work", args: []string{"--listen=0.0.0.0:8000"}, check: "configuration", state: markFail, code: 2},
		{name: "a variable without effect", env: []string{"SDNEXT_POLL_INTERVAL=3"}, check: "configuration", state: markWarn, code: 1},
		{name: "a short key", env: []string{"API_KEY=abc"}, check: "exposure", state: markWarn, code: 1},
		{name: "the port of another program", args: []string{"--listen=" + stranger.Listener.Addr().String()}, check: "port", state: markFail, code: 2},
		{name: "a folder that is a file", before: func(t *testing.T, data string) {
			if err := os.WriteFile(filepath.Join(data, "backups"), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}, check: "backups", state: markFail, code: 2},
		{name: "a data folder others may read", before: func(t *testing.T, data string) {
			if err := os.Chmod(data, 0o755); err != nil { //nolint:gosec // that is the point
				t.Fatal(err)
			}
		}, check: "data folder", state: markWarn, code: 1},
		{name: "a library folder that is away", args: []string{"--root=/nowhere/loras"}, check: "library folder", state: markWarn, code: 1},
		{name: "a newer database", before: newerDatabaseIn, check: "database", state: markFail, code: 2},
		{name: "a PostgreSQL that is away", env: []string{"DATABASE_URL=postgres://u:topsecret@" + nobody + "/d"}, check: "database", state: markFail, code: 2},
		{name: "a Redis that is away", env: []string{"REDIS_URL=redis://:topsecret@" + nobody + "/0"}, check: "redis", state: markWarn, code: 1},
		{name: "an engine that is away", env: []string{"SDNEXT_BASE_URL=http://" + nobody, "SDNEXT_PASSWORD=topsecret"}, check: "engine sdnext", state: markWarn, code: 1},
		{name: "a bucket that is away", env: []string{"LORAMANAGER_BACKUPS_S3_ENDPOINT=http://" + nobody, "LORAMANAGER_BACKUPS_S3_BUCKET=b", "LORAMANAGER_BACKUPS_S3_ACCESS_KEY=k", "LORAMANAGER_BACKUPS_S3_SECRET_KEY=topsecret"}, check: "backups bucket", state: markFail, code: 2},
		{name: "a hub that is away", args: []string{"--civarchive-url=http://" + nobody}, check: "hub civarchive", state: markWarn, code: 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			data := ownFolder(t)
			if c.before != nil {
				c.before(t, data)
			}
			args := append([]string{"doctor", "--json", "--data=" + data, "--listen=" + closedPort(t)}, c.args...)
			code, out, errs := command(t, c.env, args...)
			if code != c.code || strings.Contains(out+errs, "topsecret") {
				t.Errorf("exit code %d, want %d: %s %s", code, c.code, out, errs)
			}
			f := findingOf(t, out, c.check)
			if f.State != c.state || f.Detail == "" || (f.Advice == "") != (c.state == markOK) {
				t.Errorf("got %+v, want %s and what to do about it", f, c.state)
			}
		})
	}
}

func findingOf(t *testing.T, out, check string) (f finding) {
	t.Helper()
	var answer struct{ Checks []finding }
	if err := json.Unmarshal([]byte(out), &answer); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, f = range answer.Checks {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("no check %q in %s", check, out)
	return f
}

// newerDatabaseIn makes a database that a later version has written.
func newerDatabaseIn(t *testing.T, data string) {
	t.Helper()
	if err := store.Migrate(t.Context(), store.Options{DataDir: data}); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(data, "loramanager.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, 1)"); err != nil {
		t.Fatal(err)
	}
}

func TestTheDoctorLooksAtARunningServerAndLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	if code, out, errs := command(t, nil, "doctor", "--data="+data, "--listen="+closedPort(t)); code != exitOK {
		t.Errorf("before the first start: %d %s %s", code, out, errs)
	}
	if _, err := os.Stat(data); !os.IsNotExist(err) {
		t.Errorf("the data folder was made: %v", err)
	}
	r := start(t, data)
	code, out, errs := command(t, nil, "doctor", "--data="+data, "--listen="+strings.TrimPrefix(r.address, "http://"))
	r.halt()
	if code != exitOK || !strings.Contains(out, "A LoRA Manager runs at") || !strings.Contains(out, "in use by a server") {
		t.Errorf("exit code %d: %s %s", code, out, errs)
	}
}
