package vector

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// meaning returns vectors like those of language models: most of what tells them apart
// lies along few directions, none of which is an axis.
func meaning(n, dims int, seed uint64) [][]float32 {
	turn := rand.New(rand.NewPCG(7, 7))
	directions := make([][]float32, dims/2)
	for i := range directions {
		directions[i] = make([]float32, dims)
		for j := range directions[i] {
			directions[i][j] = float32(turn.NormFloat64() / math.Sqrt(float64(i+3)))
		}
	}
	r := rand.New(rand.NewPCG(seed, 3))
	list := make([][]float32, n)
	for i := range list {
		v := make([]float32, dims)
		for _, d := range directions {
			amount := float32(r.NormFloat64())
			for j := range v {
				v[j] += amount * d[j]
			}
		}
		for j := range v {
			v[j] += float32(0.2 * r.NormFloat64())
		}
		Normalize(v)
		list[i] = v
	}
	return list
}

// agreement is the share of the ten nearest of each query that are among the ten nearest
// when everything is mapped first.
func agreement(library, queries [][]float32, mapped func([]float32) []float32) float64 {
	top := func(library [][]float32, query []float32) []int {
		order := make([]int, len(library))
		scores := make([]float32, len(library))
		for i, v := range library {
			order[i], scores[i] = i, Dot(v, query)
		}
		slices.SortFunc(order, func(a, b int) int {
			if scores[a] > scores[b] {
				return -1
			}
			return 1
		})
		return order[:10]
	}
	shorter := func(list [][]float32) [][]float32 {
		out := make([][]float32, len(list))
		for i, v := range list {
			out[i] = mapped(v)
			Normalize(out[i])
		}
		return out
	}
	few, fewQueries := shorter(library), shorter(queries)
	same := 0
	for i, q := range queries {
		want := top(library, q)
		for _, at := range top(few, fewQueries[i]) {
			if slices.Contains(want, at) {
				same++
			}
		}
	}
	return float64(same) / float64(10*len(queries))
}

func TestAProjectionKeepsTheNearestBetterThanCuttingVectorsOff(t *testing.T) {
	t.Parallel()
	library, queries := meaning(600, 256, 1), meaning(20, 256, 2)
	p := Principal(library[:300], 96)
	learned := agreement(library, queries, p.Apply)
	cut := agreement(library, queries, func(v []float32) []float32 { return slices.Clone(v[:96]) })
	t.Logf("of the ten nearest stay %.0f %%; cut off, %.0f %%", 100*learned, 100*cut)
	if learned < 0.8 || learned < cut+0.1 {
		t.Errorf("%.2f of the nearest stay, %.2f when vectors are cut off", learned, cut)
	}
}

func TestAProjectionOfVectorsThatSpanFewDimensionsIsExact(t *testing.T) {
	t.Parallel()
	library := meaning(20, 64, 1)
	p := Principal(library, 32)
	for i, v := range library {
		if got, want := Dot(p.Apply(v), p.Apply(library[0])), Dot(v, library[0]); math.Abs(float64(got-want)) > 1e-4 {
			t.Errorf("the product with vector %d is %v, not %v", i, got, want)
		}
	}
}
