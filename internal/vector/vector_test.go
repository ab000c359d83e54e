package vector_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"loramanager/internal/vector"
)

func TestWordsAreFoldedAndSplit(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, words, squashed string }{
		{"Cyber-Punk", "cyber punk", "cyberpunk"},
		{"cyber_punk  city!", "cyber punk city", "cyberpunkcity"},
		{"Ｃｙｂｅｒ", "cyber", "cyber"},
		{"Café ﬁre", "cafe fire", "cafefire"},
		{"初音ミク", "初音ミク", "初音ミク"},
		{"1girl, 2boys", "1girl 2boys", "1girl2boys"},
		{"--- ,,, \x00\xff", "", ""},
	} {
		if got := strings.Join(vector.Words(c.text), " "); got != c.words {
			t.Errorf("words of %q: %q", c.text, got)
		}
		if got := vector.Squash(c.text); got != c.squashed {
			t.Errorf("%q squashed: %q", c.text, got)
		}
	}
}

// library counts documents of one phrase each.
func library(documents ...string) *vector.Vocabulary {
	v, r := vector.NewVocabulary(), vector.NewReader()
	for _, d := range documents {
		v.Add(r, []vector.Phrase{{Text: d, Weight: 1}})
	}
	return v
}

func vectorOf(v *vector.Vocabulary, text string) []float32 {
	vec := make([]float32, 256)
	v.Vector(vector.NewReader(), []vector.Phrase{{Text: text, Weight: 1}}, vec)
	return vec
}

func TestPromise1_SpellingsOfOneWordLieCloseTogether(t *testing.T) {
	t.Parallel()
	v := library("cyberpunk", "cyber punk", "cyberpunks", "castle", "watercolor", "neon city", "portrait of a woman")
	for _, c := range []struct {
		a, b        string
		least, most float32
	}{
		{"cyberpunk", "cyber-punk", 0.4, 1},
		{"cyberpunk", "cyberpunks", 0.25, 1},
		{"cyberpunk", "Cyberpunk", 0.999, 1.001},
		{"neon city", "neon-city", 0.999, 1.001},
		{"cyberpunk", "castle", -0.3, 0.3},
	} {
		if got := vector.Dot(vectorOf(v, c.a), vectorOf(v, c.b)); got < c.least || got > c.most {
			t.Errorf("%s and %s: %v, want %v to %v", c.a, c.b, got, c.least, c.most)
		}
	}
}

func TestWordsThatNobodyHasMakeNoVector(t *testing.T) {
	t.Parallel()
	v := library("castle")
	for _, text := range []string{"", "!!", "xylophon"} {
		if v.Vector(vector.NewReader(), []vector.Phrase{{Text: text, Weight: 1}}, make([]float32, 256)) {
			t.Errorf("%q has a vector", text)
		}
	}
}

func TestRareWordsCountMore(t *testing.T) {
	t.Parallel()
	v := library("girl dragon", "girl", "girl", "girl", "girl", "girl", "girl knight")
	both := vectorOf(v, "girl dragon")
	if rare, common := vector.Dot(both, vectorOf(v, "dragon")), vector.Dot(both, vectorOf(v, "girl")); rare <= common {
		t.Errorf("dragon %v, girl %v", rare, common)
	}
}

func TestRemovingUndoesAdding(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringMatching(`[a-d ]{0,12}`), 1, 8).Draw(t, "texts")
		v, r := library("abc", "abcd"), vector.NewReader()
		before := vectorOf(v, "abc abcd")
		for _, text := range texts {
			v.Add(r, []vector.Phrase{{Text: text, Weight: 1}})
		}
		for _, text := range texts {
			v.Remove(r, []vector.Phrase{{Text: text, Weight: 1}})
		}
		if after := vectorOf(v, "abc abcd"); !slices.Equal(before, after) || v.Documents() != 2 {
			t.Fatalf("%d documents, another vector", v.Documents())
		}
	})
}

func TestPromise2_CosinesAreThoseOfAPlainLoop(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // the same vectors every time
	const dims, rows = 48, 20_000
	m := vector.NewMatrix(dims)
	plain := make([][]float32, rows)
	random := func() []float32 {
		vec := make([]float32, dims)
		for i := range vec {
			vec[i] = float32(r.NormFloat64())
		}
		return vec
	}
	for row := range plain {
		if r.IntN(5) > 0 {
			plain[row] = random()
			m.Set(row, plain[row])
			vector.Normalize(plain[row])
		}
	}
	query := random()
	vector.Normalize(query)
	got := make([]float32, rows)
	m.Cosines(query, got)
	for row, vec := range plain {
		want := float32(0)
		for i := range vec {
			want += vec[i] * query[i]
		}
		switch {
		case vec == nil && got[row] == got[row]:
			t.Fatalf("row %d has no vector and the cosine %v", row, got[row])
		case vec != nil && math.Abs(float64(got[row]-want)) > 1e-5:
			t.Fatalf("row %d: %v, want %v", row, got[row], want)
		}
	}
}

func TestPromise3_VectorsWithoutDirectionAreRefused(t *testing.T) {
	t.Parallel()
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for name, vec := range map[string][]float32{
		"zeros": {0, 0, 0}, "NaN": {1, nan, 0}, "infinite": {1, inf, 0}, "minus infinite": {-inf, 0, 0}, "too short": {1, 0}, "too long": {1, 0, 0, 0}, "nothing": nil,
	} {
		m := vector.NewMatrix(3)
		m.Set(5, []float32{1, 2, 3})
		if m.Set(5, vec) || m.Has(5) || m.Row(5) != nil || m.Count() != 0 {
			t.Errorf("%s: it is kept", name)
		}
	}
	m := vector.NewMatrix(3)
	if !m.Set(0, []float32{3e38, 3e38, 3e38}) || !m.Set(1, []float32{1e-30, 0, 0}) {
		t.Error("very long and very short vectors have a direction")
	}
	got := make([]float32, 4)
	m.Cosines([]float32{1, 0}, got)
	for row, cos := range got {
		if cos == cos {
			t.Errorf("row %d has the cosine %v with a vector of another length", row, cos)
		}
	}
}

func TestTopIsTheBeginningOfTheSortedList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		scores := rapid.SliceOf(rapid.SampledFrom([]float32{0, 0.5, 0.5, 1, -1, float32(math.NaN())})).Draw(t, "scores")
		size := rapid.IntRange(0, 10).Draw(t, "size")
		top := vector.NewTop(size, nil)
		var all []vector.Hit
		for row, score := range scores {
			top.Offer(row, score)
			if score == score {
				all = append(all, vector.Hit{Row: row, Score: score})
			}
		}
		slices.SortStableFunc(all, func(a, b vector.Hit) int { return int(2 * (b.Score - a.Score)) })
		if want := all[:min(size, len(all))]; !slices.Equal(top.Sorted(), want) && len(want) > 0 {
			t.Fatalf("%v, want %v", top.Sorted(), want)
		}
	})
}

func BenchmarkCosines100k(b *testing.B) {
	const rows = 100_000
	m := vector.NewMatrix(256)
	vec := make([]float32, 256)
	for row := range rows {
		for i := range vec {
			vec[i] = float32((row*31+i*17)%101) - 50
		}
		m.Set(row, vec)
	}
	vector.Normalize(vec)
	into := make([]float32, rows)
	for b.Loop() {
		m.Cosines(vec, into)
	}
}
