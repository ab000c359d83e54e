package guard

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// renameNoReplace asks the kernel to rename only if the target name is free. Both
// parent folders are opened through their Root first, so links cannot lead outside.
func renameNoReplace(from *Root, oldName string, to *Root, newName string) error {
	oldDir, err := from.root.Open(filepath.Dir(oldName))
	if err != nil {
		return err
	}
	defer func() { _ = oldDir.Close() }()
	newDir, err := to.root.Open(filepath.Dir(newName))
	if err != nil {
		return err
	}
	defer func() { _ = newDir.Close() }()
	err = unix.Renameat2(int(oldDir.Fd()), filepath.Base(oldName), //nolint:gosec // a descriptor fits an int
		int(newDir.Fd()), filepath.Base(newName), unix.RENAME_NOREPLACE) //nolint:gosec // a descriptor fits an int
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EINVAL), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP), errors.Is(err, unix.EXDEV):
		return errNoAtomicRename
	}
	return &os.LinkError{Op: "renameat2", Old: oldName, New: newName, Err: err}
}
