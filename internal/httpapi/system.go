package httpapi

import (
	"context"
	"net/http"
)

// Version says what is running.
type Version struct {
	Version  string  `json:"version"`
	Commit   string  `json:"commit"`
	Go       string  `json:"go"`
	Database string  `json:"database" enum:"sqlite,postgres"`
	DataDir  *string `json:"data_dir,omitempty" doc:"Only told to this machine"`
}

func (s *Server) routeSystem() {
	route(s, http.MethodGet, "/version", "readVersion", "system", "What is running", s.readVersion)
}

func (s *Server) readVersion(context.Context, *none) (*reply[Version], error) { return nil, nil }
