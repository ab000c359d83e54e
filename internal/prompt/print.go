package prompt

import (
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// Token is an adapter's tag in the text. Start and End count UTF-16 units, as browsers
// do, and Use is the index of the adapter in the Uses of the prompt.
type Token struct {
	Text  string `json:"text"`
	Start int    `json:"start"`
	End   int    `json:"end"`
	Use   int    `json:"use"`
}

// Printed is a prompt in a dialect.
type Printed struct {
	Text     string
	Negative string
	// Structure is nil for dialects of text, else []InvokeLoRA or []SDCppLoRA.
	Structure any
	Tokens    []Token
	Dropped   []Dropped
}

// Print writes the prompt in a dialect, numbers exactly. What the dialect cannot say is
// left out and listed. A name that a tag cannot hold leaves its whole tag out.
func Print(dialect Dialect, p Prompt) Printed {
	return newWriter(dialect, exact).prompt(p)
}

// writer writes one prompt.
type writer struct {
	dialect  Dialect
	grammar  grammar
	decimals int
	verbatim bool           // write names that a tag cannot hold all the same
	families map[int]string // base model family by index of the use, where known
	family   string         // that of the use being written
	told     map[int]bool   // the uses whose losses are listed

	text    strings.Builder
	units   int // UTF-16 units in text
	tokens  []Token
	dropped []Dropped
}

func newWriter(dialect Dialect, decimals int) *writer {
	return &writer{
		dialect: dialect, grammar: grammars[dialect], decimals: decimals,
		told: map[int]bool{}, tokens: []Token{}, dropped: []Dropped{},
	}
}

// placed is a part with the index of its use.
type placed struct {
	*Part
	use int
}

func (w *writer) prompt(p Prompt) Printed {
	parts := numbered(p.Parts)
	if w.grammar.structured {
		return w.beside(p, parts)
	}
	if w.grammar.sections {
		parts = arrange(parts)
	}
	for _, part := range parts {
		switch part.Kind {
		case Tag:
			w.tag(part.Use, part.use)
		case Section:
			w.section(*part.Part)
		case Switch:
			w.change(*part.Part)
		case Words:
			w.words(part.Text)
		}
	}
	return Printed{Text: w.text.String(), Negative: p.Negative, Tokens: w.tokens, Dropped: w.dropped}
}

// numbered gives each part the index of the use it is, or would be followed by.
func numbered(parts []Part) []placed {
	list, uses := make([]placed, len(parts)), 0
	for i := range parts {
		list[i] = placed{&parts[i], uses}
		if parts[i].Kind == Tag {
			uses++
		}
	}
	return list
}

// beside writes the words and lists the adapters.
func (w *writer) beside(p Prompt, parts []placed) Printed {
	var g gapped
	uses := p.Uses()
	for i := range uses {
		w.losses(uses[i])
	}
	for _, part := range parts {
		switch part.Kind {
		case Tag:
			g.open()
		case Section:
			w.section(*part.Part)
		case Switch:
			w.change(*part.Part)
		case Words:
			w.words(part.Text)
		}
		if text := w.text.String(); text != "" {
			g.add(text)
			w.text.Reset()
		}
	}
	return Printed{
		Text: g.close(), Negative: p.Negative, Structure: structure(w.dialect, uses),
		Tokens: w.tokens, Dropped: w.dropped,
	}
}

func (w *writer) words(s string) {
	w.text.WriteString(s)
	w.units += units(s)
}

// units counts the UTF-16 units of s.
func units(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r > 0xFFFF && r <= utf8.MaxRune {
			n++
		}
	}
	return n
}

func (w *writer) tag(use lora.Use, index int) {
	unfit := use.Name == "" || strings.ContainsAny(use.Name, w.grammar.reserved)
	if unfit {
		w.lose(featureName, use)
		if !w.verbatim {
			return
		}
	}
	w.family = w.families[index]
	if !w.told[index] { // a tag of several sections is written more than once
		w.losses(use)
	}
	w.told[index] = true
	text, start := w.grammar.write(w, use), w.units
	w.words(text)
	w.tokens = append(w.tokens, Token{Text: text, Start: start, End: w.units, Use: index})
}

// section writes where a part of the run begins, or says that it cannot.
func (w *writer) section(part Part) {
	if w.grammar.sections {
		w.words(part.spelling())
		return
	}
	w.dropped = append(w.dropped, Dropped{
		Feature: featureSections,
		Message: w.dialect.Label() + " knows no sections; the words after <" + part.Text + "> count for the whole run.",
	})
}

// change writes words that change during the run. A1111 and SD.Next have their own form
// of it; elsewhere the words before the change stay.
func (w *writer) change(part Part) {
	switch {
	case w.grammar.sections:
		w.words(part.spelling())
	case (w.dialect == A1111 || w.dialect == SDNext) && !strings.ContainsAny(part.Text+part.To, "[]:|"):
		w.words("[" + part.Text + ":" + part.To + ":" + part.At + "]")
	default:
		w.words(part.Text)
		w.dropped = append(w.dropped, Dropped{
			Feature: featureSwitch,
			Message: w.dialect.Label() + " cannot change words during the run; \"" + part.Text + "\" stays all the time.",
		})
	}
}

func (w *writer) number(v float64) string { return spell(v, w.decimals) }

func (w *writer) lose(feature string, use lora.Use) {
	w.dropped = append(w.dropped, lose(w.dialect, feature, use.Name))
}

// argument reports whether a text can be written as an argument, and lists it when it
// cannot because it would break the tag.
func (w *writer) argument(use lora.Use, feature, text string) bool {
	if text == "" {
		return false
	}
	if strings.ContainsAny(text, ":<>=") {
		w.lose(feature, use)
		return false
	}
	return true
}
