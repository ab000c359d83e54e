package inspect

// A file is compared with the whole base table at once. Its modules are
// collected into groups of one pattern and one pair of widths; then every base
// is asked how many modules it explains: right path, right widths, and no block
// index beyond what it has. No fixed index is ever looked for, so a file that
// trains one block is read like one that trains all.

// groupKey is a pattern with the widths seen in the file.
type groupKey struct {
	pattern int32
	in, out int64
}

// group counts modules that look alike and remembers their highest indices.
type group struct {
	groupKey
	count  int
	max    indices
	sample int32 // a module of the group
}

// foreign counts modules whose path no base has.
type foreign struct {
	count  int
	sample int32
}

// collect fills groups from the modules.
func (f *file) collect(t *table, geo []geometry) {
	for i := range f.modules {
		m := &f.modules[i]
		if m.part == partOther {
			continue // a text encoder the table does not describe
		}
		id, idx, ok := f.lookUp(t, m)
		if !ok {
			if geo[i].kind == kindNorm || geo[i].kind == kindFull && geo[i].in == 0 {
				continue // norms and biases are not in the table; every model has them
			}
			if f.foreign.count == 0 {
				f.foreign.sample = int32(i) //nolint:gosec // bounded by the header
			}
			f.foreign.count++
			continue
		}
		k := groupKey{id, geo[i].in, geo[i].out}
		at, ok := f.groups[k]
		if !ok {
			at = int32(len(f.found)) //nolint:gosec // bounded by the header
			f.groups[k] = at
			f.found = append(f.found, group{groupKey: k, sample: int32(i)}) //nolint:gosec // see above
		}
		g := &f.found[at]
		g.count++
		g.max.widen(idx)
	}
}

// lookUp finds the pattern of a module: in its dotted form, else in the flattened one.
func (f *file) lookUp(t *table, m *module) (int32, indices, bool) {
	if len(m.path) > maxPath {
		return 0, indices{}, false
	}
	dotted := false
	for i := range len(m.path) {
		if m.path[i] == '.' {
			dotted = true
			break
		}
	}
	var idx indices
	for {
		f.buf = append(f.buf[:0], byte('0'+m.part))
		f.buf, idx = normalise(f.buf, m.path, dotted)
		if id, ok := t.ids[string(f.buf)]; ok {
			return id, idx, true
		}
		if !dotted {
			return 0, indices{}, false
		}
		dotted = false
	}
}

// maxPath bounds the module paths that are worth comparing, in bytes.
const maxPath = 300

// fit says how well one base explains a group.
type fit uint8

const (
	fitNone    fit        = iota // the base has no such module
	fitWrong                     // it has, but of other widths or fewer blocks
	fitNamed                     // the path is right, widths are not known on one side
	fitHalf                      // one of the two widths is known and right
	fitShaped                    // both widths are right
	fitsBeyond = fitNamed        // the first fit that explains the group
)

func (g *group) fit(e *entry) fit {
	if !g.max.within(&e.bounds) {
		return fitWrong
	}
	known := fit(0)
	if g.in != 0 && e.in != 0 {
		// LoHa and LoKr store in, k and k of a convolution as one dim
		if g.in != e.in && g.in != e.in*e.kernel*e.kernel {
			return fitWrong
		}
		known++
	}
	if g.out != 0 && e.out != 0 {
		if g.out != e.out {
			return fitWrong
		}
		known++
	}
	return fitNamed + known
}

// score is how one base explains the file, counted in modules.
type score struct {
	base   int
	ok     int
	wrong  int
	shaped int  // of ok, those with at least one known width
	core   int  // of ok, those of the backbone
	rare   bool // all that fits comes from rare spellings
	partly bool // some group trains fewer blocks than the base has
}

// scores asks every base about every group.
func (f *file) scores(t *table) []score {
	out := make([]score, len(t.rows))
	common := make([]bool, len(t.rows))
	best := make([]fit, len(t.rows))
	touched := make([]int, 0, len(t.rows))
	for i := range f.found {
		g := &f.found[i]
		p := &t.patterns[g.pattern]
		touched = touched[:0]
		for j := range p.entries {
			e := &p.entries[j]
			ft := g.fit(e)
			if best[e.base] == fitNone {
				touched = append(touched, e.base)
			}
			best[e.base] = max(best[e.base], ft)
			if ft >= fitsBeyond && g.max != e.bounds {
				out[e.base].partly = true
			}
			if ft >= fitsBeyond && !e.rare {
				common[e.base] = true
			}
		}
		for _, b := range touched {
			s := &out[b]
			switch {
			case best[b] < fitsBeyond:
				s.wrong += g.count
			default:
				s.ok += g.count
				if best[b] > fitNamed {
					s.shaped += g.count
				}
				if p.part == partBackbone {
					s.core += g.count
				}
			}
			best[b] = fitNone
		}
	}
	for i := range out {
		out[i].base = i
		out[i].rare = !common[i]
	}
	return out
}
