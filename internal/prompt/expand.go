package prompt

import (
	"context"
	"math/rand/v2"
	"slices"

	"loramanager/internal/lora"
)

// Expansion asks for prompts from a template with choices and wildcards.
type Expansion struct {
	Template  string
	Wildcards Wildcards
	// Seed makes the same prompts again, as long as template and wildcards stay.
	Seed int64
	// Count is how many prompts are wanted, 1 to MaxResults.
	Count int
	// All gives the first Count results in order, each once, instead of drawing.
	All bool
}

// Expanded are the prompts of an expansion.
type Expanded struct {
	Prompts []string
	// Possible counts the ways to choose, up to MaxPossible. Different ways may give the
	// same text.
	Possible int
}

// Expand draws prompts from a template, or lists them. It fails with an Invalid error
// that names the field "template" when the template is wrong, nests too deep, names an
// unknown wildcard or wildcards that lead back to themselves; with a TooLarge error when
// it would take too much work or room; and with the context's error.
func Expand(ctx context.Context, e Expansion) (Expanded, error) {
	if e.Count < 1 || e.Count > MaxResults {
		return Expanded{}, lora.FieldErrorf(lora.Invalid, "count", "Ask for 1 to %d prompts.", MaxResults)
	}
	if len(e.Template) > MaxTemplate {
		return Expanded{}, lora.FieldErrorf(lora.TooLarge, "template", "The template is longer than %d KiB.", MaxTemplate>>10)
	}
	p, err := compile(ctx, e.Template, e.Wildcards)
	if err != nil {
		return Expanded{}, err
	}
	possible := p.nodes[p.root].count
	count := e.Count
	if e.All {
		count = int(min(uint64(count), possible)) //nolint:gosec // at most MaxResults
	}
	result := Expanded{Prompts: make([]string, 0, count), Possible: int(min(possible, MaxPossible))} //nolint:gosec // at most MaxPossible
	bytes := 0
	for i := range count {
		index := uint64(i) //nolint:gosec // not negative
		run := runner{program: p}
		if !e.All {
			// One stream for each prompt: the tenth is the same whether ten or a
			// thousand are asked for.
			run.random = rand.New(rand.NewPCG(uint64(e.Seed), index)) //nolint:gosec // prompts, not secrets
		}
		text, err := run.text(index)
		if err != nil {
			return Expanded{}, err
		}
		if bytes += len(text); bytes > MaxOutput {
			return Expanded{}, lora.FieldErrorf(lora.TooLarge, "count", "The prompts together are longer than %d MiB. Ask for fewer.", MaxOutput>>20)
		}
		result.Prompts = append(result.Prompts, text)
	}
	return result, nil
}

// runner makes one result of a program: the one with a given index, or a random one.
type runner struct {
	*program
	random *rand.Rand // nil takes the index
	out    []byte
	stack  []visit
}

// visit is a node whose children are being visited.
type visit struct {
	children []int
	indices  []uint64 // which result of each child; nil when drawn at random
	between  string
	next     int
}

func (r *runner) text(index uint64) (string, error) {
	if err := r.enter(r.root, index); err != nil {
		return "", err
	}
	for len(r.stack) > 0 {
		v := &r.stack[len(r.stack)-1]
		if v.next == len(v.children) {
			r.stack = r.stack[:len(r.stack)-1]
			continue
		}
		if v.next > 0 {
			if err := r.write(v.between); err != nil {
				return "", err
			}
		}
		child, index := v.children[v.next], uint64(0)
		if v.indices != nil {
			index = v.indices[v.next]
		}
		v.next++
		if err := r.enter(child, index); err != nil {
			return "", err
		}
	}
	return string(r.out), nil
}

// write appends text.
func (r *runner) write(text string) error {
	r.out = append(r.out, text...)
	if len(r.out) > MaxTemplate {
		return lora.FieldErrorf(lora.TooLarge, "template", "A prompt made from the template is longer than %d KiB.", MaxTemplate>>10)
	}
	return r.spend(len(text) / 32)
}

// enter writes a literal, or puts a node's children on the stack.
func (r *runner) enter(at int, index uint64) error {
	n := &r.nodes[at]
	steps := 1
	if n.kind == choice {
		steps = choiceSteps
	}
	if err := r.spend(steps); err != nil {
		return err
	}
	v := visit{children: n.children}
	var err error
	switch {
	case n.kind == literal:
		return r.write(n.text)
	case n.kind == choice && r.random != nil:
		v.between = n.text
		v.children, err = r.draw(n)
	case n.kind == choice:
		v.between = n.text
		v.children, v.indices, err = r.unrank(n, index)
	case r.random == nil:
		v.indices = r.split(n.children, index)
	}
	r.stack = append(r.stack, v)
	return err
}

// split gives each child its own index; the last child changes fastest.
func (r *runner) split(children []int, index uint64) []uint64 {
	indices := make([]uint64, len(children))
	for i, child := range slices.Backward(children) {
		indices[i] = index % r.nodes[child].count
		index /= r.nodes[child].count
	}
	return indices
}
