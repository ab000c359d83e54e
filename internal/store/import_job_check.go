package store

import (
	"cmp"
	"encoding/json"
	"math"
	"strings"

	"loramanager/internal/lora"
)

// Bounds of an archived job.
const (
	maxJobImages   = 1000
	maxJobAdapters = 1000
	maxPixels      = 1 << 17 // of one side
)

// checkArchivedJob refuses a job that the history could not have held, and returns about
// how many bytes it takes.
func checkArchivedJob(job *lora.Job) (bytes int, err error) {
	bytes = 1<<10 + len(job.Prompt) + len(job.Params) + len(job.Result) + len(job.Error)
	if wrong := wrongJob(job); wrong != "" {
		return 0, lora.Errorf(lora.Invalid, "The job %s of the import %s. Nothing was imported.", shownText(job.ID), wrong)
	}
	for n := range job.Images {
		bytes += 200 + len(job.Images[n].Infotext)
	}
	return bytes, nil
}

func wrongJob(job *lora.Job) string {
	wrong := ""
	for _, text := range []string{
		job.ID, job.Mode, job.Engine, job.CompositionID, job.ParentID, job.Owner, job.IdempotencyKey, job.Trace,
		string(job.ErrorClass), job.Message,
	} {
		wrong = cmp.Or(wrong, wrongText(text, maxShortBytes))
	}
	switch {
	case wrong != "":
	case job.ID == "":
		wrong = "has no id"
	case job.Kind != lora.Generation && job.Kind != lora.Delivery:
		wrong = "is neither a generation nor a delivery"
	case !job.Status.Final():
		wrong = "has not ended"
	case !keepableTime(job.CreatedAt):
		wrong = "has no time between 1970 and 9999"
	case job.StartedAt != nil && !keepableTime(*job.StartedAt) || job.FinishedAt != nil && !keepableTime(*job.FinishedAt):
		wrong = "has no time between 1970 and 9999"
	case len(job.Prompt) > maxTextBytes || len(job.Params) > 16*maxTextBytes || len(job.Result) > 16*maxTextBytes || len(job.Error) > maxTextBytes:
		wrong = "is too long"
	case !isObject(job.Params) || len(job.Result) > 0 && !json.Valid(job.Result):
		wrong = "has parameters that are not JSON"
	case job.Rating != nil && (*job.Rating < 0 || *job.Rating > 5):
		wrong = "has a rating that is not between 0 and 5"
	case job.Priority < 0 || job.Priority > 9 || job.Attempt < 0 || job.MaxAttempts < 0 || job.Attempt > math.MaxInt32 || job.MaxAttempts > math.MaxInt32:
		wrong = "has a priority or a number of attempts that is out of range"
	case len(job.Adapters) > maxJobAdapters || len(job.Images) > maxJobImages:
		wrong = "has more than 1,000 adapters or pictures"
	}
	return cmp.Or(wrong, wrongTags(job.Tags), wrongImages(job.Images))
}

func isObject(text json.RawMessage) bool {
	return len(text) == 0 || json.Valid(text) && strings.HasPrefix(strings.TrimSpace(string(text)), "{")
}

func wrongTags(tags []string) string {
	if len(tags) > maxTags {
		return "has more than 50 tags"
	}
	for _, tag := range tags {
		if wrong := wrongText(tag, maxTagBytes); wrong != "" {
			return "has a tag that " + wrong
		}
	}
	return ""
}

func wrongImages(images []lora.Image) string {
	places := make(map[int]bool, len(images))
	for n := range images {
		image := &images[n]
		switch {
		case image.Index < 0 || image.Index > math.MaxInt32 || places[image.Index]:
			return "has two pictures at the same place"
		case wrongPicture(image) != "":
			return wrongPicture(image)
		case len(image.Infotext) > maxTextBytes:
			return "has a picture whose parameters are longer than 1 MiB"
		}
		places[image.Index] = true
	}
	return ""
}

// wrongPicture says what is wrong with what is known of a picture's file.
func wrongPicture(image *lora.Image) string {
	switch {
	case len(image.SHA256) != 64 || strings.Trim(image.SHA256, "0123456789abcdef") != "":
		return "has a picture without a SHA-256"
	case image.Type != "image/png" && image.Type != "image/jpeg" && image.Type != "image/webp":
		return "has a picture that is neither PNG, JPEG nor WebP"
	case image.Width < 1 || image.Height < 1 || image.Width > maxPixels || image.Height > maxPixels || image.SizeBytes < 0:
		return "has a picture without a size"
	}
	return ""
}
