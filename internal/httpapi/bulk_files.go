package httpapi

import (
	"context"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

// fileOrder moves the files of many adapters.
type fileOrder func(ctx context.Context, places []lora.Place) (library.Outcome, error)

// fileOrder returns what an action does to files.
func (r *BulkRequest) fileOrder(s *Server) (fileOrder, error) {
	switch {
	case r.Action == "delete":
		return func(ctx context.Context, places []lora.Place) (library.Outcome, error) {
			return s.library.TrashAll(ctx, places), nil
		}, nil
	case r.Action == "restore":
		return func(ctx context.Context, places []lora.Place) (library.Outcome, error) {
			return s.library.RestoreAll(ctx, places), nil
		}, nil
	case r.Params.RootID == nil:
		return nil, lora.FieldErrorf(lora.Invalid, "body.params.root_id", "The action move needs params.root_id.")
	}
	rootID, folder := *r.Params.RootID, ""
	if r.Params.Folder != nil {
		folder = *r.Params.Folder
	}
	return func(ctx context.Context, places []lora.Place) (library.Outcome, error) {
		outcome, err := s.library.MoveAll(ctx, places, rootID, folder)
		return outcome, at("body.params.root_id", "root_id", at("body.params.folder", "path", err))
	}, nil
}

// bulkFiles gives the same order for many adapters. What cannot be done to one is said
// and does not stop the others. A client that goes away does not stop it half-way. How
// to undo it is remembered before the first file moves.
func (s *Server) bulkFiles(ctx context.Context, action string, ids []string, order fileOrder) (lora.BulkResult, error) {
	ctx = context.WithoutCancel(ctx)
	result := lora.BulkResult{IDs: []string{}, Skipped: []lora.Skipped{}}
	places, err := s.store.Places(ctx, ids)
	if err != nil {
		return result, err
	}
	result.Skipped = append(result.Skipped, unknown(ids, places)...)
	if len(places) == 0 {
		return result, nil
	}
	undoID, err := s.store.RememberPlaces(ctx, action, places)
	if err != nil {
		return result, err
	}
	outcome, err := order(ctx, places)
	result.Skipped = append(result.Skipped, skipped(ctx, outcome.Failed)...)
	for _, place := range outcome.Done {
		result.IDs = append(result.IDs, place.AdapterID)
	}
	if settleErr := s.store.SettlePlaces(ctx, undoID, action, outcome.Done, outcome.Made); err == nil {
		err = settleErr
	}
	if len(outcome.Done) > 0 {
		result.UndoID = undoID
	}
	return result, err
}

// unknown says of which ids there is no adapter, of each once.
func unknown(ids []string, places []lora.Place) []lora.Skipped {
	seen := make(map[string]bool, len(ids))
	for _, place := range places {
		seen[place.AdapterID] = true
	}
	var none []lora.Skipped
	for _, id := range ids {
		if !seen[id] {
			seen[id] = true
			none = append(none, lora.Skipped{ID: id, Reason: lora.NoSuchAdapter})
		}
	}
	return none
}

// skipped says in the user's words why files could not be moved.
func skipped(ctx context.Context, failed []library.Failure) []lora.Skipped {
	list := make([]lora.Skipped, len(failed))
	for i, f := range failed {
		list[i].ID = f.ID
		if i > 0 && failed[i-1].Err == f.Err { //nolint:errorlint // the very same: a whole transaction failed, which is logged once
			list[i].Reason = list[i-1].Reason
		} else {
			list[i].Reason = problemOf(ctx, f.Err).Detail
		}
	}
	return list
}

// putBack brings files to where they were before an action and removes the folders it made.
func (s *Server) putBack(ctx context.Context, undone *lora.Undone) (int, error) {
	ctx = context.WithoutCancel(ctx)
	were := undone.Places
	ids := make([]string, len(were))
	for i := range were {
		ids[i] = were[i].AdapterID
	}
	failed := map[string]error{}
	for _, step := range []struct {
		concerns func(is, was *lora.Place) bool
		do       func(are []lora.Place) library.Outcome
	}{
		{func(is, was *lora.Place) bool { return is.State == lora.FileTrashed && was.TrashRel == "" },
			func(are []lora.Place) library.Outcome { return s.library.RestoreAll(ctx, are) }},
		{func(is, was *lora.Place) bool { return is.RootID != was.RootID || is.RelPath != was.RelPath },
			func(are []lora.Place) library.Outcome { return s.library.PutBack(ctx, are, were) }},
		{func(is, was *lora.Place) bool { return is.State != lora.FileTrashed && was.TrashRel != "" },
			func(are []lora.Place) library.Outcome { return s.library.TrashAll(ctx, are) }},
	} {
		now, err := s.store.Places(ctx, ids)
		if err != nil {
			return 0, err
		}
		for _, id := range unknown(ids, now) {
			failed[id.ID] = lora.Errorf(lora.NotFound, "%s", id.Reason)
		}
		for _, f := range step.do(concerned(now, were, failed, step.concerns)).Failed {
			failed[f.ID] = f.Err
		}
	}
	s.library.RemoveEmpty(ctx, undone.Made)
	for _, err := range failed {
		if len(failed) == len(were) {
			return 0, err
		}
		s.log.WarnContext(ctx, "some files could not be put back", "request_id", requestID(ctx), "count", len(failed), "error", err)
		break
	}
	return len(were) - len(failed), nil
}

// concerned picks the adapters a step of an undo is for.
func concerned(now, were []lora.Place, failed map[string]error, concerns func(is, was *lora.Place) bool) []lora.Place {
	before := make(map[string]*lora.Place, len(were))
	for i := range were {
		before[were[i].AdapterID] = &were[i]
	}
	var list []lora.Place
	for i := range now {
		if failed[now[i].AdapterID] == nil && concerns(&now[i], before[now[i].AdapterID]) {
			list = append(list, now[i])
		}
	}
	return list
}
