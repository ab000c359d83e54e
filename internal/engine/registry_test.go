package engine_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// configured is a Source that tests change.
type configured struct {
	mu   sync.Mutex
	list []lora.EngineConfig
}

func (c *configured) EngineConfigs(context.Context) ([]lora.EngineConfig, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.list), nil
}

func (c *configured) set(list ...lora.EngineConfig) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list = list
}

// house is a registry with what it is made of.
type house struct {
	*engine.Registry
	source  *configured
	changes chan struct{}
}

func open(t *testing.T, options engine.Options, list ...lora.EngineConfig) *house {
	t.Helper()
	h := &house{source: &configured{list: list}, changes: make(chan struct{}, 100)}
	options.Source = h.source
	options.Changed = func() {
		select {
		case h.changes <- struct{}{}:
		default:
		}
	}
	if options.StepTime == 0 {
		options.StepTime = time.Nanosecond
	}
	var err error
	if h.Registry, err = engine.Open(t.Context(), options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	})
	return h
}

// until waits for news until ok.
func (h *house) until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(time.Minute)
	for !ok() {
		select {
		case <-h.changes:
		case <-deadline:
			t.Fatalf("never %s: %+v", what, h.Status())
		}
	}
}

// asked waits until every enabled engine was asked.
func (h *house) asked(t *testing.T) {
	t.Helper()
	h.until(t, "all asked", func() bool {
		return !slices.ContainsFunc(h.Status(), func(s lora.EngineStatus) bool { return s.Enabled && s.Reachable == nil })
	})
}

// serve puts a fake of the A1111 family behind a server and returns its configuration.
func serve(t *testing.T, name string, options enginetest.A1111Options) (*enginetest.A1111, lora.EngineConfig) {
	t.Helper()
	fake := enginetest.NewA1111(options)
	cfg := at(t, name, options.Kind, fake)
	t.Cleanup(fake.Close)
	if cfg.Kind == "" {
		cfg.Kind = lora.SDNext
	}
	return fake, cfg
}

func at(t *testing.T, name string, kind lora.EngineKind, handler http.Handler) lora.EngineConfig {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return lora.EngineConfig{Name: name, Kind: kind, URL: server.URL, Enabled: true, TimeoutSeconds: 60, BaseModels: []string{}}
}

func sketchConfig() lora.EngineConfig {
	return lora.EngineConfig{Name: "sketch", Kind: lora.Sketch, Enabled: true}
}

func use(name string) lora.ResolvedUse {
	return lora.ResolvedUse{Use: lora.Use{Name: name, Weight: 0.8}}
}

func TestAnEngineIsChosenByWhatItCanDo(t *testing.T) {
	t.Parallel()
	_, small := serve(t, "small", enginetest.A1111Options{LoRAs: []string{"a.safetensors"}})
	_, large := serve(t, "large", enginetest.A1111Options{LoRAs: []string{"a.safetensors", "b.safetensors"}, Models: []string{"xl.safetensors"}})
	_, off := serve(t, "off", enginetest.A1111Options{})
	large.BaseModels, off.Enabled = []string{"sdxl"}, false
	away := lora.EngineConfig{Name: "away", Kind: lora.Forge, URL: "http://127.0.0.1:1", Enabled: true}
	h := open(t, engine.Options{}, small, large, off, away, sketchConfig())
	h.asked(t)
	for name, c := range map[string]struct {
		wish lora.EngineWish
		load map[string]int
		want string
		code lora.Code
	}{
		"the first of equals":                         {wish: lora.EngineWish{Uses: []lora.ResolvedUse{use("a")}}, want: "small"},
		"the one that sees the LoRA":                  {wish: lora.EngineWish{Uses: []lora.ResolvedUse{use("b")}}, want: "large"},
		"the one for the base model":                  {wish: lora.EngineWish{BaseModels: []string{"sdxl"}}, want: "large"},
		"the one that has the model":                  {wish: lora.EngineWish{Params: lora.GenerationParams{Model: "xl"}}, want: "large"},
		"the one with less to do":                     {load: map[string]int{"small": 3, "large": 1}, want: "large"},
		"the one that is named":                       {wish: lora.EngineWish{Name: "small", BaseModels: []string{"sdxl"}}, want: "small"},
		"the one that is named, though it is away":    {wish: lora.EngineWish{Name: "away"}, want: "away"},
		"one of the kind":                             {wish: lora.EngineWish{Name: "sdnext"}, want: "small"},
		"the only one of the kind, though it is away": {wish: lora.EngineWish{Name: "forge"}, want: "away"},
		"the sketch engine when it is named":          {wish: lora.EngineWish{Name: "sketch"}, want: "sketch"},
		"none that is switched off":                   {wish: lora.EngineWish{Name: "off"}, code: lora.Conflict},
		"none that is not there":                      {wish: lora.EngineWish{Name: "nowhere"}, code: lora.NotFound},
		"none of a kind that is not there":            {wish: lora.EngineWish{Name: "comfyui"}, code: lora.NotFound},
	} {
		got, err := h.Route(t.Context(), c.wish, c.load)
		if got != c.want || lora.CodeOf(err) != c.code {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
	if slots := h.Slots(t.Context()); slots["small"] != 1 || slots["sketch"] != 2 || slots["http"] != 4 || slots["file"] == 0 || slots["off"] != 0 {
		t.Errorf("the slots are %v", slots)
	}
}

func TestWithNoEngineThatCanBeReachedTheReasonIsTold(t *testing.T) {
	t.Parallel()
	h := open(t, engine.Options{}, lora.EngineConfig{Name: "away", Kind: lora.SDNext, URL: "http://127.0.0.1:1", Enabled: true}, sketchConfig())
	h.asked(t)
	if name, err := h.Route(t.Context(), lora.EngineWish{}, nil); lora.CodeOf(err) != lora.Unavailable || !strings.Contains(err.Error(), "away: Nothing answers") {
		t.Errorf("got %q, %v", name, err)
	}
	h.source.set(sketchConfig())
	if err := h.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	if name, err := h.Route(t.Context(), lora.EngineWish{Name: "auto"}, nil); name != "sketch" || err != nil {
		t.Errorf("the only engine is not chosen: %q, %v", name, err)
	}
}

func TestPromise1_WhatAnEngineIsKnownNotToDoIsRefusedBeforeItIsAsked(t *testing.T) {
	t.Parallel()
	_, forge := serve(t, "forge", enginetest.A1111Options{Kind: lora.Forge})
	fake, sdnext := serve(t, "sd", enginetest.A1111Options{})
	h := open(t, engine.Options{}, forge, sdnext, sketchConfig())
	h.asked(t)
	calls := len(fake.Calls())
	ok := lora.GenerationParams{SamplerName: "DPM++ 2M", BatchSize: 1, NIter: 1}
	with := func(edit func(*lora.GenerationParams)) lora.GenerationParams {
		p := ok
		edit(&p)
		return p
	}
	for name, c := range map[string]struct {
		engine string
		params lora.GenerationParams
		field  string
	}{
		"all is well":                   {"forge", ok, ""},
		"a sampler in other spelling":   {"forge", with(func(p *lora.GenerationParams) { p.SamplerName = "dpmpp_2m" }), ""},
		"a sampler with a scheduler":    {"forge", with(func(p *lora.GenerationParams) { p.SamplerName = "DPM++ 2M Karras" }), ""},
		"an unknown sampler":            {"forge", with(func(p *lora.GenerationParams) { p.SamplerName = "Magic" }), "sampler_name"},
		"an unknown scheduler":          {"forge", with(func(p *lora.GenerationParams) { p.Scheduler = "magic" }), "scheduler"},
		"a scheduler for SD.Next":       {"sd", with(func(p *lora.GenerationParams) { p.Scheduler = "karras" }), "scheduler"},
		"a model without its extension": {"sd", with(func(p *lora.GenerationParams) { p.Model = "xl/base" }), ""},
		"an unknown model":              {"sd", with(func(p *lora.GenerationParams) { p.Model = "nope" }), "model"},
		"an unknown VAE":                {"sd", with(func(p *lora.GenerationParams) { p.VAE = "nope" }), "vae"},
		"an unknown upscaler":           {"sd", with(func(p *lora.GenerationParams) { p.Upscale = &lora.Upscale{Upscaler: "nope"} }), "upscale.upscaler"},
		"a latent upscaler":             {"sd", with(func(p *lora.GenerationParams) { p.Hires = &lora.Hires{Upscaler: "Latent (bicubic)"} }), ""},
		"an unknown second upscaler":    {"sd", with(func(p *lora.GenerationParams) { p.Hires = &lora.Hires{Upscaler: "nope"} }), "hires.upscaler"},
		"an unknown control model":      {"sd", with(func(p *lora.GenerationParams) { p.Controls = []lora.ControlUnit{{Model: "nope"}} }), "controls[0].model"},
		"a mask without a picture":      {"sd", with(func(p *lora.GenerationParams) { p.MaskImage = "m" }), "init_image"},
		"a workflow elsewhere":          {"sd", with(func(p *lora.GenerationParams) { p.Workflow = "w" }), "workflow"},
		"a second pass over a picture":  {"forge", with(func(p *lora.GenerationParams) { p.InitImage, p.Hires = "i", &lora.Hires{} }), "hires"},
		"control units for a sketch":    {"sketch", with(func(p *lora.GenerationParams) { p.Controls = []lora.ControlUnit{{Model: "canny"}} }), "controls"},
		"another model for a sketch":    {"sketch", with(func(p *lora.GenerationParams) { p.Model = "xl" }), "model"},
		"a workflow for a sketch":       {"sketch", with(func(p *lora.GenerationParams) { p.Workflow = "w" }), "workflow"},
		"any sampler for a sketch":      {"sketch", ok, ""},
		"an engine that is not there":   {"nowhere", ok, "backend"},
	} {
		err := h.Check(t.Context(), c.engine, c.params)
		var refused *lora.Error
		errors.As(err, &refused)
		if (err == nil) != (c.field == "") || refused != nil && refused.Field != c.field {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(fake.Calls()); n != calls {
		t.Errorf("the engine was asked %d times", n-calls)
	}
}

func TestTheStateOfAnEngineFollowsIt(t *testing.T) {
	t.Parallel()
	fake, cfg := serve(t, "sd", enginetest.A1111Options{Username: "u", Password: "right"})
	cfg.Username, cfg.Password = "u", "wrong"
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	s := h.Status()[0]
	if *s.Reachable || s.ErrorClass != string(lora.EngineUnauthorised) || s.Capabilities != nil {
		t.Errorf("with a wrong password: %+v", s)
	}
	cfg.Password = "right"
	if s, err := h.Test(t.Context(), cfg); err != nil || !*s.Reachable || s.Capabilities.Product != "SD.Next 2026-07-01" || s.LatencyMS == nil {
		t.Errorf("the test says %+v, %v", s, err)
	}
	if s := h.Status()[0]; *s.Reachable {
		t.Error("the test of another configuration changed the engine")
	}
	h.source.set(cfg)
	if err := h.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.until(t, "reachable", func() bool { s := h.Status()[0]; return s.Reachable != nil && *s.Reachable })
	first := h.Status()[0].Capabilities
	if first.LoRAs.Value != 3 || first.ResultFormat.Value != "jpeg" || first.Fingerprint == "" || first.CheckedAt.IsZero() {
		t.Errorf("it learned %+v", first)
	}
	fake.AddLoRA("new.safetensors")
	if err := h.Refresh(t.Context(), "sd"); err != nil {
		t.Fatal(err)
	}
	if again := h.Status()[0].Capabilities; again.LoRAs.Value != 4 || again.Fingerprint == first.Fingerprint {
		t.Errorf("after a refresh it knows %d LoRAs", again.LoRAs.Value)
	}
	handles, every, err := h.LoRAs("sd")
	if err != nil || every || len(handles) != 4 || handles[0].Path != "/models/Lora/add.detail.v2.safetensors" {
		t.Errorf("the LoRAs are %+v, %v", handles, err)
	}
	found, err := h.Find("sd", []lora.ResolvedUse{use("new"), use("old")})
	if err != nil || found[0].Name != "new" || found[1].Name != "" {
		t.Errorf("found %+v, %v", found, err)
	}
}

func TestConfigurationsThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	good := lora.EngineConfig{Name: "my engine 1", Kind: lora.Forge, URL: "http://192.168.1.5:7860/sub"}
	for name, c := range map[string]struct {
		edit  func(*lora.EngineConfig)
		field string
	}{
		"a good one":              {func(*lora.EngineConfig) {}, ""},
		"named after its kind":    {func(c *lora.EngineConfig) { c.Name = "forge" }, ""},
		"named after another":     {func(c *lora.EngineConfig) { c.Name = "sdnext" }, "name"},
		"named like a delivery":   {func(c *lora.EngineConfig) { c.Name = "http" }, "name"},
		"without a name":          {func(c *lora.EngineConfig) { c.Name = "" }, "name"},
		"with a name of no good":  {func(c *lora.EngineConfig) { c.Name = "a/b" }, "name"},
		"of no kind":              {func(c *lora.EngineConfig) { c.Kind = "magic" }, "kind"},
		"without a URL":           {func(c *lora.EngineConfig) { c.URL = "" }, "url"},
		"at a cloud's metadata":   {func(c *lora.EngineConfig) { c.URL = "http://169.254.169.254" }, "url"},
		"with a password in it":   {func(c *lora.EngineConfig) { c.URL = "http://a:b@host:1" }, "url"},
		"with too long a timeout": {func(c *lora.EngineConfig) { c.TimeoutSeconds = 1 << 30 }, "timeout_seconds"},
	} {
		cfg := good
		c.edit(&cfg)
		var refused *lora.Error
		if err := engine.CheckConfig(cfg); (err == nil) != (c.field == "") || errors.As(err, &refused) && refused.Field != c.field {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// tardy is a source whose answers are old by the time they are taken over.
type tardy struct{ *configured }

func (s tardy) EngineConfigs(ctx context.Context) ([]lora.EngineConfig, error) {
	list, err := s.configured.EngineConfigs(ctx)
	for range 50 {
		runtime.Gosched()
	}
	return list, err
}

func TestWhoAddsAnEngineFindsItWhateverOthersReload(t *testing.T) {
	t.Parallel()
	source := tardy{&configured{}}
	registry, err := engine.Open(t.Context(), engine.Options{Source: source, Changed: func() {}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = registry.Close() })
	var all sync.WaitGroup
	for adder := range 4 {
		all.Go(func() {
			for i := range 50 {
				name := fmt.Sprintf("%d of %d", i, adder)
				source.mu.Lock()
				source.list = append(source.list, lora.EngineConfig{Name: name, Kind: lora.Sketch})
				source.mu.Unlock()
				if err := registry.Reload(t.Context()); err != nil {
					t.Error(err)
				}
				if !slices.ContainsFunc(registry.Status(), func(e lora.EngineStatus) bool { return e.Name == name }) {
					t.Errorf("%q was added and is not there", name)
				}
			}
		})
	}
	all.Wait()
}
