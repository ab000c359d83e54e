package recommend

import (
	"runtime"
	"slices"
	"sync"
	"time"

	"loramanager/internal/lora"
	"loramanager/internal/vector"
)

// textDims is how many dimensions the built-in text vectors have. docs/benchmarks.md has
// what fewer and more cost and bring.
const textDims = 256

// staleShare is the share of adapters that may have changed before all text vectors are
// made anew, with the rarity of words as it is then.
const staleShare = 0.05

// index is all that questions are answered from. Adapters have slots, which are not used
// again; an index with many empty slots is built anew.
type index struct {
	change    int64
	changedAt time.Time
	terms     *terms
	shapes    *shapes
	adapters  []adapter
	slots     map[string]uint32
	gone      int // empty slots

	vocabulary *vector.Vocabulary
	reader     *vector.Reader
	text       *vector.Matrix
	style      *vector.Matrix
	space      textSpace
	stale      int // adapters changed since all text vectors were made

	triggers *triggerIndex
	partners partners
	composed map[[2]uint32]int32 // pairs of the compositions that partners count

	priors   priors
	tastes   *tastes
	phrases  []vector.Phrase // of the adapter at hand
	vec      []float32       // the same
	styleVec []float32
}

func newIndex() *index {
	return &index{
		terms: newTerms(), shapes: newShapes(), slots: map[string]uint32{},
		vocabulary: vector.NewVocabulary(), reader: vector.NewReader(),
		text: vector.NewMatrix(textDims), style: vector.NewMatrix(len(styleNames)),
		triggers: newTriggerIndex(), composed: map[[2]uint32]int32{},
		tastes: &tastes{},
		vec:    make([]float32, textDims), styleVec: make([]float32, len(styleNames)),
	}
}

// put takes over an adapter's facts. Without vectors the text vector is left to makeVectors.
func (x *index) put(f *lora.AdapterFacts, vectors bool) {
	a := newAdapter(f, x.terms, x.shapes)
	slot, known := x.slots[f.ID]
	worded := true
	if known {
		old := &x.adapters[slot]
		worded = !sameWords(old, &a)
		if worded {
			x.forgetWords(slot)
		}
		x.adapters[slot] = a
	} else {
		slot = uint32(len(x.adapters)) //nolint:gosec // far fewer than 2^32
		x.adapters = append(x.adapters, a)
		x.slots[a.id] = slot
		x.partners.grow(len(x.adapters))
	}
	x.priors.put(slot, &x.adapters[slot], x.tastes.score(&x.adapters[slot], x))
	if worded {
		x.takeWords(slot, vectors)
	}
}

// sameWords reports whether an edit left the words as they were: most edits do.
func sameWords(a, b *adapter) bool {
	return a.name == b.name && a.file == b.file && a.activation == b.activation && a.archetype == b.archetype &&
		a.ends == b.ends && slices.Equal(a.words, b.words)
}

func (x *index) takeWords(slot uint32, vectors bool) {
	a := &x.adapters[slot]
	x.phrases = a.phrases(x.terms, x.phrases)
	x.vocabulary.Add(x.reader, x.phrases)
	x.space.reworded(slot)
	x.stale++
	x.triggers.add(slot, a, x.terms)
	a.style(x.terms, x.styleVec)
	x.style.Set(int(slot), x.styleVec)
	if vectors {
		x.vocabulary.Vector(x.reader, x.phrases, x.vec)
		x.text.Set(int(slot), x.vec)
	}
}

func (x *index) forgetWords(slot uint32) {
	a := &x.adapters[slot]
	x.phrases = a.phrases(x.terms, x.phrases)
	x.vocabulary.Remove(x.reader, x.phrases)
	x.triggers.remove(slot, a, x.terms)
}

// remove forgets a purged adapter.
func (x *index) remove(id string) {
	slot, ok := x.slots[id]
	if !ok {
		return
	}
	x.forgetWords(slot)
	x.text.Clear(int(slot))
	x.style.Clear(int(slot))
	x.space.clear(slot)
	x.partners.forget(slot)
	delete(x.slots, id)
	x.adapters[slot] = adapter{state: lora.FileTrashed}
	x.gone++
}

// pair takes over how often two adapters were used together.
func (x *index) pair(p lora.AdapterPair) {
	a, ok := x.slots[p.A]
	b, known := x.slots[p.B]
	if !ok || !known || a == b {
		return
	}
	x.partners.change(a, b, func(one *partner) { one.jobs, one.kept = count32(p.Jobs), count32(p.Kept) })
}

// composedPairs is how many adapters of one composition make pairs.
const composedPairs = 20

// compose takes over all compositions.
func (x *index) compose(compositions []lora.Composition) {
	now := map[[2]uint32]int32{}
	for _, c := range compositions {
		var slots []uint32
		for _, e := range c.Entries {
			if slot, ok := x.slots[e.AdapterID]; ok && e.Enabled && !slices.Contains(slots, slot) && len(slots) < composedPairs {
				slots = append(slots, slot)
			}
		}
		slices.Sort(slots)
		for i, a := range slots {
			for _, b := range slots[i+1:] {
				now[[2]uint32{a, b}]++
			}
		}
	}
	for pair := range x.composed {
		if now[pair] == 0 {
			x.partners.change(pair[0], pair[1], func(one *partner) { one.compositions = 0 })
		}
	}
	for pair, n := range now {
		if x.composed[pair] != n {
			x.partners.change(pair[0], pair[1], func(one *partner) { one.compositions = n })
		}
	}
	x.composed = now
}

// makeVectors makes all text vectors with the rarity of words in a vocabulary, on two
// goroutines. The index may be read meanwhile; the vectors are in a matrix of their own.
func makeVectors(adapters []adapter, t *terms, vocabulary *vector.Vocabulary) *vector.Matrix {
	made := vector.NewMatrix(textDims)
	made.Grow(len(adapters))
	const part = 256
	next := make(chan int, len(adapters)/part+1)
	for from := 0; from < len(adapters); from += part {
		next <- from
	}
	close(next)
	var wait sync.WaitGroup
	var counting sync.Mutex
	for range min(runtime.GOMAXPROCS(0), 2) {
		wait.Go(func() {
			var phrases []vector.Phrase
			reader := vector.NewReader()
			vectors := make([]float32, part*textDims)
			for from := range next {
				to := min(from+part, len(adapters))
				for slot := from; slot < to; slot++ {
					vec := vectors[(slot-from)*textDims : (slot-from+1)*textDims]
					clear(vec)
					if a := &adapters[slot]; a.id != "" {
						phrases = a.phrases(t, phrases)
						vocabulary.Vector(reader, phrases, vec)
					}
				}
				counting.Lock()
				for slot := from; slot < to; slot++ {
					made.Set(slot, vectors[(slot-from)*textDims:(slot-from+1)*textDims])
				}
				counting.Unlock()
			}
		})
	}
	wait.Wait()
	return made
}

// bytes is about what the index takes in memory.
func (x *index) bytes() int64 {
	perAdapter := int64(len(x.adapters)) * 320
	words := x.terms.bytes + int64(len(x.terms.texts))*80
	return x.text.Bytes() + x.style.Bytes() + x.space.bytes() + perAdapter + words + x.triggers.bytes + int64(x.partners.count)*16 + 8<<20
}

// live is how many adapters the index has.
func (x *index) live() int { return len(x.adapters) - x.gone }
