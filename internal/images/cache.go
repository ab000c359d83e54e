package images

import (
	"bytes"
	"container/list"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"loramanager/internal/guard"
)

const suffix = ".jpg"

// cache keeps files in 256 folders and forgets those not looked at for longest. Every
// failure of the disk is a miss: what is kept can always be made again.
type cache struct {
	dir *guard.Root
	max int64

	mu     sync.Mutex
	loaded bool // what was there at the start is known, so bytes can be trusted
	bytes  int64
	order  *list.List // of *entry, latest look first
	byName map[string]*list.Element
}

type entry struct {
	name  string
	bytes int64
}

func newCache(dir *guard.Root, limit int64) *cache {
	return &cache{dir: dir, max: limit, order: list.New(), byName: map[string]*list.Element{}}
}

func relOf(name string) string { return name[:2] + "/" + name + suffix }

// read returns the file called name. One that a power failure has cut short is removed.
func (c *cache) read(name string) ([]byte, bool) {
	data, err := c.dir.ReadFile(relOf(name), maxThumbBytes)
	if err != nil {
		return nil, false
	}
	if !bytes.HasPrefix(data, []byte{0xff, 0xd8}) || !bytes.HasSuffix(data, []byte{0xff, 0xd9}) {
		c.drop(name)
		return nil, false
	}
	c.touch(name, int64(len(data)))
	return data, true
}

// write keeps data as name and makes room for it. A full or read-only disk is no
// reason to fail: the thumbnail is shown and will be made again.
func (c *cache) write(name string, data []byte) {
	if c.dir.MkdirAll(name[:2]) != nil || c.dir.Replace(relOf(name), data) != nil {
		return
	}
	c.touch(name, int64(len(data)))
	for _, old := range c.surplus() {
		_ = c.dir.Remove(relOf(old)) // gone already, or tried again at the next start
	}
}

// touch notes that name was looked at.
func (c *cache) touch(name string, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if element, ok := c.byName[name]; ok {
		c.order.MoveToFront(element)
		if known, ok := element.Value.(*entry); ok {
			c.bytes += size - known.bytes
			known.bytes = size
		}
		return
	}
	c.byName[name] = c.order.PushFront(&entry{name, size})
	c.bytes += size
}

func (c *cache) drop(name string) {
	c.mu.Lock()
	if element, ok := c.byName[name]; ok {
		c.forget(element)
	}
	c.mu.Unlock()
	_ = c.dir.Remove(relOf(name)) // a file that cannot be removed will be replaced
}

// surplus forgets entries until the rest fits, a tenth below the limit so that it does
// not run for every file, and returns the names to remove.
func (c *cache) surplus() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.loaded || c.bytes <= c.max {
		return nil
	}
	var names []string
	for c.bytes > c.max-c.max/10 && c.order.Len() > 1 {
		names = append(names, c.forget(c.order.Back()))
	}
	return names
}

// forget takes an element out of the books. The caller holds mu.
func (c *cache) forget(element *list.Element) string {
	e, _ := c.order.Remove(element).(*entry)
	delete(c.byName, e.name)
	c.bytes -= e.bytes
	return e.name
}

// load finds what earlier runs have left, oldest at the back, and removes the remains
// of interrupted writes.
func (c *cache) load(ctx context.Context) {
	type found struct {
		entry
		made time.Time
	}
	var all []found
	folders, _ := c.dir.ReadDir(".") // an unreadable folder is an empty one
	for _, folder := range folders {
		if ctx.Err() != nil {
			return
		}
		if !folder.IsDir() || len(folder.Name()) != 2 {
			continue
		}
		files, _ := c.dir.ReadDir(folder.Name())
		for _, file := range files {
			name, isThumb := strings.CutSuffix(file.Name(), suffix)
			info, err := file.Info()
			switch {
			case err != nil || !info.Mode().IsRegular():
			case isThumb && len(name) == 32:
				all = append(all, found{entry{name, info.Size()}, info.ModTime()})
			case strings.HasSuffix(file.Name(), ".tmp") && time.Since(info.ModTime()) > time.Hour:
				_ = c.dir.Remove(folder.Name() + "/" + file.Name()) // tried again at the next start
			}
		}
	}
	slices.SortFunc(all, func(a, b found) int { return b.made.Compare(a.made) })
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range all {
		if _, known := c.byName[f.name]; !known {
			c.byName[f.name] = c.order.PushBack(&entry{f.name, f.bytes})
			c.bytes += f.bytes
		}
	}
	c.loaded = true
}
