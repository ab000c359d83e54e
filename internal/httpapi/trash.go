package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// TrashList is what lies in the trash.
type TrashList struct {
	Items []lora.Adapter `json:"items" doc:"Latest first, at most 200"`
	Total int            `json:"total"`
}

// ExpectedCount protects a deletion: it is refused when another number is there.
type ExpectedCount struct {
	Expected int `json:"expected" minimum:"0" doc:"The number the user was shown"`
}

// Purged says how many records were deleted for good.
type Purged struct {
	Purged int `json:"purged"`
}

// MissingCount says how many adapters have lost their file.
type MissingCount struct {
	Count int     `json:"count"`
	Share float64 `json:"share" doc:"Of all adapters, 0..1"`
}

func (s *Server) routeTrash() {
	route(s, http.MethodGet, "/trash", "listTrash", "trash", "List the trash", s.listTrash)
	route(s, http.MethodDelete, "/trash", "emptyTrash", "trash", "Empty the trash", s.emptyTrash)
	route(s, http.MethodGet, "/missing", "countMissing", "trash", "Count adapters without a file", s.countMissing)
	route(s, http.MethodDelete, "/missing", "purgeMissing", "trash", "Forget adapters without a file", s.purgeMissing)
}

func (s *Server) listTrash(context.Context, *none) (*reply[TrashList], error) { return nil, nil }
func (s *Server) emptyTrash(context.Context, *struct{ Body ExpectedCount }) (*reply[Purged], error) {
	return nil, nil
}
func (s *Server) countMissing(context.Context, *none) (*reply[MissingCount], error) { return nil, nil }
func (s *Server) purgeMissing(context.Context, *struct{ Body ExpectedCount }) (*reply[Purged], error) {
	return nil, nil
}
