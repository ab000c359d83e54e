package httpapi

import (
	"encoding/json"
	"strconv"
	"time"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// Result is a job in the history with its pictures; the keys up to favorite_updated_at
// are the contract's.
type Result struct {
	ID                string         `json:"id"`
	JobID             string         `json:"job_id" doc:"The same as id"`
	Prompt            string         `json:"prompt"`
	NegativePrompt    *string        `json:"negative_prompt"`
	Status            string         `json:"status" enum:"queued,processing,completed,failed"`
	ImageURL          *string        `json:"image_url" doc:"Address of the first picture"`
	ThumbnailURL      *string        `json:"thumbnail_url"`
	Width             *int           `json:"width"`
	Height            *int           `json:"height"`
	Steps             *int           `json:"steps"`
	CFGScale          *float64       `json:"cfg_scale"`
	Seed              *int64         `json:"seed" doc:"As drawn"`
	CreatedAt         time.Time      `json:"created_at"`
	FinishedAt        *time.Time     `json:"finished_at"`
	GenerationInfo    map[string]any `json:"generation_info" nullable:"true" doc:"What the engine said about the generation"`
	Rating            *int           `json:"rating"`
	IsFavorite        bool           `json:"is_favorite"`
	RatingUpdatedAt   *time.Time     `json:"rating_updated_at"`
	FavoriteUpdatedAt *time.Time     `json:"favorite_updated_at"`

	Images          []ResultImage          `json:"images"`
	Adapters        []ResultAdapter        `json:"adapters"`
	Tags            []string               `json:"tags"`
	Kind            lora.JobKind           `json:"kind" enum:"generation,delivery"`
	Mode            string                 `json:"mode"`
	Engine          string                 `json:"engine"`
	Model           string                 `json:"model"`
	SamplerName     string                 `json:"sampler_name"`
	Params          *lora.GenerationParams `json:"params" doc:"null for deliveries"`
	RawStatus       lora.JobStatus         `json:"raw_status" enum:"pending,running,retrying,succeeded,failed,cancelled"`
	ErrorMessage    *string                `json:"error_message"`
	ErrorClass      string                 `json:"error_class"`
	CompositionID   *string                `json:"composition_id"`
	DurationSeconds *float64               `json:"duration_seconds"`
	TrashedAt       *time.Time             `json:"trashed_at"`
}

// ResultImage is one picture of a result.
type ResultImage struct {
	Index        int    `json:"index"`
	URL          string `json:"url"`
	ThumbnailURL string `json:"thumbnail_url" doc:"A JPEG; add &w= for another width from 160 to 960"`
	SHA256       string `json:"sha256"`
	Type         string `json:"type" enum:"image/png,image/jpeg,image/webp"`
	Width        int    `json:"width"`
	Height       int    `json:"height"`
	SizeBytes    int    `json:"size_bytes"`
	Seed         *int64 `json:"seed"`
}

// ResultAdapter is an adapter a picture was made with.
type ResultAdapter struct {
	lora.Use
	Found bool `json:"found" doc:"The catalog has it still"`
}

// ResultDetail is a result with all that was noted about it.
type ResultDetail struct {
	Result
	Infotexts []string       `json:"infotexts" doc:"Parameters as the engine wrote them into each picture"`
	Record    map[string]any `json:"result" doc:"The job's result as it is kept"`
}

// resultView shows a job in the history. found are the ids of adapters that are there.
func resultView(j *lora.Job, found map[string]bool) Result {
	r := Result{
		ID: j.ID, JobID: j.ID, Prompt: j.Prompt, Status: j.Status.Wire(), CreatedAt: j.CreatedAt, FinishedAt: j.FinishedAt,
		GenerationInfo: jobs.ResultOf(*j).GenerationInfo, Rating: j.Rating, IsFavorite: j.Favorite, RatingUpdatedAt: j.RatedAt, FavoriteUpdatedAt: j.FavoritedAt,
		Images: make([]ResultImage, 0, len(j.Images)), Adapters: make([]ResultAdapter, 0, len(j.Adapters)), Tags: list(j.Tags),
		Kind: j.Kind, Mode: j.Mode, Engine: j.Engine, RawStatus: j.Status, ErrorMessage: textOrNull(j.Error), ErrorClass: string(j.ErrorClass),
		CompositionID: textOrNull(j.CompositionID), TrashedAt: j.TrashedAt,
	}
	for i := range j.Images {
		r.Images = append(r.Images, resultImage(&j.Images[i]))
	}
	if len(r.Images) > 0 {
		r.ImageURL, r.ThumbnailURL = &r.Images[0].URL, &r.Images[0].ThumbnailURL
	}
	for _, use := range j.Adapters {
		r.Adapters = append(r.Adapters, ResultAdapter{Use: use, Found: found[use.AdapterID]})
	}
	if p := generationParams(j); p != nil {
		r.Params, r.NegativePrompt, r.Model, r.SamplerName = p, p.NegativePrompt, p.Model, p.SamplerName
		r.Width, r.Height, r.Steps, r.CFGScale, r.Seed = &p.Width, &p.Height, &p.Steps, &p.CFGScale, &p.Seed
	}
	if j.StartedAt != nil && j.FinishedAt != nil {
		seconds := j.FinishedAt.Sub(*j.StartedAt).Seconds()
		r.DurationSeconds = &seconds
	}
	return r
}

func resultImage(i *lora.Image) ResultImage {
	address := PictureURL(i.SHA256)
	return ResultImage{
		Index: i.Index, URL: address, ThumbnailURL: address + "/thumbnail?w=" + strconv.Itoa(thumbnailWidth), SHA256: i.SHA256, Type: i.Type,
		Width: i.Width, Height: i.Height, SizeBytes: i.SizeBytes, Seed: i.Seed,
	}
}

// thumbnailWidth is that of a card in the history.
const thumbnailWidth = 480

// PictureURL is where a kept picture is served.
func PictureURL(sha256 string) string { return apiPrefix + "/pictures/" + sha256 }

func imageURLs(j *lora.Job) []string {
	urls := make([]string, 0, len(j.Images))
	for i := range j.Images {
		urls = append(urls, PictureURL(j.Images[i].SHA256))
	}
	return urls
}

// resultObject is a generation's result in the shape of the contract, with its pictures
// as images.
func resultObject(j *lora.Job, images []string) map[string]any {
	result := jobs.ResultOf(*j)
	result.Images = images
	raw, err := json.Marshal(result)
	if err != nil {
		return nil // texts and numbers always have a JSON form
	}
	return objectOf(raw)
}
