package httpapi

import (
	"context"
	"net/http"
	"time"

	"loramanager/internal/lora"
)

// DashboardReply is the library, the queue and the system at a glance.
type DashboardReply struct {
	Stats  DashboardStats  `json:"stats"`
	Health DashboardHealth `json:"system_health"`
}

// DashboardStats are the contract's figures.
type DashboardStats struct {
	TotalLoras    int `json:"total_loras"`
	ActiveLoras   int `json:"active_loras"`
	Coverage      int `json:"embeddings_coverage" minimum:"0" maximum:"100" doc:"Percent of the adapters that have a vector in the index of recommendations"`
	RecentImports int `json:"recent_imports" doc:"Adapters added within the last 24 hours"`
	ActiveJobs    int `json:"active_jobs" doc:"Waiting and running ones"`
}

// DashboardHealth is the system in few words.
type DashboardHealth struct {
	Status       string `json:"status" enum:"healthy,warning,error"`
	GPUStatus    string `json:"gpu_status"`
	GPUMemory    string `json:"gpu_memory" doc:"x.x GB / y.y GB, or unavailable"`
	QueueStatus  string `json:"queue_status" enum:"active,idle,paused"`
	StorageUsage string `json:"storage_usage" doc:"x.x GB / y.y GB of the disk with the data folder, or unknown"`
	Paused       bool   `json:"paused" doc:"No more jobs are begun"`
}

// FeaturedLora is an adapter the dashboard shows.
type FeaturedLora struct {
	ID          string   `json:"id" format:"uuid"`
	Name        string   `json:"name"`
	Version     *string  `json:"version"`
	Tags        []string `json:"tags"`
	Active      bool     `json:"active"`
	CivitaiURL  *string  `json:"civitai_url"`
	Description *string  `json:"description" doc:"Sanitised HTML"`
}

// FeedEntry is a job in the activity feed.
type FeedEntry struct {
	ID        string         `json:"id" format:"uuid"`
	Type      lora.JobStatus `json:"type" enum:"pending,running,retrying,succeeded,failed,cancelled" doc:"The same as status"`
	Status    lora.JobStatus `json:"status" enum:"pending,running,retrying,succeeded,failed,cancelled"`
	Message   string         `json:"message"`
	Mode      string         `json:"mode"`
	Prompt    string         `json:"prompt"`
	Timestamp time.Time      `json:"timestamp" doc:"When it was accepted"`
	Icon      string         `json:"icon"`
	Kind      lora.JobKind   `json:"kind" enum:"generation,delivery"`
}

func (s *Server) routeDashboard() {
	const tag = "dashboard"
	route(s, http.MethodGet, "/dashboard/stats", "readDashboardStats", tag, "The library, the queue and the system at a glance", s.readDashboardStats)
	route(s, http.MethodGet, "/dashboard/featured-loras", "listFeaturedLoras", tag, "Active adapters, the latest changed first", s.listFeaturedLoras)
	route(s, http.MethodGet, "/dashboard/activity-feed", "listActivityFeed", tag, "The latest jobs", s.listActivityFeed)
}

func errNoDashboard() error {
	return lora.Errorf(lora.Unavailable, "The dashboard is not ready yet. Try again in a moment.")
}

func (s *Server) readDashboardStats(context.Context, *none) (*reply[DashboardReply], error) {
	return nil, errNoDashboard()
}

func (s *Server) listFeaturedLoras(context.Context, *none) (*reply[[]FeaturedLora], error) {
	return nil, errNoDashboard()
}

func (s *Server) listActivityFeed(context.Context, *none) (*reply[[]FeedEntry], error) {
	return nil, errNoDashboard()
}
