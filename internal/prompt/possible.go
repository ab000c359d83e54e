package prompt

import "math"

// saturated is the largest count; sums and products stop there.
const saturated = math.MaxUint64

func plus(a, b uint64) uint64 {
	if a > saturated-b {
		return saturated
	}
	return a + b
}

func product(a, b uint64) uint64 {
	if a != 0 && b > saturated/a {
		return saturated
	}
	return a * b
}

// measure counts the results of node i, whose children are measured already, and how
// deep it nests.
func (p *program) measure(i int, pieces map[string]*piece) error {
	n := &p.nodes[i]
	n.count = 1
	if n.kind == wildcard {
		n.children = []int{pieces[n.text].root}
	}
	if err := p.spend(1 + len(n.children)); err != nil {
		return err
	}
	for _, child := range n.children {
		n.height = max(n.height, p.nodes[child].height)
		n.count = product(n.count, p.nodes[child].count)
	}
	if n.kind != choice {
		return nil
	}
	if n.height++; n.height > MaxDepth {
		return tooDeep()
	}
	if n.least == 1 && n.most == 1 {
		n.count, n.upTo = 0, make([]uint64, len(n.children))
		for at, child := range n.children {
			n.count = plus(n.count, p.nodes[child].count)
			n.upTo[at] = n.count
		}
		return nil
	}
	return p.measureSeveral(n)
}

// measureSeveral counts the results of a choice that takes several children in their
// order: with the first of them one fewer of the rest, or without it.
func (p *program) measureSeveral(n *node) error {
	options := len(n.children)
	if err := p.spend((options + 1) * (n.most + 1)); err != nil {
		return err
	}
	n.ways = make([][]uint64, options+1)
	for i := options; i >= 0; i-- {
		n.ways[i] = make([]uint64, n.most+1)
		n.ways[i][0] = 1
		for k := 1; k <= n.most && i < options; k++ {
			with := product(p.nodes[n.children[i]].count, n.ways[i+1][k-1])
			n.ways[i][k] = plus(n.ways[i+1][k], with)
		}
	}
	n.count = 0
	for k := n.least; k <= n.most; k++ {
		n.count = plus(n.count, n.ways[0][k])
	}
	return nil
}
