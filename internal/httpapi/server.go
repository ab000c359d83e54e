package httpapi

import (
	"context"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Server answers HTTP.
type Server struct {
	api     huma.API
	router  chi.Router
	catalog Catalog
}

// Catalog answers questions.
type Catalog interface {
	List(context.Context, catalog.Query) (Page, error)
	Tags(context.Context) ([]string, error)
	Facets(context.Context, catalog.Query) (catalog.Facets, error)
}

// Page is a page.
type Page struct {
	Items           []lora.Adapter
	Total, Filtered int
	Next            string
	Change          int
}

// New builds the server.
func New(version string) *Server {
	s := &Server{router: chi.NewRouter()}
	s.api = humachi.New(s.router, humaConfig(version))
	s.api.UseMiddleware(readQueriesLaxly)
	for _, routes := range []func(){
		s.routeAdapters, s.routeAdapterCreate, s.routeAdapterPatch, s.routeAdapterActions, s.routeBulk, s.routeTrash,
		s.routeDigests, s.routeSummary, s.routeRoots, s.routeScans, s.routeSearches, s.routeSettings, s.routeSystem, s.routeSession,
	} {
		routes()
	}
	return s
}

func requestID(context.Context) string { return "" }
