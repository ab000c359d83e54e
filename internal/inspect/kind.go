package inspect

// The adapter kinds of a module.
const (
	kindLoRA        = "lora"
	kindLoCon       = "locon"
	kindLoHa        = "loha"
	kindLoKr        = "lokr"
	kindDoRA        = "dora"
	kindFull        = "full"
	kindNorm        = "norm"
	kindIA3         = "ia3"
	kindGLoRA       = "glora"
	kindOFT         = "oft"
	kindBOFT        = "boft"
	kindSparse      = "sparse"
	kindUnsupported = "unsupported"
	kindMixed       = "mixed"
	kindUnknown     = "unknown"
)

// geometry is what the tensors of one module say together. Zero means unknown.
type geometry struct {
	kind    string
	in, out int64
	rank    int64
	alpha   int32 // index of the alpha tensor plus one
}

// measure finds the kind of a module, then its widths and rank. The first kind that fits wins.
func (f *file) measure(m *module) geometry {
	g := f.inner(m)
	g.alpha = m.tensors[roleAlpha]
	switch {
	case m.has(roleUnsupported):
		g = geometry{kind: kindUnsupported}
	case m.has(roleMagnitude):
		g.kind = kindDoRA
	}
	return g
}

func (f *file) inner(m *module) geometry {
	switch {
	case m.has(roleDown) || m.has(roleUp):
		return f.measureLoRA(m)
	case m.has(roleHadaW1A) || m.has(roleHadaW1B) || m.has(roleHadaW2A) || m.has(roleHadaW2B):
		return f.measureLoHa(m)
	case m.has(roleLokrW1) || m.has(roleLokrW1A) || m.has(roleLokrW1B) || m.has(roleLokrW2) || m.has(roleLokrW2A) || m.has(roleLokrW2B):
		return f.measureLoKr(m)
	case m.has(roleDiff) || m.has(roleDiffB) || m.has(roleSet):
		return f.measureFull(m)
	case m.has(roleOnInput):
		return f.measureIA3(m)
	case m.has(roleNormW) || m.has(roleNormB):
		return geometry{kind: kindNorm}
	case m.has(roleA1) || m.has(roleB1):
		return f.measureGLoRA(m)
	case m.has(roleOFT):
		return f.measureOFT(m)
	case m.has(roleSparseValue) || m.has(roleSparseIndex):
		return geometry{kind: kindSparse}
	}
	return geometry{kind: kindUnknown}
}

func (f *file) measureLoRA(m *module) geometry {
	down, up := f.shape(m, roleDown), f.shape(m, roleUp)
	g := geometry{kind: kindLoRA, rank: at(down, 0), in: at(down, 1), out: at(up, 0)}
	if g.rank == 0 {
		g.rank = at(up, 1)
	}
	if m.has(roleMid) || len(down) > 2 && down[2] > 1 || len(down) > 3 && down[3] > 1 {
		g.kind = kindLoCon
	}
	return g
}

func (f *file) measureLoHa(m *module) geometry {
	a, b := f.shape(m, roleHadaW1A), f.shape(m, roleHadaW1B)
	g := geometry{kind: kindLoHa, rank: at(b, 0), in: at(b, 1), out: at(a, 0)}
	if m.has(roleHadaT1) { // Tucker: w1_a is r x out
		g.rank, g.out = at(a, 0), at(a, 1)
	}
	return g
}

func (f *file) measureLoKr(m *module) geometry {
	out1, in1 := f.factor(m, roleLokrW1, roleLokrW1A, roleLokrW1B)
	out2, in2 := f.factor(m, roleLokrW2, roleLokrW2A, roleLokrW2B)
	g := geometry{kind: kindLoKr, out: product(out1, out2), in: product(in1, in2)}
	switch {
	case m.has(roleLokrT2): // Tucker: w2_a is r x out, w2_b is r x in
		a, b := f.shape(m, roleLokrW2A), f.shape(m, roleLokrW2B)
		g.rank, g.out, g.in = at(a, 0), product(out1, at(a, 1)), product(in1, at(b, 1))
	case m.has(roleLokrW2B):
		g.rank = at(f.shape(m, roleLokrW2B), 0)
	case m.has(roleLokrW1B):
		g.rank = at(f.shape(m, roleLokrW1B), 0)
	}
	return g
}

// factor returns the dims of one side of a Kronecker product, whole or factored.
func (f *file) factor(m *module, whole, a, b role) (out, in int64) {
	if s := f.shape(m, whole); s != nil {
		return at(s, 0), at(s, 1)
	}
	return at(f.shape(m, a), 0), at(f.shape(m, b), 1)
}

// product is a*b, 0 when it would overflow: hostile headers may claim any dims.
func product(a, b int64) int64 {
	const limit = 1 << 31
	if a <= 0 || b <= 0 || a >= limit || b >= limit {
		return 0
	}
	return a * b
}

func (f *file) measureFull(m *module) geometry {
	s := f.shape(m, roleDiff)
	if s == nil {
		s = f.shape(m, roleSet)
	}
	if len(s) < 2 {
		return geometry{kind: kindFull}
	}
	return geometry{kind: kindFull, in: at(s, 1), out: at(s, 0)}
}

func (f *file) measureIA3(m *module) geometry {
	s := f.shape(m, roleWeight)
	g := geometry{kind: kindIA3}
	switch {
	case at(s, 0) == 1:
		g.in = at(s, 1)
	case len(s) > 0:
		g.out = at(s, 0)
	}
	return g
}

// measureGLoRA finds the rank as the dim that a1 and a2 share; their order differs between versions.
func (f *file) measureGLoRA(m *module) geometry {
	a1, a2, b1, b2 := f.shape(m, roleA1), f.shape(m, roleA2), f.shape(m, roleB1), f.shape(m, roleB2)
	g := geometry{kind: kindGLoRA}
	if len(a1) < 2 || len(a2) < 2 || len(b1) < 2 || len(b2) < 2 {
		return g
	}
	g.rank = min(a1[0], a1[1])
	g.in, g.out = max(a1[0], a1[1]), max(b1[0], b1[1], b2[0], b2[1])
	if g.in != max(a2[0], a2[1]) {
		g.in = 0
	}
	// b1 and b2 span out x in; when they are not square, the wider may be in instead of out
	if lo := min(max(b1[0], b1[1]), max(b2[0], b2[1])); lo != g.out && g.in == g.out {
		g.out = lo
	}
	return g
}

func (f *file) measureOFT(m *module) geometry {
	s := f.shape(m, roleOFT)
	if len(s) == 4 { // BOFT: stages x blocks x size x size
		return geometry{kind: kindBOFT, rank: s[2], out: product(s[1], s[2])}
	}
	g := geometry{kind: kindOFT, rank: at(s, len(s)-1)}
	if len(s) == 3 {
		g.out = product(s[0], s[1])
	}
	return g
}
