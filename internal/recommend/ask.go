package recommend

import (
	"context"
	"strings"
	"time"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// maxQuery is how much of a prompt is kept with a session, in bytes.
const maxQuery = 4 << 10

// maxTargets is how many adapters in use are looked at, the first.
const maxTargets = 100

// prepare is what a kind of question does before adapters are weighed.
type prepare func(x *index, q *question) error

// answer brings the index up to date, weighs the adapters, and keeps the session.
func (r *Recommender) answer(ctx context.Context, kind lora.RecommendKind, query string, ask Ask, prepare prepare) (Answer, error) {
	began := time.Now()
	if err := ask.check(); err != nil {
		return Answer{}, err
	}
	if err := r.follow(ctx); err != nil {
		return Answer{}, err
	}
	answer, used, err := r.weigh(kind, query, ask, prepare)
	if err != nil {
		return Answer{}, err
	}
	session := lora.RecommendSession{ID: answer.SessionID, Kind: kind, Query: answer.Query, AdapterIDs: used, Results: []string{}, CreatedAt: answer.At}
	for i := range answer.Items {
		session.Results = append(session.Results, answer.Items[i].AdapterID)
	}
	if err := r.Memory.AddSession(ctx, session); err != nil {
		return Answer{}, err
	}
	answer.Took = time.Since(began)
	r.times.add(answer.Took)
	return answer, nil
}

// weigh answers from the index as it is. used are the ids of the adapters asked about.
func (r *Recommender) weigh(kind lora.RecommendKind, query string, ask Ask, prepare prepare) (a Answer, used []string, err error) {
	now := r.Now()
	r.ageRecency(now)
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	q := &question{kind: kind, query: query, ask: ask, weights: r.judgements.weights, scratch: scratches.Get().(*scratch)}
	defer scratches.Put(q.scratch)
	if ask.Weights != nil {
		q.weights = *ask.Weights
	}
	if err := prepare(x, q); err != nil {
		return Answer{}, nil, err
	}
	q.query = cut(q.query, maxQuery)
	x.hear(q, r.judgements.feedbacks)
	best := x.rank(q)
	a = Answer{
		SessionID: uuid.NewString(), Kind: kind, Query: q.query, Items: make([]Item, 0, len(best)), Candidates: len(q.candidates),
		Excluded: q.excluded, Weights: q.weights, Note: q.note, Adapters: x.live(), Change: x.change, At: now,
	}
	for _, one := range best {
		a.Items = append(a.Items, x.item(q, one, now.Unix()))
	}
	used = []string{}
	for _, slot := range q.targets {
		used = append(used, x.adapters[slot].id)
	}
	return a, used, nil
}

// hear finds what the user said when the same was asked.
func (x *index) hear(q *question, feedbacks []lora.Feedback) {
	q.said = map[uint32]lora.Feedback{}
	for id, said := range here(feedbacks, q.kind, q.query) {
		if slot, ok := x.slots[id]; ok {
			q.said[slot] = said
		}
	}
}

// ageRecency keeps recency true while nothing else changes.
func (r *Recommender) ageRecency(now time.Time) {
	r.mu.RLock()
	old := r.index.priors.old(now)
	r.mu.RUnlock()
	if old {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.index.priors.age(r.index.adapters, now)
	}
}

// check fills the limit in and refuses what is out of bounds.
func (a *Ask) check() error {
	if a.Limit == 0 {
		a.Limit = DefaultLimit
	}
	if a.Limit < 1 || a.Limit > MaxLimit {
		return lora.FieldErrorf(lora.Invalid, "limit", "The limit must be between 1 and %d.", MaxLimit)
	}
	if a.Weights != nil {
		return a.Weights.check()
	}
	return nil
}

// Similar recommends adapters that are like the one with the id; NotFound when there is none.
func (r *Recommender) Similar(ctx context.Context, id string, o SimilarOptions) (Answer, error) {
	if !(o.Threshold >= 0 && o.Threshold <= 1) {
		return Answer{}, lora.FieldErrorf(lora.Invalid, "similarity_threshold", "The similarity threshold must be between 0 and 1.")
	}
	return r.answer(ctx, lora.RecommendSimilar, id, o.Ask, func(x *index, q *question) error {
		slot, ok := x.slots[id]
		if !ok {
			return lora.Errorf(lora.NotFound, "LoRA %s not found", id)
		}
		q.threshold = float32(o.Threshold)
		if o.Bare {
			q.weights.Quality, q.weights.Popularity, q.weights.Recency = 0, 0, 0
		}
		a := &x.adapters[slot]
		own := x.shapes.list[a.shape]
		q.targets, q.anchors = []uint32{slot}, []shape{own}
		if own.known() {
			q.gate = gate{bases: map[string]bool{own.base: true}, unknown: true}
		}
		text := asked{lexical: x.text.Row(int(slot))}
		if s := &x.space; s.vectors != nil {
			text.model, text.name = s.vectors.Row(int(slot)), s.model
		}
		x.compareText(q, text)
		x.compareStyle(q, x.style.Row(int(slot)))
		x.compareShapes(q)
		x.compareUse(q)
		q.words = x.wordsOf(slot)
		return nil
	})
}

// ForActive recommends adapters to go with those given; nil means the active ones. Ids that
// no adapter has are passed over.
func (r *Recommender) ForActive(ctx context.Context, ids []string, o Ask) (Answer, error) {
	return r.answer(ctx, lora.RecommendActive, "", o, func(x *index, q *question) error {
		if ids == nil {
			q.targets = x.active()
		} else {
			q.targets = x.find(ids)
		}
		q.query = x.setName(q.targets)
		if len(q.targets) == 0 {
			q.note = "Nothing is composed yet: this is what you like, what is good and what is new."
			return nil
		}
		text := asked{lexical: centroid(x.text, q.targets)}
		if s := &x.space; s.vectors != nil {
			text.model, text.name = centroid(s.vectors, q.targets), s.model
		}
		x.compareText(q, text)
		x.compareStyle(q, centroid(x.style, q.targets))
		x.goWith(q, false)
		q.words = x.wordsOf(q.targets...)
		return nil
	})
}

// ForPrompt recommends adapters for a prompt; Invalid when it is blank or too long.
func (r *Recommender) ForPrompt(ctx context.Context, o PromptOptions) (Answer, error) {
	switch {
	case strings.TrimSpace(o.Prompt) == "":
		return Answer{}, lora.FieldErrorf(lora.Invalid, "prompt", "The prompt is empty: write what the picture should show.")
	case len(o.Prompt) > MaxPromptBytes:
		return Answer{}, lora.FieldErrorf(lora.Invalid, "prompt", "The prompt has more than %d bytes: shorten it.", MaxPromptBytes)
	}
	text := strings.ToValidUTF8(withoutTags(o.Prompt), " ")
	model, name := r.askText(ctx, text+"\n"+o.Style)
	return r.answer(ctx, lora.RecommendPrompt, o.Prompt, o.Ask, func(x *index, q *question) error {
		q.targets = x.find(o.ActiveIDs)
		x.askPrompt(q, text, o.Style, model, name)
		x.goWith(q, true)
		return nil
	})
}

// goWith lets in only what can be loaded beside the targets, and compares what candidates
// are technically and what they were used with.
func (x *index) goWith(q *question, unknown bool) {
	bases := map[string]bool{}
	for _, slot := range q.targets {
		s := x.shapes.list[x.adapters[slot].shape]
		q.anchors = append(q.anchors, s)
		if s.known() {
			bases[s.base] = true
		}
	}
	if len(bases) > 0 {
		q.gate = gate{bases: bases, unknown: unknown}
	}
	if len(bases) > 1 {
		q.note = "The adapters in use are made for different base models (" + baseList(bases) + "), which no engine can load together."
	}
	x.compareShapes(q)
	x.compareUse(q)
}

// active returns the active adapters.
func (x *index) active() []uint32 {
	var slots []uint32
	for slot := range x.adapters {
		if a := &x.adapters[slot]; a.active && a.state != lora.FileTrashed && len(slots) < maxTargets {
			slots = append(slots, uint32(slot))
		}
	}
	return slots
}

// find returns the adapters with the ids, each once.
func (x *index) find(ids []string) []uint32 {
	var slots []uint32
	seen := map[uint32]bool{}
	for _, id := range ids {
		if slot, ok := x.slots[id]; ok && !seen[slot] && len(slots) < maxTargets {
			seen[slot] = true
			slots = append(slots, slot)
		}
	}
	return slots
}

// setName names a set of adapters whatever their order.
func (x *index) setName(slots []uint32) string {
	ids := make([]string, 0, len(slots))
	for _, slot := range slots {
		ids = append(ids, x.adapters[slot].id)
	}
	return sortedJoin(ids)
}
