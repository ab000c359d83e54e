package archive

import (
	"encoding/json"
	"time"

	"loramanager/internal/lora"
)

// jobLine is a job as an archive has it: what it was asked for and what came of it, not
// who worked on it.
type jobLine struct {
	ID             string                `json:"id"`
	Kind           lora.JobKind          `json:"kind"`
	Mode           string                `json:"mode"`
	Engine         string                `json:"engine,omitempty"`
	Routed         bool                  `json:"routed,omitempty"`
	Prompt         string                `json:"prompt"`
	Params         json.RawMessage       `json:"params,omitempty"`
	Status         lora.JobStatus        `json:"status"`
	Result         json.RawMessage       `json:"result,omitempty"`
	Adapters       []lora.Use            `json:"adapters,omitempty"`
	CompositionID  string                `json:"composition_id,omitempty"`
	ParentID       string                `json:"parent_id,omitempty"`
	Owner          string                `json:"owner,omitempty"`
	IdempotencyKey string                `json:"idempotency_key,omitempty"`
	Priority       int                   `json:"priority"`
	Position       float64               `json:"position"`
	Attempt        int                   `json:"attempt"`
	MaxAttempts    int                   `json:"max_attempts"`
	ErrorClass     lora.EngineErrorClass `json:"error_class,omitempty"`
	Error          string                `json:"error,omitempty"`
	Progress       float64               `json:"progress"`
	Step           int                   `json:"step,omitempty"`
	Steps          int                   `json:"steps,omitempty"`
	Message        string                `json:"message,omitempty"`
	Rating         *int                  `json:"rating,omitempty"`
	RatedAt        *time.Time            `json:"rated_at,omitempty"`
	Favorite       bool                  `json:"favorite,omitempty"`
	FavoritedAt    *time.Time            `json:"favorited_at,omitempty"`
	Tags           []string              `json:"tags,omitempty"`
	CreatedAt      time.Time             `json:"created_at"`
	QueuedAt       *time.Time            `json:"queued_at,omitempty"`
	StartedAt      *time.Time            `json:"started_at,omitempty"`
	FinishedAt     *time.Time            `json:"finished_at,omitempty"`
	Images         []lora.Image          `json:"images,omitempty"`
	Inputs         []lora.Image          `json:"inputs,omitempty"`
}

func lineOfJob(j *lora.Job, inputs []lora.Image) jobLine {
	return jobLine{
		ID: j.ID, Kind: j.Kind, Mode: j.Mode, Engine: j.Engine, Routed: j.Routed, Prompt: j.Prompt, Params: j.Params,
		Status: j.Status, Result: j.Result, Adapters: j.Adapters, CompositionID: j.CompositionID, ParentID: j.ParentID,
		Owner: j.Owner, IdempotencyKey: j.IdempotencyKey, Priority: j.Priority, Position: j.Position, Attempt: j.Attempt,
		MaxAttempts: j.MaxAttempts, ErrorClass: j.ErrorClass, Error: j.Error, Progress: j.Progress, Step: j.Step, Steps: j.Steps,
		Message: j.Message, Rating: j.Rating, RatedAt: j.RatedAt, Favorite: j.Favorite, FavoritedAt: j.FavoritedAt, Tags: j.Tags,
		CreatedAt: j.CreatedAt, QueuedAt: j.QueuedAt, StartedAt: j.StartedAt, FinishedAt: j.FinishedAt, Images: j.Images, Inputs: inputs,
	}
}

func (l *jobLine) job() *lora.Job {
	return &lora.Job{
		ID: l.ID, Kind: l.Kind, Mode: l.Mode, Engine: l.Engine, Routed: l.Routed, Prompt: l.Prompt, Params: l.Params,
		Status: l.Status, Result: l.Result, Adapters: l.Adapters, CompositionID: l.CompositionID, ParentID: l.ParentID,
		Owner: l.Owner, IdempotencyKey: l.IdempotencyKey, Priority: l.Priority, Position: l.Position, Attempt: l.Attempt,
		MaxAttempts: l.MaxAttempts, ErrorClass: l.ErrorClass, Error: l.Error, Progress: l.Progress, Step: l.Step, Steps: l.Steps,
		Message: l.Message, Rating: l.Rating, RatedAt: l.RatedAt, Favorite: l.Favorite, FavoritedAt: l.FavoritedAt, Tags: l.Tags,
		CreatedAt: l.CreatedAt, QueuedAt: l.QueuedAt, StartedAt: l.StartedAt, FinishedAt: l.FinishedAt, Images: l.Images,
	}
}

// sessionLine is a judged question for recommendations as an archive has it.
type sessionLine struct {
	ID         string             `json:"id"`
	Kind       lora.RecommendKind `json:"kind"`
	Query      string             `json:"query"`
	AdapterIDs []string           `json:"adapter_ids"`
	Results    []string           `json:"results"`
	CreatedAt  time.Time          `json:"created_at"`
	Feedback   []lora.Feedback    `json:"feedback"`
}

func lineOfSession(s *lora.ArchivedSession) sessionLine {
	return sessionLine{ID: s.ID, Kind: s.Kind, Query: s.Query, AdapterIDs: s.AdapterIDs, Results: s.Results, CreatedAt: s.CreatedAt, Feedback: s.Feedback}
}

func (l *sessionLine) session() *lora.ArchivedSession {
	s := &lora.ArchivedSession{Feedback: l.Feedback}
	s.ID, s.Kind, s.Query, s.AdapterIDs, s.Results, s.CreatedAt = l.ID, l.Kind, l.Query, l.AdapterIDs, l.Results, l.CreatedAt
	for i := range s.Feedback {
		s.Feedback[i].Kind, s.Feedback[i].Query = l.Kind, l.Query
	}
	return s
}
