package stats

import (
	"time"

	"loramanager/internal/lora"
)

// DashboardStats are the contract's figures.
type DashboardStats struct {
	TotalLoras    int `json:"total_loras"`
	ActiveLoras   int `json:"active_loras"`
	Coverage      int `json:"embeddings_coverage" minimum:"0" maximum:"100" doc:"Percent of the adapters that have a vector in the index of recommendations"`
	RecentImports int `json:"recent_imports" doc:"Adapters added within the last 24 hours"`
	ActiveJobs    int `json:"active_jobs" doc:"Waiting and running ones"`
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
