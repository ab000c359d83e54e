package inspect_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
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
		return func(_ string, index []int) bool {
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

// tally of one base.
type tally struct{ total, decidable, right, sure, wrong int }

func TestPromise1_EveryBaseIsToldInEveryDialectAndNeverWronglyWithCertainty(t *testing.T) {
	t.Parallel()
	cover := coverers(t)
	var mu sync.Mutex
	var sum tally
	t.Run("bases", func(t *testing.T) {
		for i, b := range inspect.Bases() {
			t.Run(b.ID, func(t *testing.T) {
				t.Parallel()
				dialects := slices.Compact(slices.Sorted(slices.Values(b.Dialects)))
				if len(dialects) < 3 {
					t.Errorf("only %v: a base is tested in at least three dialects", dialects)
				}
				r := rand.New(rand.NewPCG(uint64(i), 2)) //nolint:gosec // repeatable
				var own tally
				for _, d := range dialects {
					for _, c := range cuts {
						e := inspect.Example{Base: b.ID, Dialect: d, Rank: 8, TextEncoders: c.te}
						if c.keep != nil {
							e.Keep = c.keep(r)
						}
						goldenCases(t, cover, e, c.name, &own)
					}
				}
				mu.Lock()
				defer mu.Unlock()
				sum.total += own.total
				sum.decidable += own.decidable
				sum.right += own.right
				sum.sure += own.sure
				sum.wrong += own.wrong
			})
		}
	})
	t.Logf("%d cases; of %d that only one base explains %d are right (%.2f %%); %d answers at 0.9 or more, %d of them wrong",
		sum.total, sum.decidable, sum.right, 100*float64(sum.right)/float64(sum.decidable), sum.sure, sum.wrong)
	if sum.total < 300 || sum.right*100 < sum.decidable*99 {
		t.Errorf("want at least 300 cases and 99 %% right")
	}
}

// goldenCases judges one cut of a model in every kind. Which bases have all its
// modules is asked once, of the plain LoRA pairs; LoCon trains more modules.
func goldenCases(t *testing.T, cover map[string]map[string]bool, e inspect.Example, cutName string, own *tally) {
	t.Helper()
	var who []string
	kinds := []string{"lora", "lokr", "loha", "dora", "locon"}
	if cutName != cuts[2].name {
		kinds = kinds[:2] // the other kinds see one cut of each base and dialect
	}
	for _, kind := range kinds {
		e.Kind = kind
		ts, err := e.Tensors()
		if err != nil {
			t.Fatal(err)
		}
		if len(ts) == 0 {
			continue // this cut has nothing in this base
		}
		if kind == "lora" || kind == "locon" {
			who = possible(cover, ts)
		}
		got := inspect.Inspect(header(ts), inspect.Options{}).Base
		own.total++
		if got.Confidence >= 0.9 {
			own.sure++
			if got.ID != e.Base {
				own.wrong++
				t.Errorf("%s, %s: %s at %.2f", e, cutName, got.ID, got.Confidence)
			}
			if len(who) > 1 {
				t.Errorf("%s, %s: %.2f sure though %v are possible", e, cutName, got.Confidence, who)
			}
		}
		if len(who) == 1 {
			own.decidable++
			if got.ID == e.Base {
				own.right++
			} else {
				t.Logf("missed: %s, %s: %s at %.2f", e, cutName, got.ID, got.Confidence)
			}
		}
	}
}
