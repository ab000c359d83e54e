package health

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// PulseOptions say what a process measures and tells about itself.
type PulseOptions struct {
	Machine Machine
	Samples Samples
	// Workers hears the signs of life when this process runs jobs; nil when it does not.
	Workers Workers
	Worker  string // unique name of this process among all that run jobs
	Host    string
	Version string
	// Running counts the jobs this process works on.
	Running func() int
	Log     *slog.Logger // slog.Default()
}

const (
	beatEvery    = 10 * time.Second
	measureEvery = 15 * time.Second
	gpuEvery     = 30 * time.Second
	sampleEvery  = time.Minute
	pruneEvery   = time.Hour
	// pulsePatience bounds one write of a beat or a sample, and one measurement.
	pulsePatience = 8 * time.Second
	// leavePatience bounds the last word of a worker: ending must not wait for a database
	// that is away.
	leavePatience = 2 * time.Second
	// weighPatience bounds one measurement of what is kept, where millions are counted.
	weighPatience = 10 * time.Second
)

// Pulse measures this computer, keeps a sample each minute, and tells that this process is
// alive. Each does so on its own, so that one that hangs holds up no other.
type Pulse struct {
	o       PulseOptions
	started time.Time
	now     chan struct{} // measure at once

	cancel context.CancelFunc
	tasks  sync.WaitGroup

	mu     sync.Mutex
	latest *lora.ResourceSample // without GPUs
	gpus   []lora.GPUUsage
	gpuErr error
	gpuAt  time.Time
	kept   *lora.StorageFigures
	fresh  bool      // measured since the last sample that was kept
	cpu    []float64 // since then
}

// NewPulse returns a Pulse that begins with Start.
func NewPulse(o PulseOptions) *Pulse {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Pulse{o: o, started: time.Now(), now: make(chan struct{}, 1), cancel: func() {}}
}

// Start begins. It returns at once.
func (p *Pulse) Start() {
	var ctx context.Context
	ctx, p.cancel = context.WithCancel(context.Background())
	each := func(every time.Duration, now <-chan struct{}, do func(context.Context)) {
		p.tasks.Go(func() { repeat(ctx, every, now, do) })
	}
	if p.o.Workers != nil {
		each(beatEvery, nil, p.beat)
	}
	each(gpuEvery, nil, p.look)
	p.tasks.Go(func() { p.weigh(ctx) })
	each(measureEvery, p.now, p.measure)
	each(pruneEvery, nil, p.prune)
	p.tasks.Go(func() {
		select { // the first sample has something to tell
		case <-ctx.Done():
		case <-time.After(sampleEvery / 12):
			repeat(ctx, sampleEvery, nil, p.keep)
		}
	})
}

// repeat does something now and then again, until ctx ends.
func repeat(ctx context.Context, every time.Duration, now <-chan struct{}, do func(context.Context)) {
	for {
		func() {
			doing, cancel := context.WithTimeout(ctx, pulsePatience)
			defer cancel()
			do(doing)
		}()
		select {
		case <-ctx.Done():
			return
		case <-now:
		case <-time.After(every):
		}
	}
}

// Close ends measuring and waits for it until ctx ends, whose error it then returns. The
// worker that ends so is forgotten: only one that ends otherwise falls silent.
func (p *Pulse) Close(ctx context.Context) error {
	p.cancel()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		p.tasks.Wait()
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	if p.o.Workers != nil {
		p.leave(ctx)
	}
	return nil
}

// MeasureNow measures soon, and waits for nothing.
func (p *Pulse) MeasureNow() {
	select {
	case p.now <- struct{}{}:
	default:
	}
}

// Latest is what this computer used when it was measured last; nil before. It is a copy.
func (p *Pulse) Latest() *lora.ResourceSample {
	gpus, _, _ := p.graphics()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.latest == nil {
		return nil
	}
	sample := *p.latest
	sample.GPUs = gpus
	if p.kept != nil {
		kept := *p.kept
		sample.PicturesBytes, sample.DatabaseBytes = &kept.PicturesBytes, &kept.DatabaseBytes
	}
	return &sample
}

// gpuStale is how old what a driver said may be: one that hangs says nothing new.
const gpuStale = 3 * gpuEvery

// graphics is what was learned about the graphics cards last; at is zero before.
func (p *Pulse) graphics() (gpus []lora.GPUUsage, at time.Time, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gpuAt.IsZero() && time.Since(p.gpuAt) > gpuStale {
		return []lora.GPUUsage{}, p.gpuAt, errSilent
	}
	return append([]lora.GPUUsage{}, p.gpus...), p.gpuAt, p.gpuErr
}

var errSilent = errors.New("it hangs")

func (p *Pulse) measure(ctx context.Context) {
	sample := p.o.Machine.Measure(ctx)
	sample.At, sample.Host = time.Now().UTC(), p.o.Host
	p.mu.Lock()
	defer p.mu.Unlock()
	p.latest, p.fresh = &sample, true
	if sample.CPUPercent != nil {
		p.cpu = append(p.cpu, *sample.CPUPercent)
	}
}

// weigh measures what the program keeps, again and again. Counting millions of pictures
// takes a while: it takes about a hundredth of the time at most.
func (p *Pulse) weigh(ctx context.Context) {
	for {
		began := time.Now()
		weighing, cancel := context.WithTimeout(ctx, weighPatience)
		figures, err := p.o.Samples.StorageFigures(weighing)
		cancel()
		if err == nil {
			p.mu.Lock()
			p.kept = &figures
			p.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(max(measureEvery, 100*time.Since(began))):
		}
	}
}

// Storage is what was measured last of what the program keeps; zero before.
func (p *Pulse) Storage() lora.StorageFigures {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.kept == nil {
		return lora.StorageFigures{}
	}
	return *p.kept
}

func (p *Pulse) look(ctx context.Context) {
	gpus, err := p.o.Machine.GPUs(ctx)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.gpus, p.gpuErr, p.gpuAt = gpus, err, time.Now()
}

// keep stores the last minute: what was measured last, and the mean use of the processor.
func (p *Pulse) keep(ctx context.Context) {
	sample := p.Latest()
	p.mu.Lock()
	cpu, fresh := p.cpu, p.fresh
	p.cpu, p.fresh = nil, false
	p.mu.Unlock()
	if !fresh {
		return // what was measured is a minute old
	}
	if len(cpu) > 0 {
		sum := 0.0
		for _, percent := range cpu {
			sum += percent
		}
		mean := sum / float64(len(cpu))
		sample.CPUPercent = &mean
	}
	if err := p.o.Samples.AddSample(ctx, *sample); err != nil && ctx.Err() == nil {
		p.o.Log.Warn("a sample of this computer could not be kept", "error", err)
	}
}

func (p *Pulse) prune(ctx context.Context) {
	if err := p.o.Samples.PruneSamples(ctx, time.Now()); err != nil && ctx.Err() == nil {
		p.o.Log.Warn("old samples could not be thrown away", "error", err)
	}
}

func (p *Pulse) beat(ctx context.Context) {
	life := lora.WorkerLife{
		Name: p.o.Worker, Host: p.o.Host, Version: p.o.Version, StartedAt: p.started.UTC(), BeatAt: time.Now().UTC(), Running: p.o.Running(), Alive: true,
	}
	if err := p.o.Workers.BeatWorker(ctx, life); err != nil && ctx.Err() == nil {
		p.o.Log.Warn("the sign of life of this worker could not be written", "error", err)
	}
}

// leave says that this worker ended as it should.
func (p *Pulse) leave(ctx context.Context) {
	brief, cancel := context.WithTimeout(ctx, leavePatience)
	defer cancel()
	if err := p.o.Workers.ForgetWorker(brief, p.o.Worker, p.started); err != nil {
		p.o.Log.Warn("that this worker ended could not be written; it is shown as silent for a day", "error", err)
	}
}
