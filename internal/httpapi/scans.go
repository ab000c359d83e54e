package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/library"
	"loramanager/internal/lora"
)

// ScanReply is one scan.
type ScanReply struct {
	Scan lora.Scan `json:"scan"`
}

// ScanList are scans, the latest first.
type ScanList struct {
	Scans []lora.Scan `json:"scans"`
}

type startScanInput struct {
	Body *struct {
		RootIDs []string `json:"root_ids,omitempty" nullable:"true" doc:"null or absent: all library folders"`
	} `nameHint:"ScanCreate"`
}

func (s *Server) routeScans() {
	route(s, http.MethodPost, "/scans", "startScan", "scans", "Start a scan", s.startScan, accepted,
		describe("409 when one is running; errors[0].value is its id."))
	route(s, http.MethodGet, "/scans", "listScans", "scans", "List scans", s.listScans)
	route(s, http.MethodGet, "/scans/{id}", "readScan", "scans", "Read a scan's report", s.readScan)
	route(s, http.MethodPost, "/scans/{id}/cancel", "cancelScan", "scans", "Cancel a scan", s.cancelScan)
}

func (s *Server) startScan(ctx context.Context, in *startScanInput) (*reply[ScanReply], error) {
	var ids []string
	if in.Body != nil {
		ids = in.Body.RootIDs
	}
	scan, err := s.library.StartScan(ctx, ids, library.TriggerUser)
	if running := s.library.Running(ctx); lora.CodeOf(err) == lora.Conflict && running != nil {
		p := problemOf(ctx, err)
		p.Errors = []ProblemField{{Location: "scan.id", Message: "This scan is running.", Value: running.ID}}
		return nil, p
	}
	return answer(ScanReply{Scan: scan}, err)
}

const maxScans = 200

func (s *Server) listScans(ctx context.Context, in *struct {
	Limit int `query:"limit" default:"20" doc:"At most 200"`
}) (*reply[ScanList], error) {
	scans, err := s.library.Scans(ctx, min(max(in.Limit, 1), maxScans))
	for i := range scans {
		scans[i] = *wireScan(scans[i])
	}
	return answer(ScanList{Scans: list(scans)}, err)
}

func (s *Server) readScan(ctx context.Context, in *ByID) (*reply[ScanReply], error) {
	scan, err := s.library.Scan(ctx, in.ID)
	return answer(ScanReply{Scan: *wireScan(scan)}, err)
}

func (s *Server) cancelScan(ctx context.Context, in *ByID) (*reply[ScanReply], error) {
	if err := s.library.CancelScan(ctx, in.ID); err != nil {
		return nil, err
	}
	return s.readScan(ctx, in)
}

// wireScan fills the lists that must not be null.
func wireScan(scan lora.Scan) *lora.Scan {
	scan.RootIDs, scan.Findings = list(scan.RootIDs), list(scan.Findings)
	return &scan
}
