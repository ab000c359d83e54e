package lora

import "time"

// Window is a span of time, its end excluded, in the time zone its days are told in.
// Both ends lie on quarter-hours, the grain jobs are counted in.
type Window struct {
	Start, End time.Time
	Zone       *time.Location
}

// SlotCount counts the generations accepted within one quarter-hour, hour or day.
// Times are sums over the jobs that have them.
type SlotCount struct {
	Start     time.Time
	Jobs      int // accepted, whatever became of them
	Succeeded int
	Failed    int
	Cancelled int
	Ran       int           // jobs that began and ended
	RunTime   time.Duration // sum over these
	Waited    int           // jobs that began
	WaitTime  time.Duration // sum over these
	Images    int           // pictures of those that succeeded, purged ones included
	Kept      int           // succeeded, not in the trash, favourite or rated 4 or 5
}

// SlotUnit is the length of the slots that jobs are counted in.
type SlotUnit string

// The units. Hours and days are those of the clocks in the window's zone, so a day may
// have 23 or 25 hours.
const (
	SlotQuarter SlotUnit = "quarter"
	SlotHour    SlotUnit = "hour"
	SlotDay     SlotUnit = "day"
)

// ErrorCount counts failed generations by class and engine.
type ErrorCount struct {
	Class  EngineErrorClass
	Engine string
	Jobs   int
}

// EngineCount counts generations by engine.
type EngineCount struct {
	Engine    string
	Jobs      int
	Succeeded int
	Failed    int
	Cancelled int
	Ran       int
	RunTime   time.Duration
}

// Measure is a time of a job that is kept as a distribution.
type Measure string

// The measures.
const (
	MeasureWait Measure = "wait" // accepted to begun
	MeasureRun  Measure = "run"  // begun to ended
)

// TimeBucket counts jobs whose time lies in [From, To). Buckets grow by a factor of
// 2^(1/4), so a percentile read from them is off by at most 19 %.
type TimeBucket struct {
	From, To time.Duration
	Jobs     int
}

// AdapterUsage counts what was made with an adapter within a window: generations that
// succeeded, their pictures, and the kept ones among the generations. Failed are the
// generations with it that failed; they are not among Jobs.
type AdapterUsage struct {
	AdapterID string
	Jobs      int
	Images    int
	Kept      int
	Failed    int
}

// UsageOrder is by what adapters are ranked.
type UsageOrder string

// The orders. MostKept ranks by the share of kept generations among adapters with at
// least five, MostFailed by failed generations among those with any; ties go to more
// generations, then to the id.
const (
	MostUsed   UsageOrder = "used"
	MostKept   UsageOrder = "kept"
	MostFailed UsageOrder = "failed"
)

// StorageFigures is what the program keeps.
type StorageFigures struct {
	Pictures      int // files, each counted once however many jobs share it
	PicturesBytes int
	DatabaseBytes int
}

// ResourceSample is what a computer used at one moment. What could not be measured is nil.
type ResourceSample struct {
	At            time.Time  `json:"at"`
	Host          string     `json:"host"`
	CPUPercent    *float64   `json:"cpu_percent" doc:"Of all cores, since the sample before"`
	MemoryUsed    *int       `json:"memory_used" doc:"Bytes"`
	MemoryTotal   *int       `json:"memory_total" doc:"Bytes"`
	DiskUsed      *int       `json:"disk_used" doc:"Bytes, of the disk with the data folder"`
	DiskTotal     *int       `json:"disk_total" doc:"Bytes"`
	ProcessMemory *int       `json:"process_memory" doc:"Bytes resident, of this program"`
	PicturesBytes *int       `json:"pictures_bytes" doc:"Of all kept pictures"`
	DatabaseBytes *int       `json:"database_bytes"`
	GPUs          []GPUUsage `json:"gpus" nullable:"false"`
}

// GPUUsage is what one graphics card says about itself. What the driver does not tell is nil.
type GPUUsage struct {
	ID          int      `json:"id"`
	Name        string   `json:"name"`
	Driver      string   `json:"driver" enum:"nvidia,amd"`
	MemoryUsed  *int     `json:"memory_used" doc:"Bytes"`
	MemoryTotal *int     `json:"memory_total" doc:"Bytes"`
	Utilization *float64 `json:"utilization" doc:"Percent"`
	Temperature *float64 `json:"temperature" doc:"Degrees Celsius"`
	FanSpeed    *float64 `json:"fan_speed" doc:"Percent"`
	PowerDraw   *float64 `json:"power_draw_watts"`
}
