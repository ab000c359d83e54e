package health

import (
	"context"
	"fmt"
	"time"

	"loramanager/internal/lora"
)

const (
	// aliveFor is how long a sign of life counts.
	aliveFor = 30 * time.Second
	day      = 24 * time.Hour
	quarter  = 15 * time.Minute
)

func (c *Checker) lookQueue(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "queue", Area: "queue", Link: queuePage}
	state, err := c.o.Queue.QueueState(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	oldest, err := c.o.Queue.OldestWaiting(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	now := time.Now()
	begin := now.Add(-day).Truncate(quarter)
	errors, err := c.o.Queue.CountErrors(ctx, lora.Window{Start: begin, End: now.Truncate(quarter).Add(quarter), Zone: time.UTC})
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	failed, waited := 0, time.Duration(0)
	for _, e := range errors {
		failed += e.Jobs
	}
	if !oldest.IsZero() {
		waited = max(0, now.Sub(oldest)) // a clock that was put back makes no negative age
	}
	check.Facts = map[string]any{
		"paused": state.Paused, "pending": state.Pending, "running": state.Running, "retrying": state.Retrying,
		"failed_24h": failed, "oldest_seconds": int(waited.Seconds()),
	}
	return []lora.Check{judgeQueue(check, state, failed, waited, c.o.Limits)}, func(s *Status) {
		s.Queue, s.Failed, s.WaitedFor = state, failed, waited
	}
}

func judgeQueue(check lora.Check, q lora.QueueState, failed int, waited time.Duration, limits Limits) lora.Check {
	active := q.Pending + q.Running + q.Retrying
	switch {
	case q.Paused && q.Pending > 0:
		return bad(check, lora.CheckWarning, fmt.Sprintf("The queue is paused and %s.", jobsWait(q.Pending)), "Resume it on the Generate page.")
	case limits.ActiveJobs > 0 && active > limits.ActiveJobs:
		return bad(check, lora.CheckWarning, fmt.Sprintf("Queue backlog above threshold: %d active > %d.", active, limits.ActiveJobs),
			"Add an engine or a worker, or cancel jobs that are not needed.")
	case limits.FailedJobs > 0 && failed > limits.FailedJobs:
		check.Link = "/analytics"
		return bad(check, lora.CheckWarning, fmt.Sprintf("Failures exceed threshold: %d failed within 24 hours > %d.", failed, limits.FailedJobs),
			"Look at the reasons under Analytics.")
	case limits.QueueAge > 0 && waited > limits.QueueAge && q.Running == 0 && !q.Paused:
		return bad(check, lora.CheckWarning, fmt.Sprintf("Nothing runs, and one job has waited for %s.", waited.Round(time.Minute)),
			"Check that the engine it waits for is enabled and that a worker is alive.")
	case q.Paused:
		return good(check, "Paused; nothing waits.")
	case active == 0:
		return good(check, "Nothing waits.")
	}
	return good(check, fmt.Sprintf("%d waiting, %d running, %d to be tried again.", q.Pending, q.Running, q.Retrying))
}

func jobsWait(n int) string {
	if n == 1 {
		return "1 job waits"
	}
	return fmt.Sprintf("%d jobs wait", n)
}

func (c *Checker) lookWorkers(ctx context.Context) ([]lora.Check, func(*Status)) {
	check := lora.Check{ID: "worker", Area: "worker", Link: queuePage}
	workers, err := c.o.Workers.Workers(ctx)
	if err != nil {
		return []lora.Check{unanswered(check)}, nil
	}
	var queue lora.QueueState
	if c.o.Queue != nil {
		if queue, err = c.o.Queue.QueueState(ctx); err != nil {
			return []lora.Check{unanswered(check)}, nil
		}
	}
	now, alive, running := time.Now(), 0, 0
	for i := range workers {
		w := &workers[i]
		// A clock that was put back makes signs of life come from the future; new ones follow.
		w.Alive = now.Sub(w.BeatAt).Abs() <= aliveFor
		if w.Alive {
			alive++
			running += w.Running
		}
	}
	check.Facts = map[string]any{"alive": alive, "silent": len(workers) - alive, "running": running}
	note := func(s *Status) { s.Workers = workers }
	return []lora.Check{judgeWorkers(check, alive, queue, now.Sub(c.started))}, note
}

func judgeWorkers(check lora.Check, alive int, queue lora.QueueState, since time.Duration) lora.Check {
	const advice = "Start one: the server runs jobs itself unless LORAMANAGER_WORKERS is off; otherwise run loramanager worker with the same database."
	switch {
	case alive == 1:
		return good(check, "1 worker is alive.")
	case alive > 1:
		return good(check, fmt.Sprintf("%d workers are alive.", alive))
	case since < aliveFor:
		return bad(check, lora.CheckUnknown, "No worker has said yet that it is alive.", "")
	case queue.Pending+queue.Retrying > 0:
		return bad(check, lora.CheckError, fmt.Sprintf("No worker is alive, and %s.", jobsWait(queue.Pending+queue.Retrying)), advice)
	}
	return bad(check, lora.CheckWarning, "No worker is alive: what is accepted will wait.", advice)
}
