package inspect

import (
	"cmp"
	"slices"
	"strconv"

	"loramanager/internal/lora"
)

// maxAlphaReads bounds how many alphas are read from one file.
const maxAlphaReads = 4096

// rankKey is one combination of rank and alpha.
type rankKey struct {
	rank   int64
	alpha  float64
	stored bool // the module has an alpha tensor
	known  bool // alpha holds its value
}

// rank fills the distribution of rank and alpha, and the pair most modules share.
func (f *file) rank(r *lora.Report, geo []geometry, o *Options, cfg *adapterConfig) {
	saidRank, said := metadataAlpha(f.h.Metadata)
	counts := map[rankKey]int{}
	reads := 0
	var run rankKey // neighbours are mostly alike, so count runs before asking the map
	length := 0
	for i := range geo {
		g := &geo[i]
		if g.rank <= 0 {
			continue
		}
		k := rankKey{rank: g.rank}
		switch {
		case g.alpha != 0:
			k.stored = true
			if o.Alphas != nil && reads < maxAlphaReads {
				reads++
				k.alpha, k.known = o.Alphas(f.h.Tensors[g.alpha-1])
			} else if o.Alphas == nil && g.rank == saidRank {
				k.alpha, k.known = said, true
			}
		case cfg != nil && cfg.Alpha > 0:
			k.alpha, k.known = cfg.Alpha, true
		}
		if k.alpha != k.alpha { // NaN is no key
			k.alpha, k.known = 0, false
		}
		if k != run && length > 0 {
			counts[run] += length
			length = 0
		}
		run = k
		length++
	}
	if length > 0 {
		counts[run] += length
	}
	r.Ranks = make([]lora.RankShare, 0, min(len(counts), maxRanks))
	keys := make([]rankKey, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b rankKey) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(b.rank, a.rank), cmp.Compare(b.alpha, a.alpha), -boolCompare(a.stored, b.stored))
	})
	for _, k := range keys[:min(len(keys), maxRanks)] {
		s := lora.RankShare{Rank: k.rank, Modules: counts[k], AlphaStored: k.stored}
		if k.known {
			s.Alpha = &k.alpha
		}
		r.Ranks = append(r.Ranks, s)
	}
	if len(r.Ranks) > 0 {
		r.Rank, r.Alpha = &r.Ranks[0].Rank, r.Ranks[0].Alpha
	}
}

// maxRanks bounds the listed combinations; adapters with a rank for each module have hundreds.
const maxRanks = 64

// metadataAlpha is the rank and alpha kohya notes for linear layers. Convolutions
// may have another alpha, so it speaks only for modules of that rank.
func metadataAlpha(md map[string]string) (rank int64, alpha float64) {
	rank, errRank := strconv.ParseInt(md["ss_network_dim"], 10, 64)
	alpha, errAlpha := strconv.ParseFloat(md["ss_network_alpha"], 64)
	if errRank != nil || errAlpha != nil || !(alpha > 0 && alpha < 1e6) {
		return -1, 0
	}
	return rank, alpha
}
