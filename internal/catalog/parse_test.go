package catalog

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"loramanager/internal/lora"
)

func TestPromise4_AWrongQueryIsRefusedWithASentence(t *testing.T) {
	t.Parallel()
	for query, want := range map[string]string{
		"tagg:x":                       `There is no field "tagg". Did you mean "tag"?`,
		"raiting:5":                    `Did you mean "rating"?`,
		"bse:sdxl":                     `Did you mean "base"?`,
		"aase:sdxl":                    `Did you mean "base"?`,
		"foo:x":                        `There is no field "foo". Put the text in quotes`,
		"zzzzzz:x":                     `There is no field "zzzzzz". Put the text in quotes`,
		"rank:abc":                     "rank: needs a number",
		"rank:1..x":                    `rank: does not understand "x"`,
		"rank:nan":                     "rank: needs a number",
		"size:big":                     "size: needs a size",
		"added:soon":                   "added: needs a time",
		"added:2026-13-01":             "added: needs a time",
		"used:often":                   "used: needs never",
		"is:nice":                      "is: knows active, duplicate",
		"has:fun":                      "has: knows",
		"hash:xyz":                     "hash: needs 4 to 64",
		strings.Repeat("a ", 17):       "more than 16 terms",
		strings.Repeat("a", 257):       "longer than 256 characters",
		"a" + strings.Repeat("|b", 80): "more than 16 terms",
	} {
		_, err := Parse(query)
		var e *lora.Error
		if !errors.As(err, &e) || e.Code != lora.Invalid || e.Field != "q" || !strings.Contains(e.Message, want) {
			t.Errorf("%q: %v, want %q", query, err, want)
		}
	}
}

func TestQueriesThatPeopleTypeAreUnderstood(t *testing.T) {
	t.Parallel()
	for _, query := range []string{
		"base:sdxl rank:>=32 -tag:style used:never", `folder:"my loras/styles"`, "size:50mb..1gb", "size:..10m", "added:7d..30d",
		"added:>=2026-01-01", "added:2026-01..2026-03", "updated:week", "modified:2025", "used:2026", "used:0", "used:>=3", "alpha:0.5..",
		"nsfw:>=2", "tag:a,b|c", "a|b", "-", "--x", `""`, "tag:", "  ", "id:x", "weight:-1", "added:older", "root:*", "hash:0xABCD",
	} {
		if _, err := Parse(query); err != nil {
			t.Errorf("%q: %v", query, err)
		}
	}
}

func TestDatesMeanWhatTheySay(t *testing.T) {
	t.Parallel()
	at := func(s string) float64 {
		tm, err := time.Parse(time.DateTime, s)
		if err != nil {
			t.Fatal(err)
		}
		return float64(tm.UnixMicro())
	}
	for _, c := range []struct {
		text, inside, outside string
	}{
		{"2026-11-01", "2026-11-01 23:59:59", "2026-11-02 00:00:00"},
		{">2026-11-01", "2026-11-02 00:00:00", "2026-11-01 12:00:00"},
		{"<=2026-11-01", "2026-11-01 12:00:00", "2026-11-02 00:00:00"},
		{"<2026", "2025-12-31 23:59:59", "2026-01-01 00:00:00"},
		{"2026-01..2026-03", "2026-03-31 23:00:00", "2026-04-01 00:00:00"},
		{"7d", "2026-11-17 12:00:00", "2026-11-17 11:59:59"},
		{">7d", "2026-11-17 11:59:59", "2026-11-17 12:00:00"},
		{"7d..30d", "2026-11-01 00:00:00", "2026-11-20 00:00:00"},
		{"today", "2026-11-24 00:00:00", "2026-11-23 00:00:00"},
		{"older", "2025-11-01 00:00:00", "2026-01-01 00:00:00"},
	} {
		span, ok := dateSpan(c.text)
		if !ok {
			t.Errorf("%q is not understood", c.text)
			continue
		}
		i := span(present)
		if !i.has(at(c.inside)) || i.has(at(c.outside)) {
			t.Errorf("%q has %s: %v, has %s: %v", c.text, c.inside, i.has(at(c.inside)), c.outside, i.has(at(c.outside)))
		}
	}
}

func TestSuggestionsFollowTheCursor(t *testing.T) {
	t.Parallel()
	x := New(time.Now)
	x.SetRoots(map[string]string{"r": "My Loras"})
	x.Apply([]Row{
		{Key: 1, ID: "a", Name: "Night Sky", Tags: []string{"nightlife", "blue sky"}, BaseModel: "sdxl", RootID: "r", Folder: "a/b"},
		{Key: 2, ID: "b", Name: "Tonight", Tags: []string{"nightlife"}, BaseModel: "sd15", RootID: "r", Rank: 32},
	}, nil, 1)
	for _, c := range []struct {
		query    string
		from, to int
		want     []string
	}{
		{"ta", 0, 2, []string{"tag:"}},
		{"base:s", 5, 6, []string{"sd15", "sdxl"}},
		{"x -base:sdx", 8, 11, []string{"sdxl"}},
		{"nigh", 0, 4, []string{"tag:nightlife", `"Night Sky"`, `"Tonight"`}},
		{`tag:"blue s`, 4, 11, []string{`"blue sky"`}},
		{"tag:a,nig", 6, 9, []string{"nightlife"}},
		{"is:fav", 3, 6, []string{"favorite"}},
		{"root:my", 5, 7, []string{`"My Loras"`}},
		{"folder:a", 7, 8, []string{"a", "a/b"}},
		{"rank:3", 5, 6, []string{"32"}},
		{"added:mo", 6, 8, []string{"month"}},
		{"nofield:x", 9, 9, nil},
	} {
		got := x.Suggest(c.query, len(c.query))
		var texts []string
		for _, s := range got.Suggestions {
			texts = append(texts, s.Text)
		}
		if got.From != c.from || got.To != c.to || !slices.Equal(texts, c.want) {
			t.Errorf("%q: %d..%d %q, want %d..%d %q", c.query, got.From, got.To, texts, c.from, c.to, c.want)
		}
	}
	if got := x.Suggest("", 0); len(got.Suggestions) == 0 || got.Suggestions[0].Kind != "field" {
		t.Errorf("an empty query: %+v", got)
	}
	if got := x.Suggest("tag:", 99); got.From != 4 || len(got.Suggestions) == 0 {
		t.Errorf("beyond the end: %+v", got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", "a b", `tag:"x y`, "-base:sdxl,flux1|x rank:>=32", "size:1..2gb added:>7d", "\xff\x00:", `"`, "used:..", "--:", "é:é"} {
		f.Add(seed, 3)
	}
	x := New(func() time.Time { return present })
	x.Apply([]Row{{Key: 1, ID: "a", Name: "Épée", Tags: []string{"x"}, Rank: 3}}, nil, 1)
	f.Fuzz(func(t *testing.T, query string, at int) {
		x.Suggest(query, at)
		_, err := Parse(query)
		if err != nil {
			if lora.CodeOf(err) != lora.Invalid {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		if _, err := x.Find(Query{Text: query}); err != nil {
			t.Fatalf("%q parses but does not run: %v", query, err)
		}
		if _, err := x.Facets(Query{Text: query}); err != nil {
			t.Fatalf("%q parses but has no facets: %v", query, err)
		}
	})
}
