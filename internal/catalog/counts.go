package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Counts are the figures of the whole library. Only Trashed speaks of the trash.
type Counts struct {
	Adapters   int
	Active     int
	Favorites  int
	AddedSince int // added at or after the moment asked about
	Unreadable int
	Unsafe     int
	Missing    int
	Trashed    int
	Duplicates int // adapters that have a twin
	Digested   int // adapters whose SHA-256 is known
	SizeBytes  int64
	// MissingBytes are those of files that are missing, which SizeBytes holds too.
	MissingBytes int64
}

// Count counts the whole library. since is in microseconds since 1970.
func (x *Index) Count(since int64) Counts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	set := x.live.clone()
	set.andNot(x.flags[flagTrashed])
	c := Counts{
		Adapters:   set.count(),
		Active:     set.countAnd(x.flags[flagActive]),
		Favorites:  set.countAnd(x.flags[flagFavorite]),
		Unreadable: set.countAnd(x.flags[flagUnreadable]),
		Unsafe:     set.countAnd(x.flags[flagUnsafe]),
		Missing:    set.countAnd(x.flags[flagMissing]),
		Duplicates: set.countAnd(x.flags[flagDuplicate]),
		Trashed:    x.live.countAnd(x.flags[flagTrashed]),
	}
	added := x.times[timeAdded]
	set.each(func(slot uint32) {
		c.SizeBytes += x.size[slot]
		if x.flags[flagMissing].has(slot) {
			c.MissingBytes += x.size[slot]
		}
		if x.content[slot] != 0 {
			c.Digested++
		}
		if added[slot] >= since {
			c.AddedSince++
		}
	})
	return c
}

// RootCounts are the figures of one library folder.
type RootCounts struct {
	Adapters  int
	Missing   int
	SizeBytes int64
}

// CountRoots counts by library folder id, the trash left out.
func (x *Index) CountRoots() map[string]RootCounts {
	x.mu.RLock()
	defer x.mu.RUnlock()
	counts := make([]RootCounts, len(x.root.text))
	set := x.live.clone()
	set.andNot(x.flags[flagTrashed])
	missing := x.flags[flagMissing]
	set.each(func(slot uint32) {
		c := &counts[x.root.of[slot]]
		c.Adapters++
		c.SizeBytes += x.size[slot]
		if missing.has(slot) {
			c.Missing++
		}
	})
	byID := make(map[string]RootCounts, len(counts))
	for n, c := range counts {
		if c.Adapters > 0 {
			byID[x.root.text[n]] = c
		}
	}
	return byID
}

// Tags lists every tag in use, trimmed, in its original case, sorted by lower case.
func (x *Index) Tags() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	used := make([]bool, len(x.tags.text))
	set := x.live.clone()
	set.andNot(x.flags[flagTrashed])
	set.each(func(slot uint32) {
		for _, n := range x.tags.of(slot) {
			used[n] = true
		}
	})
	tags := make([]string, 0, len(used))
	for n, tag := range x.tags.text {
		if tag = strings.TrimSpace(tag); used[n] && tag != "" {
			tags = append(tags, tag)
		}
	}
	slices.SortFunc(tags, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
	})
	return slices.Compact(tags)
}
