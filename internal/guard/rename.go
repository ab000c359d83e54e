package guard

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"loramanager/internal/lora"
)

// errNoAtomicRename says that this system or file system cannot rename without
// overwriting in one step, or not between these two folders.
var errNoAtomicRename = errors.New("rename without replacing is not supported")

// Rename moves oldRel to newRel inside the Root. It never overwrites: an existing
// target is a Conflict. A new file name must satisfy CheckRel; the folder it goes to
// must exist. On file systems that can neither rename without replacing nor make
// hard links (FAT, some network shares) a target that appears in the same instant
// could still be lost; everywhere else the refusal is atomic.
func (r *Root) Rename(oldRel, newRel string) error {
	if err := checkMove(oldRel, newRel); err != nil {
		return err
	}
	oldName, newName := filepath.FromSlash(oldRel), filepath.FromSlash(newRel)
	info, err := r.root.Lstat(oldName)
	if err != nil {
		return fail(oldRel, err)
	}
	if target, err := r.root.Lstat(newName); err == nil {
		// On a file system that ignores case, "A" and "a" are the same file and
		// changing only the case is a plain rename.
		if os.SameFile(info, target) && oldRel != newRel && strings.EqualFold(oldRel, newRel) {
			return failNil(newRel, r.root.Rename(oldName, newName))
		}
		return fail(newRel, fs.ErrExist)
	}
	err = renameNoReplace(r, oldName, r, newName)
	if errors.Is(err, errNoAtomicRename) {
		err = r.linkAndRemove(info, oldName, newName)
	}
	return failNil(newRel, err)
}

// linkAndRemove is the fallback: a hard link fails when its name is taken.
func (r *Root) linkAndRemove(info fs.FileInfo, oldName, newName string) error {
	if info.Mode().IsRegular() {
		err := r.root.Link(oldName, newName)
		if err == nil {
			return r.root.Remove(oldName)
		}
		if errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	if _, err := r.root.Lstat(newName); err == nil {
		return fs.ErrExist
	}
	return r.root.Rename(oldName, newName)
}

// checkMove judges both names of a move. The new base name is held to the strict
// rules unless it is the one the file already has; folders must exist anyway.
func checkMove(oldRel, newRel string) error {
	for _, rel := range []string{oldRel, newRel} {
		if err := checkLocal(rel); err != nil {
			return err
		}
		if path.Clean(rel) == "." {
			return refuse("The library folder itself cannot be moved.")
		}
	}
	if strings.HasSuffix(newRel, "/") {
		return refuse("The new path must end in a name.")
	}
	if base := path.Base(newRel); base != path.Base(oldRel) {
		return checkName(base)
	}
	return nil
}

func failNil(rel string, err error) error {
	var known *lora.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fail(rel, err)
}
