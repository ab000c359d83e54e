package health

// DashboardHealth is the system in few words.
type DashboardHealth struct {
	Status       string `json:"status" enum:"healthy,warning,error"`
	GPUStatus    string `json:"gpu_status"`
	GPUMemory    string `json:"gpu_memory" doc:"x.x GB / y.y GB, or unavailable"`
	QueueStatus  string `json:"queue_status" enum:"active,idle,paused"`
	StorageUsage string `json:"storage_usage" doc:"x.x GB / y.y GB of the disk with the data folder, or unknown"`
	Paused       bool   `json:"paused" doc:"No more jobs are begun"`
}
