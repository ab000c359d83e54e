package recommend

import (
	"slices"
	"strings"
	"unicode/utf8"

	"loramanager/internal/vector"
)

// source says where an adapter names a trigger word.
type source uint8

const (
	fromTrigger source = 1 << iota
	fromTrained
	fromActivation
)

func (s source) words() []string {
	var words []string
	for i, name := range [...]string{"trigger", "trained_word", "activation_text"} {
		if s&(1<<i) != 0 {
			words = append(words, name)
		}
	}
	return words
}

// mention is one adapter's use of a trigger form.
type mention struct {
	slot   uint32
	source source
}

// triggerIndex finds adapters by their trigger words. Words that differ in blanks,
// hyphens, case and accents have one form.
type triggerIndex struct {
	forms    map[string]uint32
	texts    []string
	lengths  []uint8 // of them in letters
	mentions [][]mention
	grams    map[gram][]uint32 // forms by the pieces of three letters in them
	longest  int               // words of the longest phrase, at most maxFormWords
	bytes    int64
}

const (
	maxForm      = 60 // bytes of a form; longer phrases are sentences, not triggers
	maxFormWords = 6
	maxForms     = 60 // of one adapter
	maxLikeWords = 8  // of a question, for which similar spellings are looked for
)

// gram is three letters in a row.
type gram [3]rune

func newTriggerIndex() *triggerIndex {
	return &triggerIndex{forms: map[string]uint32{}, grams: map[gram][]uint32{}, longest: 1}
}

// formsOf returns the trigger forms of an adapter, each once, with their sources.
func formsOf(a *adapter, t *terms, each func(phrase, form string, from source)) {
	left := maxForms
	add := func(text string, from source) {
		for phrase := range strings.FieldsFuncSeq(withoutTags(text), isPhraseEnd) {
			form := vector.Squash(phrase)
			if len(form) < 2 || len(form) > maxForm || left == 0 {
				continue
			}
			left--
			each(strings.TrimSpace(phrase), form, from)
		}
	}
	for _, id := range a.triggers() {
		add(t.text(id), fromTrigger)
	}
	for _, id := range a.trained() {
		add(t.text(id), fromTrained)
	}
	add(t.text(a.activation), fromActivation)
}

// isPhraseEnd splits lists of trigger words, which users write with all of these.
func isPhraseEnd(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '/' || r == '|' }

// add takes over an adapter's triggers.
func (x *triggerIndex) add(slot uint32, a *adapter, t *terms) {
	formsOf(a, t, func(phrase, form string, from source) {
		x.longest = max(x.longest, min(len(vector.Words(phrase)), maxFormWords))
		id := x.form(form)
		for i, m := range x.mentions[id] {
			if m.slot == slot {
				x.mentions[id][i].source |= from
				return
			}
		}
		x.mentions[id] = append(x.mentions[id], mention{slot, from})
	})
}

func (x *triggerIndex) form(text string) uint32 {
	if id, ok := x.forms[text]; ok {
		return id
	}
	text = strings.Clone(text)
	id := uint32(len(x.texts)) //nolint:gosec // far fewer than 2^32
	x.forms[text] = id
	x.texts = append(x.texts, text)
	x.lengths = append(x.lengths, uint8(utf8.RuneCountInString(text))) //nolint:gosec // at most maxForm
	x.mentions = append(x.mentions, nil)
	eachGram(text, func(g gram) { x.grams[g] = append(x.grams[g], id) })
	x.bytes += int64(len(text)) + 80 + 4*int64(len(text))
	return id
}

// remove takes an adapter's triggers out.
func (x *triggerIndex) remove(slot uint32, a *adapter, t *terms) {
	formsOf(a, t, func(_, form string, _ source) {
		if id, ok := x.forms[form]; ok {
			x.mentions[id] = slices.DeleteFunc(x.mentions[id], func(m mention) bool { return m.slot == slot })
		}
	})
}

// eachGram calls each once for every three letters in a row, the ends marked.
func eachGram(form string, each func(gram)) {
	var seen [maxForm + 2]gram
	n := 0
	g := gram{0, 0, '^'}
	emit := func(r rune) {
		g = gram{g[1], g[2], r}
		if g[0] == 0 || slices.Contains(seen[:n], g) {
			return
		}
		seen[n] = g
		n++
		each(g)
	}
	for _, r := range form {
		emit(r)
	}
	emit('$')
}

// formHit is a trigger form that a question meets, and how well, 0..1.
type formHit struct {
	form  uint32
	score float32
	exact bool
}

// Scores of forms that are met exactly.
const (
	wholeQuestion  = 1.0 // the question is the trigger
	partOfQuestion = 0.8 // a phrase within the question is; a longer one is worth more
	leastLikeness  = 0.4 // Dice of pieces below which spellings have nothing in common
	likePart       = 0.75
)

// find returns the forms that are met by the words of a question: as a whole, by phrases
// within it, and by similar spelling. Best first.
func (x *triggerIndex) find(question string, limit int) []formHit {
	words := vector.Words(question)
	best := map[uint32]formHit{}
	offer := func(h formHit) {
		if old, ok := best[h.form]; !ok || h.score > old.score {
			best[h.form] = h
		}
	}
	whole := strings.Join(words, "")
	if id, ok := x.forms[whole]; ok {
		offer(formHit{id, wholeQuestion, true})
	}
	x.phrases(words, func(id uint32, length int) {
		offer(formHit{id, partOfQuestion + 0.15*float32(length)/float32(len(words)+1), true})
	})
	for _, text := range append([]string{whole}, words[:min(len(words), maxLikeWords)]...) {
		if len(text) <= maxForm {
			share := float32(len(text)) / float32(max(len(whole), 1))
			x.like(text, func(id uint32, dice float32) {
				offer(formHit{id, likePart * dice * (0.5 + 0.5*share), false})
			})
		}
	}
	top := vector.NewTop(limit, func(a, b int) int { return strings.Compare(x.texts[a], x.texts[b]) })
	for _, h := range best {
		top.Offer(int(h.form), h.score)
	}
	hits := make([]formHit, 0, limit)
	for _, hit := range top.Sorted() {
		hits = append(hits, best[uint32(hit.Row)]) //nolint:gosec // it was one
	}
	return hits
}

// phrases calls each for every run of words that is a trigger form.
func (x *triggerIndex) phrases(words []string, each func(form uint32, length int)) {
	for from := range words {
		phrase := ""
		for length := 1; length <= x.longest && from+length <= len(words); length++ {
			phrase += words[from+length-1]
			if len(phrase) > maxForm {
				break
			}
			if id, ok := x.forms[phrase]; ok && len(phrase) > 1 {
				each(id, length)
			}
		}
	}
}

// like calls each for the forms spelled like a text, with the Dice coefficient of the
// pieces of three letters they have.
func (x *triggerIndex) like(text string, each func(form uint32, dice float32)) {
	if utf8.RuneCountInString(text) < 3 {
		return
	}
	counts := make([]uint8, len(x.texts)) // a form has fewer pieces than 256
	var met []uint32
	pieces := 0
	eachGram(text, func(g gram) {
		pieces++
		for _, id := range x.grams[g] {
			if counts[id] == 0 {
				met = append(met, id)
			}
			counts[id]++
		}
	})
	for _, id := range met {
		dice := 2 * float32(counts[id]) / float32(pieces+int(x.lengths[id]))
		if dice >= leastLikeness {
			each(id, min(dice, 0.99))
		}
	}
}
