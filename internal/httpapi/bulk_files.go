package httpapi

import (
	"context"
	"errors"
	"path"

	"loramanager/internal/lora"
)

// fileOrder moves one adapter's files.
type fileOrder func(ctx context.Context, id string) error

// fileOrder returns what an action does to the files of one adapter.
func (r *BulkRequest) fileOrder(s *Server) (fileOrder, error) {
	switch {
	case r.Action == "delete":
		return s.library.Trash, nil
	case r.Action == "restore":
		return s.library.Restore, nil
	case r.Params.RootID == nil:
		return nil, lora.FieldErrorf(lora.Invalid, "body.params.root_id", "The action move needs params.root_id.")
	}
	rootID, folder := *r.Params.RootID, ""
	if r.Params.Folder != nil {
		folder = *r.Params.Folder
	}
	return func(ctx context.Context, id string) error { return s.library.Move(ctx, id, rootID, folder) }, nil
}

// bulkFiles gives the same order for many adapters. What cannot be done to one is said
// and does not stop the others. A client that goes away does not stop it half-way.
func (s *Server) bulkFiles(ctx context.Context, action string, ids []string, order fileOrder) (lora.BulkResult, error) {
	ctx = context.WithoutCancel(ctx)
	result := lora.BulkResult{IDs: []string{}, Skipped: []lora.Skipped{}}
	places, err := s.store.Places(ctx, ids)
	if err != nil {
		return result, err
	}
	var moved []lora.Place
	for _, place := range places {
		if reason := s.tryOrder(ctx, action, &place, order); reason != "" {
			result.Skipped = append(result.Skipped, lora.Skipped{ID: place.AdapterID, Reason: reason})
			continue
		}
		moved = append(moved, place)
		result.IDs = append(result.IDs, place.AdapterID)
	}
	if len(moved) > 0 {
		result.UndoID, err = s.store.RememberPlaces(ctx, action, moved)
	}
	return result, err
}

// tryOrder returns why an order could not be carried out, in the user's words.
func (s *Server) tryOrder(ctx context.Context, action string, place *lora.Place, order fileOrder) string {
	if action == "delete" && place.State == lora.FileTrashed {
		return "It is in the trash already."
	}
	err := order(ctx, place.AdapterID)
	if err == nil {
		return ""
	}
	return problemOf(ctx, err).Detail
}

// putBack brings files to where they were before an action.
func (s *Server) putBack(ctx context.Context, places []lora.Place) (int, error) {
	ctx = context.WithoutCancel(ctx)
	done := 0
	var failed error
	for i := range places {
		if err := s.putOneBack(ctx, &places[i]); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		done++
	}
	if done == 0 && failed != nil {
		return 0, failed
	}
	if failed != nil {
		s.log.WarnContext(ctx, "some files could not be put back", "request_id", requestID(ctx), "error", failed)
	}
	return done, nil
}

func (s *Server) putOneBack(ctx context.Context, was *lora.Place) error {
	is, err := s.store.Place(ctx, was.AdapterID)
	if err != nil {
		return err
	}
	if was.TrashRel == "" && is.State == lora.FileTrashed {
		if err := s.library.Restore(ctx, was.AdapterID); err != nil {
			return err
		}
	}
	if is.RootID != was.RootID || path.Dir(is.RelPath) != path.Dir(was.RelPath) {
		folder := path.Dir(was.RelPath)
		if folder == "." {
			folder = ""
		}
		if err := s.library.Move(ctx, was.AdapterID, was.RootID, folder); err != nil {
			return err
		}
	}
	if was.TrashRel != "" && is.State != lora.FileTrashed {
		return s.library.Trash(ctx, was.AdapterID)
	}
	return nil
}
