package prompt

import "slices"

// draw takes children by their weights, each at most once, in the order they stand in.
func (r *runner) draw(n *node) ([]int, error) {
	wanted := n.least
	if n.most > n.least {
		wanted += r.random.IntN(n.most - n.least + 1)
	}
	options := len(n.children)
	switch wanted {
	case options:
		return n.children, nil
	case 1:
		at, _ := slices.BinarySearch(n.sums, r.random.Float64()*n.sums[options-1])
		return n.children[min(at, options-1):][:1], nil
	}
	if err := r.spend(wanted * options); err != nil {
		return nil, err
	}
	taken := make([]bool, options)
	left := n.sums[options-1]
	for range wanted {
		at, last := r.random.Float64()*left, 0
		for i, weight := range n.weights {
			if taken[i] {
				continue
			}
			last = i
			if at -= weight; at < 0 {
				break
			}
		}
		taken[last] = true
		left -= n.weights[last]
	}
	children := make([]int, 0, wanted)
	for i, child := range n.children {
		if taken[i] {
			children = append(children, child)
		}
	}
	return children, nil
}

// unrank finds the children of the result with an index, and the index of the result of
// each: results with fewer children first, then those with earlier children.
func (r *runner) unrank(n *node, index uint64) (children []int, indices []uint64, err error) {
	if n.ways == nil {
		at, exactly := slices.BinarySearch(n.upTo, index)
		if exactly {
			at++
		}
		if at > 0 {
			index -= n.upTo[at-1]
		}
		return n.children[at:][:1], []uint64{index}, nil
	}
	left := n.least
	for ; left < n.most && index >= n.ways[0][left]; left++ {
		index -= n.ways[0][left]
	}
	for i := 0; left > 0; i++ {
		rest := n.ways[i+1][left-1]
		with := product(r.nodes[n.children[i]].count, rest)
		if index >= with {
			index -= with
			continue
		}
		children = append(children, n.children[i])
		indices = append(indices, index/rest)
		index %= rest
		left--
	}
	return children, indices, r.spend(len(n.children) / 8)
}
