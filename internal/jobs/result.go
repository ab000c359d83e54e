package jobs

import (
	"encoding/json"

	"loramanager/internal/lora"
)

// Result is what a generation came to, in the shape of the wire contract. It is kept
// without images: how these are shown depends on who asks.
type Result struct {
	JobID          string         `json:"job_id"`
	Status         string         `json:"status"`
	Images         []string       `json:"images"`
	Progress       *float64       `json:"progress"`
	ErrorMessage   *string        `json:"error_message"`
	GenerationInfo map[string]any `json:"generation_info"`
	Warnings       []Warning      `json:"warnings,omitempty"`
}

// Warning is what an engine or we did otherwise than asked.
type Warning struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// ResultOf is the result of a job at any moment of its life, without images.
func ResultOf(job lora.Job) Result {
	var kept Result
	if len(job.Result) > 0 && job.Kind == lora.Generation {
		// A result of another shape (the prototype's) is shown by what the row says.
		_ = json.Unmarshal(job.Result, &kept)
	}
	kept.JobID, kept.Status, kept.Images = job.ID, job.Status.Wire(), nil
	progress := job.Progress
	if job.Status == lora.JobSucceeded {
		progress = 1
	}
	kept.Progress = &progress
	if job.Status != lora.JobSucceeded {
		kept.ErrorMessage = orNil(job.Error)
	}
	return kept
}

// maxInfotexts bounds what a result quotes of the engine, in bytes; each image has its
// own text in full.
const maxInfotexts = 256 << 10

// generationInfo is the part of a result that the engine stated, in the words of the
// A1111 family.
func generationInfo(engine string, images []lora.Image) map[string]any {
	info := map[string]any{"engine": engine}
	var seeds []int64
	var texts []string
	room := maxInfotexts
	for _, image := range images {
		if image.Seed != nil {
			seeds = append(seeds, *image.Seed)
		}
		if room -= len(image.Infotext); image.Infotext != "" && room >= 0 {
			texts = append(texts, image.Infotext)
		}
	}
	if len(seeds) > 0 {
		info["seed"], info["all_seeds"] = seeds[0], seeds
	}
	if len(texts) > 0 {
		info["infotexts"] = texts
	}
	return info
}
