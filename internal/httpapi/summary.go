package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Summary is the library at a glance.
type Summary struct {
	Adapters       int             `json:"adapters"`
	Active         int             `json:"active"`
	Favorites      int             `json:"favorites"`
	AddedThisWeek  int             `json:"added_this_week"`
	Unreadable     int             `json:"unreadable"`
	Unsafe         int             `json:"unsafe"`
	Missing        int             `json:"missing"`
	Trashed        int             `json:"trashed"`
	Duplicates     int             `json:"duplicates"`
	SizeBytes      int             `json:"size_bytes"`
	Roots          int             `json:"roots"`
	UnscannedRoots int             `json:"unscanned_roots"`
	Digests        DigestProgress  `json:"digests"`
	Recent         []lora.Adapter  `json:"recent" doc:"The newest, at most 12"`
	RecentlyUsed   []lora.Adapter  `json:"recently_used" doc:"At most 12"`
	LastScan       *lora.Scan      `json:"last_scan"`
	Scanning       *lora.Scan      `json:"scanning"`
	Activity       []lora.Activity `json:"activity" doc:"The last 20 changes, latest first"`
}

// DigestProgress says how far the digest lane has come.
type DigestProgress struct {
	Done           int    `json:"done"`
	Pending        int    `json:"pending"`
	Running        bool   `json:"running"`
	CurrentPath    string `json:"current_path" doc:"Empty when idle"`
	BytesPerSecond int64  `json:"bytes_per_second"`
}

func (s *Server) routeSummary() {
	route(s, http.MethodGet, "/library/summary", "readSummary", "library", "The library at a glance", s.readSummary)
	route(s, http.MethodGet, "/base-models", "listBaseModels", "library", "List base models", s.listBaseModels)
}

const (
	summaryAdapters   = 12
	summaryActivities = 20
)

func (s *Server) readSummary(ctx context.Context, _ *none) (*reply[Summary], error) {
	n, err := s.store.Counts(ctx)
	if err != nil {
		return nil, err
	}
	if account := accountOf(ctx); account != 0 {
		if n.Favorites, err = s.store.Favorites(ctx, account); err != nil {
			return nil, err
		}
	}
	body := Summary{
		Adapters: n.Adapters, Active: n.Active, Favorites: n.Favorites, AddedThisWeek: n.AddedThisWeek, Unreadable: n.Unreadable,
		Unsafe: n.Unsafe, Missing: n.Missing, Trashed: n.Trashed, Duplicates: n.Duplicates, SizeBytes: n.SizeBytes,
	}
	for _, fill := range []func(context.Context, *Summary) error{s.summariseRoots, s.summariseDigests, s.summariseAdapters, s.summariseScans, s.summariseActivity} {
		if err := fill(ctx, &body); err != nil {
			return nil, err
		}
	}
	return answer(body, nil)
}

func (s *Server) summariseRoots(ctx context.Context, to *Summary) error {
	roots, err := s.store.Roots(ctx)
	to.Roots = len(roots)
	for i := range roots {
		if roots[i].LastScanAt == nil {
			to.UnscannedRoots++
		}
	}
	return err
}

func (s *Server) summariseDigests(ctx context.Context, to *Summary) error {
	lane, err := s.library.Digesting(ctx)
	to.Digests = DigestProgress(lane)
	return err
}

func (s *Server) summariseAdapters(ctx context.Context, to *Summary) error {
	newest, _, err := s.store.List(ctx, catalog.Query{Account: accountOf(ctx), Sort: catalog.ByAdded, Descending: true, Limit: summaryAdapters})
	if err != nil {
		return err
	}
	used, _, err := s.store.List(ctx, catalog.Query{Account: accountOf(ctx), Text: "-used:never", Sort: catalog.ByLastUsed, Descending: true, Limit: summaryAdapters})
	to.Recent, to.RecentlyUsed = shownAll(newest), shownAll(used)
	return err
}

func (s *Server) summariseScans(ctx context.Context, to *Summary) error {
	if running := s.library.Running(ctx); running != nil {
		running.Findings = nil
		to.Scanning = wireScan(*running)
	}
	scans, err := s.library.Scans(ctx, 2) // the latest may be the one that runs
	for _, scan := range scans {
		if scan.State != lora.ScanRunning {
			scan.Findings = nil
			to.LastScan = wireScan(scan)
			break
		}
	}
	return err
}

func (s *Server) summariseActivity(ctx context.Context, to *Summary) error {
	activity, err := s.store.Activities(ctx, summaryActivities)
	to.Activity = list(activity)
	return err
}
