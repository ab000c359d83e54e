package stats

import (
	"context"
	"time"

	"loramanager/internal/catalog"
	"loramanager/internal/lora"
)

// Counts are the figures of generations. All windows lie on quarter-hours.
type Counts interface {
	// CountSlots returns the slots with generations, earliest first.
	CountSlots(ctx context.Context, window lora.Window, unit lora.SlotUnit) ([]lora.SlotCount, error)
	// CountErrors counts the failed ones, most frequent first.
	CountErrors(ctx context.Context, window lora.Window) ([]lora.ErrorCount, error)
	CountEngines(ctx context.Context, window lora.Window) ([]lora.EngineCount, error)
	// TimeBuckets returns the distribution of a time, shortest first.
	TimeBuckets(ctx context.Context, window lora.Window, measure lora.Measure) ([]lora.TimeBucket, error)
	// AdapterUsages returns the first adapters by an order.
	AdapterUsages(ctx context.Context, window lora.Window, order lora.UsageOrder, limit int) ([]lora.AdapterUsage, error)
}

// Cases name the generations outside the trash that figures speak of, newest first.
type Cases interface {
	// FailedJobs returns failed ones of a class and an engine; empty takes all.
	FailedJobs(ctx context.Context, window lora.Window, class lora.EngineErrorClass, engine string, limit int) ([]string, error)
	// SlowJobs returns the succeeded ones that ran longest, slowest first; WaitedJobs those
	// that waited longest.
	SlowJobs(ctx context.Context, window lora.Window, limit int) ([]string, error)
	WaitedJobs(ctx context.Context, window lora.Window, limit int) ([]string, error)
	// AdapterJobs returns those with an adapter that have a status.
	AdapterJobs(ctx context.Context, window lora.Window, adapterID string, status lora.JobStatus, limit int) ([]string, error)
}

// House tells what the program keeps and what goes on now.
type House interface {
	// Samples returns at most so many samples of each computer, averaged.
	Samples(ctx context.Context, from, until time.Time, points int) ([]lora.ResourceSample, error)
	QueueState(ctx context.Context) (lora.QueueState, error)
	// LatestJobs returns the jobs accepted last, newest first.
	LatestJobs(ctx context.Context, limit int) ([]lora.Job, error)
}

// Library tells what the catalog knows of adapters.
type Library interface {
	Counts(ctx context.Context) (lora.LibraryCounts, error)
	List(ctx context.Context, query catalog.Query) ([]lora.Adapter, catalog.Result, error)
	// Adapters returns those of the ids that exist, in the order of the ids.
	Adapters(ctx context.Context, ids []string) ([]lora.Adapter, error)
}
