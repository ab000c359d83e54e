package guard

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// KeepStep is one thing Keep does with the disk.
type KeepStep string

// The steps, in their order. Folders are made first, where they are missing.
const (
	KeepFolder KeepStep = "folder"
	KeepCreate KeepStep = "create"
	KeepWrite  KeepStep = "write"
	KeepSync   KeepStep = "sync"
	KeepRename KeepStep = "rename"
	KeepFlush  KeepStep = "flush" // of the folder that has the new name, and those above
)

const (
	keepTemp = ".tmp"
	staleAge = time.Hour
)

// Keep writes data to the file rel of a folder that belongs to this program, making
// folders on the way. Readers see the whole file or none, and when Keep returns without
// an error the file survives a loss of power. An existing file is replaced. before, when
// it is not nil, is called ahead of each step and ends Keep with its error: that is how
// tests find out what a failing disk leaves behind.
func (r *Root) Keep(rel string, data []byte, before func(KeepStep) error) (err error) {
	if err := CheckRel(rel); err != nil {
		return err
	}
	if before == nil {
		before = func(KeepStep) error { return nil }
	}
	if err := r.keepFolder(path.Dir(rel), before); err != nil {
		return failNil(rel, err)
	}
	temp := filepath.FromSlash(rel) + "." + rand.Text() + keepTemp
	defer func() {
		if err != nil {
			_ = r.root.Remove(temp) // gone, or swept later
			err = failNil(rel, err)
		}
	}()
	if err := before(KeepCreate); err != nil {
		return err
	}
	file, err := r.root.OpenFile(temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	if err := errors.Join(writeThrough(file, data, before), file.Close()); err != nil {
		return err
	}
	if err := before(KeepRename); err != nil {
		return err
	}
	if err := r.root.Rename(temp, filepath.FromSlash(rel)); err != nil {
		return err
	}
	return r.flushUp(path.Dir(rel), before)
}

func writeThrough(file *os.File, data []byte, before func(KeepStep) error) error {
	if err := before(KeepWrite); err != nil {
		return err
	}
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := before(KeepSync); err != nil {
		return err
	}
	return noSync(file.Sync())
}

func (r *Root) keepFolder(rel string, before func(KeepStep) error) error {
	if _, err := r.root.Stat(filepath.FromSlash(rel)); err == nil {
		return nil
	}
	if err := before(KeepFolder); err != nil {
		return err
	}
	return r.MkdirAll(rel)
}

// Flush makes sure that the file rel, which was written by Keep, survives a loss of power
// even if the Keep that wrote it has not returned yet.
func (r *Root) Flush(rel string) error {
	if err := checkLocal(rel); err != nil {
		return err
	}
	return failNil(rel, r.flushUp(path.Dir(rel), func(KeepStep) error { return nil }))
}

// flushUp flushes the folder and those above it: another Keep may have made them a
// moment ago and not flushed them yet.
func (r *Root) flushUp(rel string, before func(KeepStep) error) error {
	for dir := path.Clean(rel); ; dir = path.Dir(dir) {
		if err := r.flush(dir, before); err != nil || dir == "." {
			return err
		}
	}
}

func (r *Root) flush(rel string, before func(KeepStep) error) error {
	if err := before(KeepFlush); err != nil {
		return err
	}
	if runtime.GOOS == "windows" { // folders cannot be flushed there; NTFS keeps a journal
		return nil
	}
	dir, err := r.root.OpenFile(filepath.FromSlash(rel), os.O_RDONLY|openDirFlags, 0)
	if err != nil {
		return err
	}
	return errors.Join(noSync(dir.Sync()), dir.Close())
}

// noSync forgives file systems that have no sync.
func noSync(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// SweepKept removes what interrupted calls of Keep have left in the folder rel an hour
// ago or earlier; younger ones may belong to another process at work.
func (r *Root) SweepKept(rel string, now time.Time) error {
	return r.List(rel, func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), keepTemp) {
				continue
			}
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() && now.Sub(info.ModTime()) > staleAge {
				_ = r.Remove(path.Join(rel, e.Name())) // tried again at the next sweep
			}
		}
		return true
	})
}
