package fleet

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

// viewer is a page in a browser: it reads the library through one door once, and again only
// when the live connection tells it to, or had to be opened anew.
type viewer struct {
	l    *load
	door int

	mu     sync.Mutex
	seen   map[string]string      // notes by adapter
	ends   []websocket.StatusCode // of its connections
	reads  int
	opened atomic.Int64
}

// watch opens a page on each door, until ctx ends.
func (l *load) watch(ctx context.Context, left *sync.WaitGroup) []*viewer {
	var all []*viewer
	for door := range doors {
		v := &viewer{l: l, door: door}
		all = append(all, v)
		left.Go(func() {
			for ctx.Err() == nil {
				v.connect(ctx)
				time.Sleep(20 * time.Millisecond) // then it connects again, as browsers do
			}
		})
	}
	return all
}

// connect holds one live connection to its end.
func (v *viewer) connect(ctx context.Context) {
	conn, answer, err := websocket.Dial(ctx, "ws"+strings.TrimPrefix(v.l.f.base(v.door), "http")+"/api/v1/ws/progress",
		&websocket.DialOptions{HTTPHeader: http.Header{"X-API-Key": {apiKey}}})
	if err != nil {
		return
	}
	if answer.Body != nil {
		_ = answer.Body.Close()
	}
	defer func() { _ = conn.CloseNow() }()
	conn.SetReadLimit(1 << 20)
	if conn.Write(ctx, websocket.MessageText, []byte(`{"type":"subscribe","job_ids":null}`)) != nil {
		return
	}
	v.opened.Add(1)
	v.read()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			v.mu.Lock()
			v.ends = append(v.ends, websocket.CloseStatus(err))
			v.mu.Unlock()
			return
		}
		var frame struct{ Type string }
		if json.Unmarshal(text, &frame) == nil && (frame.Type == "adapters_changed" || frame.Type == "resync") {
			v.read()
		}
	}
}

// read reads everything, unless the door dies meanwhile: then it connects anew.
func (v *viewer) read() {
	status, text, err := v.l.once(http.MethodGet, v.l.f.base(v.door)+adaptersPath, nil, nil)
	var page adapterPage
	if err != nil || status != http.StatusOK || json.Unmarshal(text, &page) != nil {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.seen = page.notes()
	v.reads++
}

// sees is what the page shows, and how often it was read.
func (v *viewer) sees() (map[string]string, int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen, v.reads
}
