package crash

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"loramanager/tests/harness"
)

// order is one request for a job, which may have to be made again to learn what became of it.
type order struct {
	key     string
	path    string
	body    map[string]any
	images  int  // it makes when it succeeds
	bundled bool // a delivery follows
	id      string
}

// client places orders and remembers them over the lives of the server.
type client struct {
	mu     sync.Mutex
	orders []*order
	http   http.Client
}

// next makes up the next order.
func (c *client) next() *order {
	c.mu.Lock()
	defer c.mu.Unlock()
	n := len(c.orders)
	o := &order{key: fmt.Sprintf("order-%d", n)}
	prompt := fmt.Sprintf("crash test %d", n)
	if n%6 == 5 {
		o.path, o.body = "/api/v1/deliveries", map[string]any{"prompt": prompt, "mode": "file", "params": map[string]any{}}
	} else {
		engine := []string{"sketch", "sdnext", "sketch", "comfyui", "sketch"}[n%6]
		o.path = "/api/v1/generation/queue-generation?backend=" + engine
		o.images = 1 + n%2
		o.bundled = n%4 == 2
		o.body = map[string]any{"prompt": prompt, "steps": 3, "width": 64, "height": 64, "seed": n, "batch_size": o.images, "sampler_name": samplers[engine]}
		if o.bundled {
			o.body["deliver"] = map[string]any{"mode": "file", "params": map[string]any{}}
		}
	}
	c.orders = append(c.orders, o)
	return o
}

var samplers = map[string]string{"sketch": "Euler a", "sdnext": "Euler a", "comfyui": "euler"}

// place sends an order; again with the same key when the answer got lost earlier. The
// error is the connection's: an answer that is no success ends the test.
func (c *client) place(ctx context.Context, base string, o *order) error {
	body, err := json.Marshal(o.body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base+o.path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Idempotency-Key", o.key)
	answer, err := c.http.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	var accepted struct {
		ID string `json:"delivery_id"`
	}
	if answer.StatusCode > 299 {
		return &refusal{status: answer.StatusCode, body: string(text)}
	}
	if err := json.Unmarshal(text, &accepted); err != nil || accepted.ID == "" {
		return &refusal{status: answer.StatusCode, body: string(text)}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o.id != "" && o.id != accepted.ID {
		return &refusal{status: answer.StatusCode, body: fmt.Sprintf("order %s was job %s and is now %s", o.key, o.id, accepted.ID)}
	}
	o.id = accepted.ID
	return nil
}

// refusal is an answer that no accepted order may get.
type refusal struct {
	status int
	body   string
}

func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.status, r.body) }

// orderUntil places orders from several clients at once until ctx ends or the server
// does. It returns the first refusal.
func (c *client) orderUntil(ctx context.Context, s *harness.Server, every time.Duration) error {
	const clients = 4
	failed := make(chan error, clients)
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			tick := time.NewTicker(every * clients)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-s.Ended():
					return
				case <-tick.C:
				}
				if err := c.place(ctx, s.Base, c.next()); err != nil {
					if refused, ok := err.(*refusal); ok { //nolint:errorlint // as place returns it
						failed <- refused
					}
					return
				}
			}
		})
	}
	all.Wait()
	c.http.CloseIdleConnections()
	close(failed)
	return <-failed
}

// count is how many orders were accepted so far.
func (c *client) count() int {
	open := len(c.unanswered())
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.orders) - open
}

// unanswered are the orders of which nobody knows yet whether they were accepted.
func (c *client) unanswered() []*order {
	c.mu.Lock()
	defer c.mu.Unlock()
	var list []*order
	for _, o := range c.orders {
		if o.id == "" {
			list = append(list, o)
		}
	}
	return list
}
