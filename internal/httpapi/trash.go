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

func (s *Server) listTrash(ctx context.Context, _ *none) (*reply[TrashList], error) {
	places, err := s.store.Trashed(ctx)
	if err != nil {
		return nil, err
	}
	ids := make([]string, 0, min(len(places), maxPerPage))
	for _, place := range places[:min(len(places), maxPerPage)] {
		ids = append(ids, place.AdapterID)
	}
	adapters, err := s.adapters(ctx, ids)
	return answer(TrashList{Items: shownAll(adapters), Total: len(places)}, err)
}

func (s *Server) emptyTrash(ctx context.Context, in *struct{ Body ExpectedCount }) (*reply[Purged], error) {
	purged, err := s.library.EmptyTrash(ctx, in.Body.Expected)
	return answer(Purged{Purged: purged}, err)
}

func (s *Server) countMissing(ctx context.Context, _ *none) (*reply[MissingCount], error) {
	n, err := s.store.Counts(ctx)
	body := MissingCount{Count: n.Missing}
	if n.Adapters > 0 {
		body.Share = float64(n.Missing) / float64(n.Adapters)
	}
	return answer(body, err)
}

func (s *Server) purgeMissing(ctx context.Context, in *struct{ Body ExpectedCount }) (*reply[Purged], error) {
	purged, err := s.library.PurgeMissing(ctx, in.Body.Expected)
	return answer(Purged{Purged: purged}, err)
}
