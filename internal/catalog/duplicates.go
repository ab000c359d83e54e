package catalog

import (
	"cmp"
	"slices"
)

// none ends a chain of twins.
const none = ^uint32(0)

// twins chains the slots that hold the same tensors.
type twins struct {
	head map[uint64]uint32
	next []uint32
}

func newTwins() twins { return twins{head: make(map[uint64]uint32)} }

// link enters a slot into its chain. Trashed adapters and adapters whose digests are
// not known yet have no twins.
func (x *Index) link(slot uint32) {
	group := x.tensors[slot]
	x.twins.next[slot] = none
	if group == 0 || x.flags[flagTrashed].has(slot) {
		return
	}
	if head, ok := x.twins.head[group]; ok {
		x.twins.next[slot] = head
		x.flags[flagDuplicate].set(head)
		x.flags[flagDuplicate].set(slot)
	}
	x.twins.head[group] = slot
}

// unlink takes a slot out of its chain, before its columns change.
func (x *Index) unlink(slot uint32) {
	group := x.tensors[slot]
	head, ok := x.twins.head[group]
	x.flags[flagDuplicate].clear(slot)
	if !ok || group == 0 || x.flags[flagTrashed].has(slot) {
		return
	}
	next := x.twins.next[slot]
	if head == slot {
		if next == none {
			delete(x.twins.head, group)
			return
		}
		x.twins.head[group] = next
		head = next
	} else {
		at := head
		for x.twins.next[at] != slot {
			at = x.twins.next[at]
		}
		x.twins.next[at] = next
	}
	if x.twins.next[head] == none {
		x.flags[flagDuplicate].clear(head)
	}
}

// others counts the further members of a slot's chain.
func (x *Index) others(slot uint32) int {
	if !x.flags[flagDuplicate].has(slot) {
		return 0
	}
	n := -1
	for at := x.twins.head[x.tensors[slot]]; at != none; at = x.twins.next[at] {
		n++
	}
	return n
}

// Group is a set of adapters that hold the same tensors.
type Group struct {
	IDs []string
	// SameFile says that all files are equal byte for byte; otherwise their headers differ.
	SameFile  bool
	SizeBytes int64 // of the largest file
	// WastedBytes is what deleting all but the largest file would free.
	WastedBytes int64
}

// Duplicates returns all groups of two and more, those that waste most first.
func (x *Index) Duplicates() []Group {
	x.mu.RLock()
	defer x.mu.RUnlock()
	var groups []Group
	x.flags[flagDuplicate].each(func(slot uint32) {
		if x.twins.head[x.tensors[slot]] == slot {
			groups = append(groups, x.group(slot))
		}
	})
	slices.SortFunc(groups, func(a, b Group) int {
		return cmp.Or(cmp.Compare(b.WastedBytes, a.WastedBytes), cmp.Compare(a.IDs[0], b.IDs[0]))
	})
	return groups
}

func (x *Index) group(head uint32) Group {
	var members []uint32
	for at := head; at != none; at = x.twins.next[at] {
		members = append(members, at)
	}
	slices.SortFunc(members, func(a, b uint32) int { return x.compare(orderKey{sort: ByName}, a, b) })
	g := Group{SameFile: true}
	for _, slot := range members {
		g.IDs = append(g.IDs, x.id[slot])
		g.SameFile = g.SameFile && x.content[slot] == x.content[head]
		g.SizeBytes = max(g.SizeBytes, x.size[slot])
		g.WastedBytes += x.size[slot]
	}
	g.WastedBytes -= g.SizeBytes
	return g
}

// Twin is another adapter with the same tensors.
type Twin struct {
	ID       string
	SameFile bool // equal byte for byte
}

// Twins lists the other adapters with the tensors of this one.
func (x *Index) Twins(id string) []Twin {
	x.mu.RLock()
	defer x.mu.RUnlock()
	slot, ok := x.slots[id]
	if !ok || !x.flags[flagDuplicate].has(slot) {
		return nil
	}
	var list []Twin
	for at := x.twins.head[x.tensors[slot]]; at != none; at = x.twins.next[at] {
		if at != slot {
			list = append(list, Twin{ID: x.id[at], SameFile: x.content[at] == x.content[slot]})
		}
	}
	return list
}
