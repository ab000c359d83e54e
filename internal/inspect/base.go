package inspect

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"loramanager/internal/lora"
)

// BaseInfo names one row of the base model table, for facets and pickers.
type BaseInfo struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Family   string   `json:"family"`
	Dialects []string `json:"dialects"` // key dialects the table knows for it
}

// base is one row of the base model table. See doc.go on how to add one.
type base struct {
	id, name, family string
	// rare rows share every shape with a much more common row. They are only
	// answered when something other than shapes speaks for them, but they keep
	// the common row below 0.9.
	rare bool
	// soleTE says the model has one text encoder, so an unnumbered lora_te_ is its te1.
	soleTE bool
	// prior says kohya's prefixes are lora_prior_unet_ and lora_prior_te_.
	prior   bool
	namings []naming
	// rareNamings are spellings that look like a common base's; they are treated as rare.
	rareNamings []naming
	variants    []variant
	// synonyms are what trainers and sites call this base ("SDXL 1.0"). Case,
	// blanks and punctuation do not matter. "x=variant" also names a variant.
	synonyms []string
	// words are phrases that name the base inside a file or model name.
	words []string
}

// naming is one way to spell the module paths of a model, and the key dialects that use it.
type naming struct {
	dialects string // blank-separated dialect names
	layers   string // see parseLayers
}

// variant is a finer kind of a base. Variants of one group exclude each other.
type variant struct {
	group   int
	name    string
	key     string   // part of a flattened module path that proves it, or ""
	phrases []string // words in metadata or names that suggest it
}

// layer is one line of a naming after expansion: module paths with the dims an adapter sees.
type layer struct {
	part    part
	path    string // dotted, with "[n]" where an index 0..n-1 stands
	in, out int64  // 0 means any
	kernel  int    // 0 for a linear layer, else the side of a square convolution
}

// parseLayers reads the layer language of the table. One line is
//
//	[te1:]double_blocks.[19].{img,txt}_attn.qkv 3072>9216 [k3]
//
// "{a,b}" stands for each of its parts, "[n]" for the indices 0..n-1, "*" for
// any width, "k3" for a 3x3 convolution. A mistake in the table is a bug of
// ours, so it panics; the tests parse every row.
func parseLayers(text string) []layer {
	var out []layer
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 {
			panic("inspect: base table: no dims in " + line)
		}
		proto := layer{part: partBackbone}
		path := fields[0]
		if name, rest, ok := strings.Cut(path, ":"); ok {
			proto.part, path = partOf(name), rest
		}
		in, o, ok := strings.Cut(fields[1], ">")
		if !ok {
			panic("inspect: base table: bad dims in " + line)
		}
		proto.in, proto.out = parseWidth(in), parseWidth(o)
		for _, f := range fields[2:] {
			k, err := strconv.Atoi(strings.TrimPrefix(f, "k"))
			if err != nil {
				panic("inspect: base table: bad kernel in " + line)
			}
			proto.kernel = k
		}
		for _, p := range expandBraces(path) {
			l := proto
			l.path = p
			out = append(out, l)
		}
	}
	return out
}

func parseWidth(s string) int64 {
	if s == "*" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic("inspect: base table: bad width " + s)
	}
	return n
}

// expandBraces multiplies "{a,b}.{c,d}" out.
func expandBraces(s string) []string {
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return []string{s}
	}
	end := strings.IndexByte(s[open:], '}') + open
	var out []string
	for alt := range strings.SplitSeq(s[open+1:end], ",") {
		out = append(out, expandBraces(s[:open]+alt+s[end+1:])...)
	}
	return out
}

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
	for _, group := range [][]base{unetBases(), imageBases(), newImageBases(), videoBases()} {
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

// Bases lists every base model that can be told apart, in table order (common ones first within a kind of model).
func Bases() []BaseInfo {
	t := bases()
	out := make([]BaseInfo, 0, len(t.rows))
	for i := range t.rows {
		b := &t.rows[i]
		info := BaseInfo{ID: b.id, Name: b.name, Family: b.family}
		for _, n := range append(b.namings[:len(b.namings):len(b.namings)], b.rareNamings...) {
			info.Dialects = append(info.Dialects, strings.Fields(n.dialects)...)
		}
		out = append(out, info)
	}
	return out
}

// FindBase looks up what other tools call a base model: Civitai names ("Illustrious", "Flux.1 D"), kohya
// ss_base_model_version values, modelspec architectures with or without "/lora", and the ids of Bases.
// The variant is "" unless the name says one. It reports false for names it does not know.
func FindBase(s string) (id, variant string, ok bool) {
	syn, ok := bases().find(s)
	if !ok {
		return lora.UnknownBase, "", false
	}
	return bases().rows[syn.base].id, syn.variant, true
}

func (t *table) find(s string) (synonym, bool) {
	if len(s) > maxName {
		return synonym{}, false
	}
	for _, suffix := range []string{"/lora", "/control-lora", "/lora-depth", "/lora-canny", "/dora", "/lycoris"} {
		s = strings.TrimSuffix(strings.TrimSpace(s), suffix)
	}
	syn, ok := t.synonyms[fold(s)]
	return syn, ok
}

// maxName bounds names and identifiers taken from outside, in bytes.
const maxName = 200

// fold reduces a name to its lower-case letters and digits, so that spelling does not matter.
func fold(s string) string {
	var b strings.Builder
	for _, r := range s {
		switch {
		case r >= 'A' && r <= 'Z':
			b.WriteRune(r + 'a' - 'A')
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r > 127:
			b.WriteRune(r)
		}
	}
	return b.String()
}
