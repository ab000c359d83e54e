package health

import "fmt"

// DashboardHealth is the system in few words.
type DashboardHealth struct {
	Status       string `json:"status" enum:"healthy,warning,error"`
	GPUStatus    string `json:"gpu_status" doc:"Name of the first graphics card"`
	GPUMemory    string `json:"gpu_memory" doc:"x.x GB / y.y GB, or unavailable"`
	QueueStatus  string `json:"queue_status" enum:"active,idle,paused"`
	StorageUsage string `json:"storage_usage" doc:"x.x GB / y.y GB of the disk with the data folder, or unknown"`
	Paused       bool   `json:"paused" doc:"No more jobs are begun"`
}

// Dashboard is the status for the first page.
func (s Status) Dashboard() DashboardHealth {
	d := DashboardHealth{Status: string(s.State), GPUStatus: noGPU, GPUMemory: "unavailable", StorageUsage: "unknown", QueueStatus: "idle", Paused: s.Queue.Paused}
	if len(s.GPUs) > 0 {
		d.GPUStatus = s.GPUs[0].Name
		d.GPUMemory = usage(s.GPUs[0].MemoryUsed, s.GPUs[0].MemoryTotal, d.GPUMemory)
	}
	switch {
	case s.Queue.Paused:
		d.QueueStatus = "paused"
	case s.Queue.Pending+s.Queue.Running+s.Queue.Retrying > 0:
		d.QueueStatus = "active"
	}
	if s.Resources != nil {
		d.StorageUsage = usage(s.Resources.DiskUsed, s.Resources.DiskTotal, d.StorageUsage)
	}
	return d
}

// noGPU is what the contract calls a computer without a graphics card that tells of itself.
const noGPU = "GPU unavailable (CPU mode)"

func usage(used, total *int, unknown string) string {
	if used == nil || total == nil {
		return unknown
	}
	const gb = 1e9 // in the units of the web app
	return fmt.Sprintf("%.1f GB / %.1f GB", float64(*used)/gb, float64(*total)/gb)
}
