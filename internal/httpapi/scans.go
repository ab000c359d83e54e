package httpapi

import (
	"context"
	"net/http"

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

func (s *Server) startScan(context.Context, *startScanInput) (*reply[ScanReply], error) {
	return nil, nil
}
func (s *Server) listScans(context.Context, *struct {
	Limit int `query:"limit" default:"20" doc:"At most 200"`
}) (*reply[ScanList], error) {
	return nil, nil
}
func (s *Server) readScan(context.Context, *ByID) (*reply[ScanReply], error)   { return nil, nil }
func (s *Server) cancelScan(context.Context, *ByID) (*reply[ScanReply], error) { return nil, nil }
