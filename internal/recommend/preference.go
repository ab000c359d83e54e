package recommend

import (
	"context"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// Where a preference comes from.
const (
	saidByUser          = "explicit"
	learnedFromFeedback = "feedback"
)

// maxPreferred bounds the value of a preference, in characters.
const maxPreferred = 200

// Prefer keeps a preference of the user. Type, value and confidence must be set; explicit
// tells whether the user said so. What the user said is not replaced by what was learned.
func (r *Recommender) Prefer(ctx context.Context, p lora.Preference, explicit bool) (lora.Preference, error) {
	p.Value = strings.TrimSpace(p.Value)
	switch {
	case !slices.Contains([]lora.PreferenceType{lora.PreferArchetype, lora.PreferStyle, lora.PreferTechnical, lora.PreferAuthor, lora.PreferTag}, p.Type):
		return lora.Preference{}, lora.FieldErrorf(lora.Invalid, "preference_type", "The preference type must be archetype, style, technical, author or tag.")
	case vector.Squash(p.Value) == "":
		return lora.Preference{}, lora.FieldErrorf(lora.Invalid, "preference_value", "The preference has no letters or digits: write what is liked.")
	case utf8.RuneCountInString(p.Value) > maxPreferred:
		return lora.Preference{}, lora.FieldErrorf(lora.Invalid, "preference_value", "The preference has more than %d characters: shorten it.", maxPreferred)
	case !(p.Confidence >= 0 && p.Confidence <= 1):
		return lora.Preference{}, lora.FieldErrorf(lora.Invalid, "confidence", "The confidence must be between 0 and 1.")
	}
	p.LearnedFrom = learnedFromFeedback
	if explicit {
		p.LearnedFrom = saidByUser
	}
	kept, err := r.Tastes.PutPreference(ctx, p)
	if err != nil {
		return lora.Preference{}, err
	}
	return kept, r.changed(ctx)
}

// Preferences lists what the user prefers, the latest evidence first.
func (r *Recommender) Preferences(ctx context.Context) ([]lora.Preference, error) {
	return r.Tastes.Preferences(ctx)
}

// Forget deletes a preference; NotFound for an unknown id.
func (r *Recommender) Forget(ctx context.Context, id string) error {
	if err := r.Tastes.DeletePreference(ctx, id); err != nil {
		return err
	}
	return r.changed(ctx)
}

// What is learned stays between these: a few clicks are no confession.
const (
	learnedSpan = 0.3 // from 0.5 in either direction
	learnedHalf = 2   // judgements at which half of it is reached
	learnedTags = 5   // of one adapter, the first
)

// lessons are what a judgement of an adapter says about others like it.
var lessons = map[lora.FeedbackType]float64{
	lora.FeedbackPositive: 1, lora.FeedbackActivated: 1, lora.FeedbackNegative: -1, lora.FeedbackDismissed: -0.5,
}

// learn draws from all judgements what the user prefers among the tags and the author of
// an adapter that was just judged, and makes everything said count at once.
func (r *Recommender) learn(ctx context.Context, adapterID string) error {
	if err := r.changed(ctx); err != nil {
		return err
	}
	forget, keep := r.lessonsOf(adapterID)
	for _, id := range forget {
		if err := r.Tastes.DeletePreference(ctx, id); err != nil && lora.CodeOf(err) != lora.NotFound {
			return err
		}
	}
	for _, p := range keep {
		// With too many preferences nothing more is learned; the feedback itself counts.
		if _, err := r.Tastes.PutPreference(ctx, p); err != nil && lora.CodeOf(err) != lora.TooLarge {
			return err
		}
	}
	if len(forget)+len(keep) == 0 {
		return nil
	}
	return r.changed(ctx)
}

// lessonsOf returns the learned preferences that have lost their ground and those to keep.
func (r *Recommender) lessonsOf(adapterID string) (forget []string, keep []lora.Preference) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	slot, ok := x.slots[adapterID]
	if !ok {
		return nil, nil
	}
	traits := x.traits(slot)
	ups, downs := map[taste]float64{}, map[taste]float64{}
	for _, f := range latest(r.judgements.feedbacks) {
		other, ok := x.slots[f.AdapterID]
		if !ok || lessons[f.Type] == 0 {
			continue
		}
		for key := range x.traits(other) {
			if lesson := lessons[f.Type]; lesson > 0 {
				ups[key] += lesson
			} else {
				downs[key] -= lesson
			}
		}
	}
	for key, value := range traits {
		up, down := ups[key], downs[key]
		old, known := x.tastes.likes[key]
		confidence := 0.5 + learnedSpan*(up-down)/(up+down+learnedHalf)
		switch {
		case known && old.LearnedFrom == saidByUser:
		case up+down == 0 && known:
			forget = append(forget, old.ID)
		case up+down > 0 && (!known || math.Abs(old.Confidence-confidence) > 1e-9):
			if known {
				value = old.Value
			}
			keep = append(keep, lora.Preference{Type: key.kind, Value: value, Confidence: confidence, LearnedFrom: learnedFromFeedback})
		}
	}
	slices.SortFunc(keep, func(a, b lora.Preference) int {
		return strings.Compare(string(a.Type)+a.Value, string(b.Type)+b.Value)
	})
	return forget, keep
}

// traits are what may be learned of an adapter: its first tags and its author, as they are
// spelled.
func (x *index) traits(slot uint32) map[taste]string {
	a := &x.adapters[slot]
	traits := map[taste]string{}
	add := func(kind lora.PreferenceType, value string) {
		if vector.Squash(value) != "" {
			traits[taste{kind, formOf(value)}] = value
		}
	}
	for _, id := range a.tags()[:min(len(a.tags()), learnedTags)] {
		add(lora.PreferTag, x.terms.text(id))
	}
	add(lora.PreferAuthor, x.terms.text(a.author))
	return traits
}
