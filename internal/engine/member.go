package engine

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// member is one configured engine.
type member struct {
	config lora.EngineConfig
	driver Driver
	users  sync.WaitGroup // runs and tests in flight
	kick   chan struct{}  // asks the watcher to look now
	quit   chan struct{}  // ends the watcher
	quits  sync.Once
	looks  sync.Mutex // one look at a time

	mu        sync.Mutex
	described Description
	learnedAt time.Time // when described was learned; zero before
	checkedAt time.Time
	latency   float64 // milliseconds of the last look that succeeded
	err       *lora.EngineError
}

func newMember(cfg lora.EngineConfig, driver Driver) *member {
	return &member{config: cfg, driver: driver, kick: make(chan struct{}, 1), quit: make(chan struct{})}
}

func (m *member) stop() { m.quits.Do(func() { close(m.quit) }) }

// lookSoon makes the watcher look without being waited for.
func (m *member) lookSoon() {
	select {
	case m.kick <- struct{}{}:
	default:
	}
}

// watch looks at the engine now and then until ctx ends or the member is stopped.
func (m *member) watch(ctx context.Context, o Options, changed func()) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // so that a look ends with the watcher
		select {
		case <-m.quit:
			cancel()
		case <-ctx.Done():
		}
	}()
	for {
		if m.look(ctx, false) {
			changed()
		}
		pause := o.RefreshEvery
		if failed := m.failed(); failed != nil {
			pause = min(pause, retryUnreached)
			o.Log.InfoContext(ctx, "engine not usable", "engine", m.config.Name, "class", failed.Class, "error", failed.Error())
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-m.kick:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

// look asks the engine what it is and reports whether anything changed. With refresh it
// lets the engine read its folders again first.
func (m *member) look(ctx context.Context, refresh bool) (changed bool) {
	m.looks.Lock()
	defer m.looks.Unlock()
	asked, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	var err error
	if r, ok := m.driver.(Refresher); refresh && ok {
		err = r.Refresh(asked)
	}
	start := time.Now()
	var described Description
	if err == nil {
		described, err = m.driver.Describe(asked)
	}
	if ctx.Err() != nil {
		return false // nobody waits for the answer any more, and it says nothing
	}
	if err != nil {
		return m.unusable(asFailure(asked, err))
	}
	described.Capabilities.CheckedAt = time.Now()
	described.Capabilities.Fingerprint = fingerprint(described)
	m.mu.Lock()
	defer m.mu.Unlock()
	changed = m.err != nil || described.Capabilities.Fingerprint != m.described.Capabilities.Fingerprint
	m.described, m.err, m.latency = described, nil, since(start)
	m.learnedAt, m.checkedAt = time.Now(), time.Now()
	return changed
}

// unusable notes why the engine cannot be used; what was learned earlier stays.
func (m *member) unusable(err *lora.EngineError) (changed bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	changed = m.err == nil || m.err.Class != err.Class || m.err.Message != err.Message
	m.err, m.checkedAt = err, time.Now()
	return changed
}

// seen is what was last learned and when; the time is zero before.
func (m *member) seen() (Description, time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.described, m.learnedAt
}

func (m *member) failed() *lora.EngineError {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.err
}

func (m *member) status() lora.EngineStatus {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := lora.EngineStatus{EngineConfig: m.config, Notes: append([]string{}, m.described.Notes...)}
	if s.BaseModels == nil {
		s.BaseModels = []string{}
	}
	if !m.checkedAt.IsZero() {
		at, reachable := m.checkedAt, m.err == nil
		s.CheckedAt, s.Reachable = &at, &reachable
	}
	if m.err != nil {
		s.Error, s.ErrorClass = m.err.Message, string(m.err.Class)
	}
	if !m.learnedAt.IsZero() {
		latency, capabilities := m.latency, m.described.Capabilities
		s.LatencyMS, s.Capabilities = &latency, &capabilities
	}
	return s
}

// slots is how many jobs the engine is given at once.
func (m *member) slots() int {
	described, _ := m.seen()
	if n := described.Capabilities.Slots.Value; n > 0 {
		return n
	}
	return 1
}

// note keeps what a run's end says about the engine.
func (m *member) note(err error) {
	var failed *lora.EngineError
	if !errors.As(err, &failed) {
		return
	}
	switch failed.Class {
	case lora.EngineUnreachable, lora.EngineFailed, lora.EngineUnauthorised, lora.EngineProtocol, lora.EngineTimeout:
		m.lookSoon()
	case lora.EngineRateLimited, lora.EngineBusy, lora.EngineRefused, lora.EngineNotFound, lora.EngineLoRANotFound,
		lora.EngineInterrupted, lora.EngineEmpty, lora.JobLost, lora.JobStorage:
	}
}

// fingerprint changes when anything that was learned changes.
func fingerprint(d Description) string {
	d.Capabilities.CheckedAt, d.Capabilities.Fingerprint = time.Time{}, ""
	text, err := json.Marshal(d)
	if err != nil { // a number that JSON cannot say; no driver makes one
		return ""
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
