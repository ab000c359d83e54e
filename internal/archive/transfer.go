package archive

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// EventTransferChanged is announced with a lora.Transfer as its data, at most four times
// a second for each transfer, and always when its state changes.
const EventTransferChanged = "transfer_changed"

// Announcer tells whoever listens that something happened. It never blocks.
type Announcer interface {
	Announce(eventType string, data any)
}

// History keeps what ran.
type History interface {
	// PutTransfer keeps a transfer under its id, replacing what was kept of it, as told by
	// a process. The latest 500 are remembered.
	PutTransfer(ctx context.Context, t lora.Transfer, process string) error
	// Transfers lists transfers, latest first.
	Transfers(ctx context.Context, limit int) ([]lora.Transfer, error)
	// Transfer returns one; NotFound when it is not remembered.
	Transfer(ctx context.Context, id string) (lora.Transfer, error)
	// FailLostTransfers ends the transfers that are not over and owe nothing to the disk,
	// whose process is another and was not heard of since a moment, with a sentence.
	FailLostTransfers(ctx context.Context, process string, since time.Time, sentence string) (int, error)
}

const (
	tellEvery = 250 * time.Millisecond
	// beatEvery is how often a transfer that runs is written, so that other processes know
	// that the one that runs it lives; lostAfter is when they take it for dead.
	beatEvery = 10 * time.Second
	lostAfter = time.Minute
	// historyPatience bounds one write of the history.
	historyPatience = 10 * time.Second
	lostSentence    = "The server was stopped while this ran. Nothing was changed by halves; begin it again."
)

// register knows every run of this process and keeps the history of all. Every goroutine
// of a run is its own and is waited for by close.
type register struct {
	history  History
	announce Announcer
	log      *slog.Logger
	process  string // tells the runs of this process from those of others
	// looked, when set, is called after each look for processes that died but the first,
	// with how many of their runs were ended.
	looked func(ctx context.Context, ended int)

	ctx    context.Context //nolint:containedctx // ends with the process; runs live in it
	cancel context.CancelCauseFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	runs   map[string]*run // not over
	alone  *run            // the one import or restore that changes the catalog
	closed bool
}

var (
	errCancelled = errors.New("cancelled by the user")
	errStopping  = errors.New("the server is stopping")
)

func newRegister(history History, announce Announcer, log *slog.Logger) *register {
	r := &register{history: history, announce: announce, log: log, process: uuid.NewString(), runs: make(map[string]*run)}
	r.ctx, r.cancel = context.WithCancelCause(context.Background())
	return r
}

// start ends what earlier processes left, at once when alone says that no other process
// can use this database, and looks again now and then for processes that died.
func (r *register) start(alone bool) {
	r.tasks.Go(r.beatForWaiting)
	r.tasks.Go(func() {
		since := time.Now().Add(-lostAfter)
		if alone {
			since = time.Now().Add(beatEvery)
		}
		for first := true; ; first = false {
			ctx, done := context.WithTimeout(r.ctx, historyPatience)
			ended, err := r.history.FailLostTransfers(ctx, r.process, since, lostSentence)
			if err != nil && r.ctx.Err() == nil {
				r.log.Warn("transfers that were interrupted could not be ended", "error", err)
			}
			done()
			if !first && r.looked != nil {
				r.looked(r.ctx, ended)
			}
			select {
			case <-r.ctx.Done():
				return
			case <-time.After(lostAfter):
				since = time.Now().Add(-lostAfter)
			}
		}
	})
}

// beatForWaiting gives the signs of life of runs that wait for their user's word; those at
// work give their own.
func (r *register) beatForWaiting() {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-time.After(beatEvery):
		}
		r.mu.Lock()
		runs := slices.Collect(maps.Values(r.runs))
		r.mu.Unlock()
		for _, x := range runs {
			if x.waiting() {
				x.keep()
			}
		}
	}
}

// close stops all runs and waits for them until ctx ends, whose error it then returns.
func (r *register) close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	runs := slices.Collect(maps.Values(r.runs))
	r.mu.Unlock()
	r.cancel(errStopping)
	for _, x := range runs {
		x.abandon()
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.tasks.Wait()
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// begin enters a new run; it does nothing until work is called. Unavailable while the
// server stops, and when the history cannot be written.
func (r *register) begin(ctx context.Context, kind lora.TransferKind, state lora.TransferState) (*run, error) {
	x := &run{register: r, t: lora.Transfer{
		ID: uuid.NewString(), Kind: kind, State: state, Notes: []string{}, StartedAt: time.Now().UTC().Truncate(time.Microsecond),
	}}
	x.ctx, x.stop = context.WithCancelCause(r.ctx)
	if err := r.history.PutTransfer(ctx, x.t, r.process); err != nil {
		x.stop(err)
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		x.stop(errStopping)
		return nil, lora.Errorf(lora.Unavailable, "The server is stopping. Try again when it is back.")
	}
	r.runs[x.t.ID] = x
	return x, nil
}

// find returns a run of this process that is not over.
func (r *register) find(id string) (*run, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x, ok := r.runs[id]
	return x, ok
}

// free says whether a run could be claimed now.
func (r *register) free() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.onlyOne(nil)
}

// claim makes a run the only one that may change the catalog, until it ends. Conflict
// says which one does so now.
func (r *register) claim(x *run) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.onlyOne(x); err != nil {
		return err
	}
	r.alone = x
	return nil
}

func (r *register) onlyOne(x *run) error {
	if other := r.alone; other != nil && other != x {
		t := other.snapshot()
		return lora.Errorf(lora.Conflict, "%s is under way since %s. Wait for it, or cancel it.",
			kindNames[t.Kind], t.StartedAt.Format("15:04:05 MST"))
	}
	return nil
}

func (r *register) forget(x *run) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.runs, x.t.ID) // an id never changes
	if r.alone == x {
		r.alone = nil
	}
}

// list is the history with what runs now as it stands.
func (r *register) list(ctx context.Context, limit int) ([]lora.Transfer, error) {
	list, err := r.history.Transfers(ctx, limit)
	for i := range list {
		if x, ok := r.find(list[i].ID); ok {
			list[i] = x.snapshot()
		}
	}
	return list, err
}

func (r *register) one(ctx context.Context, id string) (lora.Transfer, error) {
	if x, ok := r.find(id); ok {
		return x.snapshot(), nil
	}
	return r.history.Transfer(ctx, id)
}

// stopRun cancels a run. Conflict when it is over, past its point of no return, or runs in
// another process.
func (r *register) stopRun(ctx context.Context, id string) error {
	if x, ok := r.find(id); ok {
		return x.cancel()
	}
	t, err := r.history.Transfer(ctx, id)
	switch {
	case err != nil:
		return err
	case t.State.Final():
		return lora.Errorf(lora.Conflict, "%s is over already.", kindNames[t.Kind])
	}
	return lora.Errorf(lora.Conflict, "%s runs in another process. Cancel it there.", kindNames[t.Kind])
}

var kindNames = map[lora.TransferKind]string{
	lora.TransferExport: "The export", lora.TransferImport: "An import", lora.TransferMoveIn: "The move from another program",
	lora.TransferBackup: "The backup", lora.TransferVerify: "The verification", lora.TransferRestore: "A restore",
	lora.TransferRehearsal: "The rehearsal", lora.TransferSidecars: "The writing of sidecars",
}

// failureSentence is what a user reads of an error.
func failureSentence(err error) string {
	var e *lora.Error
	if errors.As(err, &e) && e.Code != lora.Internal {
		return e.Message
	}
	return "It failed for a reason that only the server's log tells."
}

// Transfers lists what was exported, imported, backed up and restored, latest first, with
// what runs now as it stands.
func (a *Archive) Transfers(ctx context.Context, limit int) ([]lora.Transfer, error) {
	return a.runs.list(ctx, limit)
}

// Transfer returns one; NotFound when it is not remembered.
func (a *Archive) Transfer(ctx context.Context, id string) (lora.Transfer, error) {
	return a.runs.one(ctx, id)
}

// CancelTransfer asks a transfer to stop, which it does soon after, and returns it.
// Conflict when it is over, cannot be stopped any more, or runs in another process.
func (a *Archive) CancelTransfer(ctx context.Context, id string) (lora.Transfer, error) {
	if err := a.runs.stopRun(ctx, id); err != nil {
		return lora.Transfer{}, err
	}
	return a.runs.one(ctx, id)
}

// AwaitTransfer returns a transfer once nothing works on it: when it waits for the user's
// word, or is over. One of another process is returned as it stands.
func (a *Archive) AwaitTransfer(ctx context.Context, id string) (lora.Transfer, error) {
	if x, ok := a.runs.find(id); ok {
		x.mu.Lock()
		idle := x.idle
		x.mu.Unlock()
		if idle != nil {
			select {
			case <-idle:
			case <-ctx.Done():
				return lora.Transfer{}, ctx.Err()
			}
		}
	}
	return a.Transfer(ctx, id)
}
