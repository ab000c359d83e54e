package prompt

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"loramanager/internal/lora"
)

// nodeKind says what a node of a template does.
type nodeKind uint8

const (
	literal  nodeKind = iota // gives its text
	sequence                 // gives its children one after the other
	choice                   // gives some of its children, separated by its text
	wildcard                 // gives one line of the wildcard called like its text
)

// node is one piece of a template. Children always stand before their parents, apart
// from those of wildcards, so that a loop over nodes sees children first.
type node struct {
	kind     nodeKind
	height   uint8 // choices inside each other, this one included
	text     string
	children []int
	*taking         // of a choice
	count    uint64 // results this can give, saturated
}

// taking is how a choice takes some of its children.
type taking struct {
	least, most int       // how many
	weights     []float64 // how likely each child is
	sums        []float64 // running sums of weights
	// upTo are running sums of the children's counts, where exactly one is taken.
	upTo []uint64
	// ways[i][k] counts the results of taking k of the children from i on; nil where
	// exactly one is taken.
	ways [][]uint64
}

// templateParser reads templates into one list of nodes.
type templateParser struct {
	nodes []node
	wants []string // wildcards named, in order of appearance
}

// frame is a choice (or, at the bottom, the whole template) that is being read.
type frame struct {
	start       int    // of its {
	least, most int    // how many options it takes
	between     string // separates them
	trimmed     bool   // blanks around options go
	options     []int
	weights     []float64
	weight      float64 // of the option being read
	items       []int   // of the option being read
	pending     []byte  // characters not yet in an item
	inTag       bool    // inside a LoRA tag
}

var (
	howMany  = regexp.MustCompile(`^\s*(\d{0,4})(-?)(\d{0,4})\$\$(?:([^|{}$]*)\$\$)?`)
	weighing = regexp.MustCompile(`^\s*(\d{1,6}(?:\.\d{1,6})?)::`)
)

// read reads one template and returns its node. Every { must be closed; a backslash
// before {, } or | makes it a plain character.
func (t *templateParser) read(text string) (int, error) {
	if !strings.ContainsAny(text, "{}|_\\") {
		return t.add(node{kind: literal, text: text}), nil // most lines of wildcards
	}
	stack := []frame{{start: -1}}
	for at := 0; at < len(text); {
		f := &stack[len(stack)-1]
		rest := text[at:]
		switch c := text[at]; {
		case c == '\\' && len(rest) > 1 && strings.IndexByte("{}|", rest[1]) >= 0:
			f.pending = append(f.pending, rest[1])
			at += 2
		case c == '{':
			if len(stack) > MaxDepth {
				return 0, tooDeep()
			}
			opened, width, err := openChoice(rest[1:])
			if err != nil {
				return 0, err
			}
			t.flush(f)
			opened.start = at
			opened.inTag = f.inTag
			stack = append(stack, opened)
			at += 1 + width
		case c == '}' && len(stack) == 1:
			return 0, lora.FieldErrorf(lora.Invalid, "template", "The } at character %d closes nothing. Write \\} for the character itself.", character(text, at))
		case c == '}':
			t.endOption(f)
			closed, err := t.closed(f)
			if err != nil {
				return 0, err
			}
			stack = stack[:len(stack)-1]
			f = &stack[len(stack)-1]
			f.items = append(f.items, closed)
			at++
		case c == '|' && len(stack) > 1:
			t.endOption(f)
			at += 1 + f.beginOption(rest[1:])
		case c == '_' && !f.inTag && wildcardName(rest) != "":
			name := wildcardName(rest)
			t.flush(f)
			f.items = append(f.items, t.add(node{kind: wildcard, text: name}))
			t.wants = append(t.wants, name)
			at += len(name) + 4
		default:
			f.pending = append(f.pending, c)
			f.inTag = inTagAfter(f.inTag, rest)
			at++
		}
	}
	if open := stack[len(stack)-1]; len(stack) > 1 {
		return 0, lora.FieldErrorf(lora.Invalid, "template", "The { at character %d is never closed. Write \\{ for the character itself.", character(text, open.start))
	}
	return t.sequence(&stack[0]), nil
}

// character is the place of a byte for people: characters, from 1.
func character(text string, at int) int { return utf8.RuneCountInString(text[:at]) + 1 }

// inTagAfter tells whether the reader is inside a LoRA tag after the first byte of rest:
// two underscores in an adapter's name are no wildcard.
func inTagAfter(inTag bool, rest string) bool {
	switch rest[0] {
	case '<':
		_, ok := cutFold(rest, "<lora:", "<lyco:")
		return ok && strings.IndexByte(rest[:min(len(rest), maxTag)], '>') > 0
	case '>':
		return false
	}
	return inTag
}

// maxHeader bounds what may stand before the first option (how many, separator) and
// before an option (its weight), in bytes.
const maxHeader = 128

// maxTag bounds a LoRA tag inside a template in bytes; a longer one is plain text.
const maxTag = 1024

// openChoice reads what stands behind a {: how many to take and the separator.
func openChoice(rest string) (frame, int, error) {
	f := frame{least: 1, most: 1, between: ", "}
	width := 0
	if m := howMany.FindStringSubmatch(rest[:min(len(rest), maxHeader)]); m != nil && m[1]+m[3] != "" {
		width, f.trimmed = len(m[0]), true
		f.least, f.most = bound(m[1], 0), bound(m[3], math.MaxInt)
		if m[2] == "" {
			f.most = f.least
		}
		if f.least > f.most {
			return f, 0, lora.FieldErrorf(lora.Invalid, "template", "The range %s$$ ends before it begins.", m[1]+m[2]+m[3])
		}
		if strings.Count(m[0], "$$") == 2 {
			f.between = m[4]
		}
	}
	width += f.beginOption(rest[width:])
	return f, width, nil
}

func bound(digits string, missing int) int {
	if n, err := strconv.Atoi(digits); err == nil {
		return n
	}
	return missing
}

// beginOption reads the weight in front of an option and returns its width.
func (f *frame) beginOption(rest string) int {
	f.weight = 1
	m := weighing.FindStringSubmatch(rest[:min(len(rest), maxHeader)])
	if m == nil {
		return 0
	}
	f.weight, _ = number(m[1])
	return len(m[0])
}

func (t *templateParser) add(n node) int {
	t.nodes = append(t.nodes, n)
	return len(t.nodes) - 1
}

// flush makes a literal of the characters read so far.
func (t *templateParser) flush(f *frame) {
	if len(f.pending) > 0 {
		f.items = append(f.items, t.add(node{kind: literal, text: string(f.pending)}))
		f.pending = nil
	}
}

// sequence makes one node of the items read so far.
func (t *templateParser) sequence(f *frame) int {
	t.flush(f)
	items := f.items
	f.items = nil
	if len(items) == 1 {
		return items[0]
	}
	return t.add(node{kind: sequence, children: items})
}

// endOption makes an option of the items read so far; one of weight 0 is left out.
func (t *templateParser) endOption(f *frame) {
	t.flush(f)
	if f.trimmed && len(f.items) > 0 {
		t.trim(f.items[0], strings.TrimLeft)
		t.trim(f.items[len(f.items)-1], strings.TrimRight)
	}
	if option := t.sequence(f); f.weight > 0 {
		f.options = append(f.options, option)
		f.weights = append(f.weights, f.weight)
	}
}

func (t *templateParser) trim(at int, cut func(s, cutset string) string) {
	if n := &t.nodes[at]; n.kind == literal {
		n.text = cut(n.text, " \t\r\n")
	}
}

// closed makes a node of a choice whose options are all read.
func (t *templateParser) closed(f *frame) (int, error) {
	if len(f.options) == 0 {
		return 0, lora.FieldErrorf(lora.Invalid, "template", "A choice has only options of weight 0.")
	}
	n := len(f.options)
	take := &taking{least: min(f.least, n), most: min(f.most, n), weights: f.weights, sums: make([]float64, n)}
	sum := 0.0
	for i, weight := range f.weights {
		sum += weight
		take.sums[i] = sum
	}
	return t.add(node{kind: choice, text: f.between, children: f.options, taking: take}), nil
}

// maxWildcardName bounds the name of a wildcard in bytes.
const maxWildcardName = 200

// wildcardName returns the name in __name__ at the beginning of text, or nothing when
// the underscores there are plain characters.
func wildcardName(text string) string {
	rest, ok := strings.CutPrefix(text, "__")
	if !ok {
		return ""
	}
	name, _, closed := strings.Cut(rest[:min(len(rest), maxWildcardName+2)], "__")
	if !closed || name == "" || strings.ContainsAny(name, "{}|<>\n\r\t") || name[0] == ' ' || name[len(name)-1] == ' ' {
		return ""
	}
	return name
}
