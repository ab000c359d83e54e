package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"loramanager/internal/archive"
	"loramanager/internal/httpapi"
	"loramanager/internal/lora"
)

// importFlags are common to imports and to moving in.
type importFlags struct {
	Policy string `help:"What wins where the import and the catalog differ: ask, keep, replace, rename or newest. With ask nothing is imported while something differs." enum:"ask,keep,replace,rename,newest" default:"ask"`
	DryRun bool   `help:"Only say what would be done."`
	JSON   bool   `help:"Print the result as JSON; with --dry-run also what would become of each adapter."`
}

type importCmd struct {
	keyFlags
	importFlags
	From           []pathArg `arg:"" help:"Archives, adapter files or folders."`
	Into           string    `help:"Library folder that files go to, by name, path or id; the first one when not given. A folder that is none yet becomes one." placeholder:"FOLDER"`
	Identity       string    `help:"File with private keys of age, for archives encrypted for recipients." placeholder:"FILE" type:"path"`
	NoRestorePoint bool      `help:"Make no backup before."`
}

// Run imports.
func (c *importCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	order := archive.ImportRequest{Policy: lora.ConflictPolicy(c.Policy), Include: archive.IncludeAll(), NoRestorePoint: c.NoRestorePoint}
	for _, path := range pathsOf(c.From) {
		if path, err = filepath.Abs(path); err != nil {
			return err
		}
		order.Paths = append(order.Paths, path)
	}
	if c.Identity != "" {
		text, err := readSmall(c.Identity)
		if err != nil {
			return err
		}
		order.Identities = []string{text}
	}
	passphrase, err := c.passphrase()
	if err != nil {
		return err
	}
	order.Passphrase = passphrase.Reveal()
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	if order.RootID, err = d.rootNamed(ctx, c.Into, !c.DryRun); err != nil {
		return err
	}
	if order.RootID == "" && !c.DryRun {
		return errors.New("there is no library folder yet that files could go to: name one with --into")
	}
	return c.bring(ctx, d, func() (lora.Transfer, error) { return d.archive.PlanImport(ctx, order) })
}

// rootNamed is the id of a library folder; of the first one when nobody names one. A path
// that is none is added when that is wanted.
func (d *desk) rootNamed(ctx context.Context, name string, add bool) (string, error) {
	roots, err := d.store.Roots(ctx)
	if err != nil {
		return "", err
	}
	if name == "" {
		if len(roots) == 0 {
			return "", nil
		}
		return slices.MinFunc(roots, func(a, b lora.Root) int { return a.CreatedAt.Compare(b.CreatedAt) }).ID, nil
	}
	path, err := filepath.Abs(name)
	if err != nil {
		return "", err
	}
	for i := range roots {
		if r := &roots[i]; r.ID == name || r.Name == name || filepath.Clean(r.Path) == path {
			return r.ID, nil
		}
	}
	if !add {
		return "", fmt.Errorf("there is no library folder %q", name)
	}
	root, _, err := d.library.AddRoot(ctx, path, "")
	return root.ID, err
}

// bring plans an import and carries it out.
func (f *importFlags) bring(ctx context.Context, d *desk, plan func() (lora.Transfer, error)) error {
	if err := d.archive.RecoverImports(ctx, d.store.Database() == "sqlite"); err != nil {
		return err
	}
	t, err := plan()
	if err != nil {
		return err
	}
	if t, err = d.follow(ctx, t.ID); err != nil {
		return err
	}
	if f.DryRun {
		return f.describe(ctx, d, &t)
	}
	if _, err := d.archive.ApplyImport(ctx, t.ID); err != nil {
		if lora.CodeOf(err) == lora.Conflict && t.Counts != nil && t.Counts.Conflict > 0 {
			err = fmt.Errorf("%w See them with --dry-run --json, and decide with --policy", err)
		}
		return err
	}
	if t, err = d.follow(ctx, t.ID); err != nil {
		return err
	}
	return d.print(f.JSON, t, "%s", countsText("", t.Counts))
}

// itemsAtOnce is how many items of a plan are read at a time.
const itemsAtOnce = 500

// describe prints a plan and forgets it.
func (f *importFlags) describe(ctx context.Context, d *desk, t *lora.Transfer) error {
	items := []lora.ImportItem{}
	for after := ""; f.JSON; {
		page, next, err := d.archive.ImportItems(ctx, t.ID, "", after, itemsAtOnce)
		if err != nil {
			return err
		}
		items = append(items, page...)
		if after = next; next == "" {
			break
		}
	}
	_, err := d.archive.CancelTransfer(ctx, t.ID)
	return errors.Join(err, d.print(f.JSON, map[string]any{"transfer": t, "items": items}, "%s", countsText("would be ", t.Counts)))
}

// countsText says what an import did or would do.
func countsText(would string, c *lora.ImportCounts) string {
	if c == nil {
		return "nothing"
	}
	text := fmt.Sprintf("adapters: %d %screated, %d %supdated, %d unchanged, %d left out", c.Create, would, c.Update, would, c.Same, c.Skip)
	if c.Conflict > 0 {
		text += fmt.Sprintf(", %d differ", c.Conflict)
	}
	for _, more := range []struct {
		n    int
		what string
	}{{c.Files, "files"}, {c.Compositions, "compositions"}, {c.Jobs, "generations"}, {c.Images, "pictures"}, {c.Settings, "settings"}} {
		if more.n > 0 {
			text += fmt.Sprintf("; %d %s", more.n, more.what)
		}
	}
	return text
}

type moveInCmd struct {
	importFlags
	From     pathArg  `arg:"" optional:"" help:"Folder of the other manager."`
	Into     string   `help:"Library folder that files go to which lie in none yet, by name, path or id; the first one when not given. A folder that is none yet becomes one." placeholder:"FOLDER"`
	Manager  []string `help:"Only from these managers; all that are found when not given." placeholder:"NAME"`
	Database string   `help:"Instead of a folder: address of the PostgreSQL database of this program's first version, postgresql://user:password@host/name." placeholder:"URL" env:"LORAMANAGER_MOVE_IN_DATABASE"`
}

// Run moves in.
func (c *moveInCmd) Run(ctx context.Context, config *Config, io streams) (err error) {
	if (c.From == "") == (c.Database == "") {
		return errors.New("name the folder of the other manager, or a database with --database")
	}
	if c.Database != "" && len(c.Manager) > 0 {
		return errors.New("a database is of one manager: leave out --manager")
	}
	path, err := filepath.Abs(string(c.From))
	if err != nil {
		return err
	}
	d, err := openDesk(ctx, config, io)
	if err != nil {
		return err
	}
	defer d.shut(&err)
	into, err := d.rootNamed(ctx, c.Into, !c.DryRun)
	if err != nil {
		return err
	}
	from := d.mover()
	if c.Database != "" {
		return c.bring(ctx, d, func() (lora.Transfer, error) {
			return from.planDatabase(ctx, c.Database, lora.ConflictPolicy(c.Policy), into)
		})
	}
	found, err := from.DetectMoveIn(ctx, path)
	if err != nil {
		return err
	}
	if len(found) == 0 {
		return errors.New("no other manager has left anything in this folder")
	}
	for _, f := range found {
		d.say("%s: %d adapters%s", f.Manager, f.Adapters, withText(f.With))
	}
	return c.bring(ctx, d, func() (lora.Transfer, error) {
		return from.PlanMoveIn(ctx, httpapi.MoveInRequest{Path: path, Managers: c.Manager, Policy: lora.ConflictPolicy(c.Policy), RootID: into})
	})
}

// withText lists what a manager knows of its adapters.
func withText(with map[string]int) string {
	words := make([]string, 0, len(with))
	for what, n := range with {
		words = append(words, fmt.Sprintf("%s %d", what, n))
	}
	if len(words) == 0 {
		return ""
	}
	slices.Sort(words)
	return " (" + strings.Join(words, ", ") + ")"
}
