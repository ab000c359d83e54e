package jobs

import (
	"context"
	"io"
	"time"

	"loramanager/internal/lora"
)

// Ledger keeps jobs as their users see them: the row is the truth.
type Ledger interface {
	// AddJob commits a job. When another job has the same idempotency key that one is
	// returned, with existed true.
	AddJob(ctx context.Context, job lora.Job) (kept lora.Job, existed bool, err error)
	// Job returns a job with its images and adapters; NotFound for an unknown id.
	Job(ctx context.Context, id string) (lora.Job, error)
	// CancelJob ends a pending or retrying job as cancelled and marks a running one as
	// cancelling. Conflict when it is final already.
	CancelJob(ctx context.Context, id string) (lora.Job, error)
	// RetryJob puts a failed or cancelled job back to pending with fresh attempts.
	// Conflict when it is not final, or succeeded.
	RetryJob(ctx context.Context, id string) (lora.Job, error)
	// MoveJob gives a waiting job another priority and a place before another waiting
	// job; an empty before puts it last within its priority.
	MoveJob(ctx context.Context, id string, priority int, before string) (lora.Job, error)
	PauseQueue(ctx context.Context, paused bool) error
	QueueState(ctx context.Context) (lora.QueueState, error)
}

// Leases are what workers do with jobs. Every method that names a token returns a
// Conflict when the lease was lost to another worker, and then changes nothing.
type Leases interface {
	// ClaimJob takes the next runnable job on an engine with a free slot.
	ClaimJob(ctx context.Context, claim lora.JobClaim) (job lora.Job, found bool, err error)
	// BeatJob extends the lease, keeps the progress and tells whether to cancel.
	BeatJob(ctx context.Context, id string, token int64, beat lora.Beat) (cancel bool, err error)
	// SubmitJob remembers, durably, that the engine is about to be asked.
	SubmitJob(ctx context.Context, id string, token int64, handle string) error
	// EndJob ends an attempt. A job marked as cancelling ends as cancelled, whatever the
	// ending says: its user was told so. Pictures named in the ending become the job's.
	EndJob(ctx context.Context, id string, token int64, ending lora.Ending) (lora.Job, error)
	// ReclaimJob takes over a running job whose lease is over, under a new token, to decide
	// what becomes of it. With startup it also takes those that an earlier process of the
	// same worker held. It begins no attempt.
	ReclaimJob(ctx context.Context, worker string, lease time.Duration, startup bool) (job lora.Job, found bool, err error)
	// NextRetry tells when the next retrying job is due; zero when there is none.
	NextRetry(ctx context.Context) (time.Time, error)
	// JobLoad counts the jobs waiting or running by engine.
	JobLoad(ctx context.Context) (map[string]int, error)
}

// Gallery keeps the pictures jobs make.
type Gallery interface {
	// Keep checks a picture, notes the facts in it, stores it once by its digest and
	// returns it. The record of it exists before its file does.
	Keep(ctx context.Context, jobID string, picture []byte, note Note) (lora.Image, error)
	// Open returns a kept picture's bytes; NotFound when there is none.
	Open(ctx context.Context, sha256 string) (io.ReadSeekCloser, string, error)
	// Preview turns an engine's preview into a small JPEG that browsers may be shown.
	Preview(ctx context.Context, picture []byte) ([]byte, error)
}

// Note is what is written into a picture beside what the engine wrote.
type Note struct {
	Job    lora.Job
	Params lora.GenerationParams // prompt with tags, seed as drawn
	Uses   []lora.ResolvedUse
	Seed   *int64
	Index  int
}

// Engines run generations and deliveries.
type Engines interface {
	// Route chooses an engine for the wish: by name, kind, base models, LoRAs and load
	// (jobs waiting or running by engine).
	Route(ctx context.Context, wish lora.EngineWish, load map[string]int) (name string, err error)
	// Check refuses, before anything is queued, what the engine is known not to do. It
	// must answer fast: it looks at cached capabilities only.
	Check(ctx context.Context, engine string, params lora.GenerationParams) error
	// Slots are the engines in use, ways of delivery included, and how many jobs each
	// takes at once.
	Slots(ctx context.Context) map[string]int
	// Run does a generation until it ends or ctx is cancelled; cancelling stops the
	// engine where it can be stopped, unless the cause is lora.ErrLeave. Errors are
	// *lora.EngineError.
	Run(ctx context.Context, engine string, task lora.Task, sink lora.EngineSink) error
	// Attach follows a job that was submitted before a restart. ok is false when the
	// engine cannot be asked.
	Attach(ctx context.Context, engine, handle string, task lora.Task, sink lora.EngineSink) (ok bool, err error)
	// Deliver sends a prompt and pictures out and returns the result for the record.
	Deliver(ctx context.Context, delivery lora.DeliveryTask) (map[string]any, error)
	// RerunsAfterCrash tells whether a submitted job may be run again.
	RerunsAfterCrash(engine string) bool
}

// Adapters answers what the catalog knows of the adapters a prompt names.
type Adapters interface {
	// ResolveUses finds the adapter of each use: by id, digest, name, file stem, alias,
	// path, in this order. What is not found keeps its name only.
	ResolveUses(ctx context.Context, uses []lora.Use) ([]lora.ResolvedUse, error)
}

// Wakes tells workers, here and on other hosts, that there may be something to do. It
// carries ids, never truth: a lost wake-up costs seconds.
type Wakes interface {
	// Wake says that the job waits. It never blocks for long and reports failures only
	// for the log.
	Wake(ctx context.Context, id string, priority int) error
	// Woken delivers wake-ups for this process. Reading one says that this process has
	// room for a job.
	Woken() <-chan string
}

// Cleaner throws away for good what nobody can ask for any more.
type Cleaner interface {
	// PurgeTrashed deletes results that went to the trash before a moment, with the
	// pictures that no other result shares.
	PurgeTrashed(ctx context.Context, before time.Time) (purged int, err error)
	// SweepPictures deletes pictures recorded before a moment that belong to no job, such
	// as those of an attempt that was cut off.
	SweepPictures(ctx context.Context, before time.Time) (removed int, err error)
}

// Announcer tells everyone who listens.
type Announcer interface {
	AnnounceJob(eventType, jobID string, data any)
}
