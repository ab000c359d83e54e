package library

import (
	"context"
	"io/fs"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// rootState is what is known of a folder's disk, kept in memory only.
type rootState struct {
	state    string
	at       time.Time
	writable bool
	network  bool
	away     bool // was not there at some time since its last scan
}

// The states of lora.Root, and one more that is shown as offline.
const (
	stateOnline    = "online"
	stateOffline   = "offline"
	stateUnscanned = "unscanned"
	stateHanging   = "hanging"
)

// rootStates remembers how the folders were doing when last looked at.
type rootStates struct {
	mu     sync.Mutex
	byRoot map[string]rootState
}

// hangingFor is how long a folder that did not answer is left in peace by all but scans of its own.
const hangingFor = time.Minute

// probeEvery is how long an answer about a folder's disk is good for.
const probeEvery = 5 * time.Second

func (s *rootStates) set(id, state string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.byRoot[id]
	r.state, r.at = state, time.Now()
	r.away = r.away || state != stateOnline
	s.byRoot[id] = r
}

func (s *rootStates) forget(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.byRoot, id)
}

func (s *rootStates) of(id string) rootState {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byRoot[id]
}

func (s *rootStates) hanging(id string) bool {
	r := s.of(id)
	return r.state == stateHanging && time.Since(r.at) < hangingFor
}

// look finds out how an opened folder's disk is doing. It runs on the disk.
func look(path string) rootState {
	s := rootState{state: stateOnline, at: time.Now(), writable: writable(path)}
	_, s.network = guard.NetworkFilesystem(path)
	return s
}

// isEmpty reports whether nothing lies in the folder. It runs on the disk.
func isEmpty(disk *guard.Root) (bool, error) {
	empty := true
	err := disk.List(".", func([]fs.DirEntry) bool {
		empty = false
		return false
	})
	return empty, err
}

func (s *rootStates) put(id string, state rootState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.byRoot[id] = state
}

// probe looks at a folder's disk if that was not done lately, for at most half a
// second. A folder that was found offline is online again only when it is not empty:
// the mount point is there without its drive, too.
func (l *Library) probe(ctx context.Context, root lora.Root) rootState {
	known := l.states.of(root.ID)
	if known.state != "" && time.Since(known.at) < probeEvery || l.states.hanging(root.ID) {
		return known
	}
	f := l.folder(root, 500*time.Millisecond)
	now, err := onDisk(ctx, f, func(func()) (rootState, error) {
		f.note("probe", ".")
		disk, err := guard.OpenRoot(root.Path)
		if err != nil {
			return rootState{}, err
		}
		defer func() { _ = disk.Close() }()
		if known.state == stateOffline {
			if empty, err := isEmpty(disk); err != nil || empty {
				return rootState{state: stateOffline, at: time.Now(), network: known.network}, nil
			}
		}
		return look(root.Path), nil
	})
	if ctx.Err() != nil {
		return known
	}
	if err != nil {
		now = rootState{state: stateOffline, at: time.Now(), network: known.network}
		if f.hung.Load() {
			now.state = stateHanging
		}
	}
	now.away = known.away || now.state != stateOnline
	l.states.put(root.ID, now)
	return now
}
