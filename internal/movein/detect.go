package movein

import (
	"context"
	"slices"
	"strings"

	"loramanager/internal/guard"
)

// Detect looks at a folder and says what each manager left in it. It reads every sidecar,
// so that the counts are true. A folder without any is an empty answer, no error.
func Detect(ctx context.Context, root *guard.Root) ([]Found, error) {
	s, err := Open(root, nil)
	if err != nil {
		return nil, err
	}
	s.readers = []reader{&tree{apart: true}}
	tallies := map[Manager]*tally{}
	err = s.Records(ctx, func(r Record) error {
		t := tallies[r.Manager]
		if t == nil {
			t = &tally{counts: map[string]int{}}
			tallies[r.Manager] = t
		}
		t.add(r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	var found []Found
	for _, m := range Managers() {
		if t := tallies[m]; t != nil {
			found = append(found, Found{Manager: m, Path: s.label, Adapters: t.adapters, With: t.sorted(), Notes: append([]string{}, limits[m]...)})
		}
	}
	if len(found) > 0 {
		found[0].Notes = append(found[0].Notes, s.Notes()...)
	}
	return found, nil
}

// limits say what a manager keeps where nobody else can read it, or what has no place here.
var limits = map[Manager][]string{
	SwarmUI:         {"SwarmUI keeps presets and favourites in a database of its own format; export the presets there to bring them along."},
	StabilityMatrix: {"StabilityMatrix keeps favourites in a database of its own format; they stay there."},
	InvokeAI:        {"Images and boards stay where they are; drop images on the history to bring them in with what they were made with."},
	Prototype:       {"Images stay in the folder the prototype wrote them to; jobs come over with their prompts, parameters and ratings."},
}

// tally counts what one manager says.
type tally struct {
	adapters int
	counts   map[string]int
}

func (t *tally) add(r Record) {
	switch {
	case r.Record.Adapter != nil:
		t.adapters++
		for _, field := range r.Fields {
			t.counts[field]++
		}
	case len(r.Record.Composition) > 0:
		t.counts["compositions"]++
	case r.Record.Job != nil:
		t.counts["jobs"]++
	}
	for _, f := range r.Files {
		switch f.Kind {
		case primary:
			t.counts["files"]++
		case preview:
			t.counts["previews"]++
		}
	}
}

// sorted returns the counts, the largest first.
func (t *tally) sorted() []Count {
	out := make([]Count, 0, len(t.counts))
	for what, n := range t.counts {
		out = append(out, Count{what, n})
	}
	slices.SortFunc(out, func(a, b Count) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.What, b.What)
	})
	return out
}
