package httpapi

import (
	"context"
	"net/http"

	"loramanager/internal/health"
	"loramanager/internal/stats"
)

// DashboardReply is the library, the queue and the system at a glance.
type DashboardReply struct {
	Stats  stats.DashboardStats   `json:"stats"`
	Health health.DashboardHealth `json:"system_health" doc:"As the last looks found it"`
}

func (s *Server) routeDashboard() {
	const tag = "dashboard"
	route(s, http.MethodGet, "/dashboard/stats", "readDashboardStats", tag, "The library, the queue and the system at a glance", s.readDashboardStats)
	route(s, http.MethodGet, "/dashboard/featured-loras", "listFeaturedLoras", tag, "Active adapters, the latest changed first", s.listFeaturedLoras)
	route(s, http.MethodGet, "/dashboard/activity-feed", "listActivityFeed", tag, "The latest jobs", s.listActivityFeed)
}

func (s *Server) readDashboardStats(ctx context.Context, _ *none) (*reply[DashboardReply], error) {
	figures, err := s.stats.Dashboard(ctx)
	if err != nil {
		return nil, err
	}
	return answer(DashboardReply{Stats: figures, Health: s.health.Status().Dashboard()}, nil)
}

func (s *Server) listFeaturedLoras(ctx context.Context, _ *none) (*reply[[]stats.FeaturedLora], error) {
	return answer(s.stats.Featured(ctx))
}

func (s *Server) listActivityFeed(ctx context.Context, _ *none) (*reply[[]stats.FeedEntry], error) {
	return answer(s.stats.Feed(ctx))
}
