package inspect

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"loramanager/internal/lora"
)

// maxBlocks bounds the listed block groups.
const maxBlocks = 256

type block struct {
	name  string
	index int32 // -1 when the group has no number
}

// coverage counts modules by network and lists the block groups that are trained.
func (f *file) coverage() lora.Coverage {
	c := lora.Coverage{TextEncoders: map[string]int{}}
	seen := map[block]struct{}{}
	var last block
	for i := range f.modules {
		m := &f.modules[i]
		switch m.part {
		case partTE, partTE1:
			c.TextEncoders["te1"]++
		case partTE2:
			c.TextEncoders["te2"]++
		case partTE3:
			c.TextEncoders["te3"]++
		case partOther:
			c.Other++
		case partBackbone:
			c.Backbone++
			b := blockOf(m.path)
			if b != last {
				last = b
				if len(seen) < maxBlocks {
					seen[b] = struct{}{}
				}
			}
		}
	}
	list := make([]block, 0, len(seen))
	for b := range seen {
		list = append(list, b)
	}
	slices.SortFunc(list, func(a, b block) int { return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.index, b.index)) })
	c.Blocks = make([]string, len(list))
	for i, b := range list {
		c.Blocks[i] = clean(b.name, 80)
		if b.index >= 0 {
			c.Blocks[i] += "." + strconv.Itoa(int(b.index))
		}
	}
	return c
}

// blockOf names the block group of a module path: down_blocks.1 for
// down_blocks_1_attentions_0_proj_in, mid_block for everything below it.
func blockOf(path string) block {
	for _, single := range [...]string{"mid_block", "middle_block"} {
		if strings.HasPrefix(path, single) {
			return block{single, -1}
		}
	}
	for i := 0; i < len(path); {
		j := i
		for j < len(path) && path[j] != '.' && path[j] != '_' {
			j++
		}
		tok := path[i:j]
		if n, ok := number(tok); ok && i > 0 {
			return block{path[:i-1], n}
		}
		if len(tok) > 5 && tok[:5] == "block" && i > 0 {
			if n, ok := number(tok[5:]); ok {
				return block{path[:i-1], n}
			}
		}
		i = j + 1
	}
	if i := strings.IndexByte(path, '.'); i > 0 {
		return block{path[:i], -1}
	}
	return block{path, -1}
}
