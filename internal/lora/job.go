package lora

import (
	"encoding/json"
	"time"
)

// JobKind tells generations from deliveries. Both live in one table and one life cycle.
type JobKind string

// The kinds.
const (
	Generation JobKind = "generation"
	Delivery   JobKind = "delivery"
)

// JobStatus is where a job is in its life; docs/jobs.md draws the transitions.
type JobStatus string

// The statuses. The last three are final, though a failed or cancelled job can be
// retried by the user.
const (
	JobPending   JobStatus = "pending"
	JobRunning   JobStatus = "running"
	JobRetrying  JobStatus = "retrying"
	JobSucceeded JobStatus = "succeeded"
	JobFailed    JobStatus = "failed"
	JobCancelled JobStatus = "cancelled"
)

// Final reports whether nothing more will happen by itself.
func (s JobStatus) Final() bool { return s == JobSucceeded || s == JobFailed || s == JobCancelled }

// Wire is the status as generation routes and events spell it: queued, processing,
// completed or failed.
func (s JobStatus) Wire() string {
	switch s {
	case JobPending:
		return "queued"
	case JobSucceeded:
		return "completed"
	case JobFailed, JobCancelled:
		return "failed"
	case JobRunning, JobRetrying:
	}
	return "processing"
}

// Job is one generation or delivery, from accepted to final.
type Job struct {
	ID       string
	Kind     JobKind
	Mode     string // as asked for: an engine's name, its kind, or a way of delivery
	Engine   string // the engine chosen for it; may change until it runs
	Routed   bool   // the engine was chosen by us, so another may take over
	Prompt   string
	Params   json.RawMessage // a JSON object, as accepted
	Status   JobStatus
	Result   json.RawMessage // null or a JSON object
	Adapters []Use           // generations: all adapters it uses

	CompositionID  string
	ParentID       string // the generation whose pictures this delivery carries
	Owner          string // user; empty in single-user mode
	Account        int64  // key of the account that asked for it; 0 without accounts
	IdempotencyKey string
	Trace          string // W3C traceparent of the request it came with; empty without one

	Priority    int     // 0 (last) to 9 (first), 5 by default
	Position    float64 // order within a priority, lowest first
	Attempt     int     // attempts begun
	MaxAttempts int
	NotBefore   *time.Time // of a retry
	ErrorClass  EngineErrorClass
	Error       string // sentence for the user

	// While it runs: who works on it, until when, and under which fencing token. Every
	// write of a worker names the token and is refused when another has taken over.
	Worker     string
	LeaseUntil *time.Time
	Token      int64
	Submitted  bool   // the engine has been asked
	Handle     string // by which the engine can be asked again; empty when it cannot
	Cancelling bool   // the user asked to cancel

	Progress float64 // 0..1, never falls within an attempt
	Step     int
	Steps    int
	ETA      *float64 // seconds
	Message  string   // what is going on

	Rating      *int
	RatedAt     *time.Time
	Favorite    bool
	FavoritedAt *time.Time
	Tags        []string
	TrashedAt   *time.Time

	CreatedAt  time.Time
	QueuedAt   *time.Time // when the user last retried it, nil when never
	StartedAt  *time.Time
	FinishedAt *time.Time
	Images     []Image
}

// Image is one picture a job made, kept by the digest of its bytes.
type Image struct {
	Index     int    `json:"index"`
	SHA256    string `json:"sha256"`
	Type      string `json:"type" enum:"image/png,image/jpeg,image/webp"`
	Width     int    `json:"width" doc:"Pixels, measured from the picture"`
	Height    int    `json:"height"`
	SizeBytes int    `json:"size_bytes"`
	Seed      *int64 `json:"seed" doc:"The seed the engine states for this picture"`
	Infotext  string `json:"infotext,omitempty" doc:"Parameters as the engine wrote them"`
}

// JobClaim asks for the next job that a worker can run.
type JobClaim struct {
	Worker string
	// Slots says for each engine the worker serves how many jobs may run on it at once,
	// over all workers.
	Slots map[string]int
	Lease time.Duration
}

// Beat is a sign of life with what is known of the progress.
type Beat struct {
	Lease    time.Duration
	Progress float64
	Step     int
	Steps    int
	ETA      *float64
	Message  string
}

// Ending is how an attempt came out.
//
// Pending gives the job back as if it had not been claimed: the attempt does not count.
type Ending struct {
	Status     JobStatus // succeeded, failed, cancelled, retrying, or pending
	Result     json.RawMessage
	Images     []Image
	ErrorClass EngineErrorClass
	Error      string
	RetryAt    *time.Time // retrying only
	Engine     string     // retrying only: another engine takes over; empty keeps it
	// Then is accepted in the same transaction when the job ends as succeeded, unless a
	// job with its idempotency key exists: the delivery that was ordered with it.
	Then *Job
}

// QueueState is the queue as a whole.
type QueueState struct {
	Paused   bool `json:"paused"`
	Pending  int  `json:"pending"`
	Running  int  `json:"running"`
	Retrying int  `json:"retrying"`
	Failed   int  `json:"failed" doc:"Failed jobs that can be retried"`
}
