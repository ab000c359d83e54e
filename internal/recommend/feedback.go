package recommend

import (
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"loramanager/internal/lora"
)

// maxReason bounds what a user writes with a feedback, in characters.
const maxReason = 2000

// Judge keeps what the user thinks of a recommended adapter and learns from it. Session,
// adapter and type must be set; the rest is filled in. NotFound for an unknown session or
// adapter; Invalid when that answer did not recommend the adapter.
func (r *Recommender) Judge(ctx context.Context, f lora.Feedback) (lora.Feedback, error) {
	if _, ok := judgementSteps[f.Type]; !ok {
		return lora.Feedback{}, lora.FieldErrorf(lora.Invalid, "feedback_type", "The feedback type must be positive, negative, activated, ignored or dismissed.")
	}
	if f.Reason != nil && utf8.RuneCountInString(*f.Reason) > maxReason {
		return lora.Feedback{}, lora.FieldErrorf(lora.Invalid, "feedback_reason", "The reason has more than 2,000 characters: shorten it.")
	}
	session, err := r.Memory.Session(ctx, f.SessionID)
	if err != nil {
		return lora.Feedback{}, err
	}
	if err := r.follow(ctx); err != nil {
		return lora.Feedback{}, err
	}
	r.mu.RLock()
	_, known := r.index.slots[f.AdapterID]
	r.mu.RUnlock()
	switch {
	case !known:
		return lora.Feedback{}, lora.FieldErrorf(lora.NotFound, "recommended_lora_id", "Adapter %s not found", f.AdapterID)
	case !slices.Contains(session.Results, f.AdapterID):
		return lora.Feedback{}, lora.FieldErrorf(lora.Invalid, "recommended_lora_id", "That answer did not recommend this adapter.")
	}
	f.ID, f.CreatedAt = uuid.NewString(), r.Now().UTC().Truncate(time.Microsecond)
	f.Kind, f.Query = session.Kind, session.Query
	if err := r.Memory.AddFeedback(ctx, f); err != nil {
		return lora.Feedback{}, err
	}
	return f, r.learn(ctx, f.AdapterID)
}

// Withdraw takes a feedback back, and what was learned from it; NotFound for an unknown id.
func (r *Recommender) Withdraw(ctx context.Context, id string) error {
	if err := r.follow(ctx); err != nil {
		return err
	}
	r.mu.RLock()
	adapter := ""
	for _, f := range r.judgements.feedbacks {
		if f.ID == id {
			adapter = f.AdapterID
		}
	}
	r.mu.RUnlock()
	if err := r.Memory.DeleteFeedback(ctx, id); err != nil {
		return err
	}
	return r.learn(ctx, adapter)
}

// Judged is a feedback with the name of the adapter it is about, "" when that is gone.
type Judged struct {
	lora.Feedback
	Name string
}

// Judgements lists feedback, newest first, from after the one with the id after ("" from
// the newest), at most limit; next is the last id when there are more. An after that is
// gone lists nothing.
func (r *Recommender) Judgements(ctx context.Context, after string, limit int) (list []Judged, next string, err error) {
	if err := r.follow(ctx); err != nil {
		return nil, "", err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	all := r.judgements.feedbacks
	if after != "" {
		at := slices.IndexFunc(all, func(f lora.Feedback) bool { return f.ID == after })
		if at < 0 {
			return []Judged{}, "", nil
		}
		all = all[at+1:]
	}
	limit = min(max(limit, 1), len(all))
	list = make([]Judged, 0, limit)
	for _, f := range all[:limit] {
		one := Judged{Feedback: f}
		if slot, ok := r.index.slots[f.AdapterID]; ok {
			one.Name = r.index.adapters[slot].name
		}
		list = append(list, one)
	}
	if limit > 0 && limit < len(all) {
		next = list[limit-1].ID
	}
	return list, next, nil
}
