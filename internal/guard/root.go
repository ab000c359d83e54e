package guard

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"

	"loramanager/internal/lora"
)

// Root is one folder the administrator has configured. Paths given to its methods
// are slash-separated and relative to it; none of them can reach outside, whatever
// links lie in the folder. A Root is safe for use by several goroutines.
type Root struct {
	root     *os.Root
	given    string // as configured, absolute and clean
	resolved string // the same with all links resolved
}

// OpenRoot opens a configured folder. The path may be relative to the working
// directory and may itself be a link. It fails with NotFound, Forbidden or Invalid
// (not a folder).
func OpenRoot(dir string) (*Root, error) {
	if dir == "" || strings.IndexByte(dir, 0) >= 0 {
		return nil, lora.FieldErrorf(lora.Invalid, "path", "The folder path is empty or contains a NUL byte.")
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, fail(dir, err)
	}
	resolved, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return nil, fail(dir, err)
	}
	info, err := os.Stat(resolved)
	if err != nil {
		return nil, fail(dir, err)
	}
	if !info.IsDir() {
		return nil, lora.FieldErrorf(lora.Invalid, "path", "%s is not a folder.", DisplayName(dir))
	}
	root, err := os.OpenRoot(resolved)
	if err != nil {
		return nil, fail(dir, err)
	}
	return &Root{root: root, given: abs, resolved: resolved}, nil
}

// Close releases the folder. Files already opened stay usable.
func (r *Root) Close() error { return r.root.Close() }

// Path returns the folder's absolute path as configured.
func (r *Root) Path() string { return r.given }

// Stat describes the file rel, following links that stay inside the Root.
func (r *Root) Stat(rel string) (fs.FileInfo, error) {
	if err := checkLocal(rel); err != nil {
		return nil, err
	}
	info, err := r.root.Stat(filepath.FromSlash(rel))
	if err != nil {
		return nil, fail(rel, err)
	}
	return info, nil
}

// Lstat describes rel itself, without following a link in its last component.
func (r *Root) Lstat(rel string) (fs.FileInfo, error) {
	if err := checkLocal(rel); err != nil {
		return nil, err
	}
	info, err := r.root.Lstat(filepath.FromSlash(rel))
	if err != nil {
		return nil, fail(rel, err)
	}
	return info, nil
}

// ReadDir lists the folder rel ("." for the Root itself) in the order of the disk.
// Entries read before an error are returned with it.
func (r *Root) ReadDir(rel string) ([]fs.DirEntry, error) {
	if err := checkLocal(rel); err != nil {
		return nil, err
	}
	dir, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openDirFlags, 0)
	if err != nil {
		return nil, fail(rel, err)
	}
	entries, err := dir.ReadDir(-1)
	if closeErr := dir.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return entries, fail(rel, err)
	}
	return entries, nil
}

// MkdirAll makes the folder rel and its parents. Names that do not exist yet must
// satisfy CheckRel.
func (r *Root) MkdirAll(rel string) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	if err := checkDepth(rel); err != nil {
		return err
	}
	done := ""
	for part := range strings.SplitSeq(path.Clean(rel), "/") {
		done = path.Join(done, part)
		info, err := r.root.Stat(filepath.FromSlash(done))
		switch {
		case err == nil && info.IsDir():
			continue
		case err == nil:
			return lora.FieldErrorf(lora.Conflict, "path", "%s exists and is not a folder.", DisplayName(done))
		case !errors.Is(err, fs.ErrNotExist):
			return fail(done, err)
		}
		if err := checkName(part); err != nil {
			return err
		}
		if err := r.root.Mkdir(filepath.FromSlash(done), 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
			return fail(done, err)
		}
	}
	return nil
}

// Remove deletes the file or empty folder rel for good. Only purging the trash may
// call it; everything else is a Rename into the trash.
func (r *Root) Remove(rel string) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	if path.Clean(rel) == "." {
		return refuse("The library folder itself cannot be removed.")
	}
	err := r.root.Remove(filepath.FromSlash(rel))
	if errors.Is(err, fs.ErrExist) { // ENOTEMPTY
		return lora.FieldErrorf(lora.Conflict, "path", "The folder %s is not empty.", DisplayName(rel))
	}
	return failNil(rel, err)
}

// fail translates an error of the operating system into the house's words. What is
// neither a known condition nor an errno is a refusal by os.Root: the path escapes.
func fail(rel string, err error) error {
	name := DisplayName(rel)
	e := &lora.Error{Field: "path", Err: err}
	var errno syscall.Errno
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Code, e.Message = lora.NotFound, name+" does not exist."
	case errors.Is(err, fs.ErrExist):
		e.Code, e.Message = lora.Conflict, name+" exists already."
	case errors.Is(err, fs.ErrPermission):
		e.Code, e.Message = lora.Forbidden, "The server has no permission for "+name+"."
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		e.Code, e.Message = lora.StorageFull, "The disk is full."
	case errors.Is(err, fs.ErrClosed):
		e.Code, e.Message = lora.Unavailable, "The folder of "+name+" has been closed."
	case errors.As(err, &errno):
		e.Code, e.Message = lora.Unavailable, name+" cannot be reached just now."
	default:
		e.Code, e.Message = lora.Forbidden, name+" leads out of the library folder."
	}
	return e
}
