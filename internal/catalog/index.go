package catalog

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"sync"
	"time"
)

// The properties that are true or false, one bit set each.
const (
	flagActive = iota
	flagFavorite
	flagMissing
	flagUnreadable
	flagUnsafe
	flagTrashed
	flagDuplicate
	flagPreview
	flagTriggers
	flagNotes
	flagRating
	flagFinding
	flagTags
	flagAuthor
	flagUsed
	flagNSFW
	flagCount
)

// nsfwFrom is the level from which is:nsfw counts an adapter.
const nsfwFrom = 4

// Index holds one line per adapter in columns. Slots are stable while an adapter
// lives and are used again afterwards. Many readers, one writer.
type Index struct {
	now func() time.Time

	mu     sync.RWMutex
	change int64
	slots  map[string]uint32 // by id
	free   []uint32
	used   int // slots handed out so far, free ones included
	room   int // slots the columns have room for

	live  bitset // slots that hold an adapter
	flags [flagCount]bitset
	texts texts

	id       []string
	name     []string
	key      []int64
	base     column
	kind     column
	folder   column
	parents  []uint32 // of every folder; a parent's number is smaller than its children's
	author   column
	root     column
	trainer  column
	version  column
	tags     lists
	findings lists
	rank     []int64
	alpha    []float64 // NaN when unknown
	weight   []float64
	size     []int64
	rating   []uint8
	nsfw     []uint8
	useCount []int64
	times    [timeCount][]int64
	tensors  []uint64 // what duplicates share; 0 when unknown
	content  []uint64 // first half of the SHA-256; 0 when unknown
	twins    twins

	rootNames map[string]string
	marks     map[int64]*marks // by account

	ordersMu sync.Mutex
	orders   map[orderKey][]uint32
	views    map[int64]*view // by account
}

const (
	timeAdded = iota
	timeUpdated
	timeModified
	timeUsed
	timeCount
)

// column is a property with few distinct values.
type column struct {
	*values
	of []uint32
}

// New returns an empty index. now is asked whenever a query speaks of days ago.
func New(now func() time.Time) *Index {
	x := &Index{
		now:       now,
		slots:     make(map[string]uint32),
		tags:      newLists(),
		findings:  newLists(),
		twins:     newTwins(),
		rootNames: make(map[string]string),
		orders:    make(map[orderKey][]uint32),
		marks:     make(map[int64]*marks),
		views:     make(map[int64]*view),
	}
	for _, c := range x.columns() {
		c.values = newValues()
	}
	x.parents = []uint32{0}
	return x
}

func (x *Index) columns() []*column {
	return []*column{&x.base, &x.kind, &x.folder, &x.author, &x.root, &x.trainer, &x.version}
}

// Change returns the number given to the last Apply.
func (x *Index) Change() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.change
}

// SetRoots tells the display name of every library folder, by id.
func (x *Index) SetRoots(names map[string]string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.rootNames = names
}

// Reserve makes room for n more adapters, so that a first load copies nothing.
func (x *Index) Reserve(n int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.grow(x.used + n)
}

// Apply takes over new and changed rows, forgets the removed ids with their marks, takes
// over new and changed marks, and remembers the database's change number all this
// belongs to. Marks of adapters that are not known are left out.
func (x *Index) Apply(rows []Row, removed []string, change int64, marks ...Mark) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(rows)+len(removed) > 0 {
		clear(x.views)
	}
	patch := x.startPatch(len(rows) + len(removed))
	var freed []uint32
	for _, id := range removed {
		slot, ok := x.slots[id]
		if !ok {
			continue
		}
		patch.leave(slot)
		x.remove(slot)
		freed = append(freed, slot)
	}
	for i := range rows {
		slot, known := x.slots[rows[i].ID]
		if !known {
			slot = x.take()
		}
		patch.before(slot, known)
		x.put(slot, &rows[i])
		patch.after(slot)
	}
	patch.finish()
	x.forgetMarks(freed)
	x.applyMarks(marks)
	x.free = append(x.free, freed...)
	x.texts.tidy()
	x.tags.tidy()
	x.findings.tidy()
	x.change = change
}

// take hands out a slot. Slots freed by the Apply that is running are not among them.
func (x *Index) take() uint32 {
	if n := len(x.free); n > 0 {
		slot := x.free[n-1]
		x.free = x.free[:n-1]
		return slot
	}
	if x.used == x.room {
		x.grow(max(1024, x.used+x.used/4))
	}
	x.used++
	return uint32(x.used - 1) //nolint:gosec // slots fit 32 bits
}

func (x *Index) grow(room int) {
	if room <= x.room {
		return
	}
	room = (room + 63) &^ 63
	clear(x.views)
	x.live = x.live.grown(room)
	for i := range x.flags {
		x.flags[i] = x.flags[i].grown(room)
	}
	x.texts.grow(room)
	x.id = resized(x.id, room)
	x.name = resized(x.name, room)
	x.key = resized(x.key, room)
	for _, c := range x.columns() {
		c.of = resized(c.of, room)
	}
	x.tags.grow(room)
	x.findings.grow(room)
	x.rank = resized(x.rank, room)
	x.alpha = resized(x.alpha, room)
	x.weight = resized(x.weight, room)
	x.size = resized(x.size, room)
	x.rating = resized(x.rating, room)
	x.nsfw = resized(x.nsfw, room)
	x.useCount = resized(x.useCount, room)
	for i := range x.times {
		x.times[i] = resized(x.times[i], room)
	}
	x.tensors = resized(x.tensors, room)
	x.content = resized(x.content, room)
	x.twins.next = resized(x.twins.next, room)
	x.room = room
}

func resized[T any](s []T, n int) []T {
	t := make([]T, n)
	copy(t, s)
	return t
}

func (x *Index) remove(slot uint32) {
	x.unlink(slot)
	delete(x.slots, x.id[slot])
	x.live.clear(slot)
	for i := range x.flags {
		x.flags[i].clear(slot)
	}
	x.texts.drop(slot)
	x.id[slot], x.name[slot] = "", ""
	x.tags.put(slot, nil)
	x.findings.put(slot, nil)
}

func (x *Index) put(slot uint32, r *Row) {
	if !x.live.has(slot) {
		x.slots[r.ID] = slot
		x.id[slot] = r.ID
		x.live.set(slot)
	} else {
		x.unlink(slot)
	}
	x.texts.put(slot, r)
	x.name[slot], x.key[slot] = r.Name, r.Key
	x.base.of[slot] = x.base.number(r.BaseModel)
	x.kind.of[slot] = x.kind.number(r.Kind)
	x.folder.of[slot] = x.folderNumber(r.Folder)
	x.author.of[slot] = x.author.number(r.Author)
	x.root.of[slot] = x.root.number(r.RootID)
	x.trainer.of[slot] = x.trainer.number(r.Trainer)
	x.version.of[slot] = x.version.number(r.Version)
	x.tags.put(slot, r.Tags)
	x.findings.put(slot, r.Findings)
	x.rank[slot], x.weight[slot], x.size[slot] = r.Rank, r.Weight, r.FileSize
	x.alpha[slot] = nan
	if r.HasAlpha {
		x.alpha[slot] = r.Alpha
	}
	x.rating[slot] = uint8(min(max(r.Rating, 0), 5))    //nolint:gosec // clamped
	x.nsfw[slot] = uint8(min(max(r.NSFWLevel, 0), 255)) //nolint:gosec // clamped
	x.useCount[slot] = r.UseCount
	x.times[timeAdded][slot], x.times[timeUpdated][slot] = r.Added, r.Updated
	x.times[timeModified][slot], x.times[timeUsed][slot] = r.Modified, r.LastUsed
	x.putFlags(slot, r)
	x.content[slot] = digestHead(r.SHA256)
	x.tensors[slot] = digestHead(r.AutoV3)
	// What lies behind a header that cannot be read is not known to be tensors.
	if x.tensors[slot] == 0 || r.Unreadable {
		x.tensors[slot] = x.content[slot]
	}
	x.link(slot)
}

func (x *Index) putFlags(slot uint32, r *Row) {
	for flag, on := range [flagCount]bool{
		flagActive: r.Active, flagFavorite: r.Favorite, flagMissing: r.Missing,
		flagUnreadable: r.Unreadable, flagUnsafe: r.Unsafe, flagTrashed: r.Trashed,
		flagPreview: r.HasPreview, flagTriggers: len(r.Triggers)+len(r.TrainedWords) > 0,
		flagNotes: r.Notes != "", flagRating: r.Rating > 0, flagFinding: len(r.Findings) > 0,
		flagTags: len(r.Tags) > 0, flagAuthor: r.Author != "",
		flagUsed: r.UseCount > 0 || r.LastUsed > 0, flagNSFW: r.NSFWLevel >= nsfwFrom,
	} {
		x.flags[flag].put(slot, on)
	}
}

// folderNumber interns a folder after all folders above it.
func (x *Index) folderNumber(folder string) uint32 {
	if n, ok := x.folder.numbers[folder]; ok {
		return n
	}
	parent := uint32(0)
	if cut := strings.LastIndexByte(folder, '/'); cut > 0 {
		parent = x.folderNumber(folder[:cut])
	}
	n := x.folder.number(folder)
	x.parents = append(x.parents, parent)
	return n
}

// digestHead returns the first 64 bits of a digest, 0 when there is none.
func digestHead(digest string) uint64 {
	if len(digest) < 16 {
		return 0
	}
	var head [8]byte
	if _, err := hex.Decode(head[:], []byte(digest[:16])); err != nil {
		return 0
	}
	return binary.BigEndian.Uint64(head[:])
}
