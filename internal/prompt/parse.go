package prompt

import (
	"fmt"
	"strings"

	"loramanager/internal/lora"
)

// maxFindings bounds what is said about one text.
const maxFindings = 100

// Parse reads the text of a prompt. It never fails: what it cannot read stays in the
// words or is left out, and a finding says so. It takes time and memory in proportion to
// the text; the caller bounds the text.
func Parse(dialect Dialect, text string) (Prompt, []Finding) {
	r := &reader{dialect: dialect, grammar: grammars[dialect]}
	done, end := 0, -1 // text[:done] is read; end is the first > from where the loop stands
	for at := 0; ; at++ {
		next := strings.IndexByte(text[at:], '<')
		if next < 0 {
			break
		}
		at += next
		if end < at {
			closing := strings.IndexByte(text[at:], '>')
			if closing < 0 {
				break
			}
			end = at + closing
		}
		part, ok := r.angle(text[at+1 : end])
		if !ok {
			continue
		}
		r.words(text[done:at])
		r.parts = append(r.parts, part)
		done, at = end+1, end
	}
	r.words(text[done:])
	return Prompt{Parts: r.parts}, r.findings
}

// reader collects the parts of a text.
type reader struct {
	dialect  Dialect
	grammar  grammar
	parts    []Part
	findings []Finding
	section  string // the SwarmUI section the reader is in
	adapter  string // the name in the tag being read
}

func (r *reader) words(text string) {
	if text != "" {
		r.parts = append(r.parts, Part{Kind: Words, Text: text})
	}
}

// angle reads what stands between angle brackets, if it means something here.
func (r *reader) angle(body string) (Part, bool) {
	if arguments, ok := cutFold(body, "lora:", "lyco:"); ok {
		return r.tag(arguments)
	}
	if !r.grammar.sections {
		return Part{}, false
	}
	if isSection(body) {
		r.section = body
		return Part{Kind: Section, Text: body}, true
	}
	return readSwitch(body)
}

// tag reads the arguments of a tag.
func (r *reader) tag(arguments string) (Part, bool) {
	if r.grammar.read == nil {
		r.find(IgnoredTag, "%s reads no tags; <lora:%s> stays in the text as words.", r.dialect.Label(), arguments)
		return Part{}, false
	}
	use := lora.Use{Weight: 1}
	fields := strings.Split(arguments, ":")
	use.Name, r.adapter = fields[0], fields[0]
	r.grammar.read(r, fields[1:], &use)
	if use.Name == "" {
		r.find(NoName, "The tag <lora:%s> names no adapter and stays in the text.", arguments)
		return Part{}, false
	}
	if r.section != "" {
		use.Sections = []string{r.section}
	}
	return Part{Kind: Tag, Use: use}, true
}

// find notes a finding about the tag being read.
func (r *reader) find(code, format string, args ...any) {
	if len(r.findings) < maxFindings {
		r.findings = append(r.findings, Finding{Code: code, Adapter: r.adapter, Message: fmt.Sprintf(format, args...)})
	}
}

// weight reads a weight; what is none counts as 1.
func (r *reader) weight(s string) float64 {
	v, ok := number(s)
	if !ok {
		r.find(BadNumber, "The weight %q of %s is not a number; 1 is used.", s, r.adapter)
		return 1
	}
	return v
}

// count reads a whole number; what is none counts as not given.
func (r *reader) count(argument, s string) int {
	n, ok := whole(s)
	if !ok {
		r.find(BadNumber, "%s=%s of %s is not a whole number and is left out.", argument, s, r.adapter)
	}
	return max(n, 0)
}

// surplus notes an argument that the dialect does not have.
func (r *reader) surplus(argument string) {
	r.find(UnknownArgument, "%s knows no argument %q in the tag of %s; it is left out.", r.dialect.Label(), argument, r.adapter)
}

// cutFold takes one of the prefixes off, whatever its case.
func cutFold(s string, prefixes ...string) (string, bool) {
	for _, p := range prefixes {
		if len(s) >= len(p) && strings.EqualFold(s[:len(p)], p) {
			return s[len(p):], true
		}
	}
	return s, false
}

// isSection reports whether a SwarmUI tag begins a section.
func isSection(body string) bool {
	name, _, _ := strings.Cut(body, ":")
	switch name {
	case "base", "refiner", "video":
		return name == body
	case "segment", "region":
		return name != body && !strings.ContainsAny(body, "<>")
	}
	return false
}

// readSwitch reads fromto[when]:before,after. Other shapes, such as those with tags
// inside, stay words.
func readSwitch(body string) (Part, bool) {
	rest, ok := strings.CutPrefix(body, "fromto[")
	at, words, closed := strings.Cut(rest, "]:")
	if _, isNumber := number(at); !ok || !closed || !isNumber || strings.Count(words, ",") != 1 || strings.ContainsAny(words, "<|") {
		return Part{}, false
	}
	before, after, _ := strings.Cut(words, ",")
	return Part{Kind: Switch, Text: before, To: after, At: at}, true
}
