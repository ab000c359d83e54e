package guard

import (
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func stageRoot(t *testing.T) (*Root, string) {
	t.Helper()
	dir := t.TempDir()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root, dir
}

func TestPromise3_AFileThatExistsIsNotWrittenOver(t *testing.T) {
	t.Parallel()
	root, dir := stageRoot(t)
	w, err := root.Create("a/b/file.part")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, "hello"); err != nil {
		t.Fatal(err)
	}
	moment := time.Unix(1_700_000_000, 0)
	if err := w.Commit(moment); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Create("a/b/file.part"); lora.CodeOf(err) != lora.Conflict {
		t.Errorf("%v", err)
	}
	info, err := root.Stat("a/b/file.part")
	if err != nil || info.Size() != 5 || !info.ModTime().Equal(moment) {
		t.Errorf("%v, %v", info, err)
	}
	if err := os.Symlink("/etc", filepath.Join(dir, "out")); err != nil {
		t.Fatal(err)
	}
	for _, rel := range []string{"../x", "/x", "out/x", "con", "a\x00", ""} {
		if w, err := root.Create(rel); err == nil {
			t.Errorf("%q is created", rel)
			_ = w.Abort()
		}
	}
}

func TestAFileGoesOnWhereItStopped(t *testing.T) {
	t.Parallel()
	root, _ := stageRoot(t)
	w, err := root.Create("file.part")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "hello wrong")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w, err = root.Resume("file.part")
	if err != nil || w.Size() != 11 {
		t.Fatalf("%v", err)
	}
	if err := w.Truncate(6); err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(w, "world")
	text := make([]byte, 11)
	if _, err := w.ReadAt(text, 0); err != nil || string(text) != "hello world" || w.Size() != 11 {
		t.Errorf("%s %d %v", text, w.Size(), err)
	}
	if err := w.Abort(); err != nil {
		t.Fatal(err)
	}
	if _, err := root.Stat("file.part"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("%v", err)
	}
	if _, err := root.Resume("file.part"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("%v", err)
	}
}

func TestPromise1_RemovingAFolderFollowsNoLink(t *testing.T) {
	t.Parallel()
	root, dir := stageRoot(t)
	outside := t.TempDir()
	precious := filepath.Join(outside, "precious")
	for _, err := range []error{
		os.WriteFile(precious, []byte("x"), 0o600),
		os.MkdirAll(filepath.Join(dir, "work", "deep"), 0o750),
		os.Symlink(outside, filepath.Join(dir, "work", "deep", "link")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := root.RemoveAll("work"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(precious); err != nil {
		t.Errorf("what lay behind a link is gone: %v", err)
	}
	if _, err := root.Stat("work"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("%v", err)
	}
	if err := root.RemoveAll("work"); err != nil {
		t.Errorf("what is not there: %v", err)
	}
	for _, rel := range []string{".", "..", "../x", ""} {
		if root.RemoveAll(rel) == nil {
			t.Errorf("%q is removed", rel)
		}
	}
}
