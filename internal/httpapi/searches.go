package httpapi

import (
	"context"
	"net/http"
	"time"
)

// SavedSearch is a search kept under a name.
type SavedSearch struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Q         string    `json:"q"`
	Sort      string    `json:"sort"`
	Order     string    `json:"order"`
	CreatedAt time.Time `json:"created_at"`
}

// SearchWrite is what a saved search is made of.
type SearchWrite struct {
	Name  string `json:"name" minLength:"1" maxLength:"100"`
	Q     string `json:"q" maxLength:"256"`
	Sort  string `json:"sort,omitempty" maxLength:"20" default:"name"`
	Order string `json:"order,omitempty" enum:"asc,desc" default:"asc"`
}

// SearchReply is one saved search.
type SearchReply struct {
	Search SavedSearch `json:"search"`
}

// SearchList are all saved searches by name.
type SearchList struct {
	Searches []SavedSearch `json:"searches"`
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

func (s *Server) listSearches(context.Context, *none) (*reply[SearchList], error) { return nil, nil }
func (s *Server) createSearch(context.Context, *struct{ Body SearchWrite }) (*reply[SearchReply], error) {
	return nil, nil
}
func (s *Server) replaceSearch(context.Context, *replaceSearchInput) (*reply[SearchReply], error) {
	return nil, nil
}
func (s *Server) deleteSearch(context.Context, *ByID) (*none, error) { return nil, nil }
