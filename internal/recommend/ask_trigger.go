package recommend

import (
	"context"
	"slices"
	"strings"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// maxTriggerBytes bounds a question by trigger word.
const maxTriggerBytes = 1000

// maxFormHits is how many trigger words one question may meet.
const maxFormHits = 500

// trigger is how a candidate meets a question by trigger word.
type trigger struct {
	form   uint32
	source source
	score  float32
	exact  bool
}

// ByTrigger recommends adapters by a trigger word or phrase; Invalid when it has no
// letters or digits, or is too long. Adapters that have exactly the word come first, those
// with a similar spelling after them, and when both are too few, those that are popular
// and new, marked as filling up.
func (r *Recommender) ByTrigger(ctx context.Context, words string, o Ask) (Answer, error) {
	words = strings.ToValidUTF8(words, " ")
	switch {
	case vector.Squash(words) == "":
		return Answer{}, lora.FieldErrorf(lora.Invalid, "trigger_query", "The trigger has no letters or digits: write the word to look for.")
	case len(words) > maxTriggerBytes:
		return Answer{}, lora.FieldErrorf(lora.Invalid, "trigger_query", "The trigger has more than %d bytes: shorten it.", maxTriggerBytes)
	}
	return r.answer(ctx, lora.RecommendTrigger, words, o, func(x *index, q *question) error {
		q.matched = map[uint32]trigger{}
		for _, hit := range x.triggers.find(words, maxFormHits) {
			for _, m := range x.triggers.mentions[hit.form] {
				if old, ok := q.matched[m.slot]; !ok || hit.score > old.score {
					q.matched[m.slot] = trigger{hit.form, m.source, hit.score, hit.exact}
				}
			}
		}
		if !slices.ContainsFunc(x.adapters, func(a adapter) bool { return a.ends[1] > 0 || a.activation != 0 }) {
			q.note = "No adapter has trigger words yet."
		}
		x.compareTriggers(q, words)
		return nil
	})
}

// compareTriggers sets the text signal to how well trigger words are met.
func (x *index) compareTriggers(q *question, words string) {
	column := q.scratch.column(textColumn, len(x.adapters))
	fill(column, 0)
	for slot, t := range q.matched {
		column[slot] = t.score
	}
	q.scores[textSignal] = column
	q.words = wordsIn(words)
	style := make([]float32, len(styleNames))
	if set := stylesIn(words); set != 0 {
		set.add(style, 1)
		vector.Normalize(style)
		x.compareStyle(q, style)
	}
}

// How answers by trigger word are kept in order: exact ones in the upper part, similar
// ones below them, what fills up at the bottom, each ordered by all signals.
const (
	exactFloor   = 0.6
	similarFloor = 0.1
	fillCeiling  = 0.1
)

// tier moves a score into the part of the scale that is kept for its kind of match.
func (q *question) tier(slot uint32, blended float32) float32 {
	if q.kind != lora.RecommendTrigger {
		return blended
	}
	t, met := q.matched[slot]
	switch {
	case !met:
		return fillCeiling * blended
	case t.exact:
		return exactFloor + (1-exactFloor)*(0.8*t.score+0.2*blended)
	}
	return similarFloor + (exactFloor-similarFloor)*(0.8*t.score+0.2*blended)
}

// matchedAs says how an adapter meets the question, in the adapter's own spelling.
func (x *index) matchedAs(slot uint32, t trigger) *Matched {
	m := &Matched{Trigger: x.triggers.texts[t.form], Sources: t.source.words(), Exact: t.exact, Confidence: float64(t.score)}
	formsOf(&x.adapters[slot], x.terms, func(phrase, form string, _ source) {
		if form == x.triggers.texts[t.form] {
			m.Trigger = phrase
		}
	})
	return m
}
