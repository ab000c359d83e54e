package library

import (
	"context"
	"maps"
	"time"

	"loramanager/internal/lora"
)

// saver is step 4: it writes what was read, in batches that begin small, so that
// the first cards appear at once, and grow, so that the rest is fast.
type saver struct {
	run   *run
	in    chan reading
	batch []reading

	batches   int
	changed   []string // ids not announced yet, at most one more than can be announced
	announced time.Time
}

const (
	firstBatch     = 64
	fullBatch      = 500
	firstBatchWait = 100 * time.Millisecond
	fullBatchWait  = time.Second
	announceEvery  = 500 * time.Millisecond
)

// newSaver has room for one batch: reading goes on while the batch before is written.
func newSaver(r *run) *saver {
	return &saver{run: r, in: make(chan reading, fullBatch)}
}

func (s *saver) limits() (size int, wait time.Duration) {
	if s.batches == 0 {
		return firstBatch, firstBatchWait
	}
	return fullBatch, fullBatchWait
}

// save takes readings until the channel is closed. A batch goes out when it is full
// or its first file has waited long enough. What was read before ctx ended is kept.
func (s *saver) save(ctx context.Context) error {
	ctx = context.WithoutCancel(ctx)
	var due <-chan time.Time
	for {
		select {
		case r, more := <-s.in:
			if !more {
				err := s.flush(ctx)
				s.announce(true)
				return err
			}
			size, wait := s.limits()
			if len(s.batch) == 0 {
				due = time.After(wait)
			}
			s.batch = append(s.batch, r)
			if len(s.batch) < size {
				continue
			}
		case <-due:
		}
		due = nil
		if err := s.flush(ctx); err != nil {
			return err // which ends the readers
		}
		s.announce(false)
	}
}

// flush writes the batch. A batch the database refuses is tried file by file, so
// that one odd file cannot keep 499 others out.
func (s *saver) flush(ctx context.Context) error {
	if len(s.batch) == 0 {
		return nil
	}
	batch := s.batch
	s.batch = nil
	s.batches++
	files := make([]lora.ScannedFile, len(batch))
	for i := range batch {
		files[i] = batch[i].file
	}
	results, err := s.run.lib.o.Files.SaveScanned(ctx, files)
	if err == nil {
		s.note(batch, results)
		return nil
	}
	if code := lora.CodeOf(err); len(batch) == 1 || code != lora.Invalid && code != lora.Conflict {
		return err
	}
	for i := range batch {
		results, err := s.run.lib.o.Files.SaveScanned(ctx, files[i:i+1])
		switch code := lora.CodeOf(err); {
		case err == nil:
			s.note(batch[i:i+1], results)
		case code == lora.Invalid || code == lora.Conflict:
			s.run.report(batch[i].root, files[i].RelPath, files[i].AdapterID,
				warning("not_saved", "The file could not be entered into the catalog: "+sentence(err), "Rename the file and scan again."))
		default:
			return err
		}
	}
	return nil
}

// note counts what became of the files and hands their findings to the report.
func (s *saver) note(batch []reading, results []lora.SaveResult) {
	s.run.count(func(c *lora.ScanCounts) {
		for _, result := range results {
			switch result.Outcome {
			case lora.Added:
				c.Added++
			case lora.Moved:
				c.Moved++
			case lora.Restored:
				c.Restored++
			default:
				c.Updated++
			}
		}
	})
	for i, result := range results {
		if len(s.changed) <= maxChangedIDs {
			s.changed = append(s.changed, result.AdapterID)
		}
		for _, f := range batch[i].findings {
			s.run.report(batch[i].root, batch[i].file.RelPath, result.AdapterID, f)
		}
	}
}

// announce tells about saved files: the first at once, then at most twice a second.
func (s *saver) announce(last bool) {
	now := time.Now()
	if len(s.changed) == 0 || !last && now.Sub(s.announced) < announceEvery {
		return
	}
	s.run.lib.changed("scan", s.changed)
	s.changed, s.announced = nil, now
	s.run.lib.lane.wake()
}

// settle ends a scan that was not cancelled: files that are gone are flagged, files
// that are back lose their flag.
func (r *run) settle(ctx context.Context) error {
	present, err := inBatches(ctx, r.presentIDs, r.lib.o.Files.MarkPresent)
	if err != nil {
		return err
	}
	gone, err := r.lib.stillThere(ctx, r.missing())
	if err != nil {
		return err
	}
	missing, err := inBatches(ctx, gone, r.lib.o.Files.MarkMissing)
	if err != nil {
		return err
	}
	r.count(func(c *lora.ScanCounts) {
		c.Restored += present
		c.Missing += missing
	})
	if ids := append(r.presentIDs, gone...); len(ids) > 0 {
		r.lib.changed("scan", ids)
	}
	for _, s := range r.scopes {
		if s.deep && s.folder != nil && !s.hung {
			if err := r.lib.o.Registry.SetRootScanned(ctx, s.root.ID, r.lib.now()); err != nil {
				return err
			}
		}
	}
	return nil
}

// missing lists the records whose files are gone and were not flagged before. What
// was moved through this program meanwhile is not missing.
func (r *run) missing() []lora.Place {
	r.lib.mu.Lock()
	placed := maps.Clone(r.lib.placed)
	r.lib.mu.Unlock()
	var gone []lora.Place
	for _, s := range r.scopes {
		for _, k := range s.known {
			if k.seen || k.taken || k.State == lora.FileMissing || !s.covers(k.RelPath) {
				continue
			}
			if _, moved := placed[k.AdapterID]; !moved {
				gone = append(gone, lora.Place{AdapterID: k.AdapterID, RootID: s.root.ID, RelPath: k.RelPath})
			}
		}
	}
	return gone
}

// stillThere returns the ids of those records that still name the place a scan knew. Another
// server may have moved the others meanwhile.
func (l *Library) stillThere(ctx context.Context, known []lora.Place) ([]string, error) {
	ids := make([]string, len(known))
	for i := range known {
		ids[i] = known[i].AdapterID
	}
	if l.o.Leases == nil || len(ids) == 0 {
		return ids, nil
	}
	now, err := l.o.Placement.Places(ctx, ids)
	if err != nil {
		return nil, err
	}
	places := make(map[string]lora.Place, len(now))
	for _, p := range now {
		places[p.AdapterID] = p
	}
	kept := ids[:0]
	for _, p := range known {
		if is, found := places[p.AdapterID]; found && is.RootID == p.RootID && is.RelPath == p.RelPath {
			kept = append(kept, p.AdapterID)
		}
	}
	return kept, nil
}

func inBatches(ctx context.Context, ids []string, mark func(context.Context, []string) (int, error)) (int, error) {
	const batch = 1000
	total := 0
	for len(ids) > 0 {
		n, err := mark(ctx, ids[:min(batch, len(ids))])
		if err != nil {
			return total, err
		}
		total += n
		ids = ids[min(batch, len(ids)):]
	}
	return total, nil
}
