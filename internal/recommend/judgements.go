package recommend

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// weightsAge is after how long the weights are read again: they may have been changed
// through another replica. Those changed here count at once.
const weightsAge = 2 * time.Second

// maxJudgements is how many feedbacks count, the latest.
const maxJudgements = 5000

// judgements are what the user has said about recommendations.
type judgements struct {
	feedbacks   []lora.Feedback // newest first
	preferences []lora.Preference
	weights     Weights
	change      int64 // of feedback and preferences
	readAt      time.Time
}

// listen reads what the user said since the last time, and the weights when they were read
// before a moment. It costs one number when nothing has changed.
func (r *Recommender) listen(ctx context.Context, before time.Time) error {
	r.listening.Lock()
	defer r.listening.Unlock()
	change, err := r.Tastes.TasteChange(ctx)
	if err != nil {
		return err
	}
	r.mu.RLock()
	j := r.judgements
	r.mu.RUnlock()
	if now := r.Now(); j.readAt.Before(before) || j.readAt.After(now) {
		settings, err := r.Tastes.Settings(ctx)
		if err != nil {
			return err
		}
		j.weights, j.readAt = weightsIn(settings), now
	}
	said := j.feedbacks == nil || j.change != change
	if said {
		if j.feedbacks, err = r.Memory.Feedbacks(ctx, maxJudgements); err != nil {
			return err
		}
		if j.preferences, err = r.Tastes.Preferences(ctx); err != nil {
			return err
		}
		j.change = change
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if said {
		r.index.retaste(newTastes(j.feedbacks, j.preferences))
	}
	r.judgements = j
	return nil
}

// settingName is where the weights are kept.
const settingName = "recommend_weights"

// weightsIn reads the kept weights; values that make no sense are as if never kept.
func weightsIn(settings map[string]json.RawMessage) Weights {
	kept := DefaultWeights
	if raw, ok := settings[settingName]; !ok || json.Unmarshal(raw, &kept) != nil || kept.check() != nil {
		return DefaultWeights
	}
	return kept
}

// here are the user's last words about adapters when the same was asked, by adapter id.
func here(feedbacks []lora.Feedback, kind lora.RecommendKind, query string) map[string]lora.Feedback {
	said := map[string]lora.Feedback{}
	same := sameQuestion(kind, query)
	for _, f := range feedbacks {
		if _, ok := said[f.AdapterID]; !ok && f.Kind == kind && same(f.Query) {
			said[f.AdapterID] = f
		}
	}
	return said
}

// sameQuestion tells whether questions of a kind are the same for the user: equal words
// for a trigger, the same adapter, and half of the words or adapters for prompts and
// compositions, which change a little all the time.
func sameQuestion(kind lora.RecommendKind, query string) func(other string) bool {
	var split func(string) []string
	switch kind {
	case lora.RecommendTrigger:
		form := vector.Squash(query)
		return func(other string) bool { return vector.Squash(other) == form }
	case lora.RecommendPrompt:
		split = func(text string) []string { return vector.Words(cut(text, maxQuery)) }
	case lora.RecommendActive:
		split = func(ids string) []string { return strings.Split(ids, ",") }
	default:
		return func(other string) bool { return other == query }
	}
	mine := map[string]bool{}
	for _, word := range split(query) {
		mine[word] = true
	}
	known := map[string]bool{} // answers, by query
	return func(other string) bool {
		if answer, ok := known[other]; ok {
			return answer
		}
		theirs := map[string]bool{}
		both := 0
		for _, word := range split(other) {
			if mine[word] && !theirs[word] {
				both++
			}
			theirs[word] = true
		}
		known[other] = 2*both >= len(mine)+len(theirs)-both
		return known[other]
	}
}
