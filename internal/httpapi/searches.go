package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// SearchWrite is what a saved search is made of.
type SearchWrite struct {
	Name  string `json:"name" minLength:"1" maxLength:"100"`
	Q     string `json:"q" maxLength:"256"`
	Sort  string `json:"sort,omitempty" enum:"name,created_at,updated_at,file_size,last_used,use_count,rating,relevance,weight,base_model,rank" default:"name"`
	Order string `json:"order,omitempty" enum:"asc,desc" default:"asc"`
}

// SearchReply is one saved search.
type SearchReply struct {
	Search lora.SavedSearch `json:"search"`
}

// SearchList are all saved searches by name.
type SearchList struct {
	Searches []lora.SavedSearch `json:"searches"`
}

type replaceSearchInput struct {
	ByID
	Body SearchWrite
}

func (s *Server) routeSearches() {
	route(s, http.MethodGet, "/searches", "listSearches", "searches", "List saved searches", s.listSearches)
	route(s, http.MethodPost, "/searches", "createSearch", "searches", "Save a search", s.createSearch, created)
	route(s, http.MethodPut, "/searches/{id}", "replaceSearch", "searches", "Change a saved search", s.replaceSearch)
	route(s, http.MethodDelete, "/searches/{id}", "deleteSearch", "searches", "Delete a saved search", s.deleteSearch)
}

func (s *Server) listSearches(ctx context.Context, _ *none) (*reply[SearchList], error) {
	searches, err := s.store.SavedSearches(ctx)
	return answer(SearchList{Searches: list(searches)}, err)
}

func (s *Server) createSearch(ctx context.Context, in *struct{ Body SearchWrite }) (*reply[SearchReply], error) {
	search, err := s.store.AddSavedSearch(ctx, in.Body.search(""))
	return answer(SearchReply{Search: search}, at("body.q", "q", err))
}

func (s *Server) replaceSearch(ctx context.Context, in *replaceSearchInput) (*reply[SearchReply], error) {
	search, err := s.store.ReplaceSavedSearch(ctx, in.Body.search(in.ID))
	return answer(SearchReply{Search: search}, at("body.q", "q", err))
}

func (s *Server) deleteSearch(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.store.DeleteSavedSearch(ctx, in.ID)
}

func (w *SearchWrite) search(id string) lora.SavedSearch {
	return lora.SavedSearch{ID: id, Name: w.Name, Q: w.Q, Sort: w.Sort, Order: w.Order}
}
