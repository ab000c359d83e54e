package prompt

import (
	"strings"
	"unicode"

	"loramanager/internal/lora"
)

// Draft is what a prompt is composed from.
type Draft struct {
	Dialect Dialect // A1111 when empty
	// Prefix and Suffix stand before and after the adapters. In A1111 they are taken as
	// they are; in other dialects LoRA tags in them are read as A1111's and rewritten.
	Prefix, Suffix string
	Negative       string
	Entries        []Entry
	// Ordered keeps the entries in their order instead of sorting them by ordinal and
	// name.
	Ordered bool
	// Triggers puts the trigger words of each entry behind its tag.
	Triggers bool
	// Handles calls adapters whose file is known as the tools of the dialect do, by file
	// name or path, instead of by their names in the catalog.
	Handles bool
}

// Entry is one adapter of a draft with what the catalog knows of it.
type Entry struct {
	lora.Composed
	Ordinal   *int   // nil counts as 0
	BaseModel string // as people call it; empty when unknown
	Family    string // of the base model; empty takes BaseModel itself
	File      string // path below its root, / between names; empty when not known
	Missing   bool   // its file is gone
	Unknown   bool   // the catalog does not have it
}

// Written is a composed prompt.
type Written struct {
	Printed
	// Prompt is the composition in the internal form, for printing it in other dialects.
	Prompt Prompt
	// Warnings are the reference's sentences, then those of other findings that ask for
	// something to be done.
	Warnings []string
	Findings []Finding
}

// composedDecimals are the decimals of a weight in a composed prompt.
const composedDecimals = 3

// Compose puts a prompt together from the enabled entries as section 4 of the reference
// contract says: sorted by ordinal and name, one entry for each name, weights with three
// decimals, everything joined by single blanks. Names stand in A1111's tags as they are,
// even when the tag cannot be read back; Dropped tells.
func Compose(draft Draft) Written {
	if draft.Dialect == "" {
		draft.Dialect = A1111
	}
	entries, duplicates := arranged(draft)
	called := entries
	if draft.Handles {
		called = named(draft.Dialect, entries)
	}
	p := Prompt{Negative: draft.Negative, Parts: parts(draft, called)}
	w := newWriter(draft.Dialect, composedDecimals)
	w.verbatim = draft.Dialect == A1111
	w.families = familiesOf(p, called)
	written := Written{Printed: w.prompt(p), Prompt: p}
	written.judge(draft, entries, duplicates)
	return written
}

// parts lines up prefix, tags with their triggers, and suffix.
func parts(draft Draft, entries []Entry) []Part {
	prefix := strings.TrimFunc(draft.Prefix, blankInPython)
	suffix := strings.TrimFunc(draft.Suffix, blankInPython)
	said := map[string]bool{}
	for _, text := range []string{prefix, suffix} {
		for phrase := range strings.SplitSeq(text, ",") {
			said[folded(phrase)] = true
		}
	}
	list := make([]Part, 0, 4*len(entries)+4)
	add := func(some ...Part) {
		if len(list) > 0 {
			list = append(list, Part{Kind: Words, Text: " "})
		}
		list = append(list, some...)
	}
	if prefix != "" {
		add(draft.phrase(prefix)...)
	}
	for _, entry := range entries {
		add(Part{Kind: Tag, Use: entry.Use})
		if words := unsaid(entry.Triggers, said); draft.Triggers && words != "" {
			add(Part{Kind: Words, Text: words})
		}
	}
	if suffix != "" {
		add(draft.phrase(suffix)...)
	}
	return list
}

// phrase is a prefix or suffix as parts.
func (d Draft) phrase(text string) []Part {
	if d.Dialect == A1111 {
		return []Part{{Kind: Words, Text: text}}
	}
	p, _ := Parse(A1111, text)
	return p.Parts
}

// unsaid joins the trigger words that were not said before. Trigger words come from
// files: one that would be read as a tag is left out.
func unsaid(triggers []string, said map[string]bool) string {
	var words []string
	for _, trigger := range triggers {
		trigger = strings.TrimSpace(trigger)
		key := folded(trigger)
		if trigger == "" || said[key] || strings.ContainsAny(trigger, "<>") {
			continue
		}
		said[key] = true
		words = append(words, trigger)
	}
	return strings.Join(words, ", ")
}

func folded(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// blankInPython reports whether Python's strip takes the rune off: the blanks of Unicode
// and four separators that Unicode does not count among them.
func blankInPython(r rune) bool { return unicode.IsSpace(r) || r >= 0x1c && r <= 0x1f }

// familiesOf gives the base model family of each use that comes from an entry, for the
// choice of a block list. Tags of the prefix and suffix come before and after those of
// the entries, which keep their order.
func familiesOf(p Prompt, entries []Entry) map[int]string {
	families := make(map[int]string, len(entries))
	use, next := 0, 0
	for i := range p.Parts {
		part := &p.Parts[i]
		if part.Kind != Tag {
			continue
		}
		if next < len(entries) && part.Use.Name == entries[next].Name && part.Use.AdapterID == entries[next].AdapterID {
			families[use] = entries[next].Family
			next++
		}
		use++
	}
	return families
}
