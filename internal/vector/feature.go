package vector

import (
	"math"
	"unicode/utf8"
)

// How much the pieces of a phrase count against its words, which count 1.
const (
	joinedPart = 0.8 // two neighbouring words written together: "cyber punk" meets "cyberpunk"
	gramPart   = 1.0 // all pieces of three letters of a word together
	shortPart  = 0.3 // a word of one letter or of digits only
)

// features calls each with the hash and the strength of every feature of a phrase.
func features(words []string, each func(hash uint64, strength float32)) {
	for i, word := range words {
		if isShort(word) {
			each(hashWord(word, ""), shortPart)
			continue
		}
		each(hashWord(word, ""), 1)
		if i > 0 {
			each(hashWord(words[i-1], word), joinedPart)
		}
		grams(word, each)
	}
}

// grams are the pieces of three letters of a word, its ends marked.
func grams(word string, each func(hash uint64, strength float32)) {
	letters := utf8.RuneCountInString(word)
	if letters < 4 && letters == len(word) {
		return // the word itself says as much
	}
	strength := float32(gramPart / math.Sqrt(float64(letters)))
	first, second := rune('^'), rune(-1)
	for _, r := range word {
		if second >= 0 {
			each(hashGram(first, second, r), strength)
			first = second
		}
		second = r
	}
	each(hashGram(first, second, '$'), strength)
}

func isShort(word string) bool {
	if len(word) == 1 {
		return true
	}
	for i := range len(word) {
		if word[i] < '0' || word[i] > '9' {
			return false
		}
	}
	return true
}

const (
	fnvOffset = 14695981039346656037
	fnvPrime  = 1099511628211
)

// hashWord is FNV-1a of two strings written together.
func hashWord(a, b string) uint64 {
	h := uint64(fnvOffset)
	for i := range len(a) {
		h = (h ^ uint64(a[i])) * fnvPrime
	}
	for i := range len(b) {
		h = (h ^ uint64(b[i])) * fnvPrime
	}
	return mix(h)
}

// hashGram tells pieces of words from words by their beginning.
func hashGram(a, b, c rune) uint64 {
	//nolint:gosec // letters are not negative
	return mix(fnvOffset ^ uint64(a)<<42 ^ uint64(b)<<21 ^ uint64(c) ^ 1<<63)
}

// mix is the finaliser of SplitMix64: all bits of the result depend on all bits of x.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
