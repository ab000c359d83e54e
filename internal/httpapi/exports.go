package httpapi

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"loramanager/internal/archive"
	"loramanager/internal/lora"
)

// ExportEstimate is how large an export will be and how long it takes. Size and time are
// the contract's words for the figures beside them.
type ExportEstimate struct {
	Size      string       `json:"size" doc:"For people, in steps of 1024"`
	Time      string       `json:"time"`
	SizeBytes int64        `json:"size_bytes" minimum:"0"`
	Seconds   float64      `json:"seconds" minimum:"0"`
	Measured  bool         `json:"measured" doc:"The time follows from earlier exports of this computer; before the first it is 10 MiB a second"`
	Parts     int          `json:"parts" minimum:"0"`
	Counts    ExportCounts `json:"counts"`
}

// ExportCounts are what an export holds.
type ExportCounts struct {
	Adapters     int `json:"adapters"`
	Files        int `json:"files" doc:"Adapter files"`
	Compositions int `json:"compositions"`
	Jobs         int `json:"jobs"`
	Images       int `json:"images"`
}

// Export is an archive that is planned and can be downloaded until it expires.
type Export struct {
	ID        string       `json:"id" doc:"Also of the transfer that shows its progress"`
	State     string       `json:"state" enum:"preparing,ready,failed" doc:"An encrypted one is prepared before it can be downloaded"`
	Error     string       `json:"error" doc:"Why it failed; empty otherwise"`
	Parts     []ExportPart `json:"parts"`
	Notes     []string     `json:"notes" doc:"What the user should know, in sentences"`
	ExpiresAt time.Time    `json:"expires_at"`
}

// ExportPart is one file of an export.
type ExportPart struct {
	Number int    `json:"number" doc:"From 1"`
	Name   string `json:"name"`
	Size   int64  `json:"size_bytes"`
	URL    string `json:"url" doc:"Where it is downloaded, below the address of the server; ranges are honoured"`
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

type exportInput struct{ Body ExportConfig }

func (s *Server) routeExports() {
	const tag = tagTransfer
	route(s, http.MethodPost, "/export/estimate", "estimateExport", tag, "How large an export will be", s.estimateExport, ownValidation)
	route(s, http.MethodPost, "/export", "exportArchive", tag, "Download an archive", s.exportArchive, ownValidation, sendsFile("application/zip"),
		describe("The archive in one answer, as clients of the prototype ask for it. One planned under /exports can be resumed and split."))
	route(s, http.MethodPost, "/exports", "planExport", tag, "Plan an export", s.planExport, ownValidation, created,
		describe("What goes into the archive is settled now; its parts are then downloaded one by one."))
	route(s, http.MethodGet, "/exports/{id}", "readExport", tag, "Read an export", s.readExport)
	route(s, http.MethodGet, "/exports/{id}/parts/{part}", "downloadExportPart", tag, "Download a part of an export", s.downloadExportPart, sendsRanges("application/zip"))
	route(s, http.MethodDelete, "/exports/{id}", "dropExport", tag, "Forget an export", s.dropExport)
}

func (s *Server) estimateExport(ctx context.Context, in *exportInput) (*reply[ExportEstimate], error) {
	o, err := in.Body.exportOptions(ctx)
	if err != nil {
		return nil, err
	}
	if !o.Adapters && !o.Compositions && !o.Jobs && !o.Settings && !o.Taste && !o.Analytics && !o.Files && !o.Images {
		return answer(ExportEstimate{Size: "0 Bytes", Time: "0 seconds"}, nil)
	}
	e, err := s.archive.EstimateExport(ctx, o)
	counts := ExportCounts{Adapters: e.Counts.Adapters, Compositions: e.Counts.Compositions, Jobs: e.Counts.Jobs}
	if o.Files {
		counts.Files = e.Counts.Files
	}
	if o.Images {
		counts.Images = e.Counts.Images
	}
	return answer(ExportEstimate{
		Size: e.Size, Time: e.Time, SizeBytes: e.Bytes, Seconds: e.Duration.Seconds(), Measured: e.Measured, Parts: e.Parts, Counts: counts,
	}, at("body.search", "q", err))
}

func (s *Server) planExport(ctx context.Context, in *exportInput) (*reply[ExportReply], error) {
	o, err := in.Body.exportOptions(ctx)
	if err != nil {
		return nil, err
	}
	planned, err := s.archive.PlanExport(ctx, o)
	return exportReply(planned, at("body.search", "q", err))
}

func exportReply(e archive.Export, err error) (*reply[ExportReply], error) {
	body := Export{ID: e.ID, State: string(e.State), Error: e.Error, Notes: list(e.Notes), ExpiresAt: e.ExpiresAt, Parts: make([]ExportPart, len(e.Parts))}
	for i, p := range e.Parts {
		body.Parts[i] = ExportPart{Number: p.Number, Name: p.Name, Size: p.Size, URL: apiPrefix + "/exports/" + url.PathEscape(e.ID) + "/parts/" + strconv.Itoa(p.Number)}
	}
	return answer(ExportReply{Export: body}, err)
}

func (s *Server) readExport(ctx context.Context, in *ByID) (*reply[ExportReply], error) {
	return exportReply(s.archive.Export(ctx, in.ID))
}

func (s *Server) dropExport(ctx context.Context, in *ByID) (*none, error) {
	return nil, s.archive.DropExport(ctx, in.ID)
}

func (s *Server) downloadExportPart(ctx context.Context, in *exportPartInput) (*huma.StreamResponse, error) {
	c, err := s.exportPart(ctx, in.ID, in.Part)
	if err != nil {
		return nil, err
	}
	return s.sendContent(c, &in.RangeHeaders), nil
}

func (s *Server) exportPart(ctx context.Context, id string, number int) (content, error) {
	d, err := s.archive.OpenExport(ctx, id, number)
	if err != nil {
		return content{}, err
	}
	return content{name: d.Name, kind: d.Type, etag: d.ETag, size: d.Size, close: d.Close, write: func(to io.Writer, from, until int64) error {
		return d.WriteRange(ctx, to, from, until)
	}}, nil
}

// exportArchive is the contract's export: planned, sent and forgotten with one request.
func (s *Server) exportArchive(ctx context.Context, in *exportInput) (*huma.StreamResponse, error) {
	if !in.Body.Loras.or(false) {
		return nil, badRequest(ctx, "LoRA export must be enabled")
	}
	o, err := in.Body.exportOptions(ctx)
	if err != nil {
		return nil, err
	}
	planned, err := s.archive.PlanExport(ctx, o)
	if err != nil {
		return nil, at("body.search", "q", err)
	}
	drop := func() error { return s.archive.DropExport(context.WithoutCancel(ctx), planned.ID) }
	c, err := s.soleExport(ctx, &planned)
	if err != nil {
		_ = drop() // it may have expired meanwhile
		return nil, err
	}
	write, closePart := c.write, c.close
	c.write = func(to io.Writer, from, until int64) error {
		if err := write(to, from, until); err != nil {
			return err
		}
		_, err := s.archive.AwaitTransfer(ctx, planned.ID) // it is done, not dropped
		return err
	}
	c.close = func() error {
		_ = closePart() // only read
		return drop()
	}
	return s.sendContent(c, &RangeHeaders{}), nil
}

// soleExport opens the one part of an export, once it is prepared.
func (s *Server) soleExport(ctx context.Context, planned *archive.Export) (content, error) {
	if len(planned.Parts) > 1 {
		return content{}, lora.FieldErrorf(lora.Invalid, "split_archives", "One answer holds one archive, and this makes %d. Plan it under /exports, where each part is downloaded by itself.", len(planned.Parts))
	}
	if _, err := s.archive.WaitExport(ctx, planned.ID); err != nil {
		return content{}, err
	}
	return s.exportPart(ctx, planned.ID, 1)
}
