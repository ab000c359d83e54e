package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// managed is the driver of an sd-server that this program starts itself, on a port of its
// own on this machine. It is started when it is first needed, started again after it
// died, and stopped by Close.
type managed struct {
	config lora.EngineConfig
	tools  tools
	pace   managedPace

	mu      sync.Mutex
	wanted  bool // the keeper runs
	closed  bool
	state   managedState
	crashes int // in a row
	driver  *sdcpp
	changed chan struct{} // closed at each change
	log     *tail
	cancel  context.CancelFunc
	done    sync.WaitGroup
}

// managedState is how far the process is.
type managedState string

// The states.
const (
	managedStopped  managedState = "stopped"
	managedStarting managedState = "starting"
	managedReady    managedState = "ready"
	managedCrashed  managedState = "crashed" // and starting again soon
	managedFailed   managedState = "failed"  // and not started again before somebody asks
)

// managedPace is how patient the keeper is.
type managedPace struct {
	firstPause, longestPause time.Duration // between a crash and the next start
	ask                      time.Duration // between two looks whether it answers
	load                     time.Duration // for loading the model
	stop                     time.Duration // between asking it to end and ending it
	tries                    int           // starts in a row that come to nothing
}

var usualPace = managedPace{
	firstPause: time.Second, longestPause: time.Minute, ask: 100 * time.Millisecond,
	load: 15 * time.Minute, stop: 5 * time.Second, tries: 5,
}

func newManaged(cfg lora.EngineConfig, t tools) (*managed, error) {
	if cfg.Managed.Binary == "" {
		return nil, lora.FieldErrorf(lora.Invalid, "managed.binary", "Give the path of the sd-server program.")
	}
	if cfg.Managed.Model == "" && !slices.Contains(cfg.Managed.Args, "--diffusion-model") {
		return nil, lora.FieldErrorf(lora.Invalid, "managed.model", "Give the path of the model the engine is to load, or --diffusion-model with it among the arguments.")
	}
	for _, arg := range cfg.Managed.Args {
		if strings.ContainsRune(arg, 0) {
			return nil, lora.FieldErrorf(lora.Invalid, "managed.args", "An argument holds a zero byte.")
		}
	}
	return &managed{config: cfg, tools: t, pace: usualPace, state: managedStopped, changed: make(chan struct{}), log: &tail{}}, nil
}

// Describe implements Driver.
func (m *managed) Describe(ctx context.Context) (Description, error) {
	driver, err := m.ready(ctx, true)
	if err != nil {
		return Description{}, err
	}
	d, err := driver.Describe(ctx)
	d.Notes = append(d.Notes, "This server starts and stops the engine.")
	return d, err
}

// Run implements Driver.
func (m *managed) Run(ctx context.Context, order Order, sink lora.EngineSink) error {
	driver, err := m.ready(ctx, false)
	if err != nil {
		return err
	}
	return m.explained(driver.Run(ctx, order, sink))
}

// Attach implements Resumer. The engine ends with this program, so a job of an earlier
// life is nothing the engine knows: it can be run again.
func (m *managed) Attach(ctx context.Context, handle string, order Order, sink lora.EngineSink) error {
	driver, err := m.ready(ctx, false)
	if err != nil {
		return err
	}
	return m.explained(driver.Attach(ctx, handle, order, sink))
}

// Close stops the engine and waits until it has ended.
func (m *managed) Close() error {
	m.mu.Lock()
	m.closed = true
	if m.cancel != nil {
		m.cancel()
	}
	m.mu.Unlock()
	m.done.Wait()
	return nil
}

// explained adds the engine's last words to a failure that came from its death.
func (m *managed) explained(err error) error {
	var failed *lora.EngineError
	if errors.As(err, &failed) && (failed.Class == lora.EngineFailed || failed.Class == lora.EngineUnreachable) {
		if words := m.log.lastWords(); words != "" {
			failed.Class = lora.EngineFailed
			failed.Message += " Its last words: " + words
		}
	}
	return err
}

// ready starts the engine where that is needed, waits until it answers, and returns the
// driver for it. With fresh an engine that was given up is tried again.
func (m *managed) ready(ctx context.Context, fresh bool) (*sdcpp, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for {
		switch {
		case m.closed:
			return nil, failure(lora.EngineUnreachable, nil, "The engine is being stopped.")
		case m.state == managedReady:
			return m.driver, nil
		case m.state == managedFailed && !fresh:
			return nil, failure(lora.EngineFailed, nil, "The engine could not be started %d times in a row and was given up. Test it in the engine's settings to try again. Its last words: %s", m.crashes, m.log.lastWords())
		case !m.wanted:
			m.start()
		}
		fresh = false
		changed := m.changed
		m.mu.Unlock()
		select {
		case <-changed:
			m.mu.Lock()
		case <-ctx.Done():
			m.mu.Lock()
			return nil, m.notYet(ctx)
		}
	}
}

// notYet is why nobody waits for the engine any longer.
func (m *managed) notYet(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return failure(lora.EngineBusy, ctx.Err(), "The engine is %s. Loading a model can take minutes. Its last words: %s", m.state, m.log.lastWords())
	}
	return asFailure(ctx, ctx.Err())
}

// start begins keeping the engine running; the lock is held.
func (m *managed) start() {
	ctx, cancel := context.WithCancel(context.Background())
	m.wanted, m.cancel, m.crashes = true, cancel, 0
	m.done.Add(1)
	go func() {
		defer m.done.Done()
		defer cancel()
		m.keep(ctx)
	}()
}

// keep starts the engine again and again until ctx ends or it is given up.
func (m *managed) keep(ctx context.Context) {
	pause := m.pace.firstPause
	for ctx.Err() == nil {
		m.become(managedStarting, nil)
		wasReady, err := m.live(ctx)
		if ctx.Err() != nil {
			break
		}
		m.log.add(fmt.Sprintf("sd-server ended: %v", err))
		if wasReady {
			pause = m.pace.firstPause
		}
		if m.crashed(wasReady) {
			return
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
		}
		pause = min(2*pause, m.pace.longestPause)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wanted = false
	m.turn(managedStopped, nil)
}

// crashed counts a death. It reports whether the engine is given up.
func (m *managed) crashed(wasReady bool) (givenUp bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if wasReady {
		m.crashes = 0
	}
	if m.crashes++; m.crashes >= m.pace.tries {
		m.wanted = false
		m.turn(managedFailed, nil)
		return true
	}
	m.turn(managedCrashed, nil)
	return false
}

func (m *managed) become(state managedState, driver *sdcpp) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.turn(state, driver)
}

// turn changes the state and tells whoever waits; the lock is held.
func (m *managed) turn(state managedState, driver *sdcpp) {
	if m.driver != nil {
		m.driver.close()
	}
	m.state, m.driver = state, driver
	close(m.changed)
	m.changed = make(chan struct{})
}
