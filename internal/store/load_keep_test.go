package store_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

func TestWhatIsOfThisServerOutlastsALoad(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, there database) {
		to := openURL(t, there.url, "")
		ctx := t.Context()
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ok(to.AddRoot(ctx, lora.Root{ID: "here-1", Path: "/srv/loras", Name: "mine", Writable: false}))
		ok(to.AddRoot(ctx, lora.Root{ID: "here-2", Path: "/srv/other", Name: "other", Writable: true}))
		ok(to.AddEngineConfig(ctx, lora.EngineConfig{Name: "forge", URL: engineURL, Password: "mine"}))
		ok(to.AddEngineConfig(ctx, lora.EngineConfig{Name: "comfy", URL: "http://elsewhere", Password: "mine too"}))
		ok(to.PutTransfer(ctx, lora.Transfer{ID: "t", Kind: lora.TransferRestore, State: lora.TransferRunning, StartedAt: time.Now()}, "p"))
		picture := storetest.Picture(901)
		ok(to.ReservePicture(ctx, "j", picture))
		ok(to.KeptPicture(ctx, picture.SHA256))

		loaded := furnishedDump(t).loadInto(t, to)
		if !maps.Equal(loaded.Roots, map[string]string{storetest.RootID: "here-1"}) || !loaded.QueuePaused {
			t.Errorf("loaded %+v", loaded)
		}
		roots, err := to.Roots(ctx)
		ok(err)
		if len(roots) != 2 || !slices.ContainsFunc(roots, func(r lora.Root) bool {
			return r.ID == "here-1" && r.Path == "/srv/loras" && r.Adapters == 29 && !r.Writable && r.Name == odd
		}) || !slices.ContainsFunc(roots, func(r lora.Root) bool { return r.ID == "here-2" && r.Adapters == 0 }) {
			t.Errorf("folders %+v", roots)
		}
		engines, err := to.EngineConfigs(ctx)
		ok(err)
		if len(engines) != 2 || engines[0].Password != "" || engines[1].Password != "mine" || engines[0].URL != engineURL+"1" {
			t.Errorf("engines %+v", engines)
		}
		if transfer, err := to.Transfer(ctx, "t"); err != nil || transfer.State != lora.TransferRunning {
			t.Errorf("the transfer %+v, %v", transfer, err)
		}
		if _, err := to.Picture(ctx, picture.SHA256); err != nil {
			t.Errorf("a picture whose file is here: %v", err)
		}
		abandoned, err := to.AbandonedPictures(ctx, time.Now().Add(time.Hour), 100)
		ok(err)
		if !slices.Contains(abandoned, picture.SHA256) || slices.Contains(abandoned, storetest.Picture(5).SHA256) {
			t.Errorf("abandoned: %v", abandoned)
		}
		state, err := to.QueueState(ctx)
		if err != nil || !state.Paused || state.Pending != 1 {
			t.Errorf("the queue %+v, %v", state, err)
		}
		goesOn(t, to)
	})
}

// goesOn does what makes new keys of every sort.
func goesOn(t *testing.T, s *store.Store) {
	t.Helper()
	files := storetest.Batch(0, 32) // two are new
	for i := range files {
		files[i].RootID = "here-1"
	}
	files[3].RelPath = "raw \xff\xfe/\u00e9.safetensors"
	saved, err := s.SaveScanned(t.Context(), files)
	outcomes := make(map[lora.Outcome]int)
	for _, r := range saved {
		outcomes[r.Outcome]++
	}
	if err != nil || outcomes[lora.Added] != 3 || outcomes[lora.Updated]+outcomes[lora.Restored] != 29 { // the one in the trash is found again
		t.Errorf("a scan after it: %v, %v", outcomes, err)
	}
	if _, err := s.CancelJob(t.Context(), "extra-2"); err != nil {
		t.Errorf("the job that came back: %v", err)
	}
	if err := s.PauseQueue(t.Context(), false); err != nil {
		t.Error(err)
	}
	for i := 600; i < 604; i++ {
		if err := storetest.MakeResult(t.Context(), s, i); err != nil {
			t.Errorf("a job after it: %v", err)
		}
	}
	err = s.AddSession(t.Context(), lora.RecommendSession{ID: "new", Kind: lora.RecommendPrompt, CreatedAt: storetest.ResultTime(900)})
	if err == nil {
		err = s.AddFeedback(t.Context(), lora.Feedback{ID: "new", SessionID: "new", AdapterID: saved[31].AdapterID, Type: lora.FeedbackNegative, CreatedAt: storetest.ResultTime(901)})
	}
	if err != nil {
		t.Errorf("feedback after it: %v", err)
	}
}

func TestEveryProcessNoticesALoad(t *testing.T) {
	t.Parallel()
	pair(t, furnishQuickly, func(t *testing.T, from *furnished, to *store.Store, there database) {
		ctx := t.Context()
		saved, err := to.SaveScanned(ctx, storetest.Batch(40, 7))
		if err != nil {
			t.Fatal(err)
		}
		for i := 200; i < 210; i++ {
			if err := storetest.MakeResult(ctx, to, i); err != nil {
				t.Fatal(err)
			}
		}
		other := to
		if there.name == "postgres" {
			other = openURL(t, there.url, "")
		}
		remembered := remember(t, other)
		dumpOf(t, from.Store).loadInto(t, to)

		facts := make(map[string]bool)
		_, gone, err := other.AdapterFacts(ctx, remembered.facts, func(f lora.AdapterFacts) error { facts[f.ID] = true; return nil })
		if err != nil || len(facts) != 30 || !facts[from.ids[9]] || len(gone) != 7 || !slices.Contains(gone, saved[3].AdapterID) {
			t.Errorf("%d adapters changed and %d are gone: %v", len(facts), len(gone), err)
		}
		if _, r, err := other.List(ctx, catalog.Query{}); err != nil || r.Total != 29 {
			t.Errorf("%d adapters: %v", r.Total, err)
		}
		if _, err := other.AdapterPairs(ctx, remembered.change, func(p lora.AdapterPair) { remembered.pairs[p.A+" "+p.B] = p.Jobs }); err != nil {
			t.Fatal(err)
		}
		maps.DeleteFunc(remembered.pairs, func(_ string, jobs int) bool { return jobs == 0 })
		if now := remember(t, from.Store); !maps.Equal(remembered.pairs, now.pairs) || len(now.pairs) == 0 {
			t.Errorf("pairs %v, want %v", remembered.pairs, now.pairs)
		}
		if taste, err := other.TasteChange(ctx); err != nil || taste <= remembered.taste {
			t.Errorf("the taste is %d, was %d: %v", taste, remembered.taste, err)
		}
		usages, err := other.AdapterUsages(ctx, remembered.window, lora.MostUsed, 1000)
		want, err2 := from.AdapterUsages(ctx, remembered.window, lora.MostUsed, 1000)
		if err != nil || err2 != nil || fmt.Sprint(usages) != fmt.Sprint(want) {
			t.Errorf("usages %v, want %v: %v, %v", usages, want, err, err2)
		}
	})
}

// memory is what a process remembers of a store.
type memory struct {
	facts, change, taste int64
	pairs                map[string]int
	window               lora.Window
}

func remember(t *testing.T, s *store.Store) (m memory) {
	t.Helper()
	m.pairs, m.window = make(map[string]int), lora.Window{Start: storetest.ResultTime(0), End: storetest.ResultTime(1000), Zone: time.UTC}
	var err error
	if m.facts, _, err = s.AdapterFacts(t.Context(), 0, func(lora.AdapterFacts) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if m.change, err = s.AdapterPairs(t.Context(), 0, func(p lora.AdapterPair) { m.pairs[p.A+" "+p.B] = p.Jobs }); err != nil {
		t.Fatal(err)
	}
	maps.DeleteFunc(m.pairs, func(_ string, jobs int) bool { return jobs == 0 })
	if m.taste, err = s.TasteChange(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AdapterUsages(t.Context(), m.window, lora.MostUsed, 10); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.List(t.Context(), catalog.Query{}); err != nil {
		t.Fatal(err)
	}
	return m
}
