package prompt

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"loramanager/internal/lora"
)

// pathological are templates made to hang, blow up or crash an expander, by what they do.
func pathological() map[string]string {
	return map[string]string{
		"an unknown wildcard":                        "__unknown__",
		"a wildcard that is itself":                  "__self__",
		"wildcards in a circle":                      "__ring/1__",
		"wildcards nested without end":               "__deep/1__",
		"braces nested without end":                  strings.Repeat("{", 30_000),
		"braces nested and closed":                   strings.Repeat("{", 30_000) + strings.Repeat("}", 30_000),
		"closing braces only":                        strings.Repeat("}", 60_000),
		"choices that double 1,000 times":            strings.Repeat("{a|b}", 1_000),
		"choices of nothing":                         strings.Repeat("{|}", 20_000),
		"one choice of 60,000 nothings":              "{" + strings.Repeat("|", 60_000) + "}",
		"half of 5,000 options":                      "{2500$$" + strings.Repeat("a|", 5_000) + "}",
		"any number of 1,000 options":                "{0-1000$$" + strings.Repeat("a|", 1_000) + "}",
		"a range of huge numbers":                    "{99999999999999999999$$a|b}",
		"a wildcard that doubles eight times over":   "__double/1__",
		"the same wildcard 10,000 times":             strings.Repeat("__long__", 8_000),
		"a separator of 30 KiB, many times":          "{9000$$" + strings.Repeat("-", 30_000) + "$$" + strings.Repeat("a|", 10_000) + "}",
		"underscores":                                strings.Repeat("_", 65_000),
		"names that are never closed":                strings.Repeat("__a", 20_000),
		"tags that are never closed":                 strings.Repeat("<lora:", 10_000),
		"dollars and colons":                         "{" + strings.Repeat("1$$", 10_000) + strings.Repeat("1::", 10_000) + "|a}",
		"a wildcard that reads the disk":             "__../../etc/passwd__",
		"weights that are nothing or beyond numbers": "{0::a|0.0::b|999999::c|000001::d}",
		"backslashes":                                strings.Repeat(`\`, 65_000),
	}
}

// hostileShelf has the wildcards that pathological names.
func hostileShelf(name string) ([]string, bool) {
	switch kind, number, _ := strings.Cut(name, "/"); kind {
	case "self":
		return []string{"x", "__self__"}, true
	case "ring":
		return []string{map[string]string{"1": "__ring/2__", "2": "__ring/3__", "3": "a __ring/1__"}[number]}, true
	case "deep": // every name leads to another
		return []string{fmt.Sprintf("__deep/%s1__", number)}, true
	case "double":
		if len(number) < 7 {
			return []string{strings.Repeat("__double/"+number+"1__", 40)}, true
		}
		return []string{strings.Repeat("word ", 40)}, true
	case "long":
		return []string{strings.Repeat("word ", 1_000)}, true
	}
	return nil, false
}

func TestPromise4_PathologicalTemplatesEndWithinTheirSteps(t *testing.T) {
	t.Parallel()
	for why, template := range pathological() {
		for _, all := range []bool{false, true} {
			got, err := Expand(t.Context(), Expansion{Template: template, Wildcards: hostileShelf, Count: MaxResults, All: all})
			size := 0
			for _, prompt := range got.Prompts {
				size += len(prompt)
			}
			if len(got.Prompts) > MaxResults || size > MaxOutput {
				t.Errorf("%s: %d prompts of %d bytes", why, len(got.Prompts), size)
			}
			if code := lora.CodeOf(err); err != nil && code != lora.Invalid && code != lora.TooLarge {
				t.Errorf("%s: %v", why, err)
			}
		}
	}
}

func TestPromise4_WorkIsRefusedAtItsBound(t *testing.T) {
	t.Parallel()
	w := work{ctx: context.Background()}
	if err := w.spend(maxSteps); err != nil {
		t.Errorf("the last allowed step: %v", err)
	}
	if err := w.spend(1); lora.CodeOf(err) != lora.TooLarge {
		t.Errorf("one step more: %v", err)
	}
}

func TestPromise5_HostileTextsAreReadInOnePass(t *testing.T) {
	t.Parallel()
	const much = 4_000
	for why, text := range map[string]string{
		"tags never closed":       strings.Repeat("<lora:", much),
		"tags of nothing":         strings.Repeat("<lora:>", much),
		"changes around one end":  strings.Repeat("<fromto[1]:", much) + ">",
		"sections and strays":     strings.Repeat("<refiner><lora:x:1>", much),
		"colons":                  "<lora:" + strings.Repeat(":", much) + ">",
		"commas in a block list":  "<lora:x:lbw=" + strings.Repeat("1,", much) + ">",
		"steps of a schedule":     "<lora:x:" + strings.Repeat("1@1,", much) + ">",
		"blanks between tags":     strings.Repeat(" <lora:x:1> ,", much),
		"bytes that are no UTF-8": strings.Repeat("<lora:\xff\xfe:1>", much),
	} {
		for _, d := range append(Dialects(), SDCppCLI) {
			p, findings := Parse(d, text)
			if len(findings) > maxFindings || len(p.Words()) > len(text) {
				t.Errorf("%s in %s: %d findings, %d bytes of words", why, d, len(findings), len(p.Words()))
			}
			if got := Print(d, p); len(got.Text) > 2*len(text) {
				t.Errorf("%s in %s: %d bytes became %d", why, d, len(text), len(got.Text))
			}
		}
	}
}
