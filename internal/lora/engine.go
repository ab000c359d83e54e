package lora

import (
	"errors"
	"fmt"
	"time"
)

// EngineKind is the protocol an engine speaks.
type EngineKind string

// The kinds. Sketch is built in and draws without AI.
const (
	SDNext  EngineKind = "sdnext"
	A1111   EngineKind = "a1111"
	Forge   EngineKind = "forge"
	ComfyUI EngineKind = "comfyui"
	SDCpp   EngineKind = "sdcpp"
	Sketch  EngineKind = "sketch"
)

// EngineConfig is one engine the user has set up.
type EngineConfig struct {
	Name     string     `json:"name" doc:"Unique; how jobs and pages call it"`
	Kind     EngineKind `json:"kind" enum:"sdnext,a1111,forge,comfyui,sdcpp,sketch"`
	URL      string     `json:"url" doc:"http or https, without a trailing slash"`
	Username string     `json:"username,omitempty"`
	Password string     `json:"-"`
	Enabled  bool       `json:"enabled"`
	// TimeoutSeconds bounds one generation from the call to the last byte.
	TimeoutSeconds int `json:"timeout_seconds"`
	// BaseModels are base model ids this engine is preferred for; empty takes all.
	BaseModels []string `json:"base_models" nullable:"false"`
	// RerunAfterCrash repeats a job whose outcome was lost with the server, where the
	// engine cannot be asked for it. Otherwise the job is marked lost.
	RerunAfterCrash bool `json:"rerun_after_crash"`
	// Managed lets the server start and stop the engine (sdcpp).
	Managed *ManagedEngine `json:"managed,omitempty"`
	// FromConfiguration says that it comes from flags or environment and cannot be edited.
	FromConfiguration bool `json:"from_configuration"`
}

// ManagedEngine is an sd-server started by us.
type ManagedEngine struct {
	Binary string   `json:"binary"`
	Model  string   `json:"model"`
	Args   []string `json:"args" nullable:"false"`
}

// Learned says how a capability is known.
type Learned string

// The ways.
const (
	Reported Learned = "reported" // the engine said so
	Fixed    Learned = "fixed"    // always so for engines of this kind
	Unknown  Learned = "unknown"
)

// Known is a fact about an engine and how it was learned.
type Known[T any] struct {
	Value   T       `json:"value"`
	Learned Learned `json:"learned" enum:"reported,fixed,unknown"`
}

// Capabilities are what one engine can do, as found out when it was last asked.
type Capabilities struct {
	Product     string    `json:"product" doc:"What answered, with its version where it says one"`
	CheckedAt   time.Time `json:"checked_at"`
	Fingerprint string    `json:"fingerprint" doc:"Changes when anything here changes"`

	Modes         Known[[]string] `json:"modes" doc:"text, image, inpaint, hires, control, upscale"`
	Samplers      Known[[]string] `json:"samplers"`
	Schedulers    Known[[]string] `json:"schedulers"`
	Models        Known[[]string] `json:"models"`
	CurrentModel  Known[string]   `json:"current_model"`
	VAEs          Known[[]string] `json:"vaes"`
	Upscalers     Known[[]string] `json:"upscalers"`
	ControlModels Known[[]string] `json:"control_models"`
	Preprocessors Known[[]string] `json:"preprocessors"`
	Workflows     Known[[]string] `json:"workflows"`

	MaxImages       Known[int] `json:"max_images" doc:"Pictures of one job; 0 is no limit"`
	SizeGranularity Known[int] `json:"size_granularity" doc:"Width and height are multiples of this many pixels"`

	LoRAs         Known[int]      `json:"loras" doc:"How many LoRAs the engine sees"`
	LoRAFeatures  Known[[]string] `json:"lora_features" doc:"text_encoder, blocks, schedule, repeat, range, sections"`
	Dialect       Known[string]   `json:"dialect" doc:"How LoRAs are written for it"`
	Progress      Known[string]   `json:"progress" doc:"none, state or percent"`
	ProgressScope Known[string]   `json:"progress_scope" doc:"global or job"`
	Previews      Known[bool]     `json:"previews"`
	CancelRunning Known[string]   `json:"cancel_running" doc:"no, global or job"`
	CancelQueued  Known[bool]     `json:"cancel_queued"`
	Resumable     Known[bool]     `json:"resumable" doc:"A job survives a restart of this server"`
	SwitchesModel Known[bool]     `json:"switches_model"`
	ResultFormat  Known[string]   `json:"result_format" doc:"png, jpeg, ..."`
	Slots         Known[int]      `json:"slots" doc:"Jobs it is given at the same time"`
}

// EngineStatus is an engine as the pages show it.
type EngineStatus struct {
	EngineConfig
	Reachable    *bool         `json:"reachable" doc:"null until it was asked"`
	Error        string        `json:"error,omitempty" doc:"Why it cannot be used, and what to do"`
	ErrorClass   string        `json:"error_class,omitempty"`
	LatencyMS    *float64      `json:"latency_ms"`
	CheckedAt    *time.Time    `json:"checked_at"`
	Capabilities *Capabilities `json:"capabilities"`
	Notes        []string      `json:"notes" nullable:"false" doc:"What to know, such as that interrupting also stops work started elsewhere"`
}

// EngineErrorClass is the closed set of what can go wrong with an engine.
type EngineErrorClass string

// The classes.
const (
	EngineUnreachable  EngineErrorClass = "unreachable"
	EngineUnauthorised EngineErrorClass = "unauthorised"
	EngineRateLimited  EngineErrorClass = "rate_limited"
	EngineBusy         EngineErrorClass = "busy"
	EngineRefused      EngineErrorClass = "refused"
	EngineNotFound     EngineErrorClass = "not_found"      // model, sampler, workflow
	EngineLoRANotFound EngineErrorClass = "lora_not_found" // or found more than once
	EngineInterrupted  EngineErrorClass = "interrupted"
	EngineEmpty        EngineErrorClass = "empty_result"
	EngineFailed       EngineErrorClass = "engine_failed" // died or failed while working
	EngineTimeout      EngineErrorClass = "timeout"
	EngineProtocol     EngineErrorClass = "protocol" // an answer that cannot be understood or is too large
	JobLost            EngineErrorClass = "lost"     // the server stopped meanwhile and the engine cannot be asked
	JobStorage         EngineErrorClass = "storage"  // the pictures could not be kept
)

// EngineError is why an engine did not do a job.
type EngineError struct {
	Class EngineErrorClass
	// Message is for the user: what happened and what to do.
	Message string
	// RetryAfter is how long the engine asked to wait; 0 when it did not say.
	RetryAfter time.Duration
	Err        error // for the log
}

// Error implements error.
func (e *EngineError) Error() string {
	if e.Err == nil {
		return fmt.Sprintf("%s: %s", e.Class, e.Message)
	}
	return fmt.Sprintf("%s: %s: %v", e.Class, e.Message, e.Err)
}

// Unwrap returns the cause.
func (e *EngineError) Unwrap() error { return e.Err }

// Retryable reports whether trying again later can help without anybody doing
// something. A rate limit of an engine may have cost the work already: trying again is
// right, but at a distance.
func (c EngineErrorClass) Retryable() bool {
	switch c {
	case EngineUnreachable, EngineRateLimited, EngineBusy, EngineFailed, EngineTimeout, JobStorage:
		return true
	case EngineUnauthorised, EngineRefused, EngineNotFound, EngineLoRANotFound, EngineInterrupted, EngineEmpty, EngineProtocol, JobLost:
	}
	return false
}

// ErrLeave is the cause of a cancelled context that asks an engine's driver to stop following
// a job without stopping the engine: this server stops or lost the job to another one,
// which may attach to it.
var ErrLeave = errors.New("stop following the job and leave the engine working")

// EngineEvent is news from a running job. Exactly one field group is set, by Type.
type EngineEvent struct {
	Type EngineEventType

	Handle   string   // submitted: how to ask for it again; empty when one cannot
	Position int      // queued
	Fraction *float64 // progress, 0..1
	Step     int      // progress
	Steps    int      // progress
	ETA      *float64 // progress, seconds
	Message  string   // progress, warning
	Code     string   // warning
	Preview  []byte   // preview: a picture, not yet trusted
	Picture  *MadePicture
}

// EngineEventType names what an EngineEvent says.
type EngineEventType string

// The types. Submitted comes before the engine can have begun and must be kept before
// the call goes on.
const (
	EventSubmitted EngineEventType = "submitted"
	EventQueued    EngineEventType = "queued"
	EventProgress  EngineEventType = "progress"
	EventPreview   EngineEventType = "preview"
	EventPicture   EngineEventType = "picture"
	EventWarning   EngineEventType = "warning"
)

// MadePicture is a picture as the engine sent it, not yet trusted.
type MadePicture struct {
	Data     []byte
	Seed     *int64
	Infotext string
}

// EngineSink takes the news of one run, one at a time. An error stops the run, which
// then returns it.
type EngineSink func(EngineEvent) error
