package catalog

import (
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// What a query may cost at most.
const (
	MaxQueryChars = 256
	MaxTerms      = 16
	maxValues     = 64
)

// Expr is a parsed query: terms that must all hold.
type Expr struct {
	terms []term
}

type term struct {
	field   *field // nil for a bare word
	negated bool
	values  []value // at least one must hold
}

// value is one alternative of a term, ready to be matched.
type value struct {
	text   string // folded
	hash   string // lower-case hexadecimal digits, when it may be the start of a digest
	open   bool   // text is only the beginning: it was written with a * at its end
	inside bool   // text may stand anywhere: written with a * at both ends
	flag   flagTest
	span   spanner
}

// Parse reads the field syntax. Every error is Invalid with the field "q".
func Parse(query string) (*Expr, error) {
	if utf8.RuneCountInString(query) > MaxQueryChars {
		return nil, invalid("The search is longer than %d characters.", MaxQueryChars)
	}
	var e Expr
	values := 0
	for _, w := range split(query) {
		t, err := newTerm(w)
		if err != nil {
			return nil, err
		}
		if len(t.values) == 0 {
			continue // "tag:" while somebody is still typing
		}
		e.terms = append(e.terms, t)
		values += len(t.values)
		if len(e.terms) > MaxTerms || values > maxValues {
			return nil, invalid("The search has more than %d terms.", MaxTerms)
		}
	}
	return &e, nil
}

func newTerm(w word) (term, error) {
	t := term{negated: w.negated}
	if w.field != "" {
		t.field = fieldsByName[w.field]
		if t.field == nil {
			return t, unknownField(w.field)
		}
	}
	for _, p := range w.values {
		v, ok, err := newValue(t.field, p)
		if err != nil {
			return t, err
		}
		if ok {
			t.values = append(t.values, v)
		}
	}
	return t, nil
}

// newValue answers false for a value that says nothing.
func newValue(f *field, p part) (value, bool, error) {
	text := strings.TrimSpace(Fold(p.text))
	if p.quoted {
		text = Fold(p.text)
	}
	v := value{text: text}
	if text == "" {
		return v, false, nil
	}
	if f == nil {
		v.hash = digestPrefix(text, 8)
		return v, true, nil
	}
	if f.wild && !p.quoted {
		v.text, v.inside, v.open = wildcard(text)
	}
	if f.parse == nil {
		return v, true, nil
	}
	if err := f.parse(f, &v); err != nil {
		return v, false, err
	}
	return v, true, nil
}

// wildcard takes the stars off: "ani*" is open, "*ani*" and "*ani" match inside.
func wildcard(text string) (rest string, inside, open bool) {
	rest, open = strings.CutSuffix(text, "*")
	rest, inside = strings.CutPrefix(rest, "*")
	return rest, inside, open
}

// digestPrefix returns the lower-case hexadecimal digits of text, "" when it has
// fewer than least or anything else.
func digestPrefix(text string, least int) string {
	text = strings.TrimPrefix(text, "0x")
	if len(text) < least || len(text) > 64 {
		return ""
	}
	for i := 0; i < len(text); i++ {
		if c := text[i]; !('0' <= c && c <= '9' || 'a' <= c && c <= 'f') {
			return ""
		}
	}
	return text
}

// Hashes lists the digest prefixes the query asks for. Which adapters they belong to
// has to be looked up in the database and given in Query.Hashes.
func (e *Expr) Hashes() []string {
	var list []string
	for _, t := range e.terms {
		for _, v := range t.values {
			if v.hash != "" {
				list = append(list, v.hash)
			}
		}
	}
	return list
}

// HasText reports whether the query contains bare words, by which relevance is judged.
func (e *Expr) HasText() bool { return len(e.wanted()) > 0 }

// wanted returns the first alternative of every bare word that is not negated.
func (e *Expr) wanted() []string {
	var list []string
	for _, t := range e.terms {
		if t.field == nil && !t.negated {
			list = append(list, t.values[0].text)
		}
	}
	return list
}

func invalid(format string, args ...any) error {
	return lora.FieldErrorf(lora.Invalid, "q", format, args...)
}

func cursorError() error {
	return lora.FieldErrorf(lora.Invalid, "after", "The cursor does not belong to this order of the list. Start again from the first page.")
}

func unknownField(name string) error {
	if near := nearest(name); near != "" {
		return invalid("There is no field %q. Did you mean %q? Put the text in quotes to search for it as it stands.", name, near)
	}
	return invalid("There is no field %q. Put the text in quotes to search for it as it stands.", name)
}

// nearest returns the field whose name needs the fewest edits, "" when none is close:
// one edit away, or two with the same first letter, which people seldom mistype.
func nearest(name string) string {
	best, distance := "", 3
	for i := range fields {
		f := fields[i].name
		if d := edits(name, f); d < distance && (d == 1 || f[0] == name[0]) {
			best, distance = f, d
		}
	}
	return best
}

// edits is the Levenshtein distance of two short names.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			diagonal, row[j] = row[j], min(row[j]+1, row[j-1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}
