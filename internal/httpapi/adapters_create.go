package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/guard"
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

// lookPatience is how long a new record waits for its file to be read; when a scan
// is running, that scan or the next one reads it.
const lookPatience = 2 * time.Second

func (s *Server) createAdapter(ctx context.Context, in *struct{ Body AdapterCreate }) (*reply[AdapterReply], error) {
	place, err := s.library.Locate(ctx, in.Body.FilePath.Value)
	if lora.CodeOf(err) == lora.Invalid {
		return nil, badRequest(ctx, problemOf(ctx, err).Detail)
	}
	if err != nil {
		return nil, at("body.file_path", "path", err)
	}
	given, fields := in.Body.adapter()
	adapter, err := s.store.CreateAdapter(ctx, lora.NewAdapter{RootID: place.RootID, RelPath: place.RelPath, Stamp: place.Stamp, Given: given, Fields: fields})
	if lora.CodeOf(err) == lora.Conflict {
		return nil, badRequest(ctx, problemOf(ctx, err).Detail)
	}
	if err != nil {
		return nil, err
	}
	if adapter.Kind == "unknown" {
		look, cancel := context.WithTimeout(ctx, lookPatience)
		defer cancel()
		if err := s.library.Rescan(look, adapter.ID); err != nil {
			s.log.DebugContext(ctx, "a new adapter's file was not read yet", "adapter_id", adapter.ID, "error", err)
		} else if read, err := s.adapter(ctx, adapter.ID); err == nil {
			adapter = read
		}
	}
	s.changed("create", []string{adapter.ID})
	return answer(AdapterReply{Adapter: shown(adapter)}, nil)
}

// adapter returns the values given and the names of their fields. null counts as not
// given, so its field takes the default.
func (c *AdapterCreate) adapter() (a lora.Adapter, given []string) {
	set := func(name string, isGiven bool, apply func()) {
		if isGiven {
			given = append(given, name)
			apply()
		}
	}
	set("name", true, func() { a.Name = c.Name.Value })
	set("version", c.Version.given(), func() { a.Version = c.Version.pointer() })
	set("canonical_version_name", c.CanonicalVersionName.given(), func() { a.CanonicalVersionName = c.CanonicalVersionName.pointer() })
	set("description", c.Description.given(), func() { a.Description = safeHTML(c.Description.pointer()) })
	set("author_username", c.AuthorUsername.given(), func() { a.AuthorUsername = c.AuthorUsername.pointer() })
	set("visibility", c.Visibility.given(), func() { a.Visibility = c.Visibility.Value })
	set("published_at", c.PublishedAt.given(), func() { a.PublishedAt = timeOf(&c.PublishedAt) })
	set("tags", c.Tags.given(), func() { a.Tags = c.Tags.Value })
	set("trained_words", c.TrainedWords.given(), func() { a.TrainedWords = c.TrainedWords.Value })
	set("triggers", c.Triggers.given(), func() { a.Triggers = c.Triggers.Value })
	set("weight", c.Weight.given(), func() { a.Weight = float64(c.Weight.Value) })
	set("active", c.Active.given(), func() { a.Active = bool(c.Active.Value) })
	set("ordinal", c.Ordinal.given(), func() { a.Ordinal = intOf(&c.Ordinal) })
	set("supports_generation", c.SupportsGeneration.given(), func() { a.SupportsGeneration = bool(c.SupportsGeneration.Value) })
	set("sd_version", c.SDVersion.given(), func() { a.SDVersion = c.SDVersion.pointer() })
	set("nsfw_level", c.NSFWLevel.given(), func() { a.NSFWLevel = int(c.NSFWLevel.Value) })
	set("activation_text", c.ActivationText.given(), func() { a.ActivationText = c.ActivationText.pointer() })
	set("stats", c.Stats.given(), func() { a.Stats = c.Stats.Value })
	set("extra", c.Extra.given(), func() { a.Extra = c.Extra.Value })
	c.primaryFile(&a, set)
	a.JSONFilePath, a.JSONFileMtime, a.JSONFileSize = c.JSONFilePath.pointer(), timeOf(&c.JSONFileMtime), intOf(&c.JSONFileSize)
	a.LastIngestedAt = timeOf(&c.LastIngestedAt)
	return a, given
}

func (c *AdapterCreate) primaryFile(a *lora.Adapter, set func(string, bool, func())) {
	set("primary_file_name", c.PrimaryFileName.given(), func() { a.PrimaryFileName = c.PrimaryFileName.pointer() })
	set("primary_file_size_kb", c.PrimaryFileSizeKB.given(), func() { size := int(c.PrimaryFileSizeKB.Value); a.PrimaryFileSizeKB = &size })
	set("primary_file_sha256", c.PrimaryFileSHA256.given(), func() { a.PrimaryFileSHA256 = c.PrimaryFileSHA256.pointer() })
	set("primary_file_download_url", c.PrimaryFileDownloadURL.given(), func() { a.PrimaryFileDownloadURL = c.PrimaryFileDownloadURL.pointer() })
	set("primary_file_local_path", c.PrimaryFileLocalPath.given(), func() { a.PrimaryFileLocalPath = c.PrimaryFileLocalPath.pointer() })
}

func timeOf(f *field[laxTime]) *time.Time {
	if !f.given() {
		return nil
	}
	t := time.Time(f.Value)
	return &t
}

func intOf(f *field[laxInt]) *int {
	if !f.given() {
		return nil
	}
	n := int(f.Value)
	return &n
}

func safeHTML(text *string) *string {
	if text == nil {
		return nil
	}
	safe := guard.SafeHTML(*text)
	return &safe
}
