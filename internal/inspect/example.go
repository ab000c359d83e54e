package inspect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// Example describes an adapter to be made up from the base model table: for
// sample libraries and for tests. It is the table read backwards.
type Example struct {
	Base    string // an id of Bases
	Dialect string // one of the base's Dialects
	Kind    string // lora, locon, loha, lokr, dora, glora, oft or full
	Rank    int64  // 1 or more
	// TextEncoders adds the CLIP encoders the base has.
	TextEncoders bool
	// Keep chooses modules by their path without prefix and the indices in it;
	// nil keeps all. Dotted or flattened like the dialect.
	Keep func(path string, index []int) bool
}

// Tensors lists the tensors of the example in file order with data offsets, all
// F16. Every scalar alpha comes last in its module. It fails for a base or
// dialect that the table does not have, and for an unknown kind.
func (e Example) Tensors() ([]lora.Tensor, error) {
	t := bases()
	row, ok := t.byID[e.Base]
	if !ok {
		return nil, lora.FieldErrorf(lora.Invalid, "base", "There is no base model %q.", e.Base)
	}
	b := &t.rows[row]
	text, ok := b.spelling(e.Dialect)
	if !ok {
		return nil, lora.FieldErrorf(lora.Invalid, "dialect", "%s has no key dialect %q.", b.name, e.Dialect)
	}
	if e.Rank < 1 || !slices.Contains([]string{kindLoRA, kindLoCon, kindLoHa, kindLoKr, kindDoRA, kindGLoRA, kindOFT, kindFull}, e.Kind) {
		return nil, lora.FieldErrorf(lora.Invalid, "kind", "There is no example of kind %q and rank %d.", e.Kind, e.Rank)
	}
	out := sheet{example: e}
	seen := map[string]bool{}
	for _, l := range parseLayers(text) {
		if !e.wants(&l) || seen[string('0'+l.part)+l.path] {
			continue // a path that stands twice has two widths; the first is the common one
		}
		seen[string('0'+l.part)+l.path] = true
		prefix := e.prefix(b, l.part)
		expandIndices(l.path, func(path string, index []int) {
			if e.flat() {
				path = strings.ReplaceAll(path, ".", "_")
			}
			if e.Keep == nil || e.Keep(path, index) {
				out.module(prefix+path, &l)
			}
		})
	}
	return out.tensors, nil
}

// spelling is the layer text of a dialect.
func (b *base) spelling(dialect string) (string, bool) {
	for _, list := range [][]naming{b.namings, b.rareNamings} {
		for _, n := range list {
			if slices.Contains(strings.Fields(n.dialects), dialect) {
				return n.layers, true
			}
		}
	}
	return "", false
}

// wants says which layers a trainer touches for this kind: the blocks, with convolutions only for LoCon.
func (e *Example) wants(l *layer) bool {
	if l.part != partBackbone {
		return e.TextEncoders && strings.HasPrefix(l.path, "text_model.") && e.Dialect != dialectPEFT && e.Dialect != dialectLycoris
	}
	if !strings.Contains(l.path, "[") {
		return false
	}
	if l.kernel > 0 || l.in == 0 && l.out == 0 && strings.Contains(l.path, "conv_shortcut") {
		return e.Kind == kindLoCon
	}
	return true
}

// flat reports whether the dialect writes module paths with underscores.
func (e *Example) flat() bool {
	return e.Dialect == dialectKohya || e.Dialect == dialectOneTrainer || e.Dialect == dialectLycoris
}

func (e *Example) prefix(b *base, p part) string {
	unet := b.line == "sd1" || b.line == "sd2" || b.line == "sdxl"
	switch e.Dialect {
	case dialectKohya, dialectOneTrainer:
		te := map[part]string{partTE1: "lora_te1_", partTE2: "lora_te2_"}
		if b.soleTE {
			te[partTE1] = "lora_te_"
		}
		switch {
		case b.prior && p == partBackbone:
			return "lora_prior_unet_"
		case b.prior:
			return "lora_prior_te_"
		case p != partBackbone:
			return te[p]
		case e.Dialect == dialectOneTrainer && !unet:
			return "lora_transformer_"
		}
		return "lora_unet_"
	case dialectComfy:
		return map[part]string{
			partBackbone: "diffusion_model.", partTE1: "text_encoders.clip_l.transformer.", partTE2: "text_encoders.clip_g.transformer.",
		}[p]
	case dialectDiffusers:
		backbone := "transformer."
		if unet {
			backbone = "unet."
		}
		return map[part]string{partBackbone: backbone, partTE1: "text_encoder.", partTE2: "text_encoder_2."}[p]
	case dialectPEFT:
		return "base_model.model."
	case dialectLycoris:
		return "lycoris_"
	}
	return "" // XLabs has none
}

// expandIndices calls visit for every combination of the "[n]" in a path.
func expandIndices(path string, visit func(path string, index []int)) {
	var walk func(done, rest string, index []int)
	walk = func(done, rest string, index []int) {
		open := strings.IndexByte(rest, '[')
		if open < 0 {
			visit(done+rest, index)
			return
		}
		end := strings.IndexByte(rest, ']')
		n, err := strconv.Atoi(rest[open+1 : end])
		if err != nil {
			panic("inspect: base table: bad count in " + path)
		}
		for i := range n {
			walk(done+rest[:open]+strconv.Itoa(i), rest[end+1:], append(index[:len(index):len(index)], i))
		}
	}
	walk("", path, nil)
}

// sheet collects tensors and hands out offsets.
type sheet struct {
	example Example
	tensors []lora.Tensor
	end     int64
}

func (s *sheet) add(name string, shape ...int64) {
	size := 2 * elements(shape)
	s.tensors = append(s.tensors, lora.Tensor{Name: name, DType: "F16", Shape: shape, Begin: s.end, End: s.end + size})
	s.end += size
}

// anyWidth stands in where the table leaves a width open.
const anyWidth = 640

func (s *sheet) module(name string, l *layer) {
	in, out, r := l.in, l.out, s.example.Rank
	if in == 0 {
		in = anyWidth
	}
	if out == 0 {
		out = anyWidth
	}
	down, up, peft := s.suffixes()
	switch s.example.Kind {
	case kindLoHa:
		s.add(name+".hada_w1_a", out, r)
		s.add(name+".hada_w1_b", r, in)
		s.add(name+".hada_w2_a", out, r)
		s.add(name+".hada_w2_b", r, in)
	case kindLoKr:
		s.lokr(name, in, out)
	case kindFull:
		s.add(name+".diff", out, in)
		return
	case kindGLoRA:
		s.add(name+".a1.weight", r, in)
		s.add(name+".a2.weight", in, r)
		s.add(name+".b1.weight", r, in)
		s.add(name+".b2.weight", out, r)
	case kindOFT:
		s.add(name+".oft_blocks", out/factorOf(out), factorOf(out), factorOf(out))
	case kindDoRA:
		s.add(name+down, r, in)
		s.add(name+up, out, r)
		if peft {
			s.add(name+".lora_magnitude_vector", out)
		} else {
			s.add(name+".dora_scale", out, 1)
		}
	default:
		if k := int64(l.kernel); k > 1 {
			s.add(name+down, r, in, k, k)
			s.add(name+up, out, r, 1, 1)
		} else {
			s.add(name+down, r, in)
			s.add(name+up, out, r)
		}
	}
	if !peft {
		s.add(name + ".alpha")
	}
}

func (s *sheet) suffixes() (down, up string, peft bool) {
	switch s.example.Dialect {
	case dialectKohya, dialectOneTrainer, dialectLycoris:
		return ".lora_down.weight", ".lora_up.weight", false
	case dialectXLabs:
		return ".down.weight", ".up.weight", true
	}
	return ".lora_A.weight", ".lora_B.weight", true
}

// lokr writes a whole left factor and a right one that is factored when that saves space.
func (s *sheet) lokr(name string, in, out int64) {
	f, g, r := factorOf(out), factorOf(in), s.example.Rank
	s.add(name+".lokr_w1", f, g)
	if r < min(out/f, in/g)/2 {
		s.add(name+".lokr_w2_a", out/f, r)
		s.add(name+".lokr_w2_b", r, in/g)
	} else {
		s.add(name+".lokr_w2", out/f, in/g)
	}
}

// factorOf is the largest power of two up to 16 that divides n.
func factorOf(n int64) int64 {
	f := int64(1)
	for f < 16 && n%(2*f) == 0 {
		f *= 2
	}
	return f
}

// String names the example for test output and file names: "sdxl kohya lokr r8".
func (e Example) String() string {
	return fmt.Sprintf("%s %s %s r%d", e.Base, e.Dialect, e.Kind, e.Rank)
}
