package inspect

// maxIndices is how many numbers of a module path are compared with a base's block counts.
const maxIndices = 5

// indices holds, for each number in a module path, the highest value seen.
type indices struct {
	n   uint8
	max [maxIndices]int32
}

func (x *indices) push(v int32) {
	if int(x.n) < maxIndices {
		x.max[x.n] = v
		x.n++
	}
}

// widen raises every number to that of o.
func (x *indices) widen(o indices) {
	for i := range x.max {
		x.max[i] = max(x.max[i], o.max[i])
	}
	x.n = max(x.n, o.n)
}

// within reports whether no number exceeds that of bound.
func (x *indices) within(bound *indices) bool { return x.beyond(bound) < 0 }

// beyond is the place of the first number that exceeds that of bound, -1 without one.
func (x *indices) beyond(bound *indices) int {
	for i := range min(x.n, bound.n) {
		if x.max[i] > bound.max[i] {
			return int(i)
		}
	}
	return -1
}

// normalise appends the normal form of a module path to dst: every number is N,
// the diffusers word "processor" is dropped, "[n]" of the table counts as n-1.
// A dotted path keeps its separators, because double_blocks.0.img_attn.qkv is
// FLUX while double_blocks.0.img_attn_qkv is HunyuanVideo. A flattened one has
// only underscores, so that kohya names compare with the table without a dictionary.
func normalise(dst []byte, path string, dotted bool) ([]byte, indices) {
	var idx indices
	start := len(dst)
	sep := byte('_')
	for i := 0; i < len(path); {
		j := i
		for j < len(path) && path[j] != '.' && path[j] != '_' {
			j++
		}
		tok := path[i:j]
		if tok != "" && tok != "processor" {
			if len(dst) > start {
				dst = append(dst, sep)
			}
			if c := tok[0]; c >= '0' && c <= '9' || c == '[' || c == 'b' {
				dst = appendCounted(dst, tok, &idx)
			} else {
				dst = append(dst, tok...)
			}
		}
		if dotted && j < len(path) {
			sep = path[j]
		}
		i = j + 1
	}
	// diffusers' first LoRA layout calls the output projection to_out, later ones to_out.0
	if n := len(dst); n-start >= 6 && string(dst[n-6:]) == "to_out" {
		if dotted {
			dst = append(dst, ".N"...)
		} else {
			dst = append(dst, "_N"...)
		}
		idx.push(0)
	}
	return dst, idx
}

// appendCounted appends a word that may be a number, or "block7" as Cosmos 1 counts.
func appendCounted(dst []byte, tok string, idx *indices) []byte {
	if v, ok := number(tok); ok {
		idx.push(v)
		return append(dst, 'N')
	}
	if len(tok) > 5 && tok[:5] == "block" {
		if v, ok := number(tok[5:]); ok {
			idx.push(v)
			return append(dst, "blockN"...)
		}
	}
	return append(dst, tok...)
}

// number reads "12", and "[12]" as 11. Absurdly long digits saturate.
func number(tok string) (int32, bool) {
	count := len(tok) > 2 && tok[0] == '[' && tok[len(tok)-1] == ']'
	if count {
		tok = tok[1 : len(tok)-1]
	}
	if tok == "" {
		return 0, false
	}
	var v int32
	for i := range len(tok) {
		c := tok[i]
		if c < '0' || c > '9' {
			return 0, false
		}
		if v < 1<<24 {
			v = v*10 + int32(c-'0')
		}
	}
	if count {
		v--
	}
	return v, true
}
