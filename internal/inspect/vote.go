package inspect

import (
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// vote is what a text outside the tensors says about the base.
type vote struct {
	source  string // lora.Evidence.Source
	key     string // metadata key, or "" for sidecar and name
	value   string
	base    int
	variant string
}

// trust of a source: alone when no shape speaks, among bases the shapes leave open.
var trust = map[string]struct{ alone, among float64 }{
	"ss_base_model_version": {0.75, 0.95},
	"modelspec":             {0.60, 0.88},
	"metadata":              {0.50, 0.85},
	"sidecar":               {0.70, 0.88},
	"name":                  {0.35, 0.80},
}

// votes lists what the texts say, most trusted first.
func (t *table) votes(h *lora.Header, o *Options, cfg *adapterConfig) []vote {
	var out []vote
	exact := func(source, key, value string) {
		if s, ok := t.find(value); ok {
			out = append(out, vote{source, key, value, s.base, s.variant})
		}
	}
	phrase := func(source, key, value string) {
		if s, ok := t.find(value); ok {
			out = append(out, vote{source, key, value, s.base, s.variant})
		} else if s, ok := t.findWords(value); ok {
			out = append(out, vote{source, key, value, s.base, s.variant})
		}
	}
	md := h.Metadata
	exact("ss_base_model_version", "ss_base_model_version", md["ss_base_model_version"])
	exact("modelspec", "modelspec.architecture", md["modelspec.architecture"])
	exact("metadata", "ss_network_module", md["ss_network_module"])
	for _, key := range []string{"base_model", "ss_sd_model_name", "general.architecture", "architecture"} {
		phrase("metadata", key, md[key])
	}
	if cfg != nil {
		phrase("metadata", "adapter_config.base_model_name_or_path", cfg.Base)
	}
	phrase("sidecar", "", o.SidecarBase)
	phrase("name", "", o.FileName)
	return out
}

// findWords looks for a phrase that names a base inside a longer name. The longest phrase wins.
func (t *table) findWords(s string) (synonym, bool) {
	w := words(s)
	for n := min(4, len(w)); n > 0; n-- {
		for i := 0; i+n <= len(w); i++ {
			if syn, ok := t.words[strings.Join(w[i:i+n], "")]; ok {
				return syn, true
			}
		}
	}
	return synonym{}, false
}

// words splits a name into lower-case words of letters or digits: "Wan2.2_HighNoise" is wan2 2 high noise.
func words(s string) []string {
	if len(s) > maxName {
		s = s[:maxName]
	}
	var out []string
	start := -1
	var prev byte
	flush := func(end int) {
		if start >= 0 {
			out = append(out, strings.ToLower(s[start:end]))
			start = -1
		}
	}
	for i := range len(s) {
		c := s[i]
		alnum := c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
		switch {
		case !alnum:
			flush(i)
		case start >= 0 && c >= 'A' && c <= 'Z' && prev >= 'a' && prev <= 'z':
			flush(i)
			start = i
		case start < 0:
			start = i
		}
		prev = c
	}
	flush(len(s))
	return out
}

// decide joins the verdict of the shapes with the votes: among the bases the
// shapes leave open the most trusted vote decides, without shapes it stands alone.
func (t *table) decide(v verdict, votes []vote) (base int, confidence float64) {
	base, confidence = v.base, v.confidence
	for _, vt := range votes {
		if !slices.Contains(v.tied, vt.base) || v.share < 0.5 {
			continue
		}
		said := trust[vt.source].among * v.share
		switch {
		case len(v.tied) == 1:
			return base, min(0.99, max(confidence+0.01*v.share, said))
		case vt.base == base:
			return base, max(confidence, said)
		}
		return vt.base, said
	}
	if len(votes) == 0 {
		return base, confidence
	}
	first := votes[0]
	alone := trust[first.source].alone
	for _, vt := range votes[1:] {
		if vt.base == first.base && vt.source != first.source {
			alone += 0.1
			break
		}
	}
	// Shapes that explain half of the file outweigh any text.
	if alone > confidence && v.share < 0.5 {
		return first.base, alone
	}
	return base, confidence
}

// evidence is the vote as a line of the evidence list.
func (vt *vote) evidence(t *table) lora.Evidence {
	value := clip80(vt.value)
	text := value
	switch {
	case vt.key != "":
		text = vt.key + "=" + value
	case vt.source == "name":
		text = "file name " + value
	case vt.source == "sidecar":
		text = "sidecar says " + value
	}
	return lora.Evidence{
		Source: vt.source, Text: text + " => " + t.rows[vt.base].name,
		Base: t.rows[vt.base].id, Weight: trust[vt.source].alone,
	}
}

// variantOf finds the finer kind of a base: proven by keys, named by a vote, or suggested by words.
func (f *file) variantOf(t *table, base int, votes []vote, texts []string) string {
	row := &t.rows[base]
	if len(row.variants) == 0 {
		for _, vt := range votes {
			if vt.base == base && vt.variant != "" {
				return vt.variant
			}
		}
		return ""
	}
	var picked []string
	group := 0
	var folded []string
	for _, s := range texts {
		folded = append(folded, " "+strings.Join(words(s), " ")+" ")
	}
	said := ""
	for _, vt := range votes {
		if vt.base == base && vt.variant != "" {
			said = " " + vt.variant + " "
			break
		}
	}
	for pass := range row.variants {
		g := row.variants[pass].group
		if g == group {
			continue
		}
		group = g
		if name := f.variantIn(t, row, g, said, folded); name != "" {
			picked = append(picked, name)
		}
	}
	if len(picked) == 0 {
		return strings.TrimSpace(said)
	}
	return strings.Join(picked, " ")
}

func (f *file) variantIn(t *table, row *base, group int, said string, folded []string) string {
	in := func(match func(v *variant) bool) string {
		for i := range row.variants {
			if v := &row.variants[i]; v.group == group && match(v) {
				return v.name
			}
		}
		return ""
	}
	if name := in(func(v *variant) bool { return v.key != "" && f.hasPattern(t, v.key) }); name != "" {
		return name
	}
	if name := in(func(v *variant) bool { return strings.Contains(said, " "+v.name+" ") }); name != "" {
		return name
	}
	for _, s := range folded {
		if name := in(func(v *variant) bool {
			return slices.ContainsFunc(v.phrases, func(p string) bool { return strings.Contains(s, " "+p+" ") })
		}); name != "" {
			return name
		}
	}
	return ""
}

// hasPattern reports whether a trained module path contains part, written with underscores.
func (f *file) hasPattern(t *table, part string) bool {
	for i := range f.found {
		if strings.Contains(strings.ReplaceAll(t.patterns[f.found[i].pattern].show, ".", "_"), part) {
			return true
		}
	}
	return false
}
