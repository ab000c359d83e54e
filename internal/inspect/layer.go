package inspect

import (
	"strconv"
	"strings"
)

// layer is one line of a naming after expansion: module paths with the dims an adapter sees.
type layer struct {
	part    part
	path    string // dotted, with "[n]" where an index 0..n-1 stands
	in, out int64  // 0 means any
	kernel  int    // 0 for a linear layer, else the side of a square convolution
}

// parseLayers reads the layer language of the table. One line is
//
//	[te1:]double_blocks.[19].{img,txt}_attn.qkv 3072>9216 [k3]
//
// "{a,b}" stands for each of its parts, "[n]" for the indices 0..n-1, "*" for
// any width, "k3" for a 3x3 convolution. A mistake in the table is a bug of
// ours, so it panics; the tests parse every row.
func parseLayers(text string) []layer {
	var out []layer
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) < 2 {
			panic("inspect: base table: no dims in " + line)
		}
		proto := layer{part: partBackbone}
		path := fields[0]
		if name, rest, ok := strings.Cut(path, ":"); ok {
			proto.part, path = partOf(name), rest
		}
		in, o, ok := strings.Cut(fields[1], ">")
		if !ok {
			panic("inspect: base table: bad dims in " + line)
		}
		proto.in, proto.out = parseWidth(in), parseWidth(o)
		for _, f := range fields[2:] {
			k, err := strconv.Atoi(strings.TrimPrefix(f, "k"))
			if err != nil {
				panic("inspect: base table: bad kernel in " + line)
			}
			proto.kernel = k
		}
		for _, p := range expandBraces(path) {
			l := proto
			l.path = p
			out = append(out, l)
		}
	}
	return out
}

func parseWidth(s string) int64 {
	if s == "*" {
		return 0
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic("inspect: base table: bad width " + s)
	}
	return n
}

// expandBraces multiplies "{a,b}.{c,d}" out.
func expandBraces(s string) []string {
	open := strings.IndexByte(s, '{')
	if open < 0 {
		return []string{s}
	}
	end := strings.IndexByte(s[open:], '}') + open
	var out []string
	for alt := range strings.SplitSeq(s[open+1:end], ",") {
		out = append(out, expandBraces(s[:open]+alt+s[end+1:])...)
	}
	return out
}
