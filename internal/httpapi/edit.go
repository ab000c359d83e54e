package httpapi

import (
	"context"
	"encoding/json"
)

// edit applies an edit by the user to one adapter and tells everyone.
func (s *Server) edit(ctx context.Context, id string, patch map[string]json.RawMessage) (*reply[AdapterChanged], error) {
	adapter, undoID, err := s.store.Patch(ctx, id, patch)
	if err != nil {
		return nil, err
	}
	body := AdapterChanged{Adapter: shown(adapter)}
	if undoID != "" {
		body.UndoID = &undoID
		s.changed("edit", []string{id})
	}
	return answer(body, nil)
}
