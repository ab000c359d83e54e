package prompt

import "unicode"

// LeastTokens is a lower bound for the number of CLIP tokens of a text. CLIP first cuts
// a text into words, single digits, runs of other characters and the endings 's, 't,
// 're and so on, and may then cut these further; this counts the first cut, so that the
// true number is not smaller (openai/CLIP, simple_tokenizer.py).
func LeastTokens(text string) int {
	const (
		blank = iota
		letter
		other
		apostrophe
	)
	n, before := 0, blank
	for _, r := range text {
		kind := other
		switch {
		case unicode.IsSpace(r):
			kind = blank
		case unicode.IsLetter(r):
			kind = letter
		case unicode.IsNumber(r):
			n++
			before = blank
			continue
		case r == '\'':
			kind = apostrophe
		}
		switch {
		case kind == blank, kind == before:
		case kind == letter && before == apostrophe: // may be an ending that is one token
		case kind == apostrophe && before == other, kind == other && before == apostrophe:
		default:
			n++
		}
		before = kind
	}
	return n
}
