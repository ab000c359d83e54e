package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/lora"
)

// AdapterCreate is the contract's body for adding an adapter by path. Keys that
// are absent or null take their defaults; unknown keys are ignored.
type AdapterCreate struct {
	Name                   required[string]      `json:"name" nullable:"false"`
	FilePath               required[string]      `json:"file_path" nullable:"false" doc:"Absolute path of a file below one of the library folders"`
	Version                field[string]         `json:"version,omitempty"`
	CanonicalVersionName   field[string]         `json:"canonical_version_name,omitempty"`
	Description            field[string]         `json:"description,omitempty"`
	AuthorUsername         field[string]         `json:"author_username,omitempty"`
	Visibility             field[string]         `json:"visibility,omitempty"`
	PublishedAt            field[laxTime]        `json:"published_at,omitempty"`
	Tags                   field[[]string]       `json:"tags,omitempty"`
	TrainedWords           field[[]string]       `json:"trained_words,omitempty"`
	Triggers               field[[]string]       `json:"triggers,omitempty"`
	Weight                 field[laxFloat]       `json:"weight,omitempty"`
	Active                 field[laxBool]        `json:"active,omitempty"`
	Ordinal                field[laxInt]         `json:"ordinal,omitempty"`
	PrimaryFileName        field[string]         `json:"primary_file_name,omitempty"`
	PrimaryFileSizeKB      field[roundedInt]     `json:"primary_file_size_kb,omitempty" doc:"Rounded, halves to even"`
	PrimaryFileSHA256      field[string]         `json:"primary_file_sha256,omitempty"`
	PrimaryFileDownloadURL field[string]         `json:"primary_file_download_url,omitempty"`
	PrimaryFileLocalPath   field[string]         `json:"primary_file_local_path,omitempty"`
	SupportsGeneration     field[laxBool]        `json:"supports_generation,omitempty"`
	SDVersion              field[string]         `json:"sd_version,omitempty"`
	NSFWLevel              field[laxInt]         `json:"nsfw_level,omitempty"`
	ActivationText         field[string]         `json:"activation_text,omitempty"`
	Stats                  field[map[string]any] `json:"stats,omitempty"`
	Extra                  field[map[string]any] `json:"extra,omitempty"`
	JSONFilePath           field[string]         `json:"json_file_path,omitempty"`
	JSONFileMtime          field[laxTime]        `json:"json_file_mtime,omitempty"`
	JSONFileSize           field[laxInt]         `json:"json_file_size,omitempty"`
	LastIngestedAt         field[laxTime]        `json:"last_ingested_at,omitempty"`
}

func (s *Server) routeAdapterCreate() {
	route(s, http.MethodPost, "/adapters", "createAdapter", "adapters", "Add an adapter by its path", s.createAdapter, created, ownValidation,
		describe("A file that a scan already listed is adopted: its record takes the fields given. A file outside the library folders is refused, whether it exists or not."))
}

func (s *Server) createAdapter(ctx context.Context, in *struct{ Body AdapterCreate }) (*reply[AdapterReply], error) {
	adapter, err := s.create(ctx, &in.Body)
	return answer(AdapterReply{Adapter: adapter}, err)
}

func (s *Server) create(context.Context, *AdapterCreate) (lora.Adapter, error) {
	return lora.Adapter{}, nil
}
