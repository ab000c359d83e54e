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

var built = sync.OnceValues(build)

// Binary returns the path of the program, built from the working tree the first time.
func Binary(t testing.TB) string {
	t.Helper()
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var buildDir string // removed by Main

func build() (string, error) {
	if path := os.Getenv(binaryVariable); path != "" {
		return filepath.Abs(path)
	}
	dir, err := os.MkdirTemp("", "loramanager-test-")
	if err != nil {
		return "", err
	}
	buildDir = dir
	// Servers may be started as another user, who has to reach the binary.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // on purpose, see above
		return "", err
	}
	path := filepath.Join(dir, "loramanager")
	command := exec.CommandContext(context.Background(), "go", "build", "-o", path, "loramanager/cmd/loramanager") //nolint:gosec // nothing from outside
	// Static, like the released one. Also without the race detector, which would make memory meaningless.
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("building the program: %w\n%s", err, out.String())
	}
	return path, nil
}

// Main runs the tests of a package, looks for goroutines they left behind, and ends
// the process.
func Main(m *testing.M) {
	code := m.Run()
	if buildDir != "" {
		_ = os.RemoveAll(buildDir)
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, "goroutines were left behind:", err)
			code = 1
		}
	}
	os.Exit(code)
}
