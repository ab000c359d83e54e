package library

import (
	"context"
	"path"
	"sync"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// run is one scan: of whole folders, which users see and may cancel, or of the few
// places that changed, which they do not.
type run struct {
	lib     *Library
	visible bool
	asking  bool // another server was asked for it
	roots   []lora.Root
	scopes  []*scope
	known   *knownFiles
	cancel  context.CancelFunc

	opened chan struct{} // closed when each scope's folder is open or given up
	over   chan struct{} // of a visible scan: closed when another may begin

	mu         sync.Mutex
	scan       lora.Scan
	disks      []*guard.Root        // the open ones
	unsettled  map[touched]struct{} // files that are still being written
	presentIDs []string             // records whose files are back
	asked      map[touched]bool     // files to read even if unchanged
}

// touched is a folder, or file, of a root.
type touched struct{ rootID, rel string }

// maxFindings is how many findings of one scan are kept; all are counted.
const maxFindings = 1000

func (r *run) report(root lora.Root, rel, adapterID string, f lora.Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scan.Counts.Findings++
	if len(r.scan.Findings) < maxFindings {
		r.scan.Findings = append(r.scan.Findings, lora.ScanFinding{
			AdapterID: adapterID, Path: guard.DisplayName(path.Join(root.Path, rel)), Finding: f,
		})
	}
}

func (r *run) count(change func(*lora.ScanCounts)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	change(&r.scan.Counts)
}

func (r *run) phase(p lora.ScanPhase) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scan.Phase = p
}

// snapshot copies the scan; the findings are shared, since they are only appended to.
func (r *run) snapshot() lora.Scan {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.scan
	s.Findings = s.Findings[:len(s.Findings):len(s.Findings)]
	return s
}

// do runs all steps. Its error is what made the scan fail; cancelling is none.
func (r *run) do(ctx context.Context) error {
	saver := newSaver(r)
	saved := make(chan error, 1)
	// A failing database ends the steps before it; nothing they do could be kept.
	steps, fail := context.WithCancelCause(ctx)
	defer fail(nil)
	go func() {
		err := saver.save(ctx)
		if err != nil {
			fail(err)
		}
		saved <- err
	}()
	err := r.steps(steps, saver.in)
	close(saver.in)
	saveErr := <-saved
	defer func() {
		for _, s := range r.scopes {
			if s.folder != nil {
				s.folder.close()
			}
		}
	}()
	switch {
	case saveErr != nil:
		return saveErr
	case ctx.Err() != nil:
		return nil
	case err != nil:
		return err
	}
	return r.settle(ctx)
}

// steps runs walk, read and match, and the second reading of what had moved.
func (r *run) steps(ctx context.Context, out chan<- reading) error {
	var opening, walks, reads sync.WaitGroup
	errs := make(chan error, len(r.scopes))
	for _, s := range r.scopes {
		opening.Add(1)
		tasks := make(chan task, 64)
		walks.Go(func() {
			defer close(tasks)
			err := s.open(ctx)
			opening.Done()
			if err == nil && s.folder != nil && len(s.starts) > 0 {
				err = s.walkInto(ctx, tasks)
			}
			if err != nil {
				errs <- err
			}
		})
		reads.Go(func() { s.readAll(ctx, tasks, out) })
	}
	opened := r.opened
	walks.Go(func() {
		opening.Wait()
		close(opened)
	})
	walks.Wait()
	r.phase(lora.PhaseRead)
	reads.Wait()
	select {
	case err := <-errs:
		return err
	default:
	}
	r.phase(lora.PhaseMatch)
	found, err := r.match(ctx)
	if err != nil {
		return err
	}
	for s, list := range found {
		tasks := make(chan task, len(list))
		for _, t := range list {
			tasks <- t
		}
		close(tasks)
		reads.Go(func() { s.readAll(ctx, tasks, out) })
	}
	reads.Wait()
	r.phase(lora.PhaseSave)
	return ctx.Err()
}

// reachable waits until all folders are open or given up and returns the open ones.
func (r *run) reachable(ctx context.Context) []*guard.Root {
	select {
	case <-r.opened:
	case <-ctx.Done():
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.disks
}

func (r *run) scopeOf(rootID string) *scope {
	for _, s := range r.scopes {
		if s.root.ID == rootID {
			return s
		}
	}
	return nil
}

// now is the time of the Library's clock in UTC, as the catalog keeps times.
func (l *Library) now() time.Time { return l.o.Now().UTC() }
