package recommend

import (
	"context"
	"math"
	"slices"

	"loramanager/internal/vector"
)

// asked is the text of a question as vectors.
type asked struct {
	lexical []float32 // nil when there are no words the library knows
	model   []float32 // nil without a model
	name    string    // of the model
}

// compareText sets the text signal: the cosine of text vectors, of a model where there are
// some and of the built-in ones otherwise. What points away is as far as what is unrelated.
func (x *index) compareText(q *question, a asked) {
	if a.lexical == nil && a.model == nil {
		return
	}
	column := q.scratch.column(textColumn, len(x.adapters))
	if a.lexical != nil {
		x.text.Cosines(a.lexical, column)
	} else {
		fill(column, nan)
	}
	for i, cos := range column {
		if cos < 0 {
			column[i] = 0
		}
	}
	if s := &x.space; a.model != nil && s.vectors != nil && s.model == a.name {
		modelled := make([]float32, len(column))
		s.vectors.Cosines(a.model, modelled)
		for i, cos := range modelled {
			if cos == cos {
				column[i] = max((cos-s.mean)/(1-s.mean), 0)
			}
		}
		q.modelled = true
	}
	q.scores[textSignal] = column
}

// meet raises the text signal of adapters whose trigger words stand in the question, the
// more the fewer adapters have them.
func (x *index) meet(q *question, words []string) {
	if len(words) > maxMet {
		words = words[:maxMet]
	}
	all := float64(x.live())
	x.triggers.phrases(words, func(form uint32, _ int) {
		mentions := x.triggers.mentions[form]
		if len(mentions) == 0 {
			return
		}
		if q.scores[textSignal] == nil {
			q.scores[textSignal] = q.scratch.column(textColumn, len(x.adapters))
			fill(q.scores[textSignal], 0)
		}
		rarity := float32(math.Log1p(all/float64(len(mentions))) / math.Log1p(all))
		for _, m := range mentions {
			score := &q.scores[textSignal][m.slot]
			if old := *score; old == old {
				*score = max(old, old+(1-old)*metPart*rarity)
			} else {
				*score = metPart * rarity
			}
		}
	})
}

const (
	maxMet  = 4000 // words of a prompt in which trigger words are looked for
	metPart = 0.8  // of what is missing to 1 that a trigger word nobody else has brings
)

// compareStyle sets the style signal to the cosine of styles.
func (x *index) compareStyle(q *question, style []float32) {
	if style == nil {
		return
	}
	column := q.scratch.column(styleColumn, len(x.adapters))
	x.style.Cosines(style, column)
	q.scores[styleSignal] = column
}

// compareShapes sets the technical signal to the mean fit with all anchors.
func (x *index) compareShapes(q *question) {
	if len(q.anchors) == 0 {
		return
	}
	byShape := make([]float32, len(x.shapes.list))
	for id, s := range x.shapes.list {
		for _, anchor := range q.anchors {
			byShape[id] += anchor.fit(s) / float32(len(q.anchors))
		}
	}
	column := q.scratch.column(technicalColumn, len(x.adapters))
	for slot := range x.adapters {
		column[slot] = byShape[x.adapters[slot].shape]
	}
	q.scores[technicalSignal] = column
}

// How much the partners of partners count, and the association that is halfway.
const (
	secondPart      = 0.5
	halfAssociation = 0.1
	likePartners    = 0.3 // of what is missing to 1 that the very words of the partners bring
)

// compareUse sets the co-use signal: how often adapters were used together with the
// targets, and with what the targets were used with. An adapter that was never used with
// any other says nothing.
func (x *index) compareUse(q *question) {
	used := 0
	for _, target := range q.targets {
		if x.partners.has(target) {
			used++
		}
	}
	if used == 0 {
		return
	}
	column := q.scratch.column(useColumn, len(x.adapters))
	for slot := range column {
		column[slot] = nan
		if x.partners.has(uint32(slot)) {
			column[slot] = 0
		}
	}
	part := 1 / float64(used)
	for _, target := range q.targets {
		for _, p := range x.partners.list(target) {
			near := x.partners.association(target, p)
			addTo(column, p.slot, part*near)
			for _, pp := range x.partners.list(p.slot) {
				addTo(column, pp.slot, part*secondPart*near*x.partners.association(p.slot, pp))
			}
		}
	}
	for slot, sum := range column {
		if sum > 0 {
			column[slot] = sum / (sum + halfAssociation)
		}
	}
	x.compareToPartners(q, column)
	q.scores[coUseSignal] = column
}

// compareToPartners raises co-use for adapters with the words of those that the targets
// were used with: that is all that can be told of an adapter that is new.
func (x *index) compareToPartners(q *question, column []float32) {
	middle := make([]float32, textDims)
	for _, target := range q.targets {
		for _, p := range x.partners.list(target) {
			near := float32(x.partners.association(target, p))
			for i, part := range x.text.Row(int(p.slot)) {
				middle[i] += near * part
			}
		}
	}
	if !vector.Normalize(middle) {
		return
	}
	like := q.scratch.column(likeColumn, len(x.adapters))
	x.text.Cosines(middle, like)
	for slot, cos := range like {
		if cos > 0 {
			old := column[slot]
			if old != old {
				old = 0
			}
			column[slot] = old + (1-old)*likePartners*cos
		}
	}
}

func addTo(column []float32, slot uint32, amount float64) {
	if column[slot] == column[slot] {
		column[slot] += float32(amount)
	}
}

func fill(column []float32, value float32) {
	for i := range column {
		column[i] = value
	}
}

// centroid is the mean direction of rows, nil when there is none.
func centroid(m *vector.Matrix, slots []uint32) []float32 {
	if m == nil {
		return nil
	}
	sum := make([]float32, m.Dims())
	for _, slot := range slots {
		for i, x := range m.Row(int(slot)) {
			sum[i] += x
		}
	}
	if !vector.Normalize(sum) {
		return nil
	}
	return sum
}

// askText turns the text of a question into a vector of the model in use. Without a model,
// or when it does not answer, there is none.
func (r *Recommender) askText(ctx context.Context, text string) (vec []float32, model string) {
	if r.queries == nil {
		return nil, ""
	}
	vec, model, err := r.queries.queryVector(ctx, text)
	vec = slices.Clone(vec) // the one that answered may keep it
	if err != nil || !vector.Normalize(vec) {
		return nil, ""
	}
	return vec, model
}
