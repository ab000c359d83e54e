package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

type activateInput struct {
	ByID
	Ordinal int `query:"ordinal" doc:"Place in the order of active adapters; kept as it is when absent"`
}

type ratingInput struct {
	ByID
	Body struct {
		Rating field[int] `json:"rating" minimum:"0" maximum:"5" doc:"0 or null takes the rating away"`
	} `nameHint:"RatingBody"`
}

type favoriteInput struct {
	ByID
	Body struct {
		IsFavorite bool `json:"is_favorite"`
	} `nameHint:"FavoriteBody"`
}

type moveInput struct {
	ByID
	Body struct {
		RootID string `json:"root_id"`
		Folder string `json:"folder" doc:"Folder below the root with / between names; empty for the root itself; created when it is not there"`
	} `nameHint:"MoveBody"`
}

type renameInput struct {
	ByID
	Body struct {
		FileName string `json:"file_name" minLength:"1" doc:"New file name; the extension stays when it is left out"`
	} `nameHint:"RenameBody"`
}

func (s *Server) routeAdapterActions() {
	route(s, http.MethodPost, "/adapters/{id}/activate", "activateAdapter", "adapters", "Activate an adapter", s.activateAdapter)
	route(s, http.MethodPost, "/adapters/{id}/deactivate", "deactivateAdapter", "adapters", "Deactivate an adapter", s.deactivateAdapter)
	route(s, http.MethodPut, "/adapters/{id}/rating", "rateAdapter", "adapters", "Rate an adapter", s.rateAdapter)
	route(s, http.MethodPut, "/adapters/{id}/favorite", "favoriteAdapter", "adapters", "Mark an adapter as favourite", s.favoriteAdapter)
	route(s, http.MethodDelete, "/adapters/{id}", "trashAdapter", "adapters", "Move an adapter to the trash", s.trashAdapter,
		describe("The file, its sidecars and its previews go to the trash folder of their library folder. The record stays and can be restored."))
	route(s, http.MethodPost, "/adapters/{id}/restore", "restoreAdapter", "adapters", "Take an adapter out of the trash", s.restoreAdapter)
	route(s, http.MethodPost, "/adapters/{id}/move", "moveAdapter", "adapters", "Move an adapter to another folder", s.moveAdapter,
		describe("Sidecars and previews move along. Nothing is overwritten: an occupied place is a conflict."))
	route(s, http.MethodPost, "/adapters/{id}/rename", "renameAdapter", "adapters", "Rename an adapter's file", s.renameAdapter)
	route(s, http.MethodPost, "/adapters/{id}/rescan", "rescanAdapter", "adapters", "Read an adapter's file again", s.rescanAdapter)
	route(s, http.MethodGet, "/adapters/{id}/inspect", "inspectAdapter", "adapters", "Inspect an adapter's file", s.inspectAdapter,
		describe("Read live from the file. When the file is not there the stored report is answered with stale true."))
}

// InspectReply is the full report on one file.
type InspectReply struct {
	lora.Report
	Stale   bool          `json:"stale" doc:"The file is not there; this is what was last read from it"`
	Tensors []TensorEntry `json:"tensors" doc:"Only filled when asked for"`
}

func (s *Server) activateAdapter(context.Context, *activateInput) (*reply[AdapterChanged], error) {
	return nil, nil
}
func (s *Server) deactivateAdapter(context.Context, *ByID) (*reply[AdapterChanged], error) {
	return nil, nil
}
func (s *Server) rateAdapter(context.Context, *ratingInput) (*reply[AdapterChanged], error) {
	return nil, nil
}
func (s *Server) favoriteAdapter(context.Context, *favoriteInput) (*reply[AdapterChanged], error) {
	return nil, nil
}
func (s *Server) trashAdapter(context.Context, *ByID) (*none, error) { return nil, nil }
func (s *Server) restoreAdapter(context.Context, *ByID) (*reply[AdapterReply], error) {
	return nil, nil
}
func (s *Server) moveAdapter(context.Context, *moveInput) (*reply[AdapterReply], error) {
	return nil, nil
}
func (s *Server) renameAdapter(context.Context, *renameInput) (*reply[AdapterReply], error) {
	return nil, nil
}
func (s *Server) rescanAdapter(context.Context, *ByID) (*reply[AdapterReply], error) { return nil, nil }
func (s *Server) inspectAdapter(context.Context, *struct {
	ByID
	Tensors bool `query:"tensors" doc:"Also list every tensor"`
}) (*reply[InspectReply], error) {
	return nil, nil
}

// TensorEntry is one tensor of a file.
type TensorEntry struct {
	Name  string  `json:"name"`
	DType string  `json:"dtype"`
	Shape []int64 `json:"shape"`
	Bytes int64   `json:"bytes"`
}
