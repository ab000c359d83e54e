package guard

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// listed is how many entries are read in one go.
const listed = 512

// List hands over what lies in the folder rel ("." for the Root itself) in the order
// of the disk, some entries at a time, until visit returns false. Unlike ReadDir it
// does not look at every single file where the disk keeps types beside names, as
// nearly all do, and needs the same memory for any number of files. Entries read
// before an error are handed over.
func (r *Root) List(rel string, visit func([]fs.DirEntry) bool) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	rooted, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openDirFlags, 0)
	if err != nil {
		return fail(rel, err)
	}
	dir, err := unrooted(rooted)
	if err != nil {
		return fail(rel, err)
	}
	defer func() { _ = dir.Close() }() // opened for reading: nothing can be lost
	for {
		found, err := dir.ReadDir(listed)
		for i, e := range found {
			found[i] = entry{e, r, rel}
		}
		if len(found) > 0 && !visit(found) {
			return nil
		}
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fail(rel, err)
		}
	}
}

// entry looks at its file through the Root it was listed in, never by its path.
type entry struct {
	fs.DirEntry
	root   *Root
	folder string
}

// Info implements fs.DirEntry.
func (e entry) Info() (fs.FileInfo, error) { return e.root.Lstat(path.Join(e.folder, e.Name())) }
