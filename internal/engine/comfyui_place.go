package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// comfyPlace is where a prompt stands in the server's queue, counted from 1.
type comfyPlace int

// The places that are no numbers.
const (
	comfyNowhere comfyPlace = -1
	comfyRunning comfyPlace = 0
)

// comfyItem is an entry of the queue: [number, id, graph, ...].
type comfyItem struct {
	Number float64
	ID     string
	Graph  json.RawMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (i *comfyItem) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil || len(parts) < 3 {
		return err
	}
	i.Graph = parts[2]
	if err := json.Unmarshal(parts[0], &i.Number); err != nil {
		return err
	}
	return json.Unmarshal(parts[1], &i.ID)
}

// comfyQueue is what the server has to do.
type comfyQueue struct {
	Running []comfyItem `json:"queue_running"`
	Pending []comfyItem `json:"queue_pending"`
}

// find returns where a prompt stands, and its entry.
func (q comfyQueue) find(id string) (comfyPlace, comfyItem) {
	is := func(item comfyItem) bool { return item.ID == id }
	if i := slices.IndexFunc(q.Running, is); i >= 0 {
		return comfyRunning, q.Running[i]
	}
	at := slices.IndexFunc(q.Pending, is)
	if at < 0 {
		return comfyNowhere, comfyItem{}
	}
	place := comfyPlace(1)
	for _, other := range q.Pending {
		if other.Number < q.Pending[at].Number {
			place++
		}
	}
	return place, q.Pending[at]
}

func (c *comfyUI) placeOf(ctx context.Context, id string) (comfyPlace, error) {
	var queue comfyQueue
	if err := c.queued(ctx, &queue); err != nil {
		return comfyNowhere, err
	}
	place, _ := queue.find(id)
	return place, nil
}

// comfyQueueBytes bounds the queue, which holds the graph of every prompt in it.
const comfyQueueBytes = 32 << 20

func (c *comfyUI) queued(ctx context.Context, queue *comfyQueue) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return c.pictures(ctx, call{Path: "/queue"}, guard.JSONReply{Bytes: comfyQueueBytes}, queue)
}

// Attach implements Resumer.
func (c *comfyUI) Attach(ctx context.Context, handle string, order Order, sink lora.EngineSink) error {
	if !validHandle(handle) {
		return failure(lora.JobLost, nil, "The name under which the engine kept the job was lost.")
	}
	prompt := &comfyPrompt{id: handle, client: handle, order: order}
	var queue comfyQueue
	if err := c.queued(ctx, &queue); err != nil {
		return err
	}
	if _, item := queue.find(handle); item.Graph != nil {
		_ = json.Unmarshal(item.Graph, &prompt.graph) // it only weighs the progress
	}
	listening, stop := context.WithCancel(ctx)
	socket, wait := c.listen(listening, prompt.client)
	defer wait()
	defer stop()
	return c.follow(ctx, prompt, socket, sink, true)
}

// maxHandle bounds the ids engines give to jobs, in bytes.
const maxHandle = 128

// validHandle keeps everything that is no id out of addresses.
func validHandle(handle string) bool {
	if handle == "" || len(handle) > maxHandle {
		return false
	}
	for _, r := range handle {
		if (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && r != '-' && r != '_' {
			return false
		}
	}
	return true
}

// Stopping an engine goes on after the run's own context has ended.
const (
	cancelTimeout = 3 * time.Second
	cancelPause   = 100 * time.Millisecond
	cancelRounds  = 20
)

// cancel stops a prompt wherever it stands and waits until the server has let go of it.
// The server's interrupt stops whatever runs where the version does not know prompt ids,
// so it is used only while this prompt is the one that runs.
func (c *comfyUI) cancel(ctx context.Context, id string) {
	if leaves(ctx) {
		return
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelTimeout)
	defer stop()
	var answer struct {
		Cancelled bool `json:"cancelled"`
	}
	known := c.ask(ctx, call{Method: http.MethodPost, Path: "/api/jobs/" + id + "/cancel", Body: struct{}{}}, &answer) == nil
	for range cancelRounds {
		place, err := c.placeOf(ctx, id)
		switch {
		case err != nil || place == comfyNowhere:
			return
		case known && answer.Cancelled:
		case place == comfyRunning:
			_ = c.ask(ctx, call{Method: http.MethodPost, Path: "/interrupt", Body: map[string]string{"prompt_id": id}}, nil)
		default:
			_ = c.ask(ctx, call{Method: http.MethodPost, Path: "/queue", Body: map[string][]string{"delete": {id}}}, nil)
		}
		select {
		case <-time.After(cancelPause):
		case <-ctx.Done():
			return
		}
	}
}
