package recommend

import (
	"maps"
	"slices"
	"strings"

	"loramanager/internal/vector"
)

// stylePart is how much the words for a wished style count against the prompt.
const stylePart = 0.5

// askPrompt compares adapters with the words of a prompt.
func (x *index) askPrompt(q *question, prompt, style string, model []float32, name string) {
	text := asked{lexical: make([]float32, textDims), model: model, name: name}
	phrases := []vector.Phrase{{Text: prompt, Weight: 1}, {Text: style, Weight: stylePart}}
	if !x.vocabulary.Vector(vector.NewReader(), phrases, text.lexical) {
		text.lexical = nil
	}
	x.compareText(q, text)
	x.meet(q, vector.Words(prompt))
	styles := make([]float32, len(styleNames))
	stylesIn(prompt).add(styles, stylePart)
	stylesIn(style).add(styles, 1)
	if vector.Normalize(styles) {
		x.compareStyle(q, styles)
	}
	q.words = wordsIn(prompt + "\n" + style)
	if q.scores[textSignal] == nil {
		q.note = "No adapter has a word of this prompt: this is what you like, what is good and what is new."
	}
}

// baseList names base models in alphabetical order.
func baseList(bases map[string]bool) string {
	var names []string
	for base := range bases {
		names = append(names, shape{base: base}.title())
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}

func sortedJoin(ids []string) string { return strings.Join(slices.Sorted(slices.Values(ids)), ",") }

// wordSet are words, and neighbouring words written together.
type wordSet map[string]bool

const maxWordSet = 4000

// wordsIn are the words of a text.
func wordsIn(text string) wordSet {
	set := wordSet{}
	before := ""
	for _, word := range vector.Words(text) {
		if len(set) >= maxWordSet {
			break
		}
		set[word] = true
		if before != "" {
			set[before+word] = true
		}
		before = word
	}
	return set
}

// wordsOf are the words of adapters.
func (x *index) wordsOf(slots ...uint32) wordSet {
	set := wordSet{}
	var phrases []vector.Phrase
	for _, slot := range slots {
		phrases = x.adapters[slot].phrases(x.terms, phrases)
		for _, p := range phrases {
			maps.Copy(set, wordsIn(p.Text))
			set[vector.Squash(p.Text)] = true
			if len(set) >= maxWordSet {
				return set
			}
		}
	}
	return set
}
