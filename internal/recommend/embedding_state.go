package recommend

import (
	"context"
	"time"
)

// EmbedderState says how the optional model for text vectors is doing.
type EmbedderState struct {
	State    string `json:"state" enum:"off,ready,computing,failing" doc:"off: the built-in vectors are used"`
	Model    string `json:"model"`
	Dims     int    `json:"dims"`
	Computed int    `json:"computed" doc:"Adapters with a current vector"`
	Pending  int    `json:"pending"`
	Error    string `json:"error"`
}

// EmbeddingStatus says what vectors there are of one adapter.
type EmbeddingStatus struct {
	AdapterID    string
	Semantic     bool // of its words
	Artistic     bool // of its style
	Technical    bool
	Features     bool // something was found to make them of
	ComputedAt   *time.Time
	NeedsCompute bool
}

// ComputeReport says what computing embeddings came to.
type ComputeReport struct {
	Processed, Skipped int
	Errors             []ComputeError
	Took               time.Duration
	At                 time.Time
}

// ComputeError is one adapter whose vector could not be computed.
type ComputeError struct {
	AdapterID string `json:"adapter_id"`
	Error     string `json:"error"`
}

// EmbeddingStatus says what vectors there are of an adapter. An unknown id has none.
func (r *Recommender) EmbeddingStatus(ctx context.Context, id string) (EmbeddingStatus, error) {
	if err := r.follow(ctx); err != nil {
		return EmbeddingStatus{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	slot, ok := x.slots[id]
	if !ok {
		return EmbeddingStatus{AdapterID: id, NeedsCompute: true}, nil
	}
	at := x.changedAt
	status := EmbeddingStatus{AdapterID: id, Technical: true, ComputedAt: &at, Semantic: x.text.Has(int(slot)), Artistic: x.style.Has(int(slot))}
	status.Features = status.Semantic || status.Artistic
	return status, nil
}

// ComputeEmbeddings makes vectors of the adapters with the ids, of all active ones when
// there are no ids, or of all with everything set. The built-in vectors are always there.
func (r *Recommender) ComputeEmbeddings(ctx context.Context, ids []string, everything, _ bool) (ComputeReport, error) {
	began := time.Now()
	if err := r.follow(ctx); err != nil {
		return ComputeReport{}, err
	}
	r.mu.RLock()
	defer r.mu.RUnlock()
	x := r.index
	slots := x.find(ids)
	switch {
	case everything:
		slots = nil
		for _, slot := range x.slots {
			slots = append(slots, slot)
		}
	case len(ids) == 0:
		slots = x.active()
	}
	return ComputeReport{Skipped: len(slots), Errors: []ComputeError{}, Took: time.Since(began), At: r.Now()}, nil
}
