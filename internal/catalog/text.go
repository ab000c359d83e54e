package catalog

import "bytes"

// tripleBits is the number of bits of the table over letter triples. An adapter has
// about 200 different triples, so that a fifth of its bits is set and a word of six
// letters lets pass one adapter in 500 that does not contain it.
const tripleBits = 1024

// The fields of one adapter's text behind the name, in order, each ended by a NUL byte.
const (
	textFile = iota
	textFolder
	textTags
	textTriggers
	textAuthor
	textNotes
	textSource // not part of what a bare word searches
)

// textName is the name, which lies in an arena of its own: it is what lists are sorted
// by and relevance is judged by.
const textName = -1

// texts holds the folded text of every slot, with a table over letter triples that
// says which slots cannot contain a word.
type texts struct {
	names   arena
	rest    arena
	source  []uint16 // length of the last field, capped
	triples [tripleBits]bitset
	scratch []byte
}

const maxSourceLen = 1 << 15

func (t *texts) grow(slots int) {
	t.names.grow(slots)
	t.rest.grow(slots)
	t.source = resized(t.source, slots)
	for i := range t.triples {
		t.triples[i] = t.triples[i].grown(slots)
	}
}

// name returns the folded name.
func (t *texts) name(slot uint32) []byte { return t.names.of(slot) }

// contains reports whether a bare word finds the slot.
func (t *texts) contains(slot uint32, word []byte) bool {
	if bytes.Contains(t.names.of(slot), word) {
		return true
	}
	s := t.rest.of(slot)
	return bytes.Contains(s[:len(s)-int(t.source[slot])-1], word)
}

// field returns one field's folded text.
func (t *texts) field(slot uint32, field int) []byte {
	s := t.rest.of(slot)
	switch field {
	case textName:
		return t.names.of(slot)
	case textSource:
		return s[len(s)-int(t.source[slot])-1 : len(s)-1]
	}
	for ; field > 0; field-- {
		s = s[bytes.IndexByte(s, 0)+1:]
	}
	return s[:bytes.IndexByte(s, 0)]
}

// build appends a row's folded text to dst and returns the length of its last field.
func build(dst []byte, r *Row) ([]byte, int) {
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
	var source int
	fresh := t.rest.size[slot] == 0 // no text of a live slot is empty
	t.scratch = appendFold(t.scratch[:0], r.Name)
	renamed := t.names.put(slot, t.scratch)
	t.scratch, source = build(t.scratch[:0], r)
	if !t.rest.put(slot, t.scratch) && !renamed {
		return
	}
	t.source[slot] = uint16(source) //nolint:gosec // capped by build
	if !fresh {
		t.forget(slot)
	}
	word, bit := slot>>6, uint64(1)<<(slot&63)
	for _, s := range [2][]byte{t.names.of(slot), t.rest.of(slot)} {
		for i := 2; i < len(s); i++ {
			if s[i-2] >= ' ' && s[i-1] >= ' ' && s[i] >= ' ' {
				t.triples[tripleBit(s[i-2], s[i-1], s[i])][word] |= bit
			}
		}
	}
}

// forget clears the slot's bits in the table.
func (t *texts) forget(slot uint32) {
	for i := range t.triples {
		t.triples[i].clear(slot)
	}
}

// drop forgets the text of a slot.
func (t *texts) drop(slot uint32) {
	t.forget(slot)
	t.names.put(slot, nil)
	t.rest.put(slot, nil)
	t.source[slot] = 0
}

func (t *texts) tidy() {
	t.names.tidy()
	t.rest.tidy()
}

func tripleBit(a, b, c byte) uint32 {
	return (uint32(a)<<16 | uint32(b)<<8 | uint32(c)) * 0x9e3779b1 >> (32 - 10)
}

// candidates narrows set to the slots whose text may contain word.
func (t *texts) candidates(set bitset, word string) {
	for i := 2; i < len(word); i++ {
		if word[i-2] >= ' ' && word[i-1] >= ' ' && word[i] >= ' ' {
			set.and(t.triples[tripleBit(word[i-2], word[i-1], word[i])])
		}
	}
}
