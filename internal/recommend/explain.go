package recommend

import (
	"cmp"
	"slices"
	"strings"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// item puts a ranked adapter in words.
func (x *index) item(q *question, one ranked, now int64) Item {
	a := &x.adapters[one.slot]
	item := Item{AdapterID: a.id, Name: a.name, Similarity: float64(one.similarity), Final: float64(one.final), Signals: []Signal{}}
	if said, ok := q.said[one.slot]; ok {
		item.Feedback = &said
	}
	if t, ok := q.matched[one.slot]; ok {
		item.Matched = x.matchedAs(one.slot, t)
	}
	item.Fallback = q.kind == lora.RecommendTrigger && item.Matched == nil
	sum := 0.0
	for s := range signals {
		if q.shares[s] == 0 {
			continue
		}
		score := float64(q.score(s, one.slot))
		sum += q.shares[s] * score
		item.Signals = append(item.Signals, Signal{
			Signal: signalNames[s], Score: score, Weight: q.shares[s], Contribution: q.shares[s] * score, Words: x.signalWords(q, s, one.slot, now),
		})
	}
	scaleTo(item.Signals, sum, item.Final)
	item.Explanation = q.explain(&item, one)
	return item
}

// scaleTo makes contributions add up to the final score, which the user's words and exact
// trigger words move as a whole.
func scaleTo(list []Signal, sum, final float64) {
	if sum <= 0 {
		return
	}
	for i := range list {
		list[i].Contribution *= final / sum
	}
}

// maxReasons is how many signals an explanation names.
const maxReasons = 3

// explain names what lifts an adapter above the others.
func (q *question) explain(item *Item, one ranked) string {
	var parts []string
	if item.Feedback != nil {
		parts = append(parts, saidHere[item.Feedback.Type])
	}
	type reason struct {
		lift  float64
		words string
	}
	var reasons []reason
	for _, s := range item.Signals {
		i := slices.Index(signalNames[:], s.Signal)
		if score := q.scores[i][one.slot]; score == score && score > q.means[i] {
			reasons = append(reasons, reason{s.Weight * float64(score-q.means[i]), s.Words})
		}
	}
	slices.SortStableFunc(reasons, func(a, b reason) int { return cmp.Compare(b.lift, a.lift) })
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		parts = append(parts, r.words)
	}
	switch {
	case item.Fallback:
		parts = append([]string{"Fills up the list: it has no such trigger word."}, parts...)
	case len(parts) == 0:
		parts = append(parts, "Nothing lifts it above the others.")
	}
	return strings.Join(parts, " ")
}

// saidHere repeats what the user said when the same was asked.
var saidHere = map[lora.FeedbackType]string{
	lora.FeedbackPositive:  "You liked this here.",
	lora.FeedbackActivated: "You took this here.",
	lora.FeedbackNegative:  "You did not like this here.",
	lora.FeedbackIgnored:   "You passed this over here.",
}

// signalWords says what a score rests on.
func (x *index) signalWords(q *question, signal int, slot uint32, now int64) string {
	a := &x.adapters[slot]
	score := q.scores[signal][slot]
	known := score == score
	switch signal {
	case textSignal:
		return x.textWords(q, slot, known)
	case styleSignal:
		return x.styleWords(q, a, known)
	case technicalSignal:
		return x.technicalWords(q, a)
	case coUseSignal:
		return x.useWords(q, slot, known)
	case qualitySignal:
		return a.qualityWords(known)
	case popularitySignal:
		return a.popularityWords()
	case recencySignal:
		return a.recencyWords(now, known)
	}
	return x.tasteWords(a)
}

func (x *index) textWords(q *question, slot uint32, known bool) string {
	a := &x.adapters[slot]
	if t, ok := q.matched[slot]; ok {
		m := x.matchedAs(slot, t)
		if t.exact {
			return "Has the trigger “" + m.Trigger + "”."
		}
		return "Has the trigger “" + m.Trigger + "”, which is spelled alike."
	}
	if !known {
		return "It has no words to compare; counted as average."
	}
	shared := x.shared(q.words, a)
	switch {
	case q.kind == lora.RecommendTrigger:
		return "It has no such trigger word."
	case len(shared) > 0:
		return "Words in common: " + listed(shared, 4) + "."
	case q.scores[textSignal][slot] <= q.means[textSignal]:
		return "No words in common."
	case q.modelled:
		return "Texts of a similar meaning."
	}
	return "Words that are spelled alike."
}

// shared lists the adapter's words that stand in the question too, its most telling first:
// they are in the order of triggers, tags and training tags.
func (x *index) shared(words wordSet, a *adapter) []string {
	var shared []string
	seen := map[string]bool{}
	take := func(text, form string) {
		if len(form) > 1 && words[form] && !seen[form] {
			seen[form] = true
			shared = append(shared, text)
		}
	}
	texts := make([]string, 0, len(a.words)+1)
	for _, id := range a.words[:min(len(a.words), 60)] {
		texts = append(texts, x.terms.text(id))
	}
	for _, text := range append(texts, a.name) {
		if form := vector.Squash(text); words[form] {
			take(text, form)
			continue
		}
		for _, word := range vector.Words(text) {
			take(word, word)
		}
	}
	return shared
}

func (x *index) styleWords(q *question, a *adapter, known bool) string {
	if !known {
		return "Nothing is known of its style; counted as average."
	}
	var mine styleSet
	for _, slot := range q.targets {
		mine |= x.adapters[slot].styles
	}
	if len(q.targets) == 0 || q.kind == lora.RecommendPrompt {
		mine = 0
		for word := range q.words {
			if i, ok := styleOf[word]; ok {
				mine |= 1 << i
			}
		}
	}
	if both := mine & a.styles; both != 0 {
		return "Style in common: " + listed(both.names(), 3) + "."
	}
	return "Another style: " + listed(a.styles.names(), 3) + "."
}

func (x *index) technicalWords(q *question, a *adapter) string {
	mine := x.shapes.list[a.shape]
	worst := q.anchors[0]
	for _, anchor := range q.anchors {
		if anchor.fit(mine) < worst.fit(mine) {
			worst = anchor
		}
	}
	return worst.words(mine)
}
