package recommend_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

func TestPromise1_WhatCannotBeLoadedIsNotRecommended(t *testing.T) {
	t.Parallel()
	l := newLib(t, "neon | sdxl | cyberpunk", "old neon | sd1 | cyberpunk", "flux neon | flux1 | cyberpunk", "some neon | | cyberpunk",
		"pony neon | sdxl pony | cyberpunk", "plain | sdxl | portrait")
	t.Run("an SD 1.5 adapter is never recommended beside SDXL ones", func(t *testing.T) {
		a := l.active("neon", "plain")
		l.without(a, "old neon", "flux neon")
		if a.Excluded.Incompatible != 3 {
			t.Errorf("%+v are left out", a.Excluded)
		}
	})
	t.Run("an unknown base model is never recommended beside known ones", func(_ *testing.T) { l.without(l.active("neon"), "some neon") })
	t.Run("an unknown base model is similar, but further down and with a warning", func(_ *testing.T) {
		a := l.similar("neon")
		l.first(a, "pony neon", "some neon")
		l.without(a, "old neon", "flux neon")
		l.says(signal(l.item(a, "some neon"), recommend.SignalTechnical).Words, "not known")
		l.says(signal(l.item(a, "pony neon"), recommend.SignalTechnical).Words, "shares the base model")
	})
	t.Run("a prompt with active adapters keeps to their base model", func(_ *testing.T) {
		a := l.prompt("cyberpunk street", "old neon")
		l.without(a, "neon", "pony neon", "flux neon")
	})
	t.Run("a prompt alone may have any base model", func(_ *testing.T) {
		for _, name := range []string{"neon", "old neon", "flux neon", "some neon"} {
			l.item(l.prompt("cyberpunk street"), name)
		}
	})
	t.Run("adapters for different base models are said not to go together", func(_ *testing.T) {
		a := l.active("neon", "old neon")
		l.says(a.Note, "SD 1.x", "SDXL", "no engine")
		l.without(a, "flux neon", "some neon")
	})
}

func signal(item recommend.Item, name string) recommend.Signal {
	for _, s := range item.Signals {
		if s.Signal == name {
			return s
		}
	}
	return recommend.Signal{}
}

func TestPromise2_EverySpellingOfAWordMeetsTheOthers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, asked string }{
		{"cyber-punk finds cyberpunk", "cyber-punk"},
		{"cyber punk finds cyberpunk", "cyber punk"},
		{"CyberPunk finds cyberpunk", "CyberPunk"},
		{"cyberpunks finds cyberpunk", "cyberpunks"},
		{"full-width letters find cyberpunk", "ｃｙｂｅｒｐｕｎｋ"},
		{"an accent does not hide cyberpunk", "cybérpunk"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLib(t, append(many(30, "sdxl"), "the one | sdxl | cyberpunk", "other | sdxl | castle")...)
			l.first(l.trigger(c.asked), "the one")
			l.first(l.prompt("a street, "+c.asked+", at night"), "the one")
		})
	}
}

func TestPromise3_ExactTriggersComeFirst(t *testing.T) {
	t.Parallel()
	l := newLib(t, append(many(5, "sdxl"), "exact | sdxl | angelic", "alike | sdxl | angelical", "other | sdxl | angel", "phrase | sdxl | angelic wings",
		"popular | sdxl | angelics", "far | flux1 | angelic")...)
	l.edit("popular", `{"rating": 5, "favorite": true}`)
	l.generate(3, true, "popular", "alike")
	t.Run("an exact trigger outranks a similar one that is rated and used more", func(t *testing.T) {
		a := l.trigger("angelic")
		l.first(a, "exact", "far")
		if m := l.item(a, "exact").Matched; m == nil || !m.Exact || m.Trigger != "angelic" || !slices.Equal(m.Sources, []string{"trigger"}) {
			t.Errorf("%+v", m)
		}
		if m := l.item(a, "popular").Matched; m == nil || m.Exact {
			t.Errorf("popular: %+v", m)
		}
	})
	t.Run("the longest phrase of a question comes first", func(_ *testing.T) { l.first(l.trigger("angelic wings"), "phrase") })
	t.Run("what fills up is marked, and comes last", func(t *testing.T) {
		a := l.trigger("angelic")
		last := a.Items[len(a.Items)-1]
		if !last.Fallback || last.Matched != nil {
			t.Errorf("%+v", last)
		}
		l.says(last.Explanation, "Fills up the list")
	})
}

func TestPromise4_EveryChangeCountsInTheNextAnswer(t *testing.T) {
	t.Parallel()
	l := newLib(t, "target | sdxl | castle", "plain | sdxl | forest")
	l.similar("target")
	l.put("new | sdxl | castle")
	l.first(l.similar("target"), "new")
	l.edit("new", `{"triggers": ["submarine"]}`)
	l.edit("plain", `{"triggers": ["castle"]}`)
	l.first(l.similar("target"), "plain")
	l.first(l.trigger("submarine"), "new")
	ended, err := l.store.DeleteAdapters(l.Context(), l.all("plain"))
	if err != nil || ended != 1 {
		l.edit("plain", `{"triggers": ["rock"]}`)
	} else {
		l.without(l.similar("target"), "plain")
	}
	l.generate(5, true, "target", "new")
	a := l.active("target")
	l.first(a, "new")
	l.says(signal(l.item(a, "new"), recommend.SignalCoUse).Words, "5 generations, 5 of them kept")
	t.Run("a recommender that starts later answers the same", func(t *testing.T) {
		before := l.active("target")
		l.restart()
		after := l.active("target")
		if !slices.Equal(namesOf(before), namesOf(after)) {
			t.Errorf("%v, then %v", namesOf(before), namesOf(after))
		}
	})
}

func TestCompositionsSayWhatGoesTogether(t *testing.T) {
	t.Parallel()
	l := newLib(t, append(many(8, "sdxl"), "a | sdxl | one", "b | sdxl | two", "c | sdxl | three")...)
	_, err := l.store.AddComposition(t.Context(), lora.Composition{Name: "mine", Entries: []lora.Composed{
		{Use: lora.Use{AdapterID: l.id("a"), Name: "a", Weight: 1}, Enabled: true},
		{Use: lora.Use{AdapterID: l.id("b"), Name: "b", Weight: 1}, Enabled: true},
		{Use: lora.Use{AdapterID: l.id("c"), Name: "c", Weight: 1}},
	}})
	l.ok(err)
	answer := l.active("a")
	l.first(answer, "b")
	l.says(l.item(answer, "b").Explanation, "Used together in 1 composition")
}

func TestBadAndPoorLibraries(t *testing.T) {
	t.Parallel()
	t.Run("an empty library answers with nothing", func(t *testing.T) {
		t.Parallel()
		l := newLib(t)
		for _, a := range []recommend.Answer{l.prompt("castle"), l.trigger("castle"), l.active()} {
			if len(a.Items) != 0 || a.Candidates != 0 {
				t.Errorf("%+v", a)
			}
		}
		_, err := l.Similar(t.Context(), "nobody", recommend.SimilarOptions{})
		if lora.CodeOf(err) != lora.NotFound {
			t.Errorf("an unknown id: %v", err)
		}
		if r, err := l.Rebuild(t.Context(), true); err != nil || r.Status != "empty" {
			t.Errorf("%+v, %v", r, err)
		}
	})
	t.Run("one adapter is not recommended to itself", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, "only | sdxl | castle")
		if a := l.similar("only"); len(a.Items) != 0 {
			t.Errorf("%v", namesOf(a))
		}
		l.first(l.prompt("castle"), "only")
	})
	t.Run("adapters without any words are recommended, and said to have none", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, "!! | sdxl", "?? | sdxl", "castle | sdxl | castle", "keep | sdxl | castle, keep")
		a := l.similar("!!")
		if len(a.Items) != 3 {
			t.Errorf("%v", namesOf(a))
		}
		l.says(signal(l.item(l.similar("castle"), "!!"), recommend.SignalText).Words, "no words")
		l.says(signal(l.item(l.prompt("castle"), "??"), recommend.SignalText).Words, "no words")
	})
	t.Run("ids nobody has are passed over", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, "a | sdxl | one", "b | sdxl | two")
		answer := l.must(l.ForActive(t.Context(), []string{"nobody", l.id("a"), l.id("a"), ""}, recommend.Ask{}))
		l.first(answer, "b")
		l.without(answer, "a")
	})
	t.Run("with nothing active the answer says so", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, "a | sdxl | one", "b | sdxl | two")
		l.edit("b", `{"favorite": true}`)
		answer := l.active()
		l.first(answer, "b")
		l.says(answer.Note, "Nothing is composed yet")
	})
	t.Run("nil means the active adapters", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, "a | sdxl | one", "b | sdxl | one", "c | sd1 | one")
		l.edit("a", `{"active": true}`)
		answer := l.must(l.ForActive(t.Context(), nil, recommend.Ask{}))
		if names := namesOf(answer); !slices.Equal(names, []string{"b"}) {
			t.Errorf("%v", names)
		}
	})
}

func TestQuestionsOutOfBoundsAreRefused(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle")
	weights := func(w recommend.Weights) recommend.Ask { return recommend.Ask{Weights: &w} }
	for _, c := range []struct {
		name, field string
		ask         func() error
	}{
		{"a blank prompt", "prompt", func() error { _, err := l.ForPrompt(t.Context(), recommend.PromptOptions{Prompt: " \n"}); return err }},
		{"a prompt of more than 64 KiB", "prompt", func() error {
			_, err := l.ForPrompt(t.Context(), recommend.PromptOptions{Prompt: strings.Repeat("x", 65<<10)})
			return err
		}},
		{"a trigger without letters", "trigger_query", func() error { _, err := l.ByTrigger(t.Context(), "--,", recommend.Ask{}); return err }},
		{"a trigger that is a book", "trigger_query", func() error {
			_, err := l.ByTrigger(t.Context(), strings.Repeat("x", 2000), recommend.Ask{})
			return err
		}},
		{"a negative limit", "limit", func() error { _, err := l.ByTrigger(t.Context(), "x", recommend.Ask{Limit: -1}); return err }},
		{"a limit of 51", "limit", func() error { _, err := l.ByTrigger(t.Context(), "x", recommend.Ask{Limit: 51}); return err }},
		{"a threshold that is no number", "similarity_threshold", func() error {
			_, err := l.Similar(t.Context(), l.id("a"), recommend.SimilarOptions{Threshold: math.NaN()})
			return err
		}},
		{"a weight that is no number", "weights.text", func() error {
			_, err := l.ByTrigger(t.Context(), "x", weights(recommend.Weights{Text: math.NaN()}))
			return err
		}},
		{"no weight at all", "weights", func() error { _, err := l.ByTrigger(t.Context(), "x", weights(recommend.Weights{})); return err }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var e *lora.Error
			if err := c.ask(); lora.CodeOf(err) != lora.Invalid || !asError(err, &e) || e.Field != c.field {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestPromptsOfAnyKindAreAnswered(t *testing.T) {
	t.Parallel()
	l := newLib(t, append(many(5, "sdxl"), "castle | sdxl | castle | fantasy, architecture", "named | sdxl | submarine")...)
	for _, c := range []struct{ name, prompt, want string }{
		{"10,000 characters", strings.Repeat("masterpiece, detailed, ", 430) + "castle", "castle"},
		{"weights and brackets", "((castle:1.3)), [sky], {a|b}", "castle"},
		{"adapter tags name files, not wishes", "<lora:submarine:0.8> castle <lora:submarine:1>", "castle"},
		{"an open bracket", "castle <lora:sub", "castle"},
		{"broken letters", "castle \xff\xfe\x00", "castle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l.first(l.prompt(c.prompt), c.want)
		})
	}
	t.Run("words nobody has", func(t *testing.T) {
		t.Parallel()
		if a := l.prompt("xylophonist"); len(a.Items) == 0 {
			t.Error("no answer")
		}
	})
	t.Run("a style that is wished for counts", func(t *testing.T) {
		t.Parallel()
		a := l.must(l.ForPrompt(t.Context(), recommend.PromptOptions{Prompt: "a big house", Style: "fantasy"}))
		l.first(a, "castle")
		l.says(l.item(a, "castle").Explanation, "fantasy")
	})
}

func TestFiltersNarrowWhatIsRecommended(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle", "b | sdxl | castle", "c | sd1 | castle", "d | sdxl | castle")
	l.edit("b", `{"favorite": true}`)
	l.edit("d", `{"nsfw_level": 5}`)
	ask := func(f recommend.Filter) []string {
		return namesOf(l.must(l.ForPrompt(t.Context(), recommend.PromptOptions{Prompt: "castle", Ask: recommend.Ask{Filter: f}})))
	}
	safe := 0
	for _, c := range []struct {
		name   string
		filter recommend.Filter
		want   []string
	}{
		{"favourites only", recommend.Filter{FavoritesOnly: true}, []string{"b"}},
		{"one base model", recommend.Filter{BaseModel: "sd1"}, []string{"c"}},
		{"safe ones", recommend.Filter{MaxNSFWLevel: &safe}, []string{"a", "b", "c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := ask(c.filter); !slices.Equal(slices.Sorted(slices.Values(got)), c.want) {
				t.Errorf("%v", got)
			}
		})
	}
	t.Run("a high threshold leaves out what is not similar", func(t *testing.T) {
		t.Parallel()
		a := l.must(l.Similar(t.Context(), l.id("a"), recommend.SimilarOptions{Threshold: 0.999}))
		for _, item := range a.Items {
			if item.Similarity < 0.999 {
				t.Errorf("%s: %v", item.Name, item.Similarity)
			}
		}
	})
}

func TestClocksThatJump(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle", "b | sdxl | castle")
	for _, jump := range []time.Duration{0, 48 * time.Hour, -30 * 365 * 24 * time.Hour, 60 * 365 * 24 * time.Hour} {
		l.clock.advance(jump)
		a := l.similar("a")
		l.first(a, "b")
		words := signal(l.item(a, "b"), recommend.SignalRecency).Words
		if jump < 0 && words != "" {
			t.Errorf("added in the future, and yet %q", words)
		}
	}
}

func TestTheSameQuestionHasTheSameAnswer(t *testing.T) {
	t.Parallel()
	l := newLib(t, many(60, "sdxl")...)
	l.generate(2, false, "filler 01", "filler 02", "filler 03")
	for _, ask := range map[string]func() recommend.Answer{
		"similar": func() recommend.Answer { return l.similar("filler 01") },
		"prompt":  func() recommend.Answer { return l.prompt("filler zz") },
		"trigger": func() recommend.Answer { return l.trigger("qq1zz") },
		"active":  func() recommend.Answer { return l.active("filler 01", "filler 05") },
	} {
		first := ask()
		for range 5 {
			if again := ask(); !slices.Equal(namesOf(first), namesOf(again)) {
				t.Errorf("%v, then %v", namesOf(first), namesOf(again))
			}
		}
	}
}
