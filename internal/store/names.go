package store

import (
	"context"
	"strconv"
	"strings"
)

// namer finds names that are free within one transaction.
type namer struct {
	c     *change
	taken map[nameVersion]int64 // key of the adapter that has it; 0: will have it
	next  map[nameVersion]int   // where the last search for a free number ended
}

type nameVersion struct{ name, version string }

func nameOf(s *stored) nameVersion {
	nv := nameVersion{name: clean(s.Name)}
	if s.Version != nil {
		nv.version = clean(*s.Version)
	}
	return nv
}

// newNamer looks up at once which of the names are taken.
func (c *change) newNamer(ctx context.Context, names []string) (*namer, error) {
	n := &namer{c: c, taken: make(map[nameVersion]int64), next: make(map[nameVersion]int)}
	for i := range names {
		names[i] = clean(names[i])
	}
	err := c.each(ctx, "SELECT key, name, COALESCE(version, '') FROM adapter WHERE file_state <> 'trashed' AND name IN ("+c.pool.dialect.texts+")",
		[]any{c.pool.dialect.list(names)}, func(r *record) error {
			key := r.integer()
			n.taken[nameVersion{r.text(), r.text()}] = key
			return nil
		})
	return n, err
}

// settle gives an adapter a name that is free: its own, or with " (2)", " (3)", ...
// A name that got such a number earlier keeps it.
func (n *namer) settle(ctx context.Context, s *stored, before string) error {
	wanted := nameOf(s)
	if before != "" && before != wanted.name && numbered(before, wanted.name) {
		s.Name, wanted.name = before, clean(before)
		n.taken[wanted] = s.key
		return nil
	}
	holder, taken := n.taken[wanted]
	if !taken || holder == s.key {
		n.taken[wanted] = s.key
		return nil
	}
	number, err := n.free(ctx, wanted)
	if err != nil {
		return err
	}
	s.Name = numberedName(wanted.name, number)
	n.taken[nameOf(s)] = s.key
	return nil
}

func numberedName(name string, number int) string { return name + " (" + strconv.Itoa(number) + ")" }

// numbered reports whether name is wanted with a number behind it.
func numbered(name, wanted string) bool {
	digits, ok := strings.CutPrefix(name, wanted+" (")
	if !ok || !strings.HasSuffix(digits, ")") {
		return false
	}
	n, err := strconv.Atoi(strings.TrimSuffix(digits, ")"))
	return err == nil && n >= 2
}

// free finds a number that is not taken: it doubles until one is free and then halves
// the interval, so that 100,000 files of one name cost 17 looks each at worst, and
// mostly one.
func (n *namer) free(ctx context.Context, wanted nameVersion) (int, error) {
	low := max(n.next[wanted], 1) // taken
	high := low + 1
	for {
		taken, err := n.isTaken(ctx, wanted, high)
		if err != nil {
			return 0, err
		}
		if !taken {
			break
		}
		low, high = high, high*2
	}
	for high-low > 1 {
		middle := low + (high-low)/2
		taken, err := n.isTaken(ctx, wanted, middle)
		if err != nil {
			return 0, err
		}
		if taken {
			low = middle
		} else {
			high = middle
		}
	}
	n.next[wanted] = high
	return high, nil
}

func (n *namer) isTaken(ctx context.Context, wanted nameVersion, number int) (bool, error) {
	name := numberedName(wanted.name, number)
	if _, ok := n.taken[nameVersion{name, wanted.version}]; ok {
		return true, nil
	}
	return n.c.one(ctx, "SELECT 1 FROM adapter WHERE name = ? AND COALESCE(version, '') = ? AND file_state <> 'trashed'",
		[]any{name, wanted.version}, func(*record) error { return nil })
}
