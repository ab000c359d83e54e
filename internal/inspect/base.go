package inspect

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// BaseInfo names one row of the base model table, for facets and pickers.
type BaseInfo struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Family   string   `json:"family"`
	Variants []string `json:"variants"` // names that may stand in lora.BaseModel.Variant, alone or joined by blanks
	Dialects []string `json:"dialects"` // key dialects the table knows for it
}

// base is one row of the base model table. See doc.go on how to add one.
type base struct {
	id, name string
	// line is the product line, such as "wan" for all sizes of Wan. Texts often
	// name only the line; that is no contradiction to the size the shapes tell.
	line string
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

// family is the set of models whose adapters fit each other. Every row is such a
// set: sizes of one line have rows of their own, and what shapes cannot tell
// apart (SDXL, Pony, Illustrious) is one row with variants.
func (b *base) family() string { return b.id }

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

// Bases lists every base model that can be told apart, in table order (common ones first within a kind of model).
func Bases() []BaseInfo {
	t := bases()
	out := make([]BaseInfo, 0, len(t.rows))
	for i := range t.rows {
		b := &t.rows[i]
		info := BaseInfo{ID: b.id, Name: b.name, Family: b.family(), Variants: []string{}}
		for _, v := range b.variants {
			if !slices.Contains(info.Variants, v.name) {
				info.Variants = append(info.Variants, v.name)
			}
		}
		for _, list := range [][]naming{b.namings, b.rareNamings} {
			for _, n := range list {
				for d := range strings.FieldsSeq(n.dialects) {
					if !slices.Contains(info.Dialects, d) {
						info.Dialects = append(info.Dialects, d)
					}
				}
			}
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
