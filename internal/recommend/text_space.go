package recommend

import (
	"context"

	"loramanager/internal/vector"
)

// textSpace holds the text vectors that a model made of adapters, in front of the built-in
// ones. The zero value is empty. It belongs to an index, whose slots are its rows.
//
// The files embedding_*.go fill it, and turn questions into vectors of the same model.
type textSpace struct {
	model   string
	vectors *vector.Matrix // nil while empty
	mean    float32        // cosine of unrelated adapters, which models do not put at 0

	digests []textDigest // by slot: of the text whose vector came, or was refused
	checked []bool       // by slot: the digest is that of the words as they are
}

// reworded notes that the words of an adapter are others now.
func (s *textSpace) reworded(slot uint32) {
	if int(slot) < len(s.checked) {
		s.checked[slot] = false
	}
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
	if int(slot) < len(s.checked) {
		s.digests[slot], s.checked[slot] = textDigest{}, false
	}
}

func (s *textSpace) bytes() int64 {
	if s.vectors == nil {
		return 0
	}
	return s.vectors.Bytes() + int64(len(s.digests))*int64(len(textDigest{})+1)
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

// put takes over the vector of a text, or with nil that there is none to be had, and
// reports whether it is usable.
func (s *textSpace) put(slot uint32, digest textDigest, vec []float32) bool {
	s.grow(int(slot) + 1)
	s.digests[slot] = digest
	if s.vectors == nil || vec == nil {
		return vec == nil
	}
	return s.vectors.Set(int(slot), vec)
}

func (s *textSpace) grow(slots int) {
	if more := slots - len(s.digests); more > 0 {
		s.digests = append(s.digests, make([]textDigest, more)...)
		s.checked = append(s.checked, make([]bool, more)...)
	}
}

// keepVectors takes the vectors of an index over into one that takes its place.
func (s *textSpace) keepVectors(old, now *index) {
	if old.space.vectors == nil {
		return
	}
	*s = textSpace{model: old.space.model, vectors: vector.NewMatrix(old.space.vectors.Dims())}
	for id, slot := range now.slots {
		if was, ok := old.slots[id]; ok && int(was) < len(old.space.digests) {
			s.put(slot, old.space.digests[was], old.space.vectors.Row(int(was)))
		}
	}
	s.settle(len(now.adapters))
}
