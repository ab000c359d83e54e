package prompt

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// orderPieces sorts wildcards so that each comes after those it names, and refuses
// circles.
func orderPieces(pieces map[string]*piece) ([]*piece, error) {
	missing := map[string]int{}      // how many of the wildcards it names are not sorted yet
	namedBy := map[string][]string{} // who waits for it
	var ready []string
	names := make([]string, 0, len(pieces))
	for name, piece := range pieces {
		slices.Sort(piece.wants)
		piece.wants = slices.Compact(piece.wants)
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		wants := pieces[name].wants
		if missing[name] = len(wants); len(wants) == 0 {
			ready = append(ready, name)
		}
		for _, want := range wants {
			namedBy[want] = append(namedBy[want], name)
		}
	}
	order := make([]*piece, 0, len(pieces))
	for len(ready) > 0 {
		name := ready[0]
		ready = ready[1:]
		order = append(order, pieces[name])
		delete(missing, name)
		for _, waiting := range namedBy[name] {
			if missing[waiting]--; missing[waiting] == 0 {
				ready = append(ready, waiting)
			}
		}
	}
	if len(missing) == 0 {
		return order, nil
	}
	return nil, lora.FieldErrorf(lora.Invalid, "template", "These wildcards name each other in a circle: %s.", circle(pieces, missing))
}

// circle finds one circle among wildcards that could not be sorted. Each of them names
// another of them, so following the first such name must come round.
func circle(pieces map[string]*piece, missing map[string]int) string {
	at := ""
	for name := range missing {
		if at == "" || name < at {
			at = name
		}
	}
	var path []string
	for !slices.Contains(path, at) {
		path = append(path, at)
		next := slices.IndexFunc(pieces[at].wants, func(want string) bool { _, in := missing[want]; return in })
		at = pieces[at].wants[next]
	}
	path = append(path[slices.Index(path, at):], at)
	return strings.Join(path, ", ")
}
