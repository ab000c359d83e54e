package httpapi

import (
	"context"
	"net/http"
	"path/filepath"

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

func (s *Server) listRoots(ctx context.Context, _ *none) (*reply[RootList], error) {
	roots, err := s.library.Roots(ctx)
	return answer(RootList{Roots: list(roots)}, err)
}

func (s *Server) addRoot(ctx context.Context, in *addRootInput) (*reply[RootAdded], error) {
	root, scan, err := s.library.AddRoot(ctx, in.Body.Path, in.Body.Name)
	return answer(RootAdded{Root: root, Scan: wireScan(scan)}, err)
}

func (s *Server) suggestRoots(ctx context.Context, _ *none) (*reply[RootSuggestions], error) {
	found, err := s.library.SuggestRoots(ctx)
	body := RootSuggestions{Suggestions: make([]RootSuggestion, 0, len(found))}
	for _, f := range found {
		body.Suggestions = append(body.Suggestions, RootSuggestion(f))
	}
	return answer(body, err)
}

func (s *Server) renameRoot(ctx context.Context, in *renameRootInput) (*reply[RootReply], error) {
	if err := s.library.RenameRoot(ctx, in.ID, in.Body.Name); err != nil {
		return nil, err
	}
	roots, err := s.library.Roots(ctx)
	if err != nil {
		return nil, err
	}
	for _, root := range roots {
		if root.ID == in.ID {
			return answer(RootReply{Root: root}, nil)
		}
	}
	return nil, lora.Errorf(lora.NotFound, "There is no such library folder.")
}

func (s *Server) removeRoot(ctx context.Context, in *removeRootInput) (*reply[RootRemoved], error) {
	adapters, err := s.library.RemoveRoot(ctx, in.ID, in.Purge)
	return answer(RootRemoved{Adapters: adapters, Purged: in.Purge}, err)
}

const defaultSample = 60

// addSampleRoot writes a sample library under the data folder and adds it. A second
// call finds the folder there and only adds it again.
func (s *Server) addSampleRoot(ctx context.Context, in *sampleInput) (*reply[RootAdded], error) {
	count := defaultSample
	if in.Body != nil && in.Body.Count > 0 {
		count = in.Body.Count
	}
	dir := filepath.Join(s.options.DataDir, "sample")
	if err := s.options.WriteSample(ctx, dir, count); err != nil && lora.CodeOf(err) != lora.Conflict {
		return nil, err
	}
	root, scan, err := s.library.AddRoot(ctx, dir, "Sample library")
	return answer(RootAdded{Root: root, Scan: wireScan(scan)}, err)
}
