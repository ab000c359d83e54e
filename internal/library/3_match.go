package library

import (
	"context"
	"errors"

	"loramanager/internal/lora"
)

// heldFile is an unknown file that looks like a known one. Whether it moved or was
// copied can only be said when all walks are over.
type heldFile struct {
	sighting
	digest string // empty when the file was recognised by its identity, unread
}

// match is step 3: it says for each held file whether it is a known one at a new
// place. What is returned must be read (again), with the record it belongs to.
func (r *run) match(ctx context.Context) (map[*scope][]task, error) {
	found := map[*scope][]task{}
	gone := r.goneChecker(ctx)
	var undecided []heldAt
	for _, s := range r.scopes {
		for _, h := range s.held {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if known := choose(vanished(r.known.byStamp[h.stamp], gone), h.rel); known != nil {
				known.taken = true
				found[s] = append(found[s], task{sighting: h.sighting, known: known, settled: true})
				continue
			}
			undecided = append(undecided, heldAt{s, h})
		}
		s.held = nil
	}
	for s, tasks := range matchByDigest(undecided, r.known.byDigest, gone) {
		found[s] = append(found[s], tasks...)
	}
	return found, nil
}

type heldAt struct {
	scope *scope
	file  heldFile
}

// matchByDigest pairs files with vanished records of the same content. First those
// that kept their name; then what is left, if one file and one record are left.
// Everything else is new: a copy, or more than one answer.
func matchByDigest(held []heldAt, byDigest map[string][]*record, gone func(*record) bool) map[*scope][]task {
	found := map[*scope][]task{}
	settle := func(h heldAt, known *record) {
		if known != nil {
			known.taken = true
		}
		found[h.scope] = append(found[h.scope], task{sighting: h.file.sighting, known: known, settled: true})
	}
	candidates := func(h heldAt) []*record {
		var same []*record
		for _, k := range vanished(byDigest[h.file.digest], gone) {
			if k.Stamp.Size == h.file.stamp.Size {
				same = append(same, k)
			}
		}
		return same
	}
	left := map[string][]heldAt{}
	var order []string
	for _, h := range held {
		if h.file.digest == "" {
			settle(h, nil)
			continue
		}
		if known := chooseByName(candidates(h), h.file.rel); known != nil {
			settle(h, known)
			continue
		}
		if _, ok := left[h.file.digest]; !ok {
			order = append(order, h.file.digest)
		}
		left[h.file.digest] = append(left[h.file.digest], h)
	}
	for _, digest := range order {
		files := left[digest]
		records := candidates(files[0])
		for _, h := range files {
			if len(files) == 1 && len(records) == 1 {
				settle(h, records[0])
			} else {
				settle(h, nil)
			}
		}
	}
	return found
}

func vanished(candidates []*record, gone func(*record) bool) []*record {
	var list []*record
	for _, k := range candidates {
		if !k.seen && !k.taken && gone(k) {
			list = append(list, k)
		}
	}
	return list
}

// goneChecker returns a function that says whether a record's file is no longer
// where it was. Each record is looked at once.
func (r *run) goneChecker(ctx context.Context) func(*record) bool {
	answers := map[*record]bool{}
	return func(k *record) bool {
		if answer, ok := answers[k]; ok {
			return answer
		}
		answer := r.isGone(ctx, k)
		answers[k] = answer
		return answer
	}
}

func (r *run) isGone(ctx context.Context, k *record) bool {
	s := r.scopeOf(k.RootID)
	switch {
	case k.orphan:
		return true
	case s == nil:
		return false // a folder that was not scanned and cannot be opened now
	case s.offline:
		return !s.hung
	case s.hung:
		return false
	}
	_, err := onDisk(ctx, s.folder, func(func()) (struct{}, error) {
		s.folder.note("stat", k.RelPath)
		_, err := s.folder.disk.Lstat(k.RelPath)
		return struct{}{}, err
	})
	return err != nil && !errors.Is(err, errHanging) && lora.CodeOf(err) == lora.NotFound
}
