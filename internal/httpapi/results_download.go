package httpapi

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

type downloadInput struct {
	ByID
	Index    int  `query:"index" minimum:"0" doc:"Which picture of the result"`
	Metadata bool `query:"metadata" default:"true" doc:"false takes everything but the pixels out"`
}

// ResultExport asks for a ZIP of results.
type ResultExport struct {
	IDs             field[resultIDs] `json:"ids,omitempty"`
	IncludeMetadata field[laxBool]   `json:"include_metadata,omitempty" doc:"true when absent"`
}

func (s *Server) routeDownloads() {
	const tag, path = "history", "/generation/results"
	route(s, http.MethodGet, path+"/{id}/download", "downloadResult", tag, "Download a picture of a result", s.downloadResult, sendsFile(pictureTypes...))
	route(s, http.MethodPost, path+"/export", "exportResults", tag, "Download results as a ZIP", s.exportResults, ownValidation, sendsFile("application/zip"),
		describe("For each result a folder with its pictures and metadata.json."))
}

// sendsFile says that the answer is a file.
func sendsFile(types ...string) func(*huma.Operation) {
	return func(op *huma.Operation) {
		content := map[string]*huma.MediaType{}
		for _, kind := range types {
			content[kind] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
		}
		op.DefaultStatus = http.StatusOK
		op.Responses = map[string]*huma.Response{"200": {
			Description: "The file; Content-Disposition holds its name",
			Headers:     map[string]*huma.Header{"Content-Disposition": {Schema: &huma.Schema{Type: huma.TypeString}}},
			Content:     content,
		}}
	}
}

func (s *Server) downloadResult(ctx context.Context, in *downloadInput) (*huma.StreamResponse, error) {
	return nil, errNotJoined
}

func (s *Server) exportResults(ctx context.Context, in *struct{ Body ResultExport }) (*huma.StreamResponse, error) {
	return nil, errNotJoined
}
