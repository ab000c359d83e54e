package health

import (
	"context"
	"time"

	"loramanager/internal/lora"
)

// Database is where everything is kept.
type Database interface {
	Ping(ctx context.Context) error
	// Database is its kind: sqlite or postgres.
	Database() string
}

// Queue tells what waits and what came of it.
type Queue interface {
	QueueState(ctx context.Context) (lora.QueueState, error)
	// OldestWaiting is when the job that waits longest was accepted; zero when none waits.
	OldestWaiting(ctx context.Context) (time.Time, error)
	// CountErrors counts failed generations; the window lies on quarter-hours.
	CountErrors(ctx context.Context, window lora.Window) ([]lora.ErrorCount, error)
	// JobLoad counts the jobs waiting or running by engine.
	JobLoad(ctx context.Context) (map[string]int, error)
}

// Library tells of the folders and how they were scanned.
type Library interface {
	Roots(ctx context.Context) ([]lora.Root, error)
	// Scans are the last ones, latest first.
	Scans(ctx context.Context, limit int) ([]lora.Scan, error)
	Counts(ctx context.Context) (lora.LibraryCounts, error)
}

// Scanners tells which of several servers scans.
type Scanners interface {
	// LeaseHolder is empty when nobody has the lease.
	LeaseHolder(ctx context.Context, name string) (string, error)
}

// Engines tells what is known of the engines, from memory.
type Engines interface {
	Status() []lora.EngineStatus
}

// Workers keeps the signs of life of the processes that run jobs.
type Workers interface {
	BeatWorker(ctx context.Context, life lora.WorkerLife) error
	ForgetWorker(ctx context.Context, name string, started time.Time) error
	Workers(ctx context.Context) ([]lora.WorkerLife, error)
}

// Backups tells when backups are to be made and how the last ones went.
type Backups interface {
	BackupSchedules(ctx context.Context) ([]lora.BackupSchedule, error)
}

// Pictures is where pictures are kept.
type Pictures interface {
	Has(ctx context.Context, sha256 string) (bool, error)
}

// Samples keeps what computers used.
type Samples interface {
	AddSample(ctx context.Context, sample lora.ResourceSample) error
	PruneSamples(ctx context.Context, now time.Time) error
	StorageFigures(ctx context.Context) (lora.StorageFigures, error)
}

// Machine measures this computer. Measure tells the use of the processor since the call
// before; GPUs is empty where no driver answers.
type Machine interface {
	Measure(ctx context.Context) lora.ResourceSample
	GPUs(ctx context.Context) ([]lora.GPUUsage, error)
}

// Link is how something that joins processes is, such as the wake-ups through Redis.
type Link struct {
	Backend   string // in-memory, postgres or redis
	Reachable bool
	Error     string
	Since     time.Time
}

// Recommending is how recommending is.
type Recommending struct {
	Ready    bool // an index is there
	Adapters int
	Error    string // of the last build
	Embedder string // off, ready, computing or failing
	Model    string
	Pending  int // adapters without a vector of the model
	Failure  string
}
