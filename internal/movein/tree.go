package movein

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// The budgets of one tree.
const (
	maxEntries = 2_000_000
	maxDepth   = 64
)

const (
	primary = "primary"
	preview = "preview"
)

// tree is a folder of adapters with sidecars beside them, and what managers keep in it
// besides: recipes, styles, statistics, databases.
type tree struct {
	apart   bool // a record for each manager that says something, to count what each says
	source  *Source
	each    func(Record) error
	entries int
	usage   map[string]used // by SHA-256
	recipes []string
	styles  []string
}

func (t *tree) records(ctx context.Context, s *Source, each func(Record) error) error {
	*t = tree{apart: t.apart, source: s, each: each, usage: map[string]used{}}
	if err := t.readUsage(ctx); err != nil {
		return err
	}
	if err := t.folder(ctx, ".", 0); err != nil {
		return err
	}
	if err := t.databases(ctx); err != nil {
		return err
	}
	if err := t.readStyles(ctx); err != nil {
		return err
	}
	return t.readRecipes(ctx)
}

// folder reads one folder and those below it. What cannot be listed becomes a note.
func (t *tree) folder(ctx context.Context, rel string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > maxDepth {
		t.source.notes.add(fmt.Sprintf("%s lies too deep and was left out.", guard.DisplayName(rel)))
		return nil
	}
	entries, err := t.source.root.ReadDir(rel)
	if err != nil {
		t.source.notes.add(fmt.Sprintf("%s could not be listed.", guard.DisplayName(rel)))
		if len(entries) == 0 {
			return nil
		}
	}
	if t.entries += len(entries); t.entries > maxEntries {
		return lora.Errorf(lora.TooLarge, "The folder holds more than %d files. Choose the folder of the adapters.", maxEntries)
	}
	var files, folders []string
	for _, e := range entries {
		switch {
		case e.IsDir() && !strings.HasPrefix(e.Name(), "."):
			folders = append(folders, e.Name())
		case e.Type().IsRegular():
			files = append(files, e.Name())
		}
	}
	slices.Sort(files)
	slices.Sort(folders)
	if err := t.files(ctx, rel, files); err != nil {
		return err
	}
	for _, name := range folders {
		if err := t.folder(ctx, path.Join(rel, name), depth+1); err != nil {
			return err
		}
	}
	return nil
}

// beside are the files of one folder that belong to one adapter.
type beside struct {
	file     string // of the adapter itself; empty when only sidecars are there
	sidecars []named
	previews []named
}

type named struct {
	name string
	rank int
}

func (t *tree) files(ctx context.Context, folder string, names []string) error {
	stems, order := t.group(folder, names)
	for _, stem := range order {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := t.adapter(folder, stem, stems[stem]); err != nil {
			return err
		}
	}
	return nil
}

// group sorts the names of a folder by the adapter they belong to. A sidecar without an
// adapter file counts under its own stem: its adapter may lie elsewhere.
func (t *tree) group(folder string, names []string) (stems map[string]*beside, order []string) {
	stems = map[string]*beside{}
	at := func(stem string) *beside {
		if stems[stem] == nil {
			stems[stem] = &beside{}
			order = append(order, stem)
		}
		return stems[stem]
	}
	for _, name := range names {
		if stem, role, _ := sidecar.Split(name); role == sidecar.Adapter {
			if b := at(stem); b.file == "" {
				b.file = name
			}
		}
	}
	for _, name := range names {
		lower := strings.ToLower(name)
		switch {
		case strings.HasSuffix(lower, ".recipe.json"):
			t.recipes = append(t.recipes, path.Join(folder, name))
			continue
		case lower == "styles.csv", isStyleFolder(folder) && strings.HasSuffix(lower, ".json"):
			t.styles = append(t.styles, path.Join(folder, name))
			continue
		case strings.HasSuffix(lower, statsFile):
			continue
		}
		stem, role, rank := sidecar.Match(name, func(stem string) bool { return stems[stem] != nil && stems[stem].file != "" })
		if role == sidecar.Other {
			if stem, role, rank = sidecar.Split(name); role != sidecar.Description {
				continue
			}
		}
		switch role {
		case sidecar.Description:
			b := at(stem)
			b.sidecars = append(b.sidecars, named{name, rank})
		case sidecar.Preview:
			b := at(stem)
			b.previews = append(b.previews, named{name, rank})
		case sidecar.Adapter, sidecar.Other:
		}
	}
	return stems, order
}

// adapter reads the sidecars of one adapter and hands over one record, whatever managers
// speak of it: of each field the first one's word counts.
func (t *tree) adapter(folder, stem string, b *beside) error {
	byRank := func(x, y named) int { return x.rank - y.rank }
	slices.SortStableFunc(b.sidecars, byRank)
	slices.SortStableFunc(b.previews, byRank)
	said := map[Manager][]*sidecar.Sidecar{}
	for _, n := range b.sidecars {
		s := t.readSidecar(path.Join(folder, n.name), n.name)
		if s == nil {
			continue
		}
		m := managerOf[s.Format]
		if t.source.wants(m) {
			said[m] = append(said[m], s)
		}
	}
	var all []*sidecar.Sidecar
	var first Manager
	for _, m := range Managers() {
		if len(said[m]) == 0 {
			continue
		}
		if t.apart {
			if err := t.each(t.record(m, folder, stem, b, said[m])); err != nil {
				return err
			}
			continue
		}
		if first == "" {
			first = m
		}
		all = append(all, said[m]...)
	}
	if len(all) == 0 {
		return nil
	}
	return t.each(t.record(first, folder, stem, b, all))
}

func (t *tree) readSidecar(rel, name string) *sidecar.Sidecar {
	data, err := t.source.root.ReadFile(rel, sidecar.MaxBytes)
	if err != nil {
		t.source.notes.add(fmt.Sprintf("%s could not be read: %s", guard.DisplayName(rel), sentence(err)))
		return nil
	}
	s, err := sidecar.Parse(name, data)
	if err != nil {
		if lora.CodeOf(err) != lora.Internal { // not about an adapter is nothing to speak of
			t.source.notes.add(fmt.Sprintf("%s was left out: %s", guard.DisplayName(rel), sentence(err)))
		}
		return nil
	}
	return s
}

func (t *tree) record(m Manager, folder, stem string, b *beside, said []*sidecar.Sidecar) Record {
	f := &facts{manager: m}
	for _, s := range said {
		f.take(s)
	}
	a := &f.adapter
	r := Record{Manager: m}
	a.RootPath = t.source.root.Path()
	if a.Name == "" {
		a.Name = guard.DisplayName(stem)
	}
	fileName := b.file
	if fileName == "" {
		fileName = stem + ".safetensors"
		r.Note = "Its file does not lie beside the sidecar; it is looked for in the library."
	}
	a.RelPath = strings.TrimPrefix(path.Join(folder, fileName), "./")
	a.FileName = guard.DisplayName(fileName)
	a.Folder = guard.DisplayName(strings.TrimPrefix(path.Dir(a.RelPath), "."))
	if b.file != "" {
		if info, err := t.source.root.Stat(path.Join(folder, b.file)); err == nil {
			a.FileSize = int(info.Size())
			r.Files = append(r.Files, File{Kind: primary, Name: b.file, Member: path.Join(folder, b.file), Size: info.Size()})
		}
	}
	if len(b.previews) > 0 && !sidecar.IsVideo(b.previews[0].name) {
		name := b.previews[0].name
		if info, err := t.source.root.Stat(path.Join(folder, name)); err == nil {
			r.Files = append(r.Files, File{Kind: preview, Name: name, Member: path.Join(folder, name), Size: info.Size()})
		}
	}
	if u, ok := t.usage[f.sha256()]; ok && (m == LoraManager || !t.apart) {
		f.use(u)
	}
	r.Record.Adapter, r.Fields = a, f.sorted()
	return r
}
