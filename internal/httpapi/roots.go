package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// RootList are the library folders.
type RootList struct {
	Roots []lora.Root `json:"roots"`
}

// RootAdded is a new library folder and the scan that reads it.
type RootAdded struct {
	Root lora.Root  `json:"root"`
	Scan *lora.Scan `json:"scan" doc:"null when a scan that is already running will come to it"`
}

// RootReply is one library folder.
type RootReply struct {
	Root lora.Root `json:"root"`
}

// RootRemoved says what became of the folder's adapters.
type RootRemoved struct {
	Adapters int  `json:"adapters" doc:"Records that were in the folder"`
	Purged   bool `json:"purged" doc:"true: the records are gone; false: they are marked missing"`
}

// RootSuggestions are folders of known tools on this machine.
type RootSuggestions struct {
	Suggestions []RootSuggestion `json:"suggestions"`
}

// RootSuggestion is a folder in which a known tool keeps adapters.
type RootSuggestion struct {
	Path     string `json:"path"`
	Tool     string `json:"tool"`
	Adapters int    `json:"adapters" doc:"Adapter files found in it, counted up to a limit"`
}

type addRootInput struct {
	Body struct {
		Path string `json:"path" minLength:"1" maxLength:"4096"`
		Name string `json:"name,omitempty" maxLength:"100"`
	} `nameHint:"RootCreate"`
}

type renameRootInput struct {
	ByID
	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	} `nameHint:"RootPatch"`
}

type removeRootInput struct {
	ByID
	Purge bool `query:"purge" doc:"Also forget the folder's adapters; files are never touched"`
}

type sampleInput struct {
	Body *struct {
		Count int `json:"count,omitempty" minimum:"1" maximum:"2000"`
	} `nameHint:"SampleCreate"`
}

func (s *Server) routeRoots() {
	route(s, http.MethodGet, "/roots", "listRoots", "roots", "List library folders", s.listRoots)
	route(s, http.MethodPost, "/roots", "addRoot", "roots", "Add a library folder", s.addRoot, created)
	route(s, http.MethodGet, "/roots/suggestions", "suggestRoots", "roots", "Suggest library folders", s.suggestRoots)
	route(s, http.MethodPost, "/roots/sample", "addSampleRoot", "roots", "Add a sample library", s.addSampleRoot, created)
	route(s, http.MethodPatch, "/roots/{id}", "renameRoot", "roots", "Rename a library folder", s.renameRoot)
	route(s, http.MethodDelete, "/roots/{id}", "removeRoot", "roots", "Forget a library folder", s.removeRoot)
}

func (s *Server) listRoots(context.Context, *none) (*reply[RootList], error)        { return nil, nil }
func (s *Server) addRoot(context.Context, *addRootInput) (*reply[RootAdded], error) { return nil, nil }
func (s *Server) suggestRoots(context.Context, *none) (*reply[RootSuggestions], error) {
	return nil, nil
}
func (s *Server) addSampleRoot(context.Context, *sampleInput) (*reply[RootAdded], error) {
	return nil, nil
}
func (s *Server) renameRoot(context.Context, *renameRootInput) (*reply[RootReply], error) {
	return nil, nil
}
func (s *Server) removeRoot(context.Context, *removeRootInput) (*reply[RootRemoved], error) {
	return nil, nil
}
