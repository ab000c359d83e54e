package httpapi

import (
	"time"

	"loramanager/internal/lora"
)

// SystemStatus is how everything is doing, as the last looks found it. Up to thresholds
// it is the contract's; memory and disks are given in MiB there.
type SystemStatus struct {
	GPUAvailable    bool                  `json:"gpu_available"`
	QueueLength     int                   `json:"queue_length" doc:"Jobs that wait or run"`
	Status          string                `json:"status" enum:"healthy,warning,error"`
	GPUStatus       string                `json:"gpu_status" doc:"Name of the first graphics card"`
	MemoryUsed      int                   `json:"memory_used" doc:"MiB, of the graphics card, else of the computer"`
	MemoryTotal     int                   `json:"memory_total" doc:"MiB"`
	ActiveWorkers   int                   `json:"active_workers" doc:"Jobs that run"`
	Backend         string                `json:"backend" enum:"redis,postgres,in-memory" doc:"What carries wake-ups and events now"`
	QueueETA        *float64              `json:"queue_eta_seconds" doc:"Always null: jobs differ too much"`
	LastUpdated     time.Time             `json:"last_updated"`
	Warnings        []string              `json:"warnings"`
	Metrics         *SystemMetrics        `json:"metrics" doc:"null before the first sample"`
	Message         string                `json:"message"`
	UpdatedAt       time.Time             `json:"updated_at"`
	SDNext          SystemSDNext          `json:"sdnext"`
	Importer        SystemImporter        `json:"importer"`
	Recommendations SystemRecommendations `json:"recommendations"`
	Queue           SystemQueue           `json:"queue"`
	Thresholds      SystemThresholds      `json:"thresholds"`

	Checks        []lora.Check         `json:"checks"`
	Workers       []lora.WorkerLife    `json:"workers"`
	Versions      SystemVersions       `json:"versions"`
	UptimeSeconds float64              `json:"uptime_seconds" doc:"Of this process"`
	Resources     *lora.ResourceSample `json:"resources" doc:"The last sample of this computer; null before the first"`
}

// SystemMetrics is what the computer uses, in the contract's units.
type SystemMetrics struct {
	CPUPercent    *float64    `json:"cpu_percent"`
	MemoryPercent *int        `json:"memory_percent"`
	MemoryUsed    *int        `json:"memory_used" doc:"MiB"`
	MemoryTotal   *int        `json:"memory_total" doc:"MiB"`
	DiskPercent   *float64    `json:"disk_percent" doc:"Of the disk with the data folder"`
	DiskUsed      *int        `json:"disk_used" doc:"MiB"`
	DiskTotal     *int        `json:"disk_total" doc:"MiB"`
	GPUs          []SystemGPU `json:"gpus"`
	UptimeSeconds float64     `json:"uptime_seconds"`
	Timestamp     time.Time   `json:"timestamp"`
}

// SystemGPU is a graphics card. What its driver does not tell is null.
type SystemGPU struct {
	ID            int      `json:"id"`
	Name          string   `json:"name"`
	MemoryTotal   *int     `json:"memory_total" doc:"MiB"`
	MemoryUsed    *int     `json:"memory_used" doc:"MiB"`
	MemoryPercent *float64 `json:"memory_percent"`
	Temperature   *float64 `json:"temperature" doc:"Degrees Celsius"`
	Utilization   *float64 `json:"utilization" doc:"Percent"`
	FanSpeed      *float64 `json:"fan_speed" doc:"Percent"`
	PowerDraw     *float64 `json:"power_draw_watts"`
}

// SystemSDNext is the engine of that kind, as the last look found it.
type SystemSDNext struct {
	Configured bool       `json:"configured"`
	BaseURL    *string    `json:"base_url"`
	Available  *bool      `json:"available" doc:"null when there is none or nobody looked yet"`
	Error      *string    `json:"error"`
	CheckedAt  *time.Time `json:"checked_at,omitempty"`
}

// SystemImporter says when the library was last scanned.
type SystemImporter struct {
	ImportPath    *string    `json:"import_path" doc:"The first library folder"`
	LastIngested  *time.Time `json:"last_ingested_at" doc:"End of the last scan that was finished"`
	RecentImports int        `json:"recent_imports" doc:"Adapters added and updated by scans within the threshold, or 24 hours where there is none"`
	TotalAdapters int        `json:"total_adapters"`
	Stale         *bool      `json:"stale" doc:"null when there is no threshold"`
	StaleHours    *int       `json:"stale_threshold_hours"`
	Scanner       *string    `json:"scanner" doc:"Which of several servers scans; null where there is one, and while another takes over"`
}

// SystemRecommendations says whether recommendations work.
type SystemRecommendations struct {
	ModelsLoaded bool `json:"models_loaded" doc:"The index is built"`
	GPUAvailable bool `json:"gpu_available" doc:"Always false: the index needs none"`
}

// SystemQueue counts jobs.
type SystemQueue struct {
	Total   int  `json:"total" doc:"Active ones, and failed ones that can be retried"`
	Active  int  `json:"active" doc:"Waiting and running ones"`
	Running int  `json:"running"`
	Failed  int  `json:"failed" doc:"Within the last 24 hours"`
	Paused  bool `json:"paused"`
}

// SystemThresholds say when to warn; 0 and null are never.
type SystemThresholds struct {
	Queue    SystemQueueThresholds    `json:"queue"`
	Importer SystemImporterThresholds `json:"importer"`
}

// SystemQueueThresholds are numbers of jobs.
type SystemQueueThresholds struct {
	Active int `json:"active_warning"`
	Failed int `json:"failed_warning"`
}

// SystemImporterThresholds are hours.
type SystemImporterThresholds struct {
	StaleHours *int `json:"stale_hours"`
}

// SystemVersions say what runs.
type SystemVersions struct {
	Program  string `json:"program"`
	Commit   string `json:"commit"`
	Go       string `json:"go"`
	Database string `json:"database" enum:"sqlite,postgres"`
	Schema   int    `json:"schema" doc:"Number of the database's last migration"`
}

// ResourceList are samples of all computers that run a server or worker.
type ResourceList struct {
	Samples []lora.ResourceSample `json:"samples" doc:"Ascending by time; at most 240 for each computer, each the mean of its span"`
}

// CheckStarted says that it looks again.
type CheckStarted struct {
	Message string `json:"message"`
}
