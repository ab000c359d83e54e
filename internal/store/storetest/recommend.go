package storetest

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

var recommendTests = []test{
	{"recommend: all facts of an adapter are read", allFactsAreRead},
	{"recommend: only what changed is read again, and what is gone is named", changedFactsAreRead},
	{"recommend: the facts of many adapters come complete, one at a time", manyFactsAreRead},
	{"recommend: training tags follow the file", trainingTagsFollowTheFile},
	{"recommend: hub statistics of any shape are read or left out", hubStatsOfAnyShape},
	{"recommend: a session is found again, and forgotten when nobody judged it", sessionsArePruned},
	{"recommend: feedback is kept with its question, and can be taken back", feedbackIsKept},
	{"recommend: feedback needs a session and an adapter, and goes with the adapter", feedbackNeedsBoth},
	{"recommend: a preference is replaced and its evidence counted", preferencesAreReplaced},
	{"recommend: embeddings are kept by model, and go with the adapter", embeddingsAreKept},
}

// facts reads what changed since a number.
func (s *suite) facts(since int64) (facts map[string]lora.AdapterFacts, change int64, gone []string) {
	s.Helper()
	facts = make(map[string]lora.AdapterFacts)
	change, gone, err := s.AdapterFacts(s.ctx, since, func(f lora.AdapterFacts) error {
		facts[f.ID] = f
		return nil
	})
	s.ok(err)
	return facts, change, gone
}

func allFactsAreRead(s *suite) {
	f := plain("Neon City", "neon_city.safetensors")
	published := time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)
	a := &f.Proposed
	a.Version, a.AuthorUsername, a.ActivationText, a.Archetype = ptr("v2"), ptr("maker"), ptr("neoncity, rain"), ptr("place")
	a.Triggers, a.TrainedWords, a.Tags = []string{"neoncity"}, []string{"neon lights"}, []string{"city", "night"}
	a.BaseVariant, a.Rank, a.NSFWLevel, a.Weight, a.PublishedAt = "turbo", ptr(32), 4, 0.8, &published
	a.Stats = map[string]any{"downloadCount": 1200, "rating": 4.5, "thumbsUpCount": 30}
	for _, name := range []string{"version", "author_username", "activation_text", "archetype", "triggers", "trained_words", "tags", "rank", "nsfw_level", "weight", "published_at", "stats", "base_model", "kind"} {
		a.Sources[name] = lora.FromSidecar
	}
	f.Report = &lora.Report{Tags: []lora.TagCount{{Tag: "night", Count: 9}, {Tag: `a "quoted", tag`, Count: 3}}}
	id := s.save(f).AdapterID
	s.patch(id, `{"rating": 5, "favorite": true, "active": true}`)
	facts, change, gone := s.facts(0)
	got := facts[id]
	s.same("facts", got, lora.AdapterFacts{
		Key: got.Key, ID: id, Name: "Neon City", Version: "v2", FileName: "neon_city.safetensors", Author: "maker",
		Triggers: []string{"neoncity"}, TrainedWords: []string{"neon lights"}, ActivationText: "neoncity, rain", Tags: []string{"city", "night"},
		TrainingTags: []string{"night", `a "quoted", tag`}, Archetype: "place", BaseModel: "sdxl", BaseVariant: "turbo", Kind: "lora", Rank: 32,
		FileSize: 1000, NSFWLevel: 4, Weight: 0.8, Rating: 5, Favorite: true, Active: true, State: lora.FileOK,
		PublishedAt: &published, AddedAt: s.adapter(id).CreatedAt, Downloads: 1200, HubRating: 4.5, HubFavorites: 30,
	})
	if n, err := s.Change(s.ctx); err != nil || n != change || gone != nil || got.Key == 0 {
		s.Errorf("change %d, want %d; gone %v; key %d: %v", change, n, gone, got.Key, err)
	}
}

func changedFactsAreRead(s *suite) {
	ids := s.fill(4)
	_, since, _ := s.facts(0)
	s.patch(ids[1], `{"favorite": true}`)
	s.ok(s.setTrashed(ids[2], "trash/2"))
	facts, since, gone := s.facts(since)
	if len(facts) != 2 || !facts[ids[1]].Favorite || facts[ids[2]].State != lora.FileTrashed || len(gone) != 0 {
		s.Errorf("after an edit and a move to the trash: %v, gone %v", facts, gone)
	}
	_, err := s.DeleteAdapters(s.ctx, ids[2:3])
	s.ok(err)
	facts, since, gone = s.facts(since)
	if len(facts) != 0 || !slices.Equal(gone, ids[2:3]) {
		s.Errorf("after it was deleted for good: %v, gone %v", facts, gone)
	}
	if facts, _, gone = s.facts(since); len(facts)+len(gone) != 0 {
		s.Errorf("when nothing has changed: %v, gone %v", facts, gone)
	}
}

func manyFactsAreRead(s *suite) {
	want := s.fill(300)
	busy := false // the race detector tells when two calls meet
	var got []string
	_, _, err := s.AdapterFacts(s.ctx, 0, func(f lora.AdapterFacts) error {
		if busy {
			return errors.New("two at a time")
		}
		busy = true
		got = append(got, f.ID)
		busy = false
		return nil
	})
	s.ok(err)
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		s.Errorf("%d facts of %d adapters", len(got), len(want))
	}
	stop := errors.New("enough")
	if _, _, err := s.AdapterFacts(s.ctx, 0, func(lora.AdapterFacts) error { return stop }); !errors.Is(err, stop) {
		s.Errorf("an error of who is told: %v", err)
	}
}

func trainingTagsFollowTheFile(s *suite) {
	f := plain("x", "x.safetensors")
	f.Report = &lora.Report{}
	for i := range 60 {
		f.Report.Tags = append(f.Report.Tags, lora.TagCount{Tag: fmt.Sprint("tag ", i), Count: int64(100 - i)})
	}
	id := s.save(f).AdapterID
	facts, since, _ := s.facts(0)
	if tags := facts[id].TrainingTags; len(tags) != 50 || tags[0] != "tag 0" || tags[49] != "tag 49" {
		s.Errorf("%d training tags: %v", len(tags), tags)
	}
	f.Report, f.Replaced = &lora.Report{}, true
	s.save(f)
	facts, _, _ = s.facts(since)
	if tags := facts[id].TrainingTags; len(tags) != 0 {
		s.Errorf("the new file was trained without tags, but has %v", tags)
	}
}

func hubStatsOfAnyShape(s *suite) {
	for name, c := range map[string]struct {
		stats     map[string]any
		downloads int
		rating    float64
		favorites int
	}{
		"numbers as texts":    {map[string]any{"downloads": "77", "rating": "3.5", "favoriteCount": "5"}, 77, 3.5, 5},
		"nonsense":            {map[string]any{"downloadCount": "many", "rating": []any{1}, "favoriteCount": map[string]any{}}, 0, 0, 0},
		"beyond any sense":    {map[string]any{"downloadCount": 1e300, "rating": 99, "thumbsUpCount": -3}, 1<<31 - 1, 5, 0},
		"nothing of interest": {map[string]any{"commentCount": 3}, 0, 0, 0},
	} {
		f := plain(name, name+".safetensors")
		f.Proposed.Stats, f.Proposed.Sources["stats"] = c.stats, lora.FromSidecar
		id := s.save(f).AdapterID
		facts, _, _ := s.facts(0)
		if got := facts[id]; got.Downloads != c.downloads || got.HubRating != c.rating || got.HubFavorites != c.favorites {
			s.Errorf("%s: %d downloads, rating %v, %d favourites", name, got.Downloads, got.HubRating, got.HubFavorites)
		}
	}
}

// session adds an answered question that recommended the adapters.
func (s *suite) session(at time.Time, results ...string) lora.RecommendSession {
	s.Helper()
	session := lora.RecommendSession{
		ID: uuid.NewString(), Kind: lora.RecommendPrompt, Query: "a city at night", AdapterIDs: []string{"a", "b"}, Results: results,
		CreatedAt: at.UTC().Truncate(time.Microsecond),
	}
	s.ok(s.AddSession(s.ctx, session))
	return session
}

func sessionsArePruned(s *suite) {
	ids := s.fill(2)
	now := time.Now()
	old := s.session(now.AddDate(0, 0, -31), ids[0])
	judged := s.session(now.AddDate(0, 0, -31), ids[0])
	s.ok(s.AddFeedback(s.ctx, lora.Feedback{ID: uuid.NewString(), SessionID: judged.ID, AdapterID: ids[0], Type: lora.FeedbackPositive, CreatedAt: now}))
	recent := s.session(now, ids...)
	for range 64 { // one of so many forgets old ones
		s.session(now)
	}
	got, err := s.Session(s.ctx, recent.ID)
	s.ok(err)
	s.same("a session", got, recent)
	_, err = s.Session(s.ctx, judged.ID)
	s.ok(err)
	_, err = s.Session(s.ctx, old.ID)
	s.fails(err, lora.NotFound)
	_, err = s.Session(s.ctx, "no\x00thing")
	s.fails(err, lora.NotFound)
}

func embeddingsAreKept(s *suite) {
	ids := s.fill(3)
	facts, _, _ := s.facts(0)
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	of := func(id, model string, v ...float32) lora.Embedding {
		return lora.Embedding{AdapterKey: facts[id].Key, AdapterID: id, Model: model, TextDigest: "d" + model, Vector: v, ComputedAt: at}
	}
	gone := of(ids[2], "m1", 1)
	gone.AdapterKey += 1000
	s.ok(s.PutEmbeddings(s.ctx, []lora.Embedding{of(ids[0], "m1", 1, -0.5), of(ids[1], "m1", 0, 2), of(ids[0], "m2", 3), gone}))
	s.ok(s.PutEmbeddings(s.ctx, []lora.Embedding{of(ids[0], "m1", 0.25, 4)}))
	all := func(model string) (list []lora.Embedding) {
		s.ok(s.Embeddings(s.ctx, model, func(e lora.Embedding) error {
			list = append(list, e)
			return nil
		}))
		slices.SortFunc(list, func(a, b lora.Embedding) int { return int(a.AdapterKey - b.AdapterKey) })
		return list
	}
	s.same("embeddings of a model", all("m1"), []lora.Embedding{of(ids[0], "m1", 0.25, 4), of(ids[1], "m1", 0, 2)})
	one, err := s.Embedding(s.ctx, ids[0], "m2")
	s.ok(err)
	s.same("an embedding", one, of(ids[0], "m2", 3))
	_, err = s.Embedding(s.ctx, ids[1], "m2")
	s.fails(err, lora.NotFound)
	_, err = s.DeleteAdapters(s.ctx, ids[1:2])
	s.ok(err)
	if n, err := s.DropEmbeddings(s.ctx, "m1"); err != nil || n != 1 || len(all("m2")) != 0 || len(all("m1")) != 1 {
		s.Errorf("%d vectors of other models forgotten, %d left of this one: %v", n, len(all("m1")), err)
	}
}
