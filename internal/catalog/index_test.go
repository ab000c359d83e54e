package catalog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

var present = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

// grown returns an index and the naive catalog after the same random changes.
func grown(r *rand.Rand, steps int, look func(x *Index)) (*Index, *naive) {
	x, n := New(func() time.Time { return present }), &naive{rows: make(map[string]Row), marks: make(map[int64]map[string]Mark), now: present}
	x.SetRoots(map[string]string{"r1": "Loras", "r2": "r2"})
	for step := range steps {
		var rows []Row
		for range r.IntN(40) {
			row := randomRow(r, 1+r.Int64N(150), present)
			rows = append(rows, row)
		}
		var removed []string
		for range r.IntN(10) {
			removed = append(removed, fmt.Sprintf("id-%d", 1+r.Int64N(150)))
		}
		var marks []Mark
		for range r.IntN(12) {
			marks = append(marks, randomMark(r, fmt.Sprintf("id-%d", 1+r.Int64N(160))))
		}
		if r.IntN(3) == 0 { // marks change more often than adapters
			rows, removed = nil, nil
		}
		x.Apply(rows, removed, int64(step+1), marks...)
		n.apply(rows, removed, marks)
		look(x)
	}
	return x, n
}

func text(clauses []clause) string {
	parts := make([]string, len(clauses))
	for i, c := range clauses {
		parts[i] = c.text
	}
	return strings.Join(parts, " ")
}

func TestPromise1_EveryAnswerIsThatOfAPlainLoop(t *testing.T) {
	t.Parallel()
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 1))
		sorts := make([]Sort, 0, len(sortKeys))
		for s := range sortKeys {
			sorts = append(sorts, s)
		}
		slices.Sort(sorts)
		// Orders are asked for between the changes, so that they are patched, not sorted.
		x, n := grown(r, 12, func(x *Index) {
			for range 4 {
				if _, err := x.Find(Query{Account: r.Int64N(accounts), Sort: pick(r, sorts), Descending: r.IntN(2) == 0}); err != nil {
					t.Fatal(err)
				}
			}
		})
		for range 60 {
			var clauses []clause
			for range r.IntN(4) {
				clauses = append(clauses, randomClause(r))
			}
			account := r.Int64N(accounts)
			checkFind(t, r, x, account, n.as(account), clauses, pick(r, sorts))
			if t.Failed() {
				t.Fatalf("seed %d", seed)
			}
		}
		checkCounts(t, x, n)
	}
}

func checkFind(t *testing.T, r *rand.Rand, x *Index, account int64, n *naive, clauses []clause, s Sort) {
	t.Helper()
	q := Query{Account: account, Text: text(clauses), Sort: s, Descending: r.IntN(2) == 0, Limit: 1 + r.IntN(50), Offset: r.IntN(30)}
	want := sorted(n.matching(clauses, ""), sortKeys[s], q.Descending)
	got, err := x.Find(q)
	if err != nil {
		t.Fatalf("%q: %v", q.Text, err)
	}
	page := want[min(q.Offset, len(want)):min(q.Offset+q.Limit, len(want))]
	if got.Filtered != len(want) || !slices.Equal(got.IDs, page) && len(page)+len(got.IDs) > 0 {
		t.Errorf("%q by %s desc=%v %d+%d:\n got %d %v\nwant %d %v", q.Text, s, q.Descending, q.Offset, q.Limit, got.Filtered, got.IDs, len(want), page)
	}
	for i, id := range got.IDs {
		row := n.rows[id]
		if got.Keys[i] != row.Key || got.Duplicates[i] != n.twins(&row) {
			t.Errorf("%s: key %d, %d duplicates, want %d, %d", id, got.Keys[i], got.Duplicates[i], row.Key, n.twins(&row))
		}
	}
	checkWhole(t, x, q, want)
	var walked []string
	q.Offset = 0
	for {
		page, err := x.Find(q)
		if err != nil {
			t.Fatal(err)
		}
		walked = append(walked, page.IDs...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(walked, want) && len(walked)+len(want) > 0 {
		t.Errorf("%q by %s desc=%v: cursors lead over\n%v, want\n%v", q.Text, s, q.Descending, walked, want)
	}
}

// checkWhole checks the answers that have no pages.
func checkWhole(t *testing.T, x *Index, q Query, want []string) {
	t.Helper()
	ids, err := x.Matching(q)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(ids)
	if arranged, err := x.Arrange(ids, q); err != nil || !slices.Equal(arranged, want) && len(arranged)+len(want) > 0 {
		t.Errorf("%q by %s for %d: all, arranged, are\n%v, want\n%v: %v", q.Text, q.Sort, q.Account, arranged, want, err)
	}
}

func checkCounts(t *testing.T, x *Index, n *naive) {
	t.Helper()
	c := x.Count(present.Add(-7 * 24 * time.Hour).UnixMicro())
	var want Counts
	for _, r := range n.rows {
		if r.Trashed {
			want.Trashed++
			continue
		}
		want.Adapters++
		want.SizeBytes += r.FileSize
		if r.Missing {
			want.MissingBytes += r.FileSize
		}
		for _, f := range []struct {
			on bool
			n  *int
		}{
			{r.Active, &want.Active}, {r.Favorite, &want.Favorites}, {r.Missing, &want.Missing}, {r.Unreadable, &want.Unreadable},
			{r.Unsafe, &want.Unsafe}, {n.twins(&r) > 0, &want.Duplicates}, {r.SHA256 != "", &want.Digested},
			{r.Added >= present.Add(-7*24*time.Hour).UnixMicro(), &want.AddedSince},
		} {
			if f.on {
				*f.n++
			}
		}
	}
	if c != want {
		t.Errorf("counts %+v, want %+v", c, want)
	}
	members := 0
	for _, g := range x.Duplicates() {
		members += len(g.IDs)
	}
	if members != want.Duplicates {
		t.Errorf("%d adapters in groups of duplicates, want %d", members, want.Duplicates)
	}
}

func TestPromise3_AFacetsOwnTermsDoNotNarrowIt(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		r := rand.New(rand.NewPCG(seed, 2))
		x, n := grown(r, 6, func(*Index) {})
		for range 20 {
			var clauses []clause
			for range r.IntN(4) {
				clauses = append(clauses, randomClause(r))
			}
			account := r.Int64N(accounts)
			got, err := x.Facets(Query{Account: account, Text: text(clauses)})
			if err != nil {
				t.Fatal(err)
			}
			checkFacets(t, n.as(account), clauses, &got)
			if t.Failed() {
				t.Fatalf("seed %d, %q", seed, text(clauses))
			}
		}
	}
}

// checkFacets counts again, choice by choice, with the meaning of the choice as a term.
func checkFacets(t *testing.T, n *naive, clauses []clause, got *Facets) {
	t.Helper()
	if want := len(n.matching(clauses, "")); got.Filtered != want {
		t.Errorf("filtered %d, want %d", got.Filtered, want)
	}
	for facet, holds := range map[string]func(r *Row, v string) bool{
		"base_model": func(r *Row, v string) bool { return Fold(r.BaseModel) == Fold(v) },
		"kind":       func(r *Row, v string) bool { return r.Kind == v },
		"tag":        func(r *Row, v string) bool { return equalAny(Fold(v), r.Tags...) },
		"author":     func(r *Row, v string) bool { return Fold(r.Author) == Fold(v) },
		"root":       func(r *Row, v string) bool { return r.RootID == v },
		"rating":     func(r *Row, v string) bool { return fmt.Sprint(r.Rating) == v },
		"rank":       func(r *Row, v string) bool { return fmt.Sprint(r.Rank) == v },
		"folder": func(r *Row, v string) bool {
			return Fold(r.Folder) == Fold(v) || strings.HasPrefix(Fold(r.Folder), Fold(v)+"/")
		},
	} {
		rows := n.matching(clauses, facet)
		covered := 0
		for _, v := range got.Values[facet] {
			want := 0
			for i := range rows {
				if holds(&rows[i], v.Value) {
					want++
				}
			}
			if v.Count != want {
				t.Errorf("%s %q: %d, want %d", facet, v.Value, v.Count, want)
			}
			covered += v.Count
		}
		if facet == "root" && covered != len(rows) {
			t.Errorf("the roots cover %d of %d", covered, len(rows))
		}
	}
	rows := n.matching(clauses, "")
	unused, favorites := 0, 0
	for i := range rows {
		if rows[i].UseCount == 0 && rows[i].LastUsed == 0 {
			unused++
		}
		if rows[i].Favorite {
			favorites++
		}
	}
	if got.Flags["never_used"] != unused || got.Flags["favorite"] != favorites {
		t.Errorf("never used: %d, favourites: %d, want %d, %d", got.Flags["never_used"], got.Flags["favorite"], unused, favorites)
	}
}

func TestEveryBucketOfAFacetIsATerm(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	x, _ := grown(r, 8, func(*Index) {})
	facets, err := x.Facets(Query{})
	if err != nil {
		t.Fatal(err)
	}
	field := map[string]string{"base_model": "base"}
	for facet, values := range facets.Values {
		if len(values) == 0 {
			t.Errorf("%s has no choices", facet)
		}
		name := facet
		if f := field[facet]; f != "" {
			name = f
		}
		for _, v := range values {
			got, err := x.Find(Query{Text: name + `:"` + v.Value + `"`})
			if err != nil || got.Filtered != v.Count {
				t.Errorf("%s:%q finds %d, the facet says %d: %v", name, v.Value, got.Filtered, v.Count, err)
			}
		}
	}
}

func TestPromise2_TextMatchesAnywhereWithoutCaseAndAccents(t *testing.T) {
	t.Parallel()
	x := New(time.Now)
	x.Apply([]Row{
		{Key: 1, ID: "a", Name: "Épée of Ｆｕｌｌ Width", Tags: []string{"blue sky", "red"}},
		{Key: 2, ID: "b", Name: "other", Notes: "İstanbul\x00line", TrainedWords: []string{"re:zero"}},
	}, nil, 1)
	for query, want := range map[string]string{
		"epee": "a", "PÉE": "a", "full": "a", `"sky"`: "a", `"sky red"`: "", "istanbul": "b", `"re:zero"`: "b", "blue red": "a",
		"other|full": "ab", "-full": "b", "source:x": "", "": "ab", `"unclosed`: "", "tag:": "ab", "tag:,": "ab", `tag:"blue sky"`: "a", "tag:blue": "",
	} {
		got, err := x.Find(Query{Text: query})
		if err != nil || strings.Join(got.IDs, "") != want && !(want == "ab" && len(got.IDs) == 2) {
			t.Errorf("%q finds %v, want %s: %v", query, got.IDs, want, err)
		}
	}
}

func TestPromise5_TheTrashIsShownOnlyWhenAskedFor(t *testing.T) {
	t.Parallel()
	x := New(time.Now)
	x.Apply([]Row{{Key: 1, ID: "a", Name: "x"}, {Key: 2, ID: "b", Name: "x", Trashed: true, Tags: []string{"t"}}}, nil, 1)
	for query, want := range map[string]int{"": 1, "x": 1, "-x": 0, "is:trashed": 1, "-is:trashed": 1, "tag:t": 0, "is:trashed tag:t": 1, "id:b": 0} {
		if got, err := x.Find(Query{Text: query}); err != nil || got.Filtered != want || got.Total != 1 {
			t.Errorf("%q finds %d of %d, want %d of 1: %v", query, got.Filtered, got.Total, want, err)
		}
	}
	if tags := x.Tags(); len(tags) != 0 {
		t.Errorf("tags %v", tags)
	}
}

func TestRelevanceGoesFromExactToElsewhere(t *testing.T) {
	t.Parallel()
	x := New(time.Now)
	for i, name := range []string{"unrelated", "xfire", "big fire", "fire storm", "fire"} {
		x.Apply([]Row{{Key: int64(i), ID: name, Name: name, Notes: "fire"}}, nil, 1)
	}
	want := []string{"fire", "fire storm", "big fire", "xfire", "unrelated"}
	got, err := x.Find(Query{Text: "fire", Sort: ByRelevance})
	if err != nil || !slices.Equal(got.IDs, want) {
		t.Errorf("%v, want %v: %v", got.IDs, want, err)
	}
	var walked []string
	for q := (Query{Text: "fire", Sort: ByRelevance, Limit: 2}); ; {
		page, err := x.Find(q)
		if err != nil {
			t.Fatal(err)
		}
		walked = append(walked, page.IDs...)
		if q.After = page.Next; q.After == "" {
			break
		}
	}
	if !slices.Equal(walked, want) {
		t.Errorf("cursors lead over %v", walked)
	}
	if got, err := x.Find(Query{Sort: ByRelevance, Limit: 1, Offset: 4}); err != nil || got.IDs[0] != "xfire" {
		t.Errorf("without words: %v, %v", got.IDs, err)
	}
}

func TestContractFiltersStandBesideTheText(t *testing.T) {
	t.Parallel()
	x := New(time.Now)
	x.Apply([]Row{
		{Key: 1, ID: "a", Name: "50% off", Tags: []string{"Anime"}, Active: true},
		{Key: 2, ID: "b", Name: "other", Tags: []string{"style"}, Notes: "50%"},
	}, nil, 1)
	for _, c := range []struct {
		q    Query
		want int
	}{
		{Query{NameSearch: "50%"}, 1}, {Query{NameSearch: "%"}, 1}, {Query{NameSearch: "_"}, 0}, {Query{NameSearch: "OTHER"}, 1},
		{Query{ActiveOnly: true}, 1}, {Query{AnyTags: []string{"anime", "style"}}, 2}, {Query{AnyTags: []string{"anim"}}, 0},
		{Query{AnyTags: []string{"anime"}, ActiveOnly: true, NameSearch: "o", Text: "tag:anime"}, 1},
		{Query{Text: "hash:abcd", Hashes: map[string][]string{"abcd": {"b"}}}, 1},
		{Query{Text: "deadbeef", Hashes: map[string][]string{"deadbeef": {"a", "unknown"}}}, 1},
		{Query{Text: "-hash:abcd", Hashes: map[string][]string{"abcd": {"b"}}}, 1},
	} {
		if got, err := x.Find(c.q); err != nil || got.Filtered != c.want {
			t.Errorf("%+v finds %d, want %d: %v", c.q, got.Filtered, c.want, err)
		}
	}
}

func TestManyReadersAndOneWriter(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	x, _ := grown(r, 3, func(*Index) {})
	done := make(chan struct{})
	var readers sync.WaitGroup
	for i := range 4 {
		readers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(i), 5))
			for {
				select {
				case <-done:
					return
				default:
				}
				q := Query{Account: r.Int64N(accounts), Text: randomClause(r).text, Sort: pick(r, []Sort{ByName, ByAdded, ByRating, ByRelevance}), Descending: r.IntN(2) == 0}
				got, err := x.Find(q)
				if err != nil || len(got.IDs) != min(got.Filtered, DefaultLimit) {
					t.Errorf("%q: %d of %d: %v", q.Text, len(got.IDs), got.Filtered, err)
					return
				}
				if _, err := x.Facets(q); err != nil {
					t.Error(err)
				}
				x.Suggest(q.Text, len(q.Text))
				x.Tags()
				x.Duplicates()
			}
		})
	}
	for step := range 200 {
		x.Apply([]Row{randomRow(r, 1+r.Int64N(150), present)}, []string{fmt.Sprintf("id-%d", 1+r.Int64N(150))}, int64(step))
		x.Apply(nil, nil, int64(step), randomMark(r, fmt.Sprintf("id-%d", 1+r.Int64N(150))))
	}
	close(done)
	readers.Wait()
}
