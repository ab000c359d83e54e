package library

import (
	"context"
	"errors"
	"hash/maphash"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"loramanager/internal/guard"
)

// Options are what a Library needs. Files to Announcer are required; the rest has
// the defaults that are named.
type Options struct {
	Files     FileCatalog
	Placement Placement
	Registry  RootRegistry
	ScanLog   ScanLog
	DigestLog DigestLog
	Announcer Announcer
	// Leases say which of several servers scans; nil when this is the only one.
	Leases Leases
	// Holder is the name of this process among them; no other has it.
	Holder string
	// LeaseFor is how long the others wait for a server that died: 10 s.
	LeaseFor time.Duration

	Logger *slog.Logger     // slog.Default()
	Now    func() time.Time // time.Now
	Limits guard.Limits     // guard.Default()

	// Ignore holds shell patterns for names and paths that scans leave out.
	Ignore []string
	// Private holds absolute paths that can never become library folders: the server's own data.
	Private []string
	// Home is where SuggestRoots looks for other tools' folders.
	Home string

	// Watch asks for live watching; without it, and where it is impossible, folders are scanned periodically.
	Watch bool
	// ScanOnStart scans all folders when the Library starts.
	ScanOnStart bool
	// WatchedRescan is the time between full scans of folders that are watched: 6 h.
	WatchedRescan time.Duration
	// UnwatchedRescan is the time between full scans of all other folders: 15 min.
	UnwatchedRescan time.Duration
	// Settle is how long a new file must not have changed before it is read: 2 s.
	Settle time.Duration
	// FileTimeout is how long a disk may take for one answer before its folder is given up: 10 s.
	FileTimeout time.Duration

	// Digests turns the background lane on.
	Digests bool
	// DigestBytesPerSecond slows the lane down; 0 is full speed.
	DigestBytesPerSecond int64
}

func (o *Options) fill() {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Limits == (guard.Limits{}) {
		o.Limits = guard.Default()
	}
	pick := func(field *time.Duration, byDefault time.Duration) {
		if *field <= 0 {
			*field = byDefault
		}
	}
	pick(&o.WatchedRescan, 6*time.Hour)
	pick(&o.UnwatchedRescan, 15*time.Minute)
	pick(&o.Settle, 2*time.Second)
	pick(&o.FileTimeout, 10*time.Second)
	pick(&o.LeaseFor, 10*time.Second)
}

// Library keeps the catalog in step with the folders on disk. Its methods may be
// called from several goroutines.
type Library struct {
	o       Options
	ops     *gate // accesses to disks
	runs    sync.WaitGroup
	ctx     context.Context // ends with Close
	stop    context.CancelFunc
	slot    chan struct{}           // held by the one scan that runs
	watcher atomic.Pointer[watcher] // nil when nothing is watched
	lane    *lane
	states  rootStates
	looks   looks
	claims  claims

	mu      sync.Mutex
	duty    *duty               // nil while this server is not the one that scans
	running *run                // the scan a user sees, nil when none
	waiting []string            // new roots to be scanned after it
	placed  map[string]struct{} // moved by us since the last scan began
	closed  bool

	// before is handed to every folder, see there.
	before atomic.Pointer[func(op, rel string)]
}

// New returns a Library at rest: it answers and moves files, and scans on request.
// Start makes it watch, scan by itself and compute digests.
func New(o Options) *Library {
	o.fill()
	l := &Library{o: o, ops: newGate(), slot: make(chan struct{}, 1), placed: map[string]struct{}{}}
	l.ctx, l.stop = context.WithCancel(context.Background())
	l.lane = newLane(l)
	l.states.byRoot = map[string]rootState{}
	l.claims = claims{seed: maphash.MakeSeed(), known: map[uint64]string{}}
	return l
}

// Start makes this server ready to watch, scan by itself and compute digests, as the
// Options say, until ctx ends or the Library closes. Of several servers one does it at a
// time. Start does not wait for the database: that may still be loading its index.
func (l *Library) Start(ctx context.Context) error {
	l.spawn(func() {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		defer context.AfterFunc(l.ctx, cancel)()
		l.stand(ctx)
	})
	return nil
}

// Close cancels what runs and waits for it. A disk that does not answer is waited
// for only for moments.
func (l *Library) Close() error {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.stop()
	l.runs.Wait()
	if !l.ops.shut(2 * time.Second) {
		return errors.New("library: a disk still does not answer; its pending reads were abandoned")
	}
	return nil
}

// spawn runs work in a goroutine that Close waits for. It reports whether it could.
func (l *Library) spawn(work func()) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.runs.Go(work)
	return true
}

// announce passes an event on.
func (l *Library) announce(event string, data any) { l.o.Announcer.Announce(event, data) }

// readers is the number of files read at a time in one folder: twice the cores,
// since reading waits for the disk.
func readers() int { return 2 * runtime.GOMAXPROCS(0) }
