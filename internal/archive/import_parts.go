package archive

import (
	"fmt"
	"time"

	"loramanager/internal/guard"
)

// split is an archive that was written in parts, as each of them tells of it.
type split struct {
	at      time.Time
	program string
	of      int
}

// missingParts says which split archives are not all there, in the order of the sources.
func missingParts(sources []Source) []string {
	given, first := make(map[split]map[int]bool), make(map[split]string)
	var order []split
	for _, source := range sources {
		s, ok := source.(*archiveSource)
		if !ok || s.head.Part.Of < 2 {
			continue
		}
		one := split{s.head.GeneratedAt.UTC(), s.head.Program, s.head.Part.Of}
		if given[one] == nil {
			given[one], first[one] = make(map[int]bool), guard.DisplayName(s.name)
			order = append(order, one)
		}
		given[one][s.head.Part.Number] = true
	}
	var notes []string
	for _, one := range order {
		if missing := one.of - len(given[one]); missing > 0 {
			notes = append(notes, fmt.Sprintf("%s is one of %d parts, of which %d are missing here. Import those as well.", first[one], one.of, missing))
		}
	}
	return notes
}
