package images

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// failures are what a disk says when it cannot, with what a user is told.
var failures = map[syscall.Errno]lora.Code{
	syscall.ENOSPC: lora.StorageFull, syscall.EDQUOT: lora.StorageFull, syscall.EIO: lora.Unavailable,
	syscall.EROFS: lora.Unavailable, syscall.EMFILE: lora.Unavailable,
}

// failing fails the n-th step, or all from the n-th on.
type failing struct {
	n, seen int
	forEver bool
	err     error
	steps   []guard.KeepStep
}

func (f *failing) before(step guard.KeepStep) error {
	f.seen++
	f.steps = append(f.steps, step)
	if f.seen == f.n || f.forEver && f.seen > f.n {
		return &fs.PathError{Op: string(step), Path: "x", Err: f.err}
	}
	return nil
}

// TestPromise6_ADiskThatFailsAtAnyStepLeavesNothingHalf fails every single step of
// keeping a picture in turn, once and for ever, until it comes through.
func TestPromise6_ADiskThatFailsAtAnyStepLeavesNothingHalf(t *testing.T) {
	t.Parallel()
	for errno, want := range failures {
		for _, forEver := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v, for ever %v", errno, forEver), func(t *testing.T) {
				t.Parallel()
				steps := 0
				for n := 1; ; n++ {
					if done := failAt(t, &failing{n: n, forEver: forEver, err: errno}, want); done {
						break
					}
					steps++
				}
				if steps < 6 {
					t.Errorf("only %d steps were failed", steps)
				}
			})
		}
	}
}

func failAt(t *testing.T, disk *failing, want lora.Code) (done bool) {
	t.Helper()
	p, dir := openPictures(t, disk.before)
	prepared, err := p.Prepare(t.Context(), pngOf(t, gradient(20, 20)), Texts{})
	if err != nil {
		t.Fatal(err)
	}
	err = p.Put(t.Context(), prepared)
	if disk.seen < disk.n {
		if err != nil {
			t.Fatalf("nothing failed, and yet: %v", err)
		}
		return true
	}
	if lora.CodeOf(err) != want {
		t.Errorf("step %d (%v): %v", disk.n, disk.steps, err)
	}
	sha := prepared.Image.SHA256
	if size, err := p.Size(t.Context(), sha); err == nil && size != int64(prepared.Image.SizeBytes) {
		t.Errorf("step %d: half a picture of %d bytes is visible", disk.n, size)
	}
	if has, _ := p.Has(t.Context(), sha); has && disk.steps[disk.n-1] != guard.KeepFlush {
		t.Errorf("step %d (%v): visible before it was whole", disk.n, disk.steps)
	}
	if left := leftovers(t, dir); len(left) > 0 {
		t.Errorf("step %d: %v is left", disk.n, left)
	}
	// The disk has room again: the same server goes on.
	disk.n, disk.forEver = 0, false
	if err := p.Put(t.Context(), prepared); err != nil {
		t.Errorf("afterwards: %v", err)
	}
	if size, err := p.Size(t.Context(), sha); err != nil || size != int64(prepared.Image.SizeBytes) {
		t.Errorf("afterwards: %d, %v", size, err)
	}
	return false
}

// leftovers are files that are no pictures.
func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*", "*", "*.tmp"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestPromise6_ThePictureIsFlushedBeforeItIsVisible(t *testing.T) {
	t.Parallel()
	disk := &failing{n: -1}
	p, _ := openPictures(t, disk.before)
	if _, err := p.Keep(t.Context(), pngOf(t, gradient(20, 20)), Texts{}, func(lora.Image) error { return nil }); err != nil {
		t.Fatal(err)
	}
	want := []guard.KeepStep{
		guard.KeepFolder, guard.KeepCreate, guard.KeepWrite, guard.KeepSync, guard.KeepRename,
		guard.KeepFlush, guard.KeepFlush, guard.KeepFlush, // ab/cd, ab and the folder itself
	}
	if fmt.Sprint(disk.steps) != fmt.Sprint(want) {
		t.Errorf("%v", disk.steps)
	}
}

func TestPicturesWithoutARecordAreNotKept(t *testing.T) {
	t.Parallel()
	p, dir := openPictures(t, nil)
	refused := errors.New("no record")
	if _, err := p.Keep(t.Context(), pngOf(t, gradient(20, 20)), Texts{}, func(lora.Image) error { return refused }); !errors.Is(err, refused) {
		t.Error(err)
	}
	if found, _ := os.ReadDir(dir); len(found) != 0 {
		t.Errorf("%v", found)
	}
}

func TestRemainsOfAKilledServerAreSwept(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	root, err := guard.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	f := OpenFolder(FolderOptions{Root: root})
	if err := f.Put(t.Context(), "ab/cd/kept.png", "image/png", []byte("x")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"old.png.AAAA.tmp", "young.png.AAAA.tmp"} {
		if err := os.WriteFile(filepath.Join(dir, "ab", "cd", name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	now := time.Now()
	if err := os.Chtimes(filepath.Join(dir, "ab", "cd", "old.png.AAAA.tmp"), now, now.Add(-2*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := f.Sweep(now); err != nil {
		t.Fatal(err)
	}
	left := leftovers(t, dir)
	if len(left) != 1 || filepath.Base(left[0]) != "young.png.AAAA.tmp" || len(content(t, f)) != 1 {
		t.Errorf("%v, %v", left, content(t, f))
	}
}
