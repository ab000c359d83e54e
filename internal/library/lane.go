package library

import (
	"context"
	"errors"
	"path"
	"sync"
	"time"

	"loramanager/internal/digest"
	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// lane computes digests in the background: one file at a time, so that no disk has
// to serve two long reads, and none while a scan runs. What is still to do stands in
// the database, so it goes on where it stopped.
type lane struct {
	lib   *Library
	knock chan struct{} // something may be to do
	ready []string      // adapters whose new digests have not been announced

	mu       sync.Mutex
	skip     map[string]struct{} // could not be read; tried again after the next scan
	progress DigestProgress
	told     time.Time
}

// laneBatch is how many jobs are asked for at a time. It is small, so that a file
// somebody asks for is soon first.
const laneBatch = 8

func newLane(l *Library) *lane {
	return &lane{lib: l, knock: make(chan struct{}, 1), skip: map[string]struct{}{}}
}

// wake says that there may be something to do. It never blocks.
func (w *lane) wake() {
	select {
	case w.knock <- struct{}{}:
	default:
	}
}

// retry forgets which files could not be read and wakes the lane.
func (w *lane) retry() {
	w.mu.Lock()
	clear(w.skip)
	w.mu.Unlock()
	w.wake()
}

// RequestDigests puts a file first in the lane.
func (l *Library) RequestDigests(ctx context.Context, id string) error {
	if err := l.o.DigestLog.RequestDigests(ctx, id); err != nil {
		return err
	}
	l.lane.mu.Lock()
	delete(l.lane.skip, id)
	l.lane.mu.Unlock()
	l.lane.wake()
	return nil
}

// Digesting says how the digest lane stands.
func (l *Library) Digesting(ctx context.Context) (DigestProgress, error) {
	done, pending, err := l.o.DigestLog.DigestCounts(ctx)
	l.lane.mu.Lock()
	defer l.lane.mu.Unlock()
	p := l.lane.progress
	p.Done, p.Pending = done, pending
	return p, err
}

// run works until ctx ends.
func (w *lane) run(ctx context.Context) {
	for {
		worked, err := w.batch(ctx)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			w.lib.o.Logger.Error("the digest lane stopped for a while", "error", err)
		}
		if worked {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-w.knock:
		case <-time.After(time.Minute):
		}
	}
}

// batch handles the jobs that are first in the lane. It reports whether there may be more.
func (w *lane) batch(ctx context.Context) (bool, error) {
	w.mu.Lock()
	limit := laneBatch + len(w.skip) // look past those that cannot be read now
	w.mu.Unlock()
	jobs, err := w.lib.o.DigestLog.PendingDigests(ctx, limit)
	if err != nil {
		return false, err
	}
	worked := 0
	for _, job := range jobs {
		w.mu.Lock()
		_, skipped := w.skip[job.AdapterID]
		w.mu.Unlock()
		if skipped {
			continue
		}
		if worked++; worked > laneBatch {
			break
		}
		if err := w.one(ctx, job); err != nil || ctx.Err() != nil {
			return false, err
		}
	}
	if len(w.ready) > 0 {
		w.lib.changed("digest", w.ready)
		w.ready = nil
	}
	w.tell(ctx, "", false)
	return worked > 0, nil
}

// one computes and saves the digests of one file. Only errors of the database come back.
func (w *lane) one(ctx context.Context, job lora.DigestJob) error {
	w.tell(ctx, job.RelPath, true)
	var digests digest.Set
	err := w.lib.withFolder(ctx, job.RootID, func(f *folder) (err error) {
		digests, err = w.compute(ctx, f, job)
		return err
	})
	switch {
	case ctx.Err() != nil:
		return nil //nolint:nilerr // the Library is closing
	case err == nil:
		values := map[string]string{}
		for kind, value := range digests.Map() {
			values[string(kind)] = value
		}
		err = w.lib.o.DigestLog.SaveDigests(ctx, job.AdapterID, job.Stamp, values)
		if err == nil {
			w.ready = append(w.ready, job.AdapterID)
			return nil
		}
		if lora.CodeOf(err) != lora.Conflict && lora.CodeOf(err) != lora.NotFound {
			return err
		}
		w.skipForNow(job.AdapterID) // changed or gone meanwhile: the next scan sees to it
		return nil
	case isPassing(err):
		w.skipForNow(job.AdapterID)
		return nil
	}
	w.lib.o.Logger.Warn("no digests of a file", "path", guard.DisplayName(job.RelPath), "error", err)
	return w.lib.o.DigestLog.FailDigests(ctx, job.AdapterID, sentence(err))
}

// isPassing reports errors that the next scan may clear up.
func isPassing(err error) bool {
	switch lora.CodeOf(err) {
	case lora.Unavailable, lora.NotFound, lora.Conflict:
		return true
	}
	return false
}

func (w *lane) skipForNow(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.skip[id] = struct{}{}
}

// compute reads the file once. The file must be the one the scan saw, before and after.
func (w *lane) compute(ctx context.Context, f *folder, job lora.DigestJob) (digest.Set, error) {
	changed := lora.Errorf(lora.Conflict, "The file changed; it will be hashed after the next scan.")
	return onDisk(ctx, f, func(beat func()) (digest.Set, error) {
		f.note("digest", job.RelPath)
		file, err := f.disk.Open(job.RelPath)
		if err != nil {
			return digest.Set{}, err
		}
		defer func() { _ = file.Close() }()
		if file.Size() != job.Stamp.Size || file.Info().ModTime().UnixNano() != job.Stamp.MtimeNS {
			return digest.Set{}, changed
		}
		pace := pacer{lane: w, beat: beat, begun: time.Now(), path: job.RelPath}
		digests, err := digest.Compute(ctx, file, file.Size(), digest.Options{Pace: pace.wait})
		if err != nil {
			return digest.Set{}, err
		}
		file.DropCache()
		after, err := file.Stat()
		if err != nil {
			return digest.Set{}, err
		}
		if after.Size() != job.Stamp.Size || after.ModTime().UnixNano() != job.Stamp.MtimeNS {
			return digest.Set{}, changed
		}
		return digests, nil
	})
}

// pacer keeps one long read polite.
type pacer struct {
	lane   *lane
	beat   func()
	begun  time.Time
	paused time.Duration
	bytes  int64
	told   time.Time
	path   string
}

// wait lets scans go first and keeps to the configured speed.
func (p *pacer) wait(ctx context.Context, bytes int) error {
	p.beat()
	for p.lane.lib.busy() {
		begun := time.Now()
		if err := pause(ctx, 100*time.Millisecond); err != nil {
			return err
		}
		p.paused += time.Since(begun)
		p.beat()
	}
	p.bytes += int64(bytes)
	if limit := p.lane.lib.o.DigestBytesPerSecond; limit > 0 {
		due := time.Duration(float64(p.bytes) / float64(limit) * float64(time.Second))
		for ahead := due - time.Since(p.begun) + p.paused; ahead > 0; ahead = due - time.Since(p.begun) + p.paused {
			if err := pause(ctx, min(ahead, time.Second)); err != nil {
				return err
			}
			p.beat()
		}
	}
	if now := time.Now(); now.Sub(p.told) >= tellDigestsEvery {
		p.told = now
		p.lane.speed(int64(float64(p.bytes) / max(0.001, (now.Sub(p.begun)-p.paused).Seconds())))
		p.lane.tell(ctx, p.path, true)
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// busy reports whether a scan is running.
func (l *Library) busy() bool { return len(l.slot) > 0 }

const tellDigestsEvery = 500 * time.Millisecond

func (w *lane) speed(bytesPerSecond int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.progress.BytesPerSecond = bytesPerSecond
}

// tell announces how the lane stands, at most twice a second, and when it runs dry.
func (w *lane) tell(ctx context.Context, rel string, running bool) {
	now := time.Now()
	w.mu.Lock()
	stopped := w.progress.Running && !running
	w.progress.Running, w.progress.CurrentPath = running, guard.DisplayName(path.Clean(rel))
	if !running {
		w.progress.CurrentPath, w.progress.BytesPerSecond = "", 0
	}
	quiet := now.Sub(w.told) < tellDigestsEvery && !stopped
	if !quiet {
		w.told = now
	}
	w.mu.Unlock()
	if quiet || !running && !stopped {
		return
	}
	p, err := w.lib.Digesting(ctx)
	if err != nil {
		if !errors.Is(err, context.Canceled) {
			w.lib.o.Logger.Warn("digest progress", "error", err)
		}
		return
	}
	w.lib.announce(EventDigestProgress, p)
}
