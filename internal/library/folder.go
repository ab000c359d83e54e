package library

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// folder is a library folder opened for a while. It is not kept open between
// tasks: an open folder would keep a drive from being ejected, and would still
// show the old one after another was plugged in.
type folder struct {
	root     lora.Root
	disk     *guard.Root
	patience time.Duration
	hung     atomic.Bool
	ops      *gate
	// before is called ahead of each access; tests use it to let disks hang and files vanish.
	before func(op, rel string)
}

var (
	errHanging = &lora.Error{Code: lora.Unavailable,
		Message: "The folder does not answer; perhaps its network drive is gone."}
	errClosing = &lora.Error{Code: lora.Unavailable, Message: "The server is shutting down."}
)

// folder is a configured folder that is not open yet.
func (l *Library) folder(root lora.Root, patience time.Duration) *folder {
	f := &folder{root: root, patience: patience, ops: l.ops}
	if before := l.before.Load(); before != nil {
		f.before = *before
	}
	return f
}

// openFolder opens a configured folder. NotFound, Forbidden and Invalid say that it
// is not there or not readable, Unavailable that it does not answer.
func (l *Library) openFolder(ctx context.Context, root lora.Root) (*folder, error) {
	f := l.folder(root, l.o.FileTimeout)
	disk, err := onDisk(ctx, f, func(func()) (*guard.Root, error) {
		f.note("open root", root.Path)
		return guard.OpenRoot(root.Path)
	})
	if err != nil {
		return nil, err
	}
	f.disk = disk
	return f, nil
}

func (f *folder) note(op, rel string) {
	if f.before != nil {
		f.before(op, rel)
	}
}

// close releases the folder without waiting for a disk that does not answer.
func (f *folder) close() {
	if !f.hung.Load() {
		_ = f.disk.Close() // opened for reading: nothing can be lost
		return
	}
	if f.ops.enter() {
		go func() {
			defer f.ops.leave()
			_ = f.disk.Close()
		}()
	}
}

// onDisk runs work, which may touch the disk, and gives up when it neither returns
// nor beats for the folder's patience: then the folder counts as hanging and
// refuses everything that follows. Work must hand its results over by returning
// them, since it may still be running after onDisk has given up on it.
func onDisk[T any](ctx context.Context, f *folder, work func(beat func()) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	var none T
	if f.hung.Load() {
		return none, errHanging
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if !f.ops.enter() {
		return none, errClosing
	}
	answers := make(chan answer, 1)
	var beats atomic.Int64
	go func() {
		defer f.ops.leave()
		var a answer
		defer func() {
			if caught := recover(); caught != nil {
				a = answer{err: &panicError{caught: caught}}
			}
			answers <- a
		}()
		a.value, a.err = work(func() { beats.Add(1) })
	}()
	timer := time.NewTimer(f.patience)
	defer timer.Stop()
	for seen := int64(0); ; {
		select {
		case a := <-answers:
			return a.value, a.err
		case <-ctx.Done():
			return none, ctx.Err()
		case <-timer.C:
			if n := beats.Load(); n != seen {
				seen = n
				timer.Reset(f.patience)
				continue
			}
			f.hung.Store(true)
			return none, errHanging
		}
	}
}

// panicError is a panic that was caught while one file was handled.
type panicError struct{ caught any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.caught) }

func isPanic(err error) bool {
	var p *panicError
	return errors.As(err, &p)
}
