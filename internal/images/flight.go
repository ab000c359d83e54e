package images

import (
	"context"
	"sync"

	"loramanager/internal/lora"
)

// flights joins callers that want the same thing at the same time. Unlike the usual
// single flight, the work belongs to all who wait: one who leaves does not end it for
// the others, and when all have left it is cancelled.
type flights struct {
	parent  context.Context // the Store's life, which outlasts any caller
	running sync.WaitGroup

	mu     sync.Mutex
	ended  bool
	byName map[string]*flight
}

type flight struct {
	done    chan struct{}
	data    []byte
	err     error
	waiting int
	cancel  context.CancelFunc
}

// do returns the result of work, which at most one goroutine runs for each name.
func (f *flights) do(ctx context.Context, name string, work func(context.Context) ([]byte, error)) ([]byte, error) {
	one, err := f.join(name, work)
	if err != nil {
		return nil, err
	}
	select {
	case <-one.done:
		return one.data, one.err
	case <-ctx.Done():
		f.leave(name, one)
		return nil, &lora.Error{Code: lora.Unavailable, Message: "The thumbnail was not ready in time.", Err: ctx.Err()}
	}
}

func (f *flights) join(name string, work func(context.Context) ([]byte, error)) (*flight, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return nil, lora.Errorf(lora.Unavailable, "The server is shutting down.")
	}
	if one, ok := f.byName[name]; ok {
		one.waiting++
		return one, nil
	}
	ctx, cancel := context.WithCancel(f.parent)
	one := &flight{done: make(chan struct{}), waiting: 1, cancel: cancel}
	if f.byName == nil {
		f.byName = map[string]*flight{}
	}
	f.byName[name] = one
	f.running.Go(func() {
		defer cancel()
		one.data, one.err = work(ctx)
		f.mu.Lock()
		f.forget(name, one)
		f.mu.Unlock()
		close(one.done)
	})
	return one, nil
}

// leave takes one caller away and cancels the work when it was the last. Whoever comes
// later starts anew instead of joining something that is being cancelled.
func (f *flights) leave(name string, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if one.waiting--; one.waiting == 0 {
		f.forget(name, one)
		one.cancel()
	}
}

// forget removes one from the map unless another has taken its place. The caller holds mu.
func (f *flights) forget(name string, one *flight) {
	if f.byName[name] == one {
		delete(f.byName, name)
	}
}

// wait lets nobody start any more and returns when all work has ended.
func (f *flights) wait() {
	f.mu.Lock()
	f.ended = true
	f.mu.Unlock()
	f.running.Wait()
}
