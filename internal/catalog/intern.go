package catalog

import "strings"

// values gives every distinct value of a column a small number. Values are never
// forgotten: what a library stopped using costs a few bytes until the next start.
type values struct {
	numbers map[string]uint32
	text    []string
	folded  []string
	same    []uint32          // the first value with the same folded text
	first   map[string]uint32 // by folded text
}

func newValues() *values {
	v := &values{numbers: make(map[string]uint32), first: make(map[string]uint32)}
	v.number("") // 0 is the empty value everywhere
	return v
}

func (v *values) number(s string) uint32 {
	if n, ok := v.numbers[s]; ok {
		return n
	}
	n := uint32(len(v.text)) //nolint:gosec // bounded by the number of adapters
	// The clone keeps a long row from living on through one of its substrings.
	s = strings.Clone(s)
	v.numbers[s] = n
	v.text = append(v.text, s)
	folded := Fold(s)
	v.folded = append(v.folded, folded)
	if _, known := v.first[folded]; !known {
		v.first[folded] = n
	}
	v.same = append(v.same, v.first[folded])
	return n
}

// matching marks the numbers whose folded text satisfies match.
func (v *values) matching(match func(folded string) bool) []bool {
	hit := make([]bool, len(v.text))
	for i, f := range v.folded {
		hit[i] = match(f)
	}
	return hit
}
