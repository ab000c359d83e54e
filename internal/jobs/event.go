package jobs

import (
	"encoding/base64"

	"loramanager/internal/lora"
)

// The types of event. Their data are the structs below.
const (
	EventGenerationStarted  = "generation_started"
	EventProgressUpdate     = "progress_update"
	EventGenerationComplete = "generation_complete"
	EventQueueUpdate        = "queue_update"
	EventResultsChanged     = "results_changed"
)

// GenerationStarted says that a generation was accepted.
type GenerationStarted struct {
	JobID             string                `json:"job_id"`
	Params            lora.GenerationParams `json:"params"`
	EstimatedDuration *float64              `json:"estimated_duration"` // seconds
}

// ProgressUpdate is the news of a running generation.
type ProgressUpdate struct {
	JobID        string   `json:"job_id"`
	Progress     float64  `json:"progress"` // 0..1
	Status       string   `json:"status"`
	CurrentStep  *int     `json:"current_step"`
	TotalSteps   *int     `json:"total_steps"`
	ETASeconds   *float64 `json:"eta_seconds"`
	PreviewImage *string  `json:"preview_image"` // a JPEG as data URL
	ErrorMessage *string  `json:"error_message"`
	RawStatus    string   `json:"raw_status"`
	Engine       string   `json:"engine"`
	Message      string   `json:"message"`
	Attempt      int      `json:"attempt"`
}

// WithoutPreview returns the update for clients that did not ask for previews.
func (u ProgressUpdate) WithoutPreview() any {
	u.PreviewImage = nil
	return u
}

// GenerationComplete says that a generation is final.
type GenerationComplete struct {
	JobID          string         `json:"job_id"`
	Status         string         `json:"status"`
	Images         []string       `json:"images"`
	ErrorMessage   *string        `json:"error_message"`
	TotalDuration  *float64       `json:"total_duration"` // seconds
	GenerationInfo map[string]any `json:"generation_info"`
	RawStatus      string         `json:"raw_status"`
	ErrorClass     string         `json:"error_class,omitempty"`
}

// QueueUpdate says that the queue is another one. JobID is null when several jobs
// changed at once: read the queue again.
type QueueUpdate struct {
	State  lora.QueueState `json:"state"`
	JobID  *string         `json:"job_id"`
	Reason string          `json:"reason"`
}

// The reasons of a QueueUpdate.
const (
	ReasonAdded     = "added"
	ReasonClaimed   = "claimed"
	ReasonMoved     = "moved"
	ReasonCancelled = "cancelled"
	ReasonRetrying  = "retrying"
	ReasonRetried   = "retried"
	ReasonFinished  = "finished"
	ReasonPaused    = "paused"
	ReasonResumed   = "resumed"
)

// ResultsChanged says that the history is another one; null means read all of it again.
type ResultsChanged struct {
	IDs    []string `json:"ids"`
	Reason string   `json:"reason"`
}

func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func (j *Jobs) announceProgress(job lora.Job, beat lora.Beat, preview []byte) {
	update := ProgressUpdate{
		JobID: job.ID, Progress: beat.Progress, Status: lora.JobRunning.Wire(), RawStatus: string(lora.JobRunning),
		CurrentStep: orNil(beat.Step), TotalSteps: orNil(beat.Steps), ETASeconds: beat.ETA,
		Engine: job.Engine, Message: beat.Message, Attempt: job.Attempt,
	}
	if preview != nil {
		update.PreviewImage = orNil("data:image/jpeg;base64," + base64.StdEncoding.EncodeToString(preview))
	}
	j.Announcer.AnnounceJob(EventProgressUpdate, job.ID, update)
}

// announceRetry tells a client who watches the progress why it begins again.
func (j *Jobs) announceRetry(job lora.Job) {
	j.Announcer.AnnounceJob(EventProgressUpdate, job.ID, ProgressUpdate{
		JobID: job.ID, Status: job.Status.Wire(), RawStatus: string(job.Status), ErrorMessage: orNil(job.Error),
		Engine: job.Engine, Message: job.Message, Attempt: job.Attempt,
	})
}

// announceEnd tells about a final job.
func (j *Jobs) announceEnd(job lora.Job) {
	j.Ended(job)
	if job.Kind == lora.Generation {
		complete := GenerationComplete{
			JobID: job.ID, Status: job.Status.Wire(), RawStatus: string(job.Status),
			ErrorMessage: orNil(job.Error), ErrorClass: string(job.ErrorClass),
			GenerationInfo: ResultOf(job).GenerationInfo,
		}
		for _, image := range job.Images {
			complete.Images = append(complete.Images, j.ImageAddress(image))
		}
		if job.StartedAt != nil && job.FinishedAt != nil {
			complete.TotalDuration = orNil(job.FinishedAt.Sub(*job.StartedAt).Seconds())
		}
		j.Announcer.AnnounceJob(EventGenerationComplete, job.ID, complete)
	}
	if job.Status == lora.JobSucceeded {
		j.Announcer.AnnounceJob(EventResultsChanged, job.ID, ResultsChanged{IDs: []string{job.ID}, Reason: "added"})
	}
	reason := ReasonFinished
	if job.Status == lora.JobCancelled {
		reason = ReasonCancelled
	}
	j.bulletin.post(job.ID, reason)
	j.waiters.tell(job.ID)
}
