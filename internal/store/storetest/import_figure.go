package storetest

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/lora"
)

// imports brings in a few jobs that ended elsewhere, and now and then one that is here.
func (m *figureMachine) imports(t *rapid.T) {
	list := []lora.ImportStep{}
	for range rapid.IntRange(1, 4).Draw(t, "jobs") {
		list = append(list, bringJob(m.ended(t)))
	}
	if len(m.ids) > 0 {
		again := m.ended(t)
		again.ID = rapid.SampledFrom(m.ids).Draw(t, "again")
		list = append(list, bringJob(again))
	}
	_, err := m.tryImport(m.transfer(), list...)
	m.must(t, err)
	for _, step := range list {
		m.ids = append(m.ids, step.Record.Job.ID)
	}
}

// ended draws a job that has ended.
func (m *figureMachine) ended(t *rapid.T) lora.Job {
	job := newJob(rapid.SampledFrom(engines).Draw(t, "engine"), 5)
	job.ID, job.CreatedAt = fmt.Sprintf("import-%05d", m.added), moment(t, 2).Truncate(time.Microsecond)
	m.added++
	job.Adapters = nil
	for _, id := range rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d", ""}), 0, 5).Draw(t, "adapters") {
		job.Adapters = append(job.Adapters, lora.Use{AdapterID: id, Name: "x"})
	}
	if rapid.IntRange(0, 9).Draw(t, "kind") == 0 {
		job.Kind = lora.Delivery
	}
	job.Status = rapid.SampledFrom([]lora.JobStatus{lora.JobSucceeded, lora.JobSucceeded, lora.JobFailed, lora.JobCancelled}).Draw(t, "status")
	if job.Status == lora.JobFailed {
		job.ErrorClass = rapid.SampledFrom([]lora.EngineErrorClass{"busy", "timeout"}).Draw(t, "class")
	}
	job.FinishedAt = ptr(job.CreatedAt.Add(time.Hour))
	if job.Status != lora.JobCancelled || rapid.Bool().Draw(t, "began") {
		job.StartedAt = ptr(job.CreatedAt.Add(time.Duration(rapid.IntRange(0, 3600).Draw(t, "waited")) * time.Second))
	}
	if rapid.Bool().Draw(t, "rated") {
		job.Rating, job.RatedAt = ptr(rapid.IntRange(0, 5).Draw(t, "rating")), job.FinishedAt
	}
	if job.Favorite = rapid.Bool().Draw(t, "favorite"); job.Favorite {
		job.FavoritedAt = job.FinishedAt
	}
	for i := range rapid.IntRange(0, 2).Draw(t, "images") {
		m.images += rapid.IntRange(0, 1).Draw(t, "another picture")
		image := Picture(m.images)
		image.Index = i
		job.Images = append(job.Images, image)
	}
	return job
}
