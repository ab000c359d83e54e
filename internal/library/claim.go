package library

import (
	"hash/maphash"
	"io/fs"
	"path"
	"sync"

	"loramanager/internal/guard"
	"loramanager/internal/sidecar"
)

const (
	// maxLeft is how many JSON files without an adapter of their name are looked into
	// per folder, and maxLeftBytes how large they may be: a folder of workflows or data
	// sets must not slow scans down.
	maxLeft      = 2000
	maxLeftBytes = 1 << 20
)

// claim gives adapters the JSON files that name them inside, as this program's first
// version allowed: "notes.json" may say that it describes "ink.safetensors" beside it.
// Each such file costs one stat; it is read when it is new or changed.
func (l *Library) claim(f *folder, here *guard.Root, dir string, groups []named, left []string, beat func()) {
	if len(left) == 0 {
		return
	}
	byName := make(map[string]int, len(groups))
	for i := range groups {
		byName[path.Base(groups[i].rel)] = i
	}
	for _, name := range left[:min(len(left), maxLeft)] {
		beat()
		rel := path.Join(dir, name)
		info, err := f.lookAt(here, rel)
		if err != nil || !info.Mode().IsRegular() || info.Size() > maxLeftBytes {
			continue
		}
		named := l.claims.of(f, rel, info)
		if at, ok := byName[named]; ok && named != "" {
			groups[at].sidecars = append(groups[at].sidecars, rel)
		}
	}
}

// claims remembers which file each JSON file names, most of them none, so that the next
// scan need not read it again. What is unchanged is told by place, size and time.
type claims struct {
	seed maphash.Seed

	mu    sync.Mutex
	known map[uint64]string
}

// maxClaims bounds the memory: some 10 MB.
const maxClaims = 300_000

func (c *claims) of(f *folder, rel string, info fs.FileInfo) string {
	key := maphash.Comparable(c.seed, struct {
		root, rel     string
		size, mtimeNS int64
	}{f.root.Path, rel, info.Size(), info.ModTime().UnixNano()})
	c.mu.Lock()
	named, ok := c.known[key]
	c.mu.Unlock()
	if ok {
		return named
	}
	f.note("claim", rel)
	data, err := f.disk.ReadFile(rel, maxLeftBytes)
	if err != nil {
		return "" // the next scan tries again
	}
	named = sidecar.NamedFile(data)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.known) >= maxClaims {
		clear(c.known)
	}
	c.known[key] = named
	return named
}
