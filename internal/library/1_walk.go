package library

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// sighting is one adapter file as the listing of its folder shows it.
type sighting struct {
	rel      string // below the root
	kind     fileKind
	stamp    lora.FileStamp
	sidecars []companion // most trusted name first
	previews []companion // best name first
	// fresh says that the file changed so lately that it may still be written.
	fresh bool
}

// companion is a small file beside an adapter that belongs to it.
type companion struct {
	rel     string
	size    int64
	mtimeNS int64
}

// walker is step 1: it lists the folders of one root and stats what belongs to
// adapters. It opens no files but JSON that nobody knows yet, see claim.
type walker struct {
	lib    *Library
	folder *folder
	disks  func(context.Context) []*guard.Root // all reachable library folders, for links
	// deep walks everything below the starting folders; otherwise only subfolders
	// that isNew says nobody knows yet.
	deep  bool
	isNew func(rel string) bool

	emit     func(sighting) error
	onFolder func(rel string)
	report   func(rel string, finding lora.Finding)

	visited map[lora.FileStamp]struct{} // device and inode of folders
	failed  []string                    // folders that could not be listed
	listed  map[string][]string         // folder -> its subfolders
}

// chunk is how many entries are stated in one go; between goes a walk can be
// cancelled and hands over what it found.
const chunk = 256

// walk lists the given folders and, see deep, those below them. A folder that
// cannot be listed is noted in failed and is no error.
func (w *walker) walk(ctx context.Context, folders []string) error {
	w.visited = map[lora.FileStamp]struct{}{}
	w.listed = map[string][]string{}
	stack := slices.Clone(folders)
	slices.Reverse(stack)
	for len(stack) > 0 {
		dir := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		subfolders, err := w.list(ctx, dir)
		if err != nil {
			return err
		}
		for _, sub := range slices.Backward(subfolders) {
			if w.deep || w.isNew(sub) {
				stack = append(stack, sub)
			}
		}
	}
	return nil
}

// entries is what one listing holds, sorted by what is done with it.
type entries struct {
	files   []string // names
	folders []string // paths below the root
	links   []string // names
	odd     []string // paths of pipes, sockets and devices named like an adapter
}

// list handles one folder and returns its subfolders.
func (w *walker) list(ctx context.Context, dir string) ([]string, error) {
	here, again, err := w.enter(ctx, dir)
	defer w.leave(here)
	var e entries
	if err == nil && !again {
		e, err = onDisk(ctx, w.folder, func(beat func()) (entries, error) {
			w.folder.note("list", dir)
			var e entries
			err := here.List(".", func(found []fs.DirEntry) bool {
				beat()
				w.sort(&e, dir, found)
				return true
			})
			return e, err
		})
	}
	switch {
	case errors.Is(err, errHanging), ctx.Err() != nil:
		return nil, err
	case again, lora.CodeOf(err) == lora.NotFound && dir != ".": // gone meanwhile
		return nil, nil
	case err != nil:
		w.failed = append(w.failed, dir)
		w.report(dir, warning("folder_unreadable", "The folder could not be listed completely: "+sentence(err),
			"Check the folder's permissions and its disk. What the catalog knows about it was left as it is."))
	}
	for _, rel := range e.odd {
		w.report(rel, warning("not_a_file", "This is a pipe, socket or device, not a file; it was not opened.",
			"Remove it from the library folder."))
	}
	if w.onFolder != nil {
		w.onFolder(dir)
	}
	if err := w.links(ctx, dir, &e); err != nil {
		return nil, err
	}
	slices.Sort(e.files)
	slices.Sort(e.folders)
	w.listed[dir] = e.folders
	groups, left := group(dir, e.files)
	if _, err := onDisk(ctx, w.folder, func(beat func()) (struct{}, error) {
		w.lib.claim(w.folder, here, dir, groups, left, beat)
		return struct{}{}, nil
	}); err != nil {
		return nil, err
	}
	for groups := range slices.Chunk(groups, chunk) {
		if err := w.stat(ctx, here, groups); err != nil {
			return nil, err
		}
	}
	return e.folders, nil
}

// enter opens a folder and notes it by its identity, which a link or mount cannot
// disguise; again says that the walk was there before.
func (w *walker) enter(ctx context.Context, dir string) (here *guard.Root, again bool, err error) {
	type entered struct {
		here *guard.Root
		info fs.FileInfo
	}
	got, err := onDisk(ctx, w.folder, func(func()) (entered, error) {
		w.folder.note("stat", dir)
		here, err := w.folder.disk.Sub(dir)
		if err != nil {
			return entered{}, err
		}
		info, err := here.Stat(".")
		return entered{here, info}, err
	})
	if err != nil {
		return got.here, false, err
	}
	dev, inode, ok := guard.FileIdentity(got.info)
	if !ok {
		return got.here, false, nil
	}
	identity := lora.FileStamp{Dev: dev, Inode: inode}
	_, again = w.visited[identity]
	w.visited[identity] = struct{}{}
	return got.here, again, nil
}

// leave closes a folder, unless that could take for ever.
func (w *walker) leave(here *guard.Root) {
	if here != nil && !w.folder.hung.Load() {
		_ = here.Close() // opened for reading: nothing can be lost
	}
}

// sort adds the names that matter to e.
func (w *walker) sort(e *entries, dir string, found []fs.DirEntry) {
	for _, entry := range found {
		name := entry.Name()
		rel := path.Join(dir, name)
		switch {
		case w.lib.skipped(w.folder.root.Path, rel, name):
		case entry.Type()&fs.ModeSymlink != 0:
			e.links = append(e.links, name)
		case entry.IsDir():
			e.folders = append(e.folders, rel)
		case entry.Type().IsRegular():
			e.files = append(e.files, name)
		case kindOf(name) != notAdapter:
			e.odd = append(e.odd, rel)
		}
	}
}

// stat emits the adapters of one group of names.
func (w *walker) stat(ctx context.Context, here *guard.Root, groups []named) error {
	sightings, err := onDisk(ctx, w.folder, func(beat func()) ([]sighting, error) {
		now := w.lib.o.Now().UnixNano()
		seen := make([]sighting, 0, len(groups))
		for _, g := range groups {
			beat()
			info, err := w.folder.lookAt(here, g.rel)
			if err != nil || !info.Mode().IsRegular() {
				continue // gone since the listing
			}
			s := sighting{rel: g.rel, kind: g.kind, stamp: stampOf(info)}
			s.fresh = now-s.stamp.MtimeNS < int64(w.lib.o.Settle)
			s.sidecars = w.companions(here, g.sidecars)
			s.previews = w.companions(here, g.previews)
			seen = append(seen, s)
		}
		return seen, nil
	})
	if err != nil {
		return err
	}
	for _, s := range sightings {
		if err := w.emit(s); err != nil {
			return err
		}
	}
	return nil
}

// lookAt describes rel, which lies in here; a link that was followed stands for its target.
func (f *folder) lookAt(here *guard.Root, rel string) (fs.FileInfo, error) {
	f.note("stat", rel)
	info, err := here.Lstat(path.Base(rel))
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		return f.disk.Stat(rel)
	}
	return info, err
}

func (w *walker) companions(here *guard.Root, rels []string) []companion {
	var found []companion
	for _, rel := range rels {
		if info, err := w.folder.lookAt(here, rel); err == nil && info.Mode().IsRegular() {
			found = append(found, companion{rel: rel, size: info.Size(), mtimeNS: info.ModTime().UnixNano()})
		}
	}
	return found
}

func stampOf(info fs.FileInfo) lora.FileStamp {
	dev, inode, _ := guard.FileIdentity(info) // zeros where the system has none
	return lora.FileStamp{Size: info.Size(), MtimeNS: info.ModTime().UnixNano(), Dev: dev, Inode: inode}
}

// companionStamp changes when a companion is added, removed or changed. Names count
// without the adapter's own, so that renaming all of them together changes nothing.
func (s *sighting) companionStamp() uint64 {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	stem := strings.TrimSuffix(s.rel, path.Ext(s.rel))
	h := uint64(offset)
	add := func(v uint64) {
		for range 8 {
			h = (h ^ v&0xff) * prime
			v >>= 8
		}
	}
	for _, list := range [][]companion{s.sidecars, s.previews} {
		add(uint64(len(list)))
		for _, c := range list {
			name := strings.TrimPrefix(c.rel, stem)
			for i := 0; i < len(name); i++ {
				h = (h ^ uint64(name[i])) * prime
			}
			add(uint64(c.size))    //nolint:gosec // only equality matters
			add(uint64(c.mtimeNS)) //nolint:gosec // only equality matters
		}
	}
	return h
}

// sentence is what an error tells a user.
func sentence(err error) string {
	var known *lora.Error
	if errors.As(err, &known) {
		return known.Message
	}
	return "the disk answered with an error."
}
