package library

import (
	"context"
	"path"
	"sync"

	"loramanager/internal/lora"
)

// record is a file the catalog knows, with what this run found out about it.
type record struct {
	lora.KnownFile
	seen   bool // lies where it lay
	taken  bool // was found again at another place
	orphan bool // belongs to a folder that is no longer in the library
}

// knownFiles is what the catalog knew when the run began. Each root's records are
// marked by that root's walk alone; everything else happens when no walk is going on.
type knownFiles struct {
	files FileCatalog
	roots []lora.Root

	mu     sync.Mutex
	byRoot map[string]map[string]*record // root id -> path below it

	once     sync.Once
	onceErr  error
	byStamp  map[lora.FileStamp][]*record
	byDigest map[string][]*record
}

func newKnownFiles(files FileCatalog, roots []lora.Root) *knownFiles {
	return &knownFiles{files: files, roots: roots, byRoot: map[string]map[string]*record{}}
}

// of returns the records of one root.
func (k *knownFiles) of(ctx context.Context, rootID string) (map[string]*record, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if known, ok := k.byRoot[rootID]; ok {
		return known, nil
	}
	list, err := k.files.KnownFiles(ctx, rootID)
	if err != nil {
		return nil, err
	}
	records := make([]record, len(list))
	known := make(map[string]*record, len(list))
	for i := range list {
		records[i].KnownFile = list[i]
		known[list[i].RelPath] = &records[i]
	}
	k.byRoot[rootID] = known
	return known, nil
}

// index makes records of all roots, and of removed ones, findable by what their files
// were. It is done when the first unknown file is seen, which most scans never do.
func (k *knownFiles) index(ctx context.Context) error {
	k.once.Do(func() { k.onceErr = k.build(ctx) })
	return k.onceErr
}

func (k *knownFiles) build(ctx context.Context) error {
	byStamp, byDigest := map[lora.FileStamp][]*record{}, map[string][]*record{}
	add := func(r *record) {
		if r.Stamp.Inode != 0 {
			byStamp[r.Stamp] = append(byStamp[r.Stamp], r)
		}
		if r.QuickDigest != "" {
			byDigest[r.QuickDigest] = append(byDigest[r.QuickDigest], r)
		}
	}
	for _, root := range k.roots {
		known, err := k.of(ctx, root.ID)
		if err != nil {
			return err
		}
		for _, r := range known {
			add(r)
		}
	}
	orphans, err := k.files.OrphanFiles(ctx)
	if err != nil {
		return err
	}
	for _, f := range orphans {
		add(&record{KnownFile: f, orphan: true})
	}
	k.byStamp, k.byDigest = byStamp, byDigest
	return nil
}

// unchanged reports whether a file is the one that was read. Device numbers differ
// after a restart or when a drive is plugged in elsewhere, so the inode counts only
// on the same device.
func (r *record) unchanged(s *sighting) bool {
	old, now := r.Stamp, s.stamp
	if old.Size != now.Size || old.MtimeNS != now.MtimeNS {
		return false
	}
	return old.Dev != now.Dev || old.Inode == now.Inode
}

// choose picks the record that a file found elsewhere belongs to: the only one, or
// the only one whose file had the same name.
func choose(candidates []*record, rel string) *record {
	if len(candidates) == 1 {
		return candidates[0]
	}
	return chooseByName(candidates, rel)
}

func chooseByName(candidates []*record, rel string) *record {
	var same *record
	for _, r := range candidates {
		if path.Base(r.RelPath) == path.Base(rel) {
			if same != nil {
				return nil
			}
			same = r
		}
	}
	return same
}
