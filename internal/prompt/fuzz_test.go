package prompt

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// FuzzParse reads any text in any dialect: the words are those of the text, what is
// written is read back as the same adapters, and nothing is written in NaN or Inf.
func FuzzParse(f *testing.F) {
	for _, c := range corpus(f) {
		for i, d := range append(Dialects(), SDCppCLI) {
			if d == c.Dialect {
				f.Add(byte(i), c.Text)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, text string) {
		dialects := append(Dialects(), SDCppCLI)
		d := dialects[int(which)%len(dialects)]
		p, findings := Parse(d, text)
		if len(findings) > maxFindings {
			t.Fatalf("%d findings", len(findings))
		}
		if len(p.Uses()) == 0 && d != SwarmUI && p.Words() != text {
			t.Fatalf("a text without tags changed: %q became %q", text, p.Words())
		}
		for _, other := range dialects {
			printed := Print(other, p)
			if utf8.ValidString(text) && !utf8.ValidString(printed.Text) {
				t.Fatalf("%s breaks characters: %q", other, printed.Text)
			}
			if _, err := json.Marshal(printed.Structure); err != nil {
				t.Fatalf("%s: %v", other, err)
			}
		}
		printed := Print(d, p)
		if d.Structured() || len(printed.Dropped) > 0 {
			return
		}
		back, _ := Parse(d, printed.Text)
		if got, want := len(back.Uses()), len(p.Uses()); got != want {
			t.Fatalf("%q is written as %q: %d adapters became %d", text, printed.Text, want, got)
		}
		if again := Print(d, back); again.Text != printed.Text {
			t.Fatalf("%q is written as %q, and that as %q", text, printed.Text, again.Text)
		}
	})
}

// FuzzExpand expands any template with wildcards of any lines: results or an error of
// the house, within the bounds, and the same for the same seed.
func FuzzExpand(f *testing.F) {
	for _, template := range pathological() {
		if len(template) < 4096 {
			f.Add(template, "red\nblue\n", int64(1), uint16(3), true)
		}
	}
	f.Add("a {2$$b|c|__x__} __y__", "one\n{two|three}\n#no\n2::four __y__", int64(7), uint16(100), false)
	f.Fuzz(func(t *testing.T, template, lines string, seed int64, count uint16, all bool) {
		find := func(name string) ([]string, bool) {
			if name == "unknown" {
				return nil, false
			}
			return strings.Split(lines, "\n"), true
		}
		e := Expansion{Template: template, Wildcards: find, Seed: seed, Count: int(count % 200), All: all}
		first, err := Expand(context.Background(), e)
		if err != nil {
			if code := lora.CodeOf(err); code != lora.Invalid && code != lora.TooLarge {
				t.Fatalf("%q: %v", template, err)
			}
			return
		}
		if len(first.Prompts) > e.Count || first.Possible < 1 || first.Possible > MaxPossible {
			t.Fatalf("%q: %d prompts of %d possible", template, len(first.Prompts), first.Possible)
		}
		second, err := Expand(context.Background(), e)
		if err != nil || strings.Join(first.Prompts, "\n") != strings.Join(second.Prompts, "\n") {
			t.Fatalf("%q: the second time differs: %v", template, err)
		}
	})
}
