package jobs_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"loramanager/internal/jobs"
	"loramanager/internal/lora"
)

// model is what users were promised of each job.
type model struct {
	accepted  []string
	cancelled map[string]bool // and told so, and not retried since
}

// TestPromise1_2_3_RandomLives lets users accept, cancel, retry, pause and move while the
// server is killed, stopped, started again and cut off from its database, and engines do
// what they like. Then it waits and compares with what was promised.
func TestPromise1_2_3_RandomLives(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		seed := rapid.SliceOfN(rapid.IntRange(0, 99), 20, 60).Draw(rt, "acts")
		reruns, handles := rapid.Bool().Draw(rt, "reruns"), rapid.Bool().Draw(rt, "handles")
		var failed string
		synctest.Test(t, func(t *testing.T) { failed = live(t, seed, reruns, handles) })
		if failed != "" {
			rt.Fatal(failed)
		}
	})
}

// live plays one life and returns what was broken, or nothing.
func live(t *testing.T, acts []int, reruns, handles bool) string {
	w := newWorld(t)
	w.engines.slots["two"] = 2
	w.engines.reruns["one"], w.engines.reruns["two"] = reruns, reruns
	w.engines.behave["one"] = moody(acts, handles)
	w.engines.behave["two"] = moody(acts[1:], handles)
	w.engines.attach = func(ctx context.Context, _ string, task lora.Task, sink lora.EngineSink) (bool, error) {
		return true, draws(ctx, task, withoutSubmitted(sink))
	}
	p := w.start(func(o *jobs.Options) { o.MaxAttempts = 100 })
	m := model{cancelled: map[string]bool{}}
	for i, act := range acts {
		p = m.act(p, act, i)
		time.Sleep(time.Duration(acts[(i+1)%len(acts)]) * 50 * time.Millisecond)
	}
	p.away.Store(false)
	if _, err := p.jobs.Pause(context.Background(), false); err != nil {
		return err.Error()
	}
	defer p.end()
	for range 60 { // an hour at most
		if slices.IndexFunc(m.accepted, func(id string) bool { return !p.job(id).Status.Final() }) < 0 {
			break
		}
		time.Sleep(time.Minute)
	}
	return m.broken(p)
}

// act does one thing a user or fate can do, and returns the process that lives then.
func (m *model) act(p *process, act, i int) *process {
	ctx := context.Background()
	var id string
	if n := len(m.accepted); n > 0 {
		id = m.accepted[(act*7+i)%n]
	}
	switch {
	case act < 45 || id == "":
		if job, err := p.jobs.Accept(ctx, request("a cat")); err == nil {
			m.accepted = append(m.accepted, job.ID)
		}
	case act < 60:
		if _, err := p.jobs.Cancel(ctx, id); err == nil {
			m.cancelled[id] = true
		}
	case act < 66:
		if _, err := p.jobs.Retry(ctx, id); err == nil {
			delete(m.cancelled, id)
			p.world.mu.Lock()
			p.world.ends[id] = 0
			p.world.mu.Unlock()
		}
	case act < 72:
		_, _ = p.jobs.Move(ctx, id, new(act%10), nil)
	case act < 78:
		_, _ = p.jobs.Pause(ctx, act%2 == 0)
	case act < 84:
		p.away.Store(act%2 == 0)
	case act < 95:
		p.kill()
		return p.world.start(func(o *jobs.Options) { o.MaxAttempts = 100 })
	default:
		p.end()
		return p.world.start(func(o *jobs.Options) { o.MaxAttempts = 100 })
	}
	return p
}

// broken says which promise was broken, if any.
func (m *model) broken(p *process) string {
	for _, id := range m.accepted {
		job := p.job(id)
		switch {
		case !job.Status.Final():
			return "a job was lost: it is " + string(job.Status)
		case m.cancelled[id] && job.Status != lora.JobCancelled:
			return "a cancelled job is " + string(job.Status)
		case p.world.ends[id] > 1:
			return "a job ended twice"
		case job.Status == lora.JobSucceeded && len(job.Images) != 1:
			return "a job succeeded without its picture"
		case job.Status == lora.JobFailed && job.Error == "":
			return "a job failed without a reason"
		case job.Status == lora.JobFailed && !slices.Contains([]lora.EngineErrorClass{lora.EngineRefused, lora.JobLost}, job.ErrorClass):
			return "a job failed for no good reason: " + job.Error
		}
	}
	return ""
}

// moody is an engine that works, fails, refuses or dawdles, as the numbers have it.
func moody(moods []int, handles bool) behaviour {
	var turn atomic.Int64
	return func(ctx context.Context, task lora.Task, sink lora.EngineSink) error {
		mood := moods[int(turn.Add(1))%len(moods)] % 10
		if mood == 0 {
			return &lora.EngineError{Class: lora.EngineUnreachable, Message: "No answer."}
		}
		submitted := lora.EngineEvent{Type: lora.EventSubmitted}
		if handles {
			submitted.Handle = task.JobID
		}
		if err := sink(submitted); err != nil {
			return err
		}
		switch mood {
		case 1:
			return &lora.EngineError{Class: lora.EngineFailed, Message: "Out of memory."}
		case 2:
			return &lora.EngineError{Class: lora.EngineRefused, Message: "No."}
		case 3:
			if err := pause(ctx, time.Minute); err != nil {
				return err
			}
		}
		return draws(ctx, task, withoutSubmitted(sink))
	}
}

func withoutSubmitted(sink lora.EngineSink) lora.EngineSink {
	return func(e lora.EngineEvent) error {
		if e.Type == lora.EventSubmitted {
			return nil
		}
		return sink(e)
	}
}
