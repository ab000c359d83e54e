package crash

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/tests/harness"
)

// listener hears of jobs at one server.
type listener struct {
	mu    sync.Mutex
	ended map[string]string // raw status by job
	left  sync.WaitGroup
}

// listen subscribes to everything at a server until the test ends.
func listen(t *testing.T, s *harness.Server) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	conn, _, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(s.Base, "http")+"/api/v1/ws/progress", nil)
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	if err := conn.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","job_ids":null}`)); err != nil {
		t.Fatal(err)
	}
	l := &listener{ended: map[string]string{}}
	l.left.Go(func() {
		for {
			_, text, err := conn.Read(ctx)
			if err != nil {
				return
			}
			var frame struct {
				Type string `json:"type"`
				Data struct {
					JobID string `json:"job_id"`
					Raw   string `json:"raw_status"`
				} `json:"data"`
			}
			if json.Unmarshal(text, &frame) == nil && frame.Type == "generation_complete" {
				l.mu.Lock()
				l.ended[frame.Data.JobID] = frame.Data.Raw
				l.mu.Unlock()
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = conn.CloseNow()
		l.left.Wait()
	})
	return l
}

func (l *listener) heard(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.ended[id]
}

// fleet is one installation of two servers without workers and two workers, which share
// a database, Redis and the folder of pictures.
type fleet struct {
	*world
	doors   [2]*harness.Server
	workers [2]*harness.Server
	folders [2]string // of the workers
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{world: newWorld(t, "postgres", "redis")}
	f.env = append(f.env, "LORAMANAGER_PICTURES="+t.TempDir())
	for i := range f.doors {
		f.doors[i] = harness.Start(t, harness.Options{Env: f.env, Tags: tags, Flags: []string{"--no-workers"}})
	}
	for i := range f.workers {
		f.folders[i] = t.TempDir()
		f.startWorker(i)
	}
	return f
}

func (f *fleet) startWorker(i int) {
	f.t.Helper()
	f.workers[i] = harness.Start(f.t, harness.Options{Data: f.folders[i], Env: f.env, Tags: tags, Worker: true, Dirty: true})
}

func TestWorkersAreKilledWhileServersTakeJobsAndTellOfThem(t *testing.T) {
	f := newFleet(t)
	ears := [2]*listener{listen(t, f.doors[0]), listen(t, f.doors[1])}
	orders := &client{}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error, len(f.doors))
	for _, door := range f.doors {
		go func() { done <- orders.orderUntil(ctx, door, 100*time.Millisecond) }()
	}
	for n := range kills(t) / 4 {
		target := orders.count() + 1 + f.random.IntN(10)
		harness.Eventually(t, time.Minute, "orders are taken", func() bool { return orders.count() >= target })
		f.workers[n%2].Kill()
		f.startWorker(n % 2)
	}
	cancel()
	for range f.doors {
		if err := <-done; err != nil {
			t.Fatalf("an order was refused: %v", err)
		}
	}
	for _, o := range orders.unanswered() {
		if err := orders.place(t.Context(), f.doors[0].Base, o); err != nil {
			t.Fatalf("order %s: %v", o.key, err)
		}
	}
	orders.http.CloseIdleConnections()
	f.checkJobs(orders, f.settle(f.doors[0]))
	for _, ear := range ears {
		for _, o := range orders.orders {
			if o.images > 0 {
				harness.Eventually(t, time.Minute, "each server tells of every end", func() bool { return ear.heard(o.id) == "succeeded" })
			}
		}
	}
}

func TestACancelAtOneServerStopsAJobOfAnother(t *testing.T) {
	f := newFleet(t)
	ear := listen(t, f.doors[0])
	var accepted struct {
		ID string `json:"delivery_id"`
	}
	f.doors[0].Call(http.MethodPost, "/api/v1/generation/queue-generation?backend=comfyui",
		map[string]any{"prompt": "long", "steps": 1000, "width": 64, "height": 64, "sampler_name": "euler"}, &accepted)
	status := func() string {
		var read struct {
			Delivery struct {
				Status string `json:"status"`
			} `json:"delivery"`
		}
		f.doors[1].Call(http.MethodGet, "/api/v1/deliveries/"+accepted.ID, nil, &read)
		return read.Delivery.Status
	}
	harness.Eventually(t, time.Minute, "a worker runs it", func() bool { return status() == "running" })
	f.doors[1].Call(http.MethodPost, "/api/v1/generation/jobs/"+accepted.ID+"/cancel", nil, nil)
	harness.Eventually(t, time.Minute, "it is cancelled", func() bool { return status() == "cancelled" })
	harness.Eventually(t, time.Minute, "the first server tells of it", func() bool { return ear.heard(accepted.ID) == "cancelled" })
}
