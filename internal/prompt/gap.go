package prompt

import (
	"bytes"
	"strings"
)

const blanks = " \t"

// gapped puts words together where tags were taken out: the blanks around a gap become
// one, and of the two commas around it one goes.
type gapped struct {
	text  []byte
	gap   bool // a tag was taken out after text
	blank bool // there were blanks around it
}

// open notes that a tag was taken out here.
func (g *gapped) open() {
	if g.gap {
		return
	}
	g.gap = true
	before := bytes.TrimRight(g.text, blanks)
	g.blank = len(before) < len(g.text)
	g.text = before
}

// add appends words.
func (g *gapped) add(words string) {
	if g.gap {
		right := strings.TrimLeft(words, blanks)
		g.blank = g.blank || len(right) < len(words)
		if g.atStart() || bytes.HasSuffix(g.text, []byte(",")) {
			right = strings.TrimLeft(strings.TrimPrefix(right, ","), blanks)
		}
		if right == "" {
			return
		}
		if g.blank && !g.atStart() && strings.IndexByte(",.;:!?)]\n", right[0]) < 0 {
			g.text = append(g.text, ' ')
		}
		words, g.gap = right, false
	}
	g.text = append(g.text, words...)
}

func (g *gapped) atStart() bool {
	return len(g.text) == 0 || g.text[len(g.text)-1] == '\n'
}

// close returns the words.
func (g *gapped) close() string {
	if g.gap {
		g.text = bytes.TrimRight(bytes.TrimSuffix(g.text, []byte(",")), blanks)
	}
	return string(g.text)
}
