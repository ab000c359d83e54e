package jobs

import (
	"context"
	"encoding/json"

	"loramanager/internal/lora"
)

// deliver sends a prompt, and the pictures of the generation it belongs to, out.
func (r *run) deliver() error {
	if r.job.Engine == noWay {
		return refused("unknown mode: "+r.job.Mode, nil)
	}
	task, err := r.delivery()
	if err != nil {
		return err
	}
	if err := r.submitted(""); err != nil {
		return err
	}
	r.jobs.Failpoint("delivery.before")
	ctx, stop := context.WithTimeoutCause(r.ctx, r.jobs.DeliveryTimeout, errTimeout)
	defer stop()
	var result map[string]any
	err = r.guarded(ctx, func(ctx context.Context) (err error) {
		result, err = r.jobs.Engines.Deliver(ctx, task)
		return err
	})
	r.jobs.Failpoint("delivery.after")
	if err == nil || ctx.Err() == nil {
		r.result = result
	}
	return r.timely(ctx, err)
}

// delivery makes the job ready to be sent.
func (r *run) delivery() (lora.DeliveryTask, error) {
	task := lora.DeliveryTask{JobID: r.job.ID, Mode: r.job.Mode, Prompt: r.job.Prompt, Params: map[string]any{}}
	if err := json.Unmarshal(r.job.Params, &task.Params); err != nil {
		return task, refused("The parameters of the delivery are no JSON object.", err)
	}
	if r.job.ParentID == "" {
		return task, nil
	}
	parent, err := r.jobs.Ledger.Job(r.ctx, r.job.ParentID)
	if lora.CodeOf(err) == lora.NotFound {
		return task, refused("The generation this delivery belongs to was deleted.", err)
	}
	if err != nil {
		return task, &lora.EngineError{Class: lora.JobStorage, Message: "The generation this delivery belongs to could not be read. It is tried again.", Err: err}
	}
	p := ParamsOf(parent).GenerationParams
	task.Seed = &p.Seed
	if p.NegativePrompt != nil {
		task.Negative = *p.NegativePrompt
	}
	budget := int64(maxTaskBytes)
	for _, image := range parent.Images {
		data, err := r.open(image.SHA256, &budget)
		if err != nil {
			return task, err
		}
		task.Pictures = append(task.Pictures, lora.DeliveredPicture{Image: image, Data: data})
	}
	return task, nil
}

// followUp is the delivery that was ordered with a generation, or nil. Its idempotency
// key makes it one however often the generation ends.
func (r *run) followUp() *lora.Job {
	deliver := ParamsOf(r.job).Deliver
	if r.job.Kind != lora.Generation || deliver == nil {
		return nil
	}
	job := r.jobs.blank(lora.Delivery, Terms{
		Priority: &r.job.Priority, CompositionID: r.job.CompositionID, ParentID: r.job.ID, Owner: r.job.Owner, Account: r.job.Account,
		IdempotencyKey: deliveryKey + r.job.ID,
	})
	job.Mode, job.Engine, job.Prompt, job.Params = deliver.Mode, wayOf(deliver.Mode), r.job.Prompt, deliver.Params
	job.Trace = r.jobs.Tracer.Parent(r.base)
	return &job
}
