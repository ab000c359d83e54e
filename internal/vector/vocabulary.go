package vector

import (
	"math"
	"slices"
)

// buckets is how many counters a Vocabulary has. Features that share one seem a little
// more common than they are.
const buckets = 1 << 20

// Phrase is a part of what a thing is called, and how much it counts.
type Phrase struct {
	Text   string
	Weight float32
}

// Vocabulary counts in how many documents each feature occurs, and makes vectors in which
// rare features count more: strength times ln(1 + documents/occurrences), each feature
// added to four dimensions with signs that its hash chooses (a sparse random projection
// after Li, Hastie and Church, "Very Sparse Random Projections", 2006). The same phrases
// and counts always make the same vector.
//
// It is not safe for use from several goroutines while one of them adds or removes.
type Vocabulary struct {
	documents int
	counts    []uint32
}

// NewVocabulary returns one that has seen nothing.
func NewVocabulary() *Vocabulary { return &Vocabulary{counts: make([]uint32, buckets)} }

// Clone is a copy that stays as it is.
func (v *Vocabulary) Clone() *Vocabulary {
	return &Vocabulary{documents: v.documents, counts: slices.Clone(v.counts)}
}

// Documents is how many are counted.
func (v *Vocabulary) Documents() int { return v.documents }

// Reader reads phrases for a Vocabulary. It remembers phrases that come again and again, as
// tags do, and is for one goroutine.
type Reader struct {
	seen  []uint32 // the document in which a bucket was last met
	round uint32
	known map[string][]feature
}

// Bounds of what a Reader remembers.
const (
	knownPhrases = 1 << 13
	knownLength  = 64 // bytes of one
)

// feature is one feature of a phrase.
type feature struct {
	hash     uint64
	strength float32
}

// NewReader returns a reader that knows nothing yet.
func NewReader() *Reader { return &Reader{known: map[string][]feature{}} }

// features are those of a phrase.
func (r *Reader) features(text string) []feature {
	if list, ok := r.known[text]; ok {
		return list
	}
	var list []feature
	features(Words(text), func(hash uint64, strength float32) { list = append(list, feature{hash, strength}) })
	if len(text) <= knownLength {
		if len(r.known) >= knownPhrases {
			clear(r.known)
		}
		r.known[text] = list
	}
	return list
}

// Add counts a document.
func (v *Vocabulary) Add(r *Reader, phrases []Phrase) {
	v.documents++
	r.buckets(phrases, func(b uint64) { v.counts[b]++ })
}

// Remove takes a document out that was added with the same phrases.
func (v *Vocabulary) Remove(r *Reader, phrases []Phrase) {
	v.documents = max(v.documents-1, 0)
	r.buckets(phrases, func(b uint64) {
		if v.counts[b] > 0 {
			v.counts[b]--
		}
	})
}

// buckets calls each once with every bucket that a document meets.
func (r *Reader) buckets(phrases []Phrase, each func(bucket uint64)) {
	if r.seen == nil {
		r.seen = make([]uint32, buckets)
	}
	r.round++
	if r.round == 0 { // after 2^32 documents
		clear(r.seen)
		r.round = 1
	}
	for _, p := range phrases {
		for _, f := range r.features(p.Text) {
			if b := f.hash % buckets; r.seen[b] != r.round {
				r.seen[b] = r.round
				each(b)
			}
		}
	}
}

// Vector writes the vector of phrases into into, scaled to unit length. It reports false
// when there is none: no words, or none that the library knows.
func (v *Vocabulary) Vector(r *Reader, phrases []Phrase, into []float32) bool {
	clear(into)
	for _, p := range phrases {
		for _, f := range r.features(p.Text) {
			if rarity := v.rarity(f.hash); rarity > 0 {
				project(into, f.hash, p.Weight*f.strength*rarity)
			}
		}
	}
	return Normalize(into)
}

// rarity is 0 for what no document has: it cannot bring anything closer.
func (v *Vocabulary) rarity(hash uint64) float32 {
	n := v.counts[hash%buckets]
	if n == 0 {
		return 0
	}
	return float32(math.Log1p(float64(v.documents) / float64(n)))
}

// project adds a feature to four dimensions.
func project(into []float32, hash uint64, amount float32) {
	dims := uint64(len(into))
	bits := mix(hash + 0x9e3779b97f4a7c15)
	for range 4 {
		at := bits & 0x7fff % dims
		if bits&0x8000 == 0 {
			into[at] += amount
		} else {
			into[at] -= amount
		}
		bits >>= 16
	}
}
