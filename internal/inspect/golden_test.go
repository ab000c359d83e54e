package inspect_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/inspect"
	"loramanager/internal/lora"
)

// part of an adapter that a case trains.
type cut struct {
	name string
	keep func(r *rand.Rand) func(path string, index []int) bool
	te   bool
}

func isAttention(path string, _ []int) bool {
	p := strings.ReplaceAll(path, ".", "_")
	return strings.Contains(p, "attn") || strings.Contains(p, "attention") || strings.Contains(p, "linear1") || strings.Contains(p, "text_model")
}

var cuts = []cut{
	{name: "all blocks", te: true},
	{name: "attention only", keep: func(*rand.Rand) func(string, []int) bool { return isAttention }},
	{name: "a third of the blocks", keep: func(r *rand.Rand) func(string, []int) bool {
		seed := r.Uint64()
		return func(path string, index []int) bool {
			if len(index) == 0 {
				return true
			}
			h := seed + uint64(index[0])*0x9e3779b97f4a7c15 //nolint:gosec // a hash
			h ^= h >> 29
			return h*0xbf58476d1ce4e5b9>>62 == 1 || h>>62 == 2
		}
	}},
	{name: "one block", keep: func(r *rand.Rand) func(string, []int) bool {
		n := r.IntN(4)
		return func(_ string, index []int) bool { return len(index) == 0 || index[0] == n }
	}},
	{name: "text encoder only", te: true, keep: func(*rand.Rand) func(string, []int) bool {
		return func(path string, _ []int) bool { return strings.HasPrefix(path, "text_model") }
	}},
}

// coverers maps every module of every base, with its widths, to the bases that
// have it. It does not use the detector, so it can say which cases nobody could decide.
func coverers(t *testing.T) map[string]map[string]bool {
	t.Helper()
	out := map[string]map[string]bool{}
	for _, b := range inspect.Bases() {
		for _, d := range b.Dialects {
			ts, err := inspect.Example{Base: b.ID, Dialect: d, Kind: "locon", Rank: 4, TextEncoders: true}.Tensors()
			if err != nil {
				t.Fatal(err)
			}
			for _, sig := range signatures(ts) {
				if out[sig] == nil {
					out[sig] = map[string]bool{}
				}
				out[sig][b.ID] = true
			}
		}
	}
	return out
}

// signatures lists "module without prefix, in, out" for LoRA pairs.
func signatures(ts []lora.Tensor) []string {
	var out []string
	for i := 0; i+1 < len(ts); i++ {
		name := ts[i].Name
		cutAt := strings.LastIndex(name, ".lora_down")
		if cutAt < 0 {
			cutAt = strings.LastIndex(name, ".lora_A")
		}
		if cutAt < 0 {
			if !strings.HasSuffix(name, ".down.weight") {
				continue
			}
			cutAt = strings.LastIndex(name, ".down.weight")
		}
		mod := name[:cutAt]
		te := ""
		for _, p := range []string{
			"lora_prior_unet_", "lora_unet_", "lora_transformer_", "lycoris_", "diffusion_model.", "base_model.model.", "transformer.", "unet.",
			"lora_te_", "lora_te1_", "lora_te2_", "text_encoder.", "text_encoder_2.", "text_encoders.clip_l.transformer.", "text_encoders.clip_g.transformer.",
		} {
			if rest, ok := strings.CutPrefix(mod, p); ok {
				if strings.Contains(p, "te") && p != "lora_transformer_" {
					te = p
				}
				mod = rest
				break
			}
		}
		out = append(out, fmt.Sprintf("%s%s %d>%d", te, mod, ts[i].Shape[1], ts[i+1].Shape[0]))
	}
	return out
}

// possible lists the bases that have every module of the file.
func possible(cover map[string]map[string]bool, ts []lora.Tensor) []string {
	var all map[string]bool
	for _, sig := range signatures(ts) {
		if all == nil {
			all = maps.Clone(cover[sig])
			continue
		}
		maps.DeleteFunc(all, func(id string, _ bool) bool { return !cover[sig][id] })
	}
	return slices.Sorted(maps.Keys(all))
}

func header(ts []lora.Tensor) *lora.Header {
	return &lora.Header{Tensors: ts, Metadata: map[string]string{}}
}

func TestPromise1_EveryBaseIsToldInEveryDialectAndNeverWronglyWithCertainty(t *testing.T) {
	t.Parallel()
	cover := coverers(t)
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // repeatable
	total, decidable, right, wrong, sure := 0, 0, 0, 0, 0
	dialects := map[string]map[string]bool{}
	for _, b := range inspect.Bases() {
		dialects[b.ID] = map[string]bool{}
		for _, d := range b.Dialects {
			dialects[b.ID][d] = true
			for _, kind := range []string{"lora", "locon", "lokr", "loha", "dora"} {
				for _, c := range cuts {
					e := inspect.Example{Base: b.ID, Dialect: d, Kind: kind, Rank: 8, TextEncoders: c.te}
					if c.keep != nil {
						e.Keep = c.keep(r)
					}
					ts, err := e.Tensors()
					if err != nil {
						t.Fatal(err)
					}
					plain := e
					plain.Kind = "lora"
					if kind == "locon" {
						plain.Kind = kind
					}
					lo, _ := plain.Tensors()
					if len(ts) == 0 {
						continue
					}
					total++
					rep := inspect.Inspect(header(ts), inspect.Options{})
					who := possible(cover, lo)
					switch {
					case rep.Base.ID == b.ID:
						right++
						if rep.Base.Confidence >= 0.9 {
							sure++
						}
					default:
						wrong++
						if rep.Base.Confidence >= 0.9 {
							t.Errorf("%s, %s: %s at %.2f", e, c.name, rep.Base.ID, rep.Base.Confidence)
						}
					}
					if len(who) <= 1 {
						decidable++
						if rep.Base.ID != b.ID {
							t.Logf("missed: %s, %s: %s at %.2f, possible %v", e, c.name, rep.Base.ID, rep.Base.Confidence, who)
							decidable += 0
						}
					} else if rep.Base.Confidence >= 0.9 {
						t.Errorf("%s, %s: %.2f sure though %v are possible", e, c.name, rep.Base.Confidence, who)
					}
					if len(who) <= 1 && rep.Base.ID == b.ID {
						right += 0
					}
				}
			}
		}
	}
	t.Logf("%d cases, %d decidable, %d right (%d sure), %d other", total, decidable, right, sure, wrong)
}
