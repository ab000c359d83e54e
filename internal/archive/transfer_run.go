package archive

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// run is one transfer that is not over. Its methods are safe for concurrent use.
//
//	x, err := register.begin(ctx, lora.TransferBackup, lora.TransferRunning)
//	x.work(func(ctx context.Context) error { x.phase("writing", n, bytes); ...; x.add(1, size) })
//
// A run that waits for the user's word calls planned at the end of its work, and work a
// second time when the word was given.
type run struct {
	register *register
	ctx      context.Context //nolint:containedctx // ends when the run is cancelled
	stop     context.CancelCauseFunc

	keeping sync.Mutex // one write at a time, so that the last one is the latest

	mu      sync.Mutex
	t       lora.Transfer
	fresh   bool          // changed since it was told of
	working bool          // a goroutine is at work
	idle    chan struct{} // closed when the latest work is done; nil before the first
	ending  bool          // it is over, or about to be
	sealed  string        // why it cannot be stopped any more
	atEnd   []func()
}

// id names the run.
func (x *run) id() string { return x.t.ID }

func (x *run) snapshot() lora.Transfer {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.copied()
}

func (x *run) copied() lora.Transfer {
	t := x.t
	t.Notes = slices.Clone(t.Notes)
	if t.Counts != nil {
		counts := *t.Counts
		t.Counts = &counts
	}
	if t.Plan != nil {
		plan := *t.Plan
		t.Plan = &plan
	}
	return t
}

// change changes what is known of the run; it is told of soon.
func (x *run) change(do func(t *lora.Transfer)) {
	x.mu.Lock()
	defer x.mu.Unlock()
	do(&x.t)
	x.t.Revision++
	x.fresh = true
}

// phase begins a phase with as many items and bytes to do; 0 when that is not known.
func (x *run) phase(name string, items int, bytes int64) {
	x.change(func(t *lora.Transfer) {
		t.Phase, t.Items, t.ItemsTotal, t.Bytes, t.BytesTotal, t.Message = name, 0, items, 0, bytes, ""
	})
}

// add counts what was done.
func (x *run) add(items int, bytes int64) {
	x.change(func(t *lora.Transfer) { t.Items += items; t.Bytes += bytes })
}

// about says what is being worked on, such as a file's name.
func (x *run) about(message string) { x.change(func(t *lora.Transfer) { t.Message = message }) }

// maxNotes bounds how many notes a transfer carries.
const maxNotes = 200

// note keeps a sentence the user should know.
func (x *run) note(format string, args ...any) {
	x.change(func(t *lora.Transfer) {
		switch {
		case len(t.Notes) < maxNotes:
			t.Notes = append(t.Notes, fmt.Sprintf(format, args...))
		case len(t.Notes) == maxNotes:
			t.Notes = append(t.Notes, "There is more to say; the server's log has it.")
		}
	})
}

// onEnd has something done when the run is over, however it ended, such as the removal of
// its staging folder. The last one added is done first.
func (x *run) onEnd(do func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.atEnd = append(x.atEnd, do)
}

// seal is the point of no return: from here on the run cannot be cancelled, because of
// the sentence given. It fails when the run was cancelled before.
func (x *run) seal(sentence string) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if err := context.Cause(x.ctx); err != nil {
		return err
	}
	x.sealed = sentence
	return nil
}

func (x *run) cancel() error {
	x.mu.Lock()
	sealed, working := x.sealed, x.working
	if sealed == "" {
		x.stop(errCancelled)
	}
	x.mu.Unlock()
	switch {
	case sealed != "":
		return lora.Errorf(lora.Conflict, "%s", sealed)
	case !working:
		x.finish(errCancelled)
	}
	return nil
}

// abandon ends a run that waits for a word which will not come.
func (x *run) abandon() {
	x.mu.Lock()
	working := x.working
	x.mu.Unlock()
	if !working {
		x.finish(errStopping)
	}
}

// planned says that the run waits for the user's word; its work returns nil after that.
func (x *run) planned() { x.change(func(t *lora.Transfer) { t.State = lora.TransferPlanned }) }

// waiting reports whether the run is neither at work nor over.
func (x *run) waiting() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return !x.working && !x.ending
}

// work does something in a goroutine of the run. The run is over when do returns, unless
// do said that it is planned. Conflict when the run is at work or was cancelled.
func (x *run) work(do func(ctx context.Context) error) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.working || x.ending || x.ctx.Err() != nil {
		return lora.Errorf(lora.Conflict, "%s is at work already, or over.", kindNames[x.t.Kind])
	}
	x.working, x.fresh = true, true
	x.t.Revision++
	if x.t.State == lora.TransferPlanned {
		x.t.State = lora.TransferRunning
	}
	ended, idle := make(chan struct{}), make(chan struct{})
	x.idle = idle
	x.register.tasks.Go(func() { x.tellUntil(ended) })
	x.register.tasks.Go(func() { x.beatUntil(ended) })
	x.register.tasks.Go(func() {
		defer close(idle)
		err := x.attempt(do)
		close(ended)
		x.mu.Lock()
		waits := err == nil && x.t.State == lora.TransferPlanned
		x.working = false
		x.mu.Unlock()
		if waits && x.ctx.Err() == nil {
			x.keep()
			x.tell()
			return
		}
		x.finish(err)
	})
	return nil
}

// attempt turns a panic into an error: one damaged file must not end the server.
func (x *run) attempt(do func(ctx context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic in %s: %v", x.t.Kind, r)
		}
	}()
	return do(x.ctx)
}

// tellUntil tells of changes until the work ends.
func (x *run) tellUntil(ended <-chan struct{}) {
	x.tell()
	for {
		select {
		case <-ended:
			return
		case <-time.After(tellEvery):
			x.tell()
		}
	}
}

// beatUntil writes signs of life until the work ends, apart from telling: while a restore
// saves, the database takes none.
func (x *run) beatUntil(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-time.After(beatEvery):
			x.keep()
		}
	}
}

func (x *run) tell() {
	x.mu.Lock()
	fresh, t := x.fresh, x.copied()
	x.fresh = false
	x.mu.Unlock()
	if fresh && x.register.announce != nil {
		x.register.announce.Announce(EventTransferChanged, t)
	}
}

// keep writes the run to the history, also while the server stops.
func (x *run) keep() {
	x.keeping.Lock()
	defer x.keeping.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.ctx), historyPatience)
	defer cancel()
	if err := x.register.history.PutTransfer(ctx, x.snapshot(), x.register.process); err != nil {
		x.register.log.Warn("the history of transfers could not be written", "transfer", x.id(), "error", err)
	}
}

// finish ends the run once; err is why it failed, nil when it did not. What was to be done
// at the end is done before anyone hears of it.
func (x *run) finish(err error) {
	x.mu.Lock()
	if x.ending {
		x.mu.Unlock()
		return
	}
	x.ending = true
	atEnd := x.atEnd
	x.mu.Unlock()
	for _, do := range slices.Backward(atEnd) {
		do()
	}
	x.change(func(t *lora.Transfer) { x.conclude(t, err) })
	x.keep()
	x.register.forget(x)
	x.tell()
	x.stop(nil)
}

// conclude writes how the run ended.
func (x *run) conclude(t *lora.Transfer, err error) {
	now := time.Now().UTC().Truncate(time.Microsecond)
	t.FinishedAt = &now
	switch cause := context.Cause(x.ctx); {
	case err == nil:
		t.State = lora.TransferDone
	case errors.Is(cause, errCancelled):
		t.State = lora.TransferCancelled
	case errors.Is(cause, errStopping):
		t.State, t.Error = lora.TransferFailed, lostSentence
	default:
		t.State, t.Error = lora.TransferFailed, failureSentence(err)
		x.register.log.Error("a transfer failed", "transfer", t.ID, "kind", t.Kind, "error", err)
	}
}
