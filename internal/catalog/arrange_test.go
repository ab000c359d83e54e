package catalog

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestArrangeGivesTheOrderOfTheList(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 5))
	x, _ := grown(r, 12, func(*Index) {})
	for _, q := range []Query{
		{Sort: ByName}, {Sort: ByName, Descending: true}, {Sort: ByRank, Descending: true}, {Sort: ByAdded},
		{Text: "is:trashed", Sort: BySize}, {Text: "anime", Sort: ByRelevance}, {Text: "no", Sort: ByRelevance}, {Sort: ByRelevance},
	} {
		var listed []string
		for page := q; ; {
			found, err := x.Find(page)
			if err != nil {
				t.Fatal(err)
			}
			listed = append(listed, found.IDs...)
			if page.After = found.Next; page.After == "" {
				break
			}
		}
		ids, err := x.Matching(q)
		if err != nil {
			t.Fatal(err)
		}
		r.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
		got, err := x.Arrange(append(ids, "unknown", listed[0]), q)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, listed) {
			t.Errorf("%+v: %v, the list has %v", q, got, listed)
		}
	}
	if _, err := x.Arrange(nil, Query{Text: "nosuch:field"}); err == nil {
		t.Error("a text that cannot be parsed was accepted")
	}
}
