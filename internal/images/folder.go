package images

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// FolderOptions adjust a Folder. Root is required.
type FolderOptions struct {
	Root *guard.Root // folder of the program, for pictures only
	// Before is called ahead of each step of writing and ends it with its error; nil in
	// a running server.
	Before func(guard.KeepStep) error
}

// Folder is a Shelf in a folder of this machine.
type Folder struct {
	root   *guard.Root
	before func(guard.KeepStep) error
}

// OpenFolder returns a Shelf.
func OpenFolder(o FolderOptions) *Folder { return &Folder{root: o.Root, before: o.Before} }

// Put implements Shelf: temporary file, flush, rename, flush of the folder.
func (f *Folder) Put(ctx context.Context, name, _ string, data []byte) error {
	if err := ctx.Err(); err != nil {
		return notInTime(err)
	}
	if info, err := f.root.Lstat(name); err == nil && info.Mode().IsRegular() && info.Size() == int64(len(data)) {
		return f.root.Flush(name) // its writer may not have come to that yet
	}
	return f.root.Keep(name, data, f.before)
}

// Open implements Shelf.
func (f *Folder) Open(_ context.Context, name string) (io.ReadSeekCloser, error) {
	file, err := f.root.Open(name)
	if err != nil {
		return nil, err
	}
	return file, nil
}

// Size implements Shelf.
func (f *Folder) Size(_ context.Context, name string) (int64, error) {
	info, err := f.root.Lstat(name)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Delete implements Shelf.
func (f *Folder) Delete(_ context.Context, name string) error {
	if err := f.root.Remove(name); lora.CodeOf(err) != lora.NotFound {
		return err
	}
	return nil
}

// Walk implements Shelf. Files that are not pictures of this program are passed over.
func (f *Folder) Walk(ctx context.Context, visit func(name string, size int64) error) error {
	return f.eachFolder(func(folder string) error {
		var failed error
		err := f.root.List(folder, func(files []fs.DirEntry) bool {
			for _, e := range files {
				info, err := e.Info()
				if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(e.Name(), ".tmp") {
					continue
				}
				if failed = errors.Join(ctx.Err(), visit(folder+"/"+e.Name(), info.Size())); failed != nil {
					return false
				}
			}
			return true
		})
		return errors.Join(failed, err)
	})
}

// Sweep removes what writes that were interrupted an hour ago or earlier have left.
func (f *Folder) Sweep(now time.Time) error {
	return f.eachFolder(func(folder string) error { return f.root.SweepKept(folder, now) })
}

// eachFolder visits the folders ab/cd.
func (f *Folder) eachFolder(visit func(rel string) error) error {
	outer, err := f.root.ReadDir(".")
	if err != nil {
		return err
	}
	for _, a := range outer {
		if !a.IsDir() || len(a.Name()) != 2 {
			continue
		}
		inner, err := f.root.ReadDir(a.Name())
		if err != nil {
			return err
		}
		for _, b := range inner {
			if !b.IsDir() || len(b.Name()) != 2 {
				continue
			}
			if err := visit(a.Name() + "/" + b.Name()); err != nil {
				return err
			}
		}
	}
	return nil
}

func notInTime(err error) error {
	return &lora.Error{Code: lora.Unavailable, Message: "The picture was not handled in time.", Err: err}
}
