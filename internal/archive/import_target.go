package archive

import (
	"context"
	"path"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

const (
	stagingFolder = ".loramanager-staging"
	stagingPrefix = "import-"
	restorePrefix = "restore-"
	// maxNumbers bounds how many names are tried for one file.
	maxNumbers = 10_000
)

func stagingOf(id string) string { return stagingFolder + "/" + stagingPrefix + id }

// targets finds names for files in library folders that nothing has yet, neither on the
// disk nor in this import.
type targets struct {
	library ImportLibrary
	to      string // the library folder that was chosen
	opened  map[string]*target
}

// target is one library folder that files go to.
type target struct {
	root lora.Root
	disk *guard.Root
	used map[string]struct{} // paths taken by this import, in lower case
	made map[string]bool     // folders that were looked for: whether they exist
}

func newTargets(ctx context.Context, library ImportLibrary, to string) (*targets, error) {
	t := &targets{library: library, to: to, opened: make(map[string]*target)}
	roots, err := library.Roots(ctx)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		t.opened[root.ID] = &target{root: root, used: make(map[string]struct{}), made: make(map[string]bool)}
	}
	if to != "" && t.opened[to] == nil {
		return nil, lora.FieldErrorf(lora.Invalid, "target_root_id", "There is no such library folder.")
	}
	return t, nil
}

func (t *targets) close() {
	for _, one := range t.opened {
		if one.disk != nil {
			_ = one.disk.Close()
		}
	}
}

// root opens a library folder to put files into.
func (t *targets) root(id string) (*target, error) {
	one := t.opened[id]
	if one == nil {
		return nil, lora.FieldErrorf(lora.Invalid, "target_root_id", "Choose the library folder that files go to.")
	}
	if one.disk == nil {
		disk, err := guard.OpenRoot(one.root.Path)
		if err != nil {
			return nil, lora.FieldErrorf(lora.Unavailable, "target_root_id", "The library folder %s cannot be reached.", guard.DisplayName(one.root.Name))
		}
		one.disk = disk
	}
	return one, nil
}

// where is the path that a file of an adapter would like to have: where the adapter here
// had it, else its own folders and name below the chosen root.
func (t *targets) where(p *planned, o outcome) (rootID, rel string, err error) {
	a, file := p.adapter(), p.file(FilePrimary)
	if t.opened[p.HereRoot] != nil && !o.rename && guard.CheckRel(string(p.HerePath)) == nil {
		return p.HereRoot, string(p.HerePath), nil
	}
	rel = a.RelPath
	if rel == "" {
		rel = file.Name
	}
	if clean, err := cleanPath(rel); err == nil {
		rel = clean
	} else {
		rel = cleanName(file.Name, "adapter.safetensors")
	}
	if strings.HasPrefix(rel, stagingFolder) {
		rel = path.Base(rel)
	}
	if _, role, _ := sidecar.Split(path.Base(rel)); role != sidecar.Adapter {
		return "", "", lora.Errorf(lora.Invalid, "%s is not the name of an adapter file.", guard.DisplayName(file.Name))
	}
	return t.to, rel, nil
}

// choose takes the first free name for a file that would like to be called rel.
func (t *target) choose(rel string) (string, error) {
	for n := 1; n < maxNumbers; n++ {
		name := numbered(rel, n)
		if free, err := t.free(name); err != nil || free {
			t.used[strings.ToLower(name)] = struct{}{}
			return name, err
		}
	}
	return "", lora.Errorf(lora.Conflict, "There is no free name for %s.", guard.DisplayName(rel))
}

// claim takes a name if it is free.
func (t *target) claim(rel string) bool {
	free, err := t.free(rel)
	if free {
		t.used[strings.ToLower(rel)] = struct{}{}
	}
	return free && err == nil
}

// free reports whether neither the disk nor this import has a file called rel. Names that
// differ in case only count as one: some disks cannot tell them apart.
func (t *target) free(rel string) (bool, error) {
	if _, taken := t.used[strings.ToLower(rel)]; taken {
		return false, nil
	}
	dir := path.Dir(rel)
	exists, known := t.made[dir]
	if !known {
		info, err := t.disk.Stat(dir)
		switch {
		case err == nil && !info.IsDir():
			return false, lora.Errorf(lora.Conflict, "%s is a file; the import needs a folder there.", guard.DisplayName(dir))
		case err != nil && lora.CodeOf(err) != lora.NotFound:
			return false, err
		}
		exists = err == nil
		t.made[dir] = exists
	}
	if !exists {
		return true, nil
	}
	_, err := t.disk.Lstat(rel)
	if lora.CodeOf(err) == lora.NotFound {
		return true, nil
	}
	return false, err
}

// companion names a file beside an adapter whose file becomes adapterRel; was is what the
// adapter's file is called where it comes from.
func companion(name, was, adapterRel string) string {
	name = cleanName(name, "")
	if name == "" {
		return ""
	}
	wasStem, _, _ := sidecar.Split(cleanName(was, "x"))
	stem, _, _ := sidecar.Split(path.Base(adapterRel))
	if suffix, ok := strings.CutPrefix(name, wasStem); ok && strings.HasPrefix(suffix, ".") {
		name = stem + suffix
	}
	_, role, _ := sidecar.Match(name, func(s string) bool { return s == stem })
	if role == sidecar.Other {
		return ""
	}
	return path.Join(path.Dir(adapterRel), name)
}
