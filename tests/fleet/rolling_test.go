package fleet

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"loramanager/internal/sample"
	"loramanager/tests/harness"
)

func TestNoRequestFailsWhileServersAreRestartedOneAfterTheOther(t *testing.T) {
	f := newFleet(t, "--drain-seconds=2")
	if err := sample.Write(t.Context(), f.shelf, firstFiles, sample.Options{Seed: 1}); err != nil {
		t.Fatal(err)
	}
	f.scanned()
	ids := slices.Sorted(maps.Keys(f.listed(0)))
	front, l := balance(t, f), newLoad(f)
	watching, leave := context.WithCancel(t.Context())
	defer leave()
	var left sync.WaitGroup
	viewers := l.watch(watching, &left)
	var sent atomic.Int64
	send := func(method, path string, body any, headers ...string) func(int) error {
		return func(turn int) error {
			text, err := json.Marshal(body)
			if err != nil {
				return err
			}
			if len(headers) > 0 {
				headers = []string{headers[0], fmt.Sprint("order-", turn)}
			}
			sent.Add(1)
			status, answer, err := l.once(method, front+path, text, headers)
			if err == nil && status > 299 {
				err = fmt.Errorf("%s %s: %d %.200s", method, path, status, bytes.TrimSpace(answer))
			}
			return err
		}
	}
	l.do(5*time.Millisecond, send(http.MethodGet, adaptersPath, nil))
	l.do(5*time.Millisecond, send(http.MethodGet, "/api/v1/adapters?q=a", nil))
	l.do(20*time.Millisecond, send(http.MethodPatch, "/api/v1/adapters/"+ids[0], map[string]string{"notes": "rolling"}))
	l.do(50*time.Millisecond, send(http.MethodPost, "/api/v1/generation/queue-generation?backend=sketch",
		map[string]any{"prompt": "rolling", "steps": 1, "width": 64, "height": 64, "sampler_name": "Euler a"}, "Idempotency-Key"))
	for i := range f.all {
		before := sent.Load()
		harness.Eventually(t, time.Minute, "requests are answered", func() bool { return sent.Load() > before+50 })
		f.all[i].server.Stop() // and exit code 0
		f.all[i].lives = append(f.all[i].lives, life{f.all[i].server.Log(), time.Now()})
		f.start(i)
	}
	if err := l.end(); err != nil {
		t.Errorf("of %d requests: %v", sent.Load(), err)
	}
	t.Logf("%d requests", sent.Load())
	checkViewers(t, f, viewers)
	leave()
	left.Wait()
	for _, v := range viewers {
		if len(v.ends) == 0 || v.ends[0] != websocket.StatusGoingAway {
			t.Errorf("the page at door %d was left with %v, want %v first", v.door, v.ends, websocket.StatusGoingAway)
		}
	}
	f.checkTerms()
}
