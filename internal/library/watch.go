package library

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/fsnotify/fsnotify"

	"loramanager/internal/lora"
	"loramanager/internal/sidecar"
)

// watcher hears from the operating system what changes in the folders and has those
// places looked at again. Watches are set while folders are walked. Where that is
// impossible - network drives, too many folders - the schedule scans more often.
type watcher struct {
	lib  *Library
	ctx  context.Context // as long as this server watches
	fs   *fsnotify.Watcher
	wait time.Duration // quiet time before changes are looked at

	mu      sync.Mutex
	folders map[string]touched // absolute path of a watched folder
	full    map[string]bool    // roots that could not be watched completely
}

const (
	// maxWatched bounds the kernel's memory for watches, about 1 KiB each.
	maxWatched = 50_000
	// maxTouched is the number of changed folders from which a whole scan is cheaper.
	maxTouched = 200
	quietTime  = 500 * time.Millisecond
	// maxQuiet is how long changes wait at most while more are coming in.
	maxQuiet = 2 * time.Second
)

func newWatcher(ctx context.Context, l *Library) (*watcher, error) {
	fs, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	return &watcher{lib: l, ctx: ctx, fs: fs, wait: quietTime, folders: map[string]touched{}, full: map[string]bool{}}, nil
}

// add watches a folder that is being walked. A nil watcher watches nothing.
func (w *watcher) add(root lora.Root, rel string) {
	if w == nil || w.lib.states.of(root.ID).network {
		return
	}
	abs := filepath.Join(root.Path, filepath.FromSlash(rel))
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, ok := w.folders[abs]; ok || w.full[root.ID] {
		return
	}
	err := errors.New("too many folders")
	if len(w.folders) < maxWatched {
		err = w.fs.Add(abs)
	}
	if err != nil {
		w.full[root.ID] = true
		w.lib.o.Logger.Warn("the folder is not watched completely and will be scanned more often", "root", root.Path, "error", err)
		return
	}
	w.folders[abs] = touched{root.ID, rel}
}

// isNew reports whether a folder is not watched although its root is.
func (w *watcher) isNew(root lora.Root, rel string) bool {
	if w == nil {
		return false
	}
	abs := filepath.Join(root.Path, filepath.FromSlash(rel))
	w.mu.Lock()
	defer w.mu.Unlock()
	_, ok := w.folders[abs]
	return !ok && !w.full[root.ID]
}

// covers reports whether every folder of a root is watched.
func (w *watcher) covers(rootID string) bool {
	if w == nil || w.lib.states.of(rootID).network {
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return !w.full[rootID]
}

// drop ends the watches of a folder and all below it.
func (w *watcher) drop(abs string) {
	if w == nil {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	below := strings.TrimSuffix(abs, string(filepath.Separator)) + string(filepath.Separator)
	for watched, at := range w.folders {
		if watched == abs || strings.HasPrefix(watched, below) {
			delete(w.folders, watched)
			_ = w.fs.Remove(watched) // usually gone with the folder
			delete(w.full, at.rootID)
		}
	}
}

// run collects events until its time is over. Looking at changes happens beside
// it, one look at a time, so that the kernel's queue is always emptied.
func (w *watcher) run() {
	defer func() { _ = w.fs.Close() }()
	var (
		dirty   = map[touched]struct{}{}
		since   time.Time
		timer   = time.NewTimer(time.Hour)
		looking bool
		looked  = make(chan []touched, 1)
	)
	defer timer.Stop()
	for {
		select {
		case <-w.ctx.Done():
			if looking {
				<-looked
			}
			return
		case event, ok := <-w.fs.Events:
			if !ok {
				return
			}
			at, relevant := w.place(event)
			if !relevant {
				continue
			}
			if len(dirty) == 0 {
				since = time.Now()
			}
			dirty[at] = struct{}{}
			timer.Reset(min(w.wait, max(0, maxQuiet-time.Since(since))))
		case err := <-w.fs.Errors:
			w.lib.o.Logger.Warn("watching folders", "error", err)
			if errors.Is(err, fsnotify.ErrEventOverflow) {
				w.scanAll()
			}
		case <-timer.C:
			if looking || len(dirty) == 0 {
				continue // looked brings the timer back
			}
			places := make([]touched, 0, len(dirty))
			for at := range dirty {
				places = append(places, at)
			}
			clear(dirty)
			looking = true
			go func() { looked <- w.look(places) }()
		case waiting := <-looked:
			looking = false
			for _, at := range waiting {
				dirty[at] = struct{}{}
			}
			if len(dirty) > 0 {
				since = time.Now()
				timer.Reset(w.lib.o.Settle)
			}
		}
	}
}

// place returns the watched folder an event happened in and whether it can matter.
func (w *watcher) place(event fsnotify.Event) (touched, bool) {
	if event.Op&^fsnotify.Chmod == 0 {
		return touched{}, false
	}
	w.mu.Lock()
	_, isFolder := w.folders[event.Name]
	at, ok := w.folders[filepath.Dir(event.Name)]
	w.mu.Unlock()
	if isFolder && event.Has(fsnotify.Remove|fsnotify.Rename) {
		w.drop(event.Name)
	}
	name := filepath.Base(event.Name)
	if !ok || strings.HasPrefix(name, ".") {
		return at, false
	}
	if _, role, _ := sidecar.Split(name); role == sidecar.Other && !isFolder {
		// Perhaps a folder, which has nothing to write into.
		return at, !event.Has(fsnotify.Write) && !unfinished(name)
	}
	return at, true
}

// unfinished reports names that programs give to downloads still going on.
func unfinished(name string) bool {
	switch strings.ToLower(filepath.Ext(name)) {
	case ".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".aria2", ".incomplete", ".lock":
		return true
	}
	return false
}

// look has the changed places scanned and returns those to be looked at again.
func (w *watcher) look(places []touched) []touched {
	if len(places) > maxTouched {
		if w.scanAll() {
			return nil
		}
		return places
	}
	waiting, err := w.lib.rescanFolders(w.ctx, places, nil)
	if err != nil && !errors.Is(err, context.Canceled) {
		w.lib.o.Logger.Error("changes in the library folders were not read; the next scan finds them", "error", err)
	}
	return waiting
}

func (w *watcher) scanAll() bool {
	_, err := w.lib.StartScan(w.ctx, nil, TriggerWatch)
	return err == nil
}

// looks remembers files that were seen while they were perhaps still being written.
type looks struct {
	mu   sync.Mutex
	seen map[touched]lora.FileStamp
}

const maxLooks = 10_000

// settled reports whether a file has stopped changing: it was not changed lately, or
// has not changed since the look before.
func (l *Library) settled(rootID string, s *sighting) bool {
	at := touched{rootID, s.rel}
	l.looks.mu.Lock()
	defer l.looks.mu.Unlock()
	before, again := l.looks.seen[at]
	if !s.fresh || again && before == s.stamp {
		delete(l.looks.seen, at)
		return true
	}
	if l.looks.seen == nil || len(l.looks.seen) >= maxLooks {
		l.looks.seen = map[touched]lora.FileStamp{}
	}
	l.looks.seen[at] = s.stamp
	return false
}
