package archive

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/lora"
)

// heard is a history and an audience.
type heard struct {
	mu   sync.Mutex
	kept map[string]lora.Transfer
	told []lora.Transfer
	lost []time.Time
	full error
}

func (h *heard) PutTransfer(_ context.Context, t lora.Transfer, _ string) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept[t.ID] = t
	return h.full
}

func (h *heard) Transfers(context.Context, int) ([]lora.Transfer, error) { return nil, nil }

func (h *heard) Transfer(_ context.Context, id string) (lora.Transfer, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t, ok := h.kept[id]
	if !ok {
		return t, lora.Errorf(lora.NotFound, "There is no such transfer.")
	}
	return t, nil
}

func (h *heard) FailLostTransfers(_ context.Context, _ string, since time.Time, _ string) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lost = append(h.lost, since)
	return 0, nil
}

func (h *heard) Announce(_ string, data any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.told = append(h.told, data.(lora.Transfer))
}

// withRegister runs a test in time that passes at once.
func withRegister(t *testing.T, test func(t *testing.T, r *register, h *heard)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		h := &heard{kept: map[string]lora.Transfer{}}
		r := newRegister(h, h, slog.New(slog.DiscardHandler))
		defer func() {
			if err := r.close(context.Background()); err != nil {
				t.Error(err)
			}
		}()
		test(t, r, h)
	})
}

func begin(t *testing.T, r *register, kind lora.TransferKind, state lora.TransferState) *run {
	t.Helper()
	x, err := r.begin(t.Context(), kind, state)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestARunIsToldOfAtMostFourTimesASecond(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		x := begin(t, r, lora.TransferBackup, lora.TransferRunning)
		err := x.work(func(context.Context) error {
			x.phase("writing", 10_000, 1<<20)
			for i := range 10_000 {
				x.about(fmt.Sprint("file ", i))
				x.add(1, 100)
				time.Sleep(time.Millisecond)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := len(h.told); n < 38 || n > 43 {
			t.Errorf("told of %d times in 10 s", n)
		}
		last := h.told[len(h.told)-1]
		if last.State != lora.TransferDone || last.Items != 10_000 || last.Bytes != 1_000_000 || last.FinishedAt == nil || h.kept[x.id()].State != lora.TransferDone {
			t.Errorf("%+v", last)
		}
		for i := 1; i < len(h.told); i++ {
			if h.told[i].Items < h.told[i-1].Items {
				t.Error("it went backwards")
			}
		}
	})
}

func TestHowARunEndsIsSaid(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		for name, c := range map[string]struct {
			do    func(ctx context.Context, x *run) error
			state lora.TransferState
			says  string
		}{
			"well":                             {func(context.Context, *run) error { return nil }, lora.TransferDone, ""},
			"for a reason":                     {func(context.Context, *run) error { return lora.Errorf(lora.StorageFull, "The disk is full.") }, lora.TransferFailed, "The disk is full."},
			"for one only the log should know": {func(context.Context, *run) error { return errors.New("pq: password") }, lora.TransferFailed, "server's log"},
			"in a panic":                       {func(context.Context, *run) error { panic("oops") }, lora.TransferFailed, "server's log"},
			"cancelled":                        {func(ctx context.Context, x *run) error { _ = x.cancel(); <-ctx.Done(); return ctx.Err() }, lora.TransferCancelled, ""},
			"cancelled too late": {func(_ context.Context, x *run) error {
				if err := x.seal("It is being saved."); err != nil {
					return err
				}
				if err := x.cancel(); lora.CodeOf(err) != lora.Conflict || err.Error() != "It is being saved." {
					t.Error(err)
				}
				return nil
			}, lora.TransferDone, ""},
			"cancelled before the point of no return": {func(_ context.Context, x *run) error { _ = x.cancel(); return x.seal("too late") }, lora.TransferCancelled, ""},
		} {
			x := begin(t, r, lora.TransferExport, lora.TransferRunning)
			cleaned := false
			x.onEnd(func() { cleaned = true })
			if err := x.work(func(ctx context.Context) error { return c.do(ctx, x) }); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			over := h.kept[x.id()]
			if over.State != c.state || !strings.Contains(over.Error, c.says) || c.says == "" && over.Error != "" || !cleaned {
				t.Errorf("%s: %+v", name, over)
			}
			if err := r.stopRun(t.Context(), x.id()); lora.CodeOf(err) != lora.Conflict {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestOneRunAtATimeChangesTheCatalog(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, _ *heard) {
		first, second := begin(t, r, lora.TransferImport, lora.TransferPlanning), begin(t, r, lora.TransferRestore, lora.TransferRunning)
		if err := errors.Join(r.free(), r.claim(first), r.claim(first)); err != nil {
			t.Error(err)
		}
		for _, err := range []error{r.claim(second), r.free()} {
			if lora.CodeOf(err) != lora.Conflict || !strings.Contains(err.Error(), "An import is under way since") {
				t.Error(err)
			}
		}
		first.finish(nil)
		if err := r.claim(second); err != nil {
			t.Error(err)
		}
		second.finish(nil)
	})
}

func TestAPlannedRunWaitsForAWord(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		plan := func(context.Context, *run) error { return nil }
		x := begin(t, r, lora.TransferImport, lora.TransferPlanning)
		if err := x.work(func(ctx context.Context) error { x.planned(); return plan(ctx, x) }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := h.kept[x.id()].State; s != lora.TransferPlanned {
			t.Errorf("%s", s)
		}
		if err := x.work(func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if s := h.kept[x.id()].State; s != lora.TransferDone {
			t.Errorf("%s", s)
		}
		other := begin(t, r, lora.TransferImport, lora.TransferPlanning)
		other.planned()
		if err := r.stopRun(t.Context(), other.id()); err != nil || h.kept[other.id()].State != lora.TransferCancelled {
			t.Errorf("%v %+v", err, h.kept[other.id()])
		}
	})
}

func TestRunsEndWithTheServer(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		running, waiting := begin(t, r, lora.TransferBackup, lora.TransferRunning), begin(t, r, lora.TransferImport, lora.TransferPlanned)
		if err := running.work(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := r.close(t.Context()); err != nil {
			t.Error(err)
		}
		for _, x := range []*run{running, waiting} {
			if over := h.kept[x.id()]; over.State != lora.TransferFailed || over.Error != lostSentence {
				t.Errorf("%+v", over)
			}
		}
		if _, err := r.begin(t.Context(), lora.TransferExport, lora.TransferRunning); lora.CodeOf(err) != lora.Unavailable {
			t.Error(err)
		}
	})
}

func TestADatabaseThatIsAwayHoldsUpNoProgress(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		x := begin(t, r, lora.TransferRestore, lora.TransferRunning)
		h.full = errors.New("locked")
		if err := x.work(func(context.Context) error {
			for range 600 {
				x.add(1, 1)
				time.Sleep(100 * time.Millisecond)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if n := len(h.told); n < 200 || h.told[n-1].State != lora.TransferDone {
			t.Errorf("told of %d times", n)
		}
	})
}

func TestProcessesThatDiedAreLookedForAgainAndAgain(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		began, looked := time.Now(), 0
		r.looked = func(context.Context, int) { looked++ }
		r.start(false)
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if len(h.lost) < 10 || !h.lost[0].Equal(began.Add(-lostAfter)) {
			t.Errorf("%v", h.lost)
		}
		if looked != len(h.lost)-1 {
			t.Errorf("what the dead left was looked for %d times", looked)
		}
	})
}

func TestARunThatWaitsForAWordGivesSignsOfLife(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, h *heard) {
		r.start(false)
		x := begin(t, r, lora.TransferImport, lora.TransferPlanning)
		x.planned()
		for range 3 {
			h.mu.Lock()
			delete(h.kept, x.id())
			h.mu.Unlock()
			time.Sleep(lostAfter / 2)
			synctest.Wait()
			if _, err := h.Transfer(t.Context(), x.id()); err != nil {
				t.Error("half a minute passed without one")
			}
		}
	})
}

func TestPromise9_FilesAreOwedToTheirProcessWhileItLives(t *testing.T) {
	t.Parallel()
	withRegister(t, func(t *testing.T, r *register, _ *heard) {
		ours := begin(t, r, lora.TransferImport, lora.TransferRunning)
		a, long := &Archive{runs: r}, time.Now().Add(-2*lostAfter)
		for _, c := range []struct {
			name string
			j    lora.Journal
			want bool
		}{
			{"of this process", lora.Journal{TransferID: ours.id(), State: lora.TransferRunning, BeatAt: long}, true},
			{"of one that was just heard of", lora.Journal{TransferID: "x", State: lora.TransferRunning, BeatAt: time.Now()}, true},
			{"of one that died", lora.Journal{TransferID: "x", State: lora.TransferRunning, BeatAt: long}, false},
			{"of one that gave up", lora.Journal{TransferID: "x", State: lora.TransferFailed, BeatAt: time.Now()}, false},
		} {
			if got := a.isAtWork(&c.j); got != c.want {
				t.Errorf("%s: %t", c.name, got)
			}
		}
	})
}
