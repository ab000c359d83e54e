package jobs

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/trace"
)

// Options are what Jobs need. Everything from Ledger to Announcer is required; the rest
// has the defaults that are named.
type Options struct {
	Ledger    Ledger
	Leases    Leases
	Gallery   Gallery
	Engines   Engines
	Adapters  Adapters
	Wakes     Wakes
	Announcer Announcer
	Cleaner   Cleaner // nil throws nothing away

	// Worker names this process among all that work on the same rows, and is the same
	// after a restart: that is how it finds the jobs it was killed in.
	Worker string
	// ImageAddress is how events name an image; by its digest when nil.
	ImageAddress func(lora.Image) string

	Logger *slog.Logger // slog.Default()

	Lease    time.Duration // how long a silent worker keeps its jobs: 30 s
	Beat     time.Duration // between signs of life, and so until a cancel elsewhere is heard: 2 s
	Sweep    time.Duration // between looks at the rows without being woken: 2 s
	Patience time.Duration // of a stopping worker for its running jobs: 6 s
	Grace    time.Duration // for an engine to return once its job was cancelled: 3 s

	MaxRunning  int // jobs running in this process at once: 64
	MaxAttempts int // of each job: 3

	// EngineTimeout bounds one generation on an engine; the driver's own bound comes
	// first. nil allows 10 min.
	EngineTimeout func(engine string) time.Duration
	// DeliveryTimeout bounds one delivery: 2 min.
	DeliveryTimeout time.Duration
	// KeepTrash is how long deleted results can be brought back: 30 days.
	KeepTrash time.Duration

	// Ended is called for each job that became final in this process; it must not block.
	// nil calls nobody.
	Ended func(lora.Job)

	// Tracer tells how long each attempt took; none when nil.
	Tracer *trace.Tracer

	// Failpoint, when set, is called at the points docs/jobs.md names, so that crash
	// tests can end the process there.
	Failpoint func(name string)
}

func (o *Options) fill() {
	pick := func(field *time.Duration, byDefault time.Duration) {
		if *field <= 0 {
			*field = byDefault
		}
	}
	pick(&o.Lease, 30*time.Second)
	pick(&o.Beat, min(2*time.Second, o.Lease/10))
	pick(&o.Sweep, 2*time.Second)
	pick(&o.Patience, 6*time.Second)
	pick(&o.Grace, 3*time.Second)
	pick(&o.DeliveryTimeout, 2*time.Minute)
	pick(&o.KeepTrash, 30*24*time.Hour)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.MaxRunning <= 0 {
		o.MaxRunning = 64
	}
	if o.MaxAttempts <= 0 {
		o.MaxAttempts = 3
	}
	if o.EngineTimeout == nil {
		o.EngineTimeout = func(string) time.Duration { return 10 * time.Minute }
	}
	if o.ImageAddress == nil {
		o.ImageAddress = func(image lora.Image) string { return image.SHA256 }
	}
	if o.Ended == nil {
		o.Ended = func(lora.Job) {}
	}
	if o.Failpoint == nil {
		o.Failpoint = func(string) {}
	}
}

// Jobs accept generations and deliveries, run them, and let their users steer them. Its
// methods may be called from several goroutines.
type Jobs struct {
	Options

	bulletin bulletin
	loads    loads
	waiters  waiters

	mu      sync.Mutex
	running map[string]*run // of this process, by job

	kicked chan struct{} // has room for one: look at the rows now
}

// New returns Jobs that accept. They are worked on where Work is called, in this process
// or in another.
func New(options Options) *Jobs {
	options.fill()
	j := &Jobs{Options: options, running: map[string]*run{}, kicked: make(chan struct{}, 1)}
	j.bulletin.jobs = j
	return j
}

// Running is how many jobs this process works on.
func (j *Jobs) Running() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.running)
}

// Close waits for the last news to be announced. It is called when nothing is accepted any
// more and Work has returned.
func (j *Jobs) Close() { j.bulletin.close() }

// kick makes this process look at the rows at once.
func (j *Jobs) kick() {
	select {
	case j.kicked <- struct{}{}:
	default:
	}
}

// wake tells workers everywhere. The row is the truth: a failure costs seconds only.
func (j *Jobs) wake(ctx context.Context, id string, priority int) {
	j.kick()
	if err := j.Wakes.Wake(ctx, id, priority); err != nil {
		j.Logger.Warn("no worker could be woken; the job is found within seconds", "job", id, "error", err)
	}
}

// local is this process's run of a job, or nil.
func (j *Jobs) local(id string) *run {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.running[id]
}
