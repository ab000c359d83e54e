//go:build unix

package security

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// Opening a pipe waits for a writer that never comes, as a dead network drive waits
// for its server.
func TestPipesAndSocketsNamedLikeAdaptersHangNothing(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "a.safetensors", good(t, nil, 1))
	for _, name := range []string{"pipe.safetensors", "pipe.pt", "a.json", "a.metadata.json", "a.png", "a.preview.mp4"} {
		if err := syscall.Mkfifo(filepath.Join(root, name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "folder.safetensors"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := harness.Start(t, harness.Options{})
	_, scan := s.AddRoot(root)
	odd := 0
	for _, f := range scan.Findings {
		if f.Finding.Code == "not_a_file" {
			odd++
		}
	}
	if scan.State != lora.ScanFinished || scan.Counts.Added != 1 || odd != 2 {
		t.Errorf("the scan ended as %s with %+v and %+v", scan.State, scan.Counts, scan.Findings)
	}
	a := s.ByFile()["a.safetensors"]
	for _, path := range []string{"", "/preview", "/inspect"} {
		if r := s.Ask("GET", "/api/v1/adapters/"+a.ID+path, ""); r.Status >= 500 {
			t.Errorf("%s: %d", path, r.Status)
		}
	}
	if r := s.Ask("POST", "/api/v1/roots", asJSON(t, map[string]string{"path": filepath.Join(root, "pipe.pt")})); r.Status != 422 {
		t.Errorf("a pipe as a library folder: %d %s", r.Status, r.Body)
	}
	if out := harness.Run(t, "inspect", filepath.Join(root, "pipe.safetensors")); out.Code != 1 || !strings.Contains(out.Stderr, "pipe") {
		t.Errorf("inspect of a pipe ended with %d: %s", out.Code, out.Stderr)
	}
}

// asNobody lets the server run as a user whom permissions bind, when the test itself runs as root.
func asNobody(t *testing.T, dirs ...string) func(*exec.Cmd) {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	const nobody = 65534
	for _, dir := range dirs {
		for up := dir; strings.HasPrefix(up, os.TempDir()+"/"); up = filepath.Dir(up) {
			if err := os.Chmod(up, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Chown(dir, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	return func(c *exec.Cmd) {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		c.Env = append(c.Env, "HOME="+dirs[0])
	}
}

func TestFilesAndFoldersWithoutPermission(t *testing.T) {
	t.Parallel()
	root, data := t.TempDir(), t.TempDir()
	write(t, root, "open.safetensors", good(t, nil, 1))
	closed := write(t, root, "closed.safetensors", good(t, nil, 2))
	write(t, root, "folder/inside.safetensors", good(t, nil, 3))
	folder := filepath.Join(root, "folder")
	prepare := asNobody(t, data, root)
	for path, mode := range map[string]os.FileMode{closed: 0, folder: 0} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(path, 0o755) })
	}
	s := harness.Start(t, harness.Options{Data: data, Prepare: prepare})
	_, scan := s.AddRoot(root)
	codes := map[string]string{}
	for _, f := range scan.Findings {
		codes[filepath.Base(f.Path)] = f.Finding.Code
	}
	if scan.State != lora.ScanFinished || codes["closed.safetensors"] != "unreadable" || codes["folder"] != "folder_unreadable" {
		t.Errorf("the scan ended as %s with %v", scan.State, codes)
	}
	if records := s.ByFile(); records["open.safetensors"].FileState != lora.FileOK || records["closed.safetensors"].FileState != lora.FileUnreadable {
		t.Errorf("%+v", records)
	}
	for _, path := range []string{closed, folder} {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.Scan()
	for name, a := range s.ByFile() {
		if a.FileState != lora.FileOK {
			t.Errorf("with permission again %s is %s: %+v", name, a.FileState, a.Findings)
		}
	}
}

// A folder that may only be read is a library like any other; only moving is refused.
func TestAReadOnlyFolderIsReadAndNeverChanged(t *testing.T) {
	t.Parallel()
	root, data := t.TempDir(), t.TempDir()
	write(t, root, "sub/a.safetensors", good(t, nil, 1))
	write(t, root, "sub/a.json", []byte(`{"description":"d","activation text":"x","sd version":"SDXL"}`))
	prepare := asNobody(t, data, root)
	for _, dir := range []string{filepath.Join(root, "sub"), root} {
		if err := os.Chmod(dir, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o755) })
	}
	if os.Getuid() == 0 {
		if err := os.Chown(root, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(t, root)
	s := harness.Start(t, harness.Options{Data: data, Prepare: prepare})
	added, scan := s.AddRoot(root)
	if scan.State != lora.ScanFinished || scan.Counts.Added != 1 || added.Writable {
		t.Errorf("the scan ended as %s with %+v, writable %t", scan.State, scan.Counts, added.Writable)
	}
	a := s.ByFile()["a.safetensors"]
	path := "/api/v1/adapters/" + a.ID
	for _, step := range []struct{ method, path, body string }{
		{"DELETE", path, ""}, {"POST", path + "/rename", `{"file_name":"b"}`}, {"POST", path + "/move", asJSON(t, map[string]string{"root_id": added.ID, "folder": "new"})},
	} {
		if r := s.Ask(step.method, step.path, step.body); r.Status != 403 || !strings.Contains(r.Problem(t).Detail, "read-only") {
			t.Errorf("%s %s: %d %s", step.method, step.path, r.Status, r.Body)
		}
	}
	s.Call("PATCH", path, map[string]any{"notes": "kept in the database"}, nil)
	if after := snapshot(t, root); !maps.Equal(before, after) {
		t.Errorf("the folder changed from %v to %v", before, after)
	}
	if now := readDetail(t, s, a.ID).Adapter; now.FileState != lora.FileOK || now.Notes == "" {
		t.Errorf("the record is %s with notes %q", now.FileState, now.Notes)
	}
}

// A data folder that cannot be written ends the start with a sentence, not a crash.
func TestADataFolderThatCannotBeUsedIsSaidSo(t *testing.T) {
	t.Parallel()
	file := write(t, t.TempDir(), "file", nil)
	for _, data := range []string{file, filepath.Join(file, "below"), "/dev/null", "/proc/nothing"} {
		out := harness.Run(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
		if out.Code != 1 || !strings.HasPrefix(out.Stderr, "loramanager: ") || strings.Contains(out.Stderr, "goroutine") {
			t.Errorf("%s: ended with %d: %s", data, out.Code, out.Stderr)
		}
	}
}

// fillers write until there is no space left.
func fill(t *testing.T, path string) {
	t.Helper()
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	for block := make([]byte, 64*kib); ; {
		if _, err := file.Write(block); err != nil {
			if len(block) > 1 {
				block = block[:len(block)/2]
				continue
			}
			return
		}
	}
}

// wantNotes writes notes of so many bytes and returns the status, which must not be an inner error.
func writeNotes(t *testing.T, s *harness.Server, id string, size int, fillWith string) int {
	t.Helper()
	r := s.Ask("PATCH", "/api/v1/adapters/"+id, fmt.Sprintf(`{"notes":"%s"}`, strings.Repeat(fillWith, size)))
	if r.Status >= 400 {
		r.Problem(t)
	}
	if r.Status == 500 {
		t.Errorf("an inner error: %s", r.Body)
	}
	return r.Status
}
