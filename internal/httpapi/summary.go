package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/lora"
)

// Summary is the library at a glance.
type Summary struct {
	Adapters       int            `json:"adapters"`
	Active         int            `json:"active"`
	Favorites      int            `json:"favorites"`
	AddedThisWeek  int            `json:"added_this_week"`
	Unreadable     int            `json:"unreadable"`
	Unsafe         int            `json:"unsafe"`
	Missing        int            `json:"missing"`
	Trashed        int            `json:"trashed"`
	Duplicates     int            `json:"duplicates"`
	SizeBytes      int            `json:"size_bytes"`
	Roots          int            `json:"roots"`
	UnscannedRoots int            `json:"unscanned_roots"`
	Digests        DigestProgress `json:"digests"`
	Recent         []lora.Adapter `json:"recent" doc:"The newest, at most 12"`
	RecentlyUsed   []lora.Adapter `json:"recently_used" doc:"At most 12"`
	LastScan       *lora.Scan     `json:"last_scan"`
	Scanning       *lora.Scan     `json:"scanning"`
	Activity       []Activity     `json:"activity" doc:"The last 20 changes, latest first"`
}

// DigestProgress says how far the digest lane has come.
type DigestProgress struct {
	Done           int    `json:"done"`
	Pending        int    `json:"pending"`
	Running        bool   `json:"running"`
	CurrentPath    string `json:"current_path" doc:"Empty when idle"`
	BytesPerSecond int    `json:"bytes_per_second"`
}

// Activity is one change, told by a message key of the web app.
type Activity struct {
	At        time.Time      `json:"at"`
	TextKey   string         `json:"text_key"`
	Params    map[string]any `json:"params"`
	AdapterID *string        `json:"adapter_id"`
}

// BaseModelList are all base models that can be told apart.
type BaseModelList struct {
	Items []BaseModelName `json:"items"`
}

// BaseModelName names one base model.
type BaseModelName struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Family string `json:"family" doc:"Models of one family can stand in for each other"`
}

func (s *Server) routeSummary() {
	route(s, http.MethodGet, "/library/summary", "readSummary", "library", "The library at a glance", s.readSummary)
	route(s, http.MethodGet, "/base-models", "listBaseModels", "library", "List base models", s.listBaseModels)
}

func (s *Server) readSummary(context.Context, *none) (*reply[Summary], error) { return nil, nil }
func (s *Server) listBaseModels(context.Context, *none) (*reply[BaseModelList], error) {
	return nil, nil
}
