package safetensors

import (
	"strconv"
	"testing"
)

func TestKeySetFindsEveryDuplicate(t *testing.T) {
	t.Parallel()
	var s scanner
	add := func(text string) bool { return s.names.add(s.arena, s.keep([]byte(text))) }
	const many = 50_000
	for round := range 2 {
		s.reset(nil, DefaultLimits())
		if len(s.names.slots) > keptSlots {
			t.Fatalf("a table of %d slots was kept for the next file", len(s.names.slots))
		}
		for i := range many {
			if !add(strconv.Itoa(i)) {
				t.Fatalf("round %d: %d is taken for a duplicate", round, i)
			}
		}
		for i := range many {
			if add(strconv.Itoa(i)) {
				t.Fatalf("round %d: duplicate %d is not found", round, i)
			}
		}
		if !add("") || add("") {
			t.Fatal("the empty key is no ordinary key")
		}
	}
}
