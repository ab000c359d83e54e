package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// a1111Progress polls the progress of one run.
type a1111Progress struct {
	*a1111
	task    string
	sink    lora.EngineSink
	waiting atomic.Bool // our task is queued behind another one
	done    chan struct{}
	refused error // of the sink; read it after done

	lastPreview int // id of the last live preview
	polls       int
	global      bool // the task's own progress is not offered
}

// Bounds of previews: how large one may be, in bytes, and at which polls one is fetched
// where it comes with the progress.
const (
	previewBytes = 8 << 20
	previewEvery = 4
)

// watch polls until ctx ends. When the sink refuses, stop is called.
func (a *a1111) watch(ctx context.Context, task string, sink lora.EngineSink, stop func()) *a1111Progress {
	w := &a1111Progress{a1111: a, task: task, sink: sink, done: make(chan struct{}), lastPreview: -1, global: task == ""}
	go func() {
		defer close(w.done)
		ticker := time.NewTicker(a.poll)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			if again, err := w.look(ctx); err != nil {
				w.refused = err
				stop()
				return
			} else if !again {
				return
			}
		}
	}()
	return w
}

// look asks once. It returns false when the engine does not tell progress, and the error
// of the sink. That the engine does not answer in time is no reason to end a run.
func (w *a1111Progress) look(ctx context.Context) (again bool, err error) {
	asked, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	w.polls++
	var events []lora.EngineEvent
	if w.global {
		events, err = w.ofEngine(asked)
	} else if events, err = w.ofTask(asked); hasStatus(err, http.StatusNotFound) || hasStatus(err, http.StatusMethodNotAllowed) {
		w.global = true
		events, err = w.ofEngine(asked)
	}
	if hasStatus(err, http.StatusNotFound) {
		return false, nil
	}
	if err != nil || ctx.Err() != nil {
		return true, nil //nolint:nilerr // the run itself will fail if the engine is gone
	}
	for _, event := range events {
		if err := w.sink(event); err != nil {
			return false, err
		}
	}
	return true, nil
}

// ofTask asks for the progress of our task alone.
func (w *a1111Progress) ofTask(ctx context.Context) ([]lora.EngineEvent, error) {
	var p struct {
		Active   bool     `json:"active"`
		Queued   bool     `json:"queued"`
		Progress *float64 `json:"progress"`
		ETA      *float64 `json:"eta"`
		Preview  int      `json:"id_live_preview"`
		Text     *string  `json:"textinfo"`
	}
	body := map[string]any{"id_task": w.task, "id_live_preview": w.lastPreview, "live_preview": true}
	preview, err := w.ask(ctx, call{Method: http.MethodPost, Path: "/internal/progress", Body: body}, "live_preview", &p)
	if err != nil {
		return nil, err
	}
	w.waiting.Store(p.Queued && !p.Active)
	w.lastPreview = p.Preview
	if p.Queued {
		return []lora.EngineEvent{{Type: lora.EventQueued, Position: queuePlace(p.Text)}}, nil
	}
	if !p.Active {
		return nil, nil
	}
	event := lora.EngineEvent{Type: lora.EventProgress, Fraction: p.Progress, ETA: p.ETA}
	return withPreview(event, preview), nil
}

// ofEngine asks for the progress of whatever the engine is doing.
func (w *a1111Progress) ofEngine(ctx context.Context) ([]lora.EngineEvent, error) {
	var p struct {
		Progress *float64 `json:"progress"`
		ETA      *float64 `json:"eta_relative"`
		State    struct {
			Step  int `json:"sampling_step"`
			Steps int `json:"sampling_steps"`
		} `json:"state"`
	}
	skip := w.polls%previewEvery != 0
	query := url.Values{"skip_current_image": {strconv.FormatBool(skip)}}
	preview, err := w.ask(ctx, call{Path: "/sdapi/v1/progress", Query: query}, "current_image", &p)
	if err != nil || p.Progress == nil || *p.Progress <= 0 {
		return nil, err
	}
	event := lora.EngineEvent{Type: lora.EventProgress, Fraction: p.Progress, ETA: p.ETA, Step: p.State.Step, Steps: p.State.Steps}
	return withPreview(event, preview), nil
}

// ask reads a reply that may carry a preview under key. A preview that cannot be read is
// left out.
func (w *a1111Progress) ask(ctx context.Context, c call, key string, v any) (preview []byte, err error) {
	format := guard.JSONReply{
		Bytes: restBytes, Pictures: 1, PictureBytes: previewBytes, PictureKeys: []string{key},
		Picture: func(_ string, data []byte) error { preview = data; return nil },
	}
	var raw json.RawMessage
	if err := w.pictures(ctx, c, format, &raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, v); err != nil {
		return nil, failure(lora.EngineProtocol, err, "The engine's progress cannot be understood.")
	}
	return preview, nil
}

func withPreview(event lora.EngineEvent, preview []byte) []lora.EngineEvent {
	if event.ETA != nil && *event.ETA <= 0 {
		event.ETA = nil // not known yet
	}
	events := []lora.EngineEvent{event}
	if len(preview) > 0 {
		events = append(events, lora.EngineEvent{Type: lora.EventPreview, Preview: preview})
	}
	return events
}

// queuePlace reads the place from "In queue: 2/5"; 0 when it is not told.
func queuePlace(text *string) int {
	if text == nil {
		return 0
	}
	_, place, _ := strings.Cut(*text, ":")
	place, _, _ = strings.Cut(strings.TrimSpace(place), "/")
	n, err := strconv.Atoi(place)
	if err != nil || n < 0 {
		return 0
	}
	return n
}
