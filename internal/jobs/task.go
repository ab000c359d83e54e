package jobs

import (
	"fmt"
	"io"
	"strings"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
	"loramanager/internal/prompt"
)

// maxTaskBytes bounds the pictures of one job in memory: the masks, control images and
// starting points of one generation, or the pictures of one delivery.
const maxTaskBytes = 256 << 20

// task makes the job ready for an engine: the texts without tags, the adapters looked up
// as the catalog knows them now, the pictures in memory.
func (r *run) task() (lora.Task, error) {
	p := ParamsOf(r.job)
	dialect, err := prompt.DialectOf(p.Dialect)
	if err != nil {
		return lora.Task{}, refused(sentenceOf(err), err)
	}
	uses, err := r.jobs.resolve(r.ctx, r.job.Adapters)
	if err != nil {
		return lora.Task{}, &lora.EngineError{Class: lora.JobStorage, Message: "The adapters could not be looked up in the catalog.", Err: err}
	}
	r.mu.Lock()
	r.params, r.uses = p.GenerationParams, uses
	r.mu.Unlock()
	task := lora.Task{JobID: r.job.ID, Params: p.GenerationParams, Uses: uses, ReturnMetadata: true}
	task.Params.Prompt, _ = prompt.Strip(dialect, p.GenerationParams.Prompt)
	task.Params.Adapters = r.job.Adapters
	if p.GenerationParams.NegativePrompt != nil {
		text, tagged := prompt.Strip(dialect, *p.GenerationParams.NegativePrompt)
		task.Params.NegativePrompt = &text
		if len(tagged) > 0 {
			r.warn("negative_adapter", fmt.Sprintf("The negative prompt names %s. Adapters act on the whole picture and are only read from the prompt.", names(tagged)))
		}
	}
	wanted := picturesOf(p.GenerationParams)
	task.Pictures = make(map[string][]byte, len(wanted))
	budget := int64(maxTaskBytes)
	for _, w := range wanted {
		data, err := r.open(w.sha256, &budget)
		if err != nil {
			return lora.Task{}, err
		}
		task.Pictures[w.sha256] = data
	}
	return task, nil
}

func names(uses []lora.Use) string {
	var all []string
	for _, u := range uses {
		all = append(all, u.Name)
	}
	return strings.Join(all, ", ")
}

// open reads a kept picture and takes its size off the budget.
func (r *run) open(sha256 string, budget *int64) ([]byte, error) {
	file, _, err := r.jobs.Gallery.Open(r.ctx, sha256)
	if lora.CodeOf(err) == lora.NotFound {
		return nil, refused(fmt.Sprintf("The picture %.12s… is no longer kept here. Upload it again.", sha256), err)
	}
	if err != nil {
		return nil, unread(err)
	}
	defer func() { _ = file.Close() }()
	limit := min(*budget, guard.Default().PictureBytes)
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, unread(err)
	}
	if int64(len(data)) > limit {
		return nil, refused(fmt.Sprintf("The pictures are too large: %d MiB each and %d MiB together are allowed.", guard.Default().PictureBytes>>20, maxTaskBytes>>20), nil)
	}
	*budget -= int64(len(data))
	return data, nil
}

func unread(err error) error {
	return &lora.EngineError{Class: lora.JobStorage, Message: "A picture could not be read. It is tried again.", Err: err}
}

func refused(message string, err error) error {
	return &lora.EngineError{Class: lora.EngineRefused, Message: message, Err: err}
}
