package catalog

import "bytes"

// pairBits is the number of bits of the table over letter pairs. With about 200
// different pairs per adapter a third of them is set, so that a word of five letters
// lets pass about one adapter in a hundred that does not contain it.
const pairBits = 512

// The fields of one adapter's text, in order, each ended by a NUL byte.
const (
	textName = iota
	textFile
	textFolder
	textTags
	textTriggers
	textAuthor
	textNotes
	textSource // not part of what a bare word searches
	textFields
)

// texts holds the folded text of every slot in one arena. A changed text is appended
// and the old one becomes waste, until more than half is waste and all is copied.
type texts struct {
	arena  []byte
	off    []uint32
	size   []uint32
	source []uint16 // length of the last field, capped
	pairs  [pairBits]bitset
	waste  int
}

const maxSourceLen = 1 << 15

func (t *texts) grow(slots int) {
	t.off = append(t.off, make([]uint32, slots-len(t.off))...)
	t.size = append(t.size, make([]uint32, slots-len(t.size))...)
	t.source = append(t.source, make([]uint16, slots-len(t.source))...)
	for i := range t.pairs {
		t.pairs[i] = t.pairs[i].grown(slots)
	}
}

func (t *texts) of(slot uint32) []byte {
	return t.arena[t.off[slot] : t.off[slot]+t.size[slot]]
}

// name returns the folded name.
func (t *texts) name(slot uint32) []byte {
	s := t.of(slot)
	return s[:bytes.IndexByte(s, 0)]
}

// public returns what a bare word searches.
func (t *texts) public(slot uint32) []byte {
	s := t.of(slot)
	return s[:len(s)-int(t.source[slot])-1]
}

// field returns one field's folded text.
func (t *texts) field(slot uint32, field int) []byte {
	s := t.of(slot)
	if field == textSource {
		return s[len(s)-int(t.source[slot])-1 : len(s)-1]
	}
	for ; field > 0; field-- {
		s = s[bytes.IndexByte(s, 0)+1:]
	}
	return s[:bytes.IndexByte(s, 0)]
}

// build appends a row's folded text to dst and returns the length of its last field.
func build(dst []byte, r *Row) ([]byte, int) {
	dst = append(appendFold(dst, r.Name), 0)
	dst = append(appendFold(dst, r.FileName), 0)
	dst = append(appendFold(dst, r.Folder), 0)
	dst = append(appendList(dst, r.Tags), 0)
	dst = appendList(dst, r.Triggers)
	if len(r.Triggers) > 0 && len(r.TrainedWords) > 0 {
		dst = append(dst, '\n')
	}
	dst = append(appendList(dst, r.TrainedWords), 0)
	dst = append(appendFold(dst, r.Author), 0)
	dst = append(appendFold(dst, r.Notes), 0)
	start := len(dst)
	dst = appendFold(dst, r.SourceURL)
	if len(dst)-start > maxSourceLen {
		dst = dst[:start+maxSourceLen]
	}
	return append(dst, 0), len(dst) - start
}

// appendList folds a list so that no search matches across two entries: folded text
// contains no line breaks.
func appendList(dst []byte, list []string) []byte {
	for i, s := range list {
		if i > 0 {
			dst = append(dst, '\n')
		}
		dst = appendFold(dst, s)
	}
	return dst
}

// put replaces the text of a slot.
func (t *texts) put(slot uint32, r *Row) {
	start := len(t.arena)
	var source int
	t.arena, source = build(t.arena, r)
	fresh := t.arena[start:]
	if old := t.of(slot); bytes.Equal(old, fresh) {
		t.arena = t.arena[:start]
		return
	}
	t.drop(slot)
	t.off[slot] = uint32(start)       //nolint:gosec // the arena stays far below 4 GiB
	t.size[slot] = uint32(len(fresh)) //nolint:gosec // as above
	t.source[slot] = uint16(source)   //nolint:gosec // capped by build
	for i := 1; i < len(fresh); i++ {
		if fresh[i-1] >= ' ' && fresh[i] >= ' ' {
			t.pairs[pairBit(fresh[i-1], fresh[i])].set(slot)
		}
	}
}

// drop forgets the text of a slot.
func (t *texts) drop(slot uint32) {
	if t.size[slot] == 0 {
		return
	}
	t.waste += int(t.size[slot])
	t.size[slot], t.source[slot] = 0, 0
	for i := range t.pairs {
		t.pairs[i].clear(slot)
	}
}

// tidy copies the arena when most of it is waste.
func (t *texts) tidy() {
	if t.waste < 1<<20 || t.waste < len(t.arena)/2 {
		return
	}
	fresh := make([]byte, 0, len(t.arena)-t.waste+1<<16)
	for slot := range t.off {
		if t.size[slot] == 0 {
			continue
		}
		s := t.of(uint32(slot))          //nolint:gosec // slots fit 32 bits
		t.off[slot] = uint32(len(fresh)) //nolint:gosec // as in put
		fresh = append(fresh, s...)
	}
	t.arena, t.waste = fresh, 0
}

func pairBit(a, b byte) uint32 {
	return (uint32(a)*37 + uint32(b)*101 + uint32(b)>>3) % pairBits
}

// candidates narrows set to the slots whose text may contain word.
func (t *texts) candidates(set bitset, word string) {
	for i := 1; i < len(word); i++ {
		if word[i-1] >= ' ' && word[i] >= ' ' {
			set.and(t.pairs[pairBit(word[i-1], word[i])])
		}
	}
}
