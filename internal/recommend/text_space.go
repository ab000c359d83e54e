package recommend

import (
	"context"

	"loramanager/internal/vector"
)

// textSpace holds the text vectors that a model made of adapters, in front of the built-in
// ones. The zero value is empty. It belongs to an index, whose slots are its rows.
//
// The files embedding_*.go fill it: setVectors puts vectors in, dropVectors forgets all,
// and queryVector turns questions into vectors of the same model.
type textSpace struct {
	model   string
	vectors *vector.Matrix // nil while empty
	mean    float32        // cosine of unrelated adapters, which models do not put at 0
}

// queryVectors turns the text of a question into a vector of a model. It must answer
// within a second or fail, and remember what it was asked lately.
type queryVectors interface {
	queryVector(ctx context.Context, text string) (vec []float32, model string, err error)
}

func (s *textSpace) clear(slot uint32) {
	if s.vectors != nil {
		s.vectors.Clear(int(slot))
	}
}

func (s *textSpace) bytes() int64 {
	if s.vectors == nil {
		return 0
	}
	return s.vectors.Bytes()
}

// meanSamples is how many pairs of adapters the mean cosine is taken from.
const meanSamples = 2000

// settle works the mean out anew.
func (s *textSpace) settle(slots int) {
	s.mean = 0
	if s.vectors == nil || slots < 2 {
		return
	}
	var sum float64
	n := 0
	for i := range meanSamples {
		a, b := i*7919%slots, (i*104729+1)%slots
		if left, right := s.vectors.Row(a), s.vectors.Row(b); a != b && left != nil && right != nil {
			sum += float64(vector.Dot(left, right))
			n++
		}
	}
	if n > 0 {
		s.mean = min(max(float32(sum/float64(n)), 0), 0.95)
	}
}

// setVectors puts text vectors in by adapter id. Those of another model or length than the
// ones before take their place altogether. It returns the ids whose vector is not usable
// (another length than the rest, zeros, NaN); ids that the index does not know are passed over.
func (r *Recommender) setVectors(model string, dims int, vectors map[string][]float32) (refused []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.index
	if dims < 1 {
		return nil
	}
	if x.space.vectors == nil || x.space.model != model || x.space.vectors.Dims() != dims {
		x.space = textSpace{model: model, vectors: vector.NewMatrix(dims)}
	}
	for id, vec := range vectors {
		if slot, ok := x.slots[id]; ok && !x.space.vectors.Set(int(slot), vec) {
			refused = append(refused, id)
		}
	}
	x.space.settle(len(x.adapters))
	return refused
}

// dropVectors forgets the text vectors of adapters, or of all with no ids.
func (r *Recommender) dropVectors(ids ...string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(ids) == 0 {
		r.index.space = textSpace{}
	}
	for _, id := range ids {
		if slot, ok := r.index.slots[id]; ok {
			r.index.space.clear(slot)
		}
	}
}

// keepVectors takes the vectors of an index over into one that takes its place.
func (s *textSpace) keepVectors(old, now *index) {
	if old.space.vectors == nil {
		return
	}
	*s = textSpace{model: old.space.model, vectors: vector.NewMatrix(old.space.vectors.Dims())}
	for id, slot := range now.slots {
		if was, ok := old.slots[id]; ok {
			if vec := old.space.vectors.Row(int(was)); vec != nil {
				s.vectors.Set(int(slot), vec)
			}
		}
	}
	s.settle(len(now.adapters))
}
