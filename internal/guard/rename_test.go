package guard

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/lora"
)

// openElsewhere opens a folder on another file system than the usual temporary one.
func openElsewhere(t *testing.T) *Root {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "guard")
	if err != nil {
		t.Skip("there is no second file system:", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return openAt(t, dir)
}

func TestPromise3_RenameNeverOverwrites(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	dir := root.Path()
	write(t, filepath.Join(dir, "a"), "a")
	write(t, filepath.Join(dir, "b"), "b")
	write(t, filepath.Join(dir, "sub", "x"), "x")
	link(t, "nowhere", filepath.Join(dir, "dangling"))

	wantCode(t, root.Rename("a", "b"), lora.Conflict)
	wantCode(t, root.Rename("a", "sub"), lora.Conflict)
	wantCode(t, root.Rename("a", "dangling"), lora.Conflict)
	wantCode(t, root.Rename("a", "a"), lora.Conflict)
	wantCode(t, root.Rename("none", "c"), lora.NotFound)
	wantCode(t, root.Rename("a", "none/c"), lora.NotFound)
	for _, bad := range []string{"../c", "/c", "c:", "con", "c.", `c\d`, "sub/.."} {
		wantCode(t, root.Rename("a", bad), lora.Invalid)
	}
	if err := root.Rename("a", "sub/c"); err != nil {
		t.Fatal(err)
	}
	if err := root.Rename("sub", "moved"); err != nil {
		t.Fatal(err)
	}
	for rel, want := range map[string]string{"b": "b", "moved/c": "a", "moved/x": "x"} {
		if data, err := root.ReadFile(rel, 10); err != nil || string(data) != want {
			t.Errorf("%s = %q, %v", rel, data, err)
		}
	}
}

func TestPromise3_TheFallbackRenameNeverOverwritesEither(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	write(t, filepath.Join(root.Path(), "a"), "a")
	write(t, filepath.Join(root.Path(), "b"), "b")
	write(t, filepath.Join(root.Path(), "dir", "x"), "x")
	fallback := func(from, to string) error {
		info, err := root.Lstat(from)
		if err != nil {
			t.Fatal(err)
		}
		return failNil(to, root.linkAndRemove(info, from, to))
	}
	wantCode(t, fallback("a", "b"), lora.Conflict)
	wantCode(t, fallback("dir", "b"), lora.Conflict)
	wantCode(t, fallback("a", "c"), "")
	wantCode(t, fallback("dir", "d"), "")
	_, err := root.Stat("a")
	wantCode(t, err, lora.NotFound)
	if data, err := root.ReadFile("d/x", 10); err != nil || string(data) != "x" {
		t.Errorf("moved folder: %q, %v", data, err)
	}
}

func TestPromise3_OneOf32ParallelRenamesWins(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	names := make([]string, 32)
	for i := range names {
		names[i] = "from" + string(rune('A'+i))
		write(t, filepath.Join(root.Path(), names[i]), names[i])
	}
	errs := make([]error, len(names))
	var all sync.WaitGroup
	for i, name := range names {
		all.Go(func() { errs[i] = root.Rename(name, "target") })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			wantCode(t, err, lora.Conflict)
		}
	}
	entries, err := root.ReadDir(".")
	if won != 1 || err != nil || len(entries) != len(names) {
		t.Errorf("%d renames won, %d files left, %v", won, len(entries), err)
	}
}

func TestMoveBetweenRootsOfOneFileSystemRenames(t *testing.T) {
	t.Parallel()
	from, to := openTemp(t), openTemp(t)
	write(t, filepath.Join(from.Path(), "a"), "a")
	write(t, filepath.Join(from.Path(), "b"), "b")
	write(t, filepath.Join(to.Path(), "taken"), "taken")
	wantCode(t, Move(t.Context(), from, "a", to, "taken"), lora.Conflict)
	wantCode(t, Move(t.Context(), from, "a", to, "../x"), lora.Invalid)
	wantCode(t, Move(t.Context(), from, "a", to, "none/x"), lora.NotFound)
	wantCode(t, Move(t.Context(), from, "none", to, "x"), lora.NotFound)
	wantCode(t, Move(t.Context(), from, "a", to, "x"), "")
	wantCode(t, Move(t.Context(), from, "b", from, "c"), "")
	for root, rel := range map[*Root]string{to: "x", from: "c"} {
		if _, err := root.Stat(rel); err != nil {
			t.Error(err)
		}
	}
	_, err := from.Stat("a")
	wantCode(t, err, lora.NotFound)
}

func TestMoveBetweenFileSystemsCopiesThenRemoves(t *testing.T) {
	t.Parallel()
	from, to := openTemp(t), openElsewhere(t)
	content := bytes.Repeat([]byte("weights "), 300_000)
	write(t, filepath.Join(from.Path(), "a"), string(content))
	write(t, filepath.Join(to.Path(), "taken"), "taken")

	wantCode(t, Move(t.Context(), from, "a", to, "taken"), lora.Conflict)
	wantCode(t, Move(t.Context(), from, "a", to, "../x"), lora.Invalid)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	wantCode(t, Move(cancelled, from, "a", to, "b"), lora.Unavailable)
	if _, err := to.Stat("b"); lora.CodeOf(err) != lora.NotFound {
		t.Errorf("a cancelled copy was left behind: %v", err)
	}
	before, err := from.Stat("a")
	if err != nil {
		t.Fatal("the original must survive failures:", err)
	}
	wantCode(t, Move(t.Context(), from, "a", to, "b"), "")
	_, err = from.Stat("a")
	wantCode(t, err, lora.NotFound)
	after, err := to.Stat("b")
	if err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("modification time %v, was %v (%v)", after.ModTime(), before.ModTime(), err)
	}
	data, err := to.ReadFile("b", 10*mib)
	if err != nil || !bytes.Equal(data, content) {
		t.Errorf("%d bytes arrived, %v", len(data), err)
	}
}

func TestReplaceShowsWholeFilesOnly(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	contents := []string{strings.Repeat("a", 50_000), strings.Repeat("b", 70_000)}
	wantCode(t, root.Replace("file", []byte(contents[0])), "")
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
				if err := root.Replace("file", []byte(contents[i%2])); err != nil {
					t.Error(err)
					return
				}
			}
		}
	})
	for range 500 {
		data, err := root.ReadFile("file", mib)
		if err != nil || string(data) != contents[0] && string(data) != contents[1] {
			t.Errorf("%d bytes, %v", len(data), err)
			break
		}
	}
	close(stop)
	writer.Wait()
	entries, err := root.ReadDir(".")
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left, %v", len(entries), err)
	}
	wantCode(t, root.Replace("../x", nil), lora.Invalid)
	wantCode(t, root.Replace("none/x", nil), lora.NotFound)
}
