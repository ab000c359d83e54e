package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/engine"
	"loramanager/internal/engine/enginetest"
	"loramanager/internal/lora"
)

// taskOf is a task with uses.
func taskOf(change func(*lora.GenerationParams), uses ...lora.ResolvedUse) lora.Task {
	task := orderOf(change).Task
	task.Params.Model = ""
	task.Uses = uses
	return task
}

func codes(news *told) []string {
	var list []string
	for _, e := range news.of(lora.EventWarning) {
		list = append(list, e.Code)
	}
	return list
}

func TestPromise2_EveryLoRAIsFoundInTheEnginesOwnListOrTheJobFails(t *testing.T) {
	t.Parallel()
	const digest = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
	fake, cfg := serve(t, "e", enginetest.A1111Options{
		LoRAs:   []string{"style.safetensors", "sub/style.safetensors", "sub/char.v1.safetensors", "renamed.safetensors", "stated.safetensors"},
		Digests: map[string]string{"renamed.safetensors": digest},
		Aliases: map[string]string{"stated.safetensors": "Its Own Name"},
	})
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	file := func(path string) lora.ResolvedUse {
		u := use("any")
		u.RelPath, u.FileName = path, path[strings.LastIndexByte(path, '/')+1:]
		return u
	}
	hashed := file("other/name.safetensors")
	hashed.Digests = map[string]string{"autov3": digest}
	aliased := file("else.safetensors")
	aliased.Aliases = []string{"its own name"}
	for name, c := range map[string]struct {
		use  lora.ResolvedUse
		used string
	}{
		"by its path":                {file("sub/char.v1.safetensors"), "sub/char.v1.safetensors"},
		"by its digest":              {hashed, "renamed.safetensors"},
		"by the name it states":      {aliased, "stated.safetensors"},
		"by the name in the prompt":  {use("char.v1"), "sub/char.v1.safetensors"},
		"by the engine's own name":   {use("char_v1"), "sub/char.v1.safetensors"},
		"from another folder":        {file("elsewhere/renamed.safetensors"), "renamed.safetensors"},
		"not when it is not there":   {file("nowhere.safetensors"), ""},
		"not when two have the name": {use("style"), ""},
	} {
		before := len(fake.Used())
		err := h.Run(t.Context(), "e", taskOf(nil, c.use), (&told{}).sink)
		var failed *lora.EngineError
		switch used := fake.Used(); {
		case c.used == "":
			if !errors.As(err, &failed) || failed.Class != lora.EngineLoRANotFound || !strings.Contains(failed.Message, c.use.Name) || len(used) != before {
				t.Errorf("%s: got %v", name, err)
			}
		case err != nil || !slices.Equal(used[len(used)-1], []string{c.used}):
			t.Errorf("%s: used %v, %v", name, used[before:], err)
		}
	}
}

func TestAFileThatCameMeanwhileIsFoundAfterOneRefresh(t *testing.T) {
	t.Parallel()
	fake, cfg := serve(t, "e", enginetest.A1111Options{Kind: lora.Forge})
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	fake.AddLoRA("late.safetensors")
	if err := h.Run(t.Context(), "e", taskOf(nil, use("late")), (&told{}).sink); err != nil {
		t.Fatal(err)
	}
	if got := fake.Used(); !slices.Equal(got[0], []string{"late.safetensors"}) {
		t.Errorf("used %v", got)
	}
}

func TestPromise3_WhatCameOutDifferentlyIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		options enginetest.A1111Options
		task    lora.Task
		want    string
	}{
		"a LoRA that does not fit":      {enginetest.A1111Options{Unfit: []string{"style_a.safetensors"}}, taskOf(nil, use("style_a")), "loras_not_applied"},
		"the same on Forge":             {enginetest.A1111Options{Kind: lora.Forge, Unfit: []string{"style_a.safetensors"}}, taskOf(nil, use("style_a")), "loras_not_applied"},
		"fewer pictures":                {enginetest.A1111Options{Fewer: true}, taskOf(func(p *lora.GenerationParams) { p.BatchSize = 3 }), "fewer_pictures"},
		"another size":                  {enginetest.A1111Options{}, taskOf(func(p *lora.GenerationParams) { p.Width = 130 }), "size_rounded"},
		"weights for each text encoder": {enginetest.A1111Options{}, taskOf(nil, lora.ResolvedUse{Use: lora.Use{Name: "style_a", Weight: 1, TextEncoder: []float64{1, 0.5}}}), "not_expressed"},
		"nothing":                       {enginetest.A1111Options{}, taskOf(nil, use("style_a")), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg := serve(t, "e", c.options)
			h := open(t, engine.Options{}, cfg)
			h.asked(t)
			news := &told{}
			if err := h.Run(t.Context(), "e", c.task, news.sink); err != nil {
				t.Fatal(err)
			}
			if got := codes(news); c.want == "" && len(got) != 0 || c.want != "" && !slices.Equal(got, []string{c.want}) {
				t.Errorf("the warnings are %+v", news.of(lora.EventWarning))
			}
		})
	}
}

func TestProgressNeverGoesBack(t *testing.T) {
	t.Parallel()
	h := open(t, engine.Options{}, sketchConfig())
	h.asked(t)
	last, previews := 0.0, 0
	err := h.Run(t.Context(), "sketch", taskOf(func(p *lora.GenerationParams) { p.BatchSize, p.Steps = 3, 20 }), func(e lora.EngineEvent) error {
		if e.Type == lora.EventPreview {
			previews++
		}
		if e.Fraction != nil {
			if *e.Fraction < last || *e.Fraction > 1 {
				t.Errorf("progress went from %v to %v", last, *e.Fraction)
			}
			last = *e.Fraction
		}
		return nil
	})
	if err != nil || last != 1 || previews == 0 {
		t.Errorf("it ended at %v with %d previews: %v", last, previews, err)
	}
}

func TestARunEndsWhenItsTimeIsOverOrItStandsStill(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		seconds int
		stall   time.Duration
		options enginetest.A1111Options
	}{
		"its time is over": {1, time.Hour, enginetest.A1111Options{StepTime: time.Hour}},
		"it stands still":  {3600, 200 * time.Millisecond, enginetest.A1111Options{StepTime: time.Hour, Kind: lora.Forge}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, cfg := serve(t, "e", c.options)
			cfg.TimeoutSeconds = c.seconds
			h := open(t, engine.Options{StallAfter: c.stall}, cfg)
			h.asked(t)
			err := h.Run(t.Context(), "e", taskOf(nil), (&told{}).sink)
			var failed *lora.EngineError
			if !errors.As(err, &failed) || failed.Class != lora.EngineTimeout {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestARunUnderAConfigurationThatChangedEndsAsItBegan(t *testing.T) {
	t.Parallel()
	_, cfg := serve(t, "e", enginetest.A1111Options{StepTime: time.Millisecond})
	h := open(t, engine.Options{}, cfg)
	h.asked(t)
	err := h.Run(t.Context(), "e", taskOf(nil), func(e lora.EngineEvent) error {
		if e.Type != lora.EventSubmitted {
			return nil
		}
		h.source.set(sketchConfig())
		return h.Reload(context.Background())
	})
	if err != nil {
		t.Error(err)
	}
	if ok, _ := h.Attach(t.Context(), "e", "handle", taskOf(nil), (&told{}).sink); ok {
		t.Error("a job of an engine that is gone was followed")
	}
	if ok, _ := h.Attach(t.Context(), "sketch", "handle", taskOf(nil), (&told{}).sink); ok {
		t.Error("a sketch was followed")
	}
	if !h.RerunsAfterCrash("sketch") || h.RerunsAfterCrash("http") || !h.RerunsAfterCrash("file") || h.RerunsAfterCrash("e") {
		t.Error("what may run again is wrong")
	}
}
