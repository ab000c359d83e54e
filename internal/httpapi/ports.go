package httpapi

import (
	"context"
	"io"

	"loramanager/internal/lora"
)

// Jobs is the second story as its routes use it.
type Jobs interface {
	Submit(ctx context.Context, wish JobWish) (lora.Job, error)
	// Wait returns the job once it is final.
	Wait(ctx context.Context, id string) (lora.Job, error)
	Cancel(ctx context.Context, id string) (lora.Job, error)
	Retry(ctx context.Context, id string) (lora.Job, error)
	Move(ctx context.Context, id string, priority *int, before *string) (lora.Job, error)
	Pause(ctx context.Context, paused bool) (lora.QueueState, error)
}

// JobWish is a job as a route asks for it.
type JobWish struct {
	Kind           lora.JobKind
	Backend        string // engine, kind of engine, or way of delivery
	Generation     *lora.GenerationParams
	Mode           string // immediate or deferred, kept with the job
	SaveImages     bool
	ReturnFormat   string
	Prompt         string         // of a delivery
	Params         map[string]any // of a delivery
	Deliver        *DeliverAfter
	Priority       int
	CompositionID  string
	IdempotencyKey string
}

// JobLog reads jobs and the queue.
type JobLog interface {
	Job(ctx context.Context, id string) (lora.Job, error)
	QueuedJobs(ctx context.Context, limit int) ([]lora.Job, error)
	ActiveJobs(ctx context.Context, limit int) ([]lora.Job, error)
	Jobs(ctx context.Context, q JobQuery) (jobs []lora.Job, next string, err error)
	QueueState(ctx context.Context) (lora.QueueState, error)
}

// JobQuery asks for a page of the job log, newest first.
type JobQuery struct {
	Statuses []lora.JobStatus
	Kind     lora.JobKind
	After    string
	Limit    int
}

// Results reads and changes the history.
type Results interface {
	Results(ctx context.Context, q lora.ResultQuery) (results []lora.Job, next string, err error)
	ResultStats(ctx context.Context, q lora.ResultQuery) (lora.ResultStats, error)
	ResultFacets(ctx context.Context, q lora.ResultQuery) (ResultFacets, error)
	RateResults(ctx context.Context, ids []string, rating *int) (changed int, err error)
	FavoriteResults(ctx context.Context, ids []string, favorite bool) (changed int, err error)
	TagResults(ctx context.Context, ids, add, remove []string, replace bool) (changed int, err error)
	TrashResults(ctx context.Context, ids []string) (changed int, err error)
	RestoreResults(ctx context.Context, ids []string) (changed int, err error)
	EmptyResultTrash(ctx context.Context, expected int) (purged int, err error)
}

// Gallery keeps pictures by their digest.
type Gallery interface {
	Upload(ctx context.Context, picture []byte) (lora.Image, error)
	Open(ctx context.Context, sha256 string) (picture io.ReadSeekCloser, contentType string, err error)
	// Path is where a picture lies on this computer; empty when it does not.
	Path(sha256 string) string
}

// Compositions keeps prompts under names.
type Compositions interface {
	Compositions(ctx context.Context, search string) ([]lora.Composition, error)
	Composition(ctx context.Context, id string) (lora.Composition, error)
	CompositionVersions(ctx context.Context, id string) ([]lora.Composition, error)
	AddComposition(ctx context.Context, c lora.Composition) (lora.Composition, error)
	ReplaceComposition(ctx context.Context, c lora.Composition) (lora.Composition, error)
	DeleteComposition(ctx context.Context, id string) error
	RestoreComposition(ctx context.Context, id string, version int) (lora.Composition, error)
}

// Shelf keeps presets and workflows.
type Shelf interface {
	Presets(ctx context.Context) ([]lora.Preset, error)
	AddPreset(ctx context.Context, p lora.Preset) (lora.Preset, error)
	ReplacePreset(ctx context.Context, p lora.Preset) (lora.Preset, error)
	DeletePreset(ctx context.Context, id string) error
	Workflows(ctx context.Context) ([]lora.Workflow, error)
	PutWorkflow(ctx context.Context, w lora.Workflow) (lora.Workflow, error)
	DeleteWorkflow(ctx context.Context, name string) error
}

// Engines are the engines that are set up.
type Engines interface {
	EngineStatuses(ctx context.Context) ([]lora.EngineStatus, error)
	AddEngine(ctx context.Context, e lora.EngineConfig) (lora.EngineStatus, error)
	// ReplaceEngine keeps the password when it is nil.
	ReplaceEngine(ctx context.Context, name string, e lora.EngineConfig, password *string) (lora.EngineStatus, error)
	RemoveEngine(ctx context.Context, name string) error
	// TestEngine asks an engine now.
	TestEngine(ctx context.Context, name string) (lora.EngineStatus, error)
	TestEngineConfig(ctx context.Context, e lora.EngineConfig) (lora.EngineStatus, error)
	EngineLoRAs(ctx context.Context, name string, refresh bool) (EngineLoRAs, error)
}
