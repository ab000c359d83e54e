package recommend_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/recommend"
	"loramanager/internal/recommend/recommendtest"
)

// facts is a usable adapter with a trigger.
func facts(id, trigger string) lora.AdapterFacts {
	return lora.AdapterFacts{
		ID: id, Name: id, FileName: id, Triggers: []string{trigger}, BaseModel: "sdxl", Kind: "lora", State: lora.FileOK, AddedAt: time.Now().Add(-time.Hour),
	}
}

func TestQuestionsAreAnsweredWhileTheCatalogChanges(t *testing.T) {
	t.Parallel()
	s := recommendtest.NewSource()
	recommendtest.Fill(s, 300, 500, time.Now())
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s, Look: time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() { r.Run(ctx) })
	var asking sync.WaitGroup
	for who := range 3 {
		asking.Go(func() {
			for i := range 40 {
				id := recommendtest.Facts((i*7+who)%250, time.Now()).ID
				if _, err := r.Similar(ctx, id, recommend.SimilarOptions{}); err != nil {
					t.Error(err)
				}
				if _, err := r.ForPrompt(ctx, recommend.PromptOptions{Prompt: "neon city", ActiveIDs: []string{id}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	asking.Go(func() {
		for i := range 150 {
			f := recommendtest.Facts(i, time.Now())
			f.Tags = append(f.Tags, "changed")
			s.Put(f)
			s.Used(i%2 == 0, f.ID, recommendtest.Facts(i+1, time.Now()).ID)
			if i%10 == 0 {
				s.Purge(recommendtest.Facts(299-i/10, time.Now()).ID)
			}
			r.Health()
			if _, err := r.Rebuild(ctx, i%50 == 0); err != nil {
				t.Error(err)
			}
			if _, err := r.ComputeEmbeddings(ctx, nil, i%30 == 0, i%15 == 0); err != nil {
				t.Error(err)
			}
		}
	})
	asking.Wait()
	stop()
	all.Wait()
}

func TestALibraryThatLosesManyAdaptersIsIndexedAnew(t *testing.T) {
	t.Parallel()
	s := recommendtest.NewSource()
	var list []lora.AdapterFacts
	for i := range 3000 {
		list = append(list, recommendtest.Facts(i, time.Now()))
	}
	s.Put(list...)
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s})
	if _, err := r.Rebuild(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	before := r.Health()
	for _, f := range list[:2000] {
		s.Purge(f.ID)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		go r.Run(ctx)
		synctest.Wait() // until Run has looked, and waits to look again
		stop()
		synctest.Wait()
	})
	after := r.Health()
	if after.Adapters != 1000 || after.Bytes >= before.Bytes {
		t.Errorf("%d bytes for 3,000 adapters, %d for %d", before.Bytes, after.Bytes, after.Adapters)
	}
}

// broken is a catalog that does not answer for a while.
type broken struct {
	*recommendtest.Source
	down atomic.Bool
}

func (b *broken) Change(ctx context.Context) (int64, error) {
	if b.down.Load() {
		return 0, errors.New("no connection")
	}
	return b.Source.Change(ctx)
}

func TestACatalogThatDoesNotAnswerIsSaidAndComesBack(t *testing.T) {
	t.Parallel()
	b := &broken{Source: recommendtest.NewSource()}
	b.Put(facts("a", "castle"), facts("b", "castle"))
	r := recommend.New(recommend.Options{Library: b, Memory: b, Tastes: b})
	if h := r.Health(); h.State != "building" {
		t.Errorf("before anything: %+v", h)
	}
	b.down.Store(true)
	if _, err := r.Similar(t.Context(), "a", recommend.SimilarOptions{}); err == nil || r.Health().State != "failing" || r.Health().Error == "" {
		t.Errorf("%v, %+v", err, r.Health())
	}
	b.down.Store(false)
	if _, err := r.Similar(t.Context(), "a", recommend.SimilarOptions{}); err != nil || r.Health().State != "ready" {
		t.Errorf("%v, %+v", err, r.Health())
	}
}

func TestFactsThatMakeNoSenseDoNoHarm(t *testing.T) {
	t.Parallel()
	s := recommendtest.NewSource()
	odd := facts("odd", "castle")
	odd.HubRating, odd.Downloads, odd.HubFavorites, odd.UseCount, odd.Rank, odd.Rating, odd.NSFWLevel = 1e300, -5, -1, -7, -3, 99, -2
	odd.AddedAt = time.Time{}
	many := facts("many", "castle")
	for range 5000 {
		many.Triggers, many.Tags, many.TrainingTags = append(many.Triggers, "castle"), append(many.Tags, "\xff\xfe"), append(many.TrainingTags, "")
	}
	future := facts("future", "castle")
	future.AddedAt = time.Now().Add(1e6 * time.Hour)
	s.Put(facts("a", "castle"), odd, many, future)
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s})
	a, err := r.Similar(t.Context(), "a", recommend.SimilarOptions{})
	if err != nil || len(a.Items) != 3 {
		t.Fatalf("%v, %+v", err, a)
	}
	for _, item := range a.Items {
		for _, signal := range item.Signals {
			if !(signal.Score >= 0 && signal.Score <= 1.0001) {
				t.Errorf("%s: %+v", item.Name, signal)
			}
		}
	}
	if names := namesOf(a); !slices.Contains(names, "odd") || !slices.Contains(names, "future") {
		t.Errorf("%v", names)
	}
}

func TestTheWordsOfRecencyTellTheMomentThatItsScoreRestsOn(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	begin := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	s, c := recommendtest.NewSource(), &clock{now: begin}
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s, Now: c.Now})
	put := func(id string, added time.Time, used, published time.Duration) {
		f := facts(id, "castle")
		usedAt, publishedAt := begin.Add(-used), begin.Add(-published)
		f.AddedAt, f.LastUsedAt, f.PublishedAt = added, &usedAt, &publishedAt
		s.Put(f)
	}
	put("asked", begin.Add(-day), 800*day, 900*day)
	put("added lately, used a little later", begin.Add(-31*day), 20*day, 900*day)
	put("used today", begin.Add(-300*day), time.Hour, 900*day)
	if _, err := r.Similar(t.Context(), "asked", recommend.SimilarOptions{}); err != nil {
		t.Fatal(err)
	}
	c.advance(5 * time.Minute)
	put("new since the last question", c.Now(), 800*day, 900*day)
	put("from a clock that runs ahead", c.Now().Add(time.Minute), 800*day, 900*day)
	put("from a clock that was wrong", c.Now().Add(365*day), 800*day, 900*day)
	a, err := r.Similar(t.Context(), "asked", recommend.SimilarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]struct {
		low, high float64
		words     string
	}{
		"added lately, used a little later": {0.75, 0.8, "Added 31 days ago."},
		"used today":                        {0.99, 1, "Used today."},
		"new since the last question":       {0.99, 1, "Added today."},
		"from a clock that runs ahead":      {0.99, 1, "Added today."},
		"from a clock that was wrong":       {0, 0.01, "Published 2 years ago."},
	}
	for _, item := range a.Items {
		for _, signal := range item.Signals {
			if w := want[item.Name]; signal.Signal == recommend.SignalRecency && (signal.Score < w.low || signal.Score > w.high || signal.Words != w.words) {
				t.Errorf("%s: %+v, want %+v", item.Name, signal, w)
			}
		}
	}
	if len(a.Items) != len(want) {
		t.Errorf("%d items", len(a.Items))
	}
}

func TestBuiltInVectorsMadeAnewAreTheSameAndCounted(t *testing.T) {
	t.Parallel()
	s := recommendtest.NewSource()
	recommendtest.Fill(s, 200, 0, time.Now())
	r := recommend.New(recommend.Options{Library: s, Memory: s, Tastes: s})
	id := recommendtest.Facts(7, time.Now()).ID
	before, err := r.Similar(t.Context(), id, recommend.SimilarOptions{})
	if err != nil {
		t.Fatal(err)
	}
	report, err := r.ComputeEmbeddings(t.Context(), nil, true, true)
	if err != nil || report.Processed != 200 || report.Skipped != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	after, err := r.Similar(t.Context(), id, recommend.SimilarOptions{})
	if err != nil || !slices.Equal(namesOf(before), namesOf(after)) {
		t.Errorf("%v, before %v, after %v", err, namesOf(before), namesOf(after))
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if _, err := r.ComputeEmbeddings(stopped, nil, true, true); !errors.Is(err, context.Canceled) {
		t.Errorf("who asked has left: %v", err)
	}
}
