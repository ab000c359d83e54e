package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMigrateSaysWhatItWillDoAndDoesIt(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	for _, step := range []struct {
		name string
		args []string
		want string
		code int
		made bool
	}{
		{"what waits", []string{"migrate"}, "00001  catalog              waits", exitOK, false},
		{"what would be done", []string{"migrate", "up", "--dry-run"}, "Would make 00001 catalog", exitOK, false},
		{"it is done", []string{"migrate", "up"}, "Made 00001 catalog", exitOK, true},
		{"nothing is left", []string{"migrate", "up"}, "Nothing to do", exitOK, true},
	} {
		code, out, errs := command(t, nil, append(step.args, "--data="+data)...)
		if code != step.code || !strings.Contains(out, step.want) {
			t.Errorf("%s: exit code %d: %s %s", step.name, code, out, errs)
		}
		if _, err := os.Stat(filepath.Join(data, "loramanager.db")); (err == nil) != step.made {
			t.Errorf("%s: the database is there: %v", step.name, err == nil)
		}
	}
}

func TestMigrateRefusesWhatIsNewerOrInUse(t *testing.T) {
	t.Parallel()
	newer := ownFolder(t)
	newerDatabaseIn(t, newer)
	for _, args := range [][]string{{"migrate", "status"}, {"migrate", "up"}, {"migrate", "up", "--dry-run"}} {
		if code, out, errs := command(t, nil, append(args, "--data="+newer)...); code != exitProblem || !strings.Contains(errs, "newer version") {
			t.Errorf("%v: exit code %d: %s %s", args, code, out, errs)
		}
	}
	used := ownFolder(t)
	r := start(t, used)
	defer r.halt()
	if code, out, errs := command(t, nil, "migrate", "status", "--data="+used); code != exitOK || strings.Contains(out, "waits") {
		t.Errorf("beside a server: exit code %d: %s %s", code, out, errs)
	}
}
