package main

import (
	"context"
	"fmt"

	"loramanager/internal/sample"
)

type sampleCmd struct {
	Dir    string `arg:"" help:"Folder to write into; made when it is not there."`
	N      int    `short:"n" default:"60" help:"How many adapters."`
	Broken int    `help:"Also write this many broken, hostile and odd files, into a folder of their own."`
	Seed   uint64 `help:"The same seed writes the same library." default:"1"`
}

// Run writes the library.
func (c *sampleCmd) Run(ctx context.Context, io streams) error {
	if c.N < 1 || c.N > sample.MostFiles {
		return fmt.Errorf("-n must be from 1 to %d", sample.MostFiles)
	}
	progress := newProgress(io, "adapters")
	defer progress.end()
	err := sample.Write(ctx, c.Dir, c.N, sample.Options{Seed: c.Seed, Broken: c.Broken, Progress: func(int, int) { progress.add(1) }})
	progress.end()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(io.out, "%d adapters in %s\n", c.N, c.Dir)
	return err
}
