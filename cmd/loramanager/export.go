package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loramanager/internal/archive"
	"loramanager/internal/guard"
)

// exportParts are what can be exported, in the words of the command line.
var exportParts = []string{"adapters", "files", "compositions", "generations", "images", "settings", "taste", "analytics"}

type exportCmd struct {
	keyFlags
	To          pathArg  `arg:"" help:"Archive to write, or a folder to put it into. Nothing is overwritten."`
	Include     []string `help:"What goes in: adapters, files, compositions, generations, images, settings, taste, analytics. All of it when not given." placeholder:"PART"`
	Search      string   `help:"Only adapters that match, in the syntax of the library's search." placeholder:"TEXT"`
	Compression string   `help:"none, fast, balanced or max, of everything but adapter files and pictures." enum:"none,fast,balanced,max" default:"balanced"`
	PartMiB     int64    `name:"part-mib" help:"Split into archives of this size." placeholder:"N"`
	Recipient   []string `help:"Encrypt for a public key of age; may be given several times." placeholder:"KEY"`
	JSON        bool     `help:"Print the files that were written as JSON."`
}

// exportedFile is what --json prints of each file.
type exportedFile struct {
	Path string `json:"path"`
	Size int64  `json:"size_bytes"`
}

// Run writes the archive.
func (c *exportCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	o, err := c.options()
	if err != nil {
		return err
	}
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	planned, err := d.archive.PlanExport(ctx, o)
	if err != nil {
		return err
	}
	defer func() { _ = d.archive.DropExport(context.WithoutCancel(ctx), planned.ID) }() // what waits on the disk goes
	if !o.Keys.Empty() {
		d.say("Encrypting ...")
	}
	if planned, err = d.archive.WaitExport(ctx, planned.ID); err != nil {
		return err
	}
	if planned.State == archive.ExportFailed {
		return errors.New(planned.Error)
	}
	for _, note := range planned.Notes {
		d.say("%s", note)
	}
	files, err := c.write(ctx, d, &planned)
	if err != nil {
		return err
	}
	total := int64(0)
	paths := make([]string, len(files))
	for i, f := range files {
		paths[i] = f.Path
		total += f.Size
	}
	return d.print(c.JSON, map[string]any{"files": files, "notes": planned.Notes}, "%s in %s", bytesText(total), strings.Join(paths, ", "))
}

func (c *exportCmd) options() (archive.ExportOptions, error) {
	parts := c.Include
	if len(parts) == 0 {
		parts = exportParts
	}
	for _, part := range parts {
		if !slices.Contains(exportParts, part) {
			return archive.ExportOptions{}, fmt.Errorf("--include %q: give some of %s", part, strings.Join(exportParts, ", "))
		}
	}
	has := func(part string) bool { return slices.Contains(parts, part) }
	o := archive.ExportOptions{
		Adapters: has("adapters"), Files: has("files"), Compositions: has("compositions"), Jobs: has("generations"), Images: has("images"),
		Settings: has("settings"), Taste: has("taste"), Analytics: has("analytics"), Search: c.Search, Compression: c.Compression, PartBytes: c.PartMiB << 20,
	}
	passphrase, err := c.passphrase()
	o.Keys = guard.AgeKeys{Passphrase: passphrase, Recipients: c.Recipient}
	return o, err
}

// place is the folder the parts go into, and the name of a single one.
func (c *exportCmd) place(planned *archive.Export) (dir, name string, err error) {
	to, err := filepath.Abs(string(c.To))
	if err != nil {
		return "", "", err
	}
	if info, err := os.Stat(to); err == nil && info.IsDir() {
		return to, planned.Parts[0].Name, nil
	}
	if len(planned.Parts) > 1 {
		return "", "", fmt.Errorf("there are %d parts: name a folder to put them into", len(planned.Parts))
	}
	return filepath.Dir(to), filepath.Base(to), nil
}

// write writes all parts, each under a name of its own until it is whole.
func (c *exportCmd) write(ctx context.Context, d *desk, planned *archive.Export) ([]exportedFile, error) {
	dir, name, err := c.place(planned)
	if err != nil {
		return nil, err
	}
	root, err := guard.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // files are committed one by one
	shown, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		d.watch(shown, planned.ID)
	}()
	defer func() {
		stop()
		<-done
	}()
	var files []exportedFile
	for i, part := range planned.Parts {
		if i > 0 {
			name = part.Name
		}
		if err := writePart(ctx, d, root, planned.ID, part.Number, name); err != nil {
			return nil, err
		}
		files = append(files, exportedFile{filepath.Join(dir, name), part.Size})
	}
	return files, nil
}

func writePart(ctx context.Context, d *desk, root *guard.Root, id string, number int, name string) (err error) {
	if _, err := root.Lstat(name); err == nil {
		return fmt.Errorf("%s exists already; nothing is overwritten", name)
	}
	part, err := d.archive.OpenExport(ctx, id, number)
	if err != nil {
		return err
	}
	defer func() { _ = part.Close() }() // only read
	unfinished := name + ".part"
	out, err := root.Create(unfinished)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, out.Close(), root.Remove(unfinished))
		}
	}()
	if err := part.WriteRange(ctx, out, 0, part.Size); err != nil {
		return err
	}
	if err := out.Commit(time.Time{}); err != nil {
		return err
	}
	return root.Rename(unfinished, name)
}

// watch shows a transfer until ctx ends.
func (d *desk) watch(ctx context.Context, id string) {
	bar := newTransferBar(d.io)
	defer bar.end()
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
			if t, err := d.archive.Transfer(ctx, id); err == nil {
				bar.show(&t)
			}
		}
	}
}
