package storetest

import (
	"fmt"
	"strings"

	"loramanager/internal/lora"
)

var keptTests = []test{
	{"every change of a composition is a version that can come back", func(s *suite) {
		first, err := s.AddComposition(s.ctx, lora.Composition{Name: " Castle ", Prefix: "p", Suffix: "s", Negative: "n", Entries: []lora.Composed{
			{Use: lora.Use{AdapterID: "a", Name: "Knight", Weight: 0.5, Blocks: map[string]float64{"MID": 1}}, Enabled: true, Digest: "00"},
		}})
		s.ok(err)
		if first.Version != 1 || first.Name != "Castle" || first.Entries[0].Blocks["MID"] != 1 || !first.Entries[0].Enabled || first.CreatedAt.IsZero() {
			s.Errorf("first %+v", first)
		}
		edited := first
		edited.Prefix, edited.Entries = "other", nil
		second, err := s.ReplaceComposition(s.ctx, edited)
		s.ok(err)
		if second.Version != 2 || second.Prefix != "other" || len(second.Entries) != 0 {
			s.Errorf("second %+v", second)
		}
		_, err = s.ReplaceComposition(s.ctx, edited)
		s.fails(err, lora.Conflict)
		third, err := s.RestoreComposition(s.ctx, first.ID, 1)
		s.ok(err)
		if third.Version != 3 || *third.Restored != 1 || third.Prefix != "p" || len(third.Entries) != 1 {
			s.Errorf("third %+v", third)
		}
		versions, err := s.CompositionVersions(s.ctx, first.ID)
		s.ok(err)
		s.same("the versions", versions, []lora.Composition{third, second, first})
		_, err = s.RestoreComposition(s.ctx, first.ID, 9)
		s.fails(err, lora.NotFound)
	}},
	{"compositions are listed, searched, deleted and brought back", func(s *suite) {
		names := func(search string) string {
			list, err := s.Compositions(s.ctx, search)
			s.ok(err)
			names := []string{}
			for _, c := range list {
				names = append(names, c.Name)
			}
			return strings.Join(names, ",")
		}
		a, err := s.AddComposition(s.ctx, lora.Composition{Name: "Castle at night"})
		s.ok(err)
		b, err := s.AddComposition(s.ctx, lora.Composition{Name: "Sea", Entries: []lora.Composed{{Use: lora.Use{Name: "Old Ship"}}}})
		s.ok(err)
		if names("") != "Sea,Castle at night" || names("NIGHT castle") != "Castle at night" || names("ship") != "Sea" || names("ship night") != "" {
			s.Errorf("all %q, night %q, ship %q", names(""), names("NIGHT castle"), names("ship"))
		}
		s.ok(s.DeleteComposition(s.ctx, a.ID))
		s.fails(s.DeleteComposition(s.ctx, a.ID), lora.NotFound)
		_, err = s.Composition(s.ctx, a.ID)
		s.fails(err, lora.NotFound)
		_, err = s.ReplaceComposition(s.ctx, a)
		s.fails(err, lora.NotFound)
		back, err := s.RestoreComposition(s.ctx, a.ID, 0)
		s.ok(err)
		s.same("what came back", back, a)
		c, err := s.Composition(s.ctx, b.ID)
		s.ok(err)
		s.same("the other", c, b)
		_, err = s.AddComposition(s.ctx, lora.Composition{Name: " "})
		s.fails(err, lora.Invalid)
		_, err = s.CompositionVersions(s.ctx, "unknown")
		s.fails(err, lora.NotFound)
	}},
	{"only the latest hundred versions are kept", func(s *suite) {
		c, err := s.AddComposition(s.ctx, lora.Composition{Name: "x"})
		s.ok(err)
		for range 110 {
			c, err = s.ReplaceComposition(s.ctx, c)
			s.ok(err)
		}
		versions, err := s.CompositionVersions(s.ctx, c.ID)
		s.ok(err)
		if len(versions) != 100 || versions[0].Version != 111 {
			s.Errorf("%d versions, the latest is %d", len(versions), versions[0].Version)
		}
	}},
	{"presets and workflows are kept, changed and deleted", func(s *suite) {
		p, err := s.AddPreset(s.ctx, lora.Preset{Name: "fast", Engine: "e", Params: lora.GenerationParams{Steps: 4}})
		s.ok(err)
		p.Name, p.Params.Steps = "faster", 2
		p, err = s.ReplacePreset(s.ctx, p)
		s.ok(err)
		list, err := s.Presets(s.ctx)
		s.ok(err)
		s.same("the presets", list, []lora.Preset{p})
		s.ok(s.DeletePreset(s.ctx, p.ID))
		s.fails(s.DeletePreset(s.ctx, p.ID), lora.NotFound)
		_, err = s.ReplacePreset(s.ctx, p)
		s.fails(err, lora.NotFound)
		w, err := s.PutWorkflow(s.ctx, lora.Workflow{Name: "w", Graph: `{"1":{}}`})
		s.ok(err)
		again, err := s.PutWorkflow(s.ctx, lora.Workflow{Name: "w", Graph: `{}`})
		s.ok(err)
		if !again.CreatedAt.Equal(w.CreatedAt) {
			s.Errorf("created %v, then %v", w.CreatedAt, again.CreatedAt)
		}
		flows, err := s.Workflows(s.ctx)
		s.ok(err)
		s.same("the workflows", flows, []lora.Workflow{again})
		s.ok(s.DeleteWorkflow(s.ctx, "w"))
		s.fails(s.DeleteWorkflow(s.ctx, "w"), lora.NotFound)
	}},
	{"engines are set up with a password that no listing of others holds", func(s *suite) {
		e := lora.EngineConfig{Name: "forge", Kind: lora.Forge, URL: "http://127.0.0.1:7860", Username: "u", Password: "secret", Enabled: true, TimeoutSeconds: 60, BaseModels: []string{"sdxl"}}
		s.ok(s.AddEngineConfig(s.ctx, e))
		s.fails(s.AddEngineConfig(s.ctx, e), lora.Conflict)
		s.ok(s.AddEngineConfig(s.ctx, lora.EngineConfig{Name: "other", BaseModels: []string{}}))
		e.URL = "http://127.0.0.1:7861"
		changed := e
		changed.Name = "fast forge"
		s.fails(s.ReplaceEngineConfig(s.ctx, "forge", lora.EngineConfig{Name: "other"}, nil), lora.Conflict)
		s.ok(s.ReplaceEngineConfig(s.ctx, "forge", changed, nil))
		s.fails(s.ReplaceEngineConfig(s.ctx, "forge", e, nil), lora.NotFound)
		list, err := s.EngineConfigs(s.ctx)
		s.ok(err)
		if len(list) != 2 || fmt.Sprint(list[0]) != fmt.Sprint(changed) {
			s.Errorf("the engines are %v", list)
		}
		s.ok(s.ReplaceEngineConfig(s.ctx, "fast forge", changed, ptr("")))
		if list, err = s.EngineConfigs(s.ctx); err != nil || list[0].Password != "" {
			s.Errorf("the password is still there: %v", err)
		}
		s.ok(s.DeleteEngineConfig(s.ctx, "other"))
		s.fails(s.DeleteEngineConfig(s.ctx, "other"), lora.NotFound)
	}},
}
