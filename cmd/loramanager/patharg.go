package main

import (
	"errors"

	"github.com/alecthomas/kong"
)

// pathArg is a path as it was typed, byte for byte. Plain string arguments go through
// JSON inside kong, which loses the names of files that are not UTF-8.
type pathArg string

// Decode implements kong.MapperValue.
func (p *pathArg) Decode(ctx *kong.DecodeContext) error {
	text, ok := ctx.Scan.Pop().Value.(string)
	if !ok {
		return errors.New("expected a path")
	}
	*p = pathArg(text)
	return nil
}

func pathsOf(args []pathArg) []string {
	paths := make([]string, len(args))
	for i, arg := range args {
		paths[i] = string(arg)
	}
	return paths
}
