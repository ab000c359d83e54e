package prompt

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// shelf is a set of wildcards for tests.
type shelf map[string][]string

func (s shelf) find(name string) ([]string, bool) { lines, ok := s[name]; return lines, ok }

var colours = shelf{
	"colour":      {"red", "# a note", "", " blue "},
	"dress/kind":  {"{long|short} __colour__ dress", "3::suit"},
	"circle/a":    {"x __circle/b__"},
	"circle/b":    {"__circle/c__", "end"},
	"circle/c":    {"__circle/a__"},
	"empty":       {"# nothing", ""},
	"broken":      {"ok", "{never closed"},
	"under_score": {"u"},
}

func all(t *testing.T, template string, count int) Expanded {
	t.Helper()
	got, err := Expand(t.Context(), Expansion{Template: template, Wildcards: colours.find, Count: count, All: true})
	if err != nil {
		t.Fatalf("%q: %v", template, err)
	}
	return got
}

func TestTemplatesGiveAllTheirResultsInOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why, template string
		want          []string
	}{
		{"plain words are themselves", "a | cat", []string{"a | cat"}},
		{"nothing gives nothing, once", "", []string{""}},
		{"one of two", "a {red|blue} cat", []string{"a red cat", "a blue cat"}},
		{"an option may be empty", "{|big }cat", []string{"cat", "big cat"}},
		{"a choice of one is its option", "{masterpiece}", []string{"masterpiece"}},
		{"the last choice changes fastest", "{a|b}{1|2}", []string{"a1", "a2", "b1", "b2"}},
		{"weights do not change what is possible", "{2::a|0.5::b}", []string{"a", "b"}},
		{"weight 0 takes an option out", "{0::a|b}", []string{"b"}},
		{"two of three", "{2$$a|b|c}", []string{"a, b", "a, c", "b, c"}},
		{"more than there are means all", "{9$$a|b}", []string{"a, b"}},
		{"a range with its own separator", "{1-2$$ and $$a|b}", []string{"a", "b", "a and b"}},
		{"an open range", "{2-$$a|b|c}", []string{"a, b", "a, c", "b, c", "a, b, c"}},
		{"a range from nothing", "{-1$$a|b}", []string{"", "a", "b"}},
		{"blanks around joined options go", "{2$$ a | b }", []string{"a, b"}},
		{"choices inside choices", "{a|{b|c} d}", []string{"a", "b d", "c d"}},
		{"choices inside joined choices", "{2$$a|{b|c}|d}", []string{"a, b", "a, c", "a, d", "b, d", "c, d"}},
		{"a wildcard gives its lines without notes and blanks", "__colour__ cat", []string{"red cat", "blue cat"}},
		{"wildcards in folders, wildcards in wildcards", "__dress/kind__", []string{"long red dress", "long blue dress", "short red dress", "short blue dress", "suit"}},
		{"a name may hold an underscore", "__under_score__", []string{"u"}},
		{"underscores elsewhere are plain", "a__b snake_case __ x __", []string{"a__b snake_case __ x __"}},
		{"tags keep their underscores", "<lora:my__colour__v2:1> x", []string{"<lora:my__colour__v2:1> x"}},
		{"a choice works inside a tag", "<lora:{a|b}:1>", []string{"<lora:a:1>", "<lora:b:1>"}},
		{"a backslash makes braces plain", `\{a\|b\}`, []string{"{a|b}"}},
		{"other backslashes stay", `\(a\)`, []string{`\(a\)`}},
		{"two dollars without a number are plain", "{a$$b|c}", []string{"a$$b", "c"}},
	} {
		if got := all(t, c.template, MaxResults); !slices.Equal(got.Prompts, c.want) || got.Possible != len(c.want) {
			t.Errorf("%s: %q gives %q (%d possible), want %q", c.why, c.template, got.Prompts, got.Possible, c.want)
		}
	}
}

func TestHowManyAreListedAndCounted(t *testing.T) {
	t.Parallel()
	got := all(t, strings.Repeat("{a|b|c|d}", 40), 5)
	if len(got.Prompts) != 5 || got.Possible != MaxPossible {
		t.Errorf("%d prompts, %d possible", len(got.Prompts), got.Possible)
	}
	if got.Prompts[4] != strings.Repeat("a", 38)+"ba" {
		t.Errorf("the fifth is %s", got.Prompts[4])
	}
}

func TestTheSameSeedDrawsTheSamePrompts(t *testing.T) {
	t.Parallel()
	draw := func(seed int64, count int) []string {
		got, err := Expand(t.Context(), Expansion{Template: "{2-4$$a|b|c|{d|e}|3::f} __dress/kind__", Wildcards: colours.find, Seed: seed, Count: count})
		if err != nil {
			t.Fatal(err)
		}
		return got.Prompts
	}
	ten, hundred := draw(7, 10), draw(7, 100)
	if !slices.Equal(ten, hundred[:10]) {
		t.Errorf("ten of a hundred differ from ten:\n%q\n%q", hundred[:10], ten)
	}
	if slices.Equal(ten, draw(8, 10)) {
		t.Error("another seed draws the same")
	}
	possible := all(t, "{2-4$$a|b|c|{d|e}|3::f} __dress/kind__", MaxResults).Prompts
	for _, prompt := range hundred {
		if !slices.Contains(possible, prompt) {
			t.Errorf("%q was drawn and is not possible", prompt)
		}
	}
}

func TestWeightsMakeOptionsLikelier(t *testing.T) {
	t.Parallel()
	got, err := Expand(t.Context(), Expansion{Template: "{9::a|b}", Seed: 1, Count: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	often := 0
	for _, prompt := range got.Prompts {
		if prompt == "a" {
			often++
		}
	}
	if often < 8_800 || often > 9_200 {
		t.Errorf("9 in 10 should be a, %d of 10,000 are", often)
	}
}

func TestWrongTemplatesAreRefusedWithASentence(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		why, template, want string
		code                lora.Code
	}{
		{"an unknown wildcard is named", "a __nosuch__", `no wildcard called "nosuch"`, lora.Invalid},
		{"so is a name that climbs out of the folder", "__../secret__", `no wildcard called "../secret"`, lora.Invalid},
		{"so is a pattern", "__colour*__", `no wildcard called "colour*"`, lora.Invalid},
		{"an open brace has its place", "äb {a|b", "{ at character 4 is never closed", lora.Invalid},
		{"so has a closing one", "a}", "} at character 2 closes nothing", lora.Invalid},
		{"an error inside a wildcard names it", "__broken__", `In the wildcard "broken"`, lora.Invalid},
		{"a wildcard without lines", "__empty__", `"empty" has no lines`, lora.Invalid},
		{"a range that runs backwards", "{3-1$$a|b}", "range 3-1$$", lora.Invalid},
		{"nothing that can be chosen", "{0::a}", "only options of weight 0", lora.Invalid},
		{"a circle is shown", "__circle/b__", "circle/a, circle/b, circle/c, circle/a", lora.Invalid},
		{"nine deep is too deep", strings.Repeat("{", 9) + strings.Repeat("}", 9), "more than 8 deep", lora.Invalid},
		{"wildcards count as depth", strings.Repeat("{", 7) + "__dress/kind__" + strings.Repeat("}", 7), "more than 8 deep", lora.Invalid},
		{"a template too long", strings.Repeat("a", MaxTemplate+1), "longer than 64 KiB", lora.TooLarge},
	} {
		_, err := Expand(t.Context(), Expansion{Template: c.template, Wildcards: colours.find, Count: 1})
		if lora.CodeOf(err) != c.code || !strings.Contains(fmt.Sprint(err), c.want) {
			t.Errorf("%s: got %v, want %s: %s", c.why, err, c.code, c.want)
		}
	}
	for _, count := range []int{-1, 0, MaxResults + 1} {
		if _, err := Expand(t.Context(), Expansion{Template: "a", Count: count}); lora.CodeOf(err) != lora.Invalid {
			t.Errorf("%d prompts: %v", count, err)
		}
	}
}

func TestAnExpansionStopsWhenTheCallerLeaves(t *testing.T) {
	t.Parallel()
	ctx, leave := context.WithCancel(t.Context())
	leave()
	_, err := Expand(ctx, Expansion{Template: strings.Repeat("{a|b}", 100), Count: MaxResults})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
