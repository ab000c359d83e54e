package recommend_test

import (
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
)

func TestPromise5_WhatTheUserSaysCountsAtOnceAndIsShown(t *testing.T) {
	t.Parallel()
	questions := map[string]func(*lib) recommend.Answer{
		"for an adapter":     func(l *lib) recommend.Answer { return l.similar("target") },
		"for a prompt":       func(l *lib) recommend.Answer { return l.prompt("a castle on a hill at night") },
		"for a trigger":      func(l *lib) recommend.Answer { return l.trigger("castle") },
		"for a composition":  func(l *lib) recommend.Answer { return l.active("target", "other") },
		"with nothing given": func(l *lib) recommend.Answer { return l.active() },
	}
	library := []string{"target | sdxl | castle, hill", "other | sdxl | forest", "a | sdxl | castle", "b | sdxl | castle", "c | sdxl | castle"}
	for name, ask := range questions {
		t.Run("a dismissed adapter does not come back "+name, func(t *testing.T) {
			t.Parallel()
			l := newLib(t, library...)
			l.judge(ask(l), "b", lora.FeedbackDismissed)
			a := ask(l)
			l.without(a, "b")
			if a.Excluded.Dismissed != 1 {
				t.Errorf("%+v", a.Excluded)
			}
			l.restart()
			l.without(ask(l), "b")
		})
		t.Run("a liked adapter rises and one that is not falls "+name, func(t *testing.T) {
			t.Parallel()
			l := newLib(t, library...)
			first := ask(l)
			l.judge(first, "c", lora.FeedbackPositive)
			l.judge(first, "a", lora.FeedbackNegative)
			a := ask(l)
			order := slices.DeleteFunc(namesOf(a), func(name string) bool { return !strings.Contains("abc", name) })
			if !slices.Equal(order, []string{"c", "b", "a"}) {
				t.Errorf("%v", order)
			}
			l.says(l.item(a, "c").Explanation, "You liked this here.")
			l.says(l.item(a, "a").Explanation, "You did not like this here.")
			if f := l.item(a, "c").Feedback; f == nil || f.Type != lora.FeedbackPositive {
				t.Errorf("%+v", f)
			} else {
				l.ok(l.Withdraw(t.Context(), f.ID)) // under the id that the answer names
			}
			if f := l.item(ask(l), "c").Feedback; f != nil {
				t.Errorf("withdrawn, but %+v", f)
			}
		})
	}
	t.Run("it counts for the same question only", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, library...)
		l.judge(l.prompt("a castle on a hill"), "b", lora.FeedbackDismissed)
		l.without(l.prompt("a castle on the hill, sunset"), "b")
		l.item(l.prompt("castle ruins under water with fish"), "b")
		l.item(l.similar("target"), "b")
	})
	t.Run("the last word counts, and can be taken back", func(t *testing.T) {
		t.Parallel()
		l := newLib(t, library...)
		a := l.similar("target")
		l.judge(a, "b", lora.FeedbackPositive)
		last := l.judge(a, "b", lora.FeedbackDismissed)
		l.without(l.similar("target"), "b")
		l.ok(l.Withdraw(t.Context(), last.ID))
		l.first(l.similar("target"), "b")
		if err := l.Withdraw(t.Context(), last.ID); lora.CodeOf(err) != lora.NotFound {
			t.Errorf("taken back twice: %v", err)
		}
	})
}

func TestFeedbackIsChecked(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle", "b | sdxl | castle", "far | sd1 | castle")
	session := l.similar("a").SessionID
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		name string
		give lora.Feedback
		want lora.Code
	}{
		{"an unknown session", lora.Feedback{SessionID: "nobody", AdapterID: l.id("b"), Type: lora.FeedbackPositive}, lora.NotFound},
		{"an unknown adapter", lora.Feedback{SessionID: session, AdapterID: "nobody", Type: lora.FeedbackPositive}, lora.NotFound},
		{"an adapter that was not recommended", lora.Feedback{SessionID: session, AdapterID: l.id("far"), Type: lora.FeedbackPositive}, lora.Invalid},
		{"a type that there is not", lora.Feedback{SessionID: session, AdapterID: l.id("b"), Type: "loved"}, lora.Invalid},
		{"a reason that is a book", lora.Feedback{SessionID: session, AdapterID: l.id("b"), Type: lora.FeedbackPositive, Reason: &long}, lora.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := l.Judge(t.Context(), c.give); lora.CodeOf(err) != c.want {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("2,000 characters are no book, in any script", func(t *testing.T) {
		t.Parallel()
		reason := strings.Repeat("雨", 2000)
		f, err := l.Judge(t.Context(), lora.Feedback{SessionID: session, AdapterID: l.id("b"), Type: lora.FeedbackPositive, Reason: &reason})
		if err != nil || f.Reason == nil || *f.Reason != reason {
			t.Errorf("%v", err)
		}
	})
}

func TestFeedbackIsListedNewestFirst(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle", "b | sdxl | castle", "c | sdxl | castle", "d | sdxl | castle")
	a := l.similar("a")
	for _, name := range []string{"b", "c", "d"} {
		l.judge(a, name, lora.FeedbackPositive)
	}
	page, next, err := l.Judgements(t.Context(), "", 2)
	l.ok(err)
	rest, end, err := l.Judgements(t.Context(), next, 2)
	l.ok(err)
	got := []string{}
	for _, f := range append(page, rest...) {
		got = append(got, f.Name)
	}
	if !slices.Equal(got, []string{"d", "c", "b"}) || end != "" {
		t.Errorf("%v, end %q", got, end)
	}
	if none, _, err := l.Judgements(t.Context(), "nobody", 2); err != nil || len(none) != 0 {
		t.Errorf("after an id nobody has: %v, %v", none, err)
	}
}

func TestPreferencesMoveWhatIsRecommended(t *testing.T) {
	t.Parallel()
	library := []string{"target | sdxl | castle", "a | sdxl | castle | watercolor | ann", "b | sdxl pony | castle | sketch, oil painting | bob", "c | sdxl | castle"}
	for _, c := range []struct {
		name  string
		p     lora.Preference
		liked string
	}{
		{"a tag in any spelling", lora.Preference{Type: lora.PreferTag, Value: "Oil-Painting"}, "b"},
		{"an author", lora.Preference{Type: lora.PreferAuthor, Value: "bob"}, "b"},
		{"a style", lora.Preference{Type: lora.PreferStyle, Value: "watercolour"}, "a"},
		{"a variant of a base model", lora.Preference{Type: lora.PreferTechnical, Value: "pony"}, "b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := newLib(t, library...)
			before := l.item(l.similar("target"), c.liked)
			c.p.Confidence = 1
			kept, err := l.Prefer(t.Context(), c.p, true)
			l.ok(err)
			liked := l.item(l.similar("target"), c.liked)
			if !(liked.Final > before.Final) || kept.LearnedFrom != "explicit" {
				t.Errorf("%v, then %v; %+v", before.Final, liked.Final, kept)
			}
			l.says(signal(liked, recommend.SignalTaste).Words, "You like "+c.p.Value)
			c.p.Confidence = 0
			_, err = l.Prefer(t.Context(), c.p, true)
			l.ok(err)
			disliked := l.item(l.similar("target"), c.liked)
			if !(disliked.Final < before.Final) {
				t.Errorf("%v, disliked %v", before.Final, disliked.Final)
			}
			l.ok(l.Forget(t.Context(), kept.ID))
			if now := l.item(l.similar("target"), c.liked); !near(now.Final, before.Final) {
				t.Errorf("%v, forgotten %v", before.Final, now.Final)
			}
		})
	}
}

func TestPreferencesAreLearnedFromFeedbackWithinBounds(t *testing.T) {
	t.Parallel()
	l := newLib(t, "target | sdxl | castle", "a | sdxl | castle | watercolor | ann", "b | sdxl | castle | watercolor | bob", "c | sdxl | castle | sketch | ann")
	of := func(kind lora.PreferenceType, value string) *lora.Preference {
		list, err := l.Preferences(t.Context())
		l.ok(err)
		for i, p := range list {
			if p.Type == kind && p.Value == value {
				return &list[i]
			}
		}
		return nil
	}
	var given []lora.Feedback
	for range 12 {
		given = append(given, l.judge(l.similar("target"), "a", lora.FeedbackPositive))
	}
	p := of(lora.PreferTag, "watercolor")
	if p == nil || p.LearnedFrom != "feedback" || p.Confidence <= 0.5 || p.Confidence > 0.8 {
		t.Fatalf("after twelve times yes: %+v", p)
	}
	l.says(signal(l.item(l.similar("target"), "b"), recommend.SignalTaste).Words, "You like watercolor")
	t.Run("what the user says is not replaced by what is learned", func(t *testing.T) {
		_, err := l.Prefer(t.Context(), lora.Preference{Type: lora.PreferAuthor, Value: "ann", Confidence: 0.1}, true)
		l.ok(err)
		l.judge(l.similar("target"), "a", lora.FeedbackPositive)
		if p := of(lora.PreferAuthor, "ann"); p == nil || p.LearnedFrom != "explicit" || p.Confidence != 0.1 {
			t.Errorf("%+v", p)
		}
	})
	t.Run("what was learned goes with the feedback it was learned from", func(t *testing.T) {
		list, _, err := l.Judgements(t.Context(), "", 100)
		l.ok(err)
		for _, f := range list {
			l.ok(l.Withdraw(t.Context(), f.ID))
		}
		if p := of(lora.PreferTag, "watercolor"); p != nil {
			t.Errorf("%+v after %d were taken back", p, len(given))
		}
	})
}

func TestPreferencesAreChecked(t *testing.T) {
	t.Parallel()
	l := newLib(t)
	for name, p := range map[string]lora.Preference{
		"a type that there is not": {Type: "colour", Value: "red", Confidence: 1},
		"an empty value":           {Type: lora.PreferTag, Value: " - ", Confidence: 1},
		"a value that is a book":   {Type: lora.PreferTag, Value: strings.Repeat("x", 300), Confidence: 1},
		"too much confidence":      {Type: lora.PreferTag, Value: "red", Confidence: 1.5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := l.Prefer(t.Context(), p, true); lora.CodeOf(err) != lora.Invalid {
				t.Errorf("%v", err)
			}
		})
	}
	long := lora.Preference{Type: lora.PreferTag, Value: strings.Repeat("水", 200), Confidence: 1}
	if kept, err := l.Prefer(t.Context(), long, true); err != nil || kept.Value != long.Value {
		t.Errorf("200 characters in another script: %v", err)
	}
}

func TestWeightsAreKeptAndCanBeReplacedForOneQuestion(t *testing.T) {
	t.Parallel()
	l := newLib(t, append(many(4, "sdxl"), "target | sdxl | castle", "like | sdxl | castle", "used | sdxl | submarine")...)
	l.generate(6, true, "target", "used")
	textOnly, useOnly := recommend.Weights{Text: 1}, recommend.Weights{CoUse: 1}
	kept, err := l.SetWeights(t.Context(), useOnly)
	l.ok(err)
	if now, err := l.Weights(t.Context()); err != nil || now != kept || now != useOnly {
		t.Errorf("%+v, %v", now, err)
	}
	l.first(l.active("target"), "used")
	l.restart()
	l.first(l.active("target"), "used")
	l.first(l.must(l.ForActive(t.Context(), l.all("target"), recommend.Ask{Weights: &textOnly})), "like")
	if _, err := l.SetWeights(t.Context(), recommend.Weights{Text: 2}); lora.CodeOf(err) != lora.Invalid {
		t.Errorf("%v", err)
	}
}

func TestFiguresAreThoseOfWhatHappened(t *testing.T) {
	t.Parallel()
	l := newLib(t, "a | sdxl | castle", "b | sdxl | castle", "!! | sdxl")
	if s, err := l.Stats(t.Context()); err != nil || s.MeanTook != 0 || s.Sessions != 0 || s.Adapters != 3 || s.WithVectors != 2 {
		t.Errorf("before the first answer: %+v, %v", s, err)
	}
	l.judge(l.similar("a"), "b", lora.FeedbackPositive)
	l.trigger("castle")
	s, err := l.Stats(t.Context())
	if err != nil || s.MeanTook <= 0 || s.Sessions != 2 || s.Feedback != 1 || s.IndexBytes <= 0 {
		t.Errorf("%+v, %v", s, err)
	}
	if r, err := l.Rebuild(t.Context(), false); err != nil || r.Status != "skipped" || r.Items != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if r, err := l.Rebuild(t.Context(), true); err != nil || r.Status != "rebuilt" || r.Items != 3 {
		t.Errorf("%+v, %v", r, err)
	}
	if h := l.Health(); h.State != "ready" || h.Adapters != 3 || h.Embedder.State != "off" {
		t.Errorf("%+v", h)
	}
}
