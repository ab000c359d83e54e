package engine

import (
	"context"
	"errors"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// Registry holds the engines in use and what was learned about them. It answers from
// memory; engines are asked in the background.
type Registry struct {
	options Options
	deliver *deliverer

	changes sync.Mutex // held while Options.Changed runs
	reloads sync.Mutex // held from reading the configuration until it is in use

	mu      sync.RWMutex
	members map[string]*member
	refused map[string]lora.EngineStatus // configured, but no driver can be made
	order   []string

	ctx    context.Context
	cancel context.CancelFunc
	done   sync.WaitGroup
}

// Open reads the configuration and begins to look at the engines. Close ends that.
func Open(ctx context.Context, options Options) (*Registry, error) {
	r := &Registry{options: options.withDefaults(), members: map[string]*member{}}
	var err error
	if r.deliver, err = newDeliverer(r.options); err != nil {
		return nil, err
	}
	r.ctx, r.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := r.Reload(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// Close stops looking at engines, lets runs end and closes the drivers. Runs end early
// only when their own contexts do.
func (r *Registry) Close() error {
	r.cancel()
	r.mu.Lock()
	for _, m := range r.members {
		r.retire(m)
	}
	r.members, r.order = map[string]*member{}, nil
	r.mu.Unlock()
	r.done.Wait()
	return r.deliver.close()
}

// Reload reads the configuration again. Engines whose configuration stayed the same are
// left alone; of others, runs end under the configuration they began with.
func (r *Registry) Reload(ctx context.Context) error {
	if err := r.reload(ctx); err != nil {
		return err
	}
	r.changed()
	return nil
}

// reload takes over what the source says. One at a time: an older answer must not be
// taken over after a newer one.
func (r *Registry) reload(ctx context.Context) error {
	r.reloads.Lock()
	defer r.reloads.Unlock()
	configs, err := r.options.Source.EngineConfigs(ctx)
	if err != nil {
		return err
	}
	r.mu.Lock()
	old := r.members
	r.members, r.refused, r.order = map[string]*member{}, map[string]lora.EngineStatus{}, nil
	for _, cfg := range configs {
		r.order = append(r.order, cfg.Name)
		if m := old[cfg.Name]; m != nil && reflect.DeepEqual(m.config, cfg) {
			r.members[cfg.Name] = m
			delete(old, cfg.Name)
			continue
		}
		r.add(cfg)
	}
	for _, m := range old {
		r.retire(m)
	}
	r.mu.Unlock()
	return nil
}

// add makes a member of a configuration; the lock is held.
func (r *Registry) add(cfg lora.EngineConfig) {
	driver, err := r.driver(cfg)
	if err != nil {
		status := newMember(cfg, nil).status()
		no := false
		status.Reachable, status.Error, status.ErrorClass = &no, sentence(err), string(lora.EngineRefused)
		r.refused[cfg.Name] = status
		return
	}
	m := newMember(cfg, driver)
	r.members[cfg.Name] = m
	if !cfg.Enabled {
		return
	}
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		m.watch(r.ctx, r.options, r.changed)
	}()
}

// retire ends a member once its runs have ended; the lock is held.
func (r *Registry) retire(m *member) {
	m.stop()
	r.done.Add(1)
	go func() {
		defer r.done.Done()
		m.users.Wait()
		closeDriver(m.driver)
	}()
}

// Permits refuses, with a *lora.Error, an engine that would be started from a program the
// administrator did not name.
func (r *Registry) Permits(cfg lora.EngineConfig) error {
	if cfg.Managed == nil || slices.Contains(r.options.Programs, cfg.Managed.Binary) {
		return nil
	}
	return lora.FieldErrorf(lora.Forbidden, "managed.binary", "This program is not among those that may be started as engines. An administrator can name it in the configuration of the server (engine-program).")
}

// driver makes the driver of a configuration that is permitted.
func (r *Registry) driver(cfg lora.EngineConfig) (Driver, error) {
	if err := r.Permits(cfg); err != nil {
		return nil, err
	}
	return newDriver(cfg, r.tools())
}

func (r *Registry) tools() tools {
	return tools{limits: r.options.Limits, decoder: r.options.Decoder, stepTime: r.options.StepTime, workflows: r.options.Workflows}
}

func (r *Registry) changed() {
	r.changes.Lock()
	defer r.changes.Unlock()
	r.options.Changed()
}

// member returns an engine by its name, or an EngineError.
func (r *Registry) member(name string) (*member, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m := r.members[name]
	if m == nil {
		return nil, failure(lora.EngineNotFound, nil, "There is no engine called %q. Choose another one.", name)
	}
	return m, nil
}

// borrow is member for a use that must not be cut short by a reload; release ends it.
func (r *Registry) borrow(name string) (m *member, release func(), err error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	m = r.members[name]
	if m == nil {
		return nil, nil, failure(lora.EngineNotFound, nil, "There is no engine called %q. Choose another one.", name)
	}
	m.users.Add(1)
	return m, m.users.Done, nil
}

// enabled are the engines in use, in the order of their configuration.
func (r *Registry) enabled() []*member {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var list []*member
	for _, name := range r.order {
		if m := r.members[name]; m != nil && m.config.Enabled {
			list = append(list, m)
		}
	}
	return list
}

// Status tells of every configured engine, in the order of the configuration.
func (r *Registry) Status() []lora.EngineStatus {
	r.mu.RLock()
	defer r.mu.RUnlock()
	list := make([]lora.EngineStatus, 0, len(r.order))
	for _, name := range r.order {
		if m := r.members[name]; m != nil {
			list = append(list, m.status())
		} else {
			list = append(list, r.refused[name])
		}
	}
	return list
}

// Test asks an engine now, for at most 10 s. The configuration needs not to be one of
// the registry's; when it is, what was learned is kept. The answer says in its own
// fields what went wrong; the error is for configurations that cannot be used.
func (r *Registry) Test(ctx context.Context, cfg lora.EngineConfig) (lora.EngineStatus, error) {
	if m, release, err := r.borrow(cfg.Name); err == nil {
		defer release()
		if reflect.DeepEqual(m.config, cfg) {
			if m.look(ctx, false) {
				r.changed()
			}
			return m.status(), nil
		}
	}
	if err := CheckConfig(cfg); err != nil {
		return lora.EngineStatus{}, err
	}
	driver, err := r.driver(cfg)
	if err != nil {
		return lora.EngineStatus{}, err
	}
	defer closeDriver(driver)
	m := newMember(cfg, driver)
	m.look(ctx, false)
	return m.status(), nil
}

// LoRAs are the LoRAs an engine was last seen with; every is true for an engine that
// takes all of them, as the sketch engine does. Errors are *lora.Error.
func (r *Registry) LoRAs(name string) (handles []Handle, every bool, err error) {
	m, err := r.member(name)
	if err != nil {
		return nil, false, lora.Errorf(lora.NotFound, "There is no engine called %q.", name)
	}
	seen, at := m.seen()
	switch {
	case at.IsZero():
		return nil, false, lora.Errorf(lora.Unavailable, "The engine %q has not answered yet.", name)
	case indexHandles(seen.LoRAs).any:
		return nil, true, nil
	}
	return slices.Clone(seen.LoRAs), false, nil
}

// Find looks uses up in the list an engine was last seen with. Of those that are not
// there, or more than once, the handle is empty. Errors are *lora.Error.
func (r *Registry) Find(name string, uses []lora.ResolvedUse) ([]Handle, error) {
	m, err := r.member(name)
	if err != nil {
		return nil, lora.Errorf(lora.NotFound, "There is no engine called %q.", name)
	}
	seen, _ := m.seen()
	index := indexHandles(seen.LoRAs)
	found := make([]Handle, len(uses))
	for i, use := range uses {
		if h, err := index.find(use); err == nil {
			found[i] = h
		}
	}
	return found, nil
}

// Refresh lets an engine read its own folders again, where that must be asked for, and
// asks it for its lists. Errors are *lora.Error.
func (r *Registry) Refresh(ctx context.Context, name string) error {
	m, release, err := r.borrow(name)
	if err != nil {
		return lora.Errorf(lora.NotFound, "There is no engine called %q.", name)
	}
	defer release()
	if m.look(ctx, true) {
		r.changed()
	}
	if failed := m.failed(); failed != nil {
		return &lora.Error{Code: lora.Unavailable, Message: failed.Message, Err: failed}
	}
	return nil
}

func closeDriver(d Driver) {
	if c, ok := d.(io.Closer); ok {
		_ = c.Close() // nothing is left to be done about it
	}
}

// sentence is what an error says to users.
func sentence(err error) string {
	var known *lora.Error
	if errors.As(err, &known) {
		return known.Message
	}
	var failed *lora.EngineError
	if errors.As(err, &failed) {
		return failed.Message
	}
	return strings.TrimSpace(err.Error())
}

// since is the time from start on, in milliseconds.
func since(start time.Time) float64 { return float64(time.Since(start)) / float64(time.Millisecond) }
