package httpapi

import (
	"encoding/json"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// JobView is a job as the queue and the job log show it; the keys up to result are the
// contract's.
type JobView struct {
	ID         string         `json:"id"`
	JobID      string         `json:"jobId" doc:"The same as id"`
	Prompt     string         `json:"prompt"`
	Status     string         `json:"status" enum:"queued,processing,completed,failed"`
	Progress   float64        `json:"progress" doc:"0 to 100"`
	Message    *string        `json:"message"`
	Error      *string        `json:"error"`
	Params     map[string]any `json:"params" doc:"Parameters of a generation with the backend asked for, or those of a delivery"`
	CreatedAt  time.Time      `json:"created_at"`
	StartTime  time.Time      `json:"startTime" doc:"When it began, or when it was accepted"`
	FinishedAt *time.Time     `json:"finished_at"`
	Result     map[string]any `json:"result" nullable:"true"`

	Kind          lora.JobKind   `json:"kind" enum:"generation,delivery"`
	Mode          string         `json:"mode" doc:"As asked for: an engine, a kind of engine, or a way of delivery"`
	Engine        string         `json:"engine" doc:"The engine chosen for it"`
	Priority      int            `json:"priority" doc:"0 (last) to 9 (first)"`
	Position      *int           `json:"position" doc:"1 is the next to run; null when it does not wait or is not part of a queue listing"`
	ETASeconds    *float64       `json:"eta_seconds" doc:"Until it is done, as its engine estimates"`
	Attempt       int            `json:"attempt"`
	MaxAttempts   int            `json:"max_attempts"`
	NotBefore     *time.Time     `json:"not_before" doc:"When a retry is due"`
	ErrorClass    string         `json:"error_class" doc:"What kind of failure it was; empty without one"`
	RawStatus     lora.JobStatus `json:"raw_status" enum:"pending,running,retrying,succeeded,failed,cancelled"`
	Cancelling    bool           `json:"cancelling"`
	Step          int            `json:"step"`
	Steps         int            `json:"steps"`
	Adapters      []lora.Use     `json:"adapters"`
	CompositionID *string        `json:"composition_id"`
	ParentID      *string        `json:"parent_id" doc:"The generation whose pictures a delivery carries"`
}

// jobView shows a job; position is its place in the queue, 0 for none.
func jobView(j *lora.Job, position int) JobView {
	v := JobView{
		ID: j.ID, JobID: j.ID, Prompt: j.Prompt, Status: j.Status.Wire(), Progress: j.Progress * 100, Message: textOrNull(j.Message), Error: textOrNull(j.Error),
		Params: flatParams(j), CreatedAt: j.CreatedAt, StartTime: j.CreatedAt, FinishedAt: j.FinishedAt, Result: objectOf(j.Result),
		Kind: j.Kind, Mode: j.Mode, Engine: j.Engine, Priority: j.Priority, ETASeconds: j.ETA, Attempt: j.Attempt, MaxAttempts: j.MaxAttempts,
		NotBefore: j.NotBefore, ErrorClass: string(j.ErrorClass), RawStatus: j.Status, Cancelling: j.Cancelling, Step: j.Step, Steps: j.Steps,
		Adapters: list(j.Adapters), CompositionID: textOrNull(j.CompositionID), ParentID: textOrNull(j.ParentID),
	}
	if j.StartedAt != nil {
		v.StartTime = *j.StartedAt
	}
	if j.Kind == lora.Generation && v.Result != nil {
		v.Result = resultObject(j, imageURLs(j))
	}
	if position > 0 {
		v.Position = &position
	}
	return v
}

// generationParams are a generation's parameters as they were accepted, the seed as drawn.
func generationParams(j *lora.Job) *lora.GenerationParams {
	if j.Kind != lora.Generation {
		return nil
	}
	params := jobs.ParamsOf(*j).GenerationParams
	return &params
}

// flatParams lays the parameters of a generation open, beside the engine asked for.
func flatParams(j *lora.Job) map[string]any {
	all := objectOf(j.Params)
	if all == nil {
		return map[string]any{}
	}
	flat, nested := all["generation_params"].(map[string]any)
	if !nested {
		return all
	}
	flat["backend"] = j.Mode
	return flat
}

// objectOf reads a JSON object; anything else is none.
func objectOf(raw json.RawMessage) map[string]any {
	var object map[string]any
	if len(raw) == 0 || json.Unmarshal(raw, &object) != nil {
		return nil
	}
	return object
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// objectOrEmpty reads a JSON object; anything else is an empty one.
func objectOrEmpty(raw json.RawMessage) map[string]any {
	if object := objectOf(raw); object != nil {
		return object
	}
	return map[string]any{}
}
