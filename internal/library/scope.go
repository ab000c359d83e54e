package library

import (
	"context"
	"errors"
	"path"
	"slices"
	"sync"

	"loramanager/internal/lora"
)

// scope is the part of one root that a run looks at. A scope without starting
// folders is only there because links may lead into its root and files may have
// moved out of it.
type scope struct {
	run     *run
	root    lora.Root
	starts  []string
	deep    bool
	folder  *folder // nil while the root is offline
	known   map[string]*record
	walk    walker
	offline bool // not there
	hung    bool // there, but without an answer

	mu   sync.Mutex
	held []heldFile // unknown files that may be known ones that moved
}

// open opens the folder, loads what is known of it, and judges whether it is really
// there: an empty folder where adapters used to be is where a drive is not mounted.
// Only errors of the database and of ctx come back.
func (s *scope) open(ctx context.Context) error {
	passive := len(s.starts) == 0
	if passive && s.run.lib.states.hanging(s.root.ID) {
		s.hung = true
		return nil
	}
	f, diskErr := s.run.lib.openFolder(ctx, s.root)
	if diskErr == nil {
		s.folder = f
		if s.deep {
			if err := s.finishTrashing(ctx); err != nil {
				return err
			}
		}
	}
	if !passive {
		var err error
		if s.known, err = s.run.known.of(ctx, s.root.ID); err != nil {
			return err
		}
	}
	var state rootState
	if diskErr == nil {
		state, diskErr = onDisk(ctx, f, func(func()) (rootState, error) { return s.examine() })
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case diskErr == nil:
		s.run.mu.Lock()
		s.run.disks = append(s.run.disks, f.disk)
		s.run.mu.Unlock()
		s.run.lib.states.put(s.root.ID, state)
	default:
		s.close()
		s.giveUp(diskErr, passive)
	}
	return nil
}

func (s *scope) close() {
	if s.folder != nil {
		s.folder.close()
		s.folder = nil
	}
}

// giveUp notes that the folder is not there or does not answer.
func (s *scope) giveUp(err error, passive bool) {
	s.hung = errors.Is(err, errHanging)
	s.offline = !s.hung
	if passive {
		return
	}
	if s.hung {
		s.hung = false // hang notes it once
		s.hang()
		return
	}
	s.run.lib.states.set(s.root.ID, stateOffline)
	s.run.report(s.root, ".", "", warning("root_offline", sentence(err),
		"Connect the drive or correct the folder. Its adapters are marked missing; nothing was deleted."))
}

// examine runs on the disk.
func (s *scope) examine() (rootState, error) {
	s.folder.note("list", ".")
	if len(s.known) > 0 {
		empty, err := isEmpty(s.folder.disk)
		if err != nil {
			return rootState{}, err
		}
		if empty {
			return rootState{}, lora.Errorf(lora.NotFound,
				"The folder is empty, but adapters were there before: its drive is probably not mounted.")
		}
	}
	return look(s.root.Path), nil
}

// hang notes that the folder stopped answering. It is given up for this run.
func (s *scope) hang() {
	s.mu.Lock()
	again := s.hung
	s.hung = true
	s.mu.Unlock()
	if again {
		return
	}
	s.run.lib.states.set(s.root.ID, stateHanging)
	s.run.report(s.root, ".", "", warning("root_hanging", errHanging.Message,
		"Check the network drive. Its adapters were left as they are; the next scan tries again."))
}

// walkInto walks and sends on what has to be read.
func (s *scope) walkInto(ctx context.Context, tasks chan<- task) error {
	lib := s.run.lib
	s.walk = walker{
		lib: lib, folder: s.folder, disks: s.run.reachable, deep: s.deep,
		isNew:    s.isNewFolder,
		onFolder: func(rel string) { lib.watcher.Load().add(s.root, rel) },
		report:   func(rel string, f lora.Finding) { s.run.report(s.root, rel, "", f) },
		emit: func(found sighting) error {
			s.run.count(func(c *lora.ScanCounts) { c.Found++ })
			return s.decide(ctx, found, tasks)
		},
	}
	err := s.walk.walk(ctx, s.starts)
	if errors.Is(err, errHanging) {
		s.hang()
		return nil
	}
	return err
}

// decide compares a file with what the catalog knows of it.
func (s *scope) decide(ctx context.Context, found sighting, tasks chan<- task) error {
	r := s.run
	t := task{sighting: found}
	forced := r.asked[touched{s.root.ID, found.rel}]
	if known := s.known[found.rel]; known != nil {
		known.seen = true
		if !forced && known.unchanged(&found) && known.Companions == found.companionStamp() {
			if known.State == lora.FileMissing {
				r.present(known.AdapterID)
			} else {
				r.count(func(c *lora.ScanCounts) { c.Unchanged++ })
			}
			return nil
		}
		t.known, t.settled = known, true
	}
	if !r.visible && !forced && !r.lib.settled(s.root.ID, &found) {
		r.unsettle(s.root.ID, path.Dir(found.rel))
		return nil
	}
	if t.known == nil {
		if err := r.known.index(ctx); err != nil {
			return err
		}
		if found.stamp.Inode != 0 && len(r.known.byStamp[found.stamp]) > 0 {
			s.hold(heldFile{sighting: found})
			return nil
		}
	}
	select {
	case tasks <- t:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *scope) hold(h heldFile) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, h)
}

// isNewFolder reports whether a folder appeared since its root was walked. When
// single files are read again, no folder is looked for.
func (s *scope) isNewFolder(rel string) bool {
	return s.run.asked == nil && s.run.lib.watcher.Load().isNew(s.root, rel)
}

// covers reports whether this run would have seen the file at rel if it were still
// there: its folder was listed, or a folder above it was and no longer holds the way
// to it. A folder that could not be listed says nothing.
func (s *scope) covers(rel string) bool {
	switch {
	case s.hung || len(s.starts) == 0:
		return false
	case s.offline:
		return true
	}
	way := rel
	for dir := path.Dir(rel); ; dir = path.Dir(dir) {
		if slices.Contains(s.walk.failed, dir) {
			return false
		}
		if subfolders, ok := s.walk.listed[dir]; ok {
			_, found := slices.BinarySearch(subfolders, way)
			return dir == path.Dir(rel) || !found
		}
		if dir == "." {
			return s.deep
		}
		way = dir
	}
}
