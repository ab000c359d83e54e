package prompt

import (
	"cmp"
	"slices"
)

// arranged are the enabled entries as they are written, one for each name, and the
// entries that gave way to another of the same name.
func arranged(draft Draft) (kept, duplicates []Entry) {
	entries := make([]*Entry, 0, len(draft.Entries))
	for i := range draft.Entries {
		if entry := &draft.Entries[i]; entry.Enabled {
			entries = append(entries, entry)
		}
	}
	if !draft.Ordered {
		// Go compares strings by bytes, which for UTF-8 is the order of code points.
		slices.SortStableFunc(entries, func(a, b *Entry) int {
			return cmp.Or(cmp.Compare(a.ordinal(), b.ordinal()), cmp.Compare(a.Name, b.Name))
		})
	}
	kept = make([]Entry, 0, len(entries))
	places := make(map[string]int, len(entries))
	for _, entry := range entries {
		at, again := places[entry.Name]
		switch {
		case !again:
			places[entry.Name] = len(kept)
			kept = append(kept, *entry)
		case entry.Weight > kept[at].Weight:
			duplicates = append(duplicates, kept[at])
			kept[at] = *entry
		default:
			duplicates = append(duplicates, *entry)
		}
	}
	return kept, duplicates
}

func (e *Entry) ordinal() int {
	if e.Ordinal == nil {
		return 0
	}
	return *e.Ordinal
}
