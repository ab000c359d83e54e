package jobs

import (
	"context"
	"sync"
	"time"

	"loramanager/internal/lora"
)

// The pace at which a job that another process runs is looked at.
const (
	firstLook = 100 * time.Millisecond
	lastLook  = time.Second
)

// waiters wait for the end of jobs.
type waiters struct {
	mu   sync.Mutex
	byID map[string][]chan struct{}
}

func (w *waiters) join(id string) (told <-chan struct{}, leave func()) {
	c := make(chan struct{}, 1)
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.byID == nil {
		w.byID = map[string][]chan struct{}{}
	}
	w.byID[id] = append(w.byID[id], c)
	return c, func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		var others []chan struct{}
		for _, other := range w.byID[id] {
			if other != c {
				others = append(others, other)
			}
		}
		if w.byID[id] = others; len(others) == 0 {
			delete(w.byID, id)
		}
	}
}

func (w *waiters) tell(id string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range w.byID[id] {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

// Wait returns the job once it is final, wherever it runs. When ctx is done first it
// returns ctx's error; the job goes on.
func (j *Jobs) Wait(ctx context.Context, id string) (lora.Job, error) {
	told, leave := j.waiters.join(id)
	defer leave()
	for pace := firstLook; ; pace = min(2*pace, lastLook) {
		job, err := j.Ledger.Job(ctx, id)
		if err != nil || job.Status.Final() {
			return job, err
		}
		look := time.NewTimer(pace)
		select {
		case <-told:
		case <-look.C:
		case <-ctx.Done():
			look.Stop()
			return job, ctx.Err()
		}
		look.Stop()
	}
}

// Heard says that another process announced something about a job. Those who wait for it
// and those who run it look at the row at once instead of a little later.
func (j *Jobs) Heard(id string) {
	j.waiters.tell(id)
	if r := j.local(id); r != nil {
		r.nudge()
	}
}
