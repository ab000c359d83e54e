package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// ExportConfig says what goes into an archive and how it is written. Up to password it is
// the contract's; every key has effect or is refused by name.
type ExportConfig struct {
	Loras         field[laxBool] `json:"loras,omitempty" nullable:"true" doc:"Adapters"`
	LoraFiles     field[laxBool] `json:"lora_files,omitempty" nullable:"true" doc:"Their files, sidecars and previews; true when absent"`
	LoraMetadata  field[laxBool] `json:"lora_metadata,omitempty" nullable:"true" doc:"What is known of them; it always goes along, so false beside loras is refused"`
	Embeddings    field[laxBool] `json:"lora_embeddings,omitempty" nullable:"true" doc:"Refused: vectors are made anew from what an archive carries"`
	Generations   field[laxBool] `json:"generations,omitempty" nullable:"true" doc:"Jobs that ended, with their ratings"`
	Range         field[string]  `json:"generation_range,omitempty" nullable:"true" doc:"all, or date_range with date_from or date_to"`
	From          field[laxTime] `json:"date_from,omitempty" nullable:"true" doc:"Only with generation_range date_range"`
	Until         field[laxTime] `json:"date_to,omitempty" nullable:"true" doc:"A date without a time takes that day along"`
	UserData      field[laxBool] `json:"user_data,omitempty" nullable:"true" doc:"Compositions, presets, workflows, wildcards, saved searches, preferences and feedback"`
	SystemConfig  field[laxBool] `json:"system_config,omitempty" nullable:"true" doc:"Settings, engines and library folders, without secrets"`
	Analytics     field[laxBool] `json:"analytics,omitempty" nullable:"true" doc:"Counted figures"`
	Format        field[string]  `json:"format,omitempty" nullable:"true" doc:"zip"`
	Compression   field[string]  `json:"compression,omitempty" nullable:"true" doc:"none, fast, balanced or max, of everything but adapter files and pictures, which do not shrink"`
	SplitArchives field[laxBool] `json:"split_archives,omitempty" nullable:"true" doc:"Into parts of max_size_mb, each an archive of its own"`
	MaxSizeMB     field[laxInt]  `json:"max_size_mb,omitempty" nullable:"true" doc:"MiB; 1024 when absent. A larger file makes its part larger"`
	Encrypt       field[laxBool] `json:"encrypt,omitempty" nullable:"true" doc:"With age, by password or for recipients"`
	Password      field[string]  `json:"password,omitempty" nullable:"true"`
	Recipients    []string       `json:"recipients,omitempty" nullable:"true" maxItems:"20" doc:"Public keys of age; whoever has one of the private keys can open it"`
	AdapterIDs    []string       `json:"adapter_ids,omitempty" nullable:"true" maxItems:"100000" doc:"Only these adapters"`
	Search        field[string]  `json:"search,omitempty" nullable:"true" doc:"Only adapters that match, in the syntax of the library's search"`
	Include       *ExportInclude `json:"include,omitempty" doc:"Parts of user_data by themselves"`
	Images        field[laxBool] `json:"images,omitempty" nullable:"true" doc:"Pictures of the generations; goes with them when absent"`
}

// ExportInclude are the parts of user_data.
type ExportInclude struct {
	Compositions bool `json:"compositions,omitempty"`
	Taste        bool `json:"taste,omitempty" doc:"Preferences and feedback"`
}

// ExportEstimate is how large an export will be and how long it takes. Size and time are
// the contract's words for the figures beside them.
type ExportEstimate struct {
	Size      string       `json:"size" doc:"For people, in steps of 1024"`
	Time      string       `json:"time"`
	SizeBytes int64        `json:"size_bytes" minimum:"0"`
	Seconds   float64      `json:"seconds" minimum:"0" doc:"From the speed of earlier exports on this computer; 10 MiB a second before the first"`
	Parts     int          `json:"parts" minimum:"0"`
	Counts    ExportCounts `json:"counts"`
}

// ExportCounts are what an export holds.
type ExportCounts struct {
	Adapters     int `json:"adapters"`
	Files        int `json:"files"`
	Compositions int `json:"compositions"`
	Jobs         int `json:"jobs"`
	Images       int `json:"images"`
}

// Export is an archive that is planned and can be downloaded until it expires.
type Export struct {
	ID        string       `json:"id"`
	State     string       `json:"state" enum:"preparing,ready,failed" doc:"An encrypted one is prepared before it can be downloaded"`
	Error     string       `json:"error" doc:"Why it failed; empty otherwise"`
	Parts     []ExportPart `json:"parts" nullable:"false"`
	Notes     []string     `json:"notes" nullable:"false" doc:"What the user should know, in sentences"`
	ExpiresAt time.Time    `json:"expires_at"`
}

// ExportPart is one file of an export.
type ExportPart struct {
	Number int    `json:"number" doc:"From 1"`
	Name   string `json:"name"`
	Size   int64  `json:"size_bytes"`
	URL    string `json:"url" doc:"Where it is downloaded; ranges are honoured"`
}

// ExportReply is one export.
type ExportReply struct {
	Export Export `json:"export"`
}

type exportPartInput struct {
	ByID
	Part int `path:"part" minimum:"1"`
	RangeHeaders
}

func (s *Server) routeExports() {
	const tag = tagTransfer
	route(s, http.MethodPost, "/export/estimate", "estimateExport", tag, "How large an export will be", s.estimateExport, ownValidation)
	route(s, http.MethodPost, "/export", "exportArchive", tag, "Download an archive", s.exportArchive, ownValidation, sendsFile("application/zip"),
		describe("The archive in one answer, as clients of the prototype ask for it. A download from /exports can be resumed and split."))
	route(s, http.MethodPost, "/exports", "planExport", tag, "Plan an export", s.planExport, ownValidation, created,
		describe("What goes into the archive is settled now; its parts are then downloaded one by one."))
	route(s, http.MethodGet, "/exports/{id}", "readExport", tag, "Read an export", s.readExport)
	route(s, http.MethodGet, "/exports/{id}/parts/{part}", "downloadExportPart", tag, "Download a part of an export", s.downloadExportPart, sendsRanges("application/zip"))
	route(s, http.MethodDelete, "/exports/{id}", "dropExport", tag, "Forget an export", s.dropExport)
}

func (s *Server) estimateExport(ctx context.Context, in *struct{ Body ExportConfig }) (*reply[ExportEstimate], error) {
	return answer(s.exports.EstimateExport(ctx, &in.Body))
}

func (s *Server) planExport(ctx context.Context, in *struct{ Body ExportConfig }) (*reply[ExportReply], error) {
	planned, err := s.exports.PlanExport(ctx, &in.Body)
	return answer(ExportReply{Export: planned}, err)
}

func (s *Server) readExport(ctx context.Context, in *ByID) (*reply[ExportReply], error) {
	found, err := s.exports.Export(ctx, in.ID)
	return answer(ExportReply{Export: found}, err)
}

func (s *Server) downloadExportPart(ctx context.Context, in *exportPartInput) (*huma.StreamResponse, error) {
	part, err := s.exports.ExportPart(ctx, in.ID, in.Part)
	if err != nil {
		return nil, err
	}
	return s.sendContent(part, &in.RangeHeaders), nil
}

func (s *Server) exportArchive(ctx context.Context, in *struct{ Body ExportConfig }) (*huma.StreamResponse, error) {
	planned, err := s.exports.PlanExport(ctx, &in.Body)
	if err != nil {
		return nil, err
	}
	part, err := s.exports.ExportPart(ctx, planned.ID, 1)
	if err != nil {
		return nil, err
	}
	return s.sendContent(part, &RangeHeaders{}), nil
}

func (s *Server) dropExport(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.exports.DropExport(ctx, in.ID)
}
