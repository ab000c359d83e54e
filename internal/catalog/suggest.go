package catalog

import (
	"bytes"
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Suggestion is one way to go on with a query.
type Suggestion struct {
	Text  string `json:"text" doc:"What to put between from and to"`
	Label string `json:"label"`
	Kind  string `json:"kind" enum:"field,value,adapter"`
	Count *int   `json:"count,omitempty" doc:"Adapters with this value"`
}

// Suggestions replace the bytes from From to To of the query.
type Suggestions struct {
	From        int          `json:"from"`
	To          int          `json:"to"`
	Suggestions []Suggestion `json:"suggestions" nullable:"false"`
}

// How many suggestions of each kind are made.
const (
	maxValueSuggestions   = 12
	maxFieldSuggestions   = 8
	maxTagSuggestions     = 5
	maxAdapterSuggestions = 5
)

// Suggest says how the query could go on at the cursor, a byte position in it. It
// never fails: what cannot be understood gets no suggestions.
func (x *Index) Suggest(query string, at int) Suggestions {
	at = min(max(at, 0), len(query))
	none := Suggestions{From: at, To: at, Suggestions: []Suggestion{}}
	if utf8.RuneCountInString(query) > MaxQueryChars {
		return none
	}
	var w word
	for _, other := range split(query[:at]) {
		if other.to == at {
			w = other
		}
	}
	if len(w.values) == 0 {
		none.Suggestions = suggestFields("", false)
		return none
	}
	p := w.values[len(w.values)-1]
	typed := Fold(p.text)
	if w.field != "" {
		f := fieldsByName[w.field]
		if f == nil {
			return none
		}
		from := p.from
		if p.quoted {
			from--
		}
		return Suggestions{From: from, To: at, Suggestions: x.suggestValues(f, strings.TrimSuffix(typed, "*"))}
	}
	from := w.from
	if w.negated {
		from++
	}
	list := []Suggestion{}
	if !p.quoted && len(w.values) == 1 {
		list = append(list, suggestFields(typed, w.negated)...)
	}
	list = append(list, x.suggestTags(typed)...)
	list = append(list, x.suggestAdapters(typed)...)
	return Suggestions{From: from, To: at, Suggestions: list}
}

func suggestFields(typed string, all bool) []Suggestion {
	list := []Suggestion{}
	for i := range fields {
		f := &fields[i]
		if strings.HasPrefix(f.name, typed) && (all || len(list) < maxFieldSuggestions) {
			list = append(list, Suggestion{Text: f.name + ":", Label: f.hint, Kind: "field"})
		}
	}
	return list
}

// suggestValues lists what a field can be, most frequent first.
func (x *Index) suggestValues(f *field, typed string) []Suggestion {
	list := []Suggestion{}
	for _, w := range fixedWords(f) {
		if strings.HasPrefix(w, typed) {
			list = append(list, Suggestion{Text: quoted(w), Label: w, Kind: "value"})
		}
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	var counted []FacetValue
	switch c := newFacetCount(x.as(0), search{expr: &Expr{}, query: &Query{}}); {
	case f.name == "root":
		counted = c.roots()
	case f.name == "rank":
		counted = c.ranks()
	case f.choices != nil:
		counted = x.counted(c, f)
	}
	for _, v := range counted {
		if len(list) == maxValueSuggestions {
			break
		}
		if strings.Contains(Fold(v.Label), typed) {
			list = append(list, Suggestion{Text: quoted(v.Label), Label: v.Label, Kind: "value", Count: &v.Count})
		}
	}
	slices.SortStableFunc(list, func(a, b Suggestion) int {
		return cmp.Compare(begins(b.Label, typed), begins(a.Label, typed))
	})
	return list
}

func begins(label, typed string) int {
	if strings.HasPrefix(Fold(label), typed) {
		return 1
	}
	return 0
}

func fixedWords(f *field) []string {
	switch f.name {
	case "size":
		return sizeBuckets
	case "added", "updated", "modified":
		return ageBuckets
	default:
		return f.words
	}
}

// counted counts the values of a field over all adapters.
func (x *Index) counted(c *facetCount, f *field) []FacetValue {
	switch f.name {
	case "tag":
		return countLists(c.all, &x.tags)
	case "finding":
		return countLists(c.all, &x.findings)
	case "folder":
		return c.folders()
	}
	v := f.choices(x)
	for _, col := range x.columns() {
		if col.values == v {
			return c.column(f.facet, col, len(v.text))
		}
	}
	return nil
}

// countLists counts every value of a list in the slots of set.
func countLists(set bitset, l *lists) []FacetValue {
	counts := make([]int, len(l.text))
	seen := make([]uint32, len(l.text)) // slot+1, so that Anime and anime count once
	set.each(func(slot uint32) {
		for _, n := range l.of(slot) {
			if n = l.same[n]; seen[n] != slot+1 {
				seen[n] = slot + 1
				counts[n]++
			}
		}
	})
	return listed(l.values, counts, len(counts))
}

// suggestTags offers tags that begin with what was typed.
func (x *Index) suggestTags(typed string) []Suggestion {
	if typed == "" {
		return nil
	}
	var list []Suggestion
	for _, s := range x.suggestValues(fieldsByName["tag"], typed) {
		if begins(s.Label, typed) == 1 && len(list) < maxTagSuggestions {
			s.Text = "tag:" + s.Text
			list = append(list, s)
		}
	}
	return list
}

// suggestAdapters offers adapters whose name contains what was typed, those that
// begin with it first.
func (x *Index) suggestAdapters(typed string) []Suggestion {
	if len(typed) < 2 {
		return nil
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	set := x.live.clone()
	set.andNot(x.flags[flagTrashed])
	out := newBitset(x.room)
	matchText(textName)(x.as(0), &value{text: typed}, set, out)
	var first, second []uint32
	for _, slot := range x.order(orderKey{sort: ByName}) {
		if !out.has(slot) {
			continue
		}
		if bytes.HasPrefix(x.texts.name(slot), []byte(typed)) {
			first = append(first, slot)
		} else if len(second) < maxAdapterSuggestions {
			second = append(second, slot)
		}
		if len(first) == maxAdapterSuggestions {
			break
		}
	}
	found := append(first, second...)
	list := make([]Suggestion, 0, maxAdapterSuggestions)
	for _, slot := range found[:min(maxAdapterSuggestions, len(found))] {
		name := x.name[slot]
		list = append(list, Suggestion{Text: `"` + strings.ReplaceAll(name, `"`, "") + `"`, Label: name, Kind: "adapter"})
	}
	return list
}

// quoted puts a value into quotes where the syntax needs them.
func quoted(s string) string {
	if strings.ContainsAny(s, " \t\n\r,|*") || s == "" {
		return `"` + strings.ReplaceAll(s, `"`, "") + `"`
	}
	return s
}
