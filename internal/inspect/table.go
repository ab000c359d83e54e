package inspect

import (
	"fmt"
	"strings"
	"sync"
)

// entry says that one base has modules of a pattern, with which dims and up to which indices.
type entry struct {
	base    int
	in, out int64
	kernel  int64 // side of a square convolution, 1 for a linear layer
	rare    bool
	bounds  indices
}

// table is the base table turned round: from a pattern to the bases that have it.
type table struct {
	rows     []base
	byID     map[string]int
	ids      map[string]int32 // part and flattened pattern -> index into patterns
	patterns []pattern
	synonyms map[string]synonym // folded synonym -> base and variant
	words    map[string]synonym // folded name phrase -> base and variant
}

type pattern struct {
	show    string // dotted path with N for numbers
	part    part
	entries []entry
}

type synonym struct {
	base    int
	variant string
}

// bases returns the table, built on first use (about a millisecond).
var bases = sync.OnceValue(func() *table { return buildTable(allBases()) })

func allBases() []base {
	var rows []base
	for _, group := range [][]base{unetBases, imageBases, newImageBases, videoBases} {
		rows = append(rows, group...)
	}
	return rows
}

func buildTable(rows []base) *table {
	t := &table{
		rows: rows, byID: map[string]int{}, ids: map[string]int32{},
		synonyms: map[string]synonym{}, words: map[string]synonym{},
	}
	for i := range rows {
		b := &rows[i]
		if _, dup := t.byID[b.id]; dup {
			panic("inspect: base table: two rows for " + b.id)
		}
		t.byID[b.id] = i
		for _, n := range b.namings {
			t.addNaming(i, n, b.rare)
		}
		for _, n := range b.rareNamings {
			t.addNaming(i, n, true)
		}
		t.addSynonyms(t.synonyms, i, append([]string{b.id, b.name}, b.synonyms...))
		t.addSynonyms(t.words, i, b.words)
	}
	return t
}

func (t *table) addSynonyms(into map[string]synonym, row int, names []string) {
	for _, s := range names {
		name, variant, _ := strings.Cut(s, "=")
		key := fold(name)
		if old, dup := into[key]; dup && old.base != row {
			panic(fmt.Sprintf("inspect: base table: %q names both %s and %s", name, t.rows[old.base].id, t.rows[row].id))
		}
		into[key] = synonym{row, variant}
	}
}

func (t *table) addNaming(row int, n naming, rare bool) {
	for _, l := range parseLayers(n.layers) {
		t.add(row, l, rare)
		if t.rows[row].soleTE && l.part == partTE1 {
			l.part = partTE
			t.add(row, l, rare)
		}
	}
}

// add enters one layer under its dotted and its flattened form.
func (t *table) add(row int, l layer, rare bool) {
	t.addForm(row, l, rare, true)
	t.addForm(row, l, rare, false)
}

func (t *table) addForm(row int, l layer, rare, dotted bool) {
	buf, bounds := normalise([]byte{byte('0' + l.part)}, l.path, dotted)
	id, ok := t.ids[string(buf)]
	if !ok {
		id = int32(len(t.patterns)) //nolint:gosec // the table has a few thousand patterns
		t.ids[string(buf)] = id
		show, _ := normalise(nil, l.path, true)
		t.patterns = append(t.patterns, pattern{show: string(show), part: l.part})
	}
	p := &t.patterns[id]
	for i := range p.entries {
		e := &p.entries[i]
		if e.base == row && e.in == l.in && e.out == l.out {
			e.bounds.widen(bounds)
			e.rare = e.rare && rare
			return
		}
	}
	p.entries = append(p.entries, entry{row, l.in, l.out, int64(max(l.kernel, 1)), rare, bounds})
}
