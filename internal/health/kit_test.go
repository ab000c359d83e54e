package health_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"loramanager/internal/health"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// house is a whole system on a real database, whose parts tests can break.
type house struct {
	*health.Checker
	*testing.T
	pulse *health.Pulse
	store *store.Store

	mu      sync.Mutex
	broken  error         // what the database says
	hangs   chan struct{} // the database's ping comes back when it is closed
	pings   int
	engines []lora.EngineStatus
	link    health.Link
	rec     health.Recommending
	picture error
	gpus    []lora.GPUUsage
	gpuErr  error
	gpuHang chan struct{} // the driver comes back when it is closed
	busy    float64
	changes []string
}

// plug is the database as the rooms see it: it can be away.
type plug struct {
	*store.Store
	house *house
}

func (p plug) away() error {
	p.house.mu.Lock()
	defer p.house.mu.Unlock()
	return p.house.broken
}

// Ping hangs without listening to its context, as a driver may.
func (p plug) Ping(ctx context.Context) error {
	p.house.mu.Lock()
	p.house.pings++
	hangs, broken := p.house.hangs, p.house.broken
	p.house.mu.Unlock()
	if hangs != nil {
		<-hangs
	}
	return errors.Join(broken, p.Store.Ping(ctx))
}

func (p plug) QueueState(ctx context.Context) (lora.QueueState, error) {
	if err := p.away(); err != nil {
		return lora.QueueState{}, err
	}
	return p.Store.QueueState(ctx)
}

func (p plug) Roots(ctx context.Context) ([]lora.Root, error) {
	if err := p.away(); err != nil {
		return nil, err
	}
	return p.Store.Roots(ctx)
}

func (p plug) Workers(ctx context.Context) ([]lora.WorkerLife, error) {
	if err := p.away(); err != nil {
		return nil, err
	}
	return p.Store.Workers(ctx)
}

func (p plug) BeatWorker(ctx context.Context, life lora.WorkerLife) error {
	if err := p.away(); err != nil {
		return err
	}
	return p.Store.BeatWorker(ctx, life)
}

func (p plug) ForgetWorker(ctx context.Context, name string, started time.Time) error {
	if err := p.away(); err != nil {
		return err
	}
	return p.Store.ForgetWorker(ctx, name, started)
}

func (p plug) AddSample(ctx context.Context, sample lora.ResourceSample) error {
	if err := p.away(); err != nil {
		return err
	}
	return p.Store.AddSample(ctx, sample)
}

func (h *house) status() []lora.EngineStatus {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.engines)
}

type engines struct{ *house }

func (e engines) Status() []lora.EngineStatus { return e.status() }

// pictures is a store of pictures that has none.
type pictures struct{ *house }

func (p pictures) Has(context.Context, string) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return false, p.picture
}

// machine is a computer that tells what tests say.
type machine struct{ *house }

func (m machine) Measure(context.Context) lora.ResourceSample {
	m.mu.Lock()
	defer m.mu.Unlock()
	busy, used, total := m.busy, 3<<30, 8<<30
	return lora.ResourceSample{CPUPercent: &busy, MemoryUsed: &used, MemoryTotal: &total, DiskUsed: &used, DiskTotal: &total, GPUs: []lora.GPUUsage{}}
}

func (m machine) GPUs(context.Context) ([]lora.GPUUsage, error) {
	m.mu.Lock()
	gpus, err, hang := slices.Clone(m.gpus), m.gpuErr, m.gpuHang
	m.mu.Unlock()
	if hang != nil {
		<-hang
	}
	return gpus, err
}

// change breaks or mends something.
func (h *house) change(do func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	do()
}

func yes(b bool) *bool { return &b }

// inHouse runs a test in time that passes at once, in a house where all is well.
func inHouse(t *testing.T, adjust func(*health.Options, *health.PulseOptions), test func(h *house)) {
	t.Helper()
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		h := &house{
			T: t, link: health.Link{Backend: "in-memory", Reachable: true}, rec: health.Recommending{Ready: true, Adapters: 3, Embedder: "off"}, busy: 10,
			engines: []lora.EngineStatus{{EngineConfig: lora.EngineConfig{Name: "sketch", Kind: lora.Sketch, Enabled: true}, Reachable: yes(true)}},
		}
		var err error
		if h.store, err = store.Open(t.Context(), store.Options{URL: "sqlite:///" + filepath.Join(dir, "health.db")}); err != nil {
			t.Fatal(err)
		}
		p := plug{h.store, h}
		pulse := health.PulseOptions{
			Machine: machine{h}, Samples: p, Workers: p, Worker: "box-1", Host: "box", Version: "1.0", Running: func() int { return 2 }, Log: slog.New(slog.DiscardHandler),
		}
		o := health.Options{
			Database: p, Queue: p, Library: p, Engines: engines{h}, Workers: p, Pictures: pictures{h}, PicturesDir: dir, DataDir: dir,
			Wakes: func() health.Link { h.mu.Lock(); defer h.mu.Unlock(); return h.link }, Events: func() health.Link { return health.Link{Reachable: true} },
			Recommend: func() health.Recommending { h.mu.Lock(); defer h.mu.Unlock(); return h.rec },
			Limits:    health.Limits{QueueAge: 10 * time.Minute, ScanAge: 24 * time.Hour}, Log: slog.New(slog.DiscardHandler),
			Changed: func(c health.Changed) {
				h.change(func() { h.changes = append(h.changes, fmt.Sprint(c.Status, " ", c.Warnings)) })
			},
		}
		if adjust != nil {
			adjust(&o, &pulse)
		}
		h.pulse = health.NewPulse(pulse)
		o.Pulse = h.pulse
		h.Checker = health.New(o)
		h.pulse.Start()
		h.Checker.Start()
		defer h.leave()
		h.pass(time.Minute)
		test(h)
	})
}

func (h *house) leave() {
	h.change(func() {
		for _, hang := range []*chan struct{}{&h.hangs, &h.gpuHang} {
			if *hang != nil {
				close(*hang)
				*hang = nil
			}
		}
	})
	if err := errors.Join(h.Checker.Close(context.Background()), h.pulse.Close(context.Background()), h.store.Close()); err != nil {
		h.Error(err)
	}
}

// pass lets time pass, and all that was due in it happen.
func (h *house) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// check is the check with an id; its state is empty when there is none.
func (h *house) check(id string) lora.Check {
	for _, c := range h.Checker.Status().Checks {
		if c.ID == id {
			return c
		}
	}
	return lora.Check{}
}

// states are all checks in short.
func (h *house) states() string {
	lines := []string{}
	for _, c := range h.Checker.Status().Checks {
		lines = append(lines, c.ID+" "+string(c.State))
	}
	return strings.Join(lines, ", ")
}

func (h *house) must(err error) {
	h.Helper()
	if err != nil {
		h.Fatal(err)
	}
}

// wait puts a job into the queue.
func (h *house) wait(id string) {
	h.Helper()
	_, _, err := h.store.AddJob(context.Background(), lora.Job{ID: id, Kind: lora.Generation, Engine: "sketch", Params: []byte(`{}`), MaxAttempts: 1})
	h.must(err)
}
