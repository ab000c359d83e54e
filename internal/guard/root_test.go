package guard

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"loramanager/internal/lora"
)

func openTemp(t *testing.T) *Root {
	t.Helper()
	return openAt(t, t.TempDir())
}

func openAt(t *testing.T, dir string) *Root {
	t.Helper()
	root, err := OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = root.Close() })
	return root
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

func wantCode(t *testing.T, err error, want lora.Code) {
	t.Helper()
	if lora.CodeOf(err) != want {
		t.Fatalf("error %v has code %q, want %q", err, lora.CodeOf(err), want)
	}
}

func TestPromise1_LinksThatLeaveTheRootAreForbidden(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	write(t, filepath.Join(base, "secret"), "secret")
	write(t, filepath.Join(base, "lib", "inside"), "inside")
	root := openAt(t, filepath.Join(base, "lib"))
	link(t, "../secret", filepath.Join(base, "lib", "up"))
	link(t, filepath.Join(base, "secret"), filepath.Join(base, "lib", "abs"))
	link(t, "../missing", filepath.Join(base, "lib", "gone"))
	link(t, "..", filepath.Join(base, "lib", "dir"))
	link(t, "inside", filepath.Join(base, "lib", "ok"))

	for _, rel := range []string{"up", "abs", "gone", "dir/secret", "dir/lib/inside"} {
		_, err := root.Open(rel)
		wantCode(t, err, lora.Forbidden)
		_, err = root.Stat(rel)
		wantCode(t, err, lora.Forbidden)
	}
	if data, err := root.ReadFile("ok", 100); err != nil || string(data) != "inside" {
		t.Errorf("a link that stays inside: %q, %v", data, err)
	}
}

func TestPromise1_SwappingLinksNeverOpensTheOutside(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	write(t, filepath.Join(base, "out", "file"), "OUTSIDE")
	write(t, filepath.Join(base, "lib", "real", "file"), "inside")
	lib := filepath.Join(base, "lib")
	root := openAt(t, lib)
	link(t, "real", filepath.Join(lib, "swap"))

	const rounds = 10_000
	stop := make(chan struct{})
	var swapper sync.WaitGroup
	swapper.Go(func() {
		targets := []string{"../out", "real"}
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			next := filepath.Join(lib, "next")
			_ = os.Symlink(targets[i%2], next)
			_ = os.Rename(next, filepath.Join(lib, "swap"))
		}
	})
	opened := 0
	for range rounds {
		data, err := root.ReadFile("swap/file", 100)
		if err != nil {
			continue
		}
		opened++
		if string(data) != "inside" {
			t.Errorf("read %q through a swapped link", data)
			break
		}
	}
	close(stop)
	swapper.Wait()
	if opened == 0 {
		t.Error("the file inside was never opened, so the race proves nothing")
	}
}

func TestPromise2_OnlyRegularFilesAreOpened(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	write(t, filepath.Join(root.Path(), "dir", "file"), "content")
	_, err := root.Open("dir")
	wantCode(t, err, lora.Invalid)
	_, err = root.Open("dir/none")
	wantCode(t, err, lora.NotFound)

	file, err := root.Open("dir/file")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	part := make([]byte, 3)
	if _, err := file.ReadAt(part, 4); err != nil || string(part) != "ent" {
		t.Errorf("ReadAt = %q, %v", part, err)
	}
	file.DropCache()
	if file.Size() != 7 {
		t.Errorf("Size = %d", file.Size())
	}
	all, err := io.ReadAll(file)
	if err != nil || string(all) != "content" {
		t.Errorf("ReadAll = %q, %v", all, err)
	}
}

func TestReadFileStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	content := strings.Repeat("x", 100_000)
	write(t, filepath.Join(root.Path(), "file"), content)
	for limit, want := range map[int64]lora.Code{99_999: lora.TooLarge, 100_000: "", 100_001: ""} {
		data, err := root.ReadFile("file", limit)
		wantCode(t, err, want)
		if err == nil && string(data) != content {
			t.Errorf("limit %d: %d bytes", limit, len(data))
		}
	}
}

func TestOddNamesOnTheDiskCanBeOpened(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux stores any bytes as a name")
	}
	root := openTemp(t)
	for _, name := range []string{"caf\xe9.safetensors", "a\nb", `back\slash`, "C:", "con", "trailing.", strings.Repeat("é", 127), "%2e%2e"} {
		write(t, filepath.Join(root.Path(), name), name)
		if data, err := root.ReadFile(name, 1000); err != nil || string(data) != name {
			t.Errorf("%q: %q, %v", name, data, err)
		}
	}
	entries, err := root.ReadDir(".")
	if err != nil || len(entries) != 8 {
		t.Errorf("ReadDir = %d entries, %v", len(entries), err)
	}
	if err := root.MkdirAll("sub"); err != nil {
		t.Fatal(err)
	}
	if err := root.Rename("caf\xe9.safetensors", "sub/caf\xe9.safetensors"); err != nil {
		t.Errorf("moving a file must not require a new name: %v", err)
	}
}

func TestMkdirAllMakesOnlyProperNames(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	if err := root.MkdirAll("a/b/c"); err != nil {
		t.Fatal(err)
	}
	if err := root.MkdirAll("a/b/c"); err != nil {
		t.Fatal("making it again:", err)
	}
	write(t, filepath.Join(root.Path(), "file"), "")
	wantCode(t, root.MkdirAll("file/x"), lora.Conflict)
	wantCode(t, root.MkdirAll("a/con/x"), lora.Invalid)
	wantCode(t, root.MkdirAll("../x"), lora.Invalid)
	wantCode(t, root.Remove("a"), lora.Conflict)
	wantCode(t, root.Remove("a/b/c"), "")
	wantCode(t, root.Remove("."), lora.Invalid)
}

func TestPromise7_ConfineAnswersTheSameForAnythingOutside(t *testing.T) {
	t.Parallel()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(base, "lib", "nested", "file"), "")
	write(t, filepath.Join(base, "other", "file"), "")
	write(t, filepath.Join(base, "outside", "file"), "")
	write(t, filepath.Join(base, "library2", "file"), "")
	lib, nested, other := openAt(t, filepath.Join(base, "lib")), openAt(t, filepath.Join(base, "lib", "nested")), openAt(t, filepath.Join(base, "other"))
	link(t, filepath.Join(base, "outside"), filepath.Join(base, "lib", "escape"))
	link(t, filepath.Join(base, "other"), filepath.Join(base, "lib", "across"))
	link(t, filepath.Join(base, "lib"), filepath.Join(base, "alias"))
	alias := openAt(t, filepath.Join(base, "alias"))
	roots := []*Root{lib, nested, other}

	cases := []struct {
		path string
		root *Root
		rel  string
	}{
		{"lib/x/new.safetensors", lib, "x/new.safetensors"},
		{"lib/nested/file", nested, "file"},
		{"lib/nested", nested, "."},
		{"lib/across/file", other, "file"},
		{"lib/a/../nested/file", nested, "file"},
		{"lib/escape/file", nil, ""},
		{"lib/escape/missing", nil, ""},
		{"lib/../outside/file", nil, ""},
		{"outside/file", nil, ""},
		{"outside/missing", nil, ""},
		{"library2/file", nil, ""},
		{"", nil, ""},
	}
	var refusal string
	for _, c := range cases {
		root, rel, err := Confine(roots, filepath.Join(base, c.path))
		if root != c.root || rel != c.rel {
			t.Errorf("%s -> %v %q %v", c.path, root, rel, err)
		}
		if c.root != nil {
			continue
		}
		wantCode(t, err, lora.Forbidden)
		if refusal == "" {
			refusal = err.Error()
		} else if err.Error() != refusal {
			t.Errorf("%s is refused with other words: %v", c.path, err)
		}
	}
	if root, rel, err := Confine([]*Root{alias}, filepath.Join(base, "alias", "nested", "file")); root != alias || rel != "nested/file" {
		t.Errorf("a root configured through a link: %v %q %v", root, rel, err)
	}
	_, _, err = Confine(roots, "relative/path")
	wantCode(t, err, lora.Invalid)
}

func TestFollowLinkLeadsOnlyIntoConfiguredFolders(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	write(t, filepath.Join(base, "lib", "file"), "")
	write(t, filepath.Join(base, "other", "deep", "file"), "")
	write(t, filepath.Join(base, "outside", "file"), "")
	lib, other := openAt(t, filepath.Join(base, "lib")), openAt(t, filepath.Join(base, "other"))
	link(t, filepath.Join(base, "other", "deep"), filepath.Join(base, "lib", "across"))
	link(t, filepath.Join(base, "outside"), filepath.Join(base, "lib", "out"))
	link(t, "loop", filepath.Join(base, "lib", "loop"))
	link(t, "missing", filepath.Join(base, "lib", "dangling"))
	roots := []*Root{lib, other}

	if root, rel, err := FollowLink(roots, lib, "across"); root != other || rel != "deep" || err != nil {
		t.Errorf("across -> %v %q %v", root, rel, err)
	}
	_, _, err := FollowLink(roots, lib, "out")
	wantCode(t, err, lora.Forbidden)
	_, _, err = FollowLink(roots, lib, "dangling")
	wantCode(t, err, lora.NotFound)
	if _, _, err = FollowLink(roots, lib, "loop"); err == nil {
		t.Error("a link to itself was followed")
	}
	_, _, err = FollowLink(roots, lib, "../x")
	wantCode(t, err, lora.Invalid)
}

func TestOpenRootExplainsWhatIsWrong(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	write(t, file, "")
	for path, want := range map[string]lora.Code{"": lora.Invalid, "a\x00b": lora.Invalid, file: lora.Invalid, file + ".none": lora.NotFound} {
		_, err := OpenRoot(path)
		wantCode(t, err, want)
	}
	root := openTemp(t)
	_ = root.Close()
	if _, err := root.Open("x"); err == nil || errors.Is(err, os.ErrNotExist) {
		t.Errorf("a closed root says %v", err)
	}
}

func TestTwoNamesOfOneFileShareTheirIdentity(t *testing.T) {
	t.Parallel()
	root := openTemp(t)
	write(t, filepath.Join(root.Path(), "a"), "")
	write(t, filepath.Join(root.Path(), "c"), "")
	if err := os.Link(filepath.Join(root.Path(), "a"), filepath.Join(root.Path(), "b")); err != nil {
		t.Skip(err)
	}
	type identity struct{ dev, ino uint64 }
	ids := map[string]identity{}
	for _, rel := range []string{"a", "b", "c"} {
		info, err := root.Stat(rel)
		if err != nil {
			t.Fatal(err)
		}
		dev, ino, ok := FileIdentity(info)
		if !ok {
			t.Skip("this system does not tell")
		}
		ids[rel] = identity{dev, ino}
	}
	if ids["a"] != ids["b"] || ids["a"] == ids["c"] {
		t.Errorf("%v", ids)
	}
}

func TestDiskQuestionsAreAnswered(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if free, ok := FreeBytes(dir); ok && free == 0 {
		t.Error("no byte is free, yet the test runs")
	}
	if free, total, ok := DiskSpace(dir); ok && free > total {
		t.Errorf("%d bytes are free of %d", free, total)
	}
	if _, ok := FreeBytes(filepath.Join(dir, "none")); ok {
		t.Error("a missing path has no free space")
	}
	if kind, network := NetworkFilesystem(dir); network || kind == "" {
		t.Errorf("%s: %q, network %v", dir, kind, network)
	}
	if kind, _ := NetworkFilesystem(filepath.Join(dir, "none")); kind != unknownFilesystem {
		t.Errorf("a missing path lies on %q", kind)
	}
}
