package prompt

import (
	"context"
	"errors"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// Wildcards finds the lines of a wildcard by its name, such as "colours" or
// "people/hair". Lines are templates themselves; blank ones and those that begin with #
// are passed over.
type Wildcards func(name string) (lines []string, found bool)

// Bounds of expansions.
const (
	MaxResults  = 10_000        // prompts of one expansion
	MaxDepth    = 8             // choices and wildcards inside each other
	MaxPossible = 1_000_000_000 // results are counted up to here
	MaxTemplate = 64 << 10      // bytes of a template, and of one result
	MaxOutput   = 16 << 20      // bytes of all results

	// maxSteps bounds the work of one expansion: nodes visited, options looked at and
	// every 32 bytes read or written. It is about 50 ms of a slow computer.
	maxSteps = 1_000_000
	// nodeSteps is what a node costs, which bounds the memory of a program too.
	nodeSteps = 3
	// choiceSteps is what it costs to choose.
	choiceSteps = 2
)

func tooDeep() error {
	return lora.FieldErrorf(lora.Invalid, "template", "Choices and wildcards stand more than %d deep inside each other.", MaxDepth)
}

// work counts steps and looks whether the caller has gone.
type work struct {
	ctx   context.Context
	steps int
}

func (w *work) spend(steps int) error {
	before := w.steps
	w.steps += steps
	if w.steps > maxSteps {
		return lora.FieldErrorf(lora.TooLarge, "template", "The template takes too much work. Ask for fewer prompts or use smaller wildcards.")
	}
	if before>>10 != w.steps>>10 && w.ctx.Err() != nil {
		return w.ctx.Err()
	}
	return nil
}

// piece is a template or the lines of a wildcard: the nodes from first up to root.
type piece struct {
	first, root int
	wants       []string
}

// program is a template with all wildcards it reaches, ready to run.
type program struct {
	work
	nodes []node
	root  int
}

// compile reads a template and every wildcard it can reach, refuses circles, and counts
// results and heights.
func compile(ctx context.Context, text string, wildcards Wildcards) (*program, error) {
	p := &program{work: work{ctx: ctx}}
	t := &templateParser{}
	if err := p.spend(1 + len(text)/32); err != nil {
		return nil, err
	}
	root, err := t.read(text)
	if err != nil {
		return nil, err
	}
	if err := p.spend(nodeSteps * len(t.nodes)); err != nil {
		return nil, err
	}
	main := piece{root: root, wants: t.wants}
	pieces := map[string]*piece{}
	for queue := slices.Clone(t.wants); len(queue) > 0; {
		name := queue[0]
		queue = queue[1:]
		if pieces[name] != nil {
			continue
		}
		if pieces[name], err = p.load(t, name, wildcards); err != nil {
			return nil, err
		}
		queue = append(queue, pieces[name].wants...)
	}
	p.nodes, p.root = t.nodes, main.root
	order, err := orderPieces(pieces)
	if err != nil {
		return nil, err
	}
	for _, piece := range append(order, &main) {
		for i := piece.first; i <= piece.root; i++ {
			if err := p.measure(i, pieces); err != nil {
				return nil, err
			}
		}
	}
	return p, nil
}

// load reads the lines of a wildcard as one choice.
func (p *program) load(t *templateParser, name string, wildcards Wildcards) (*piece, error) {
	lines, found := []string(nil), false
	if wildcards != nil {
		lines, found = wildcards(name)
	}
	if !found {
		return nil, lora.FieldErrorf(lora.Invalid, "template", "There is no wildcard called %q. Add a file of that name to the wildcard folder or correct the name.", name)
	}
	first := len(t.nodes)
	t.wants = nil
	f := frame{least: 1, most: 1, trimmed: true}
	for _, line := range lines {
		if err := p.spend(1 + len(line)/32); err != nil {
			return nil, err
		}
		before := len(t.nodes)
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		if len(line) > MaxTemplate {
			return nil, lora.FieldErrorf(lora.TooLarge, "template", "A line of the wildcard %q is longer than %d KiB.", name, MaxTemplate>>10)
		}
		line = line[f.beginOption(line):]
		item, err := t.read(line)
		if err != nil {
			return nil, inWildcard(name, err)
		}
		f.items = []int{item}
		t.endOption(&f)
		if err := p.spend(nodeSteps * (len(t.nodes) - before)); err != nil {
			return nil, err
		}
	}
	if len(f.options) == 0 {
		return nil, lora.FieldErrorf(lora.Invalid, "template", "The wildcard %q has no lines to choose from.", name)
	}
	root, err := t.closed(&f)
	return &piece{first: first, root: root, wants: t.wants}, err
}

// inWildcard says in which wildcard a template is wrong.
func inWildcard(name string, err error) error {
	var own *lora.Error
	if !errors.As(err, &own) {
		return err
	}
	return lora.FieldErrorf(own.Code, own.Field, "In the wildcard %q: %s", name, own.Message)
}
