package sample

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"

	"loramanager/internal/lora"
)

// Shape is how the files are spread over folders.
type Shape string

// Tree sorts files into folders by base model and subject, Flat puts all into one.
const (
	Tree Shape = "tree"
	Flat Shape = "flat"
)

// Options adjust Write. The zero value is fine.
type Options struct {
	Seed  uint64
	Shape Shape // Tree when empty
	// Broken is how many broken, hostile and odd files are written in addition, into a
	// folder of their own, see BrokenNames.
	Broken int
	// MinHeader and MaxHeader bound the length of the headers, in bytes; 0 gives the
	// small adapters that are right for trying out.
	MinHeader, MaxHeader int
	// Sparse writes no weights: the files have their full length but hold zeros that
	// take no space on most disks.
	Sparse bool
	// Bare is the share of files without sidecar and preview in percent; 0 means half.
	Bare int
	// Progress is called after each adapter, from one goroutine at a time.
	Progress func(done, total int)
}

const (
	defaultBare = 50
	// MostFiles is the largest library Write makes.
	MostFiles = 1_000_000
)

// Write writes n adapters below dir, which is made if needed. Names that are taken
// are a Conflict; ctx ends it early.
func Write(ctx context.Context, dir string, n int, o Options) error {
	if n < 1 || n > MostFiles {
		return lora.FieldErrorf(lora.Invalid, "count", "A sample library has 1 to %d adapters.", MostFiles)
	}
	if o.Bare == 0 {
		o.Bare = defaultBare
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // the user's own library, readable like others
		return diskError(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return diskError(err)
	}
	defer func() { _ = root.Close() }() // nothing is written through the folder itself
	w := &writer{root: root, o: o, total: n, pictures: newPictures(o.Seed, n)}
	if err := w.writeAll(ctx); err != nil {
		return err
	}
	return w.writeBroken(ctx)
}

// writer is one Write at work.
type writer struct {
	root     *os.Root
	o        Options
	total    int
	pictures *pictures

	folders sync.Map // made already
	next    atomic.Int64
	mu      sync.Mutex
	done    int
}

func (w *writer) writeAll(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for {
				i := int(w.next.Add(1)) - 1
				if i >= w.total || ctx.Err() != nil {
					return
				}
				if err := w.writeOne(i); err != nil {
					cancel(err)
					return
				}
				w.tell()
			}
		})
	}
	workers.Wait()
	return context.Cause(ctx)
}

func (w *writer) tell() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.done++
	if w.o.Progress != nil {
		w.o.Progress(w.done, w.total)
	}
}

// writeOne writes the i-th adapter with what belongs to it.
func (w *writer) writeOne(i int) error {
	c := newCharacter(w.o, i)
	if err := w.makeFolder(c.folder); err != nil {
		return err
	}
	if err := w.writeWeights(path.Join(c.folder, c.fileName()), c); err != nil {
		return err
	}
	if c.bare {
		return nil
	}
	if c.format != "" {
		name, data := c.sidecar()
		if err := w.writeFile(path.Join(c.folder, name), data); err != nil {
			return err
		}
	}
	if c.preview != "" {
		return w.writeFile(path.Join(c.folder, c.stem+c.preview), w.pictures.picture(i, c.preview))
	}
	return nil
}

func (w *writer) makeFolder(dir string) error {
	if _, made := w.folders.Load(dir); made {
		return nil
	}
	if err := w.root.MkdirAll(dir, 0o755); err != nil {
		return diskError(err)
	}
	w.folders.Store(dir, true)
	return nil
}

func (w *writer) writeFile(name string, data []byte) error {
	file, err := w.create(name)
	if err != nil {
		return err
	}
	_, err = file.Write(data)
	return diskError(errors.Join(err, file.Close()))
}

func (w *writer) create(name string) (*os.File, error) {
	file, err := w.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return nil, &lora.Error{Code: lora.Conflict, Field: "path", Message: fmt.Sprintf("%s exists already; choose an empty folder.", name), Err: err}
	}
	return file, diskError(err)
}

func diskError(err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, syscall.ENOSPC) {
		return &lora.Error{Code: lora.StorageFull, Message: "The disk is full, so the sample library is not complete. Free some space and try again.", Err: err}
	}
	return &lora.Error{Code: lora.Unavailable, Message: "The sample library could not be written.", Err: err}
}
