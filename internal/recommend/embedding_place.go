package recommend

import "loramanager/internal/vector"

// placed is the vector of one adapter's text, nil when there is none to be had.
type placed struct {
	id     string
	digest textDigest
	vec    []float32
}

// placeVectors puts vectors into the index. Those of another model or length than the ones
// before take their place altogether; adapters the index does not have are passed over.
func (r *Recommender) placeVectors(model string, dims int, list []placed) {
	if dims < 1 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.index
	s := &x.space
	if s.vectors == nil || s.model != model || s.vectors.Dims() != dims {
		s.model, s.vectors = model, vector.NewMatrix(dims)
	}
	for _, p := range list {
		if slot, ok := x.slots[p.id]; ok {
			s.put(slot, p.digest, p.vec)
		}
	}
	s.settle(len(x.adapters))
}

// forgetVectors takes all vectors of the model out of the index.
func (r *Recommender) forgetVectors() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.index.space = textSpace{}
}

// live is how many adapters the index has.
func (r *Recommender) live() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.index.live()
}

// worded is an adapter whose words have no vector yet.
type worded struct {
	id     string
	key    int64
	text   string
	digest textDigest
	hex    string
}

// lookPart is how many adapters are looked at before others have their turn: under a
// millisecond.
const lookPart = 64

// wordsWithoutVector returns adapters that can be recommended and whose words have no
// vector yet, at most limit; of those named only when there are names. What it finds to be
// as it was, it does not look at again until the words change.
func (r *Recommender) wordsWithoutVector(limit int, only map[string]bool) []worded {
	var found []worded
	for from, more := 0, true; more && len(found) < limit; from += lookPart {
		var due []worded
		due, more = r.lookAtWords(from, only)
		found = append(found, due...)
	}
	return found[:min(len(found), limit)]
}

func (r *Recommender) lookAtWords(from int, only map[string]bool) (due []worded, more bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	x := r.index
	s := &x.space
	s.grow(len(x.adapters))
	to := min(from+lookPart, len(x.adapters))
	for slot := from; slot < to; slot++ {
		a := &x.adapters[slot]
		if s.checked[slot] || a.id == "" || !a.usable() || only != nil && !only[a.id] {
			continue
		}
		w := worded{id: a.id, key: a.key, text: embedText(a, x.terms)}
		w.digest, w.hex = digestOf(w.text)
		switch {
		case s.digests[slot] == w.digest:
			s.checked[slot] = true
		case w.text == "":
			s.put(uint32(slot), w.digest, nil) //nolint:gosec // a slot
		default:
			due = append(due, w)
		}
	}
	return due, to < len(x.adapters)
}

// unlearn forgets which text the vectors of adapters were made of, so that they are made
// anew. The vectors stay until then.
func (r *Recommender) unlearn(ids []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := &r.index.space
	for _, id := range ids {
		if slot, ok := r.index.slots[id]; ok && int(slot) < len(s.digests) {
			s.digests[slot], s.checked[slot] = textDigest{}, false
		}
	}
}

// progress counts the adapters whose vector is there, and those whose words were not
// looked at since they changed.
func (s *textSpace) progress(x *index) (computed, pending int) {
	for slot := range x.adapters {
		switch a := &x.adapters[slot]; {
		case a.id == "" || !a.usable():
		case slot >= len(s.checked) || !s.checked[slot]:
			pending++
		case s.vectors != nil && s.vectors.Has(slot):
			computed++
		}
	}
	return computed, pending
}
