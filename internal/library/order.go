package library

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"loramanager/internal/lora"
)

// Outcome says what became of the files of many adapters.
type Outcome struct {
	Done   []lora.Place  // where they were before
	Failed []Failure     // whose files are where they were
	Made   []lora.Folder // folders that had to be made, upper ones first
}

// Failure is an adapter whose files could not be moved, and why.
type Failure struct {
	ID  string
	Err error
}

// order is what is to become of one adapter's files. One without moves changes the
// catalog alone.
type order struct {
	was      lora.Place
	is       lora.Place // where the catalog will find it
	name     string     // see lora.Relocation
	moves    []move
	takeBack func() error
}

// orders carries the same kind of order out for many adapters: first the files of some
// hundred of them move, then the catalog learns of these in one transaction, then one
// event tells about them. What the catalog refuses goes back.
type orders struct {
	lib    *Library
	reason string // of the events
	// plan says where an adapter's files go; nil when they need not.
	plan func(ctx context.Context, place *lora.Place) (*order, error)
	// enter tells the catalog; refused holds why it did not take an order, by position.
	enter func(ctx context.Context, moved []*order) (refused []error, err error)
	// tidy, if there is one, is called for what has moved for good.
	tidy func(ctx context.Context, o *order)

	folders map[string]*folder      // by root id
	groups  map[lora.Folder][]named // what lies in a folder, sorted by path
	outcome Outcome
}

// A transaction takes so many orders, fewer when moving them takes long: copying
// between disks goes at the disks' pace.
const (
	ordersAtOnce = 500
	ordersWithin = 2 * time.Second
)

// carryOut moves what can be moved.
func (s *orders) carryOut(ctx context.Context, places []lora.Place) Outcome {
	s.folders, s.groups = map[string]*folder{}, map[lora.Folder][]named{}
	defer s.close()
	var moved []*order
	began := time.Now()
	for i := range places {
		if o := s.move(ctx, &places[i]); o != nil {
			moved = append(moved, o)
		}
		if len(moved) == ordersAtOnce || time.Since(began) > ordersWithin {
			s.settle(ctx, moved)
			moved, began = nil, time.Now()
		}
	}
	s.settle(ctx, moved)
	return s.outcome
}

// one carries out a single order and returns why it failed.
func (s *orders) one(ctx context.Context, id string) error {
	place, err := s.lib.o.Placement.Place(ctx, id)
	if err != nil {
		return err
	}
	if failed := s.carryOut(ctx, []lora.Place{place}).Failed; len(failed) > 0 {
		return failed[0].Err
	}
	return nil
}

// move moves the files of one adapter.
func (s *orders) move(ctx context.Context, place *lora.Place) *order {
	o, err := s.plan(ctx, place)
	switch {
	case err != nil:
	case o == nil:
		s.outcome.Done = append(s.outcome.Done, *place)
		return nil
	case len(o.moves) == 0:
		o.takeBack = func() error { return nil }
	default:
		s.lib.notePlaced(place.AdapterID)
		var made []lora.Folder
		o.takeBack, made, err = moveAll(ctx, o.moves)
		s.outcome.Made = append(s.outcome.Made, made...)
	}
	if err != nil {
		s.fail(place.AdapterID, err)
		return nil
	}
	return o
}

// settle enters what has moved into the catalog.
func (s *orders) settle(ctx context.Context, moved []*order) {
	if len(moved) == 0 {
		return
	}
	refused, err := s.enter(ctx, moved)
	if err != nil {
		refused = make([]error, len(moved))
		for i := range refused {
			refused[i] = err
		}
	}
	var ids []string
	for i, o := range slices.Backward(moved) { // a later one may lie where an earlier one lay
		if refused[i] == nil {
			continue
		}
		why := refused[i]
		if err := o.takeBack(); err != nil {
			why = errors.Join(why, err)
		}
		s.fail(o.was.AdapterID, why)
	}
	for i, o := range moved {
		if refused[i] != nil {
			continue
		}
		s.lib.notePlaced(o.was.AdapterID) // once more, for a scan that began meanwhile
		if s.tidy != nil {
			s.tidy(ctx, o)
		}
		s.outcome.Done = append(s.outcome.Done, o.was)
		ids = append(ids, o.was.AdapterID)
	}
	if len(ids) > 0 {
		s.lib.changed(s.reason, ids)
	}
}

func (s *orders) fail(id string, err error) {
	s.outcome.Failed = append(s.outcome.Failed, Failure{ID: id, Err: err})
}

// folder opens a library folder once for all orders.
func (s *orders) folder(ctx context.Context, rootID string) (*folder, error) {
	if f := s.folders[rootID]; f != nil {
		return f, nil
	}
	root, err := s.lib.rootByID(ctx, rootID)
	if err != nil {
		return nil, err
	}
	if s.lib.states.hanging(rootID) {
		return nil, errHanging
	}
	f, err := s.lib.openFolder(ctx, root)
	if err == nil {
		s.folders[rootID] = f
	}
	return f, err
}

// group lists an adapter and the companions that go where it goes, as a scan sees them.
// A folder is listed once for all orders.
func (s *orders) group(ctx context.Context, f *folder, rel string) ([]string, error) {
	dir := lora.Folder{RootID: f.root.ID, RelPath: path.Dir(rel)}
	groups, ok := s.groups[dir]
	if !ok {
		var err error
		groups, err = onDisk(ctx, f, func(beat func()) ([]named, error) { return s.lib.groupsIn(f, dir.RelPath, beat) })
		if err != nil {
			return nil, explain(err, f.root)
		}
		s.groups[dir] = groups
	}
	rels := []string{rel}
	if at, found := slices.BinarySearchFunc(groups, rel, func(g named, rel string) int { return strings.Compare(g.rel, rel) }); found {
		rels = append(append(rels, groups[at].sidecars...), groups[at].previews...)
	}
	return rels, nil
}

// groupsIn lists one folder. Links to what belongs to an adapter stay where they are.
func (l *Library) groupsIn(f *folder, dir string, beat func()) ([]named, error) {
	here, err := f.disk.Sub(dir)
	if err != nil {
		return nil, err
	}
	defer func() { _ = here.Close() }() // opened for reading: nothing can be lost
	var names []string
	err = here.List(".", func(found []fs.DirEntry) bool {
		beat()
		for _, entry := range found {
			if entry.Type().IsRegular() || entry.Type() == fs.ModeSymlink && kindOf(entry.Name()) != notAdapter {
				names = append(names, entry.Name())
			}
		}
		return true
	})
	slices.Sort(names)
	groups, left := group(dir, names)
	l.claim(f, here, dir, groups, left, beat)
	slices.SortFunc(groups, func(a, b named) int { return strings.Compare(a.rel, b.rel) })
	return groups, err
}

func (s *orders) close() {
	for rootID, f := range s.folders {
		f.close()
		if f.hung.Load() {
			s.lib.states.set(rootID, stateHanging)
		}
	}
}
