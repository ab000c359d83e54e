package security

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// inSmallDisk starts the server in a mount namespace of its own, in which its data
// folder is a disk of a few MiB. That needs no root where users may make namespaces.
func inSmallDisk(t *testing.T, data string) func(*exec.Cmd) {
	t.Helper()
	namespaces := func() *syscall.SysProcAttr {
		a := &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
		if os.Getuid() != 0 {
			a.Cloneflags |= syscall.CLONE_NEWUSER
			a.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}}
			a.GidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}}
		}
		return a
	}
	const mount = `mount --make-rprivate / && mount -t tmpfs -o size=12m tmpfs "$1" && shift && exec "$@"`
	probe := exec.CommandContext(t.Context(), "/bin/sh", "-c", mount, "sh", data, "true")
	probe.SysProcAttr = namespaces()
	if out, err := probe.CombinedOutput(); err != nil {
		t.Logf("no disk can be mounted here: %v %s", err, out)
		return nil
	}
	return func(c *exec.Cmd) {
		c.Args = append([]string{"sh", "-c", mount, "sh", data, c.Path}, c.Args[1:]...)
		c.Path = "/bin/sh"
		c.SysProcAttr = namespaces()
	}
}

func TestADiskThatIsFullIsSaidSoAndSurvived(t *testing.T) {
	t.Parallel()
	data, root := t.TempDir(), t.TempDir()
	prepare := inSmallDisk(t, data)
	if prepare == nil {
		fullWithoutMounts(t, root)
		return
	}
	write(t, root, "a.safetensors", good(t, nil, 1))
	write(t, root, "a.png", plain(t, blue))
	s := harness.Start(t, harness.Options{Data: data, Prepare: prepare})
	s.AddRoot(root)
	a := s.ByFile()["a.safetensors"]
	disk := fmt.Sprintf("/proc/%d/root%s", s.PID(), data) // as the server sees it
	ballast := filepath.Join(disk, "ballast")
	fill(t, ballast)

	kept := whileFull(t, s, a.ID, root)
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	if readDetail(t, s, a.ID).Adapter.Notes != kept {
		t.Error("a refused change was kept")
	}
	withSpaceAgain(t, s, a.ID)
}

// whileFull tries everything on a full disk and returns the notes that were kept.
func whileFull(t *testing.T, s *harness.Server, id, root string) string {
	t.Helper()
	full := 0
	for i := range 200 {
		if status := writeNotes(t, s, id, 100*kib, string(rune('a'+i%26))); status == 507 {
			if full++; full == 3 {
				break
			}
		} else if status != 200 && status != 503 {
			t.Errorf("writing to a full disk: %d", status)
		}
	}
	if full == 0 {
		t.Error("the disk never was full, so nothing was tried")
	}
	kept := readDetail(t, s, id).Adapter.Notes
	for path, want := range map[string]int{"/api/v1/adapters": 200, "/api/v1/adapters/" + id + "/inspect": 200, "/api/v1/adapters/" + id + "/preview?w=160": 200, "/readyz": 200} {
		if r := s.Ask("GET", path, ""); r.Status != want {
			t.Errorf("with a full disk %s: %d %.200s", path, r.Status, r.Body)
		}
	}
	if r := s.Ask("POST", "/api/v1/roots/sample", `{"count":60}`); r.Status != 507 {
		t.Errorf("a sample library on a full disk: %d %.200s", r.Status, r.Body)
	}
	write(t, root, "b.safetensors", good(t, nil, 2))
	if r := s.Ask("POST", "/api/v1/scans", ""); r.Status != 507 && r.Status != 202 {
		t.Errorf("a scan on a full disk: %d %.200s", r.Status, r.Body)
	}
	awaitQuiet(t, s)
	return kept
}

func withSpaceAgain(t *testing.T, s *harness.Server, id string) {
	t.Helper()
	if status := writeNotes(t, s, id, 10, "n"); status != 200 {
		t.Errorf("with space again: %d", status)
	}
	if r := s.Ask("POST", "/api/v1/roots/sample", `{"count":60}`); r.Status != 201 {
		t.Errorf("with space again, the sample library: %d %.200s", r.Status, r.Body)
	}
	awaitQuiet(t, s)
	if scan := s.Scan(); scan.State != lora.ScanFinished {
		t.Errorf("with space again the scan ended as %s: %s", scan.State, scan.Error)
	}
	if found := s.Adapters("file:b.safetensors"); len(found) != 1 {
		t.Errorf("the new file is listed %d times", len(found))
	}
}

func awaitQuiet(t *testing.T, s *harness.Server) {
	t.Helper()
	harness.Eventually(t, time.Minute, "no scan runs", func() bool {
		return !strings.Contains(string(s.Ask("GET", "/api/v1/scans", "").Body), `"running"`)
	})
}

// fullWithoutMounts takes the one disk that is always full. It can hold no database,
// and that must be said and nothing else.
func fullWithoutMounts(t *testing.T, root string) {
	t.Helper()
	data := filepath.Join(root, "data")
	if err := os.MkdirAll(data, 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, "/dev/full", filepath.Join(data, "loramanager.db"))
	out := harness.Run(t, "serve", "--listen", "127.0.0.1:0", "--data", data)
	if out.Code != 1 || strings.Contains(out.Stderr, "goroutine") {
		t.Errorf("the start ended with %d: %s", out.Code, out.Stderr)
	}
}
