package httpapi

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// edit applies an edit by the user to one adapter and tells everyone.
func (s *Server) edit(ctx context.Context, id string, patch map[string]json.RawMessage) (*reply[AdapterChanged], error) {
	adapter, undoID, err := s.store.PatchFor(ctx, accountOf(ctx), id, patch)
	if err != nil {
		return nil, err
	}
	return s.edited(adapter, undoID)
}

// edited answers with an adapter after an edit, and tells everyone when it changed something.
func (s *Server) edited(adapter lora.Adapter, undoID string) (*reply[AdapterChanged], error) {
	body := AdapterChanged{Adapter: shown(adapter)}
	if undoID != "" {
		body.UndoID = &undoID
		s.changed("edit", []string{adapter.ID})
	}
	return answer(body, nil)
}
