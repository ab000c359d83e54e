package store_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
	"loramanager/internal/store"
	"loramanager/internal/store/storetest"
)

// deed is something a user or a scan does to a library; n says to what, text is new.
type deed struct {
	what string
	n    int
	text string
	real float64
}

var deeds = rapid.Custom(func(t *rapid.T) deed {
	return deed{
		what: rapid.SampledFrom([]string{
			"scan", "scan", "patch", "trash", "restore", "delete", "digest", "compose", "recompose", "decompose", "preset", "setting", "search",
			"job", "job", "job", "fail", "queue", "rate", "favorite", "tag", "trash job", "purge", "judge", "prefer",
		}).Draw(t, "what"),
		n: rapid.IntRange(0, 40).Draw(t, "n"), text: "x" + rapid.String().Draw(t, "text"), real: rapid.Float64Range(-1e9, 1e9).Draw(t, "real") + 0, // no sign of zero
	}
})

// world does deeds to a store and knows what there is.
type world struct {
	*store.Store
	adapters, compositions []string
	jobs, made             int
}

func pick(list []string, n int) string {
	if len(list) == 0 {
		return "none"
	}
	return list[n%len(list)]
}

// do does a deed. One that the state does not allow is no deed.
func (w *world) do(ctx context.Context, d *deed) error {
	err := w.try(ctx, d)
	var known *lora.Error
	if errors.As(err, &known) && (known.Code == lora.NotFound || known.Code == lora.Conflict || known.Code == lora.Invalid) {
		return nil
	}
	return err
}

func (w *world) try(ctx context.Context, d *deed) error {
	adapter := pick(w.adapters, d.n)
	w.made++
	switch d.what {
	case "scan":
		f := storetest.Scanned(d.n)
		f.Proposed.Name, f.Proposed.Notes, f.Proposed.Alpha, f.Proposed.Tags = d.text, d.text, &d.real, []string{d.text, "b"}
		f.Proposed.Extra = map[string]any{d.text: d.real}
		saved, err := w.SaveScanned(ctx, []lora.ScannedFile{f})
		if err == nil && saved[0].Outcome == lora.Added {
			w.adapters = append(w.adapters, saved[0].AdapterID)
		}
		return err
	case "patch":
		text, err := json.Marshal(d.text)
		if err == nil {
			_, _, err = w.Patch(ctx, adapter, map[string]json.RawMessage{"notes": text, "name": text})
		}
		return err
	case "trash":
		_, err := w.SetTrashed(ctx, []lora.Place{{AdapterID: adapter, TrashRel: "t"}})
		return err
	case "restore":
		_, err := w.SetTrashed(ctx, []lora.Place{{AdapterID: adapter}})
		return err
	case "delete":
		_, err := w.DeleteAdapters(ctx, []string{adapter})
		return err
	case "digest":
		return w.SaveDigests(ctx, adapter, storetest.Scanned(d.n).Stamp, map[string]string{"sha256": fmt.Sprintf("%064x", d.n+1)})
	case "judge":
		id, now := fmt.Sprint("judged-", w.made), storetest.ResultTime(w.made)
		err := w.AddSession(ctx, lora.RecommendSession{ID: id, Kind: lora.RecommendPrompt, Query: d.text, CreatedAt: now})
		if err == nil {
			err = w.AddFeedback(ctx, lora.Feedback{ID: id, SessionID: id, AdapterID: adapter, Type: lora.FeedbackPositive, CreatedAt: now})
		}
		return err
	}
	return w.tryRecord(ctx, d, adapter)
}

func (w *world) tryRecord(ctx context.Context, d *deed, adapter string) error {
	composition := pick(w.compositions, d.n)
	switch d.what {
	case "compose":
		c, err := w.AddComposition(ctx, lora.Composition{Name: d.text, Entries: []lora.Composed{{Use: lora.Use{AdapterID: adapter, Weight: d.real}}}})
		w.compositions = append(w.compositions, c.ID)
		return err
	case "recompose":
		c, err := w.Composition(ctx, composition)
		if err == nil {
			c.Suffix = d.text
			_, err = w.ReplaceComposition(ctx, c)
		}
		return err
	case "decompose":
		return w.DeleteComposition(ctx, composition)
	case "preset":
		_, err := w.AddPreset(ctx, lora.Preset{Name: d.text, Params: lora.GenerationParams{Prompt: d.text, CFGScale: d.real}})
		return err
	case "setting":
		text, err := json.Marshal(d.text)
		if err == nil {
			_, err = w.PatchSettings(ctx, map[string]json.RawMessage{d.text: text})
		}
		return err
	case "search":
		_, err := w.AddSavedSearch(ctx, lora.SavedSearch{Name: d.text, Q: "dragon"})
		return err
	case "prefer":
		_, err := w.PutPreference(ctx, lora.Preference{Type: lora.PreferTag, Value: d.text, Confidence: 0.1, LearnedFrom: "explicit"})
		return err
	}
	return w.tryJob(ctx, d, fmt.Sprint("job-", d.n))
}

func (w *world) tryJob(ctx context.Context, d *deed, id string) error {
	var err error
	switch d.what {
	case "job", "fail", "queue":
		job := storetest.Generation(w.jobs)
		job.ID, job.CreatedAt, job.Engine, job.Prompt = fmt.Sprint("job-", w.jobs), storetest.ResultTime(w.jobs), "e", d.text
		w.jobs++
		if _, _, err = w.AddJob(ctx, job); err != nil || d.what == "queue" {
			return err
		}
		return w.end(ctx, d)
	case "rate":
		rating := d.n % 6
		_, err = w.RateResults(ctx, []string{id}, &rating)
	case "favorite":
		_, err = w.FavoriteResults(ctx, []string{id}, d.n%2 == 0)
	case "tag":
		_, err = w.TagResults(ctx, []string{id}, []string{d.text}, nil, false)
	case "trash job":
		_, err = w.TrashResults(ctx, []string{id})
	case "purge":
		_, err = w.PurgeTrashedResults(ctx, time.Now().Add(time.Hour))
	}
	return err
}

// end claims the next job and ends it, with a picture when it succeeds.
func (w *world) end(ctx context.Context, d *deed) error {
	if err := w.PauseQueue(ctx, false); err != nil {
		return err
	}
	running, found, err := w.ClaimJob(ctx, lora.JobClaim{Worker: "w", Slots: map[string]int{"e": 99}, Lease: time.Hour})
	if err != nil || !found {
		return err
	}
	ending := lora.Ending{Status: lora.JobFailed, Error: d.text}
	if d.what == "job" {
		image := storetest.Picture(d.n)
		if err := w.ReservePicture(ctx, running.ID, image); err != nil {
			return err
		}
		if err := w.KeptPicture(ctx, image.SHA256); err != nil {
			return err
		}
		ending = lora.Ending{Status: lora.JobSucceeded, Images: []lora.Image{image}, Result: []byte(`{"model":"m"}`)}
	}
	_, err = w.EndJob(ctx, running.ID, running.Token, ending)
	return err
}

// TestPromise12_AnyLibraryMovesBetweenDatabasesAndBack lets a library that goes on changing
// move from one database to the other again and again.
func TestPromise12_AnyLibraryMovesBetweenDatabasesAndBack(t *testing.T) {
	t.Parallel()
	here, there := openURL(t, "", t.TempDir()), openURL(t, migrated.Copy(t), "")
	w := &world{}
	for round := range 4 {
		w.Store = here
		done := rapid.SliceOfN(deeds, 25, 25).Example(round + 1)
		for i := range done {
			if err := w.do(t.Context(), &done[i]); err != nil {
				t.Fatalf("round %d, %+v: %v", round, done[i], err)
			}
		}
		d := dumpOf(t, here)
		d.loadInto(t, there)
		what := fmt.Sprintf("round %d after %+v", round, done)
		d.same(t, what, dumpOf(t, there))
		sameAnswers(t, what, answers(t, here), answers(t, there))
		here, there = there, here
	}
}
