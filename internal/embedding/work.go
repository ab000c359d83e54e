package embedding

import (
	"context"
	"errors"
)

// work is one call of Embed.
type work struct {
	*Client
	sound bool // the endpoint was seen to answer, so that a refusal is about the text
}

// fill gets the vectors of texts. Endpoints tell in many ways that a request has too many
// texts or too long ones, and none tells which: what they refuse is asked for in halves.
// It reports whether all vectors came.
func (w *work) fill(ctx context.Context, texts []string, into [][]float32) (all bool, err error) {
	err = w.ask(ctx, texts, into)
	var refused *refusal
	if err == nil {
		w.sound = true
		return true, nil
	}
	if !errors.As(err, &refused) {
		return false, err
	}
	if !refused.divisible() {
		return false, refused.asError()
	}
	if len(texts) == 1 {
		return false, w.judge(ctx, refused)
	}
	half := len(texts) / 2
	left, err := w.fill(ctx, texts[:half], into[:half])
	if err != nil {
		return false, err
	}
	right, err := w.fill(ctx, texts[half:], into[half:])
	if left && right && err == nil { // it was the number, not a text
		w.batch.Store(min(w.batch.Load(), int64(len(texts)-half)))
	}
	return left && right, err
}

// harmless is a text every model takes.
const harmless = "a"

// judge finds out whether a single text that was refused is to blame, or the endpoint
// refuses everything.
func (w *work) judge(ctx context.Context, refused *refusal) error {
	if w.sound {
		return nil
	}
	var vector [1][]float32
	if err := w.ask(ctx, []string{harmless}, vector[:]); err != nil {
		return refused.asError()
	}
	w.sound = true
	return nil
}
