package engine

import (
	"context"
	"errors"
	"time"

	"loramanager/internal/lora"
)

// errStalled ends a run that gave no news for Options.StallAfter.
var errStalled = errors.New("no news from the engine")

// Run does a generation until it ends or ctx is cancelled, which stops the engine where
// it can be stopped. First every LoRA is found in the engine's own list; one that is
// missing or there more than once is an error, after the list was read once more.
// Progress never goes back, no news comes after Run has returned, and what came out
// differently than asked is said in warnings. Errors are *lora.EngineError, except those
// of the sink, which come back as they are.
func (r *Registry) Run(ctx context.Context, engine string, task lora.Task, sink lora.EngineSink) error {
	m, release, err := r.borrow(engine)
	if err != nil {
		return err
	}
	defer release()
	order, err := m.order(ctx, task)
	if err != nil {
		return err
	}
	return r.follow(ctx, m, order, sink, m.driver.Run)
}

// Attach follows a job that was submitted before a restart. ok is false when the engine
// is not there any more or cannot be asked for jobs.
func (r *Registry) Attach(ctx context.Context, engine, handle string, task lora.Task, sink lora.EngineSink) (ok bool, err error) {
	m, release, err := r.borrow(engine)
	if err != nil {
		return false, nil //nolint:nilerr // that is what ok says
	}
	defer release()
	resumer, can := m.driver.(Resumer)
	if !can || handle == "" {
		return false, nil
	}
	order, err := m.order(ctx, task)
	var failed *lora.EngineError
	if errors.As(err, &failed) && failed.Class == lora.EngineLoRANotFound {
		order, err = Order{Task: task}, nil // it was found when the job was submitted
	}
	if err != nil {
		return true, err
	}
	return true, r.follow(ctx, m, order, sink, func(ctx context.Context, order Order, sink lora.EngineSink) error {
		return resumer.Attach(ctx, handle, order, sink)
	})
}

// order finds the LoRAs of a task in the engine's list.
func (m *member) order(ctx context.Context, task lora.Task) (Order, error) {
	described, learned := m.seen()
	if len(task.Uses) == 0 {
		return Order{Task: task}, nil
	}
	if learned.IsZero() {
		m.look(ctx, false)
	} else if order, err := resolve(task, described.LoRAs); err == nil {
		return order, nil
	} else {
		m.look(ctx, true)
	}
	if ctx.Err() != nil {
		return Order{}, asFailure(ctx, ctx.Err())
	}
	if failed := m.failed(); failed != nil {
		return Order{}, failed
	}
	described, _ = m.seen()
	return resolve(task, described.LoRAs)
}

func resolve(task lora.Task, handles []Handle) (Order, error) {
	index := indexHandles(handles)
	order := Order{Task: task, LoRAs: make([]Applied, 0, len(task.Uses))}
	for _, use := range task.Uses {
		h, err := index.find(use)
		if err != nil {
			return Order{}, err
		}
		order.LoRAs = append(order.LoRAs, Applied{ResolvedUse: use, Handle: h})
	}
	return order, nil
}

// follow runs a driver's job within its bounds of time and sees to it that the sink gets
// what Run promises.
func (r *Registry) follow(ctx context.Context, m *member, order Order, sink lora.EngineSink, run func(context.Context, Order, lora.EngineSink) error) error {
	limit := time.Duration(m.config.TimeoutSeconds) * time.Second
	if limit <= 0 {
		limit = defaultTimeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w := &watched{sink: sink, order: order, stop: stop}
	described, _ := m.seen()
	if described.Capabilities.Progress.Value == "percent" {
		w.alarm = time.AfterFunc(r.options.StallAfter, func() { stop(errStalled) })
		w.patience = r.options.StallAfter
		defer w.alarm.Stop()
	}
	err := run(ctx, order, w.take)
	short, refused := w.finish(err == nil)
	switch {
	case refused != nil:
		return refused
	case ctx.Err() != nil && (err != nil || short):
		err = ended(ctx, err)
	case err == nil && w.pictures == 0:
		err = failure(lora.EngineEmpty, nil, "The engine says it is done but made no picture. Check that a model is loaded, and look at its own console.")
	}
	if err != nil {
		failed := asFailure(ctx, err)
		m.note(failed)
		return failed
	}
	return nil
}
