//go:build unix

package guard

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"loramanager/internal/lora"
	"loramanager/tests/harness"
)

// A hang would be caught by the test binary's own timeout.
func TestPromise2_APipeWithoutAWriterIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	if err := syscall.Mkfifo(filepath.Join(root.Path(), "pipe.safetensors"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := root.Open("pipe.safetensors")
	wantCode(t, err, lora.Invalid)
	_, err = root.ReadDir("pipe.safetensors")
	if err == nil {
		t.Error("a pipe was listed as a folder")
	}
}

func TestPromise2_AnUnreadableFileIsForbidden(t *testing.T) {
	t.Parallel()
	if harness.AsNobody(t) { // the superuser may read everything
		return
	}
	root := openTemp(t)
	path := filepath.Join(root.Path(), "locked")
	write(t, path, "")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	_, err := root.Open("locked")
	wantCode(t, err, lora.Forbidden)
}
