package httpapi

import (
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"loramanager/internal/events"
)

// envelope is every message of the server.
type envelope struct {
	Type      string `json:"type"`
	Timestamp string `json:"timestamp"`
	Seq       uint64 `json:"seq,omitempty"`
	Data      any    `json:"data"`
}

// stampLayout is the prototype's: microseconds and a numeric offset.
const stampLayout = "2006-01-02T15:04:05.000000-07:00"

func frame(kind string, at time.Time, seq uint64, data any) []byte {
	body, err := json.Marshal(envelope{Type: kind, Timestamp: at.UTC().Format(stampLayout), Seq: seq, Data: data})
	if err != nil {
		slog.Error("an event cannot be written as JSON", "type", kind, "error", err)
		return []byte(`{"type":"error","data":{"message":"An event could not be sent. Read everything again."}}`)
	}
	return body
}

// frames writes each event as JSON once with its preview and once without, however
// many clients get it.
type frames struct {
	mu          sync.Mutex
	plain, full recent
}

// recent are the frames of the latest events.
type recent struct {
	seq  [recentFrames]uint64
	body [recentFrames][]byte
}

const recentFrames = 64

func newFrames() *frames { return &frames{} }

// of returns the frame of an event. A preview is in it only when it is wanted.
func (f *frames) of(e events.Event, previews bool) []byte {
	previewed, heavy := e.Data.(events.Previewed)
	f.mu.Lock()
	defer f.mu.Unlock()
	known := &f.plain
	if heavy && previews {
		known = &f.full
	}
	slot := e.Seq % recentFrames
	if known.seq[slot] != e.Seq || known.body[slot] == nil {
		data := e.Data
		if heavy && !previews {
			data = previewed.WithoutPreview()
		}
		known.seq[slot], known.body[slot] = e.Seq, frame(e.Type, e.Time, e.Seq, data)
	}
	return known.body[slot]
}
