package library

import (
	"context"
	"errors"
	"sync"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// task is one file to be read.
type task struct {
	sighting
	known   *record // nil for a file the catalog does not know
	settled bool    // it need not be held back to be matched
}

// reading is what step 2 hands to step 4.
type reading struct {
	root     lora.Root
	file     lora.ScannedFile
	findings []lora.Finding // for the scan's report
}

// readAll is step 2 for one scope: several readers, so that waiting for the disk and
// judging headers overlap. It returns when tasks is closed and all are done.
func (s *scope) readAll(ctx context.Context, tasks <-chan task, out chan<- reading) {
	var wg sync.WaitGroup
	for range readers() {
		wg.Go(func() {
			for t := range tasks {
				if ctx.Err() != nil {
					continue // drain: the walk must not block on a full channel
				}
				s.readOne(ctx, t, out)
			}
		})
	}
	wg.Wait()
}

// readOne reads one file and passes it on, holds it back, or reports why not.
func (s *scope) readOne(ctx context.Context, t task, out chan<- reading) {
	got, err := onDisk(ctx, s.folder, func(beat func()) (contents, error) {
		return s.folder.read(&t.sighting, s.run.lib.o.Limits, beat)
	})
	switch {
	case ctx.Err() != nil:
		return
	case errors.Is(err, errHanging):
		s.hang()
		return
	case isPanic(err):
		// A bug of ours: the file is listed as unreadable, everything else goes on.
		s.run.lib.o.Logger.Error("reading a file panicked", "path", guard.DisplayName(t.rel), "error", err)
		got = contents{failure: &lora.Finding{Code: "internal", Severity: lora.Defect,
			Message: "This program failed on the file.", Advice: "Please report this; the file may be damaged or made to do harm."}}
	case err != nil && s.leaveAlone(t, err):
		return
	case err != nil:
		got = contents{failure: &lora.Finding{Code: "unreadable", Severity: lora.Defect,
			Message: sentence(err), Advice: "Check the file's permissions and its disk."}, retry: true}
	}
	s.run.count(func(c *lora.ScanCounts) { c.Read++ })
	if s.mayHaveMoved(ctx, t, got.quickDigest) {
		s.hold(heldFile{sighting: t.sighting, digest: got.quickDigest})
		return
	}
	r := reading{root: s.root, file: s.compose(&t, &got), findings: got.forReport()}
	select {
	case out <- r:
	case <-ctx.Done():
	}
}

// leaveAlone reports errors after which the catalog keeps what it knows: the file is
// gone, or a file that could be read before cannot just now.
func (s *scope) leaveAlone(t task, err error) bool {
	if lora.CodeOf(err) == lora.NotFound {
		s.run.report(s.root, t.rel, "", warning("vanished", "The file vanished while the scan was going on.", "Nothing to do; the next scan looks again."))
		return true
	}
	if t.known == nil || t.known.State == lora.FileUnreadable {
		return false
	}
	s.run.report(s.root, t.rel, t.known.AdapterID, warning("unreadable_now", "The file could not be read this time: "+sentence(err),
		"The catalog keeps what it knew. Check the file's permissions and its disk."))
	return true
}

// mayHaveMoved reports whether an unknown file has the content of a known one.
func (s *scope) mayHaveMoved(ctx context.Context, t task, digest string) bool {
	if t.settled || digest == "" {
		return false
	}
	if err := s.run.known.index(ctx); err != nil {
		return false // the walk has met, or will meet, the same error
	}
	return len(s.run.known.byDigest[digest]) > 0
}

// compose fills what is saved.
func (s *scope) compose(t *task, got *contents) lora.ScannedFile {
	file := lora.ScannedFile{
		RootID: s.root.ID, RelPath: t.rel, Stamp: t.stamp, Companions: t.companionStamp(),
		QuickDigest: got.quickDigest, Report: got.report, ClaimedDigests: got.claimed(),
	}
	if got.retry {
		file.Stamp.MtimeNS = 0 // matches no file, so the next scan tries again
	}
	if t.known != nil {
		file.AdapterID = t.known.AdapterID
		// What an import has placed is known by its digests before it was ever read.
		unread := t.known.QuickDigest == "" && t.known.unchanged(&t.sighting)
		file.Replaced = t.known.QuickDigest != got.quickDigest && !unread ||
			t.known.Stamp.Size != t.stamp.Size ||
			got.quickDigest == "" && !t.known.unchanged(&t.sighting)
	}
	if len(t.previews) > 0 {
		p := t.previews[0]
		file.PreviewRel, file.PreviewType, file.PreviewStamp = p.rel, previewType(p.rel), p.mtimeNS
	}
	file.Proposed = propose(s.root, t, got, s.run.lib.now())
	return file
}
