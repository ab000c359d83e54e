package httpapi

import (
	"context"
	"encoding/json"
	"net/http"
	"strconv"

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
	Stale bool `json:"stale" doc:"The file is not there; this is what was last read from it"`
}

type inspectInput struct {
	ByID
	Tensors bool `query:"tensors" doc:"Also look at every weight for values that are not finite; reads the whole file"`
}

func (s *Server) activateAdapter(ctx context.Context, in *activateInput) (*reply[AdapterChanged], error) {
	patch := map[string]json.RawMessage{"active": json.RawMessage("true")}
	if requestOf(ctx).URL.Query().Has("ordinal") {
		patch["ordinal"] = json.RawMessage(strconv.Itoa(in.Ordinal))
	}
	return s.edit(ctx, in.ID, patch)
}

func (s *Server) deactivateAdapter(ctx context.Context, in *ByID) (*reply[AdapterChanged], error) {
	return s.edit(ctx, in.ID, map[string]json.RawMessage{"active": json.RawMessage("false")})
}

func (s *Server) rateAdapter(ctx context.Context, in *ratingInput) (*reply[AdapterChanged], error) {
	return s.edit(ctx, in.ID, map[string]json.RawMessage{"rating": json.RawMessage(strconv.Itoa(in.Body.Rating.or(0)))})
}

func (s *Server) favoriteAdapter(ctx context.Context, in *favoriteInput) (*reply[AdapterChanged], error) {
	return s.edit(ctx, in.ID, map[string]json.RawMessage{"favorite": json.RawMessage(strconv.FormatBool(in.Body.IsFavorite))})
}

func (s *Server) trashAdapter(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.library.Trash(ctx, in.ID)
}

func (s *Server) restoreAdapter(ctx context.Context, in *ByID) (*reply[AdapterReply], error) {
	return s.after(ctx, in.ID, s.library.Restore(ctx, in.ID))
}

func (s *Server) moveAdapter(ctx context.Context, in *moveInput) (*reply[AdapterReply], error) {
	return s.after(ctx, in.ID, at("body.folder", "path", s.library.Move(ctx, in.ID, in.Body.RootID, in.Body.Folder)))
}

func (s *Server) renameAdapter(ctx context.Context, in *renameInput) (*reply[AdapterReply], error) {
	return s.after(ctx, in.ID, at("body.file_name", "path", s.library.Rename(ctx, in.ID, in.Body.FileName)))
}

func (s *Server) rescanAdapter(ctx context.Context, in *ByID) (*reply[AdapterReply], error) {
	return s.after(ctx, in.ID, s.library.Rescan(ctx, in.ID))
}

// after answers with the adapter as it is once an order to the library is done.
func (s *Server) after(ctx context.Context, id string, err error) (*reply[AdapterReply], error) {
	if err != nil {
		return nil, err
	}
	adapter, err := s.adapter(ctx, id)
	return answer(AdapterReply{Adapter: shown(adapter)}, err)
}

func (s *Server) inspectAdapter(ctx context.Context, in *inspectInput) (*reply[InspectReply], error) {
	report, err := s.library.Inspect(ctx, in.ID, in.Tensors)
	if err == nil {
		return answer(InspectReply{Report: wireReport(report)}, nil)
	}
	if code := lora.CodeOf(err); code != lora.NotFound && code != lora.Unavailable {
		return nil, err
	}
	// The file or its disk is not there: what was last read from it is better than nothing.
	stored, storedErr := s.store.Report(ctx, in.ID)
	if storedErr != nil || stored == nil {
		return nil, err
	}
	return answer(InspectReply{Report: wireReport(stored), Stale: true}, nil)
}
