package main

import (
	"math/rand/v2"
	"strings"
)

var syllables = strings.Fields("ka ri no ta lu me sho va den bri tor qui zan fel mor ash ele gwy pel rus tin dor hal nyx ori pra sel umi wen yar cos fra gli")

var general = strings.Fields("style character concept woman man girl boy anime realistic photo detailed quality background clothing art digital illustration portrait smile hair eyes light dark color pose face hand sky night day city nature water fire dress hat red blue green white black long short simple complex scene indoor outdoor standing sitting looking viewer solo")

// coin makes a word nobody has used before in this world: one of two parts, as
// "cyberpunk" is, in half of the cases.
func (w *world) coin() coined {
	part := func() string {
		return syllables[w.r.IntN(len(syllables))] + syllables[w.r.IntN(len(syllables))]
	}
	c := coined{part()}
	if w.r.IntN(2) == 0 {
		c = append(c, part())
	} else {
		c[0] += syllables[w.r.IntN(len(syllables))]
	}
	return c
}

// coined is a word by its parts.
type coined []string

// spelled writes a word as people do: together or not, in the plural, with a slip.
func (c coined) spelled(r *rand.Rand) string {
	word := strings.Join(c, []string{"", "", "-", " ", "_"}[r.IntN(5)])
	switch r.IntN(12) {
	case 0:
		word += "s"
	case 1:
		word = strings.ToUpper(word[:1]) + word[1:]
	case 2:
		if at := 1 + r.IntN(len(word)-2); word[at] != ' ' { // one letter twice
			word = word[:at] + word[at:at+1] + word[at:]
		}
	}
	return word
}
