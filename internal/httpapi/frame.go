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

// frames writes each event as JSON once, however many clients get it.
type frames struct {
	mu   sync.Mutex
	seq  [recentFrames]uint64
	body [recentFrames][]byte
}

const recentFrames = 64

func newFrames() *frames { return &frames{} }

func (f *frames) of(e events.Event) []byte {
	slot := e.Seq % recentFrames
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.seq[slot] != e.Seq || f.body[slot] == nil {
		f.seq[slot], f.body[slot] = e.Seq, frame(e.Type, e.Time, e.Seq, e.Data)
	}
	return f.body[slot]
}
