package prompt

import (
	"fmt"
	"slices"
	"strings"

	"loramanager/internal/lora"
)

// blockList is one of the lists of blocks that lora-block-weight knows; its length tells
// which one it is.
type blockList struct {
	families []string // base model families whose adapters have these blocks
	names    []string
}

// blockLists are the lists, shortest first.
var blockLists = []blockList{
	{[]string{"sdxl"}, listOf("BASE", "IN04", "IN05", "IN07", "IN08", "MID", span("OUT", 0, 5))},
	{[]string{"sd1", "sd2"}, listOf("BASE", "IN01", "IN02", "IN04", "IN05", "IN07", "IN08", "MID", span("OUT", 3, 11))},
	{[]string{"sdxl"}, listOf("BASE", span("IN", 0, 8), "MID", span("OUT", 0, 8))},
	{[]string{"sd1", "sd2"}, listOf("BASE", span("IN", 0, 11), "MID", span("OUT", 0, 11))},
	{[]string{"flux1"}, listOf("CLIP", "T5", "IN", span("D", 0, 18), span("S", 0, 37), "OUT")},
}

// span names the blocks of one kind from first to last, separated by blanks.
func span(kind string, first, last int) string {
	var names []string
	for i := first; i <= last; i++ {
		names = append(names, fmt.Sprintf("%s%02d", kind, i))
	}
	return strings.Join(names, " ")
}

func listOf(names ...string) []string { return strings.Fields(strings.Join(names, " ")) }

// readBlocks reads a list of factors of one of the known lengths, or returns nil.
func readBlocks(value string) map[string]float64 {
	fields := strings.Split(value, ",")
	i := slices.IndexFunc(blockLists, func(l blockList) bool { return len(l.names) == len(fields) })
	if i < 0 {
		return nil
	}
	blocks := make(map[string]float64, len(fields))
	for j, field := range fields {
		factor, ok := number(field)
		if !ok {
			return nil
		}
		blocks[blockLists[i].names[j]] = factor
	}
	return blocks
}

// blockList spells the block weights of a use, or returns "" when it has none that can
// be written. The list is the one that names exactly the blocks of the use; failing
// that, the shortest for the adapter's base model that has them all.
func (w *writer) blockList(use lora.Use) string {
	if use.Preset != "" {
		if w.argument(use, featurePreset, use.Preset) {
			return use.Preset
		}
		return ""
	}
	if len(use.Blocks) == 0 {
		return ""
	}
	var chosen *blockList
	fitting := 0
	for i, list := range blockLists {
		if !list.holds(use.Blocks) {
			continue
		}
		if list.exactly(use.Blocks) {
			chosen, fitting = &blockLists[i], 1
			break
		}
		if w.family != "" && !slices.Contains(list.families, w.family) {
			continue
		}
		if fitting++; chosen == nil {
			chosen = &blockLists[i]
		}
	}
	if chosen == nil {
		w.lose(featureBlocks, use)
		return ""
	}
	if fitting > 1 {
		w.lose(featureBlockList, use)
	}
	factors := make([]string, len(chosen.names))
	for i, name := range chosen.names {
		factors[i] = spell(factorOf(use.Blocks, name), exact)
	}
	return strings.Join(factors, ",")
}

// holds reports whether every block of the map is in the list.
func (l blockList) holds(blocks map[string]float64) bool {
	for name := range blocks {
		if !isThird(name) && !slices.Contains(l.names, name) {
			return false
		}
		if isThird(name) && slices.Contains(l.families, "flux1") {
			return false
		}
	}
	return true
}

// exactly reports whether the list names these blocks and no others.
func (l blockList) exactly(blocks map[string]float64) bool {
	for name := range blocks {
		if isThird(name) {
			return false
		}
	}
	return len(l.names) == len(blocks)
}

// factorOf is the factor of a block: its own, that of its third, or 1.
func factorOf(blocks map[string]float64, name string) float64 {
	if factor, own := blocks[name]; own {
		return factor
	}
	third := strings.ToLower(strings.TrimRight(name, "0123456789"))
	if factor, own := blocks[third]; own && isThird(third) {
		return factor
	}
	return 1
}

// isThird reports whether a block name stands for one of the thirds of a UNet.
func isThird(name string) bool { return name == "in" || name == "mid" || name == "out" }
