package harness

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

// binaryVariable names a binary to test instead of one built here, such as a release.
const binaryVariable = "LORAMANAGER_TEST_BINARY"

var builds struct {
	sync.Mutex
	dir  string            // removed by Main
	done map[string]string // path by tags
}

// Binary returns the path of the program with the build tags (none when empty), built
// from the working tree the first time.
func Binary(t testing.TB, tags string) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if path, ok := builds.done[tags]; ok {
		return path
	}
	path, err := build(tags)
	if err != nil {
		t.Fatal(err)
	}
	if builds.done == nil {
		builds.done = map[string]string{}
	}
	builds.done[tags] = path
	return path
}

func build(tags string) (string, error) {
	if path := os.Getenv(binaryVariable); path != "" && tags == "" {
		return filepath.Abs(path)
	}
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "loramanager-test-")
		if err != nil {
			return "", err
		}
		builds.dir = dir
	}
	// Servers may be started as another user, who has to reach the binary.
	if err := os.Chmod(builds.dir, 0o755); err != nil { //nolint:gosec // on purpose, see above
		return "", err
	}
	path := filepath.Join(builds.dir, "loramanager"+tags)
	command := exec.CommandContext(context.Background(), "go", "build", "-tags", tags, "-o", path, "loramanager/cmd/loramanager") //nolint:gosec // nothing from outside
	// Static, like the released one. Also without the race detector, which would make memory meaningless.
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out.String())
	}
	return path, nil
}

// Main runs the tests of a package, stops what they started, looks for goroutines they
// left behind, and ends the process.
func Main(m *testing.M, stops ...func() error) {
	code := m.Run()
	for _, stop := range stops {
		if err := stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if builds.dir != "" {
		_ = os.RemoveAll(builds.dir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines were left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}
