package guard

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"syscall"

	"loramanager/internal/lora"
)

// spareBytes stays free on a disk whatever is copied onto it.
const spareBytes = 1 * gib

// Move moves the file or folder oldRel of one Root to newRel of another, never
// overwriting. Within one file system it is a rename; between two the file is copied,
// flushed to the disk and only then removed, so an interruption leaves the original.
// Folders move only within one file system.
func Move(ctx context.Context, from *Root, oldRel string, to *Root, newRel string) error {
	if from == to {
		return from.Rename(oldRel, newRel)
	}
	if err := checkMove(oldRel, newRel); err != nil {
		return err
	}
	err := renameNoReplace(from, filepath.FromSlash(oldRel), to, filepath.FromSlash(newRel))
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrNotExist):
		return failMissing(from, oldRel, newRel, err)
	case !errors.Is(err, errNoAtomicRename):
		return fail(newRel, err)
	}
	if err := Copy(ctx, from, oldRel, to, newRel); err != nil {
		return err
	}
	return from.Remove(oldRel)
}

// failMissing tells which of the two names is the missing one.
func failMissing(from *Root, oldRel, newRel string, err error) error {
	if _, gone := from.Lstat(oldRel); gone != nil {
		return gone
	}
	return fail(path.Dir(newRel), err)
}

// Copy copies the regular file oldRel of one Root to newRel of another, whose folder
// must exist. It never overwrites, keeps the modification time, and refuses with
// StorageFull what would leave less than 1 GiB free. A failed copy is removed.
func Copy(ctx context.Context, from *Root, oldRel string, to *Root, newRel string) error {
	if err := checkMove(oldRel, newRel); err != nil {
		return err
	}
	source, err := from.Open(oldRel)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	if free, ok := FreeBytes(filepath.Join(to.resolved, filepath.FromSlash(path.Dir(newRel)))); ok && free < uint64(source.Size())+spareBytes { //nolint:gosec // a size is never negative
		return lora.Errorf(lora.StorageFull, "There is not enough space left on the disk for %s.", DisplayName(newRel))
	}
	newName := filepath.FromSlash(newRel)
	target, err := to.root.OpenFile(newName, os.O_WRONLY|os.O_CREATE|os.O_EXCL, source.info.Mode().Perm())
	if err != nil {
		return fail(newRel, err)
	}
	err = copyAll(ctx, target, source)
	if closeErr := target.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = to.root.Chtimes(newName, source.info.ModTime(), source.info.ModTime())
	}
	if err != nil {
		if removeErr := to.root.Remove(newName); removeErr != nil && !errors.Is(removeErr, fs.ErrNotExist) {
			err = errors.Join(err, removeErr)
		}
		return failNil(newRel, err)
	}
	return nil
}

func copyAll(ctx context.Context, target *os.File, source *File) error {
	buffer := make([]byte, mib)
	var total int64
	for {
		if err := ctx.Err(); err != nil {
			return &lora.Error{Code: lora.Unavailable, Message: "The copy was cancelled.", Err: err}
		}
		n, err := source.Read(buffer)
		if _, writeErr := target.Write(buffer[:n]); writeErr != nil {
			return writeErr
		}
		total += int64(n)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
	}
	if total != source.Size() {
		return lora.Errorf(lora.Conflict, "The file changed while it was being copied.")
	}
	if err := target.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) { // EINVAL: the file system has no sync
		return err
	}
	return nil
}
