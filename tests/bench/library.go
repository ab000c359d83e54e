package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"loramanager/internal/guard"
	"loramanager/internal/sample"
)

// The headers of the measured libraries are as long as real ones.
const (
	minHeader = 5 << 10
	maxHeader = 100 << 10
	seed      = 2026
)

// library is a sample library on disk.
type library struct {
	path  string
	files int
	shape sample.Shape
}

// openLibrary returns the library of a size and shape below the cache folder and
// writes it when it is not there yet.
func openLibrary(ctx context.Context, cache string, files int, shape sample.Shape) (library, error) {
	l := library{path: filepath.Join(cache, fmt.Sprintf("%s-%d", shape, files)), files: files, shape: shape}
	done := l.path + ".complete" // beside it, so that the library holds adapters only
	if _, err := os.Stat(done); err == nil {
		return l, nil
	}
	if err := os.RemoveAll(l.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return l, err
	}
	note("writing %d adapters to %s, once", files, l.path)
	err := sample.Write(ctx, l.path, files, sample.Options{
		Seed: seed, Shape: shape, MinHeader: minHeader, MaxHeader: maxHeader, Sparse: true,
	})
	if err != nil {
		return l, err
	}
	return l, os.WriteFile(done, nil, 0o600)
}

// warm reads what a scan reads of every file, so that all runs find the system's cache
// in the same state: what is measured is the program and not the disk.
func (l library) warm() error {
	root, err := guard.OpenRoot(l.path)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	buffer := make([]byte, maxHeader)
	return filepath.WalkDir(l.path, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(l.path, path)
		if err != nil {
			return err
		}
		file, err := root.Open(filepath.ToSlash(rel))
		if err != nil {
			return err
		}
		defer func() { _ = file.Close() }()
		file.ReadScattered()
		if _, err := file.ReadAt(buffer, 0); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		return nil
	})
}
