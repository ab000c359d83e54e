package guard

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

func TestListHandsOverEveryEntryWithItsType(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	want := []string{"folder d", "link L"}
	for i := range 2*listed + 3 {
		name := strconv.Itoa(i)
		write(t, filepath.Join(dir, name), "")
		want = append(want, name+" -")
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o750); err != nil {
		t.Fatal(err)
	}
	link(t, "/", filepath.Join(dir, "link"))
	r := openAt(t, dir)
	var got []string
	err := r.List(".", func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			kind := map[fs.FileMode]string{0: "-", fs.ModeDir: "d", fs.ModeSymlink: "L"}[e.Type()]
			got = append(got, e.Name()+" "+kind)
		}
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("List handed over %d entries, want %d", len(got), len(want))
	}
}

func TestListStopsWhenTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for i := range 2 * listed {
		write(t, filepath.Join(dir, strconv.Itoa(i)), "")
	}
	calls := 0
	err := openAt(t, dir).List(".", func([]fs.DirEntry) bool { calls++; return false })
	if err != nil || calls != 1 {
		t.Errorf("visited %d times, %v", calls, err)
	}
}

func TestListLooksAtFilesThroughItsRoot(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "a"), 0o750); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "a", "b"), "four")
	err := openAt(t, dir).List("a", func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			if info, err := e.Info(); err != nil || info.Size() != 4 || e.Name() != "b" {
				t.Errorf("%s: %v, %v", e.Name(), info, err)
			}
		}
		return true
	})
	if err != nil {
		t.Error(err)
	}
}

func TestPromise1_ListRefusesLinksThatLeadOut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	link(t, t.TempDir(), filepath.Join(dir, "out"))
	r := openAt(t, dir)
	for _, rel := range []string{"out", "../x", "/etc", "missing"} {
		if err := r.List(rel, func([]fs.DirEntry) bool { t.Errorf("%s was listed", rel); return false }); err == nil {
			t.Errorf("%s: no error", rel)
		}
	}
}
