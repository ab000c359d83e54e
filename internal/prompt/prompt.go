package prompt

import "loramanager/internal/lora"

// Kind says what a Part is.
type Kind string

// The kinds.
const (
	Words   Kind = "words"
	Tag     Kind = "tag"
	Section Kind = "section" // SwarmUI: what follows belongs to a part of the run
	Switch  Kind = "switch"  // SwarmUI: words that change during the run
)

// Part is one piece of a prompt.
type Part struct {
	Kind Kind
	// Text holds the words, the section with its arguments ("refiner", "segment:face")
	// or the words before a switch.
	Text string
	// To and At are the words after a switch and the moment of it: a fraction of all
	// steps up to 1, a step otherwise.
	To, At string
	// Use is the adapter of a tag.
	Use lora.Use
}

// Prompt is a prompt independent of any engine: words and adapters in order.
type Prompt struct {
	Parts    []Part
	Negative string
}

// Uses are the adapters of the prompt in order.
func (p Prompt) Uses() []lora.Use {
	uses := make([]lora.Use, 0, len(p.Parts))
	for _, part := range p.Parts {
		if part.Kind == Tag {
			uses = append(uses, part.Use)
		}
	}
	return uses
}

// Words is the prompt without its tags; the gaps they leave are closed.
func (p Prompt) Words() string {
	var g gapped
	for _, part := range p.Parts {
		if part.Kind == Tag {
			g.open()
		} else {
			g.add(part.spelling())
		}
	}
	return g.close()
}

// Strip returns the text without its tags and the adapters these name.
func Strip(dialect Dialect, text string) (string, []lora.Use) {
	p, _ := Parse(dialect, text)
	return p.Words(), p.Uses()
}

// spelling is a part other than a tag as SwarmUI, whose invention the unusual ones are,
// spells it.
func (p Part) spelling() string {
	switch p.Kind {
	case Section:
		return "<" + p.Text + ">"
	case Switch:
		return "<fromto[" + p.At + "]:" + p.Text + "," + p.To + ">"
	case Words, Tag:
	}
	return p.Text
}
