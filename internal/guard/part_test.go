package guard

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"loramanager/internal/lora"
)

func TestAPartGrowsOverSeveralAttempts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	write := func(text string, before int64) *Part {
		t.Helper()
		part, err := root.OpenPart("x.part")
		if err != nil || part.Size() != before {
			t.Fatalf("it has %d bytes, want %d, %v", part.Size(), before, err)
		}
		if n, err := part.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatal(n, err)
		}
		return part
	}
	first := write("one ", 0)
	if err := first.Sync(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second := write("two", 4)
	if data, err := io.ReadAll(io.NewSectionReader(second, 0, second.Size())); err != nil || string(data) != "one two" {
		t.Errorf("it holds %q, %v", data, err)
	}
	if err := second.Empty(); err != nil || second.Size() != 0 {
		t.Errorf("emptied: %d, %v", second.Size(), err)
	}
	if _, err := second.Write([]byte("three")); err != nil {
		t.Fatal(err)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(dir, "x.part")); err != nil || string(data) != "three" {
		t.Errorf("it holds %q, %v", data, err)
	}
}

func TestPromise1_APartStaysInsideItsFolder(t *testing.T) {
	t.Parallel()
	dir, outside := t.TempDir(), t.TempDir()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	if err := os.Symlink(outside, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o750); err != nil {
		t.Fatal(err)
	}
	for rel, code := range map[string]lora.Code{"../x": lora.Invalid, "link/x": lora.Forbidden, "nowhere/x": lora.NotFound, "CON": lora.Invalid, "/x": lora.Invalid} {
		if part, err := root.OpenPart(rel); lora.CodeOf(err) != code {
			t.Errorf("%s: %v, %v; want %s", rel, part, err, code)
		}
	}
	if _, err := root.OpenPart("folder"); err == nil {
		t.Error("a folder was opened as a part")
	}
}
