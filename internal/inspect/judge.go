package inspect

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// The ceilings of confidence. Nothing that could belong to two common bases
// reaches 0.9, whatever else speaks for it, except a trainer's own word for a
// base that the shapes allow.
const (
	sureShapes  = 0.97 // one base explains every module by shape
	sureFew     = 0.92 // the same with fewer than fewModules modules
	sureKeys    = 0.80 // only names fit, no width is known
	sureRare    = 0.88 // a rare base has the same shapes
	sureTie     = 0.75 // two common bases have the same shapes
	sureTie3    = 0.60
	sureTieMore = 0.50
	sureEncoder = 0.70 // only text encoders are trained
	fewModules  = 3
	// manyModules is how many modules it takes to believe that all blocks are trained.
	manyModules = 32
	// leastBase is the confidence below which the answer is "unknown".
	leastBase = 0.30
)

// verdict is what shapes and keys say.
type verdict struct {
	base       int // -1 when nothing fits
	confidence float64
	share      float64 // of the modules, how many the base explains
	tied       []int   // every base that explains as much, the chosen one included
}

// judge picks the base that explains most modules.
func (f *file) judge(scores []score) verdict {
	v := verdict{base: -1}
	total := f.foreign.count
	for i := range f.found {
		total += f.found[i].count
	}
	if total == 0 {
		return v
	}
	best := slices.MaxFunc(scores, func(a, b score) int {
		return cmp.Or(cmp.Compare(a.ok, b.ok), cmp.Compare(b.wrong, a.wrong), boolCompare(!a.rare, !b.rare), cmp.Compare(b.base, a.base))
	})
	if best.ok == 0 {
		return v
	}
	common, rare := 0, 0
	for _, s := range scores {
		if s.ok != best.ok || s.wrong != best.wrong {
			continue
		}
		v.tied = append(v.tied, s.base)
		// Trainers take all blocks or a few, hardly ever exactly those of a smaller
		// look-alike: a file that fills SSD-1B is not a piece of SDXL.
		if best.partly && !s.partly && s.core >= manyModules {
			best = s
		}
	}
	for _, s := range scores {
		switch {
		case s.ok != best.ok || s.wrong != best.wrong || s.base == best.base:
		case s.rare:
			rare++
		default:
			common++
		}
	}
	v.base = best.base
	v.share = float64(best.ok) / float64(total)
	v.confidence = ceiling(best, common, rare) * v.share * v.share
	v.confidence -= float64(best.wrong) / float64(total) / 2
	if best.core == 0 && common > 1 {
		v.confidence = 0 // CLIP-L alone stands in four families
	}
	v.confidence = max(0, v.confidence)
	return v
}

func ceiling(best score, common, rare int) float64 {
	c := sureShapes
	if best.ok < fewModules {
		c = sureFew
	}
	if best.shaped == 0 {
		c = min(c, sureKeys)
	}
	if best.core == 0 {
		c = min(c, sureEncoder)
	}
	switch {
	case common >= 3:
		c = min(c, sureTieMore)
	case common == 2:
		c = min(c, sureTie3)
	case common == 1:
		c = min(c, sureTie)
	case rare > 0:
		c = min(c, sureRare)
	}
	return c
}

func boolCompare(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// maxEvidence bounds the reasons given from shapes and keys.
const maxEvidence = 4

// evidence names the groups that tell the chosen base from the most others.
func (f *file) evidence(t *table, base int) []lora.Evidence {
	type clue struct {
		g     *group
		e     *entry
		fit   fit
		bases int
	}
	var clues []clue
	for i := range f.found {
		g := &f.found[i]
		c := clue{g: g}
		seen := -1
		for j := range t.patterns[g.pattern].entries {
			e := &t.patterns[g.pattern].entries[j]
			ft := g.fit(e)
			if ft < fitsBeyond {
				continue
			}
			if e.base != seen { // entries of one base stand together
				c.bases++
				seen = e.base
			}
			if e.base == base && ft > c.fit {
				c.e, c.fit = e, ft
			}
		}
		if c.e != nil {
			clues = append(clues, c)
		}
	}
	slices.SortStableFunc(clues, func(a, b clue) int {
		return cmp.Or(cmp.Compare(a.bases, b.bases), cmp.Compare(b.fit, a.fit), cmp.Compare(b.g.count, a.g.count))
	})
	var out []lora.Evidence
	for _, c := range clues {
		ev := lora.Evidence{
			Source: "keys", Base: t.rows[base].id, Weight: round2(1 / float64(c.bases)),
			Text: c.g.text(t, base) + " => " + t.rows[base].name,
		}
		if c.fit > fitNamed {
			ev.Source = "shape"
		}
		if !slices.ContainsFunc(out, func(o lora.Evidence) bool { return o.Text == ev.Text }) {
			out = append(out, ev)
		}
		if len(out) == maxEvidence {
			break
		}
	}
	return out
}

// text says what a group shows, for example "attn2.to_k in=2048" or "ff.net in=5120 in
// transformer_blocks.9". The widths and the index it names are those that other lines lack.
func (g *group) text(t *table, base int) string {
	p := &t.patterns[g.pattern]
	path := strings.Split(p.show, ".")
	words := slices.DeleteFunc(slices.Clone(path), func(w string) bool { return w == "N" })
	if len(words) > 2 {
		words = words[len(words)-2:]
	}
	s := strings.Join(words, ".")
	outTells, deeper := false, -1
	for i := range p.entries {
		e := &p.entries[i]
		if t.rows[e.base].line == t.rows[base].line || e.in != g.in {
			continue
		}
		if e.out != g.out {
			outTells = true
		} else {
			deeper = max(deeper, g.max.beyond(&e.bounds))
		}
	}
	if g.in != 0 {
		s += fmt.Sprintf(" in=%d", g.in)
	}
	if g.out != 0 && (outTells || g.in == 0) {
		s += fmt.Sprintf(" out=%d", g.out)
	}
	if deeper >= 0 {
		s += fmt.Sprintf(" in %s.%d", nameOfIndex(path, deeper), g.max.max[deeper])
	}
	return s
}

// nameOfIndex is the word before one of the numbers of a path: "blocks" for the first
// of blocks.N.attn.
func nameOfIndex(path []string, number int) string {
	name := "block"
	for _, word := range path {
		if word != "N" {
			name = word
			continue
		}
		if number == 0 {
			break
		}
		number--
	}
	return name
}

func round2(x float64) float64 { return float64(int(x*100+0.5)) / 100 }
