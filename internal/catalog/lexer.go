package catalog

import "strings"

// word is one blank-separated piece of a query.
type word struct {
	from, to int // bytes of the query it was read from
	negated  bool
	field    string // folded; empty for a bare word
	values   []part
}

// part is one alternative of a word.
type part struct {
	text   string
	quoted bool
	from   int // where the text begins in the query, its quote excluded
}

// split cuts a query into words. It never fails: a quote that is not closed reaches
// to the end, as it does while someone is still typing.
func split(query string) []word {
	var words []word
	for i := 0; i < len(query); {
		if isBlank(query[i]) {
			i++
			continue
		}
		var w word
		w, i = scanWord(query, i)
		words = append(words, w)
	}
	return words
}

func scanWord(query string, i int) (word, int) {
	w := word{from: i}
	if query[i] == '-' && i+1 < len(query) && !isBlank(query[i+1]) {
		w.negated = true
		i++
	}
	if name, ok := fieldName(query[i:]); ok {
		w.field = strings.ToLower(name)
		i += len(name) + 1
	}
	for {
		var p part
		p, i = scanPart(query, i)
		if p.text != "" || p.quoted || i >= len(query) || isBlank(query[i]) {
			w.values = append(w.values, p)
		}
		if i >= len(query) || isBlank(query[i]) {
			w.to = i
			return w, i
		}
		i++ // the comma or bar
	}
}

// fieldName returns the letters before a colon.
func fieldName(s string) (string, bool) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ':':
			return s[:i], i > 0
		case 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_':
		default:
			return "", false
		}
	}
	return "", false
}

func scanPart(query string, i int) (part, int) {
	p := part{from: i}
	if i < len(query) && query[i] == '"' {
		p.quoted, p.from = true, i+1
		end := strings.IndexByte(query[i+1:], '"')
		if end < 0 {
			p.text = query[i+1:]
			return p, len(query)
		}
		p.text = query[i+1 : i+1+end]
		i += end + 2
		for i < len(query) && !isBlank(query[i]) && query[i] != ',' && query[i] != '|' {
			i++ // letters that stick to a closing quote mean nothing
		}
		return p, i
	}
	for i < len(query) && !isBlank(query[i]) && query[i] != ',' && query[i] != '|' {
		i++
	}
	p.text = query[p.from:i]
	return p, i
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }
