package recommend

import (
	"hash/maphash"
	"strings"

	"loramanager/internal/vector"
)

// termID names a text that many adapters share. 0 is the empty text.
type termID uint32

// terms keep every tag, trigger word and name once.
type terms struct {
	ids    map[string]termID
	texts  []string
	styles []styleSet // the styles each text names
	forms  []form     // each text in the spelling that all its spellings have in common
	bytes  int64
}

func newTerms() *terms {
	return &terms{ids: map[string]termID{"": 0}, texts: []string{""}, styles: []styleSet{0}, forms: []form{formOf("")}}
}

// intern returns the id of a text.
func (t *terms) intern(text string) termID {
	if id, ok := t.ids[text]; ok {
		return id
	}
	text = strings.Clone(text) // it may be a small part of something large
	id := termID(len(t.texts)) //nolint:gosec // far fewer than 2^32
	t.ids[text] = id
	t.texts = append(t.texts, text)
	t.styles = append(t.styles, stylesIn(text))
	t.forms = append(t.forms, formOf(text))
	t.bytes += int64(len(text))
	return id
}

func (t *terms) text(id termID) string { return t.texts[id] }

// form is the same for texts that differ in blanks, hyphens, case and accents. It is a hash
// of this process, to be compared and not to be kept.
type form uint64

var formSeed = maphash.MakeSeed()

func formOf(text string) form { return form(maphash.String(formSeed, vector.Squash(text))) }
