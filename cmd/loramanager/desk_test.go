package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// typed runs the program as it was typed and returns what it printed.
func typed(ctx context.Context, t *testing.T, env []string, args ...string) (code int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(ctx, args, append(env, "LORAMANAGER_CONFIG="), streams{out: &o, err: &e})
	return code, o.String(), e.String()
}

// works runs a command that must succeed and reads what it prints as JSON into out, unless
// that is nil.
func works(t *testing.T, out any, args ...string) {
	t.Helper()
	code, printed, errs := typed(t.Context(), t, nil, args...)
	if code != exitOK {
		t.Fatalf("%v: exit %d: %s", args, code, errs)
	}
	if out != nil {
		if err := json.Unmarshal([]byte(printed), out); err != nil {
			t.Fatalf("%v: %v: %s", args, err, printed)
		}
	}
}

// refuses runs a command that must fail and says why.
func refuses(t *testing.T, want int, sentence string, args ...string) {
	t.Helper()
	if code, _, errs := typed(t.Context(), t, nil, args...); code != want || !strings.Contains(errs, sentence) {
		t.Errorf("%v: exit %d, want %d, and says %q, want %q", args, code, want, errs, sentence)
	}
}

// filled makes a data folder whose library has 20 sample adapters.
func filled(t *testing.T) (data, loras string) {
	t.Helper()
	loras, data = filepath.Join(t.TempDir(), "loras"), filepath.Join(t.TempDir(), "data")
	works(t, nil, "sample", loras, "-n", "20")
	r := start(t, data, "--root="+loras)
	r.adapters(20)
	r.halt()
	return data, loras
}

// planOf is what import --dry-run --json prints.
type planOf struct {
	Transfer lora.Transfer
	Items    []lora.ImportItem
}

func TestALibraryGoesOutAndComesInByCommands(t *testing.T) {
	data, _ := filled(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "library.zip")
	var written struct {
		Files []struct {
			Path string
			Size int64 `json:"size_bytes"`
		}
	}
	works(t, &written, "export", file, "--json", "--data="+data)
	info, err := os.Stat(file)
	if err != nil || len(written.Files) != 1 || written.Files[0].Path != file || written.Files[0].Size != info.Size() {
		t.Fatalf("%+v %v", written, err)
	}
	refuses(t, exitProblem, "exists already", "export", file, "--data="+data)

	other, target := filepath.Join(t.TempDir(), "data"), t.TempDir()
	refuses(t, exitProblem, "--into", "import", file, "--data="+other)
	var plan planOf
	works(t, &plan, "import", file, "--dry-run", "--json", "--data="+data)
	if len(plan.Items) != 20 || plan.Transfer.Counts.Same != 20 {
		t.Errorf("%d items, %+v", len(plan.Items), plan.Transfer.Counts)
	}
	works(t, nil, "import", file, "--into="+target, "--data="+other)
	works(t, &plan, "import", file, "--dry-run", "--json", "--data="+other)
	if plan.Transfer.Counts.Same != 20 {
		t.Errorf("after the import: %+v", plan.Transfer.Counts)
	}
	r := start(t, other)
	r.adapters(20)
	refuses(t, exitProblem, "Another LoRA Manager is using the database", "import", file, "--data="+other)
	r.halt()
}

func TestAnEncryptedExportByCommand(t *testing.T) {
	data, _ := filled(t)
	file := filepath.Join(t.TempDir(), "secret.zip.age")
	passphrase := []string{"LORAMANAGER_PASSPHRASE=correct horse"}
	if code, _, errs := typed(t.Context(), t, passphrase, "export", file, "--include=adapters,settings", "--data="+data); code != exitOK {
		t.Fatal(errs)
	}
	refuses(t, exitProblem, "encrypted", "import", file, "--dry-run", "--data="+data)
	keys := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(keys, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	works(t, nil, "import", file, "--dry-run", "--passphrase-file="+keys, "--data="+data)
	refuses(t, exitProblem, "--include", "export", file, "--include=everything", "--data="+data)
	refuses(t, exitUsage, "--policy", "import", file, "--policy=perhaps", "--data="+data)
}

func TestBackupsByCommand(t *testing.T) {
	data, _ := filled(t)
	var made, after lora.Backup
	works(t, &made, "backup", "create", "--note=before", "--json", "--data="+data)
	if made.Status != "verified" || made.Counts.Adapters != 20 || made.Note != "before" {
		t.Fatalf("%+v", made)
	}
	works(t, &after, "backup", "create", "--type=incremental", "--json", "--data="+data)
	var listed struct{ Backups []lora.Backup }
	works(t, &listed, "backup", "list", "--json", "--data="+data)
	if len(listed.Backups) != 2 || listed.Backups[0].ID != after.ID {
		t.Errorf("%+v", listed)
	}
	works(t, nil, "backup", "verify", made.ID, "--data="+data)
	works(t, &made, "backup", "rehearse", made.ID, "--json", "--data="+data)
	if made.RehearsedAt == nil || made.RehearsalBad != "" {
		t.Errorf("%+v", made)
	}
	r := start(t, data)
	r.adapters(20)
	var list struct{ Items []lora.Adapter }
	r.get("/api/v1/adapters", &list)
	r.post("/api/v1/adapters/"+list.Items[0].ID+"/activate", "", 200, nil)
	r.halt()
	works(t, nil, "backup", "restore", made.ID, "--data="+data)
	r = start(t, data)
	var read struct{ Adapter lora.Adapter }
	if r.get("/api/v1/adapters/"+list.Items[0].ID, &read); read.Adapter.Active {
		t.Error("what was done after the backup is still there")
	}
	r.halt()
	refuses(t, exitProblem, "no such backup", "backup", "delete", "nothing", "--data="+data)
	works(t, nil, "backup", "delete", made.ID, "--dependents", "--data="+data)
	refuses(t, exitProblem, "no such backup", "backup", "verify", made.ID, "--data="+data)
	refuses(t, exitProblem, "no place for backups called s3", "backup", "create", "--place=s3", "--data="+data)
}

func TestACommandThatIsCancelledLeavesNothingBehind(t *testing.T) {
	data, _ := filled(t)
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, args := range [][]string{
		{"export", filepath.Join(dir, "x.zip")}, {"backup", "create"},
	} {
		if code, _, errs := typed(ctx, t, nil, append(args, "--data="+data)...); code != exitProblem || errs == "" {
			t.Errorf("%v: exit %d: %q", args, code, errs)
		}
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		t.Errorf("%v %v", left, err)
	}
	works(t, nil, "backup", "list", "--data="+data)
}

func TestMovingInByCommand(t *testing.T) {
	data, loras := filled(t)
	var plan planOf
	works(t, &plan, "move-in", loras, "--dry-run", "--json", "--data="+data)
	if plan.Transfer.Kind != lora.TransferMoveIn || len(plan.Items) == 0 {
		t.Errorf("%+v", plan.Transfer)
	}
	refuses(t, exitProblem, "no other manager", "move-in", t.TempDir(), "--data="+data)
	refuses(t, exitProblem, "No hub is configured", "hub", "lookup", "--all", "--data="+data)
	refuses(t, exitProblem, "--all", "hub", "lookup", "--data="+data)
}
