package catalog

import (
	"bytes"
	"strings"
)

// field is one name of the field syntax.
type field struct {
	name  string
	hint  string // what suggestions say about it
	facet string // the facet whose choices its terms are, if any
	wild  bool   // its values may carry a *
	// parse readies a value beyond folding; nil when there is nothing to do.
	parse func(f *field, v *value) error
	// match adds the slots that satisfy v. It may look at the slots of within only.
	match func(x *view, v *value, within, out bitset)
	// choices lists the values that can be suggested; nil when they are free text.
	choices func(x *Index) *values
	// words are the fixed values of a field that has only those.
	words []string
}

// fields is the whole syntax, in the order in which suggestions list it. A new field
// is a new row here and a line in the naive reference of the tests.
var fields = []field{
	{name: "tag", hint: "exact tag, tag:ani* for a beginning", facet: "tag", wild: true, match: matchList(tagsOf), choices: tagValues},
	{name: "base", hint: "base model", facet: "base_model", wild: true, match: matchColumn(baseOf), choices: columnValues(baseOf)},
	{name: "kind", hint: "lora, locon, loha, ...", facet: "kind", wild: true, match: matchColumn(kindOf), choices: columnValues(kindOf)},
	{name: "folder", hint: "folder and everything below it", facet: "folder", wild: true, match: matchFolder, choices: columnValues(folderOf)},
	{name: "author", hint: "who made it", facet: "author", wild: true, match: matchColumn(authorOf), choices: columnValues(authorOf)},
	{name: "root", hint: "library folder", facet: "root", wild: true, match: matchRoot},
	{name: "is", hint: "a state", parse: parseFlag(isFlags), match: matchFlag, words: flagWords(isFlags)},
	{name: "has", hint: "something is there", parse: parseFlag(hasFlags), match: matchFlag, words: flagWords(hasFlags)},
	{name: "no", hint: "something is not there", parse: parseFlag(noFlags), match: matchFlag, words: flagWords(noFlags)},
	{name: "rating", hint: "0 to 5, >=4", facet: "rating", parse: parseNumber, match: matchNumber(ratingOf)},
	{name: "rank", hint: "32, >=64, 8..32", facet: "rank", parse: parseNumber, match: matchNumber(rankOf)},
	{name: "alpha", hint: "16, <=8", parse: parseNumber, match: matchNumber(alphaOf)},
	{name: "weight", hint: "1, 0.5..0.8", parse: parseNumber, match: matchNumber(weightOf)},
	{name: "nsfw", hint: "NSFW level, >=2", parse: parseNumber, match: matchNumber(nsfwOf)},
	{name: "size", hint: "100mb, <50mb, 50mb..1gb", facet: "size", parse: parseSizes, match: matchNumber(sizeOf)},
	{name: "added", hint: "7d, 2026-01-01, >30d", facet: "added", parse: parseDates, match: matchTime(timeAdded)},
	{name: "updated", hint: "7d, 2026-01, a..b", parse: parseDates, match: matchTime(timeUpdated)},
	{name: "modified", hint: "date of the file", parse: parseDates, match: matchTime(timeModified)},
	{name: "used", hint: "never, 7d, >3 times", parse: parseUsed, match: matchUsed, words: []string{"never", "7d", "30d", ">3"}},
	{name: "name", hint: "text in the name", match: matchText(textName)},
	{name: "file", hint: "text in the file name", match: matchText(textFile)},
	{name: "trigger", hint: "text in the trigger words", match: matchText(textTriggers)},
	{name: "note", hint: "text in the notes", match: matchText(textNotes)},
	{name: "source", hint: "text in the page's address", match: matchText(textSource)},
	{name: "version", hint: "exact version", wild: true, match: matchColumn(versionOf), choices: columnValues(versionOf)},
	{name: "trainer", hint: "program it was trained with", wild: true, match: matchColumn(trainerOf), choices: columnValues(trainerOf)},
	{name: "finding", hint: "code of a finding", wild: true, match: matchList(findingsOf), choices: findingValues},
	{name: "hash", hint: "beginning of a digest", parse: parseHash, match: matchNothing},
	{name: "id", hint: "exact id", match: matchID},
}

var fieldsByName = make(map[string]*field, len(fields))

func init() {
	for i := range fields {
		fieldsByName[fields[i].name] = &fields[i]
	}
}

func baseOf(x *Index) *column    { return &x.base }
func kindOf(x *Index) *column    { return &x.kind }
func folderOf(x *Index) *column  { return &x.folder }
func authorOf(x *Index) *column  { return &x.author }
func trainerOf(x *Index) *column { return &x.trainer }
func versionOf(x *Index) *column { return &x.version }

func tagsOf(x *Index) *lists         { return &x.tags }
func findingsOf(x *Index) *lists     { return &x.findings }
func tagValues(x *Index) *values     { return x.tags.values }
func findingValues(x *Index) *values { return x.findings.values }

func columnValues(of func(*Index) *column) func(*Index) *values {
	return func(x *Index) *values { return of(x).values }
}

// matches compares one folded value exactly or by its wildcard.
func (v *value) matches(folded string) bool {
	switch {
	case v.inside:
		return strings.Contains(folded, v.text)
	case v.open:
		return strings.HasPrefix(folded, v.text)
	default:
		return folded == v.text
	}
}

func matchColumn(of func(*Index) *column) func(*view, *value, bitset, bitset) {
	return func(x *view, v *value, within, out bitset) {
		c := of(x.Index)
		c.mark(c.matching(v.matches), within, out)
	}
}

// mark adds the slots whose value is hit.
func (c *column) mark(hit []bool, within, out bitset) {
	within.each(func(slot uint32) {
		if hit[c.of[slot]] {
			out.set(slot)
		}
	})
}

// matchFolder finds a folder and everything below it.
func matchFolder(x *view, v *value, within, out bitset) {
	below := strings.TrimSuffix(v.text, "/") + "/"
	x.folder.mark(x.folder.matching(func(folded string) bool {
		return v.matches(folded) || !v.inside && !v.open && strings.HasPrefix(folded, below)
	}), within, out)
}

// matchRoot finds a library folder by its name or id.
func matchRoot(x *view, v *value, within, out bitset) {
	hit := make([]bool, len(x.root.text))
	for i, id := range x.root.text {
		hit[i] = v.matches(x.root.folded[i]) || v.matches(Fold(x.rootNames[id]))
	}
	x.root.mark(hit, within, out)
}

func matchList(of func(*Index) *lists) func(*view, *value, bitset, bitset) {
	return func(x *view, v *value, within, out bitset) {
		l := of(x.Index)
		hit := l.matching(v.matches)
		within.each(func(slot uint32) {
			for _, n := range l.of(slot) {
				if hit[n] {
					out.set(slot)
					return
				}
			}
		})
	}
}

func matchText(at int) func(*view, *value, bitset, bitset) {
	return func(x *view, v *value, within, out bitset) {
		sep, set := []byte(v.text), within.clone()
		x.texts.candidates(set, v.text)
		set.each(func(slot uint32) {
			if bytes.Contains(x.texts.field(slot, at), sep) {
				out.set(slot)
			}
		})
	}
}

// matchBare finds text in everything a bare word searches.
func matchBare(x *view, v *value, within, out bitset) {
	sep, set := []byte(v.text), within.clone()
	x.texts.candidates(set, v.text)
	set.each(func(slot uint32) {
		if x.texts.contains(slot, sep) {
			out.set(slot)
		}
	})
}

func matchID(x *view, v *value, _, out bitset) {
	if slot, ok := x.slots[v.text]; ok {
		out.set(slot)
	}
}

// matchNothing is for values that only the database can match.
func matchNothing(*view, *value, bitset, bitset) {}

func parseHash(_ *field, v *value) error {
	if v.hash = digestPrefix(v.text, 4); v.hash == "" {
		return invalid("hash: needs 4 to 64 hexadecimal digits.")
	}
	return nil
}
