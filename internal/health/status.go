package health

import (
	"time"

	"loramanager/internal/lora"
)

// State is how the whole is: as its worst check.
type State string

// The states. Checks that are off or unknown make nothing worse.
const (
	Healthy State = "healthy"
	Warning State = "warning"
	Broken  State = "error"
)

// Status is how everything was when it was last looked at. It is a copy.
type Status struct {
	State    State
	Checks   []lora.Check // by area, then by name
	Warnings []string     // what is wrong and what to do, worst first
	Workers  []lora.WorkerLife

	Queue     lora.QueueState
	WaitedFor time.Duration // by the job that waits longest; 0 when none waits
	Failed    int           // generations within the last 24 hours
	Backend   string        // what carries wake-ups now: in-memory, postgres or redis

	Importer  Importer
	Resources *lora.ResourceSample // nil until something was measured
	GPUs      []lora.GPUUsage
	StartedAt time.Time
	UpdatedAt time.Time // of the latest look
	Limits    Limits
}

// Importer is when the library was last looked through.
type Importer struct {
	LastScan      *time.Time // end of the last one that was finished
	RecentImports int        // adapters added and updated by scans within Limits.ScanAge
	Adapters      int
	Roots         int
	Stale         *bool  // nil when Limits.ScanAge is 0
	Scanner       string // which of several servers scans; empty where there is one
}

// Limits are where warnings begin. Zero never warns.
type Limits struct {
	ActiveJobs  int           // waiting or running
	FailedJobs  int           // within 24 hours
	QueueAge    time.Duration // a job has waited longer while nothing ran
	ScanAge     time.Duration // since the last scan that was finished
	FreeWarning uint64        // bytes free on a disk
	FreeError   uint64
}

// Changed is announced when the state of a check changes.
type Changed struct {
	Status   State `json:"status" enum:"healthy,warning,error"`
	Warnings int   `json:"warnings"`
}
