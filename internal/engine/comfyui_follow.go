package engine

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"loramanager/internal/guard"
	"loramanager/internal/lora"
)

// How often the server is asked beside what it tells over the socket: quickly at first
// and at the end, then rarely.
const (
	comfyLookFirst = 50 * time.Millisecond
	comfyLookMost  = time.Second
	// comfyMissed is how many looks in a row may fail, or find no trace of the prompt,
	// before the server counts as gone.
	comfyMissed = 6
)

// comfyWatch follows one prompt to its end. The socket tells what happens; whether it is
// over, and how it ended, is read from the history, which cannot be missed.
type comfyWatch struct {
	*comfyUI
	prompt  *comfyPrompt
	sink    lora.EngineSink
	tally   *comfyTally
	pause   time.Duration
	place   comfyPlace
	missed  int
	reason  string // of a failure, from the socket
	handed  map[comfyFile]bool
	resumed bool
}

func (c *comfyUI) follow(ctx context.Context, prompt *comfyPrompt, socket *comfySocket, sink lora.EngineSink, resumed bool) error {
	w := &comfyWatch{comfyUI: c, prompt: prompt, sink: sink, tally: newComfyTally(prompt.graph), pause: comfyLookFirst, handed: map[comfyFile]bool{}, resumed: resumed}
	timer := time.NewTimer(w.pause)
	defer timer.Stop()
	for {
		var err error
		over := false
		select {
		case message := <-socket.Messages:
			if over, err = w.take(ctx, message); over {
				w.pause = comfyLookFirst
				timer.Reset(0)
				over = false
			}
		case <-socket.Lost:
			w.pause = comfyLookFirst
			timer.Reset(w.pause)
		case <-timer.C:
			over, err = w.look(ctx, socket)
			timer.Reset(w.pause)
			w.pause = min(w.pause*3/2, comfyLookMost)
		case <-ctx.Done():
			err = asFailure(ctx, ctx.Err())
		}
		if err != nil && !over {
			c.cancel(ctx, prompt.id)
		}
		if err != nil || over {
			return err
		}
	}
}

// take turns a message into an event. It reports whether the prompt seems to be over.
func (w *comfyWatch) take(ctx context.Context, m comfyMessage) (over bool, err error) {
	if m.PromptID != "" && m.PromptID != w.prompt.id {
		return false, nil
	}
	switch m.Kind {
	case comfyCached:
		w.tally.finished(m.Nodes)
	case comfyStart:
		return false, w.sink(lora.EngineEvent{Type: lora.EventProgress, Message: "running"})
	case comfyProgress:
		if event, ok := w.tally.advance(m.Node, m.Value, m.Max); ok {
			return false, w.sink(event)
		}
	case comfyPreview:
		return false, w.sink(lora.EngineEvent{Type: lora.EventPreview, Preview: m.Preview})
	case comfyExecuted:
		_, copied := copyOf(m.Node)
		for _, file := range m.Files {
			if file.kept() { // whether temporary ones count is known at the end
				if err := w.hand(ctx, file, copied); err != nil {
					return false, err
				}
			}
		}
	case comfyExecuting:
		return m.Node == "", nil
	case comfyError:
		w.reason = m.Reason
		return true, nil
	case comfySuccess, comfyInterrupted:
		return true, nil
	}
	return false, nil
}

// look asks the server. It reports whether the prompt is over. What the socket has already
// brought is told before the end is.
func (w *comfyWatch) look(ctx context.Context, socket *comfySocket) (over bool, err error) {
	outcome, found, err := w.history(ctx, w.prompt.id)
	for told := false; found && !told; {
		select {
		case message := <-socket.Messages:
			if _, err := w.take(ctx, message); err != nil {
				return true, err
			}
		default:
			told = true
		}
	}
	if found {
		return true, w.finish(ctx, outcome)
	}
	place := w.place
	if err == nil {
		place, err = w.placeOf(ctx, w.prompt.id)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		return false, asFailure(ctx, err)
	case err != nil:
		return w.miss(err)
	case place == comfyNowhere:
		return w.miss(w.lost())
	}
	w.missed = 0
	if place == w.place {
		return false, nil
	}
	w.place = place
	if place == comfyRunning {
		return false, w.sink(lora.EngineEvent{Type: lora.EventProgress, Message: "running"})
	}
	return false, w.sink(lora.EngineEvent{Type: lora.EventQueued, Position: int(place)})
}

// miss forgives a look that failed, some times. Whoever follows a job after a restart of
// ours is told when the server is merely away: it may come back.
func (w *comfyWatch) miss(err error) (over bool, _ error) {
	w.missed++
	failed := asFailure(context.Background(), err)
	if failed.Class.Retryable() && w.missed < comfyMissed {
		return false, nil
	}
	if failed.Class == lora.EngineUnreachable && !w.resumed {
		err = failure(lora.EngineFailed, err, "The engine stopped in the middle of the job; it may have crashed. Look at its own console.")
	}
	return true, err
}

// lost is what it means that the server has no trace of the prompt: nothing works on it,
// so it can be run again without being made twice.
func (w *comfyWatch) lost() error {
	return failure(lora.EngineFailed, nil, "The engine knows nothing of the job: it was restarted, or somebody removed the job from its queue.")
}

// finish hands over the pictures of a prompt that has ended well.
func (w *comfyWatch) finish(ctx context.Context, outcome comfyOutcome) error {
	if outcome.Reason == "" {
		outcome.Reason = w.reason
	}
	switch {
	case outcome.Stopped:
		return failure(lora.EngineInterrupted, nil, "The job was interrupted at the engine.")
	case !outcome.Success && strings.Contains(strings.ToLower(outcome.Reason), "out of memory"):
		return failure(lora.EngineFailed, nil, "The engine ran out of memory. Make the picture or the batch smaller. It says: %s", clip(outcome.Reason))
	case !outcome.Success:
		return failure(lora.EngineFailed, nil, "The engine failed in the middle of the job. It says: %s", clip(outcome.Reason))
	}
	files, copies := outcome.pictures()
	if len(files) == 0 {
		return failure(lora.EngineEmpty, nil, "The engine finished without a picture. Does the workflow save one?")
	}
	for i, file := range files {
		if err := w.hand(ctx, file, copies[i]); err != nil {
			return err
		}
	}
	return nil
}

// hand fetches a picture and hands it over, once.
func (w *comfyWatch) hand(ctx context.Context, file comfyFile, copied int) error {
	if w.handed[file] || len(w.handed) >= maxComfyFiles {
		return nil
	}
	w.handed[file] = true
	data, err := w.fetch(ctx, file)
	if err != nil {
		return err
	}
	seed := w.prompt.order.Params.Seed + int64(copied)
	return w.sink(lora.EngineEvent{Type: lora.EventPicture, Picture: &lora.MadePicture{Data: data, Seed: &seed}})
}

func (c *comfyUI) fetch(ctx context.Context, file comfyFile) ([]byte, error) {
	data, err := c.bytes(ctx, file.view(), c.limits.PictureBytes)
	if hasStatus(err, http.StatusNotFound) {
		return nil, failure(lora.EngineEmpty, err, "The engine no longer has the picture %s it made.", shown(file.Filename))
	}
	return data, err
}

// history asks how a prompt ended.
func (c *comfyUI) history(ctx context.Context, id string) (comfyOutcome, bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	var data json.RawMessage
	// The entry repeats the whole graph, which nobody needs.
	err := c.pictures(ctx, call{Path: "/history/" + id}, guard.JSONReply{Bytes: restBytes, Drop: []string{"prompt", "meta"}}, &data)
	if err != nil {
		return comfyOutcome{}, false, err
	}
	outcome, found, err := parseComfyHistory(data, id)
	if err != nil {
		return comfyOutcome{}, false, unreadable(ctx, err)
	}
	return outcome, found, nil
}
