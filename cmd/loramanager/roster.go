package main

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	"loramanager/internal/engine"
	"loramanager/internal/lora"
	"loramanager/internal/store"
)

// roster is the list of engines: those of the configuration, those that were set up in
// the browser, and the built-in one. It implements engine.Source and httpapi.Engines.
type roster struct {
	*engine.Registry
	store *store.Store
	fixed []lora.EngineConfig
}

// fixedEngines are the engines that flags and environment name.
func (c *Config) fixedEngines() []lora.EngineConfig {
	var fixed []lora.EngineConfig
	add := func(e lora.EngineConfig) {
		e.Name, e.Enabled, e.FromConfiguration, e.BaseModels = string(e.Kind), true, true, []string{}
		e.URL = strings.TrimRight(strings.TrimSpace(e.URL), "/")
		fixed = append(fixed, e)
	}
	if c.SDNextURL != "" {
		add(lora.EngineConfig{Kind: lora.SDNext, URL: c.SDNextURL, Username: c.SDNextUser, Password: c.SDNextKey.Reveal(), TimeoutSeconds: c.SDNextSeconds})
	}
	if c.ComfyUIURL != "" {
		add(lora.EngineConfig{Kind: lora.ComfyUI, URL: c.ComfyUIURL})
	}
	if c.Sketch {
		add(lora.EngineConfig{Kind: lora.Sketch})
	}
	return fixed
}

// EngineConfigs implements engine.Source. The configuration beats what was set up under
// the same name.
func (r *roster) EngineConfigs(ctx context.Context) ([]lora.EngineConfig, error) {
	stored, err := r.store.EngineConfigs(ctx)
	if err != nil {
		return nil, err
	}
	stored = slices.DeleteFunc(stored, func(e lora.EngineConfig) bool { return r.isFixed(e.Name) })
	return append(slices.Clone(r.fixed), stored...), nil
}

func (r *roster) isFixed(name string) bool {
	return slices.ContainsFunc(r.fixed, func(e lora.EngineConfig) bool { return e.Name == name })
}

// changeable refuses to change engines of the configuration.
func (r *roster) changeable(name string) error {
	if r.isFixed(name) {
		return lora.FieldErrorf(lora.Conflict, "name", "The engine %q comes from the configuration of the server and is changed there.", name)
	}
	return nil
}

// check refuses an engine that cannot work or may not be.
func (r *roster) check(e lora.EngineConfig) error {
	if err := engine.CheckConfig(e); err != nil {
		return err
	}
	return r.Permits(e)
}

// AddEngine implements httpapi.Engines.
func (r *roster) AddEngine(ctx context.Context, e lora.EngineConfig) error {
	if err := r.changeable(e.Name); err != nil {
		return err
	}
	if err := r.check(e); err != nil {
		return err
	}
	if err := r.store.AddEngineConfig(ctx, e); err != nil {
		return err
	}
	return r.Reload(ctx)
}

// ReplaceEngine implements httpapi.Engines.
func (r *roster) ReplaceEngine(ctx context.Context, name string, e lora.EngineConfig, password *string) error {
	for _, changed := range []string{name, e.Name} {
		if err := r.changeable(changed); err != nil {
			return err
		}
	}
	if err := r.check(e); err != nil {
		return err
	}
	if err := r.keepsPassword(ctx, name, e, password); err != nil {
		return err
	}
	if err := r.store.ReplaceEngineConfig(ctx, name, e, password); err != nil {
		return err
	}
	return r.Reload(ctx)
}

// keepsPassword refuses to keep a password that nobody typed now for another address: it
// would be sent there.
func (r *roster) keepsPassword(ctx context.Context, name string, e lora.EngineConfig, password *string) error {
	if password != nil {
		return nil
	}
	known, err := r.EngineConfigs(ctx)
	for i := range known {
		if old := &known[i]; old.Name == name && old.Password != "" && (old.URL != e.URL || old.Username != e.Username) {
			return lora.FieldErrorf(lora.Invalid, "password", "The address or the user name changed. Give the password again, or an empty one to remove it.")
		}
	}
	return err
}

// RemoveEngine implements httpapi.Engines.
func (r *roster) RemoveEngine(ctx context.Context, name string) error {
	if err := r.changeable(name); err != nil {
		return err
	}
	if err := r.store.DeleteEngineConfig(ctx, name); err != nil {
		return err
	}
	return r.Reload(ctx)
}

// Test implements httpapi.Engines. Passwords are never shown, so that of an engine that
// is set up is looked up here.
func (r *roster) Test(ctx context.Context, e lora.EngineConfig) (lora.EngineStatus, error) {
	if e.Password == "" {
		known, err := r.EngineConfigs(ctx)
		if err != nil {
			return lora.EngineStatus{}, err
		}
		for i := range known {
			// Only where it goes to the same place: a password is not sent to an address
			// that somebody just typed.
			if known[i].Name == e.Name && known[i].URL == e.URL && known[i].Username == e.Username {
				e.Password = known[i].Password
			}
		}
	}
	return r.Registry.Test(ctx, e)
}

// news tells whether the engines look different from the last time. What only ticks, such
// as the time of the last look, does not count.
type news struct {
	mu   sync.Mutex
	last string
}

func (n *news) differs(engines []lora.EngineStatus) bool {
	for i := range engines {
		e := &engines[i]
		e.CheckedAt, e.LatencyMS = nil, nil
		if e.Capabilities != nil {
			e.Capabilities = &lora.Capabilities{Fingerprint: e.Capabilities.Fingerprint}
		}
	}
	text, err := json.Marshal(engines)
	n.mu.Lock()
	defer n.mu.Unlock()
	same := err == nil && string(text) == n.last
	n.last = string(text)
	return !same
}
