package recommend

import (
	"cmp"
	"strings"
	"sync"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// question is a question while it is answered. It is used under the recommender's lock.
type question struct {
	kind    lora.RecommendKind
	query   string
	ask     Ask
	weights Weights
	shares  [signals]float64 // parts of all weights; 0 for signals that have nothing to go by

	scores  [signals][]float32 // by slot, 0..1 or NaN; nil for signals that have nothing to go by
	means   [signals]float32   // of the candidates that have a score: it stands in for NaN
	scratch *scratch

	targets    []uint32 // adapters asked about or in use: never recommended
	anchors    []shape  // what candidates must go with technically
	gate       gate
	said       map[uint32]lora.Feedback // by the user, when the same was asked
	threshold  float32
	words      wordSet // of the question, to tell which are shared
	modelled   bool    // texts were compared by a model's vectors
	candidates []uint32
	excluded   Excluded
	matched    map[uint32]trigger
	note       string
}

// scratch is memory that questions share.
type scratch struct {
	scores     [columns][]float32
	candidates []uint32
}

// Columns that each question fills anew.
const (
	textColumn = iota
	styleColumn
	technicalColumn
	useColumn
	likeColumn
	columns // how many there are
)

var scratches = sync.Pool{New: func() any { return new(scratch) }}

// column returns one of the columns for n slots, with whatever was in it.
func (s *scratch) column(i, n int) []float32 {
	if cap(s.scores[i]) < n {
		s.scores[i] = make([]float32, n+n/8)
	}
	return s.scores[i][:n]
}

// gate keeps out what cannot be loaded beside the anchors.
type gate struct {
	bases   map[string]bool // allowed; nil allows all
	unknown bool            // adapters of an unknown base model are let in
}

func (g *gate) lets(s shape) bool {
	switch {
	case g.bases == nil:
		return true
	case !s.known():
		return g.unknown
	}
	return g.bases[s.base]
}

// ranked is one adapter of an answer before it is put in words.
type ranked struct {
	slot       uint32
	final      float32
	similarity float32
	factor     float32 // of what the user said here
}

// rank weighs all candidates and returns the best.
func (x *index) rank(q *question) []ranked {
	x.setPriors(q)
	x.collect(q)
	q.share()
	top := vector.NewTop(q.ask.Limit, x.byName)
	for _, slot := range q.candidates {
		if q.threshold > 0 && q.similarity(slot) < q.threshold {
			continue
		}
		top.Offer(int(slot), q.final(slot))
	}
	best := make([]ranked, 0, q.ask.Limit)
	for _, hit := range top.Sorted() {
		slot := uint32(hit.Row) //nolint:gosec // it was one
		best = append(best, ranked{slot: slot, final: hit.Score, similarity: q.similarity(slot), factor: q.factor(slot)})
	}
	return best
}

// byName orders slots whose scores are equal.
func (x *index) byName(a, b int) int {
	return cmp.Or(strings.Compare(x.adapters[a].name, x.adapters[b].name), strings.Compare(x.adapters[a].id, x.adapters[b].id))
}

// setPriors adds the signals that do not depend on the question.
func (x *index) setPriors(q *question) {
	q.scores[qualitySignal], q.scores[popularitySignal] = x.priors.quality, x.priors.popularity
	q.scores[recencySignal], q.scores[tasteSignal] = x.priors.recency, x.priors.taste
}

// collect finds the candidates, counts the others by why they are none, and takes the mean
// of each signal.
func (x *index) collect(q *question) {
	fits := make([]bool, len(x.shapes.list))
	wanted := make([]bool, len(x.shapes.list))
	for i, s := range x.shapes.list {
		fits[i] = q.gate.lets(s)
		wanted[i] = q.ask.Filter.BaseModel == "" || s.base == q.ask.Filter.BaseModel
	}
	target := map[uint32]bool{}
	for _, slot := range q.targets {
		target[slot] = true
	}
	var sums [signals]float64
	var counts [signals]int
	q.candidates = q.scratch.candidates[:0]
	for i := range x.adapters {
		a, slot := &x.adapters[i], uint32(i)
		if a.id == "" || !wanted[a.shape] || !q.ask.Filter.lets(a) || len(target) > 0 && target[slot] {
			continue
		}
		switch {
		case !a.usable():
			q.excluded.Unavailable++
			continue
		case !fits[a.shape]:
			q.excluded.Incompatible++
			continue
		case len(q.said) > 0 && q.said[slot].Type == lora.FeedbackDismissed:
			q.excluded.Dismissed++
			continue
		}
		q.candidates = append(q.candidates, slot)
		for s := range signals {
			if column := q.scores[s]; column != nil && column[slot] == column[slot] {
				sums[s] += float64(column[slot])
				counts[s]++
			}
		}
	}
	q.scratch.candidates = q.candidates
	for s := range signals {
		if counts[s] > 0 {
			q.means[s] = float32(sums[s] / float64(counts[s]))
		} else {
			q.scores[s] = nil
		}
	}
}

func (f *Filter) lets(a *adapter) bool {
	return (!f.FavoritesOnly || a.favorite) && (f.MaxNSFWLevel == nil || int(a.nsfw) <= *f.MaxNSFWLevel)
}

// share divides the weights among the signals that have something to go by.
func (q *question) share() {
	sum := 0.0
	weights := q.weights.list()
	for s, part := range kindParts[q.kind] {
		weights[s] *= part
	}
	for s := range signals {
		if q.scores[s] != nil {
			sum += weights[s]
		}
	}
	for s := range signals {
		if q.scores[s] != nil && sum > 0 {
			q.shares[s] = weights[s] / sum
		}
	}
}

// kindParts are by how much the weights of some signals count less for a kind of question.
// What goes with a composition seldom says the same as what is in it, and what is like an
// adapter is seldom used beside it.
var kindParts = map[lora.RecommendKind][signals]float64{
	lora.RecommendSimilar: {1, 1, 0.4, 0.2, 0.5, 0.2, 0.5, 0.5},
	lora.RecommendPrompt:  {1, 0.4, 0.4, 0.5, 0.5, 0.3, 0.5, 0.5},
	lora.RecommendTrigger: {1, 1, 0.4, 0.2, 0.5, 0.2, 0.5, 0.5},
	lora.RecommendActive:  {0.05, 0.5, 1, 1, 1, 1, 1, 1},
}

// score is what a signal says about a candidate: the mean where it knows nothing.
func (q *question) score(signal int, slot uint32) float32 {
	if score := q.scores[signal][slot]; score == score {
		return score
	}
	return q.means[signal]
}

// final is the weighted sum of all signals, after what the user said here.
func (q *question) final(slot uint32) float32 {
	sum := float32(0)
	for s := range signals {
		if q.shares[s] > 0 {
			sum += float32(q.shares[s]) * q.score(s, slot)
		}
	}
	return min(q.tier(slot, sum)*q.factor(slot), 1)
}

// similarity is the weighted mean of text, style and technical fit.
func (q *question) similarity(slot uint32) float32 {
	sum, all := 0.0, 0.0
	for s := textSignal; s <= technicalSignal; s++ {
		if q.shares[s] > 0 {
			sum += q.shares[s] * float64(q.score(s, slot))
			all += q.shares[s]
		}
	}
	if all == 0 {
		return 0
	}
	return float32(sum / all)
}

// What the user said about an adapter when the same was asked moves it as a whole; the
// dismissed do not come back at all.
var factors = map[lora.FeedbackType]float32{
	lora.FeedbackPositive: 1.3, lora.FeedbackActivated: 1.2, lora.FeedbackNegative: 0.4, lora.FeedbackIgnored: 0.9,
}

func (q *question) factor(slot uint32) float32 {
	if len(q.said) == 0 {
		return 1
	}
	if said, ok := q.said[slot]; ok {
		return factors[said.Type]
	}
	return 1
}
