package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"math"
	"strings"
	"time"

	humanize "github.com/dustin/go-humanize"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// FolderOptions adjust a Folder. Root is required.
type FolderOptions struct {
	Root *guard.Root // folder of the program, for backups only
	// Before is called ahead of each step of writing and ends it with its error; nil in a
	// running server.
	Before func(guard.KeepStep) error
}

// Folder is a Vault in a folder of this machine.
type Folder struct {
	root   *guard.Root
	before func(guard.KeepStep) error
}

const (
	// partSuffix ends the name of a file while it is written.
	partSuffix = ".part"
	// partAge is how long a file that is being written may lie untouched.
	partAge = 24 * time.Hour
)

// OpenFolder returns a Vault in a folder.
func OpenFolder(o FolderOptions) *Folder {
	if o.Before == nil {
		o.Before = func(guard.KeepStep) error { return nil }
	}
	return &Folder{root: o.Root, before: o.Before}
}

// Put implements Vault: a file beside, flush, rename without replacing, flush of the folder.
func (f *Folder) Put(ctx context.Context, name string, size int64, write func(io.Writer) error) (err error) {
	if err := checkName(name); err != nil {
		return err
	}
	if _, err := f.root.Lstat(name); err == nil {
		return taken(name)
	}
	if err := f.room(size); err != nil {
		return err
	}
	part := name + "." + rand.Text() + partSuffix
	if err := f.before(guard.KeepCreate); err != nil {
		return err
	}
	file, err := f.root.Create(part)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // what is not removed now is swept later
			err = errors.Join(err, ignoreMissing(file.Abort()))
		}
	}()
	count := &counter{ctx: ctx, to: steps{f.before, file}}
	if err := write(count); err != nil {
		return err
	}
	if size >= 0 && count.n != size {
		return wrongSize(name, count.n, size)
	}
	if err := f.before(guard.KeepSync); err != nil {
		return err
	}
	if err := file.Commit(time.Time{}); err != nil {
		return err
	}
	if err := f.before(guard.KeepRename); err != nil {
		return err
	}
	if err := f.root.Rename(part, name); err != nil {
		return err
	}
	return f.flush(name)
}

// flush makes the new name last. The file is there then, but a caller that is told of a
// failure must find nothing.
func (f *Folder) flush(name string) error {
	err := f.before(guard.KeepFlush)
	if err == nil {
		err = f.root.Flush(name)
	}
	if err != nil {
		return errors.Join(err, ignoreMissing(f.root.Remove(name)))
	}
	return nil
}

// room refuses what will not fit, before hours are spent on it.
func (f *Folder) room(size int64) error {
	if free, known := f.Free(); known && size > free {
		return lora.Errorf(lora.StorageFull, "The backup needs %s, and %s are free on the disk of the backup folder.",
			humanize.Bytes(uint64(size)), humanize.Bytes(uint64(free))) //nolint:gosec // size is larger than free, which is not negative
	}
	return nil
}

// steps calls before ahead of each write.
type steps struct {
	before func(guard.KeepStep) error
	to     io.Writer
}

func (s steps) Write(p []byte) (int, error) {
	if err := s.before(guard.KeepWrite); err != nil {
		return 0, err
	}
	return s.to.Write(p)
}

func ignoreMissing(err error) error {
	if lora.CodeOf(err) == lora.NotFound || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Replace implements Vault.
func (f *Folder) Replace(ctx context.Context, name string, data []byte) error {
	if err := errors.Join(checkName(name), ctx.Err()); err != nil {
		return err
	}
	return f.root.Keep(name, data, f.before)
}

// Open implements Vault.
func (f *Folder) Open(_ context.Context, name string) (File, error) {
	if err := checkName(name); err != nil {
		return nil, err
	}
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Delete implements Vault.
func (f *Folder) Delete(_ context.Context, name string) error {
	if err := checkName(name); err != nil {
		return err
	}
	return ignoreMissing(f.root.Remove(name))
}

// List implements Vault. Folders and what is being written are passed over.
func (f *Folder) List(ctx context.Context, visit func(name string, size int64, modified time.Time) error) error {
	var failed error
	err := f.each(func(name string, info fs.FileInfo) bool {
		if strings.HasSuffix(name, partSuffix) || strings.HasSuffix(name, ".tmp") {
			return true
		}
		failed = errors.Join(ctx.Err(), visit(name, info.Size(), info.ModTime()))
		return failed == nil
	})
	return errors.Join(failed, err)
}

func (f *Folder) each(visit func(name string, info fs.FileInfo) bool) error {
	return f.root.List(".", func(entries []fs.DirEntry) bool {
		for _, e := range entries {
			info, err := e.Info()
			if err == nil && info.Mode().IsRegular() && !visit(e.Name(), info) {
				return false
			}
		}
		return true
	})
}

// Free implements Vault.
func (f *Folder) Free() (int64, bool) {
	free, known := f.root.FreeBytes()
	return int64(min(free, math.MaxInt64)), known //nolint:gosec // bounded
}

// Sweep implements Vault.
func (f *Folder) Sweep(_ context.Context, now time.Time) error {
	var old []string
	err := f.each(func(name string, info fs.FileInfo) bool {
		if strings.HasSuffix(name, partSuffix) && now.Sub(info.ModTime()) > partAge {
			old = append(old, name)
		}
		return true
	})
	errs := []error{err, f.root.SweepKept(".", now)}
	for _, name := range old {
		errs = append(errs, ignoreMissing(f.root.Remove(name)))
	}
	return errors.Join(errs...)
}
